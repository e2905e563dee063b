"""Which of the two languages a text is in, by counting scripts. No model, no statistics."""

from __future__ import annotations

import re

from rag.types import Language

_JAPANESE = re.compile(r"[ぁ-ゖァ-ヺー々〆一-鿿㐀-䶿ｦ-ﾟ]")
_KANA = re.compile(r"[ぁ-ゖ]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")


def detect(text: str) -> Language:
    """Japanese where its letters carry the sentence; English where Latin words do.

    A Japanese term inside an English question (「What is キャリア活用?」) leaves it English: particles written in
    hiragana are the sign of a Japanese sentence, Latin function words of an English one.
    """
    japanese = len(_JAPANESE.findall(text))
    words = len(_LATIN_WORD.findall(text))
    if not japanese:
        return "en" if words else "ja"
    if words >= 3 and len(_KANA.findall(text)) <= 1:
        return "en"
    return "ja"


def has_japanese(text: str) -> bool:
    """Whether any kana or kanji stands in it."""
    return bool(_JAPANESE.search(text))
