"""A page that a recruiter names for the first time: fetched, read, described, kept.

In: an address. Out: a `NewPage` that says what could be found out, for a person to complete; then, with its source
record, an original (or, without the right to show its text, a page that is only watched) and the baseline for drift.
It builds nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from rag import originals
from rag.fetch import Fetched, read_url
from rag.originals import Original
from rag.parse.child import parse_apart
from rag.parse.stated import stated_as_of, stated_fiscal_year
from rag.refresh.judge import is_not_found, judge_status
from rag.refresh.run import MakeFetcher, know, list_hosts, reach_out
from rag.refresh.snapshots import Kept, Snapshots, name_content, request_for
from rag.refresh.visit import make_original, name_page
from rag.settings import Settings
from rag.types import ContentError, Document, OutsideError, Source


@dataclass(frozen=True, kw_only=True)
class NewPage:
    """A page as found. `known` is the source that the corpus or an original has for this address, None for a new one.

    `as_of` and `fiscal_year` are what the page says of itself, None where it says nothing.
    """

    source_id: str
    url: str
    fetched: Fetched
    document: Document
    known: Source | None
    as_of: str | None
    fiscal_year: int | None


def fetch_page(settings: Settings, url: str, *, make_fetcher: MakeFetcher = reach_out) -> NewPage:
    """Fetch a page from a registered site or from the one that the recruiter typed.

    Raises:
        OutsideError: it can't be fetched, or there is no such page.
        ContentError: it can't be read.
    """
    known = know(settings).sources
    typed = read_url(url.strip())
    named = urlsplit(typed.url).hostname or ""
    fetched = make_fetcher(list_hosts(known.values()) | {named, f"www.{named}", named.removeprefix("www.")}).fetch(
        typed.url
    )
    if (settled := judge_status(fetched)) is not None:
        raise OutsideError(f"{url}: {settled.detail}")
    address = fetched.moved_to or typed.url
    source_id = originals.identify(address, "", known.values())
    document = parse_apart(fetched.data, request_for(source_id, name_page(fetched), fetched.charset))
    if is_not_found(document):
        raise ContentError("「ページが見つかりません」という内容なので、番地を確かめてください", path=url)
    return NewPage(
        source_id=source_id,
        url=address,
        fetched=fetched,
        document=document,
        known=known.get(source_id),
        as_of=stated_as_of(document.text),
        fiscal_year=stated_fiscal_year(document),
    )


def keep_page(
    settings: Settings, page: NewPage, source: Source, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Original:
    """Keep the page with its record; what it says now is what later refreshes compare with.

    Raises:
        StorageError: the folder can't be written.
    """
    original = replace(make_original(source, page.fetched, page.document, clock()), source=source)
    originals.keep(settings.home, original, page.document)
    snapshots = Snapshots(settings.home)
    kept = Kept(
        content=name_content(page.fetched.data),
        name=original.name,
        charset=page.fetched.charset,
        fetched_at=clock().isoformat(),
    )
    snapshots.keep(source.id, page.fetched.data, page.document, kept)
    known = snapshots.state(source.id, source.url)
    seen = replace(known, outcome="new", checked_at=kept.fetched_at, validators=page.fetched.validators)
    snapshots.save(replace(seen, good=kept, baseline=kept))
    return original
