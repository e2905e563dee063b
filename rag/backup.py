"""The whole data folder as one file that proves itself, and back.

In: a data folder and a file's name, or such a file. Out: a zip with every file but locks, private copies and caches,
and an index of sizes and hashes; or the folder restored from it. A backup waits until nobody publishes. A restore
unpacks beside the folder, proves every byte and the served release, and only then changes names: what was there before
is kept under another name, always. It knows nothing of what the files mean, releases apart.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO

from rag.releases import Disk, ReleaseStore
from rag.releases.disk import refusing
from rag.types import ContentError, ReleaseError, SettingError, StorageError

FORMAT = 1
INDEX = "backup.json"
LEFT_OUT = frozenset({"copies", "cache"})  # folders at the top that are made anew by themselves
_LEFT_OUT_ENDINGS = (".lock", "-wal", "-shm", "-journal")
_BLOCK = 1 << 20
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    ValueError,
    TypeError,
    NotImplementedError,
    OverflowError,
)
_SQLITE = b"SQLite format 3\0"

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class Backup:
    """What a backup holds. `release` is the served one, None where nothing is published; `bytes` are unpacked ones."""

    path: Path
    created: datetime
    release: str | None
    files: int
    bytes: int


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What a restore did. `kept` is where the folder that was there before lies now, None where there was none."""

    backup: Backup
    kept: Path | None


@dataclass(frozen=True, kw_only=True)
class _Entry:
    size: int
    sha256: str


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
    entries: dict[str, _Entry] = {}
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


def _pack(archive: zipfile.ZipFile, name: str, path: Path) -> _Entry:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file, archive.open(zipfile.ZipInfo.from_file(path, name), "w", force_zip64=True) as member:
        while block := file.read(_BLOCK):
            member.write(block)
            digest.update(block)
            size += len(block)
    return _Entry(size=size, sha256=digest.hexdigest())


def _served(home: Path) -> str | None:
    try:
        return ReleaseStore(home).current()
    except ReleaseError:
        return None


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


def read_backup(source: Path) -> Backup:
    """What a backup says of itself; its files are not looked at. Raises ContentError where it is none."""
    with refusing("バックアップの確認", source), _opening(source) as archive:
        return _describe(archive, source)[0]


def _unpack(source: Path, fresh: Path, progress: Progress) -> Backup:
    with _opening(source) as archive:
        backup, entries = _describe(archive, source)
        _refuse_names(archive, entries, source)
        fresh.mkdir()
        for done, (name, entry) in enumerate(entries.items()):
            progress("restore", done, len(entries))
            _extract(archive, name, entry, fresh, source)
        progress("restore", len(entries), len(entries))
    return backup


class _opening:
    """A zip to read; whatever is wrong with it is one sentence."""

    def __init__(self, source: Path) -> None:
        self._source = source

    def __enter__(self) -> zipfile.ZipFile:
        try:
            self._archive = zipfile.ZipFile(self._source)
        except FileNotFoundError:
            raise ContentError("ファイルがありません", path=str(self._source)) from None
        except _DAMAGE:
            raise _damaged(self._source) from None
        return self._archive

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._archive.close()
        if isinstance(error, _DAMAGE):
            raise _damaged(self._source) from error


def _damaged(source: Path) -> ContentError:
    return ContentError("バックアップではないか、壊れています。別のバックアップを使ってください", path=str(source))


def _describe(archive: zipfile.ZipFile, source: Path) -> tuple[Backup, Mapping[str, _Entry]]:
    try:
        found = json.loads(archive.read(INDEX))
        if found["format"] != FORMAT:
            raise ContentError(
                f"バックアップの形式 {found['format']} は読めません(読めるのは {FORMAT})", path=str(source)
            )
        entries = {str(n): _Entry(size=int(size), sha256=str(sha)) for n, (size, sha) in found["files"].items()}
        backup = Backup(
            path=source,
            created=datetime.fromisoformat(found["created"]),
            release=found["release"],
            files=len(entries),
            bytes=sum(e.size for e in entries.values()),
        )
    except (*_DAMAGE, AttributeError):
        raise _damaged(source) from None
    return backup, entries


def _refuse_names(archive: zipfile.ZipFile, entries: Mapping[str, _Entry], source: Path) -> None:
    """Exactly the indexed files, each a plain one within the folder."""
    members = archive.infolist()
    names = [m.filename for m in members]
    if len(set(names)) != len(names) or set(names) != {*entries, INDEX}:
        raise _damaged(source)
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


def _extract(archive: zipfile.ZipFile, name: str, entry: _Entry, fresh: Path, source: Path) -> None:
    place = fresh / name
    place.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with archive.open(name) as member, place.open("xb") as file:
        while block := _next(member, entry.size - size):
            file.write(block)
            digest.update(block)
            size += len(block)
    if size != entry.size or digest.hexdigest() != entry.sha256:
        raise _damaged(source)


def _next(member: IO[bytes], left: int) -> bytes:
    """The next block; one byte more than announced is damage, so that a bomb ends at once."""
    block = member.read(min(_BLOCK, left + 1))
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
