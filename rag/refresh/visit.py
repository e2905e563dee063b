"""One source's page: fetch it, read it in a child process, judge it, keep it where it is good.

In: a source, the fetcher, the snapshots. Out: a `PageReport`. A page that is not good leaves everything as it was but
for the note that it was so. It builds nothing, and knows of no other page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from rag import originals
from rag.fetch import Fetched, Fetcher, FetchError, Validators
from rag.originals import Original
from rag.parse.nursery import Nursery
from rag.parse.stated import stated_as_of, stated_fiscal_year
from rag.refresh.judge import GOOD, Verdict, judge_status, judge_text
from rag.refresh.report import PageReport
from rag.refresh.snapshots import Kept, Snapshots, State, name_content, request_for
from rag.types import ContentError, Document, Source


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """What every visit needs. `accepted` sources' pages are taken as they are, and become the new baseline."""

    home: Path
    fetcher: Fetcher
    snapshots: Snapshots
    nursery: Nursery
    clock: Callable[[], datetime]
    accepted: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()  # sources whose original is a recruiter's own file: never replaced

    def visit(self, source: Source) -> PageReport:
        """Look at one page and keep what is good of it."""
        before = self.snapshots.state(source.id, source.url)
        last = self.snapshots.document(source.id, before.good) if before.good else None
        arrival = self._arrive(source, before, last)
        verdict = arrival.verdict
        first = verdict.outcome == "moved" and before.good is None  # better the text from there than none
        state = self._take(source, before, arrival) if first or verdict.outcome in GOOD else before
        self.snapshots.save(
            replace(state, outcome=verdict.outcome, detail=verdict.detail, checked_at=self.clock().isoformat())
        )
        return PageReport(
            source_id=source.id,
            title=source.title,
            url=source.url,
            outcome=verdict.outcome,
            detail=verdict.detail,
            used=self._is_used(source) and state.good is not None,
            again=before.outcome == verdict.outcome,
        )

    def _arrive(self, source: Source, before: State, last: Document | None) -> _Arrival:
        """What came, and what is to be thought of it; nothing is written."""
        accepted = source.id in self.accepted
        known = before.validators if last is not None and not accepted else Validators()
        try:
            fetched = self.fetcher.fetch(source.url, known)
        except FetchError as error:
            return _Arrival(verdict=Verdict(outcome=error.cause, detail=str(error)))
        if fetched.status == 304 and last is not None:
            return _Arrival(verdict=Verdict(outcome="same"))
        if (settled := judge_status(fetched)) is not None:
            return _Arrival(verdict=settled)
        try:
            document = self.nursery.parse(fetched.data, request_for(source.id, name_page(fetched), fetched.charset))
        except ContentError as error:
            return _Arrival(verdict=Verdict(outcome="unreadable", detail=str(error)))
        last_data = self.snapshots.data(source.id, before.good) if before.good else None
        verdict = judge_text(source.url, fetched, document, last, last_data or b"")
        if accepted and verdict.outcome not in ("empty", "soft_404"):
            verdict = Verdict(outcome="changed", detail="新しい基準として受け入れました")
        return _Arrival(verdict=verdict, fetched=fetched, document=document)

    def _take(self, source: Source, before: State, arrival: _Arrival) -> State:
        """Keep a good page; the original first, so that a kill in between only means that it is taken again."""
        if arrival.fetched is None or arrival.document is None:
            return before
        fetched, document = arrival.fetched, arrival.document
        kept = Kept(
            content=name_content(fetched.data),
            name=name_page(fetched),
            charset=fetched.charset,
            fetched_at=self.clock().isoformat(),
        )
        if self._is_used(source) and (arrival.verdict.outcome != "same" or before.good is None):
            originals.keep(self.home, make_original(source, fetched, document, self.clock()), document)
        self.snapshots.keep(source.id, fetched.data, document, kept)
        fresh = before.baseline is None or source.id in self.accepted
        return replace(before, good=kept, baseline=kept if fresh else before.baseline, validators=fetched.validators)

    def _is_used(self, source: Source) -> bool:
        return source.rights == "text" and source.id not in self.held


@dataclass(frozen=True, kw_only=True)
class _Arrival:
    """What a visit brought. Without a page (304, or an error) only the verdict is there."""

    verdict: Verdict
    fetched: Fetched | None = None
    document: Document | None = None


def name_page(fetched: Fetched) -> str:
    """The file name in the page's address; it only helps to recognise the form."""
    return PurePosixPath(unquote(urlsplit(fetched.url).path)).name or "page"


def make_original(source: Source, fetched: Fetched, document: Document, now: datetime) -> Original:
    """The page as an original, dated by what it says of itself; where it says nothing, by what was known of it."""
    as_of = stated_as_of(document.text) or source.as_of
    year = stated_fiscal_year(document) or source.fiscal_year
    note = None if as_of or year else source.as_of_note or "時点表示なし"
    dated = replace(
        source, as_of=as_of, fiscal_year=year, as_of_note=note, retrieved_at=now.date().isoformat(), rights="text"
    )
    return Original(
        source=dated,
        name=name_page(fetched),
        data=fetched.data,
        lang=document.lang,
        charset=fetched.charset,
        fetched=True,
    )
