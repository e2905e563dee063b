"""The form of a backup: a zip and its index, opened and described; whatever is wrong with it is one sentence."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rag.parse.detect import ZIP_DAMAGE
from rag.releases.disk import refusing
from rag.types import ContentError

FORMAT = 1
INDEX = "backup.json"
BLOCK = 1 << 20
DAMAGE = (*ZIP_DAMAGE, TypeError, OverflowError)

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
class Entry:
    """One file: its size in bytes and its hash."""

    size: int
    sha256: str


def read_backup(source: Path) -> Backup:
    """What a backup says of itself; its files are not looked at. Raises ContentError where it is none."""
    with refusing("バックアップの確認", source), opening(source) as archive:
        return describe(archive, source)[0]


class opening:
    """A zip to read; whatever is wrong with it is one sentence."""

    def __init__(self, source: Path) -> None:
        self._source = source

    def __enter__(self) -> zipfile.ZipFile:
        try:
            self._archive = zipfile.ZipFile(self._source)
        except FileNotFoundError:
            raise ContentError("ファイルがありません", path=str(self._source)) from None
        except DAMAGE:
            raise damaged(self._source) from None
        return self._archive

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._archive.close()
        if isinstance(error, DAMAGE):
            raise damaged(self._source) from error


def damaged(source: Path) -> ContentError:
    """The one sentence on a file that is no backup, or a broken one."""
    return ContentError("バックアップではないか、壊れています。別のバックアップを使ってください", path=str(source))


def describe(archive: zipfile.ZipFile, source: Path) -> tuple[Backup, Mapping[str, Entry]]:
    """What the index says: the whole, and each file by name."""
    try:
        found = json.loads(archive.read(INDEX))
        if found["format"] != FORMAT:
            raise ContentError(
                f"バックアップの形式 {found['format']} は読めません(読めるのは {FORMAT})", path=str(source)
            )
        entries = {str(n): Entry(size=int(size), sha256=str(sha)) for n, (size, sha) in found["files"].items()}
        backup = Backup(
            path=source,
            created=datetime.fromisoformat(found["created"]),
            release=found["release"],
            files=len(entries),
            bytes=sum(e.size for e in entries.values()),
        )
    except (*DAMAGE, AttributeError):
        raise damaged(source) from None
    return backup, entries
