"""One of our own sheets: the bytes of a Markdown file in the format of docs/corpus.md -> a Document.

A strict line reader, not a Markdown renderer: whatever the format does not name is refused with path and line, so
that nothing is silently lost or shown as stray marks. `read_sheet` goes on after a problem and reports all of them,
with the line of every section and statement; `parse_markdown` raises the first.
It does not know which sources, routes and chapters exist: rag/corpus checks that.

`Document.text` holds the headings as lines of their own, outside the sections, and each section's statements one a
line, without footnote marks, comments and directives.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from rag.language.normalise import strip_invisible
from rag.parse.front_matter import FrontMatter, read_front_matter
from rag.parse.sheet_body import BodyReader, Heading, Part
from rag.types import ContentError, Document, Section, Statement


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A sheet as read, with the lines (from 1) to point at: `statement_lines[i][j]` is where
    `document.sections[i].statements[j]` stands, `section_lines[i]` its heading. `document` is None where the front
    matter can't be used; with problems it holds what could be read."""

    path: str
    document: Document | None
    front_matter: FrontMatter | None
    section_lines: tuple[int, ...] = ()
    statement_lines: tuple[tuple[int, ...], ...] = ()
    problems: tuple[ContentError, ...] = ()


def parse_markdown(data: bytes, *, path: str) -> Document:
    """Read a sheet that must be right; `path` is kept in the document and named in errors.

    Raises:
        ContentError: the first problem of the file, with path and line.
    """
    sheet = read_sheet(data, path=path)
    if sheet.problems or sheet.document is None:
        raise sheet.problems[0]
    return sheet.document


def read_sheet(data: bytes, *, path: str) -> Sheet:
    """Read a sheet as far as it can be read, and collect every problem in the order of the lines."""
    problems: list[ContentError] = []
    text = _decode(data, path, problems)
    head, body, first_line = _split_head(text, path, problems)
    matter = read_front_matter(head, path, problems) if head is not None else None
    reader = BodyReader(path, problems, matter.speakers if matter else None)
    reader.read(body, first_line)
    problems.sort(key=lambda problem: problem.line)
    if matter is None:
        return Sheet(path=path, document=None, front_matter=None, problems=tuple(problems))
    laid = _lay_out(reader.headings, matter)
    return Sheet(
        path=path,
        document=_document(data, path, matter, laid),
        front_matter=matter,
        section_lines=tuple(laid.section_lines),
        statement_lines=tuple(laid.statement_lines),
        problems=tuple(problems),
    )


def _document(data: bytes, path: str, matter: FrontMatter, laid: _Laid) -> Document:
    return Document(
        id=matter.id,
        lang=matter.lang,
        wording="digest",
        title=matter.title,
        text="\n".join(laid.lines),
        sections=tuple(laid.sections),
        sha256=hashlib.sha256(data).hexdigest(),
        digest_of=matter.digest_of,
        chapter=matter.chapter,
        review_by=matter.review_by,
        path=path,
    )


def _decode(data: bytes, path: str, problems: list[ContentError]) -> str:
    """UTF-8 text with \\n line ends and without invisible characters; what isn't UTF-8 is a problem with its line."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problems.append(ContentError("UTF-8 として読めません。UTF-8 で保存し直してください", path=path, line=line))
        text = data.decode("utf-8-sig", errors="replace")
    return strip_invisible(text.replace("\r\n", "\n").replace("\r", "\n"))


def _split_head(text: str, path: str, problems: list[ContentError]) -> tuple[str | None, str, int]:
    """The YAML between the first two `---` lines, the rest, and the line (from 1) at which the rest begins."""
    lines = text.split("\n")
    closing = next((n for n, line in enumerate(lines[1:], start=1) if line.rstrip() == "---"), 0)
    if lines[0].rstrip() != "---" or not closing:
        message = "先頭に、--- で囲んだ YAML(id・title・lang)がありません"
        problems.append(ContentError(message, path=path, line=1))
        return None, text, 1
    return "\n".join(lines[1:closing]), "\n".join(lines[closing + 1 :]), closing + 2


@dataclass(kw_only=True)
class _Laid:
    """The document's text being laid out, line by line; `at` is the offset at which the next line begins."""

    lines: list[str] = field(default_factory=list)
    at: int = 0
    sections: list[Section] = field(default_factory=list)
    section_lines: list[int] = field(default_factory=list)
    statement_lines: list[tuple[int, ...]] = field(default_factory=list)

    def add(self, line: str) -> int:
        """Append a line; where it begins."""
        start = self.at
        self.lines.append(line)
        self.at += len(line) + 1
        return start


def _lay_out(headings: list[Heading], matter: FrontMatter) -> _Laid:
    """Headings and statements as one text, with a section for each part."""
    laid = _Laid()
    outer_route: str | None = None
    for heading in headings:
        if heading.level == 2:
            outer_route = heading.route
        laid.add(heading.path[-1])
        laid.add("")
        route = next((r for r in (heading.route, outer_route, matter.route) if r is not None), None)
        for part in heading.parts:
            if part.runs:
                _lay_part(laid, heading, part, route or None, matter)
    return laid


def _lay_part(laid: _Laid, heading: Heading, part: Part, route: str | None, matter: FrontMatter) -> None:
    """Append one part's statements and its section."""
    statements = []
    for run in part.runs:
        start = laid.add(run.text)
        statements.append(Statement(start=start, end=start + len(run.text), source_ids=run.source_ids))
    laid.add("")
    laid.sections.append(
        Section(
            heading_path=heading.path,
            start=statements[0].start,
            end=statements[-1].end,
            statements=tuple(statements),
            question=heading.path[-1],
            askings=tuple(heading.askings),
            unanswered=tuple(heading.unanswered),
            speaker=part.speaker,
            affiliation=matter.speakers.get(part.speaker) if part.speaker else None,
            route=route,
        )
    )
    laid.section_lines.append(heading.line)
    laid.statement_lines.append(tuple(run.line for run in part.runs))
