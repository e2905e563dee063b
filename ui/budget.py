"""A daily allowance of calls and tokens that survives restarts: an amount in, whether it may be spent out.

For what costs money (a model's provider). Where the state file can't be written, nothing may be spent: without the
paid part there is still an answer. It knows no prices and calls nobody.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from rag.types import StorageError
from ui.keeping import JAPAN
from ui.state import StateStore

LOG = logging.getLogger(__name__)


class Budget:
    """One account, by `name`; days are Japan's."""

    def __init__(
        self, home: Path, *, name: str, calls_a_day: int, tokens_a_day: int, now: Callable[[], datetime]
    ) -> None:
        self.home, self.name, self.now = home, name, now
        self.calls_a_day, self.tokens_a_day = calls_a_day, tokens_a_day
        self._store: StateStore | None = None

    def spend(self, tokens: int) -> bool:
        """Book one call of so many tokens; False where that would pass the day's allowance, and nothing is booked."""
        try:
            self._store = self._store or StateStore.open(self.home)
            return self._store.spend(
                name=self.name,
                day=self.now().astimezone(JAPAN).date(),
                tokens=tokens,
                most_calls=self.calls_a_day,
                most_tokens=self.tokens_a_day,
            )
        except StorageError as error:
            LOG.warning("budget %s can't be booked: %s", self.name, type(error).__name__)
            return False
