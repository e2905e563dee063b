"""A data folder written into one file. It waits until nobody publishes; what is left out makes itself anew."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from rag.backup.form import BLOCK, FORMAT, INDEX, Backup, Entry, Progress
from rag.releases import Disk, ReleaseStore
from rag.releases.disk import refusing
from rag.types import ContentError, ReleaseError, SettingError, StorageError

LEFT_OUT = frozenset({"copies", "cache"})  # folders at the top that are made anew by themselves
_LEFT_OUT_ENDINGS = (".lock", "-wal", "-shm", "-journal")
_SQLITE = b"SQLite format 3\0"


def write_backup(
    home: Path,
    target: Path,
    *,
    progress: Progress = lambda stage, done, total: None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Backup:
    """Write the folder into a new file, which appears as a whole.

    Raises:
        SettingError: the file exists already, or lies in the folder itself.
        ContentError: there is nothing to back up.
        StorageError: the disk refused, or another process was writing for too long.
    """
    _refuse_target(home, target)
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}.new")
    with refusing("バックアップ", target):
        try:
            with ReleaseStore(home).lock(), TemporaryDirectory() as scratch:
                made = _write(home, draft, Path(scratch), clock(), progress)
            disk = Disk()
            disk.sync(draft)
            draft.rename(target)
            disk.sync(target.absolute().parent)
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
    return Backup(path=target, created=made.created, release=made.release, files=made.files, bytes=made.bytes)


def _refuse_target(home: Path, target: Path) -> None:
    if target.exists():
        raise SettingError(f"{target} はもうあります。上書きはしないので、別の名前にしてください")
    if target.resolve().is_relative_to(home.resolve()):
        raise SettingError(f"{target} はデータのフォルダの中です。外の場所にしてください")
    if not home.is_dir() or not any(home.iterdir()):
        raise ContentError("データのフォルダが空なので、写すものがありません", path=str(home))


def _write(home: Path, draft: Path, scratch: Path, now: datetime, progress: Progress) -> Backup:
    paths = list(_list_files(home))
    entries: dict[str, Entry] = {}
    with zipfile.ZipFile(draft, "x", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for done, path in enumerate(paths):
            progress("backup", done, len(paths))
            name = path.relative_to(home).as_posix()
            with suppress(FileNotFoundError):  # written and gone meanwhile: a report beyond the last thirty
                entries[name] = _pack(archive, name, _still(path, home, scratch))
        release = _served(home)
        body = {
            "format": FORMAT,
            "created": now.isoformat(),
            "release": release,
            "files": {n: [e.size, e.sha256] for n, e in entries.items()},
        }
        archive.writestr(INDEX, json.dumps(body))
    progress("backup", len(paths), len(paths))
    return Backup(
        path=draft, created=now, release=release, files=len(entries), bytes=sum(e.size for e in entries.values())
    )


def _list_files(home: Path) -> Iterator[Path]:
    for path in sorted(home.rglob("*")):
        inside = path.relative_to(home)
        unfinished = inside.parts[0] == "releases" and len(inside.parts) > 1 and inside.parts[1].startswith(".")
        if inside.parts[0] in LEFT_OUT or unfinished or path.name.endswith(_LEFT_OUT_ENDINGS):
            continue
        if path.is_file() and not path.is_symlink():
            yield path


def _still(path: Path, home: Path, scratch: Path) -> Path:
    """The file, or of a database in use a copy of one moment."""
    if path.relative_to(home).parts[0] == "releases":
        return path  # finished ones never change
    with path.open("rb") as file:
        if file.read(len(_SQLITE)) != _SQLITE:
            return path
    copy = scratch / "database"
    copy.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
    except sqlite3.Error as error:
        raise StorageError(f"データベース {path} を写せません({error})") from error
    return copy


def _pack(archive: zipfile.ZipFile, name: str, path: Path) -> Entry:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file, archive.open(zipfile.ZipInfo.from_file(path, name), "w", force_zip64=True) as member:
        while block := file.read(BLOCK):
            member.write(block)
            digest.update(block)
            size += len(block)
    return Entry(size=size, sha256=digest.hexdigest())


def _served(home: Path) -> str | None:
    try:
        return ReleaseStore(home).current()
    except ReleaseError:
        return None
