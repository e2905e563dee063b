"""Which of the two languages a text is in, by counting scripts. No model, no statistics."""

from __future__ import annotations

import re

from rag.types import Language

_JAPANESE = re.compile(r"[ぁ-ゖァ-ヺー々〆一-鿿㐀-䶿ｦ-ﾟ]")
_KANA = re.compile(r"[ぁ-ゖ]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_FUNCTION_WORD = re.compile(
    r"\b(?:what|who|when|where|which|why|how|is|are|do|does|can|the|an?|of|for|about|tell|explain)\b", re.IGNORECASE
)


def detect(text: str) -> Language:
    """Japanese where its letters carry the sentence; English where Latin words do.

    A Japanese term inside an English question (「What is キャリア活用?」) leaves it English: particles written in
    hiragana are the sign of a Japanese sentence, Latin function words of an English one.
    """
    japanese = len(_JAPANESE.findall(text))
    words = _LATIN_WORD.findall(text)
    if not japanese:
        return "en" if words else "ja"
    if len(_KANA.findall(text)) > 1:
        return "ja"
    # 「AWS Azure GCP 経験」 is a row of names, not a sentence
    sentence = len(words) >= 3 and any(word.islower() for word in words)
    return "en" if sentence or (len(words) >= 2 and _FUNCTION_WORD.search(text)) else "ja"


def has_japanese(text: str) -> bool:
    """Whether any kana or kanji stands in it."""
    return bool(_JAPANESE.search(text))
