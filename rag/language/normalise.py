"""One normal form for matching, with a map back to the original.

In: any text. Out: NFKC, one wave dash (~), one hyphen (-), lower case, no invisible characters; and for every
character of the normal form the place it came from, so that a match can be quoted from the original.
It does not correct, translate or drop visible characters: what is shown to a reader is always the original.

NFKC alone leaves 〜 (U+301C), − (U+2212), zero-width spaces and the byte order mark as they are, hence the table.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

WAVES = "〜～∼∿〰˜"
DASHES = "‐‑‒–—―−﹣－➖─━"
_MARKS = {"ﾞ", "ﾟ", "゙", "゚"}
_TABLE = {ord(c): "~" for c in WAVES} | {ord(c): "-" for c in DASHES}
_INVISIBLE = (
    {0x00AD, 0x034F, 0x061C, 0x180E, 0xFEFF}
    | set(range(0x200B, 0x2010))
    | set(range(0x202A, 0x202F))
    | set(range(0x2060, 0x2070))
    | set(range(0xFE00, 0xFE10))
    | set(range(0xD800, 0xE000))  # halves of characters, which no encoding takes
    | set(range(0xE0000, 0xE0080))
    | set(range(0xE0100, 0xE01F0))
)
_DROP: dict[int, str] = dict.fromkeys(_INVISIBLE, "")


@dataclass(frozen=True, kw_only=True)
class Normalised:
    """`text` in normal form; `starts[i]`, `ends[i]` are the offsets in the original of the character `text[i]`."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The range of the original that `text[start:end]` came from (base 0, end excluded)."""
        if start >= end:
            raise ValueError(f"empty range {start}:{end}")
        return self.starts[start], self.ends[end - 1]


def fold(text: str) -> str:
    """The normal form alone, where no way back is needed."""
    composed = unicodedata.normalize("NFKC", text.translate(_DROP)).translate(_TABLE)
    return composed.translate(_DROP).lower()


_fold_cluster = lru_cache(maxsize=20_000)(fold)  # a text's characters come again and again


def strip_invisible(text: str) -> str:
    """The text without characters that show nothing and can carry hidden words; visible text is left as it is."""
    return "".join(c for c in text if ord(c) not in _INVISIBLE)


def normalise(text: str) -> Normalised:
    """Fold `text` cluster by cluster (a character with the marks that combine with it), keeping the offsets."""
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    while at < len(text):
        stop = at + 1
        while stop < len(text) and (text[stop] in _MARKS or unicodedata.combining(text[stop])):
            stop += 1
        for character in _fold_cluster(text[at:stop]):
            out.append(character)
            starts.append(at)
            ends.append(stop)
        at = stop
    return Normalised(text="".join(out), starts=tuple(starts), ends=tuple(ends))
