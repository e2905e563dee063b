"""The pages as they were when they were last good, kept on the recruiter's machine: `home/snapshots/<source id>/`.

In: bytes as fetched. Out: what was kept, and how it reads. A page's folder changes in one step (`state.json` is
replaced), so that a process killed at any moment leaves the old state or the new one; what no state names is swept the
next time. It judges nothing: whether a page is good is known before it comes here.

    state.json      the last good page, the baseline for drift, the last outcome
    <hash16>.page   the bytes of a page
    <hash16>.json   how they read, by which readers
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from rag.fetch import Validators
from rag.parse.child import Request, parse_apart, parser_version, read_document, write_document
from rag.releases.disk import Disk, refusing
from rag.types import ContentError, Document, StorageError

LOCK_SECONDS = 5.0
_STATE = "state.json"


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A page that was good: its bytes' name, and what a reader needs to know of them. `fetched_at` is UTC, ISO."""

    content: str
    name: str
    charset: str | None
    fetched_at: str


@dataclass(frozen=True, kw_only=True)
class State:
    """What is known of a source's page. `baseline` is what our statements were checked against."""

    source_id: str
    url: str
    good: Kept | None = None
    baseline: Kept | None = None
    validators: Validators = field(default_factory=Validators)
    outcome: str = ""
    detail: str = ""
    checked_at: str = ""


_STATES = TypeAdapter(State)


class Snapshots:
    """The kept pages of one data folder."""

    def __init__(self, home: Path, *, disk: Disk | None = None) -> None:
        self._root, self._disk = home / "snapshots", disk or Disk()

    @contextmanager
    def lock(self) -> Iterator[None]:
        """One refresh at a time; the system frees the lock of a killed one.

        Raises:
            StorageError: another refresh is at work.
        """
        with refusing("更新の準備", self._root):
            self._disk.make_folder(self._root)
            lock = FileLock(self._root / ".lock", timeout=LOCK_SECONDS, thread_local=False)
            try:
                lock.acquire()
            except Timeout:
                raise StorageError("ほかの更新が動いています。終わってから、もう一度実行してください") from None
        try:
            yield
        finally:
            lock.release()

    def state(self, source_id: str, url: str) -> State:
        """What is known; a fresh state where nothing is, or where what is there can't be read."""
        with suppress(OSError, ValueError, ValidationError):
            found = _STATES.validate_python(json.loads((self._folder(source_id) / _STATE).read_bytes()))
            if found.url == url:
                return found
        return State(source_id=source_id, url=url)

    def states(self) -> tuple[State, ...]:
        """Everything that is known, by source id."""
        if not self._root.is_dir():
            return ()
        found = []
        for folder in sorted(p for p in self._root.iterdir() if p.is_dir()):
            with suppress(OSError, ValueError, ValidationError):
                found.append(_STATES.validate_python(json.loads((folder / _STATE).read_bytes())))
        return tuple(found)

    def keep(self, source_id: str, data: bytes, document: Document, kept: Kept) -> None:
        """Write a page's bytes and reading beside what is there; `save` makes it count."""
        folder = self._folder(source_id)
        with refusing("ページの控え", folder):
            self._disk.make_folder(folder)
            self._disk.replace(folder / kept.content, data)
            self._note(folder, kept, document)

    def save(self, state: State) -> None:
        """Make a state count, then remove what it no longer names."""
        folder = self._folder(state.source_id)
        with refusing("ページの控え", folder):
            self._disk.make_folder(folder)
            self._disk.replace(folder / _STATE, json.dumps(asdict(state), ensure_ascii=False, indent=1).encode())
            named = {Path(k.content).stem for k in (state.good, state.baseline) if k}
            for path in folder.iterdir():
                if path.name != _STATE and path.stem not in named:
                    self._disk.remove(path)

    def data(self, source_id: str, kept: Kept) -> bytes | None:
        """The bytes of a kept page; None where they are gone or damaged."""
        try:
            data = (self._folder(source_id) / kept.content).read_bytes()
        except OSError:
            return None
        return data if name_content(data) == kept.content else None

    def document(self, source_id: str, kept: Kept) -> Document | None:
        """How a kept page reads; None where its bytes are gone or can't be read any more."""
        folder = self._folder(source_id)
        with suppress(OSError, ValueError, KeyError, TypeError):
            noted = json.loads((folder / _reading(kept)).read_bytes())
            if noted["key"] == _key(kept):
                return read_document(noted["document"])
        data = self.data(source_id, kept)
        if data is None:
            return None
        try:
            document = parse_apart(data, request_for(source_id, kept.name, kept.charset))
        except ContentError:
            return None
        with suppress(OSError):
            self._note(folder, kept, document)
        return document

    def forget(self, source_id: str) -> bool:
        """Remove every byte of a source's page; False where there is none."""
        folder = self._folder(source_id)
        if not folder.is_dir():
            return False
        with refusing("ページの控えの削除", folder):
            self._disk.remove(folder)
        return True

    def _folder(self, source_id: str) -> Path:
        return self._root / Path(source_id).name

    def _note(self, folder: Path, kept: Kept, document: Document) -> None:
        noted: dict[str, Any] = {"key": _key(kept), "document": write_document(document)}
        self._disk.replace(folder / _reading(kept), json.dumps(noted).encode())


def request_for(source_id: str, name: str, charset: str | None) -> Request:
    """How a source's page is to be read."""
    return Request(name=name, document_id=f"{source_id}-original", source_id=source_id, charset=charset)


def name_content(data: bytes) -> str:
    """The name that bytes are kept under; it proves them, too."""
    return f"{sha256(data).hexdigest()[:16]}.page"


def _reading(kept: Kept) -> str:
    return f"{Path(kept.content).stem}.json"


def _key(kept: Kept) -> str:
    return f"{parser_version()} {kept.content} {kept.charset} {kept.name}"
