"""Every change the release store makes on disk goes through `Disk.perform`.

In: paths and bytes. Out: files that are on storage when the call returns. It decides nothing; the order of the steps
is the store's. `FailingDisk` is the shipped fake: it fails at one chosen step, so that a test can walk through all.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypeVar

from rag.types import StorageError

Step = Literal["folder", "write", "append", "copy", "sync", "rename", "replace", "remove"]
Result = TypeVar("Result")

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class Disk:
    """The real disk. Whoever replaces it overrides `perform` alone."""

    def perform(self, step: Step, path: Path, effect: Callable[[], Result]) -> Result:
        """Carry out one change; `step` and `path` say which."""
        return effect()

    def make_folder(self, path: Path) -> None:
        """Create a folder and what leads to it, for good; an existing one is fine."""
        if path.is_dir():
            return
        self.make_folder(path.parent)
        self.perform("folder", path, lambda: path.mkdir(exist_ok=True))
        self.sync(path.parent)

    def write(self, path: Path, data: bytes) -> None:
        """Write a file; `sync` makes it last."""
        self.perform("write", path, lambda: path.write_bytes(data))

    def append(self, path: Path, line: bytes) -> None:
        """Add a whole line; what a killed writer left unfinished at the end goes first."""
        new = not path.exists()
        whole = 0 if new else path.read_bytes().rfind(b"\n") + 1
        self.perform("append", path, lambda: _append(path, whole, line))
        self.sync(path)
        if new:
            self.sync(path.parent)

    def sync(self, path: Path) -> None:
        """Wait until a file or a folder is on storage."""
        self.perform("sync", path, lambda: _sync(path))

    def sync_tree(self, folder: Path) -> None:
        """Wait until everything in a folder is on storage, the innermost first."""
        for place, _, names in os.walk(folder, topdown=False):
            for name in sorted(names):
                self.sync(Path(place) / name)
            self.sync(Path(place))

    def move(self, old: Path, new: Path) -> None:
        """Rename a folder within its parent, for good."""
        self.perform("rename", new, lambda: old.rename(new))
        self.sync(new.parent)

    def replace(self, path: Path, data: bytes) -> None:
        """Exchange a file's content in one step: readers see the old bytes or the new ones, never a mixture."""
        draft = path.with_name(f".{path.name}.new")
        self.write(draft, data)
        self.sync(draft)
        self.perform("replace", path, lambda: draft.replace(path))
        self.sync(path.parent)

    def remove(self, path: Path) -> None:
        """Remove a file or a folder with all it holds; one that is gone already is fine."""
        if path.is_dir() and not path.is_symlink():
            self.perform("remove", path, lambda: shutil.rmtree(path))
        elif path.is_symlink() or path.exists():
            self.perform("remove", path, lambda: path.unlink(missing_ok=True))


class FailingDisk(Disk):
    """Fails at step `at` (from 1): before it is carried out, or after (`torn`), when a write or removal is half done.

    With `lasting`, every later step fails too, as on a disk that stays full. `steps` counts what was asked for.
    """

    def __init__(self, at: int, *, code: int = errno.ENOSPC, torn: bool = False, lasting: bool = False) -> None:
        self.at, self.code, self.torn, self.lasting = at, code, torn, lasting
        self.steps = 0

    def perform(self, step: Step, path: Path, effect: Callable[[], Result]) -> Result:
        """Carry the step out, or fail in its place."""
        self.steps += 1
        if self.steps != self.at and not (self.lasting and self.steps > self.at):
            return effect()
        if self.torn and self.steps == self.at:
            self._tear(step, path, effect)
        raise OSError(self.code, os.strerror(self.code), str(path))

    def _tear(self, step: Step, path: Path, effect: Callable[[], Result]) -> None:
        if step == "remove" and path.is_dir():
            for file in [file for file in path.rglob("*") if file.is_file()][:1]:
                file.unlink()
            return
        effect()
        if step in ("write", "append", "copy"):
            size = path.stat().st_size
            os.truncate(path, size - 1 if step == "append" else size // 2)


@contextmanager
def refusing(action: str, path: Path) -> Iterator[None]:
    """Turn what the disk refuses into one sentence; what a network refuses (fill may use one) passes.

    Raises:
        StorageError: the disk is full, not writable, or gone.
    """
    try:
        yield
    except (ConnectionError, TimeoutError):
        raise
    except OSError as error:
        raise StorageError(_explain(error, action, error.filename or path)) from error


def _explain(error: OSError, action: str, path: object) -> str:
    if error.errno in FULL:
        cause = f"ディスクの空き容量が足りません({path})。不要なファイルを消して、もう一度実行してください"
    elif error.errno in FORBIDDEN:
        cause = f"{path} に書き込めません。フォルダーの権限と ICTNAVI_HOME の設定を確かめてください"
    else:
        cause = f"{path} を読み書きできません({error.strerror or error})。ICTNAVI_HOME の設定を確かめてください"
    return f"{action}ができませんでした: {cause}"


def _append(path: Path, whole: int, line: bytes) -> None:
    with path.open("ab") as file:
        file.truncate(whole)
        file.write(line)


def _sync(path: Path) -> None:
    if os.name == "nt" and path.is_dir():  # Windows can't open a folder, and keeps its names safe by itself
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
