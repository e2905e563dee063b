"""What a site's robots.txt says (RFC 9309, by protego), and when a host may be asked again.

In: the site's file as fetched, and a clock. Out: may a page be fetched, and how long to wait before.
It fetches nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from protego import Protego

MAX_CHARACTERS = 500_000  # RFC 9309 asks for at least 500 KiB


@dataclass(frozen=True, kw_only=True)
class Rules:
    """A site's rules. `problem` says why they could not be had: then nothing of the site is fetched."""

    text: str = ""
    problem: str | None = None

    def allow(self, url: str, agent: str) -> bool:
        """Whether the page may be fetched."""
        return self.problem is None and bool(self._parsed().can_fetch(url, agent))

    def pause(self, agent: str) -> float:
        """Seconds the site wants between two pages; 0 where it says nothing."""
        return float(self._parsed().crawl_delay(agent) or 0.0)

    def _parsed(self) -> Protego:
        return Protego.parse(self.text[:MAX_CHARACTERS])


class Turns:
    """Lets the pages of one host be fetched one after another, with a pause in between; safe between threads."""

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._next: dict[str, float] = {}

    def wait(self, host: str, pause: float) -> None:
        """Return when it is this caller's turn; the next one's comes `pause` seconds later."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._next.get(host, 0.0))
            self._next[host] = turn + pause
        if turn > now:
            self._sleep(turn - now)
