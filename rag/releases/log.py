"""The store's log, and which release was served before which.

In: lines of `log.jsonl`. Out: entries, oldest first, and the order in which releases were served. It judges no files
and changes no release. A last line without its end is a killed writer's and counts as never written.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, get_args

from rag.releases.disk import Disk
from rag.types import ReleaseError

Action = Literal["publish", "rollback", "purge"]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One act. `id` is a release, or the document that was purged; then `releases` are those that went with it."""

    time: datetime
    action: Action
    id: str
    reason: str | None = None
    releases: tuple[str, ...] = ()


def append_entry(path: Path, entry: Entry, disk: Disk) -> None:
    """Add an entry; it is on storage when this returns."""
    line = {
        "time": entry.time.isoformat(),
        "action": entry.action,
        "id": entry.id,
        "reason": entry.reason,
        "releases": list(entry.releases),
    }
    disk.append(path, json.dumps(line).encode("ascii") + b"\n")


def read_entries(path: Path) -> tuple[Entry, ...]:
    """All whole entries, oldest first; none where there is no log.

    Raises:
        ReleaseError: a line is damaged; file and line are named.
    """
    try:
        lines = path.read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return ()
    return tuple(_parse(line, f"{path}:{number}") for number, line in enumerate(lines, start=1))


def trace_served(entries: Sequence[Entry], current: str | None) -> tuple[str, ...]:
    """Which releases led to the current one, oldest first; a rollback takes back what was published since.

    `current` settles the end: a writer killed between CURRENT and the log left an act unwritten.
    """
    stack: list[str] = []
    for entry in entries:
        if entry.action == "publish" and stack[-1:] != [entry.id]:
            stack.append(entry.id)
        elif entry.action == "rollback":
            _return_to(entry.id, stack)
    if current is not None and stack[-1:] != [current]:
        _return_to(current, stack)
    return tuple(stack)


def rank_served(entries: Sequence[Entry], current: str | None) -> tuple[str, ...]:
    """Every release that was ever served, the latest served first."""
    served = [entry.id for entry in entries if entry.action != "purge"]
    if current is not None:
        served.append(current)
    return tuple(dict.fromkeys(reversed(served)))


def _return_to(release_id: str, stack: list[str]) -> None:
    if release_id in stack:
        while stack[-1] != release_id:
            stack.pop()
    else:
        stack.append(release_id)


def _parse(line: bytes, place: str) -> Entry:
    try:
        found = json.loads(line)
        if found["action"] not in get_args(Action):
            raise ValueError(found["action"])
        return Entry(
            time=datetime.fromisoformat(found["time"]),
            action=found["action"],
            id=found["id"],
            reason=found["reason"],
            releases=tuple(found["releases"]),
        )
    except (KeyError, TypeError, ValueError):
        raise ReleaseError(f"{place}: 公開の記録のこの行が壊れています。この行を消してください") from None
