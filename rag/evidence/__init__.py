"""What the hits can support: sentences for an answer, or the reason that there is none.

In: a query, its hits, what the question wants. Out: `Evidence`. The decision is taken on this turn's hits after
ranking, by the calibrated support of the passage that the best sentence stands in. It writes no words for people.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rag.evidence.candidates import Candidate, denies, list_candidates
from rag.evidence.select import FIGURES, MOST, choose, repeats
from rag.evidence.support import MISSING_KIND, NONE, Support, weigh
from rag.index import Index
from rag.intent import Intent, Wanted
from rag.query import Query
from rag.types import Hit, Reason, Source

__all__ = ["Candidate", "Evidence", "Field", "add_parts", "gather", "join_parts"]


@dataclass(frozen=True, kw_only=True)
class Field:
    """What this corpus knows besides its passages: sources, the routes a question names, the routes in."""

    sources: Mapping[str, Source]
    routes: frozenset[str] = frozenset()
    entry_routes: frozenset[str] = frozenset()

    def allows(self, candidate: Candidate) -> bool:
        """Whether a sentence is not of another way in than the question names."""
        return not self.routes or candidate.hit.passage.route not in self.entry_routes - self.routes


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Sentences in reading order, or a reason. `nearest_year` goes with `other_year`; `missing` are parts not found."""

    chosen: tuple[Candidate, ...]
    support: Support
    reason: Reason | None = None
    nearest_year: int | None = None
    missing: tuple[str, ...] = ()


def gather(
    query: Query,
    hits: Sequence[Hit],
    index: Index,
    intent: Intent,
    field: Field,
    *,
    least: float = 0.0,
) -> Evidence:
    """Decide and choose; below a support of `least` there is none. Intent's own reasons are not looked at here."""
    ranked = list_candidates(query, hits, index, intent=intent, sources=field.sources, routes=field.routes)
    if not ranked:
        return Evidence(chosen=(), support=NONE, reason=Reason.NO_EVIDENCE)
    ranked = _wanted_first(ranked, intent)
    support = _support(query, ranked, hits, index, intent)
    if support.score < least:
        nearest = _nearest_year(ranked, intent) if intent.years else None
        return Evidence(chosen=(), support=support, reason=Reason.NO_EVIDENCE, nearest_year=nearest)
    if intent.years and field.sources:
        of_year = [
            c for c in ranked if c.years & intent.years and not c.of_other_year(intent.years) and field.allows(c)
        ]
        if not of_year or of_year[0].score < ranked[0].score * 0.75:
            nearest = _nearest_year([c for c in ranked if not c.years & intent.years], intent)
            return Evidence(chosen=(), support=support, reason=Reason.OTHER_YEAR, nearest_year=nearest)
        ranked = [*of_year, *(c for c in ranked if not c.years & intent.years and not c.named)]
    if intent.wanted is not None and not intent.premise and denies(ranked[0], query, index):
        return Evidence(chosen=(), support=support, reason=Reason.NO_EVIDENCE)
    chosen = choose(ranked, query, index, intent, entry_routes=field.entry_routes, routes=field.routes)
    return Evidence(chosen=tuple(chosen), support=support)


COUNTS = re.compile(r"\d|毎|隔|一度|二度|once|twice|every|each|weekly|monthly|annual|\bone\b|\btwo\b", re.IGNORECASE)
DATES = frozenset({"date", "fiscal_year"})
PART = 0.3  # support (logits) from which a part of a question has an answer of its own


def join_parts(whole: Evidence, parts: Sequence[Evidence]) -> Evidence:
    """The answers of a question's parts, in their order, then what the whole question found; at most MOST sentences.

    Parts without an answer of their own change nothing, nor do parts where only one of them has one.
    """
    found = [part.chosen[0] for part in parts if part.reason is None and part.chosen and part.support.score >= PART]
    if len({(c.at, c.number) for c in found}) < 2 or whole.reason not in {None, Reason.NO_EVIDENCE}:
        return whole
    if whole.chosen and sum((v.unit or "") in FIGURES for v in whole.chosen[0].values) >= len(parts):
        return whole  # one sentence holds a figure for each part
    chosen: list[Candidate] = []
    for candidate in (*found, *whole.chosen):
        if not repeats(candidate, chosen):
            chosen.append(candidate)
    best = max(parts, key=lambda part: part.support.score)
    support = whole.support if whole.reason is None else best.support
    return replace(whole, chosen=tuple(chosen[:MOST]), support=support, reason=None)


def add_parts(whole: Evidence, parts: Sequence[Evidence]) -> Evidence:
    """What the whole question found, and the best sentence for each further part that has an answer; at most MOST."""
    added: list[Candidate] = []
    for part in parts:
        best = part.chosen[0] if part.reason is None and part.chosen and part.support.score >= PART else None
        if best is not None and not repeats(best, [*whole.chosen, *added]):
            added.append(best)
    return replace(whole, chosen=(*whole.chosen[: MOST - len(added)], *added))


CLOSE = 0.8  # share of the best score from which a sentence with the kind of fact asked for goes first


def _wanted_first(ranked: list[Candidate], intent: Intent) -> list[Candidate]:
    """A question for an amount is answered by a sentence with one, if one is about as near; so is one for a count."""
    wanted = intent.wanted
    if wanted is None or not (wanted.strict or _is_counted(wanted)):
        return ranked
    tells = (lambda c: c.wanted) if wanted.strict else _counts
    near = [c for c in ranked if tells(c) and c.score >= CLOSE * ranked[0].score]
    return [*near, *(c for c in ranked if c not in near)]


def _support(query: Query, ranked: Sequence[Candidate], hits: Sequence[Hit], index: Index, intent: Intent) -> Support:
    wanted, best = intent.wanted, ranked[0]
    support = weigh(query, best.hit, hits, index)
    if (
        wanted is None
        or best.wanted
        or support.written_for
        or not (wanted.strict or (_is_counted(wanted) and not _counts(best)))
    ):
        return support
    return replace(support, score=support.score - MISSING_KIND)


def _is_counted(wanted: Wanted) -> bool:
    """Whether a number of some kind is asked for (何回, いくつ), rather than a time, a place or a person."""
    return bool(wanted.units) and not wanted.kinds


def _counts(candidate: Candidate) -> bool:
    """Whether a statement holds some count: the date that nearly every one bears is none."""
    if any(value.kind not in DATES for value in candidate.values):
        return True
    undated = candidate.text
    for value in sorted(candidate.values, key=lambda value: value.start, reverse=True):
        undated = undated[: value.start] + undated[value.end :]
    return bool(COUNTS.search(undated))


def _nearest_year(ranked: Sequence[Candidate], intent: Intent) -> int | None:
    """The year nearest to the one asked for among the best sentences; None where that very year is among them."""
    if any(c.years & intent.years for c in ranked[:5]):
        return None
    asked, strict = max(intent.years), intent.wanted is not None and intent.wanted.strict
    known = {year for c in ranked[:5] if c.wanted or not strict for year in c.years}
    return min(known, key=lambda year: (abs(year - asked), -year), default=None)
