"""What a process uses (processor, memory, threads, open files), as Linux tells it, and where it may run.

Away from Linux nothing can be pinned and only memory is read; the figures say so.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.serving import read_memory

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One look at a process: seconds of the monotonic clock, seconds of processor, MiB, and counts."""

    at: float
    cpu: float
    memory: float
    threads: int
    files: int


def read_process(process_id: int) -> Reading:
    """The process now; ends the run where it has died."""
    folder = Path(f"/proc/{process_id}")
    try:
        fields = (folder / "stat").read_text("ascii").rpartition(")")[2].split()
        files = sum(1 for _ in (folder / "fd").iterdir())
        memory = read_memory(process_id)
    except (OSError, ValueError):
        raise SystemExit("サーバーが落ちました") from None
    return Reading(
        at=time.monotonic(),
        cpu=(int(fields[11]) + int(fields[12])) / TICKS,
        memory=memory,
        threads=int(fields[17]),
        files=files,
    )


def share_of_core(before: Reading, after: Reading) -> float:
    """Per cent of one core used between two readings."""
    return 100 * (after.cpu - before.cpu) / max(after.at - before.at, 1e-9)


@contextmanager
def pinned() -> Iterator[tuple[int, int] | None]:
    """This process on one core until the block ends: its core and the server's; None where that can't be done."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(cores) < 2:
        yield None
        return
    try:
        os.sched_setaffinity(0, {cores[0]})
        yield cores[0], cores[1]
    finally:
        os.sched_setaffinity(0, cores)
