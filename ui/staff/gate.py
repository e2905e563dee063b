"""The door of /staff: a pure-ASGI wrapper that lets logged-in sessions through, to the console's routes alone.

While no user exists, or their file can't be read, every path of /staff is 404. A POST must come from this very origin.
Every callback checks the session and the role again (ui/staff/guard.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.types import StorageError
from ui.guard import POLICY, POST, READ
from ui.sessions import KEPT_SECONDS, MOST_SESSIONS, Bindings
from ui.staff.guard import find_account, read_holder
from ui.staff.sessions import StaffSessions
from ui.staff.words import say

ROOT = "/staff"
LOGIN, LOGOUT, UPLOAD = f"{ROOT}/login", f"{ROOT}/logout", f"{ROOT}/gradio_api/upload"
DATA, HEARTBEAT = f"{ROOT}/gradio_api/queue/data", f"{ROOT}/gradio_api/heartbeat/"
ROUTES: tuple[tuple[frozenset[str], re.Pattern[str]], ...] = (
    (READ, re.compile(r"/staff/?")),
    (READ | POST, re.compile(r"/staff/login")),
    (READ, re.compile(r"/staff/(theme\.css|manifest\.json)")),
    (READ, re.compile(r"/staff/(assets|static|svelte)/[\w./-]+")),
    (READ, re.compile(r"/staff/gradio_api/(queue/data|app_id|upload_progress)")),
    (READ, re.compile(r"/staff/gradio_api/heartbeat/\w+")),
    (READ, re.compile(r"/staff/gradio_api/file=/[^:?#]+")),  # a path that the console itself offered, never an address
    (POST, re.compile(r"/staff/gradio_api/(queue/join|cancel|reset|upload)")),
    (POST, re.compile(r"/staff/logout")),
)


def is_staff(path: str) -> bool:
    """Whether the path is the console's."""
    return path == ROOT or path.startswith(ROOT + "/")


def same_origin(scope: Scope) -> bool:
    """Whether a browser says that the request comes from a page of this host; silence counts as no."""
    headers = Headers(scope=scope)
    origin = headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc == headers.get("host", "")


class StaffGate:
    """Lets through, sends to the login, or refuses; `root_path` is the sub-path a proxy serves everything under."""

    def __init__(self, app: ASGIApp, sessions: StaffSessions, root_path: str = "") -> None:
        self.app, self.sessions, self.root_path = app, sessions, root_path
        self.streams = Bindings(most=MOST_SESSIONS, seconds=KEPT_SECONDS, clock=sessions.clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Decide on the console's paths; everything else passes."""
        if scope["type"] != "http" or not is_staff(scope["path"]):
            await self.app(scope, receive, send)
            return
        refusal = self._refuse(scope)
        await (refusal or self.app)(scope, receive, _sealing(send))

    def _refuse(self, scope: Scope) -> Response | None:
        """What turns a request away, None to let it in; every path but the login's needs a session."""
        path, method = scope["path"], scope["method"]
        if not self._is_on() or not _is_route(method, path):
            return PlainTextResponse("Not Found", status_code=404)
        if method == "POST" and not same_origin(scope):
            return _say(say("gate.other_site"), 403)
        return None if path == LOGIN else self._ask_for_login(scope)

    def _is_on(self) -> bool:
        """Whether a user exists."""
        try:
            return bool(self.sessions.accounts.read())
        except StorageError:
            return False

    def _ask_for_login(self, scope: Scope) -> Response | None:
        path = scope["path"]
        if path == ROOT:
            return RedirectResponse(f"{self.root_path}{ROOT}/", 303)
        is_page = path == f"{ROOT}/"
        if find_account(self.sessions, scope, touch=is_page) is None:
            return RedirectResponse(self.root_path + LOGIN, 303) if is_page else _say(say("gate.needs_login"), 401)
        return None if self._owns(scope) else _say(say("gate.other_login"), 403)

    def _owns(self, scope: Scope) -> bool:
        """Whether the results a request reads are those of its own login."""
        path = scope["path"]
        name = path.removeprefix(HEARTBEAT) if path.startswith(HEARTBEAT) else None
        name = QueryParams(scope["query_string"]).get("session_hash", "") if path == DATA else name
        return name is None or self.streams.admits(name, read_holder(scope))


class StaffRoot:
    """Gives the console's requests the address that the console was mounted under: Gradio finds its routes below the
    sub-path alone, which ui/guard.py has taken off. The innermost wrapper.
    """

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self.app, self.root_path = app, root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put the sub-path back on the console's paths."""
        if self.root_path and scope["type"] == "http" and is_staff(scope["path"]):
            path = self.root_path + scope["path"]
            scope = {**scope, "path": path, "raw_path": path.encode(), "root_path": self.root_path}
        await self.app(scope, receive, send)


def _is_route(method: str, path: str, routes: Sequence[tuple[frozenset[str], re.Pattern[str]]] = ROUTES) -> bool:
    return ".." not in path and any(method in methods and rule.fullmatch(path) for methods, rule in routes)


def _say(sentence: str, status: int) -> Response:
    return PlainTextResponse(sentence + "\n", status_code=status, headers={"Content-Language": "ja"})


def _sealing(send: Send) -> Send:
    """In no frame, in no cache."""

    async def send_sealed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["Content-Security-Policy"] = POLICY.format(ancestors="'none'")
            headers["X-Frame-Options"] = "DENY"
            headers["Cache-Control"] = "no-store"
        await send(message)

    return send_sealed
