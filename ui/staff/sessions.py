"""Who is logged in: an account in, a token out; a token in, the account's name out, or nothing once it has expired.

In memory: a restart logs everyone out. Of a token only its SHA-256 is kept. Whether the account still exists, and with
which role, is asked of ui/staff/accounts.py at every use.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from threading import Lock

from ui.staff.accounts import Account, Accounts

IDLE_SECONDS = 30 * 60.0
MOST_SECONDS = 8 * 60 * 60.0
MOST_SESSIONS = 500
TOKEN_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class Session:
    """One login. Times are the clock's seconds."""

    name: str
    fingerprint: str
    began: float
    used: float


class StaffSessions:
    """All logins; safe to use from many threads."""

    def __init__(self, accounts: Accounts, clock: Callable[[], float] = time.monotonic) -> None:
        self.accounts, self.clock = accounts, clock
        self._held: dict[str, Session] = {}
        self._lock = Lock()

    def begin(self, account: Account) -> str:
        """Log in; the token goes into the cookie and is kept nowhere else."""
        token, now = secrets.token_urlsafe(TOKEN_BYTES), self.clock()
        session = Session(name=account.name, fingerprint=account.fingerprint, began=now, used=now)
        with self._lock:
            self._held = {key: each for key, each in self._held.items() if self._lives(each, now)}
            while len(self._held) >= MOST_SESSIONS:
                del self._held[min(self._held, key=lambda key: self._held[key].used)]
            self._held[_key(token)] = session
        return token

    def find(self, token: str, *, touch: bool = False) -> Account | None:
        """The account that is logged in with the token, as it is now; `touch` counts as use."""
        now = self.clock()
        with self._lock:
            session = self._held.get(_key(token)) if token else None
            if session is None or not self._lives(session, now):
                self._held.pop(_key(token), None)
                return None
            if touch:
                self._held[_key(token)] = replace(session, used=now)
        account = self.accounts.find(session.name)
        return account if account and account.fingerprint == session.fingerprint else None

    def end(self, token: str) -> None:
        """Log out."""
        with self._lock:
            self._held.pop(_key(token), None)

    def _lives(self, session: Session, now: float) -> bool:
        return now - session.used <= IDLE_SECONDS and now - session.began <= MOST_SECONDS


def _key(token: str) -> str:
    return sha256(token.encode()).hexdigest()
