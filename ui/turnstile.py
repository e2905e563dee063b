"""How many questions are answered at once, and how many more may wait: one turnstile for the page, one for the API.

Work goes to threads, so that the loop that serves everybody never waits for it; whoever finds no room is told at once.
It knows neither questions nor clients; how often one may ask is ui/limits.py.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar, cast

import anyio

QUOTING = 4  # answers at once without a model, each of them all work
WRITING = 32  # with one, whose answers are nearly all waiting
T = TypeVar("T")
_END = object()


class Turnstile:
    """Room for `most` at a time, of which `threads` are at work; `count` is called for each that found no room."""

    def __init__(self, *, threads: int, most: int, count: Callable[[], None] = lambda: None) -> None:
        self.threads, self.most, self.count = anyio.CapacityLimiter(threads), most, count
        self.inside = 0

    @contextmanager
    def passing(self) -> Iterator[bool]:
        """Whether there is room; if so, a place is taken until the block ends."""
        if self.inside >= self.most:
            self.count()
            yield False
            return
        self.inside += 1
        try:
            yield True
        finally:
            self.inside -= 1

    async def run(self, work: Callable[[], T]) -> T:
        """What the work gives, done on a thread once one is free."""
        return await anyio.to_thread.run_sync(work, limiter=self.threads)

    async def iterate(self, parts: Iterator[T]) -> AsyncGenerator[T]:
        """The parts one by one, a thread held only while one is made; they end with this, however it ends."""
        try:
            while True:
                part = await self.run(lambda: next(parts, _END))
                if part is _END:
                    return
                yield cast("T", part)
        finally:
            with anyio.CancelScope(shield=True):  # a caller who left must not leave a model writing
                await self.run(lambda: _end(parts))


def _end(parts: object) -> None:
    """Close a generator; an iterator of another kind holds nothing."""
    close = getattr(parts, "close", None)
    if close is not None:
        close()
