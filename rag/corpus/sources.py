"""sources.toml -> the published pages the corpus rests on.

In: the file's bytes. Out: the sources by id, and the line each stands at. It opens no page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from rag.corpus.tables import Table, read_toml
from rag.types import ContentError, Kind, Source, Standing

RIGHTS = ("digest", "text")


@dataclass(frozen=True, kw_only=True)
class SourceList:
    """The sources in the file's order, and the line of each `[[source]]`."""

    sources: Mapping[str, Source]
    lines: Mapping[str, int]


def read_sources(data: bytes, path: str, problems: list[ContentError]) -> SourceList | None:
    """Read the file, noting every problem; None where it isn't TOML at all."""
    top = read_toml(data, path, problems)
    if top is None:
        return None
    sources: dict[str, Source] = {}
    lines: dict[str, int] = {}
    for table in top.entries("source"):
        source = _read_source(table)
        if source and source.id not in sources:
            sources[source.id], lines[source.id] = source, table.line
    top.refuse_unread()
    return SourceList(sources=sources, lines=lines)


def _read_source(table: Table) -> Source | None:
    """One source; None where its own rules are broken, which is noted."""
    rights = table.optional_text("rights") or "digest"
    if rights not in RIGHTS:
        table.refuse(f"rights「{rights}」は使えません({'・'.join(RIGHTS)} のどちらか)")
    noted = len(table.file.problems)
    fields = {
        "as_of": table.day("as_of", whole=False),
        "as_of_note": table.optional_text("as_of_note"),
        "retrieved_at": table.day("retrieved_at", whole=True),
        "review_by": table.day("review_by", whole=True),
    }
    broken_date = len(table.file.problems) > noted
    try:
        source = Source(
            id=table.text("id"),
            title=table.text("title"),
            url=read_url(table),
            publisher=table.text("publisher"),
            # the constructor refuses what is no kind and no standing
            kind=cast("Kind", table.text("kind")),
            standing=cast("Standing", table.text("standing")),
            fiscal_year=table.number("fiscal_year"),
            rights=rights,
            **fields,
        )
    except ContentError as error:
        table.refuse_unread()
        if not broken_date:  # a rule whose only date is broken has been named already
            table.file.refuse(str(error), table.line)
        return None
    table.refuse_unread()
    return source


def read_url(table: Table) -> str:
    """The table's `url`, which must be a web address."""
    url = table.text("url")
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = None
    if url and not (parts and parts.scheme in ("http", "https") and parts.hostname and not re.search(r"\s", url)):
        table.refuse(f"url「{url[:60]}」は http:// か https:// で始まる番地ではありません")
    return url
