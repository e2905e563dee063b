"""Scored sentences -> the one to four that make an answer: the direct one first, nothing said twice.

Pure. A sentence that leans on the one before it (そのため, ただし) brings it along. A question that names no route and
finds its answer in several is answered for each.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.evidence.candidates import Candidate
from rag.evidence.support import meets
from rag.index import Index
from rag.intent import Intent
from rag.language.tokens import bigrams
from rag.query import Query, QueryTerm

MOST = 4
SAME = 0.75  # bigram overlap (of the shorter) above which two sentences say the same
NEAR = 0.62  # share of the best score a further sentence of the same passage must reach
ALIKE = 0.85  # where a figure is asked for: share of the best one's coverage that a further figure must reach
SECOND = 0.7  # beside an original's sentence: share of the best score that a second one must reach
OTHER = 0.72  # the same for a sentence of another passage
RUNNER_UP = 0.85  # share of the best score from which the best statement of another section is shown, too
PART_OF_IT = 0.2  # idf share of the question that a sentence for an open part must meet itself
AS_WELL = 0.75  # share of the best one's coverage that it must reach, too: or it is only about something near
SPOKEN_FOR = 0.12  # idf share of the question that makes a term a part of its own


def choose(
    ranked: Sequence[Candidate],
    query: Query,
    index: Index,
    intent: Intent,
    *,
    entry_routes: frozenset[str] = frozenset(),
    routes: frozenset[str] = frozenset(),
) -> list[Candidate]:
    """One to four sentences in reading order; empty where there are none."""
    if not ranked:
        return []
    ranked = _fitting_first(ranked, intent)
    best = ranked[0]
    chosen = [best]
    if not routes and best.hit.passage.route in entry_routes:
        chosen += _other_routes(best, ranked, intent, entry_routes)
    if best.hit.passage.wording == "digest":
        chosen += _same_passage(best, ranked, intent, chosen, for_each=not routes and best.hit.passage.route is None)
    elif len(chosen) == 1:
        chosen += _second(best, ranked, chosen)
    chosen += _other_years(best, ranked, intent, chosen)
    chosen += _open_parts(chosen, ranked, query, index)
    if best.hit.passage.wording == "digest":
        chosen += _runner_up(best, ranked, intent, chosen)
    return _in_order(_with_footing(chosen[:MOST], ranked))[:MOST]


ONE_CASE = re.compile(
    r"[1一](?:人|つ)の(?:例|体験|歩み|感想)|一例|わけではあり|限りません|定めはな|決まりはな"
    r"|\bone person|\bnot (?:everyone|every|all)\b|do not show a rule",
    re.IGNORECASE,
)
AS_NEAR = 0.8  # share of the best score from which what fits the form of the question goes first
ALL = 0.5  # NEAR, where all there is was asked for


def _fitting_first(ranked: Sequence[Candidate], intent: Intent) -> Sequence[Candidate]:
    """First what says that a case is no rule, where that was asked; or what tells of several years."""
    if not (intent.general or intent.trend):
        return ranked
    fits = (lambda c: ONE_CASE.search(c.text)) if intent.general else _tells_a_course
    best = ranked[0]
    near = (c for c in ranked if c.score >= AS_NEAR * best.score and c.own >= PART_OF_IT)
    first = [c for c in near if fits(c) and c.words >= AS_WELL * best.words][:1]
    return [*first, *(c for c in ranked if c not in first)]


def _tells_a_course(candidate: Candidate) -> bool:
    """Whether a sentence gives figures of several years."""
    return len(candidate.named) > 1 and sum((v.unit or "") in FIGURES for v in candidate.values) > 1


def _other_routes(
    best: Candidate, ranked: Sequence[Candidate], intent: Intent, entry_routes: frozenset[str]
) -> list[Candidate]:
    seen = {best.hit.passage.route}
    found = []
    for candidate in ranked:
        route = candidate.hit.passage.route
        if route in entry_routes and route not in seen and candidate.score >= OTHER * best.score:
            if intent.wanted is not None and not candidate.wanted:
                continue
            seen.add(route)
            found.append(candidate)
    return found


def _other_years(
    best: Candidate, ranked: Sequence[Candidate], intent: Intent, chosen: Sequence[Candidate]
) -> list[Candidate]:
    """Where several years are asked for, the best sentence for each that no chosen one speaks of."""
    found: list[Candidate] = []
    for year in sorted(intent.years) if len(intent.years) > 1 else ():
        if any(year in c.years for c in (*chosen, *found)):
            continue
        near = (c for c in ranked if year in c.years and c.score >= OTHER * best.score)
        found += [c for c in near if c.wanted or intent.wanted is None][:1]
    return found


def _same_passage(
    best: Candidate, ranked: Sequence[Candidate], intent: Intent, chosen: Sequence[Candidate], *, for_each: bool
) -> list[Candidate]:
    """Further statements of our own sheet, in its order, for a sheet puts the more important statement first.

    `for_each`: figures of other routes that nobody excluded, too.
    """
    found: list[Candidate] = []
    whole = intent.listing or intent.trend
    room = (MOST if whole else 3) - len(chosen)
    strict = intent.wanted is not None and intent.wanted.strict
    for candidate in sorted((c for c in ranked if c.at == best.at), key=lambda c: c.number):
        if len(found) >= room or candidate.score < (ALL if whole else NEAR) * best.score:
            break
        if strict and not (candidate.wanted and (for_each or candidate.own >= ALIKE * best.own)):
            continue
        if strict and candidate.official < best.official and candidate.own <= best.own:
            continue
        if not repeats(candidate, [*chosen, *found]):
            found.append(candidate)
    return found


def _second(best: Candidate, ranked: Sequence[Candidate], chosen: Sequence[Candidate]) -> list[Candidate]:
    """Beside a sentence of an original the next best one: a page says in two sentences what a sheet says in one."""
    near = (c for c in ranked if c.score >= SECOND * best.score and c.official >= best.official)
    return next(([c] for c in near if not repeats(c, chosen)), [])


def _runner_up(
    best: Candidate, ranked: Sequence[Candidate], intent: Intent, chosen: Sequence[Candidate]
) -> list[Candidate]:
    """The best statement of a second section that is about as near: which of the two was meant, the reader knows."""
    shown = {c.at for c in chosen}
    if intent.wanted is not None and intent.wanted.strict:
        return []  # beside the one figure asked for another is no help, but a trap
    near = (
        c for c in ranked if c.score >= RUNNER_UP * best.score and c.at not in shown and c.words >= AS_WELL * best.words
    )
    return next(([c] for c in near if c.official >= best.official and not repeats(c, chosen)), [])


def _open_parts(
    chosen: Sequence[Candidate], ranked: Sequence[Candidate], query: Query, index: Index
) -> list[Candidate]:
    """A sentence for each weighty term that no chosen sentence (nor its heads) meets."""
    found: list[Candidate] = []
    for term in open_terms(chosen, query, index):
        candidate = next(
            (
                c
                for c in ranked
                if meets(term, index, c.terms) and c.score >= OTHER * chosen[0].score and c.own >= PART_OF_IT
            ),
            None,
        )
        if candidate is not None and not repeats(candidate, [*chosen, *found]):
            found.append(candidate)
    return found


def open_terms(chosen: Sequence[Candidate], query: Query, index: Index) -> list[QueryTerm]:
    """The nouns of some weight that the chosen sentences leave unmet. A bare figure is no subject: 「30歳まで」."""
    met = frozenset[int]().union(*(c.terms | index.terms.head(c.at) for c in chosen))
    weighty = [t for t in query.terms if t.noun and not t.surface.isdigit() and t.idf >= SPOKEN_FOR * query.total_idf]
    return [t for t in weighty if not meets(t, index, met)]


def repeats(candidate: Candidate, others: Sequence[Candidate]) -> bool:
    """Whether a sentence is among the others, or says what one of them says."""
    own = frozenset(bigrams(candidate.text))
    for other in others:
        if (other.at, other.number) == (candidate.at, candidate.number):
            return True
        theirs = frozenset(bigrams(other.text))
        if len(own & theirs) > SAME * min(len(own), len(theirs)) and not _adds_figures(candidate, other):
            return True
    return False


FIGURES = frozenset({"percent", "yen", "person", "ratio"})
ADDED = 3  # further figures that make a sentence more than a repetition: a whole distribution beside one of its shares


def _adds_figures(candidate: Candidate, other: Candidate) -> bool:
    """Whether a sentence holds several shares, amounts or counts that the other does not."""
    figures = [v for v in candidate.values if (v.unit or "") in FIGURES]
    return sum(not any(v.same(o) for o in other.values) for v in figures) >= ADDED


def _with_footing(chosen: Sequence[Candidate], ranked: Sequence[Candidate]) -> list[Candidate]:
    """Each leaning sentence together with the one it leans on: as one quote where both rest on the same sources."""
    by_place = {(c.at, c.number): c for c in ranked}
    out: list[Candidate] = []
    for candidate in chosen:
        before = by_place.get((candidate.at, candidate.number - 1))
        if not candidate.leans or before is None or before in chosen or before in out:
            out += [candidate] if candidate not in out else []
        elif before.span.source_ids == candidate.span.source_ids:
            out.append(_joined(before, candidate))
        else:
            out += [before, candidate]
    return out


def _joined(before: Candidate, candidate: Candidate) -> Candidate:
    span = replace(candidate.span, start=before.span.start)
    return replace(
        candidate,
        span=span,
        text=candidate.hit.passage.quote(span),
        values=before.values + candidate.values,
        terms=before.terms | candidate.terms,
    )


def _in_order(chosen: Sequence[Candidate]) -> list[Candidate]:
    """The best one's passage first and in its own order from the best on; then the others."""
    if not chosen:
        return []
    first = chosen[0]
    same = sorted((c for c in chosen if c.at == first.at), key=lambda c: c.number)
    lead = [c for c in same if c.number >= first.number] + [c for c in same if c.number < first.number]
    return lead + [c for c in chosen if c.at != first.at]
