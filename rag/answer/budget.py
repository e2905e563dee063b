"""How much a model may be used in a day: the seam to whoever keeps count, and the count of one process.

The page hands `Bot.open` an object that the state store keeps, so that the count outlives a restart and is shared; the
command line has `DailyCount`. It knows neither model nor money.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

JAPAN = timedelta(hours=9)


class Budget(Protocol):
    """One method: whether a call of so many tokens (prompt and answer, estimated high) may still be made today."""

    def spend(self, tokens: int) -> bool:
        """Count the call and its tokens; False, and nothing counted, where that would pass the day's limit."""


def japan_day() -> date:
    """Today in Japan."""
    return (datetime.now(UTC) + JAPAN).date()


class DailyCount:
    """The calls and tokens of this process since midnight in Japan; safe to share between threads."""

    def __init__(self, *, calls: int, tokens: int, day: Callable[[], date] = japan_day) -> None:
        self._most_calls, self._most_tokens, self._day = calls, tokens, day
        self._lock = threading.Lock()
        self._counted_for, self._calls, self._tokens = day(), 0, 0

    def spend(self, tokens: int) -> bool:
        """As `Budget.spend`."""
        with self._lock:
            if self._day() != self._counted_for:
                self._counted_for, self._calls, self._tokens = self._day(), 0, 0
            if self._calls + 1 > self._most_calls or self._tokens + tokens > self._most_tokens:
                return False
            self._calls, self._tokens = self._calls + 1, self._tokens + tokens
            return True
