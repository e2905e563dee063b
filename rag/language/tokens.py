"""Text -> tokens for retrieval: words (Sudachi A), compounds (Sudachi C), concepts (synonym groups), bigrams.

In: any text, Japanese, English or mixed. Out: `Tokens`, four tuples in reading order. Terms of one synonym group of
the glossary become one concept token, whatever their script, which is how an English question reaches a Japanese
passage. It keeps no positions and removes function words; quoting and values never rely on it.

Sudachi's tokenizer is not thread-safe and takes at most 49,149 bytes a call: one tokenizer a thread, one line a call.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.metadata import version
from typing import Any

import snowballstemmer
import sudachipy

from rag.language.detect import has_japanese
from rag.language.normalise import fold

# parts of speech that carry no content of their own
_SKIPPED = {"助詞", "助動詞", "補助記号", "空白", "代名詞", "連体詞", "接続詞", "感動詞", "記号"}
# words of asking and of politeness: they say what kind of answer is wanted, not what it is about
ASKING = frozenset(
    """
    教える 何 誰 何処 何時 幾つ 幾ら 何れ どれ どの どう 何故 如何 知る 聞く 下さる 頂く 御 願う 有る 居る 為る
    成る 出来る 言う 思う 良い 無い 人 事 こと 物 もの 奴 方 所 場合 時 為 よう 訳 筈 様 的 等 ら さん ん の 詳しい
    具体 本当 大体 ちなみ たち 達 其々 夫々 それぞれ % 感じ 系 風
    """.split()
)
_STOP_EN = frozenset(
    """
    a an the of to in on at for with by from as is are was were be been being do does did done can could
    will would shall should may might must have has had having i you he she it we they me my your his
    her its our their them us this that these those there here what which who whom whose when where why
    how and or but if then than so not no any some much many more most also just about into over such
    only own same too very please tell know let explain get got work works working am s t re ve ll d m ca wo sha
    per really actually currently now still ever kind thing things somebody someone anyone anything
    """.split()
)  # fmt: skip
# English adverbs and words of hearsay: how a thing is asked, not what about
_LIGHT_EN = frozenset(
    """
    often usually typically normally generally regularly roughly exactly approximately again always never else enough
    maybe perhaps heard hear said say says true right correct mean means allowed possible able well going come want
    wanted think thinking use used using make take give given look find quite rather already yet later
    before after up down off out all both each other another go goes going gone went put keep kept else lot lots bit
    way ways people person folk folks guy guys stuff these like really sure anyway even because without
    """.split()
)  # fmt: skip
_SUFFIX_EN = re.compile(r"(?:n't|'(?:s|m|d|ll|ve|re|t)?)$")  # don't, tokyo's, i'd
_LATIN = re.compile(r"[a-z0-9]+(?:[.'+#][a-z0-9]+)*[+#]*")
_BIGRAM_RUN = re.compile(r"[a-z0-9][a-z0-9.+#']*|[^\s\x00-\x7f、。・「」『』【】]+")
_MAX_BYTES = 12_000
_KEPT, _SHORT = 500, 300  # texts whose words are kept, and their longest: every stage reads the question again
_JOINED = 0x0FFFFFFF  # the word number of what Sudachi's plug-in made of several parts


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """Content tokens of one text. `synonyms` are Sudachi's own groups: weak, for they mix senses."""

    words: tuple[str, ...]
    compounds: tuple[str, ...]
    concepts: tuple[str, ...]
    synonyms: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Word:
    """One content word as it stands in folded text: token, surface, offsets, synonym groups, and if it is unknown."""

    token: str
    surface: str
    start: int
    end: int
    synonyms: tuple[str, ...]
    noun: bool
    unknown: bool
    light: bool = False  # an adverb, or a noun used as one: 今, あと, 全然
    name: str | None = None  # of what it is the name, as Sudachi says it: 人名, 地名 or 一般 (all else)

    @property
    def proper(self) -> bool:
        """Whether it is a name of a place, a person or an organisation."""
        return self.name is not None


@dataclass(frozen=True, kw_only=True)
class Spelled:
    """One morpheme (C) as it is written and read (katakana); `unknown`: the dictionary does not have it."""

    surface: str
    reading: str
    start: int
    end: int
    unknown: bool
    particle: bool


class Concepts:
    """Finds the glossary's terms in text, longest first, never overlapping; a term stands for its group."""

    def __init__(self, groups: Sequence[Sequence[str]]) -> None:
        self._group_of: dict[str, str] = {}
        for number, terms in enumerate(groups):
            for term in terms:
                self._group_of.setdefault(fold(term), f"g:{number}")
        self.terms: tuple[str, ...] = tuple(self._group_of)

    @cached_property
    def known(self) -> frozenset[str]:
        """Every term, folded."""
        return frozenset(self._group_of)

    def same(self, one: str, other: str) -> bool:
        """Whether two terms stand in one group."""
        return self._group_of[one] == self._group_of[other]

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        if not self._group_of:
            return None
        by_first: dict[str, list[str]] = {}  # one branch for each first character: most places are left at one look
        for term in sorted(self._group_of, key=len, reverse=True):
            first, rest = re.escape(term[0]), re.escape(term[1:])
            if term.isascii():
                rest = rf"(?<![a-z0-9]{first}){rest}(?:s|es)?(?![a-z0-9])"
            by_first.setdefault(first, []).append(rest)
        return re.compile("|".join(f"{first}(?:{'|'.join(rests)})" for first, rests in by_first.items()))

    def find(self, folded: str) -> list[tuple[str, int, int]]:
        """(group, start, end) for every term in folded text."""
        if self._pattern is None:
            return []
        return [(self._look_up(m.group()), m.start(), m.end()) for m in self._pattern.finditer(folded)]

    def _look_up(self, written: str) -> str:
        for form in (written, written.removesuffix("s"), written.removesuffix("es")):
            if form in self._group_of:
                return self._group_of[form]
        raise KeyError(written)


class Tokenizer:
    """Tokens of a text, by one dictionary and one glossary; safe to share between threads."""

    def __init__(self, groups: Sequence[Sequence[str]] = ()) -> None:
        self._dictionary = _dictionary()
        self._local = threading.local()
        self._kept = lru_cache(maxsize=_KEPT)(self._cut)
        self.concepts = Concepts(groups)

    def tokens(self, text: str) -> Tokens:
        """All four kinds for one text."""
        folded = fold(text)
        words = self._read_once(folded)
        return Tokens(
            words=tuple(w.token for w in words),
            compounds=self.compounds(folded),
            concepts=tuple(group for group, _, _ in self.concepts.find(folded)),
            synonyms=tuple(s for w in words for s in w.synonyms),
        )

    def words(self, text: str) -> tuple[Word, ...]:
        """The content words of a text, in order."""
        return self._read_once(fold(text))

    def compounds(self, folded: str) -> tuple[str, ...]:
        """The long units of folded text that are more than its words, in order."""
        return tuple(f"c:{t}" for t in self._compounds(folded)) if has_japanese(folded) else ()

    def spelled(self, text: str) -> tuple[Spelled, ...]:
        """Every morpheme (C) of folded text with its reading, in order."""
        return tuple(
            Spelled(
                surface=m.surface(),
                reading=m.reading_form() if m.surface().strip() else " ",
                start=at + m.begin(),
                end=at + m.end(),
                unknown=_is_unknown(m),
                particle=m.part_of_speech()[0] == "助詞",
            )
            for m, at in self._morphemes(text, "C")
        )

    def _read_once(self, folded: str) -> tuple[Word, ...]:
        return self._kept(folded) if len(folded) <= _SHORT else self._cut(folded)

    def _cut(self, folded: str) -> tuple[Word, ...]:
        return tuple(self._words(folded))

    def _words(self, folded: str) -> Iterator[Word]:
        if not has_japanese(folded):
            yield from _latin_words(folded)
            return
        for morpheme, line_start in self._morphemes(folded, "A"):
            word = _read(morpheme, line_start, folded)
            if word is not None:
                yield word

    def _compounds(self, folded: str) -> Iterator[str]:
        """Long units (C) that the short ones (A) cut: 採用選考, 何歳."""
        for morpheme, _ in self._morphemes(folded, "C"):
            part = morpheme.part_of_speech()
            if part[0] != "名詞" or part[1] == "数詞":
                continue
            surface = morpheme.surface()
            if len(surface) >= 3 and not surface.isascii():
                token = morpheme.normalized_form().lower()
                yield surface if token.isascii() else token

    def _morphemes(self, folded: str, mode: str) -> Iterator[tuple[Any, int]]:  # sudachipy ships no usable stubs
        """Each morpheme with the offset of its line."""
        tokenizer = self._tokenizer(mode)
        at = 0
        for line in _lines(folded):
            at = folded.index(line, at)
            for morpheme in tokenizer.tokenize(line):
                yield morpheme, at
            at += len(line)

    def _tokenizer(self, mode: str) -> Any:
        tokenizer = getattr(self._local, mode, None)
        if tokenizer is None:
            tokenizer = self._dictionary.create(mode=getattr(sudachipy.SplitMode, mode))
            setattr(self._local, mode, tokenizer)
        return tokenizer


def _read(morpheme: Any, line_start: int, folded: str) -> Word | None:
    part = morpheme.part_of_speech()
    if part[0] in _SKIPPED or (part[0] == "動詞" and part[1] == "非自立可能"):
        return None
    surface, start, end = morpheme.surface(), line_start + morpheme.begin(), line_start + morpheme.end()
    if not surface.strip():
        return None
    token = morpheme.normalized_form().lower()
    if token.isascii() != surface.isascii() and not surface[0].isdigit():
        token = surface  # リモートワーク must not become "remote work", nor summer サマー
    if surface.isascii() and surface.isalpha():
        if surface in _STOP_EN and not (surface == "it" and _stands_alone(folded, start, end)):
            return None
        token = stem(surface)
    if token in ASKING or (part[0] == "接頭辞" and token == "御"):  # noqa: S105 - a word, no secret
        return None
    return Word(
        token=token,
        surface=surface,
        start=start,
        end=end,
        synonyms=tuple(f"s:{g}" for g in morpheme.synonym_group_ids()),
        noun=part[0] in {"名詞", "接尾辞", "接頭辞"},
        unknown=_is_unknown(morpheme),
        light=part[0] == "副詞" or part[2] == "副詞可能",
        name=part[2] if part[1] == "固有名詞" else None,
    )


def _stands_alone(folded: str, start: int, end: int) -> bool:
    """Whether no Latin word stands beside it: 「ITの知識」 has IT in it, "is it キャリア活用" a pronoun."""
    before = folded[:start].rstrip()[-1:]
    return not (before.isascii() and before.isalpha()) and not _LATIN.match(folded[end:].lstrip())


def _is_unknown(morpheme: Any) -> bool:
    """Whether the dictionary lacks it; katakana that Sudachi joined to one word tells only by its number."""
    return bool(morpheme.is_oov() or morpheme.word_id() == _JOINED) and morpheme.part_of_speech()[1] != "数詞"


def _latin_words(folded: str) -> Iterator[Word]:
    for match in _LATIN.finditer(folded):
        surface = _SUFFIX_EN.sub("", match.group())
        if surface and surface not in _STOP_EN:
            yield Word(
                token=stem(surface),
                surface=surface,
                start=match.start(),
                end=match.start() + len(surface),
                synonyms=(),
                noun=True,
                unknown=False,
                light=surface in _LIGHT_EN,
            )


def _lines(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        while len(line.encode()) > _MAX_BYTES:
            cut = line.rfind("。", 0, _MAX_BYTES // 4) + 1 or _MAX_BYTES // 4
            yield line[:cut]
            line = line[cut:]  # noqa: PLW2901 - what is left of the line
        if line:
            yield line


def bigrams(text: str) -> list[str]:
    """Character bigrams of the folded text, not across punctuation; a Latin word counts whole, as its stem."""
    found: list[str] = []
    for run in _BIGRAM_RUN.findall(fold(text)):
        if run.isascii():
            words = (_SUFFIX_EN.sub("", word) for word in _LATIN.findall(run))
            found.extend(stem(word) for word in words if word and word not in _STOP_EN)
        else:
            found.extend(run[i : i + 2] for i in range(len(run) - 1))
    return found


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The English stem (Porter 2); words with digits stay. A stemmer holds the word it works on: each call its own."""
    if not word.isalpha() or len(word) < 4:
        return word
    return str(snowballstemmer.stemmer("english").stemWord(word))


@lru_cache(maxsize=1)
def _dictionary() -> Any:
    return sudachipy.Dictionary()


def versions() -> dict[str, str]:
    """What tokens depend on; a release records it, and a reader with other versions refuses it."""
    names: Iterable[str] = ("sudachipy", "sudachidict-core", "snowballstemmer")
    return {name: version(name) for name in names} | {"tokens": "3"}
