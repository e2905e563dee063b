"""How lines become a page: headings, bodies and where each lies; and plain text read that way.

In: lines, with the headings that stand above each. Out: `Page`, whose sections span bodies only, in order.
Every form passes through here, so that one rule holds for all. It decides nothing about speakers (interview.py),
and drops nothing but blank lines: a heading is a line of the text that no section spans.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from rag.parse.detect import clean, decode
from rag.types import Section

_SPACES = re.compile(r"[ \t\f\u00a0\u3000]+")
_QUESTION = re.compile(
    r"(?:[?？][」』）)]?|(?:です|ます|ません|でした|ました|でしょう|ましょう)か[。．]?"
    r"|(?:教え|聞かせ|お話し|話し|語っ|紹介し|説明し)(?:て|で)?(?:ください|下さい)[。．]?"
    r"|お願い(?:します|いたします|致します)[。．]?)$"
)
_QUESTION_MARK = re.compile(
    r"^(?:[QＱ](?:\s*\d+\s*[.．:：、)）]?|\s*[.．:：、)）]|\s)\s*|問\s*\d+\s*[.．:：、]?\s*|[―—─]{1,3}\s*)(?=\S)"
)
_SENTENCE_END = re.compile(r"[。．.!！?？]")
_CLOSED = re.compile(r"[。．、，,;；]$|(?<!\d)\.$")
_BULLET = re.compile(r"^\s*(?:[-*・•●○◦▪■□◆◇※]|\d{1,2}[.)．）]|[(（]\d{1,2}[)）]|[①-⑳])")
_COUNTED = re.compile(r"^(?:\d{1,2}[.)．）]|[(（]\d{1,2}[)）]|[①-⑳]|[■◆●])")
_NUMBERED = re.compile(r"^(?:第\s*[\d０-９一二三四五六七八九十]+\s*[章節条部編]|[【■◆●]|#{1,6}\s)")
_VALUE = re.compile(r"[:：]\s*\S")
_NAMED = re.compile(r"^[^\s:：。、]{1,12}[:：](?!\d)")
_HASHES = re.compile(r"^#{1,6}\s+")
_CONTINUES = re.compile(r"^[、。，．,)）」』】〕っゃゅょッャュョー]")


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of a page. `path`: the headings above it, outermost first; a heading's own ends with itself."""

    text: str
    path: tuple[str, ...] = ()
    question: str | None = None
    heading: bool = False


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a form's reader found. `marked`: the form says which lines are headings, so that none need be guessed."""

    lines: tuple[Line, ...]
    title: str | None = None
    marked: bool = False


@dataclass(frozen=True, kw_only=True)
class About:
    """What a line belongs to; neighbouring lines about the same make one section."""

    heading_path: tuple[str, ...]
    question: str | None = None
    speaker: str | None = None
    affiliation: str | None = None


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A line and its section (None: in none). Its first `skip` characters (「名前:」) lie outside the section."""

    text: str
    about: About | None = None
    skip: int = 0


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page as read; its sections carry no statements yet."""

    title: str
    text: str
    sections: tuple[Section, ...]


@dataclass
class Outline:
    """Collects the lines of a form that marks its headings, keeping the headings that stand above each."""

    lines: list[Line] = field(default_factory=list)
    _stack: list[tuple[int, str]] = field(default_factory=list)

    def heading(self, text: str, level: int) -> None:
        """Begin a heading; 1 is the outermost level."""
        if not (text := squeeze(text)):
            return
        while self._stack and self._stack[-1][0] >= level:
            self._stack.pop()
        self._stack.append((level, text))
        self._add(text, heading=True)

    def body(self, text: str) -> None:
        """Add a line under the headings that are open; a blank one is nothing."""
        if text := squeeze(text):
            self._add(text)

    @contextmanager
    def under(self, text: str) -> Iterator[None]:
        """A heading that ends where the block ends, whatever headings stand in between."""
        outside = list(self._stack)
        self.heading(text, max((level for level, _ in outside), default=0) + 1)
        yield
        self._stack = outside

    def _add(self, text: str, *, heading: bool = False) -> None:
        path = tuple(title for _, title in self._stack)
        question = path[-1] if path and asks(path[-1]) else None
        self.lines.append(Line(text=text, path=path, question=bare_question(question), heading=heading))


def read_text(data: bytes, name: str) -> Reading:
    """Plain text: its lines, those broken within a sentence joined again; a blank line parts paragraphs.

    Raises:
        ContentError: the bytes are not text of a known encoding.
    """
    lines: list[Line] = []
    for block in re.split(r"\n\s*\n", clean(decode(data, name=name))):
        rows = [row.rstrip() for row in block.split("\n") if row.strip()]
        runs = unwrap(rows) if _is_wrapped(rows) else [range(at, at + 1) for at in range(len(rows))]
        lines += [Line(text=join(rows[run.start : run.stop])) for run in runs]
    return Reading(lines=tuple(lines))


def guess_headings(reading: Reading) -> Reading:
    """The same lines with headings by their look: a short line without 。 that stands before a paragraph or a list.

    The first line is the page's title where it looks like one. Lines under no heading keep the path they have when no
    heading is found at all (a PDF's pages).
    """
    lines = list(reading.lines)
    titled = len(lines) > 1 and _looks_short(lines[0].text, 60) and not asks(lines[0].text)
    found = _headings_at(lines)
    out: list[Line] = []
    path: tuple[str, ...] | None = None
    for at, line in enumerate(lines):
        text = _HASHES.sub("", line.text)
        if titled and at == 0:
            out.append(Line(text=text, path=(text,), heading=True))
        elif at in found:
            path = (text,)
            out.append(Line(text=text, path=path, heading=True))
        elif path is None:
            out.append(replace(line, path=() if found - {0} else line.path))
        else:
            out.append(replace(line, path=path, question=bare_question(path[-1]) if asks(path[-1]) else None))
    title = reading.title or (out[0].text if titled else None)
    return Reading(lines=tuple(out), title=title, marked=True)


def lay_out(reading: Reading, title: str) -> Page:
    """A page whose sections are its headings' bodies; body above the first heading goes under the title."""
    placed = []
    for line in reading.lines:
        path = tuple(heading for heading in line.path if heading != title) or (title,)
        about = None if line.heading else About(heading_path=path, question=line.question)
        placed.append(Placed(text=line.text, about=about))
    return compose(title, placed)


def compose(title: str, lines: Sequence[Placed]) -> Page:
    """Join the lines, one a row, and span each run of neighbours that are about the same."""
    sections: list[Section] = []
    offset, last = 0, None
    for line in lines:
        end = offset + len(line.text)
        if line.about and line.skip < len(line.text):
            if last == line.about and not line.skip:
                sections[-1] = replace(sections[-1], end=end)
            else:
                sections.append(_section(line.about, offset + line.skip, end))
            last = line.about
        else:
            last = None
        offset = end + 1
    return Page(title=title, text="\n".join(line.text for line in lines), sections=tuple(sections))


def asks(text: str) -> bool:
    """Whether the line is put as a question or a request to tell (〜ですか, 〜を教えてください, …?)."""
    return bool(_QUESTION.search(text.rstrip()))


def bare_question(text: str | None) -> str | None:
    """The question without the sign that marks it as one (Q1. , ――)."""
    return _QUESTION_MARK.sub("", text) if text else None


def marks_question(text: str) -> bool:
    """Whether a sign says that the line is a question (Q. , ――), whatever its words."""
    return bool(_QUESTION_MARK.match(text))


def is_bullet(text: str) -> bool:
    """Whether the line is an item of a list or a remark (※)."""
    return bool(_BULLET.match(text))


def squeeze(text: str) -> str:
    """One line without spaces at its ends or in a row; a single full-width space stays what it is."""
    return _SPACES.sub(lambda run: run.group()[0] if run.group()[0] == "\u3000" else " ", text.strip())


def unwrap(rows: Sequence[str]) -> list[range]:
    """The runs of rows that are one line, broken within a sentence by the page's width.

    Rows are run together only where the sentence's end follows, or as a heading of two rows, so that the rows of a
    table stay apart.
    """
    runs: list[range] = []
    at = 0
    while at < len(rows):
        runs.append(range(at, _sentence_row(rows, at) + 1))
        at = runs[-1].stop
    return runs


def join(rows: Sequence[str]) -> str:
    """Rows as one line: without a space, but between Latin words."""
    joined = ""
    for row in (squeeze(row) for row in rows):
        latin = joined[-1:].isascii() and row[:1].isascii() and not joined.endswith("-")
        joined += (" " if joined and latin else "") + row
    return joined


def _section(about: About, start: int, end: int) -> Section:
    return Section(
        heading_path=about.heading_path,
        start=start,
        end=end,
        statements=(),
        question=about.question,
        speaker=about.speaker,
        affiliation=about.affiliation,
    )


def _headings_at(lines: Sequence[Line]) -> set[int]:
    """Read from the end, because a heading may be followed by another."""
    found: set[int] = set()
    for at in range(len(lines) - 2, -1, -1):
        text, below = lines[at].text, lines[at + 1].text
        if _HASHES.match(text):
            found.add(at)
        elif not _looks_short(text, 40):
            continue
        elif is_bullet(text) and not _NUMBERED.match(text):
            if _COUNTED.match(text) and _is_paragraph(below) and not is_bullet(below):
                found.add(at)
        elif _is_paragraph(below) or is_bullet(below) or (at + 1 in found and _NUMBERED.match(text)):
            found.add(at)
    return found


def _looks_short(text: str, limit: int) -> bool:
    return len(text) <= limit and not _CLOSED.search(text) and not _VALUE.search(text)


def _is_paragraph(text: str) -> bool:
    return "。" in text or len(text) >= 40 or (len(text.split()) >= 4 and text.endswith((".", "!", "?")))


def _is_wrapped(rows: Sequence[str]) -> bool:
    """Whether a fixed width broke the rows: three or more end near the widest without an end of sentence."""
    widest = max((_width(row) for row in rows), default=0)
    full = [row for row in rows[:-1] if _width(row) >= widest - 6 and not _SENTENCE_END.search(row[-1])]
    return 40 <= widest <= 100 and len(full) >= 3


def _sentence_row(rows: Sequence[str], at: int) -> int:
    """The row in which the sentence that row `at` leaves open comes to its end; `at` where none does."""
    end = at
    while end + 1 < len(rows) and end - at < 40 and _runs_on(rows, end):
        end += 1
        if not _runs_on(rows, end):
            break
    ends = _SENTENCE_END.search(rows[end]) or _is_broken_title(rows[at : end + 1])
    return end if end > at and ends else at


def _is_broken_title(rows: Sequence[str]) -> bool:
    """Whether two rows are one heading too long for the page; a space would be the gap between a table's columns."""
    gaps = any(re.search(r"\s", row.strip()) for row in rows)
    return len(rows) == 2 and not gaps and not (rows[0][-1].isascii() and rows[1][0].isascii())


def _runs_on(rows: Sequence[str], at: int) -> bool:
    """Whether the row goes on in the next one: full to its neighbours' width and open, or plainly continued."""
    if at + 1 >= len(rows) or _SENTENCE_END.search(rows[at][-1]) or _is_new(rows[at + 1], rows[at]):
        return False
    if rows[at].endswith(("、", "，")) or _CONTINUES.match(rows[at + 1]):
        return True
    around = max(_width(row) for row in rows[max(0, at - 3) : at + 4])
    return _width(rows[at]) >= max(40, 0.8 * around)


def _is_new(row: str, above: str) -> bool:
    """Whether the row begins something: an item, a 「名前:」, or a paragraph by its indent."""
    indented = row.startswith("\u3000") and not above.startswith("\u3000")
    return indented or is_bullet(row) or bool(_NUMBERED.match(row) or _NAMED.match(row))


def _width(text: str) -> int:
    """Columns the text takes: two for a full-width character."""
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)
