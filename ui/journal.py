"""The server's log: one JSON object a line, with a number for each request and nothing of what was asked.

In: log records, and requests as they pass `NumberRequests`. Out: lines on standard error, and an X-Request-ID on every
response. No address, question, session or exception message is written: an exception's message may repeat a question.
"""

from __future__ import annotations

import contextvars
import json
import logging
import secrets
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.refusals import refuse

LOG = logging.getLogger(__name__)
REQUEST_ID: contextvars.ContextVar[str | None] = contextvars.ContextVar("request_id", default=None)
OWN_PATHS = frozenset({"/", "/healthz", "/readyz", "/api/ask", "/api/ask/stream"})
OWN_PATHS |= {"/api/openapi.json", "/gradio_api/queue/join", "/gradio_api/queue/data", "/gradio_api/cancel"}
PREFIXES = ("/gradio_api/heartbeat/", "/ui/", "/assets/", "/static/", "/svelte/")
QUIET = ("httpx", "httpx2", "httpcore", "chromadb", "gradio", "urllib3")  # libraries that speak at INFO


class JsonLines(logging.Formatter):
    """A record as one line of JSON; of an exception only its type and where it happened."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= getattr(record, "facts", {})
        if REQUEST_ID.get():
            line["request_id"] = REQUEST_ID.get()
        if record.exc_info and record.exc_info[1]:
            line["error"] = describe_error(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def describe_error(error: BaseException) -> list[str]:
    """The error's type and the lines it passed through, innermost last, without its message."""
    frames = traceback.extract_tb(error.__traceback__)
    return [type(error).__name__, *(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)]


def start_logging(level: str) -> None:
    """Send all logs of this process to standard error as JSON lines; `level` as the setting names it."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def name_route(path: str) -> str:
    """The path as it may be logged and counted: of few kinds, and without a session in it."""
    if path in OWN_PATHS:
        return path
    return next((prefix for prefix in PREFIXES if path.startswith(prefix)), "other")


Observe = Callable[[str, int], None]


class NumberRequests:
    """Gives each request a number, logs how it ended, and turns what broke into an apology with that number.

    `observe` is told each request's route and status.
    """

    def __init__(self, app: ASGIApp, root_path: str = "", observe: Observe = lambda route, status: None) -> None:
        self.app, self.root_path, self.observe = app, root_path, observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and keep account."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        number, began, status = secrets.token_hex(8), time.perf_counter(), 0

        async def send_with_number(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = number
            await send(message)

        token = REQUEST_ID.set(number)
        try:
            await self.app(scope, receive, send_with_number)
        except Exception as error:  # noqa: BLE001 - the outermost edge: logged with a number, shown without detail
            LOG.error("request failed", extra={"facts": {"error": describe_error(error)}})
            if status == 0:
                await refuse(scope, 500, "failed", request_id=number)(scope, receive, send_with_number)
        finally:
            self._note(scope, status, time.perf_counter() - began)
            REQUEST_ID.reset(token)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = name_route(scope["path"].removeprefix(self.root_path))
        self.observe(route, status)
        facts = {"method": scope["method"], "route": route, "status": status, "ms": round(seconds * 1000, 1)}
        LOG.info("request", extra={"facts": facts})
