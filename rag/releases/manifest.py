"""What a release consists of: its manifest, and the comparison of its files with it.

In: a folder. Out: a `Manifest`, or a ReleaseError that names the file which is missing, foreign or changed. It writes
nothing but the files of a copy, and knows no order of releases.

The manifest guards itself too: its last key is the SHA-256 of the rest, and its bytes must be exactly what this
module would write, so that one flipped bit anywhere in a release is found.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from rag.releases.disk import Disk
from rag.types import ReleaseError

FORMAT = 1
NAME = "manifest.json"
OWN_KEYS = frozenset({"format", "id", "created", "inputs_hash", "files", "sha256"})
BLOCK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class FileRecord:
    """A file's size in bytes and the SHA-256 of its content, in hex."""

    size: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A release in words. `files` is keyed by path, with slashes; `details` is what the filler had to say (JSON)."""

    id: str
    created: datetime
    inputs_hash: str
    files: Mapping[str, FileRecord]
    details: Mapping[str, Any]  # any JSON: settings, versions and counts belong to whoever filled the release

    def __post_init__(self) -> None:
        """Refuse details that would hide the manifest's own keys, and a file in the manifest's place."""
        if hidden := OWN_KEYS & self.details.keys():
            raise ValueError(f"details must not use {sorted(hidden)}")
        if NAME in self.files:
            raise ValueError(f"{NAME} is written by the store")

    @property
    def counts(self) -> Mapping[str, Any]:
        """`details["counts"]`, empty where the filler gave none."""
        counts: Mapping[str, Any] = self.details.get("counts", {})
        return counts

    @property
    def size(self) -> int:
        """Bytes of all files, the manifest left out."""
        return sum(record.size for record in self.files.values())

    @cached_property
    def sha256(self) -> str:
        """The hash of everything the manifest says, and by that of the whole release."""
        return hashlib.sha256(_dump(self._body())).hexdigest()

    def to_bytes(self) -> bytes:
        """The manifest as it is stored."""
        return _dump({**self._body(), "sha256": self.sha256})

    def _body(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "id": self.id,
            "created": self.created.isoformat(),
            "inputs_hash": self.inputs_hash,
            "files": {name: {"size": r.size, "sha256": r.sha256} for name, r in self.files.items()},
            **self.details,
        }


def describe(folder: Path) -> dict[str, FileRecord]:
    """Size and hash of every file in a folder, the manifest left out."""
    return {name: _read_record(path) for name, path in _list_files(folder).items()}


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a release, proven to be as it was written; the files are not looked at.

    Raises:
        ReleaseError: it is missing, damaged, of an unknown format, or another release's.
    """
    path = folder / NAME
    try:
        raw = path.read_bytes()
        found = json.loads(raw)
    except (FileNotFoundError, NotADirectoryError):
        raise ReleaseError(f"資料の版 {folder.name} に {NAME} がありません。別の版を公開してください") from None
    except ValueError:  # not UTF-8, or not JSON
        raise _damaged(path) from None
    if isinstance(found, dict) and found.get("format") != FORMAT:
        raise ReleaseError(
            f"{path} の形式 {found.get('format')} は読めません(読めるのは {FORMAT})。資料を作り直してください"
        )
    manifest = _parse(found, path)
    if manifest.to_bytes() != raw:
        raise _damaged(path)
    if manifest.id != folder.name:
        raise ReleaseError(f"{path} は版 {manifest.id} のものです。フォルダーの名前を元に戻してください")
    return manifest


def verify_files(folder: Path, manifest: Manifest) -> None:
    """Read every file once and compare it.

    Raises:
        ReleaseError: a file is missing, extra or changed; the first one is named.
    """
    for name, path in _match_names(folder, manifest).items():
        _compare(path, _read_record(path), manifest.files[name])


def copy_verified(folder: Path, target: Path, manifest: Manifest, disk: Disk) -> None:
    """Copy a release into an empty folder, comparing each file while it is copied. Raises as `verify_files`."""
    for name, path in _match_names(folder, manifest).items():
        _compare(path, _copy(path, target / name, disk), manifest.files[name])
    disk.write(target / NAME, manifest.to_bytes())


def _list_files(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not (path.is_dir() or path.is_file()):
            raise ReleaseError(f"{path} は普通のファイルではありません。取り除いてください")
        if path.is_file() and path != folder / NAME:
            found[path.relative_to(folder).as_posix()] = path
    return found


def _match_names(folder: Path, manifest: Manifest) -> dict[str, Path]:
    found = _list_files(folder)
    for name in sorted(manifest.files.keys() - found.keys()):
        raise ReleaseError(f"資料の版 {folder.name} のファイル {name} がありません。別の版を公開してください")
    for name in sorted(found.keys() - manifest.files.keys()):
        raise ReleaseError(f"資料の版 {folder.name} に覚えのないファイル {name} があります。取り除いてください")
    return found


def _compare(path: Path, found: FileRecord, expected: FileRecord) -> None:
    if found.size != expected.size:
        raise ReleaseError(
            f"{path} の大きさが違います({found.size}、正しくは {expected.size} バイト)。別の版を公開してください"
        )
    if found.sha256 != expected.sha256:
        raise ReleaseError(f"{path} の中身が作成時と違います。別の版を公開してください")


def _read_record(path: Path) -> FileRecord:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            size += len(block)
    return FileRecord(size=size, sha256=digest.hexdigest())


def _copy(path: Path, place: Path, disk: Disk) -> FileRecord:
    def effect() -> FileRecord:
        place.parent.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        with path.open("rb") as file, place.open("wb") as copy:
            while block := file.read(BLOCK):
                copy.write(block)
                digest.update(block)
                size += len(block)
        return FileRecord(size=size, sha256=digest.hexdigest())

    return disk.perform("copy", place, effect)


def _parse(found: Any, path: Path) -> Manifest:  # JSON as read: any shape
    try:
        files = {name: FileRecord(size=r["size"], sha256=r["sha256"]) for name, r in found["files"].items()}
        return Manifest(
            id=found["id"],
            created=datetime.fromisoformat(found["created"]),
            inputs_hash=found["inputs_hash"],
            files=files,
            details={key: value for key, value in found.items() if key not in OWN_KEYS},
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        raise _damaged(path) from None


def _dump(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, indent=1, sort_keys=True, allow_nan=False).encode("ascii") + b"\n"


def _damaged(path: Path) -> ReleaseError:
    return ReleaseError(f"{path} が壊れています。別の版を公開してください")
