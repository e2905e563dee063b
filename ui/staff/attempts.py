"""How often a password may be tried: an address and a name in, whether it may be checked out. In memory."""

from __future__ import annotations

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from ui.clients import identify

ALLOWED = "10/15 minutes"
MOST_NAME = 64  # characters of a name that is remembered


class Attempts:
    """At most ten checks in a quarter of an hour for one name and from one address, right passwords too."""

    def __init__(self, allowed: str = ALLOWED) -> None:
        self.item = parse(allowed)
        self.limiter = MovingWindowRateLimiter(MemoryStorage())

    def admit(self, host: str | None, name: str) -> bool:
        """Count one attempt, or refuse it. What an address has used up is looked at first."""
        if not self.limiter.hit(self.item, "address", identify(host)):
            return False
        return bool(self.limiter.hit(self.item, "name", name[:MOST_NAME].casefold()))
