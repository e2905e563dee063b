"""What a model writes, piece by piece -> lines: a sentence with its tokens, NO_EVIDENCE, or something else.

Strict and incremental: a line counts once it is complete. The last one, without its line break, counts only where the
model ended by itself and the sentence is finished. It checks form alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

NO_EVIDENCE = "NO_EVIDENCE"
LONGEST = 500  # characters of a line; beyond, it is no sentence
_MARK = r"[\[［]\s*[PＰ]\s*([0-9０-９]{1,2})\s*[\]］]"
_LINE = re.compile(rf"(?:[-・*]\s+)?((?:{_MARK}\s*[,、]?\s*)*)(.*?)\s*((?:{_MARK}\s*[,、]?\s*)*)([。.]?)")
_FINISHED = re.compile(r"[。.!?！？」』)）]\s*$")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line. `places` (base 0) are the passages its tokens name; `text` is None where it is not of the protocol."""

    text: str | None
    places: tuple[int, ...] = ()
    no_evidence: bool = False


class LineReader:
    """Collects pieces of text and gives out complete lines."""

    def __init__(self) -> None:
        self._rest = ""

    def feed(self, piece: str) -> Iterator[Line]:
        """The lines that this piece completes."""
        *complete, self._rest = (self._rest + piece).replace("\r\n", "\n").split("\n")
        yield from (read_line(line) for line in complete if line.strip())

    def finish(self) -> Iterator[Line]:
        """The last line, if it is a whole sentence. Not to be called where the model was cut off."""
        rest, self._rest = self._rest, ""
        if rest.strip() and (_FINISHED.search(rest) or rest.strip() == NO_EVIDENCE or re.search(rf"{_MARK}\s*$", rest)):
            yield read_line(rest)


def read_line(line: str) -> Line:
    """One complete line, which is not empty."""
    stripped = line.strip()
    if stripped.rstrip("。.") == NO_EVIDENCE:
        return Line(text=None, no_evidence=True)
    found = _LINE.fullmatch(stripped) if len(stripped) <= LONGEST else None
    if found is None:
        return Line(text=None)
    tokens = re.findall(_MARK, f"{found[1]} {found[4]}")
    text = (found[3] + found[6]).strip()
    if not tokens or not text or re.search(_MARK, text):
        return Line(text=None)
    return Line(text=text, places=tuple(dict.fromkeys(int(token) - 1 for token in tokens)))
