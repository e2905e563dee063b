"""A question -> passages, best first: BM25 over words, heads and bigrams, dense vectors, best-sentence re-score.

In: a question and an opened index. Out: `Query` (the question as weighted terms) and `Hit`s. Every list is divided by
its own maximum and added with `Weights`; the first are re-scored by their best sentence. Equal-weight reciprocal-rank
fusion of the same lists is worse than BM25 alone (docs/retrieval.md). It never decides whether to answer.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from rag.index import PASSAGES, QUESTIONS, Index, ways_of_asking
from rag.language.detect import detect
from rag.language.normalise import fold
from rag.language.tokens import Word, bigrams
from rag.types import Hit, Language

Scores = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Weights:
    """What each list adds. Found on the practice sets and the own set; docs/retrieval.md has the table."""

    words: float = 1.0
    heads: float = 2.0
    askings: float = 2.0
    bigrams: float = 1.8
    dense_passage: float = 0.1
    dense_question: float = 0.5
    compounds: float = 0.15
    synonyms: float = 0.4
    sentence_words: float = 10.0
    sentence_bigrams: float = 0.2
    asking: float = 6.0
    other_language: float = 0.6
    verb: float = 0.4  # what verbs and adjectives count for in coverage: how a thing is asked varies more than its name
    light: float = 0.25  # the same for adverbs and nouns used as such (今, あと)
    depth: int = 30
    per_source: int = 6


@dataclass(frozen=True, kw_only=True)
class QueryTerm:
    """One thing asked about: the index terms that meet it, each with the share (0 … 1) it is met to, and its idf."""

    surface: str
    alternatives: Mapping[str, float]
    idf: float
    noun: bool
    name: str | None = None  # of what it is the name (人名, 地名 …), as `Word` has it

    @property
    def proper(self) -> bool:
        """Whether it is a name."""
        return self.name is not None


@dataclass(frozen=True, kw_only=True)
class Query:
    """A question as retrieval and evidence see it."""

    text: str
    folded: str
    language: Language
    terms: tuple[QueryTerm, ...]
    weights: Mapping[str, float]
    bigrams: frozenset[str] = field(default_factory=frozenset)

    @cached_property
    def total_idf(self) -> float:
        """The sum over all terms, never 0."""
        return sum(t.idf for t in self.terms) or 1e-9


def analyse(text: str, index: Index, weights: Weights) -> Query:
    """The question's terms, with what may stand for each: concept, Sudachi's group, nearest known spelling."""
    folded = fold(_close_gaps(text))
    table = index.tables["words"]
    words = _known(index.tokenizer.words(folded), index)
    concepts = index.tokenizer.concepts.find(" ".join(folded.split()))
    told = [(m.start(), m.end()) for m in _HEARSAY.finditer(folded)]
    terms: dict[str, QueryTerm] = {}
    scores: dict[str, float] = {}
    for word, share in words:
        alternatives = {word.token: share}
        alternatives |= dict.fromkeys(word.synonyms, weights.synonyms)
        alternatives |= {g: 1.0 for g, start, end in concepts if start <= word.start and word.end <= end}
        frequent = max(table.frequency(a) for a in alternatives if not a.startswith("s:"))
        terms.setdefault(
            word.token,
            QueryTerm(
                surface=word.surface,
                alternatives=alternatives,
                idf=_idf(frequent, table.size)
                * (weights.light if _within(word, told) else _part(word, frequent, weights)),
                noun=word.noun,
                name=word.name,
            ),
        )
        _raise(scores, word.token, share)
        for group in word.synonyms:
            _raise(scores, group, weights.synonyms)
    for group, start, end in concepts:
        _raise(scores, group, 1.0)
        if not any(group in t.alternatives for t in terms.values()):
            idf = _idf(table.frequency(group), table.size)
            terms[group] = QueryTerm(surface=folded[start:end], alternatives={group: 1.0}, idf=idf, noun=True)
    for compound in index.tokenizer.tokens(folded).compounds:
        _raise(scores, compound, weights.compounds)
    return Query(
        text=text,
        folded=folded,
        language=detect(text),
        terms=tuple(terms.values()),
        weights=scores,
        bigrams=frozenset(bigrams(matter(folded))),
    )


_GAP = re.compile(r"(?<=[ぁ-ん])\s+(?=[^\x00-\x7f])|(?<=[^\x00-\x7f])\s+(?=[ぁ-ん])")


def _close_gaps(text: str) -> str:
    """Without the spaces and line breaks that part nothing: beside hiragana, as nobody writes between two key words."""
    return " ".join(_GAP.sub("", text).split())


# what a question adds to its matter: courtesy before it, and the asking itself after it
_COURTESY = re.compile(
    r"^(?:すみません|こんにちは|はじめまして|質問(?:です|があります)|お?教えて(?:ください|下さい)|ちなみに|あと|hello|hi|excuse me)[、。,.! ]*"
)
_TAIL = re.compile(
    r"(?:(?:について|に関して|のこと)?(?:を|は|も)?(?:詳しく|簡単に)?(?:教え(?:て)?(?:ください|下さい|ほしい(?:です)?|もらえますか|いただけますか)?|知りたい(?:です)?|聞きたい(?:です)?|説明して(?:ください)?)"
    r"|について|(?:と|って)は?(?:いう)?(?:何|なに|なん|どういう(?:もの|こと|意味)|どんな(?:もの|制度|仕組み))?(?:です|でしょう|なの|なん)?(?:か|です)?"
    r"|(?:なの|なん|ん)?(?:です|でしょう|ます|ましょう)(?:か|かね|よね)?|(?:か|の|かな)?)[?。!.\s]*$"
)


def matter(folded: str) -> str:
    """The question without courtesy and without the words of asking at its end; itself where nothing else is left."""
    kept = _TAIL.sub("", _COURTESY.sub("", folded))
    return kept if len(kept) >= 2 else folded


# what a question says of where it has something from: 「という話」 「と紹介されています」
_HEARSAY = re.compile(
    r"(?:と|って)(?:いう|言う)(?:話|噂|うわさ|記事|説明|情報|こと)|(?:と|って)(?:聞[いき]|書[いか]|説明|紹介|言われ|いわれ|報じ|載っ|見)[^、。?]{0,3}"
    r"|書いてあ|書かれて|(?:話|噂)を聞"
)


def _within(word: Word, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= word.start < end for start, end in spans)


def _part(word: Word, frequency: int, weights: Weights) -> float:
    """How much a word's part of speech counts; English words come without one, an unknown one is likelier a verb."""
    if word.light:
        return weights.light
    if not word.noun:
        return weights.verb
    return weights.verb if frequency == 0 and word.surface.isascii() and word.surface.isalpha() else 1.0


def _raise(scores: dict[str, float], term: str, weight: float) -> None:
    scores[term] = max(weight, scores.get(term, 0.0))


def _idf(frequency: int, size: int) -> float:
    """Lucene's idf; a term that stands nowhere counts as one that stands once."""
    frequency = max(frequency, 1)
    return math.log(1 + (size - frequency + 0.5) / (frequency + 0.5))


TYPO_RATIO = 84.0  # rapidfuzz ratio, 0 … 100: one slip in a word of five letters or more


def _known(words: Sequence[Word], index: Index) -> list[tuple[Word, float]]:
    """Each word, and for one that neither dictionary nor corpus knows the words of its nearest known spelling."""
    table = index.tables["words"]
    out: list[tuple[Word, float]] = []
    for word in words:
        if not word.unknown or len(word.surface) < 3 or table.frequency(word.token):
            out.append((word, 1.0))
            continue
        near = process.extractOne(word.surface, _spellings(index), scorer=fuzz.ratio, score_cutoff=TYPO_RATIO)
        if near is None:
            out.append((word, 1.0))
            continue
        out.extend((w, 0.9) for w in index.tokenizer.words(near[0]))
    return out


@lru_cache(maxsize=8)
def _spellings_of(table_id: int, terms: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(t for t in terms if len(t) >= 3 and ":" not in t)


def _spellings(index: Index) -> tuple[str, ...]:
    known = (*index.tokenizer.concepts.terms, *index.tables["words"].vocabulary)
    return _spellings_of(id(index.tables["words"]), known)


def asked_for(query: Query, index: Index) -> Scores:
    """For each passage the score of its best asking: many ways of asking must not dilute one another."""
    scores = np.zeros(len(index.passages), dtype=np.float32)
    if len(index.asked):
        np.maximum.at(scores, index.asked, index.tables["askings"].scores(query.weights))
    return scores


def dense(name: str, index: Index, vector: Sequence[float], depth: int) -> Scores:
    """Cosine similarity of the nearest `depth` entries of a collection, each passage by its best entry; 0 elsewhere."""
    scores = np.zeros(len(index.passages), dtype=np.float32)
    found = index.nearest[name].query(
        query_embeddings=[list(vector)], n_results=depth, include=["metadatas", "distances"]
    )
    for metadata, distance in zip(found["metadatas"][0], found["distances"][0], strict=True):
        at = index.position[metadata["passage_id"]]
        scores[at] = max(scores[at], 1.0 - distance)
    return scores


def fuse(lists: Iterable[tuple[Scores, float]]) -> Scores:
    """Each list divided by its own maximum, times its weight, added."""
    total: Scores | None = None
    for scores, weight in lists:
        top = float(scores.max(initial=0.0))
        part = scores * (weight / top) if top > 0 else scores * 0
        total = part if total is None else total + part
    if total is None:
        raise ValueError("nothing to fuse")
    return total


def retrieve(query: Query, index: Index, weights: Weights, *, limit: int = 10) -> list[Hit]:
    """The best passages, at most `per_source` of one document among them."""
    lists = [
        (index.tables["words"].scores(query.weights), weights.words),
        (index.tables["heads"].scores(query.weights), weights.heads),
        (asked_for(query, index), weights.askings),
        (index.tables["bigrams"].scores(dict.fromkeys(query.bigrams, 1.0)), weights.bigrams),
    ]
    if weights.dense_passage or weights.dense_question:
        vector = index.embeddings.embed_query(_close_gaps(query.text))
        if any(vector):
            depth = min(50, len(index.passages))
            lists.append((dense(PASSAGES, index, vector, depth), weights.dense_passage))
            lists.append((dense(QUESTIONS, index, vector, depth), weights.dense_question))
    fused = fuse(lists)
    order = np.argsort(-fused, kind="stable")[: weights.depth]
    scored = [(_rescored(query, index, int(at), float(fused[at]), weights), int(at)) for at in order if fused[at] > 0]
    scored.sort(key=lambda pair: (-pair[0], pair[1]))
    hits = (Hit(passage=index.passages[at], score=score) for score, at in scored)
    return _capped(hits, weights.per_source, limit)


def _rescored(query: Query, index: Index, at: int, score: float, weights: Weights) -> float:
    passage = index.passages[at]
    asking = best_asking(query, index, at)
    above = index.terms.head(at) | asking.terms
    words = max((share(query, index, s | above) for s in index.terms.sentences(at)), default=0.0)
    pairs = max((bigram_share(query, passage.quote(s)) for s in passage.sentences), default=0.0)
    score += weights.sentence_words * words + weights.sentence_bigrams * pairs
    score += weights.asking * asking.likeness
    return score if passage.lang == query.language else score * weights.other_language


@dataclass(frozen=True, kw_only=True)
class Asking:
    """The way of asking most like the question: its terms, and how like it is (0 … 1)."""

    terms: frozenset[int]
    likeness: float


NO_ASKING = Asking(terms=frozenset(), likeness=0.0)
_DEFINES = re.compile(
    r"とは|って(?:何|なに|なん|どんな|どういう)|について|何をする|どんな(?:仕事|職|制度|研修|選考|もの|こと|仕組み|組織|試験|人)"
    r"|^what(?:'s| is| are)\b(?!.*\b(?:of|on|for|in|age|salary|pay|rate)\b)|tell me about|explain|what even is"
)
DEFINING = 0.4  # added where question and asking both ask what something is
WORDING = 0.15  # share of the wording (bigrams: とは, いつ, どう) beside that of the terms


def best_asking(query: Query, index: Index, at: int) -> Asking:
    """The way of asking that is most like the question; `NO_ASKING` where the passage has none."""
    defines = bool(_DEFINES.search(query.folded))
    found = (
        Asking(
            terms=terms,
            likeness=(1 - WORDING) * _alike(query, index, terms)
            + WORDING * _worded_alike(query, way)
            + (DEFINING if defines and _DEFINES.search(fold(way)) else 0.0),
        )
        for way, terms in zip(ways_of_asking(index.passages[at]), index.terms.askings(at), strict=True)
    )
    return max(found, key=lambda asking: asking.likeness, default=NO_ASKING)


def _alike(query: Query, index: Index, terms: frozenset[int]) -> float:
    """Twice the idf that question and asking share over the idf of both (Dice)."""
    if not terms:
        return 0.0
    met = share(query, index, terms) * query.total_idf
    words = sum(1 for t in terms if index.terms.plain[t])
    other = words * query.total_idf / max(len(query.terms), 1)  # an asking's own terms weigh what the question's do
    return min(1.0, 2 * met / (query.total_idf + other))


def _worded_alike(query: Query, asking: str) -> float:
    """The same of character bigrams, the words of asking included: 「いつ」 is not 「とは」."""
    own, theirs = _bigram_set(query.folded), _bigram_set(asking)
    return 2 * len(own & theirs) / (len(own) + len(theirs)) if own and theirs else 0.0


@lru_cache(maxsize=20_000)
def _bigram_set(text: str) -> frozenset[str]:
    return frozenset(bigrams(text))


def share(query: Query, index: Index, terms: frozenset[int]) -> float:
    """The idf share (0 … 1) of the question's terms that these term numbers meet."""
    vocabulary = index.terms.vocabulary
    met = 0.0
    for term in query.terms:
        best = 0.0
        for alternative, strength in term.alternatives.items():
            if strength > best and vocabulary.get(alternative, -1) in terms:
                best = strength
        met += term.idf * best
    return met / query.total_idf


def known_share(query: Query, index: Index) -> float:
    """The idf share (0 … 1) of the question that headings, askings or the glossary know; a place is of no field."""
    heads, asked = index.tables["heads"], index.tables["askings"]
    known = sum(
        t.idf
        for t in query.terms
        if t.name != "地名"
        and any(a.startswith("g:") or heads.frequency(a) or asked.frequency(a) for a in t.alternatives if a[:2] != "s:")
    )
    return known / query.total_idf


def bigram_share(query: Query, text: str) -> float:
    """The share (0 … 1) of the question's bigrams that stand in `text`."""
    if not query.bigrams:
        return 0.0
    return len(query.bigrams & _bigram_set(text)) / len(query.bigrams)


def _capped(found: Iterable[Hit], per_source: int, limit: int) -> list[Hit]:
    taken: dict[str, int] = {}
    hits: list[Hit] = []
    for hit in found:
        document = hit.passage.document_id
        taken[document] = taken.get(document, 0) + 1
        if taken[document] <= per_source:
            hits.append(hit)
        if len(hits) == limit:
            break
    return hits
