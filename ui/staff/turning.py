"""The end of a fiscal year -> what to look at again: sources of that year, dates of review, words that name the year.

In: the corpus as it is on this machine, the year. Out: items, and a page to print. It changes nothing; a fiscal year
runs from April to March.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from rag import originals, overlay
from rag.corpus import Reading, read_corpus
from rag.corpus.load import REPLIES
from rag.language.values import read_values
from rag.settings import Settings
from rag.types import Source
from ui.staff.words import say


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing to look at: why, what it is, where it lies (a path, with a line where there is one), and its words."""

    why: str
    title: str
    place: str
    words: str = ""


def find_year(today: date) -> int:
    """The fiscal year a day lies in."""
    return today.year if today.month >= 4 else today.year - 1


def list_items(settings: Settings, year: int) -> tuple[Item, ...]:
    """What to look at when the year ends, sources first."""
    files = overlay.read_files(settings.corpus, settings.home)
    reading = read_corpus(files)
    listed = dict(reading.sources.sources) if reading.sources else {}
    sources = {**listed, **{o.source.id: o.source for o in originals.read_all(settings.home)}}
    return (
        *_list_sources(sources.values(), year),
        *_list_sheets(reading, year),
        *_list_statements(reading, sources, year),
        *_list_lines(files.get(REPLIES, b"").decode("utf-8-sig", "replace"), REPLIES, year),
    )


def _list_sources(sources: Iterable[Source], year: int) -> Iterator[Item]:
    for source in sources:
        if source.fiscal_year == year:
            yield Item(why=say("turning.source_year"), title=source.title, place=source.url)
        elif source.review_by and source.review_by <= f"{year + 1}-03-31":
            yield Item(why=say("turning.review_by", day=source.review_by), title=source.title, place=source.url)


def _list_sheets(reading: Reading, year: int) -> Iterator[Item]:
    for document in (sheet.document for sheet in reading.sheets if sheet.document):
        if document.review_by and document.review_by <= f"{year + 1}-03-31":
            why = say("turning.review_by", day=document.review_by)
            yield Item(why=why, title=document.title, place=str(document.path))


def _list_statements(reading: Reading, sources: dict[str, Source], year: int) -> Iterator[Item]:
    """Statements that rest on a source of the year, or name the year."""
    for sheet in reading.sheets:
        document = sheet.document
        for section, lines in zip(document.sections if document else (), sheet.statement_lines, strict=True):
            for span, line in zip(section.statements, lines, strict=True):
                text = document.text[span.start : span.end] if document else ""
                rests = any(sources[i].fiscal_year == year for i in span.source_ids if i in sources)
                if rests or _names(text, year):
                    title = document.title if document else ""
                    why = say("turning.statement")
                    yield Item(why=why, title=title, place=f"{sheet.path}:{line}", words=text)


def _list_lines(text: str, path: str, year: int) -> Iterator[Item]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.lstrip().startswith("#") and _names(line, year):
            yield Item(why=say("turning.words"), title=say("editor.replies"), place=f"{path}:{number}", words=line)


def _names(text: str, year: int) -> bool:
    return any(value.kind == "fiscal_year" and value.low == str(year) for value in read_values(text))


def write_page(items: Iterable[Item], year: int, today: date) -> bytes:
    """The list as a page of its own, with a box to tick at each item."""
    rows = "\n".join(
        f"<tr><td>☐</td><td>{_escape(i.why)}</td><td>{_escape(i.title)}</td><td>{_escape(i.place)}</td>"
        f"<td>{_escape(i.words)}</td></tr>"
        for i in items
    )
    heads = "".join(f"<th>{_escape(head)}</th>" for head in ("", *list_heads()))
    title = _escape(say("turning.title", year=year, day=today.isoformat()))
    return PAGE.format(title=title, heads=heads, rows=rows).encode()


def list_heads() -> tuple[str, ...]:
    """The columns' names."""
    return tuple(say(f"turning.{name}") for name in ("why", "what", "place", "text"))


def _escape(text: str) -> str:
    return html.escape(" ".join(text.split()))


PAGE = """<!doctype html>
<html lang="ja"><head><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font-family: "Hiragino Sans", "Yu Gothic UI", "Noto Sans CJK JP", sans-serif; line-height: 1.6; margin: 2rem }}
table {{ border-collapse: collapse; width: 100%; font-size: 0.85rem }}
th, td {{ border: 1px solid #777; padding: 0.3rem 0.5rem; text-align: left; vertical-align: top;
  overflow-wrap: anywhere }}
thead {{ display: table-header-group }} tr {{ break-inside: avoid }}
</style></head><body><h1>{title}</h1>
<table><thead><tr>{heads}</tr></thead><tbody>
{rows}
</tbody></table></body></html>
"""
