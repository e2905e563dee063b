"""The corpus folder -> Corpus.

`read_folder` is the only part that touches the disk; `read_corpus` works on files in memory, so that an overlay is a
merged mapping of paths to bytes and a release's own glossary and replies are read by the same code. It collects all
problems; `load_corpus` raises the first. What is merely doubtful is rag/corpus/check.py's affair.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

from rag.corpus.glossary import Glossary, read_glossary
from rag.corpus.replies import Replies, read_replies
from rag.corpus.sources import SourceList, read_sources
from rag.parse.markdown import Sheet, read_sheet
from rag.types import ContentError, Document, Source

SOURCES, GLOSSARY, REPLIES = "sources.toml", "glossary.toml", "replies.toml"


_read_sheet = lru_cache(maxsize=256)(read_sheet)  # of a corpus that is checked while one sheet is written, most stay


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """All that answers rest on. All that a document names is in `sources`; documents are in the order of paths."""

    sources: Mapping[str, Source]
    documents: tuple[Document, ...]
    glossary: Glossary
    replies: Replies


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What could be read of a corpus, and everything that makes it unfit to answer from; a part that is None can't be
    read at all, for a reason that stands among the problems."""

    sheets: tuple[Sheet, ...]
    sources: SourceList | None
    glossary: Glossary | None
    replies: Replies | None
    problems: tuple[ContentError, ...]

    def corpus(self) -> Corpus:
        """The corpus.

        Raises:
            ContentError: the first problem.
        """
        if self.problems or not (self.sources and self.glossary and self.replies):
            raise self.problems[0]
        return Corpus(
            sources=self.sources.sources,
            documents=tuple(sheet.document for sheet in self.sheets if sheet.document),
            glossary=self.glossary,
            replies=self.replies,
        )


def load_corpus(folder: Path) -> Corpus:
    """Read a corpus that must be right.

    Raises:
        ContentError: the folder can't be read, or the first problem of its files.
    """
    return read_corpus(read_folder(folder)).corpus()


def read_folder(folder: Path) -> dict[str, bytes]:
    """The corpus's files by their paths within the folder («policies/07-pay.md»); README.md is no part of it.

    Raises:
        ContentError: the folder or a file can't be read.
    """
    if not folder.is_dir():
        raise ContentError("資料のフォルダがありません。場所を確かめてください", path=str(folder))
    try:
        names = [folder / name for name in (SOURCES, GLOSSARY, REPLIES)]
        sheets = [path for path in sorted(folder.rglob("*.md")) if path.name != "README.md"]
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in [*names, *sheets] if path.is_file()}
    except OSError as error:
        raise ContentError(f"資料を読めません({error.strerror})", path=str(error.filename or folder)) from error


def read_corpus(files: Mapping[str, bytes]) -> Reading:
    """Read the files of a corpus, by path, and collect every problem."""
    problems: list[ContentError] = []
    for name in (SOURCES, GLOSSARY, REPLIES):
        if name not in files:
            problems.append(ContentError("ファイルがありません。docs/corpus.md の形で置いてください", path=name))
    sources = read_sources(files[SOURCES], SOURCES, problems) if SOURCES in files else None
    glossary = read_glossary(files[GLOSSARY], GLOSSARY, problems) if GLOSSARY in files else None
    replies = read_replies(files[REPLIES], REPLIES, problems) if REPLIES in files else None
    sheets = tuple(_read_sheet(files[path], path=path) for path in sorted(files) if path.endswith(".md"))
    if not sheets:
        problems.append(ContentError("資料(*.md)が1枚もありません", path="policies"))
    for sheet in sheets:
        problems += sheet.problems
        problems += _unknown_names(sheet, sources, replies)
    problems += _double_documents(sheets)
    return Reading(sheets=sheets, sources=sources, glossary=glossary, replies=replies, problems=tuple(problems))


def _unknown_names(sheet: Sheet, sources: SourceList | None, replies: Replies | None) -> list[ContentError]:
    """Sources and routes that the sheet names and no file defines. An unreadable file makes nothing unknown."""
    found = []
    if sources is not None:
        known = sources.sources
        for name, line in _named_sources(sheet):
            if name not in known:
                found.append(_unknown("出典", name, known, (sheet.path, line), "sources.toml の [[source]]"))
    if replies is not None:
        routes = dict.fromkeys(route.id for route in replies.routes)
        for name, line in _named_routes(sheet):
            if name not in routes:
                found.append(_unknown("route", name, routes, (sheet.path, line), "replies.toml の [[route]]"))
    return found


def _unknown(kind: str, name: str, known: Mapping[str, object], place: tuple[str, int], where: str) -> ContentError:
    near = get_close_matches(name, known, n=1)
    hint = f"。「{near[0]}」のことですか" if near else ""
    return ContentError(f"{kind}「{name}」は {where} にありません{hint}", path=place[0], line=place[1])


def _named_sources(sheet: Sheet) -> list[tuple[str, int]]:
    """Every source id the sheet names, with its line."""
    named = []
    if sheet.front_matter and sheet.front_matter.digest_of:
        named.append((sheet.front_matter.digest_of, sheet.front_matter.lines["digest_of"]))
    sections = sheet.document.sections if sheet.document else ()
    for section, lines in zip(sections, sheet.statement_lines, strict=True):
        for statement, line in zip(section.statements, lines, strict=True):
            named += [(name, line) for name in statement.source_ids]
    return named


def _named_routes(sheet: Sheet) -> list[tuple[str, int]]:
    """Every route the sheet names, with its line: the front matter's, and those of sections that differ."""
    own = sheet.front_matter.route if sheet.front_matter else None
    named = [(own, sheet.front_matter.lines["route"])] if own and sheet.front_matter else []
    sections = sheet.document.sections if sheet.document else ()
    for section, line in zip(sections, sheet.section_lines, strict=True):
        if section.route and section.route != own and (section.route, line) not in named:
            named.append((section.route, line))
    return named


def _double_documents(sheets: tuple[Sheet, ...]) -> list[ContentError]:
    """Documents whose id another one has already."""
    found, first = [], dict[str, str]()
    for sheet in sheets:
        if sheet.front_matter and first.setdefault(sheet.front_matter.id, sheet.path) != sheet.path:
            message = (
                f"id「{sheet.front_matter.id}」は {first[sheet.front_matter.id]} にもあります。別の id にしてください"
            )
            found.append(ContentError(message, path=sheet.path, line=sheet.front_matter.lines["id"]))
    return found
