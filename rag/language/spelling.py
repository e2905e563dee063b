"""A question as typed -> the same question with its slips of spelling mended, for looking things up.

In: folded text and the names that are known (glossary terms, words of the corpus). Out: folded text in which an
unknown word stands as its nearest known spelling (デジタルツイソ), a lost long vowel is back (メンタ制度), and a name
typed by its sound stands as it is written (ばいりつ, キャリアかつよう). A word that dictionary or corpus knows is
never turned into another; what is shown to a reader is always the original.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import fuzz, process

from rag.language.detect import has_japanese
from rag.language.tokens import Spelled, Tokenizer, stem

LIKE = 84.0  # rapidfuzz ratio, 0 … 100: one slip in a word of five letters or more
SHORTEST = 4  # letters of a word, and kana of a sound, below which likeness is chance
WINDOW = 7  # morphemes that one name may be typed in
_KATAKANA = re.compile(r"[ァ-ヺー]+")
_LOANWORD = re.compile(rf"[ァ-ヺー]{{{SHORTEST},}}")
_KANA = re.compile(r"[ぁ-ゖー]+")
_ERA = re.compile(r"(れいわ|へいせい|令和|平成)\s*(\d{1,2}|がん|元)\s*(?:ねん|年)([ど度]?)")
_ERA_WORDS = {"れいわ": "令和", "へいせい": "平成", "がん": "元", "ど": "度"}


def loanwords(text: str) -> set[str]:
    """The runs of katakana in folded text, which the dictionary may know in parts only (デジタルツイン)."""
    return set(_LOANWORD.findall(text))


@dataclass(frozen=True)
class Speller:
    """Mends by one tokenizer's glossary and one corpus's words; safe to share between threads."""

    tokenizer: Tokenizer
    words: frozenset[str]

    def mend(self, folded: str) -> str:
        """The text with its slips mended; itself where there are none."""
        if not has_japanese(folded):
            return folded
        text = _ERA.sub(lambda m: "".join(_ERA_WORDS.get(p, p) for p in (m[1], m[2], "年", m[3])), folded)
        text = self._replace(text, self._sounds(self.tokenizer.spelled(text)))
        return self._replace(text, self._slips(self.tokenizer.spelled(text)))

    def _replace(self, text: str, changes: Iterator[tuple[int, int, str]]) -> str:
        for start, end, written in sorted(changes, reverse=True):
            text = text[:start] + written + text[end:]
        return text

    def _slips(self, spelled: Sequence[Spelled]) -> Iterator[tuple[int, int, str]]:
        """Unknown words by their nearest spelling, words without their long vowel by the one with it."""
        for word in spelled:
            if {word.surface, stem(word.surface)} & self.words or word.surface in self.tokenizer.concepts.known:
                continue
            if _KATAKANA.fullmatch(word.surface) and word.surface + "ー" in self.words:
                yield word.start, word.end, word.surface + "ー"
            elif word.unknown and len(word.surface) >= SHORTEST:
                near = process.extractOne(word.surface, self._names, scorer=fuzz.ratio, score_cutoff=LIKE)
                if near is not None:
                    yield word.start, word.end, near[0]

    def _sounds(self, spelled: Sequence[Spelled]) -> Iterator[tuple[int, int, str]]:
        """Names typed by their sound, the longest at each place first."""
        at = 0
        while at < len(spelled):
            step = 1
            for stop in range(min(len(spelled), at + WINDOW), at, -1):
                window = spelled[at:stop]
                if window[0].particle or window[-1].particle:
                    continue
                written = self._readings.get("".join(w.reading for w in window))
                surface = "".join(w.surface for w in window)
                if written and written != surface and any(_KANA.fullmatch(w.surface) for w in window):
                    yield window[0].start, window[-1].end, written
                    step = stop - at
                    break
            at += step

    @cached_property
    def _names(self) -> tuple[str, ...]:
        """Spellings that an unknown word may be meant to be."""
        known = (*self.tokenizer.concepts.terms, *sorted(self.words))
        return tuple(dict.fromkeys(name for name in known if len(name) >= SHORTEST))

    @cached_property
    def _readings(self) -> dict[str, str]:
        """Sound (katakana) -> the one name that is read so; a sound that two groups share is left out."""
        found: dict[str, str] = {}
        shared = set()
        for term in self.tokenizer.concepts.terms:
            if not has_japanese(term) or _KANA.fullmatch(term):
                continue
            reading = "".join(w.reading for w in self.tokenizer.spelled(term))
            other = found.setdefault(reading, term)
            if not self.tokenizer.concepts.same(other, term):
                shared.add(reading)
        return {r: term for r, term in found.items() if len(r) >= SHORTEST and r not in shared}
