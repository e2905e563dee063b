"""How far the parts of a passage meet a question: the idf share of its terms, its bigrams, its ways of asking.

In: a `Query`, an opened index, a passage's place in it. Out: shares from 0 to 1. It ranks nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from rag.index import Index, ways_of_asking
from rag.language.normalise import fold
from rag.language.tokens import bigrams
from rag.query import Query

Shares = NDArray[np.float64]
_DEFINES = re.compile(
    r"とは|って(?:何|なに|なん|どんな|どういう)|について|何をする|どんな(?:仕事|職|制度|研修|選考|もの|こと|仕組み|組織|試験|人)"
    r"|^what(?:'s| is| are)\b(?!.*\b(?:of|on|for|in|age|salary|pay|rate)\b)|tell me about|explain|what even is"
)
DEFINING = 0.4  # added where question and asking both ask what something is
WORDING = 0.15  # share of the wording (bigrams: とは, いつ, どう) beside that of the terms


@dataclass(frozen=True, kw_only=True)
class Asking:
    """The way of asking most like the question: what it meets of each term, and how like it is (0 … 1)."""

    met: Shares
    likeness: float


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """What one passage meets of each of a question's terms, 0 … 1: rows are its parts, columns the terms."""

    head: Shares  # (terms,)
    sentences: Shares  # (sentences, terms)
    asking: Asking

    @cached_property
    def above(self) -> Shares:
        """What the head and the best way of asking meet together, for each term."""
        return np.maximum(self.head, self.asking.met)

    @cached_property
    def whole(self) -> Shares:
        """What the head, the best way of asking and all sentences meet together, for each term."""
        sentences: Shares = self.sentences.max(axis=0, initial=0.0)
        return np.maximum(self.above, sentences)


class Reader:
    """Reads passages with one question in mind."""

    def __init__(self, query: Query, index: Index) -> None:
        self._query, self._index = query, index
        self._idf = np.array([t.idf for t in query.terms], dtype=np.float64)
        met: dict[int, Shares] = {}
        for column, term in enumerate(query.terms):
            for alternative, strength in term.alternatives.items():
                number = index.terms.vocabulary.get(alternative)
                if number is not None:
                    row = met.setdefault(number, np.zeros(len(query.terms)))
                    row[column] = max(row[column], strength)
        numbers = sorted(met)
        self._numbers = np.array([*numbers, np.iinfo(np.int64).max], dtype=np.int64)
        self._strengths = np.array([met[n] for n in numbers]).reshape(len(numbers), len(query.terms))
        self._defines = bool(_DEFINES.search(query.folded))

    def share(self, met: Shares) -> Shares:
        """The idf share (0 … 1) of the question, for what is met of each term: of one part, or a row a part."""
        return np.asarray(met @ self._idf / self._query.total_idf)

    def read(self, at: int) -> Coverage:
        """What the passage at that place meets."""
        return self.read_all([at])[0]

    def read_all(self, places: Sequence[int]) -> list[Coverage]:
        """What the passages at these places meet: many at once cost little more than one."""
        if not len(places):
            return []
        parts = self._index.terms.parts(places)
        met = self._met(parts.terms, parts.sizes)
        alike = self._alike(met, parts.plain)
        found = []
        for at, head, end, asked in zip(places, parts.heads[:-1], parts.heads[1:], parts.asked, strict=True):
            ways = slice(head + 1, head + 1 + asked)
            asking = self._best_asking(at, met[ways], alike[ways])
            found.append(Coverage(head=met[head], sentences=met[ways.stop : end], asking=asking))
        return found

    def _met(self, terms: NDArray[np.int64], sizes: NDArray[np.int64]) -> Shares:
        places = np.searchsorted(self._numbers, terms)
        known = self._numbers[places] == terms
        met = np.zeros((len(sizes), len(self._query.terms)))
        np.maximum.at(met, np.repeat(np.arange(len(sizes)), sizes)[known], self._strengths[places[known]])
        return met

    def _alike(self, met: Shares, plain: NDArray[np.int64]) -> Shares:
        """How like the question each part is as a way of asking, but for its wording: Dice over idf."""
        total = self._query.total_idf
        other = plain * (total / max(len(self._query.terms), 1))  # an asking's own terms weigh what the question's do
        return np.asarray((1 - WORDING) * np.minimum(1.0, 2 * (met @ self._idf) / (total + other)))

    def _best_asking(self, at: int, asked: Shares, likeness: Shares) -> Asking:
        """The way of asking that is most like the question, by terms and then by wording."""
        if not len(asked):
            return Asking(met=np.zeros(len(self._query.terms)), likeness=0.0)
        ways = ways_of_asking(self._index.passages[at])
        if self._defines:
            likeness = likeness + DEFINING * np.array([_is_defining(way) for way in ways])
        best, which = -1.0, 0
        for number in np.argsort(-likeness, kind="stable"):
            if likeness[number] + WORDING <= best:
                break
            alike = float(likeness[number]) + WORDING * _worded_alike(self._query, ways[number])
            if alike > best:
                best, which = alike, int(number)
        return Asking(met=asked[which], likeness=best)


@lru_cache(maxsize=20_000)
def _is_defining(asking: str) -> bool:
    return bool(_DEFINES.search(fold(asking)))


def _worded_alike(query: Query, asking: str) -> float:
    """Twice the character bigrams that both have over those of both: 「いつ」 is not 「とは」."""
    own, theirs = _bigram_set(query.folded), _bigram_set(asking)
    return 2 * len(own & theirs) / (len(own) + len(theirs)) if own and theirs else 0.0


@lru_cache(maxsize=20_000)
def _bigram_set(text: str) -> frozenset[str]:
    return frozenset(bigrams(text))


def known_share(query: Query, index: Index) -> float:
    """The share (0 … 1, by rarity) of a question that headings, askings or glossary know; a place is of no field."""
    heads, asked = index.tables["heads"], index.tables["askings"]
    known = sum(
        t.rarity
        for t in query.terms
        if t.name != "地名"
        and any(a.startswith("g:") or heads.frequency(a) or asked.frequency(a) for a in t.alternatives if a[:2] != "s:")
    )
    return known / query.total_rarity


_WRITTEN = re.compile(r"(?![ぁ-んー]+$)..")


def unknown_share(query: Query, index: Index) -> float:
    """The share (0 … 1, by rarity) of a question in words of which no passage has any (油絵, washer).

    What is written in hiragana, or in one character, may be a slip of a word that is known: it does not count.
    """
    vocabulary = index.terms.vocabulary
    unknown = (t for t in query.terms if not any(a in vocabulary for a in t.alternatives))
    return sum(t.rarity for t in unknown if _WRITTEN.match(t.surface)) / query.total_rarity


def bigram_share(query: Query, *texts: str) -> float:
    """The share (0 … 1) of the question's bigrams that stand in the text that has most of them."""
    own = query.bigrams
    return max((len(own & _bigram_set(text)) for text in texts), default=0) / len(own) if own else 0.0
