"""A sheet of ours and statements of it -> the sheet without them, as bytes; everything else stays as it was written.

A heading or a speaker that is left without a statement goes too, with its askings; a sheet without statements becomes
empty. It changes no file.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from rag.parse.sheet_body import LATE_END, BodyReader, Heading

MARKS = r"(?:\[\^[^\]\s\[]+\]\s*)+"
_COMMENT = re.compile(r"<!--.*?-->")


def drop_statements(data: bytes, gone: Collection[str]) -> bytes:
    """The sheet without the statements of these words (as its document has them)."""
    lines = data.decode("utf-8-sig").replace("\r\n", "\n").split("\n")
    first = _find_body(lines)
    for heading in _read(lines, first):
        for run in (run for part in heading.parts for run in part.runs if run.text in gone):
            lines[run.line - 1] = _drop_from_line(lines[run.line - 1], run.text)
    while (empty := _find_empty(lines, first)) is not None:
        start, end = empty
        del lines[start:end]
    held = any(part.runs for heading in _read(lines, first) for part in heading.parts)
    return "\n".join(lines).encode() if held else b""


def _find_body(lines: list[str]) -> int:
    """The index of the first line below the front matter."""
    closing = next((n for n, line in enumerate(lines[1:], start=1) if line.rstrip() == "---"), 0)
    return closing + 1 if lines[0].rstrip() == "---" and closing else 0


def _read(lines: list[str], first: int) -> list[Heading]:
    reader = BodyReader("", [], None)
    reader.read("\n".join(lines[first:]), first + 1)
    return reader.headings


def _drop_from_line(line: str, text: str) -> str:
    rest = re.sub(r"(?:^- )?" + re.escape(text) + r"\s*" + MARKS, "", LATE_END.sub(r"\2\1", line), count=1)
    return rest if _COMMENT.sub("", rest).strip() else ""


def _find_empty(lines: list[str], first: int) -> tuple[int, int] | None:
    """The first stretch of lines (from, to) that speaks for no statement any more: a heading's or a speaker's."""
    headings = _read(lines, first)
    for at, heading in enumerate(headings):
        following = headings[at + 1] if at + 1 < len(headings) else None
        end = following.line - 1 if following else len(lines)
        holds = heading.level == 2 and following is not None and following.level == 3
        if any(part.runs for part in heading.parts):
            for part in heading.parts:
                if not part.runs and part.speaker:
                    return part.line - 1, part.line
        elif not holds:
            return heading.line - 1, end
        elif any(line.strip() for line in lines[heading.line : end]):
            return heading.line, end
    return None
