"""What may reach the page and what every response carries: three pure-ASGI wrappers.

`AllowRoutes` closes every path the page does not use (Gradio opens upload, file proxy, /run, /monitoring and more by
itself), `BoundBody` refuses large requests while they arrive, `SendPolicy` sets the security headers. None of them
looks at what was asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 64 * 1024
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
)
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self' 'unsafe-inline'; font-src 'self' data:; connect-src 'self'; object-src 'none'; "
    "base-uri 'self'; frame-ancestors {ancestors}"
)


class AllowRoutes:
    """Answers 404 to everything that is not in ROUTES.

    Under a sub-path it takes the prefix off where a proxy has left it on, so that both kinds of proxy work.
    """

    def __init__(self, app: ASGIApp, root_path: str = "") -> None:
        self.app, self.root_path = app, root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through, or refuse. Websockets are not used and refused."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
        elif self.root_path and scope["path"] == self.root_path:
            await RedirectResponse(self.root_path + "/")(scope, receive, send)
        elif is_open(scope["method"], path := self._below_root(scope["path"])):
            await self.app({**scope, "path": path, "raw_path": path.encode()}, receive, send)
        else:
            await PlainTextResponse("Not Found", status_code=404)(scope, receive, send)

    def _below_root(self, path: str) -> str:
        kept = self.root_path and path.startswith(self.root_path + "/")
        return path[len(self.root_path) :] if kept else path


def is_open(method: str, path: str) -> bool:
    """Whether a visitor may ask for it."""
    return ".." not in path and any(method in methods and rule.fullmatch(path) for methods, rule in ROUTES)


class BoundBody:
    """Answers 413 to a request whose body is, or grows, larger than `limit` bytes."""

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY_BYTES) -> None:
        self.app, self.limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read a body first and hand it on whole; requests without one pass at once."""
        if scope["type"] != "http" or scope["method"] in READ:
            await self.app(scope, receive, send)
            return
        body = await self._read(receive) if self._announced(scope) <= self.limit else None
        if body is None:
            await PlainTextResponse("Content Too Large", status_code=413)(scope, receive, send)
            return
        waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return waiting.pop() if waiting else await receive()

        await self.app(scope, replay, send)

    def _announced(self, scope: Scope) -> int:
        """The Content-Length, or 0 where there is none or no number."""
        value = dict(scope["headers"]).get(b"content-length", b"0")
        return int(value) if value.isdigit() else 0

    async def _read(self, receive: Receive) -> bytes | None:
        """The body, or None once it is too large."""
        body = b""
        while True:
            message = await receive()
            piece: bytes = message.get("body", b"")
            body += piece
            if len(body) > self.limit:
                return None
            if message["type"] != "http.request" or not message.get("more_body"):
                return body


class SendPolicy:
    """Sets the policy, nosniff and Referrer-Policy on every response, errors too."""

    def __init__(self, app: ASGIApp, frame_ancestors: Sequence[str] = ()) -> None:
        self.app = app
        self.policy = POLICY.format(ancestors=" ".join(["'self'", *frame_ancestors]))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers as the response starts."""

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = self.policy
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
                headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
            await send(message)

        await self.app(scope, receive, send_with_policy if scope["type"] == "http" else send)
