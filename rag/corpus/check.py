"""A corpus -> every problem in it, what is doubtful, and how much it covers.

In: the folder (or its files in memory) and today's date. Out: a CheckReport. Problems must be mended before a release
is built; warnings are for a person to judge. It changes nothing, and it can't tell whether a statement is true.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rag.corpus.load import SOURCES, Reading, read_corpus, read_folder
from rag.language.normalise import fold
from rag.language.sentences import split_sentences
from rag.parse.markdown import Sheet
from rag.types import ContentError, Section, Source, Statement

_PUNCTUATION = re.compile(r"[\s?。.!、,「」『』()]+")
_LEANS = re.compile(
    r"これ(?!まで|から)|この|その(?!もの|まま|た?ため|上|うえ)|同(?!時|僚|期|意|席|行|居|性|士|等|一労働)"
)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing to mend (or, among the warnings, to look at). `line` counts from 1; 0 where none applies."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}" if self.line else f"{self.path}: {self.message}"


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How much the corpus holds, counted over what could be read. Chapter None: sheets that name none."""

    sheets: Mapping[str, int]
    sections: Mapping[str, int]
    statements: Mapping[str, int]
    sources: Mapping[tuple[str, str], int]
    statements_of_chapter: Mapping[int | None, int]
    rules_without_year: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CheckReport:
    """What the checker found, in the order of paths and lines. `sources` counts by (kind, standing)."""

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    coverage: Coverage


def check(folder: Path, *, today: date | None = None) -> CheckReport:
    """Check a corpus folder; without `today`, no review date is looked at.

    Raises:
        ContentError: the folder or a file can't be read at all.
    """
    return check_files(read_folder(folder), today=today)


def check_files(files: Mapping[str, bytes], *, today: date | None = None, edited: bool = False) -> CheckReport:
    """Check the files of a corpus, by path.

    Where they were `edited` on this machine, a source without statements is doubtful, not wrong: to withdraw its last
    statement must not wait for someone to mend the list of sources.
    """
    reading = read_corpus(files)
    problems = [*map(_from_error, reading.problems), *_double_questions(reading.sheets)]
    problems += _both_answered_and_not(reading.sheets)
    warnings = [*_leaning_statements(reading.sheets)]
    (warnings if edited else problems).extend(_uncited_sources(reading))
    if today is not None:
        warnings += [*_sheets_to_review(reading.sheets, today), *_sources_to_review(reading, today)]
    return CheckReport(problems=_in_order(problems), warnings=_in_order(warnings), coverage=_measure(reading))


def _in_order(found: list[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(dict.fromkeys(found), key=lambda problem: (problem.path, problem.line)))


def _from_error(error: ContentError) -> Problem:
    place = f"{error.path}:{error.line}: " if error.line else f"{error.path}: "
    return Problem(path=error.path, line=error.line, message=str(error).removeprefix(place))


def _statements(sheet: Sheet) -> Iterator[tuple[Statement, int]]:
    """Every statement of a sheet, with its line."""
    sections = sheet.document.sections if sheet.document else ()
    for section, lines in zip(sections, sheet.statement_lines, strict=True):
        yield from zip(section.statements, lines, strict=True)


def _uncited_sources(reading: Reading) -> Iterator[Problem]:
    """Sources that no statement rests on."""
    if reading.sources is None:
        return
    cited = {name for sheet in reading.sheets for statement, _ in _statements(sheet) for name in statement.source_ids}
    for name, line in reading.sources.lines.items():
        if name not in cited:
            message = f"出典「{name}」を引いている文がありません。文に印を付けるか、この出典を消してください"
            yield Problem(path=SOURCES, line=line, message=message)


def _double_questions(sheets: tuple[Sheet, ...]) -> Iterator[Problem]:
    """Headings that ask, in the same language, what another heading asks; parts of one heading are one question."""
    first: dict[tuple[str, str], tuple[str, int]] = {}
    for sheet, section, line in _sections(sheets):
        lang = sheet.document.lang if sheet.document else ""
        key = (lang, _PUNCTUATION.sub("", fold(section.question or "")))
        place = first.setdefault(key, (sheet.path, line))
        if place != (sheet.path, line):
            message = f"見出し「{section.question}」は {place[0]}:{place[1]} にもあります。問いを書き分けてください"
            yield Problem(path=sheet.path, line=line, message=message)


def _both_answered_and_not(sheets: tuple[Sheet, ...]) -> Iterator[Problem]:
    """Questions that one heading answers and another, or the same, says to have no answer."""
    asked: dict[str, tuple[str, int]] = {}
    for sheet, section, line in _sections(sheets):
        for question in (section.question or "", *section.askings):
            asked.setdefault(_PUNCTUATION.sub("", fold(question)), (sheet.path, line))
    for sheet, section, line in _sections(sheets):
        for question in section.unanswered:
            place = asked.get(_PUNCTUATION.sub("", fold(question)))
            if place is not None:
                message = (
                    f"unanswered: の「{question}」は {place[0]}:{place[1]} の問いでもあります。どちらかを消してください"
                )
                yield Problem(path=sheet.path, line=line, message=message)


def _sections(sheets: tuple[Sheet, ...]) -> Iterator[tuple[Sheet, Section, int]]:
    """Every section of every sheet, with the line of its heading."""
    for sheet in sheets:
        sections = sheet.document.sections if sheet.document else ()
        for section, line in zip(sections, sheet.section_lines, strict=True):
            yield sheet, section, line


def _leaning_statements(sheets: tuple[Sheet, ...]) -> Iterator[Problem]:
    """Sentences that don't make sense alone, for they begin with a word that points back."""
    for sheet in sheets:
        for statement, line in _statements(sheet):
            text = sheet.document.text[statement.start : statement.end] if sheet.document else ""
            for sentence in split_sentences(text):
                words = text[sentence.start : sentence.end]
                if _LEANS.match(words):
                    message = f"「{words[:12]}…」は前の文に寄りかかっています。主語を書いてください"
                    yield Problem(path=sheet.path, line=line, message=message)


def _sheets_to_review(sheets: tuple[Sheet, ...], today: date) -> Iterator[Problem]:
    for sheet in sheets:
        matter = sheet.front_matter
        if matter and matter.review_by and date.fromisoformat(matter.review_by) < today:
            yield _overdue(sheet.path, matter.lines["review_by"], "この資料", matter.review_by)


def _sources_to_review(reading: Reading, today: date) -> Iterator[Problem]:
    if reading.sources is None:
        return
    for name, source in reading.sources.sources.items():
        if source.review_by and date.fromisoformat(source.review_by) < today:
            yield _overdue(SOURCES, reading.sources.lines[name], f"出典「{name}」", source.review_by)


def _overdue(path: str, line: int, what: str, day: str) -> Problem:
    return Problem(
        path=path, line=line, message=f"{what}の見直し期限 {day} を過ぎています。元のページを確かめてください"
    )


def _measure(reading: Reading) -> Coverage:
    """Count what could be read."""
    documents = [sheet.document for sheet in reading.sheets if sheet.document]
    statements, chapters = Counter[str](), Counter[int | None]()
    for document in documents:
        count = sum(len(section.statements) for section in document.sections)
        statements[document.lang] += count
        chapters[document.chapter] += count
    sources = [] if reading.sources is None else list(reading.sources.sources.values())
    return Coverage(
        sheets=dict(Counter(document.lang for document in documents)),
        sections=dict(Counter(document.lang for document in documents for _ in document.sections)),
        statements=dict(statements),
        sources=dict(Counter((source.kind, source.standing) for source in sources)),
        statements_of_chapter=dict(sorted(chapters.items(), key=lambda item: (item[0] is None, item[0] or 0))),
        rules_without_year=tuple(source.id for source in sources if _is_yearless_rule(source)),
    )


def _is_yearless_rule(source: Source) -> bool:
    return source.kind == "rule" and source.fiscal_year is None and source.as_of is None
