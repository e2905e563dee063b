"""What may reach the page and what every response carries: pure-ASGI wrappers.

`AllowRoutes` closes every path the page does not use (Gradio opens upload, file proxy, /run, /monitoring and more by
itself), `BoundHeaders` and `BoundBody` refuse what is too large or too slow while it arrives, `SendPolicy` sets the
security headers. None of them looks at what was asked; how often one may ask is ui/limits.py.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.refusals import refuse

MAX_BODY_BYTES = 64 * 1024
MAX_HEADERS = 64
MAX_HEADER_BYTES = 16 * 1024
BODY_SECONDS = 10.0  # in which a whole body has to arrive
LARGER_SECONDS = 60.0
YEAR_SECONDS = 365 * 24 * 60 * 60
READ = frozenset({"GET", "HEAD"})
POST = frozenset({"POST"})
# Method set and full path, seen in the browser's own requests; a visitor needs nothing else.
ROUTES: tuple[tuple[frozenset[str], re.Pattern[str]], ...] = (
    (READ, re.compile(r"/")),
    (READ, re.compile(r"/(healthz|readyz|favicon\.ico|robots\.txt|manifest\.json|theme\.css)")),
    (READ, re.compile(r"/(ui|assets|static|svelte)/[\w./-]+")),
    (READ, re.compile(r"/gradio_api/queue/data")),
    (READ, re.compile(r"/gradio_api/app_id")),  # asked after a lost connection, to see whether the server is the same
    (READ, re.compile(r"/gradio_api/heartbeat/\w+")),
    (POST, re.compile(r"/gradio_api/(queue/join|cancel|reset)")),  # reset ends a stopped answer, by its secret id
    (READ, re.compile(r"/api/openapi\.json")),
    (POST, re.compile(r"/api/ask(/stream)?")),
)
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self' 'unsafe-inline'; font-src 'self' data:; connect-src 'self'; object-src 'none'; "
    "base-uri 'self'; frame-ancestors {ancestors}"
)


class AllowRoutes:
    """Answers 404 to everything that is not in ROUTES.

    Paths that are `guarded` have a door of their own further in. Under a sub-path it takes the prefix off where a
    proxy has left it on, so that both kinds of proxy work.
    """

    def __init__(self, app: ASGIApp, root_path: str = "", guarded: Callable[[str], bool] = lambda path: False) -> None:
        self.app, self.root_path, self.guarded = app, root_path, guarded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through, or refuse. Websockets are not used and refused."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
        elif self.root_path and scope["path"] == self.root_path:
            await RedirectResponse(self.root_path + "/")(scope, receive, send)
        elif is_open(scope["method"], path := self._below_root(scope["path"])) or self.guarded(path):
            await self.app({**scope, "path": path, "raw_path": path.encode()}, receive, send)
        else:
            await PlainTextResponse("Not Found", status_code=404)(scope, receive, send)

    def _below_root(self, path: str) -> str:
        kept = self.root_path and path.startswith(self.root_path + "/")
        return path[len(self.root_path) :] if kept else path


def is_open(method: str, path: str) -> bool:
    """Whether a visitor may ask for it."""
    return ".." not in path and any(method in methods and rule.fullmatch(path) for methods, rule in ROUTES)


class BoundHeaders:
    """Answers 431 to a request with too many or too large headers; the address counts as one."""

    def __init__(self, app: ASGIApp, count: int = MAX_HEADERS, size: int = MAX_HEADER_BYTES) -> None:
        self.app, self.count, self.size = app, count, size

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through, or refuse."""
        if scope["type"] == "http" and self._is_too_much(scope):
            await refuse(scope, 431, "headers_too_large")(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _is_too_much(self, scope: Scope) -> bool:
        headers = scope["headers"]
        size = sum(len(name) + len(value) for name, value in headers) + len(scope["path"]) + len(scope["query_string"])
        return len(headers) > self.count or size > self.size


class BoundBody:
    """Answers 413 to a body that is, or grows, larger than `limit` bytes, 408 to one slower than `seconds`.

    `larger` are the paths, each behind a door of its own, whose limit is another; such a body may take a minute.
    """

    def __init__(
        self,
        app: ASGIApp,
        limit: int = MAX_BODY_BYTES,
        seconds: float = BODY_SECONDS,
        larger: Mapping[str, int] | None = None,
    ) -> None:
        self.app, self.limit, self.seconds, self.larger = app, limit, seconds, larger or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read a body first and hand it on whole; requests without one pass at once."""
        if scope["type"] != "http" or scope["method"] in READ:
            await self.app(scope, receive, send)
            return
        larger = self.larger.get(scope["path"])
        limit, seconds = (larger, LARGER_SECONDS) if larger else (self.limit, self.seconds)
        try:
            async with asyncio.timeout(seconds):
                body = await self._read(receive, limit) if self._announced(scope) <= limit else None
        except TimeoutError:
            await refuse(scope, 408, "body_too_slow")(scope, receive, send)
            return
        if body is None:
            await refuse(scope, 413, "body_too_large")(scope, receive, send)
            return
        await self.app(scope, replay(body, receive), send)

    def _announced(self, scope: Scope) -> int:
        """The Content-Length, or 0 where there is none or no number."""
        value = dict(scope["headers"]).get(b"content-length", b"0")
        return int(value) if value.isdigit() and len(value) < 20 else 0

    async def _read(self, receive: Receive, limit: int) -> bytes | None:
        """The body, or None once it is too large."""
        body = bytearray()
        while True:
            message = await receive()
            body += message.get("body", b"")
            if len(body) > limit:
                return None
            if message["type"] != "http.request" or not message.get("more_body"):
                return bytes(body)


def replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives out a body that was read already, then what else arrives."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_again


class SendPolicy:
    """Sets the policy, nosniff and Referrer-Policy on every response, errors too; HSTS where visitors come by https."""

    def __init__(self, app: ASGIApp, frame_ancestors: Sequence[str] = ()) -> None:
        self.app = app
        self.policy = POLICY.format(ancestors=" ".join(["'self'", *frame_ancestors]))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers as the response starts."""

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", self.policy)  # a stricter one further in stays
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
                headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
                if scope["scheme"] == "https":
                    headers["Strict-Transport-Security"] = f"max-age={YEAR_SECONDS}"
            await send(message)

        await self.app(scope, receive, send_with_policy if scope["type"] == "http" else send)
