"""What changes the releases: build beside, publish, roll back, prune, purge, and in which order each step is taken.

In: `fill` and `check` from outside, a clock. Out: new releases and a new `CURRENT`. It never changes a finished
release, and never serves what was not verified first.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from rag.releases.disk import Disk, refusing
from rag.releases.log import Action, Entry, append_entry, rank_served, read_entries, trace_served
from rag.releases.manifest import NAME, Manifest, describe
from rag.releases.scratch import Scratch
from rag.releases.shelf import TIME, Check, Shelf
from rag.types import ReleaseError, StorageError

Fill = Callable[[Path], Mapping[str, Any]]  # any JSON: what the manifest says beside the store's own keys
Holds = Callable[[Path, str], bool]

KEEP = 5
LOCK_SECONDS = 60.0
SPARE_BYTES = 64 << 20


class ReleaseStore(Shelf):
    """The releases of one home folder, to read and to change. Making one touches nothing.

    `lock_seconds` is how long a writer waits for another; `spare_bytes` must stay free beside a build and its copy.
    """

    def __init__(
        self,
        home: Path,
        *,
        disk: Disk | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        lock_seconds: float = LOCK_SECONDS,
        spare_bytes: int = SPARE_BYTES,
    ) -> None:
        super().__init__(home, disk=disk)
        self._clock, self._lock_seconds, self._spare_bytes = clock, lock_seconds, spare_bytes
        self._unfinished = Scratch(self._root, ".*ing-*", self._disk)  # .building-…, .removing-…

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep every other writer out, of this process and of others. Not to be taken twice.

        Raises:
            StorageError: another writer held it for too long.
        """
        with refusing("書き込みの順番待ち", self._home):
            self._disk.make_folder(self._home)
            lock = FileLock(self._home / ".lock", timeout=self._lock_seconds, thread_local=False)
            try:
                lock.acquire()
            except Timeout:
                raise StorageError(
                    f"ほかの処理が資料の版を書き換えています({self._home / '.lock'})。"
                    f"{self._lock_seconds:g}秒待っても終わりません。終わってから、もう一度実行してください"
                ) from None
        try:
            yield
        finally:
            lock.release()

    def sweep(self) -> None:
        """Remove what killed processes left behind: unfinished builds and removals, and copies."""
        with refusing("残りものの片付け", self._home):
            self._unfinished.sweep()
            self._copies.sweep()

    def build(self, fill: Fill, *, inputs_hash: str, created: datetime) -> str:
        """Fill a folder beside the releases and let it appear as a whole; its id is returned. Nothing is published.

        `fill` must have closed every file when it returns. `inputs_hash` is hex; `created` knows its time zone.

        Raises:
            StorageError: the disk is full or not writable; what is served has not changed.
        """
        if not re.fullmatch(r"[0-9a-f]{8,}", inputs_hash) or created.tzinfo is None:
            raise ValueError("inputs_hash must be 8 or more hex digits, and created must carry a time zone")
        with refusing("資料の版の作成", self._root):
            self._disk.make_folder(self._root)
            self._unfinished.sweep()
            self._require_space()
            folder = self._unfinished.claim(f".building-{secrets.token_hex(4)}")
            try:
                self._disk.make_folder(folder)
                return self._finish(folder, fill(folder), inputs_hash=inputs_hash, created=created)
            finally:
                self._unfinished.discard(folder)

    def publish(self, release_id: str, *, reason: str | None, check: Check | None) -> None:
        """Serve a release from now on, once it has been verified.

        Raises:
            ReleaseError: it is damaged; the served one stays.
            StorageError: the disk refused, or another writer was at work for too long.
        """
        with refusing("公開", self._pointer), self.lock():
            self._repair_log()
            self.verify(release_id, check)
            self._serve(release_id, "publish", reason)
            with suppress(OSError):  # the release is served; what can't be removed now goes at the next publish
                self._prune(KEEP)

    def rollback(self, check: Check | None, *, reason: str | None = None) -> str:
        """Serve the release that was served before the current one; its id is returned. Raises as `publish`."""
        with refusing("公開の取り消し", self._pointer), self.lock():
            self._repair_log()
            current = self._find_current()
            earlier = trace_served(read_entries(self._log), current)[:-1]
            there = [id_ for id_ in earlier if id_ != current and id_ in self._list_ids()]
            if not there:
                raise ReleaseError("これより前に公開された資料がないので、取り消せません")
            self.verify(there[-1], check)
            self._serve(there[-1], "rollback", reason)
            return there[-1]

    def prune(self, keep: int = KEEP) -> tuple[str, ...]:
        """Remove what lies beyond the served release, the `keep` served last and the `keep` newest never served."""
        with refusing("古い版の片付け", self._root), self.lock():
            return self._prune(keep)

    def purge(self, document_id: str, holds: Holds) -> tuple[str, ...]:
        """Remove every release that holds a document, and all their copies, open ones too; their ids are returned.

        `holds(folder, document_id)` must say True where it can't tell. What a cache outside the store keeps is its
        owner's to remove.

        Raises:
            ReleaseError: the served release holds it; nothing was removed.
            StorageError: something could not be removed; the same call again goes on.
        """
        with refusing("資料の完全な削除", self._root), self.lock():
            self.sweep()
            gone = tuple(id_ for id_ in self._list_ids() if holds(self._root / id_, document_id))
            if self._find_current() in gone:
                raise ReleaseError(
                    f"公開中の資料に {document_id} が入っています。"
                    "これを除いた版を先に公開してから、もう一度実行してください"
                )
            for id_ in gone:
                self._remove_release(id_)
            self._remove_orphaned_copies()
            self._append("purge", document_id, releases=gone)
            return gone

    def _finish(self, folder: Path, details: Mapping[str, Any], *, inputs_hash: str, created: datetime) -> str:
        files = describe(folder)
        self._disk.sync_tree(folder)
        with self.lock():
            moment = self._find_free_second(created.astimezone(UTC).replace(microsecond=0))
            manifest = Manifest(
                id=f"{moment.strftime(TIME)}-{inputs_hash[:8]}",
                created=moment,
                inputs_hash=inputs_hash,
                files=files,
                details=json.loads(json.dumps(details)),  # as it will be read back: lists and text keys
            )
            self._disk.write(folder / NAME, manifest.to_bytes())
            self._disk.sync(folder / NAME)
            self._disk.sync(folder)
            self._disk.move(folder, self._root / manifest.id)
        return manifest.id

    def _find_free_second(self, moment: datetime) -> datetime:
        """One release a second, so that ids sort by age; and never an id that the log knows, though it be pruned."""
        known = (*self._list_ids(), *rank_served(read_entries(self._log), None))
        taken = {id_.partition("-")[0] for id_ in known}
        while moment.strftime(TIME) in taken:
            moment += timedelta(seconds=1)
        return moment

    def _serve(self, release_id: str, action: Action, reason: str | None) -> None:
        self._disk.replace(self._pointer, f"{release_id}\n".encode("ascii"))
        try:
            self._append(action, release_id, reason=reason)
        except OSError as error:
            raise StorageError(
                f"版 {release_id} の公開は済みましたが、{self._log} に記録できませんでした({error.strerror})"
            ) from error

    def _append(self, action: Action, id_: str, *, reason: str | None = None, releases: tuple[str, ...] = ()) -> None:
        entry = Entry(time=self._clock(), action=action, id=id_, reason=reason, releases=releases)
        append_entry(self._log, entry, self._disk)

    def _repair_log(self) -> None:
        """Write down what a writer killed between CURRENT and the log did not."""
        current = self._find_current()
        written = trace_served(read_entries(self._log), None)
        if current is not None and written[-1:] != (current,):
            self._append("rollback" if current in written else "publish", current)

    def _prune(self, keep: int) -> tuple[str, ...]:
        current, ids = self._find_current(), self._list_ids()
        served = [id_ for id_ in rank_served(read_entries(self._log), current) if id_ in ids and id_ != current]
        never = [id_ for id_ in ids if id_ not in served and id_ != current]
        gone = (*served[keep:], *never[keep:])
        for id_ in gone:
            self._remove_release(id_)
        return gone

    def _remove_release(self, release_id: str) -> None:
        """Out of the listing in one step, then off the disk; a killed removal is swept."""
        place = self._unfinished.claim(f".removing-{secrets.token_hex(4)}")
        try:
            self._disk.move(self._root / release_id, place)
            self._disk.remove(place)
            self._disk.remove(self._mark(release_id))
        finally:
            self._unfinished.discard(place)

    def _remove_orphaned_copies(self) -> None:
        ids = self._list_ids()
        for copy in self._copies.find():
            if not copy.name.startswith(ids):
                self._disk.remove(copy)

    def _require_space(self) -> None:
        sizes = [self._describe(id_, current=None, served=()).size for id_ in self._list_ids()]
        needed = 2 * max(sizes, default=0) + self._spare_bytes
        free = shutil.disk_usage(self._root).free
        if free < needed:
            raise StorageError(
                f"ディスクの空き容量が足りないので、資料の版を作れません({self._root} の空き {free >> 20} MB、"
                f"必要 {needed >> 20} MB)。不要なファイルを消して、もう一度実行してください"
            )
