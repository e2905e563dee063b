"""What was done in the console: time, user, action, result, one JSON line each, only ever appended.

ICTNAVI_HOME/audit.jsonl, which only its owner may read. No question, password or token comes here. An action whose
line can't be written is refused or said to be unrecorded by the caller; nothing is lost in silence.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from rag.types import StorageError
from ui.staff.words import say

DONE = "ok"
FILE = "audit.jsonl"
MOST_DETAIL = 300


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One act; `at` is UTC, ISO 8601. `result` is "ok", or why not."""

    at: str
    user: str
    action: str
    detail: str
    result: str


class Audit:
    """The log of one data folder; safe to use from many threads. Making one touches nothing."""

    def __init__(self, home: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.path, self.now = home / FILE, now
        self._lock = Lock()

    def note(self, user: str, action: str, *, detail: str = "", result: str = DONE) -> None:
        """Add a line; it is on storage when this returns.

        Raises:
            StorageError: it can't be written.
        """
        at = self.now().isoformat(timespec="seconds")
        entry = Entry(at=at, user=user, action=action, detail=detail[:MOST_DETAIL], result=result[:MOST_DETAIL])
        line = json.dumps(asdict(entry), ensure_ascii=False).encode() + b"\n"
        try:
            with self._lock:
                descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                try:
                    os.write(descriptor, line)
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
        except OSError as error:
            raise StorageError(f"操作の記録 {self.path} に書けません({error.strerror})") from error

    def read(self, last: int = 200) -> tuple[Entry, ...]:
        """The last entries, newest first; a damaged line is shown as such.

        Raises:
            StorageError: the file can't be read.
        """
        try:
            lines = self.path.read_bytes().splitlines()[-last:]
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise StorageError(f"操作の記録 {self.path} を読めません({error.strerror})") from error
        return tuple(_parse(line) for line in reversed(lines))


def _parse(line: bytes) -> Entry:
    try:
        entry = Entry(**json.loads(line))
        datetime.fromisoformat(entry.at)
    except (ValueError, TypeError):
        return Entry(at="", user="", action="", detail="", result=say("state.broken_line"))
    return entry
