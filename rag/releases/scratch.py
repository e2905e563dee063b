"""Folders that live as long as the process that uses them: builds under way, removals under way, private copies.

In: a name. Out: a path held by a lock file beside it. The operating system frees the lock however the process ends,
so that a sweep recognises what a killed process left behind, even where process numbers repeat (containers).
It does not make or fill the folders.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from rag.releases.disk import Disk

LOCK = ".lock"
CLAIM_SECONDS = 10.0  # a sweep may look at a lock file before its maker holds it


class Scratch:
    """The held folders of one parent folder; `pattern` tells them from others in it."""

    def __init__(self, parent: Path, pattern: str, disk: Disk) -> None:
        self._parent, self._pattern, self._disk = parent, pattern, disk
        self._held: dict[Path, FileLock] = {}

    def claim(self, name: str) -> Path:
        """Hold a name that nobody else uses. The folder is the caller's to make."""
        self._disk.make_folder(self._parent)
        path = self._parent / name
        lock = _lock_beside(path)
        lock.acquire(timeout=CLAIM_SECONDS)
        self._held[path] = lock
        return path

    def discard(self, path: Path) -> None:
        """Remove a folder and let its name go. What can't be removed now is left to a sweep, so nothing is raised."""
        lock = self._held.pop(path, None)
        with suppress(OSError):
            self._disk.remove(path)
            self._disk.remove(_lock_path(path))
        if lock is not None:
            lock.release()

    def find(self) -> tuple[Path, ...]:
        """All folders here, held or left behind."""
        names = {path.name.removesuffix(LOCK) for path in self._parent.glob(self._pattern)}
        return tuple(self._parent / name for name in sorted(names))

    def sweep(self) -> None:
        """Remove what is no longer held. Raises OSError where the disk refuses."""
        for path in self.find():
            if path not in self._held:
                self._remove_left_behind(path)

    def _remove_left_behind(self, path: Path) -> None:
        lock = _lock_beside(path)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return
        try:
            self._disk.remove(path)
            self._disk.remove(_lock_path(path))
        finally:
            lock.release()


def _lock_path(path: Path) -> Path:
    return path.with_name(path.name + LOCK)


def _lock_beside(path: Path) -> FileLock:
    # Not bound to a thread: a server opens a copy in one thread and lets it go in another.
    return FileLock(_lock_path(path), thread_local=False)
