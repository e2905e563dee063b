"""Hits -> sentences that could answer, scored by what is asked: coverage, kind of fact, standing, route and year.

Pure: no disk, no clock. It scores; choosing among the scored is select's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from rag.coverage import Reader, bigram_share
from rag.index import Index
from rag.intent import Intent, Wanted
from rag.language.normalise import fold
from rag.language.tokens import Tokenizer
from rag.language.values import Value, read_values
from rag.query import Query
from rag.types import Hit, Source, Span

LEANING = re.compile(
    r"^(?:そのため|このため|ただし|ただ、|なお|これにより|これによって|その(?:際|後|結果|うえ|上|中|ほか|他|ような|とき|時)|これ|それ|この|同(?:年|氏|制度|月)|また、|さらに|しかし|一方|たとえば|例えば|つまり|もう一つ|次に|そして"
    r"|however|therefore|this |these |it |they |in addition|for example|on the other hand)",
    re.IGNORECASE,
)

OTHERS = re.compile(
    r"[一-鿿々ぁ-んァ-ヶー]氏|(?<![一-鿿])[一-鿿]{2,3}(?=,? (?:of|who|says|explains|joined|was|is)\b)"
)  # a person named


@dataclass(frozen=True, kw_only=True)
class Scoring:
    """What counts how much when sentences compete. docs/retrieval.md has the ablation."""

    passage: float = 2.2
    words: float = 0.55
    bigrams: float = 0.5
    first: float = 0.25  # our sheets put the most important statement first
    wanted: float = 0.4  # for a kind of fact that must be there; a tenth of it for the looser kinds
    official: float = 0.08
    original: float = 0.2  # a page's own words before our digest of another page
    rule: float = 0.1
    experience: float = 0.3
    person: float = 0.8  # a speaker whom the question names; as much off another's words
    route: float = 0.6
    year: float = 0.5
    figure: float = 0.4  # a figure that the question itself gives (週4回以上)
    newer: float = 0.03  # a year
    excluded: float = 0.8  # off a statement about what the question sets aside; half of it off its section


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One sentence that may be quoted; `number` is its place in the passage, from 0."""

    hit: Hit
    at: int
    number: int
    span: Span
    text: str
    sources: tuple[Source, ...]
    values: tuple[Value, ...]
    terms: frozenset[int]
    own: float  # idf share of the question in its own words, 0 … 1
    words: float  # the same with the passage's heads, the larger part
    pairs: float
    wanted: bool
    score: float

    @property
    def leans(self) -> bool:
        """Whether it opens with a word that points at the sentence before it."""
        return bool(LEANING.match(self.text))

    @property
    def official(self) -> bool:
        """Whether an official source stands behind it."""
        return any(s.standing == "official" for s in self.sources)

    @property
    def years(self) -> frozenset[int]:
        """The years it speaks of or holds for: in its words, and of its sources."""
        return self.named.union(*(source_years(s) for s in self.sources))

    def of_other_year(self, asked: frozenset[int]) -> bool:
        """Whether it names fiscal years, and none of those asked for, whatever year its page is of."""
        named = {int(str(v.low)[:4]) for v in self.values if v.kind == "fiscal_year" and str(v.low)[:4].isdigit()}
        return bool(named) and not named & asked

    @property
    def named(self) -> frozenset[int]:
        """The years in its words."""
        dates = (str(v.low)[:4] for v in self.values if v.kind in {"date", "fiscal_year"})
        return frozenset(int(year) for year in dates if year.isdigit())


def source_years(source: Source) -> tuple[int, ...]:
    """The fiscal year a source holds for, or else the year of its date."""
    if source.fiscal_year is not None:
        return (source.fiscal_year,)
    return (int(source.as_of[:4]),) if source.as_of else ()


@lru_cache(maxsize=50_000)
def values_of(text: str) -> tuple[Value, ...]:
    """The values of a sentence, read once."""
    return read_values(text)


def list_candidates(
    query: Query,
    hits: Sequence[Hit],
    index: Index,
    *,
    intent: Intent,
    sources: Mapping[str, Source],
    routes: frozenset[str] = frozenset(),
    scoring: Scoring | None = None,
) -> list[Candidate]:
    """Every quotable sentence of the hits, best first. `routes` are those the question names."""
    weights = scoring or Scoring()
    top = max((h.score for h in hits), default=0.0) or 1.0
    speakers = frozenset(h.passage.speaker for h in hits if h.passage.speaker and h.passage.speaker in query.text)
    figures = tuple(v for v in values_of(query.folded) if v.kind not in {"date", "fiscal_year"} and v.unit)
    aim = _Aim(intent=intent, routes=routes, speakers=speakers, figures=figures)
    found, reader = [], Reader(query, index)
    places = [index.position[hit.passage.id] for hit in hits]
    for hit, at, coverage in zip(hits, places, reader.read_all(places), strict=True):
        own_shares = reader.share(coverage.sentences)
        shares = 0.2 * own_shares + 0.8 * reader.share(np.maximum(coverage.sentences, coverage.head))
        for number, (span, terms) in enumerate(zip(hit.passage.sentences, index.terms.sentences(at), strict=True)):
            text = hit.passage.quote(span)
            values = values_of(text)
            found.append(
                _scored(
                    Candidate(
                        hit=hit, at=at, number=number, span=span, text=text,
                        sources=tuple(sources[s] for s in span.source_ids if s in sources),
                        values=values, terms=terms, own=float(own_shares[number]), words=float(shares[number]),
                        pairs=bigram_share(query, text),
                        wanted=intent.wanted is not None and _tells(intent.wanted, text, values, query, index),
                        score=hit.score / top,
                    ),
                    aim, weights,
                )
            )  # fmt: skip
    return sorted(found, key=lambda c: (-c.score, c.at, c.number))


def _tells(wanted: Wanted, text: str, values: Sequence[Value], query: Query, index: Index) -> bool:
    """Whether a sentence holds the kind of fact asked for, beyond what the question itself says."""
    asked = values_of(query.folded)
    if wanted.met_by(text, [v for v in values if not any(v.same(a) for a in asked)]):
        return True
    return wanted.name_kind is not None and any(
        name not in query.folded for name in names_in(text, wanted.name_kind, index.tokenizer)
    )


@lru_cache(maxsize=50_000)
def names_in(text: str, kind: str, tokenizer: Tokenizer) -> tuple[str, ...]:
    """The names of one kind (人名, 地名) in a text, folded."""
    return tuple(word.surface for word in tokenizer.words(text) if word.name == kind)


@dataclass(frozen=True, kw_only=True)
class _Aim:
    """What the question is after besides its words: the routes, the speakers and the figures it names."""

    intent: Intent
    routes: frozenset[str]
    speakers: frozenset[str]
    figures: tuple[Value, ...]


def _scored(candidate: Candidate, aim: _Aim, weights: Scoring) -> Candidate:
    passage, intent = candidate.hit.passage, aim.intent
    score = weights.passage * candidate.score + weights.words * candidate.words + weights.bigrams * candidate.pairs
    if passage.wording == "digest":
        score += weights.first / (1 + candidate.number)
    if intent.wanted is not None:
        score += weights.wanted * intent.wanted.pull * (1 if candidate.wanted else -1)
    if passage.wording == "original" and passage.speaker:
        score += weights.original
    if aim.speakers and (passage.speaker is not None or OTHERS.search(candidate.text)):
        theirs = passage.speaker in aim.speakers or any(name in candidate.text for name in aim.speakers)
        score += weights.person if theirs else -weights.person
    if candidate.sources:
        score += _by_source(candidate, intent, weights)
    if aim.figures:
        score += weights.figure * sum(any(f.same(v) for v in candidate.values) for f in aim.figures) / len(aim.figures)
    if aim.routes and passage.route is not None:
        score += weights.route if passage.route in aim.routes else -weights.route
    if intent.excluded:
        score -= weights.excluded * _about(candidate, intent.excluded)
    if intent.years:
        score += weights.year if intent.years & candidate.years else 0.0
    else:
        score += weights.newer * (max(candidate.years, default=2020) - 2020 if candidate.sources else 0)
    return Candidate(**{**candidate.__dict__, "score": score})


_DENIED = re.compile(r"([^、。()「」\s]{2,14}?)(だけ)?の(?:もの|数字|人数|倍率|値|率|額|年数)では(?:ありません|ない)")
_ALONE = re.compile(r"だけ|のみ|に限|限定|単独")


def denies(candidate: Candidate, query: Query, index: Index) -> bool:
    """Whether a statement says its figures are not of what is asked for (キャリア活用採用選考の数字ではありません).

    A figure of a larger whole (ICT職だけの額ではありません) answers unless the part alone, or a category, is asked for.
    """
    for named, alone in _DENIED.findall(fold(candidate.text)):
        groups = {group for group, _, _ in index.tokenizer.concepts.find(named)}
        asked = named in query.folded or any(groups & set(term.alternatives) for term in query.terms)
        if asked and (not alone or named.endswith("区分") or _ALONE.search(query.folded)):
            return True
    return False


_SUBJECT = re.compile(r"^.{2,60}?(?:(?<![にで])は|が)|^.{2,60}", re.DOTALL)


def _about(candidate: Candidate, excluded: Sequence[str]) -> float:
    """1 where one of these is what a sentence is about, a half where it is what its section is about, else 0.

    One of several things listed is not what a sentence is about.
    """
    subject = _SUBJECT.search(fold(candidate.text))
    alone = "|".join(rf"(?<![、,]){re.escape(name)}(?![、,や・と])" for name in excluded)
    if subject is not None and re.search(alone, subject[0]):
        return 1.0
    return 0.5 if any(name in fold(candidate.hit.passage.question or "") for name in excluded) else 0.0


def _by_source(candidate: Candidate, intent: Intent, weights: Scoring) -> float:
    kinds = {s.kind for s in candidate.sources}
    score = weights.official if candidate.official else -weights.official
    if intent.experience:
        return score + (weights.experience if kinds & {"interview"} else 0.0)
    if candidate.hit.passage.speaker or kinds == {"interview"}:
        return score - weights.rule
    return score + (weights.rule if kinds & {"rule", "faq", "statistics"} else 0.0)
