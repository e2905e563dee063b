"""How often one may ask: a client and the time in, a refusal or nothing out; shared by the page and the API.

Sliding windows of the `limits` library, for each client and for all together, in memory. A client is an address as
ui/clients.py names it. `BoundRequests` is the wrapper that bounds requests of any kind; what was asked is not seen.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Any, Literal

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.clients import identify
from ui.refusals import refuse

REQUESTS_PER_QUESTION = 10  # a question through the page is three requests; the rest is room for opening pages
STATIC = ("/ui/", "/assets/", "/static/", "/svelte/", "/healthz", "/favicon.ico", "/staff/assets/", "/staff/static/")
BEGUN = ("/gradio_api/queue/data", "/gradio_api/cancel")  # an answer that was let in, fetched or stopped
Kind = Literal["too_many", "busy"]


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why not now, as a phrase of ui/texts.toml, and after how many seconds it may be tried again."""

    kind: Kind
    retry_after: int

    @property
    def status(self) -> int:
        """The HTTP status."""
        return 429 if self.kind == "too_many" else 503


class Rates:
    """At most `per_client` a minute from one client and `overall` from all; safe to use from many threads.

    A refused attempt counts for nobody. What all together have used up is looked at first, so that no more clients
    are remembered than were let in.
    """

    def __init__(self, *, per_client: int, overall: int, count: Callable[[str], None] = lambda kind: None) -> None:
        self.per_client, self.overall = parse(f"{per_client}/minute"), parse(f"{overall}/minute")
        self.limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self.count = count

    def admit(self, host: str | None, *, begun: bool = False) -> Refusal | None:
        """Count one attempt from an address, or say why not; what has `begun` is not turned away for a crowd's sake."""
        client = identify(host)
        if not begun and not self.limiter.test(self.overall, "all"):
            return self._refuse("busy", self.overall, "all")
        if not self.limiter.hit(self.per_client, "client", client):
            return self._refuse("too_many", self.per_client, "client", client)
        self.limiter.hit(self.overall, "all")
        return None

    def admit_visitor(self, request: Any) -> str | None:  # a gr.Request, whose fields come of the request it wraps
        """The same for the page: the phrase to show, or None to go on."""
        refusal = self.admit(request.client.host if request.client else None)
        return refusal.kind if refusal else None

    def _refuse(self, kind: Kind, item: RateLimitItem, *names: str) -> Refusal:
        self.count(kind)
        wait = self.limiter.get_window_stats(item, *names).reset_time - time.time()
        return Refusal(kind=kind, retry_after=min(max(1, ceil(wait)), item.get_expiry()))


class BoundRequests:
    """Answers 429 or 503 to a client, or a crowd, that sends requests faster than pages do; static files are free."""

    def __init__(self, app: ASGIApp, rates: Rates) -> None:
        self.app, self.rates = app, rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through, or refuse."""
        if scope["type"] != "http" or scope["path"].startswith(STATIC):
            await self.app(scope, receive, send)
            return
        client = scope.get("client")
        refusal = self.rates.admit(client[0] if client else None, begun=scope["path"] in BEGUN)
        if refusal is None:
            await self.app(scope, receive, send)
            return
        response = refuse(scope, refusal.status, refusal.kind, retry_after=refusal.retry_after)
        await response(scope, receive, send)
