"""What readers see of the releases: the list, the served one, each proven whole, and private copies to open.

In: a home folder. Out: ids, manifests, copies. It writes only copies and the marks of passed checks, takes no lock,
and never changes or opens a finished release in place.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rag.releases.disk import Disk, refusing
from rag.releases.log import rank_served, read_entries
from rag.releases.manifest import Manifest, copy_verified, read_manifest, verify_files
from rag.releases.scratch import Scratch
from rag.types import ReleaseError, StorageError

Check = Callable[[Path], None]

ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
TIME = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, kw_only=True)
class ReleaseInfo:
    """A release as listed. `size` is in bytes; `problem` says why its manifest can't be read, else None."""

    id: str
    created: datetime
    inputs_hash: str
    counts: Mapping[str, Any]  # any JSON, as the filler gave it
    size: int
    current: bool
    published: bool
    problem: str | None = None


class Shelf:
    """The releases of one home folder, for reading. Keep it as long as a copy it opened is in use."""

    def __init__(self, home: Path, *, disk: Disk | None = None) -> None:
        self._home, self._disk = home, disk or Disk()
        self._root, self._pointer, self._log = home / "releases", home / "CURRENT", home / "log.jsonl"
        self._copies = Scratch(home / "copies", "*", self._disk)

    def current(self) -> str:
        """The id of the served release.

        Raises:
            ReleaseError: nothing is published yet, or CURRENT is damaged.
        """
        with refusing("公開中の資料の確認", self._pointer):
            try:
                found = self._pointer.read_bytes().removesuffix(b"\n").decode("ascii", "replace")
            except FileNotFoundError:
                raise ReleaseError(
                    "まだ公開された資料がありません。"
                    "`ictnavi corpus build` と `ictnavi release publish` を実行してください"
                ) from None
            there = ID.fullmatch(found) and (self._root / found).is_dir()
        if not there:
            raise ReleaseError(
                f"{self._pointer} が指す資料の版がありません。`ictnavi release publish ID` で公開し直してください"
            )
        return found

    def changed(self, since: str) -> bool:
        """Whether another release than `since` is served now; one small read. A damaged CURRENT is no change."""
        with suppress(ReleaseError, StorageError):
            return self.current() != since
        return False

    def folder(self, release_id: str) -> Path:
        """Where a release lies: for reading plain files only; what writes while it reads opens a copy.

        Raises:
            ReleaseError: there is no such release.
        """
        path = self._root / release_id
        if not ID.fullmatch(release_id) or not path.is_dir():
            raise ReleaseError(f"資料の版「{release_id}」はありません。`ictnavi release list` で確かめてください")
        return path

    def manifest(self, release_id: str) -> Manifest:
        """What a release says of itself; its files are not read.

        Raises:
            ReleaseError: there is no such release, or its manifest is missing, damaged or of an unknown format.
        """
        with refusing("資料の版の確認", self._root):
            return read_manifest(self.folder(release_id))

    def releases(self) -> tuple[ReleaseInfo, ...]:
        """Every finished release, newest first."""
        with refusing("資料の版の一覧", self._root):
            current = self._find_current()
            served = rank_served(read_entries(self._log), current)
            return tuple(self._describe(id_, current=current, served=served) for id_ in self._list_ids())

    def newest_candidate(self) -> ReleaseInfo | None:
        """The newest release that was never published and is newer than the served one, by the time in its id.

        Where none is served, simply the newest.
        """
        current, infos = self._find_current(), self.releases()
        if current is None:
            return infos[0] if infos else None
        return next((info for info in infos if not info.published and info.id > current), None)

    def verify(self, release_id: str, check: Check | None = None) -> None:
        """Compare every file with the manifest; then let `check` open a private copy, and note that it passed.

        Raises:
            ReleaseError: the release is missing, damaged or incomplete; the file is named. And what `check` raises.
        """
        with refusing("資料の版の確認", self._root / release_id):
            if check is None:
                folder = self.folder(release_id)
                verify_files(folder, read_manifest(folder))
                return
            copy = self.open_copy(release_id)
            try:
                check(copy)
            except BaseException:
                with suppress(OSError):  # what the check found matters more than its mark
                    self._disk.remove(self._mark(release_id))
                raise
            finally:
                self.close_copy(copy)
            self.mark_checked(release_id)

    def checked(self, release_id: str) -> bool:
        """Whether the expensive check has passed on exactly this release."""
        with refusing("確認済みの印の確認", self._mark(release_id)):
            try:
                return self._mark(release_id).read_bytes() == self.manifest(release_id).sha256.encode("ascii")
            except FileNotFoundError:
                return False

    def mark_checked(self, release_id: str) -> None:
        """Note that the expensive check has passed, so that later opens can skip it."""
        with refusing("確認済みの印の記録", self._mark(release_id)):
            self._disk.make_folder(self._mark(release_id).parent)
            self._disk.write(self._mark(release_id), self.manifest(release_id).sha256.encode("ascii"))

    def open_copy(self, release_id: str) -> Path:
        """A private copy of a release, each file compared while it was copied; held until `close_copy` or the end.

        Raises:
            ReleaseError: the release is missing, damaged or incomplete; the file is named.
            StorageError: the copy can't be written.
        """
        manifest = self.manifest(release_id)
        with suppress(OSError):  # what can't be swept is no reason not to answer
            self._copies.sweep()
        with refusing("資料の控えの作成", self._home / "copies"):
            token = f"{manifest.sha256[:8]}-{os.getpid()}-{secrets.token_hex(4)}"
            copy = self._copies.claim(f"{release_id}-{token}")
            try:
                self._disk.make_folder(copy)
                copy_verified(self.folder(release_id), copy, manifest, self._disk)
            except BaseException:
                self._copies.discard(copy)
                raise
            return copy

    def close_copy(self, copy: Path) -> None:
        """Remove a copy that was opened here; what can't be removed is swept later."""
        self._copies.discard(copy)

    def _find_current(self) -> str | None:
        with suppress(ReleaseError):
            return self.current()
        return None

    def _list_ids(self) -> tuple[str, ...]:
        found = self._root.iterdir() if self._root.is_dir() else ()
        return tuple(sorted((p.name for p in found if ID.fullmatch(p.name) and p.is_dir()), reverse=True))

    def _describe(self, release_id: str, *, current: str | None, served: tuple[str, ...]) -> ReleaseInfo:
        manifest, problem = None, None
        try:
            manifest = read_manifest(self._root / release_id)
        except ReleaseError as error:
            problem = str(error)
        return ReleaseInfo(
            id=release_id,
            created=manifest.created if manifest else _read_time(release_id),
            inputs_hash=manifest.inputs_hash if manifest else "",
            counts=manifest.counts if manifest else {},
            size=manifest.size if manifest else 0,
            current=release_id == current,
            published=release_id in served,
            problem=problem,
        )

    def _mark(self, release_id: str) -> Path:
        return self._home / "checked" / release_id


def _read_time(release_id: str) -> datetime:
    return datetime.strptime(release_id.partition("-")[0], TIME).replace(tzinfo=UTC)
