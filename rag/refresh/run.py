"""A whole refresh: every source's page, then the drift of our own statements, then a candidate where one is due.

In: settings, a policy for reaching out. Out: a `RefreshReport`, also kept under `home/refresh/`. Hosts are visited side
by side, the pages of one host one after another. It publishes nothing and deletes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from rag import originals, overlay
from rag.build import build_checked, find_release
from rag.corpus import Corpus
from rag.drift import NAME, Facts, Flag, Watched, find_drift, list_claims, read_flags, write_flags
from rag.fetch import Fetcher, Policy
from rag.index import Progress
from rag.language.tokens import Tokenizer
from rag.originals import Original
from rag.parse.nursery import Nursery
from rag.refresh.report import PageReport, RefreshReport, write_report
from rag.refresh.snapshots import Snapshots
from rag.refresh.visit import Visitor
from rag.settings import Settings
from rag.types import IctnaviError, SettingError, Source

HOSTS_AT_ONCE = 4
MakeFetcher = Callable[[frozenset[str]], Fetcher]


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is there to refresh."""

    corpus: Corpus
    held: tuple[Original, ...]

    @property
    def sources(self) -> Mapping[str, Source]:
        """Every source with an address, by id: the corpus's, then those of added originals.

        Where the corpus names a source, its record counts, but an original may have been added with the right to
        show its text.
        """
        added = {o.source.id: o.source for o in self.held}
        return {i: s for i, s in {**self.corpus.sources, **added}.items() if s.url}

    @property
    def own_files(self) -> frozenset[str]:
        """Sources whose original is a file that a recruiter gave, which no page of the web replaces."""
        return frozenset(o.source.id for o in self.held if not o.fetched)


def know(settings: Settings) -> Known:
    """Read the corpus and the originals."""
    return Known(corpus=overlay.load(settings.corpus, settings.home), held=originals.read_all(settings.home))


def list_hosts(sources: Iterable[Source]) -> frozenset[str]:
    """The hosts that sources name: the only ones a fetcher may reach, with and without www."""
    named = {(urlsplit(s.url).hostname or "").rstrip(".") for s in sources}
    return frozenset(h for name in named if name for h in (name, f"www.{name}", name.removeprefix("www.")))


def reach_out(hosts: frozenset[str]) -> Fetcher:
    """The fetcher of the product: these hosts, the public internet, no more."""
    return Fetcher(Policy(hosts=hosts))


def refresh(
    settings: Settings,
    *,
    only: Sequence[str] = (),
    accepted: Sequence[str] = (),
    progress: Progress = lambda stage, done, total: None,
    make_fetcher: MakeFetcher = reach_out,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> RefreshReport:
    """Visit every source (or `only` these), and build a candidate where something that a release holds has changed.

    Pages of `accepted` sources are taken as they stand and become the baseline for drift.

    Raises:
        SettingError: an id is no source's.
        StorageError: another refresh is at work, or the disk refuses.
    """
    snapshots, started = Snapshots(settings.home), clock()
    with snapshots.lock(), Nursery() as nursery:
        known = know(settings)
        sources = _choose(known.sources, only, accepted)
        visitor = Visitor(
            home=settings.home,
            fetcher=make_fetcher(list_hosts(known.sources.values())),
            snapshots=snapshots,
            nursery=nursery,
            clock=clock,
            accepted=frozenset(accepted),
            held=known.own_files,
        )
        pages = _visit_all(visitor, sources, progress)
        before = read_flags(settings.home / NAME)
        flags = watch(known, snapshots)
        if flags != before:
            write_flags(settings.home / NAME, flags)
        candidate, problem = _build(settings, progress)
        report = RefreshReport(
            started=started,
            finished=clock(),
            pages=pages,
            flags=flags,
            new_flags=tuple(f for f in flags if f not in before),
            candidate=candidate,
            problem=problem,
        )
        write_report(settings.home, report)
    return report


def watch(known: Known, snapshots: Snapshots) -> tuple[Flag, ...]:
    """What our own statements say that their pages, as last seen, no longer say."""
    pages: dict[str, Watched] = {}
    for state in snapshots.states():
        if state.good is None or state.baseline is None or state.good.content == state.baseline.content:
            continue
        baseline = snapshots.document(state.source_id, state.baseline)
        now = snapshots.document(state.source_id, state.good)
        if baseline is not None and now is not None and state.source_id in known.sources:
            pages[state.source_id] = Watched(baseline=Facts.read(baseline.text), now=Facts.read(now.text))
    if not pages:
        return ()
    tokenizer = Tokenizer([g.phrases for g in known.corpus.glossary.groups])
    return find_drift(list_claims(known.corpus.documents), pages, tokenizer)


def _choose(sources: Mapping[str, Source], only: Sequence[str], accepted: Sequence[str]) -> tuple[Source, ...]:
    for source_id in (*only, *accepted):
        if source_id not in sources:
            raise SettingError(f"出典に {source_id} はありません")
    wanted = {*only, *accepted} if only else set(sources)
    return tuple(s for i, s in sources.items() if i in wanted)


def _visit_all(visitor: Visitor, sources: Sequence[Source], progress: Progress) -> tuple[PageReport, ...]:
    """The reports in the order of the sources."""
    hosts: dict[str, list[Source]] = {}
    for source in sources:
        hosts.setdefault(urlsplit(source.url).hostname or "", []).append(source)
    reports: dict[str, PageReport] = {}
    progress("pages", 0, len(sources))

    def visit_host(host: str) -> None:
        for source in hosts[host]:
            reports[source.id] = visitor.visit(source)
            progress("pages", len(reports), len(sources))

    with ThreadPoolExecutor(HOSTS_AT_ONCE) as pool:
        for done in [pool.submit(visit_host, host) for host in hosts]:
            done.result()
    return tuple(reports[s.id] for s in sources)


def _build(settings: Settings, progress: Progress) -> tuple[str | None, str | None]:
    """The new candidate's id, or why there is none; neither where what is built or served already holds all this."""
    try:
        if find_release(settings) is not None:
            return None, None
        return build_checked(settings, progress=progress), None
    except IctnaviError as error:
        return None, str(error)
