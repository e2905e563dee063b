"""Whose conversation it is: a page session belongs to the browser that first used it, known by a cookie of ours.

Gradio's `session_hash` is chosen by the browser and opens the conversation's answers to whoever names it.
`BindSessions` is a pure-ASGI wrapper: it gives each browser a random key in a cookie, remembers which key a hash was
first used with, and answers 403 to every other. In memory, bounded, and forgotten with the conversation. It knows
nobody's name.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.guard import READ, replay
from ui.refusals import refuse

KEY = re.compile(r"[\w-]{32}")
MOST_SESSIONS = 20_000
LONGEST_NAME = 64  # characters of a session hash; a browser's has about eleven
KEPT_SECONDS = 2 * 60 * 60.0
LOCAL = ("localhost", "127.0.0.1", "[::1]")
HEARTBEAT = "/gradio_api/heartbeat/"
DATA = "/gradio_api/queue/data"
BODIES = ("/gradio_api/queue/join", "/gradio_api/cancel")
PAGE = "/"


class Bindings:
    """Which key each session hash belongs to; the least recently used goes when there are too many."""

    def __init__(self, *, most: int, seconds: float, clock: Callable[[], float]) -> None:
        self.most, self.seconds, self.clock = most, seconds, clock
        self.kept: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def admits(self, session: str, key: str) -> bool:
        """Whether the session is this key's; an unknown session becomes it. No session has so long a name."""
        if len(session) > LONGEST_NAME:
            return False
        now = self.clock()
        self._forget(now)
        owner, _ = self.kept.get(session, (key, now))
        if not secrets.compare_digest(owner, key):
            return False
        self.kept[session] = (key, now)
        self.kept.move_to_end(session)
        return True

    def _forget(self, now: float) -> None:
        while self.kept:
            session, (_, used) = next(iter(self.kept.items()))
            if now - used <= self.seconds and len(self.kept) < self.most:
                return
            del self.kept[session]


class BindSessions:
    """Lets a browser use only the sessions it began. `embedded`: the page may stand in another site's frame."""

    def __init__(
        self,
        app: ASGIApp,
        embedded: bool = False,
        most: int = MOST_SESSIONS,
        seconds: float = KEPT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.app, self.embedded = app, embedded
        self.bindings = Bindings(most=most, seconds=seconds, clock=clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through, or refuse; a browser without a key is given one with the page or its first call."""
        if scope["type"] != "http" or not is_bound(scope["path"]):
            await self.app(scope, receive, send)
            return
        body = b"" if scope["method"] in READ else (await receive()).get("body", b"")  # BoundBody has it whole
        key, is_new = self._find_key(scope)
        session = read_session(scope, body)
        if session is not None and not self.bindings.admits(session, key):
            await refuse(scope, 403, "not_your_session")(scope, receive, send)
            return
        passing = receive if scope["method"] in READ else replay(body, receive)
        await self.app(scope, passing, self._giving(scope, key, send) if is_new else send)

    def _find_key(self, scope: Scope) -> tuple[str, bool]:
        """The browser's key, and whether it is new."""
        written = read_cookie(scope, name_cookie(self._is_secure(scope)))
        return (written, False) if KEY.fullmatch(written) else (secrets.token_urlsafe(24), True)

    def _is_secure(self, scope: Scope) -> bool:
        """Over https; and in a frame also on this machine, where browsers take such cookies without it."""
        host = Headers(scope=scope).get("host", "").rpartition(":")[0] or Headers(scope=scope).get("host", "")
        return scope["scheme"] == "https" or (self.embedded and host in LOCAL)

    def _giving(self, scope: Scope, key: str, send: Send) -> Send:
        cookie = write_cookie(key, secure=self._is_secure(scope), embedded=self.embedded)

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("Set-Cookie", cookie)
            await send(message)

        return send_with_cookie


def is_bound(path: str) -> bool:
    """Whether the path is the page itself or one by which a session is used."""
    return path in {PAGE, DATA, *BODIES} or path.startswith(HEARTBEAT)


def read_session(scope: Scope, body: bytes) -> str | None:
    """The session a request uses; None for the page itself and for what Gradio will refuse."""
    path = scope["path"]
    if path.startswith(HEARTBEAT):
        return str(path.removeprefix(HEARTBEAT))
    if path == DATA:
        return QueryParams(scope["query_string"]).get("session_hash")
    if path not in BODIES:
        return None
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        return None
    session = sent.get("session_hash") if isinstance(sent, dict) else None
    return session if isinstance(session, str) else None


def name_cookie(secure: bool) -> str:
    """`__Host-` binds it to this host and to https; without https a browser would not take that name."""
    return "__Host-ictnavi" if secure else "ictnavi"


def read_cookie(scope: Scope, name: str) -> str:
    """A cookie's value; empty where there is none."""
    try:
        cookies = SimpleCookie(Headers(scope=scope).get("cookie", ""))
    except CookieError:
        return ""
    return cookies[name].value if name in cookies else ""


def write_cookie(key: str, *, secure: bool, embedded: bool) -> str:
    """The cookie: for this visit only, unseen by scripts, and in a frame kept apart for each embedding site."""
    site = "SameSite=None; Secure; Partitioned" if secure and embedded else "SameSite=Lax" + "; Secure" * secure
    return f"{name_cookie(secure)}={key}; Path=/; HttpOnly; {site}"
