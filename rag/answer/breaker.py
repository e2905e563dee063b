"""Stops asking a model that keeps failing: after so many failures in a row, no call for a while, then one on trial.

The clock is passed in. It knows nothing of models.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

FAILURES, REST = 3, 60.0  # in a row; seconds


class Breaker:
    """Closed (calls go through) or open (they don't); safe to share between threads."""

    def __init__(
        self, *, failures: int = FAILURES, rest: float = REST, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit, self._rest, self._clock = failures, rest, clock
        self._lock = threading.Lock()
        self._failed, self._open_until = 0, 0.0

    def allows(self) -> bool:
        """Whether a call may be made now. After the rest one caller is let through; the others wait for how it ends."""
        with self._lock:
            if self._failed < self._limit:
                return True
            if self._clock() < self._open_until:
                return False
            self._open_until = self._clock() + self._rest
            return True

    def succeeded(self) -> None:
        """The last call went well."""
        with self._lock:
            self._failed = 0

    def failed(self) -> None:
        """The last call did not."""
        with self._lock:
            self._failed += 1
            if self._failed >= self._limit:
                self._open_until = self._clock() + self._rest
