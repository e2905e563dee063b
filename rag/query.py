"""A question -> `Query`: its terms, what may stand for each, and how much each counts.

In: a question and an opened index. Out: weighted terms, with concepts, Sudachi's groups and the nearest known spelling
as alternatives, and the question's character bigrams. It ranks nothing and decides nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from rapidfuzz import fuzz, process

from rag.classifier import Nearness
from rag.index import Index, classified_terms
from rag.language.detect import detect
from rag.language.normalise import fold
from rag.language.tokens import Word, bigrams
from rag.types import Language


@dataclass(frozen=True, kw_only=True)
class Weights:
    """What each list adds. Found on the practice sets and the own set; docs/retrieval.md has the table."""

    words: float = 1.0
    heads: float = 2.0
    askings: float = 2.0
    bigrams: float = 1.8
    dense_passage: float = 0.3
    dense_question: float = 0.5
    compounds: float = 0.15
    synonyms: float = 0.4
    sentence_words: float = 10.0
    sentence_bigrams: float = 0.2
    asking: float = 6.0
    classifier: float = 2.0  # its list among the others
    meant: float = 25.0  # what it adds to the first of them
    other_language: float = 0.6
    verb: float = 0.4  # what verbs and adjectives count for in coverage: how a thing is asked varies more than its name
    light: float = 0.25  # the same for adverbs and nouns used as such (今, あと)
    strange: float = 0.6  # the same for a word that nothing here holds: talk (アウト, ひと月), where askings abound
    depth: int = 30
    per_source: int = 6


@dataclass(frozen=True, kw_only=True)
class QueryTerm:
    """One thing asked about: the index terms that meet it, each with the share (0 … 1) it is met to, and its idf."""

    surface: str
    alternatives: Mapping[str, float]
    idf: float
    noun: bool
    foreign: float = 1.0  # what `idf` was lessened by: `Weights.strange` for a word that nothing here holds
    name: str | None = None  # of what it is the name (人名, 地名 …), as `Word` has it

    @property
    def proper(self) -> bool:
        """Whether it is a name."""
        return self.name is not None

    @property
    def rarity(self) -> float:
        """Its idf, not lessened for being foreign to the material: for telling what a question is not about."""
        return self.idf / self.foreign


@dataclass(frozen=True, kw_only=True)
class Query:
    """A question as retrieval and evidence see it."""

    text: str
    folded: str
    language: Language
    terms: tuple[QueryTerm, ...]
    weights: Mapping[str, float]
    nearness: Nearness
    bigrams: frozenset[str] = field(default_factory=frozenset)

    @cached_property
    def total_idf(self) -> float:
        """The sum over all terms, never 0."""
        return sum(t.idf for t in self.terms) or 1e-9

    @cached_property
    def total_rarity(self) -> float:
        """The same of their rarities."""
        return sum(t.rarity for t in self.terms) or 1e-9


def analyse(text: str, index: Index, weights: Weights) -> Query:
    """The question's terms, with what may stand for each: concept, Sudachi's group, nearest known spelling."""
    folded = fold(close_gaps(text))
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
        foreign = 1.0 if not len(index.asked) or word.proper or _stands(alternatives, index) else weights.strange
        weight = weights.light if _within(word, told) else _part(word, frequent, weights)
        terms.setdefault(
            word.token,
            QueryTerm(
                surface=word.surface,
                alternatives=alternatives,
                idf=_idf(frequent, table.size) * weight * foreign,
                noun=word.noun,
                foreign=foreign,
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
    for compound in index.tokenizer.compounds(folded):
        _raise(scores, compound, weights.compounds)
    return Query(
        text=text,
        folded=folded,
        language=detect(text),
        terms=tuple(terms.values()),
        weights=scores,
        nearness=index.classifier.read(classified_terms(index.tokenizer, folded), len(index.passages)),
        bigrams=frozenset(bigrams(matter(folded))),
    )


_GAP = re.compile(r"(?<=[ぁ-ん])\s+(?=[^\x00-\x7f])|(?<=[^\x00-\x7f])\s+(?=[ぁ-ん])")


def close_gaps(text: str) -> str:
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


def _stands(alternatives: Iterable[str], index: Index) -> bool:
    return any(index.tables[name].frequency(a) for name in ("words", "heads", "askings") for a in alternatives)


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
