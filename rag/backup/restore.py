"""A data folder put back from a backup: unpacked beside it, every byte and the served release proven, then two renames.

What was there before is kept under another name, always.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO

from rag.backup.form import BLOCK, INDEX, Backup, Entry, Progress, damaged, describe, opening
from rag.releases import Disk, ReleaseStore
from rag.releases.disk import refusing
from rag.types import ContentError, StorageError


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What a restore did. `kept` is where the folder that was there before lies now, None where there was none."""

    backup: Backup
    kept: Path | None


def restore_backup(
    home: Path,
    source: Path,
    *,
    progress: Progress = lambda stage, done, total: None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Restored:
    """Put a backup in the folder's place, once every byte of it is proven. Stop the page first.

    Raises:
        ContentError: the file is no backup, or damaged; nothing has changed.
        ReleaseError: the release it serves is not whole; nothing has changed.
        StorageError: the disk refused; the former folder is there, under its own name or the one that is said.
    """
    home = home.absolute()
    fresh = home.with_name(f".{home.name}.restoring-{secrets.token_hex(4)}")
    with refusing("バックアップからの復元", source):
        Disk().make_folder(home.parent)
        try:
            backup = _unpack(source, fresh, progress)
            _prove(fresh, backup)
            Disk().sync_tree(fresh)
            kept = _exchange(home, fresh, clock())
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return Restored(backup=backup, kept=kept)


def _unpack(source: Path, fresh: Path, progress: Progress) -> Backup:
    with opening(source) as archive:
        backup, entries = describe(archive, source)
        _refuse_names(archive, entries, source)
        fresh.mkdir()
        for done, (name, entry) in enumerate(entries.items()):
            progress("restore", done, len(entries))
            _extract(archive, name, entry, fresh, source)
        progress("restore", len(entries), len(entries))
    return backup


def _refuse_names(archive: zipfile.ZipFile, entries: Mapping[str, Entry], source: Path) -> None:
    """Exactly the indexed files, each a plain one within the folder."""
    members = archive.infolist()
    names = [m.filename for m in members]
    if len(set(names)) != len(names) or set(names) != {*entries, INDEX}:
        raise damaged(source)
    for member in members:
        is_link = (member.external_attr >> 16) & 0o170000 == 0o120000
        if not _is_inside(member.filename) or is_link or member.flag_bits & 1 or member.is_dir():
            raise ContentError(
                f"データのフォルダの外を指すもの({member.filename[:60]!r})が入っているので、使いません",
                path=str(source),
            )


def _is_inside(name: str) -> bool:
    parts = PurePosixPath(name).parts
    odd = re.search(r"[\\\x00-\x1f:]", name) or name.startswith("/") or not parts
    return not odd and not {"..", ".", ""} & set(name.split("/"))


def _extract(archive: zipfile.ZipFile, name: str, entry: Entry, fresh: Path, source: Path) -> None:
    place = fresh / name
    place.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with archive.open(name) as member, place.open("xb") as file:
        while block := _next(member, entry.size - size):
            file.write(block)
            digest.update(block)
            size += len(block)
    if size != entry.size or digest.hexdigest() != entry.sha256:
        raise damaged(source)


def _next(member: IO[bytes], left: int) -> bytes:
    """The next block; one byte more than announced is damage, so that a bomb ends at once."""
    block = member.read(min(BLOCK, left + 1))
    if len(block) > left:
        raise zipfile.BadZipFile
    return block


def _prove(fresh: Path, backup: Backup) -> None:
    """The served release is there, and as its own manifest says."""
    if backup.release is not None:
        store = ReleaseStore(fresh)
        store.verify(store.current())


def _exchange(home: Path, fresh: Path, now: datetime) -> Path | None:
    """Two renames; a kill between them leaves both folders under names that say what they are."""
    kept: Path | None = None
    disk = Disk()
    if home.exists():
        kept = home.with_name(f"{home.name}.before-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}")
        disk.move(home, kept)
    try:
        disk.move(fresh, home)
    except OSError as error:
        raise StorageError(
            f"復元できませんでした({error.strerror})。前のフォルダは {kept or home} にあります"
        ) from error
    return kept
