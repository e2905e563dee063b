"""The web server: a bot in, a FastAPI application out, and the loop that serves it.

Routes of our own come first (health, readiness, the API, the page's script and styles), then the chat page at "/";
around them the wrappers of ui/guard.py, ui/limits.py, ui/sessions.py and ui/journal.py. Nothing of a question is
logged, access logs are off.
"""

from __future__ import annotations

import logging
import signal
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

import gradio as gr
import uvicorn
from fastapi import FastAPI
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles

from rag.parse.detect import MAX_BYTES
from rag.types import IctnaviError, OutsideError
from ui.api import MOST_WAITING as API_WAITING
from ui.api import create_api
from ui.clients import FindClient
from ui.furniture import Terms
from ui.guard import MAX_HEADER_BYTES, AllowRoutes, BoundBody, BoundHeaders, SendPolicy
from ui.head import make_head
from ui.journal import NumberRequests, describe_error
from ui.limits import BoundRequests, Rates
from ui.metrics import Metrics
from ui.page import MOST_WAITING as PAGE_WAITING
from ui.page import Admit, FeedbackStore, build_page
from ui.sessions import BindSessions
from ui.staff.console import UPLOAD_BYTES, Staff, build_console
from ui.staff.gate import LOGOUT, ROOT, UPLOAD, StaffGate, StaffRoot, is_staff
from ui.staff.login import add_login
from ui.stopping import CompleteStops
from ui.switch import Switch
from ui.theme import make_theme
from ui.turnstile import QUOTING, WRITING, Turnstile
from ui.watched import QuestionStore, ServedBot, WatchedBot
from ui.wire import PatientProtocol

LOG = logging.getLogger(__name__)
STATIC = Path(__file__).with_name("static")
FAVICON = STATIC / "favicon.svg"
READY_SECONDS = 5.0  # for which one canary's outcome is told again
MOST_CONNECTIONS = 1000


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What stands around the page: proxies to believe, limits to hold, counts, and what is kept of questions.

    Without `questions` no limits hold beyond those on requests: `questions` is shared by the page and the API. `staff`
    is who may use the console and may close the chat; without it there is no console.
    """

    proxies: Sequence[str] = ()
    questions: Rates | None = None
    requests: Rates | None = None
    metrics: Metrics = field(default_factory=Metrics)
    store: QuestionStore | None = None
    staff: Staff | None = None


def create_app(
    bot: ServedBot,
    *,
    today: Callable[[], date],
    root_path: str = "",
    terms: Terms | None = None,
    frame_ancestors: Sequence[str] = (),
    feedback: FeedbackStore | None = None,
    admit: Admit | None = None,
    around: Surroundings | None = None,
) -> FastAPI:
    """The application.

    `root_path` is the sub-path a proxy serves it under, `terms` is what the page tells visitors, and the origins of
    `frame_ancestors` may embed the page. `admit` is asked before each question of the page; without it the limits of
    `around` are.
    """
    root_path, around, terms = root_path.rstrip("/"), around or Surroundings(), terms or Terms()
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    watched = WatchedBot(bot=bot, metrics=around.metrics, questions=around.store)
    canary, closed = Canary(bot, today), _closing(around.staff)
    _add_own_routes(app, canary)
    api = create_api(
        watched,
        today=today,
        rates=around.questions,
        question_limit=terms.question_limit,
        turnstile=_make_turnstile(API_WAITING, terms, around),
        address=root_path + "/api",
        closed=closed,
    )
    app.mount("/api", api)
    if around.staff is not None:
        _mount_console(app, around.staff, canary, root_path)
    if admit is None and around.questions is not None:
        admit = around.questions.admit_visitor
    page, translations = build_page(
        watched,
        bot.replies,
        today=today,
        terms=terms,
        feedback=feedback,
        admit=admit,
        closed=closed,
        turnstile=_make_turnstile(PAGE_WAITING, terms, around),
    )
    _mount_page(app, page, translations, root_path)
    _wrap(app, root_path, frame_ancestors, around)
    return app


def _make_turnstile(most: int, terms: Terms, around: Surroundings) -> Turnstile:
    count = around.metrics.count_refusal
    return Turnstile(threads=WRITING if terms.by_model else QUOTING, most=most, count=lambda: count("full"))


def _closing(staff: Staff | None) -> Callable[[], str | None]:
    """The message of the off switch, None while the chat is open."""
    return Switch(home=staff.settings.home).read if staff else lambda: None


CLOSED_DOORS: dict[str, Any] = {
    "footer_links": [],
    "run_history": False,
    "show_error": False,
    "enable_monitoring": False,
    "ssr_mode": False,
    "mcp_server": False,
    "pwa": False,
}


def _mount_page(app: FastAPI, page: gr.Blocks, translations: gr.I18n, root_path: str) -> None:
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        root_path=root_path or None,
        max_file_size=0,
        i18n=translations,
        theme=make_theme(),
        favicon_path=str(FAVICON),
        head=make_head(root_path),
        **CLOSED_DOORS,
    )


def _mount_console(app: FastAPI, staff: Staff, canary: Canary, root_path: str) -> None:
    """The console and its login; before the page, which takes every path that is left."""
    add_login(
        app,
        accounts=staff.accounts,
        sessions=staff.sessions,
        attempts=staff.attempts,
        audit=staff.audit,
        root_path=root_path,
    )
    head = (
        f'<link rel="icon" type="image/svg+xml" href="{root_path}/ui/favicon.svg">'
        f'<link rel="stylesheet" href="{root_path}/ui/staff.css">'
        f'<script src="{root_path}/ui/staff.js" data-logout="{root_path}{LOGOUT}" defer></script>'
    )
    gr.mount_gradio_app(
        app,
        build_console(staff, canary.find_fault),
        path=ROOT,
        root_path=root_path + ROOT,
        max_file_size=MAX_BYTES,
        theme=make_theme(),
        head=head,
        **CLOSED_DOORS,
    )


def _wrap(app: FastAPI, root_path: str, frame_ancestors: Sequence[str], around: Surroundings) -> None:
    """The wrappers, from the innermost to the outermost."""
    app.add_middleware(CompleteStops)
    app.add_middleware(StaffRoot, root_path=root_path)
    app.add_middleware(BindSessions, embedded=bool(frame_ancestors))
    app.add_middleware(BoundBody, larger={UPLOAD: UPLOAD_BYTES} if around.staff else {})
    if around.staff is not None:
        app.add_middleware(StaffGate, sessions=around.staff.sessions, root_path=root_path)
    app.add_middleware(BoundHeaders)
    if around.requests is not None:
        app.add_middleware(BoundRequests, rates=around.requests)
    app.add_middleware(AllowRoutes, root_path=root_path, **({"guarded": is_staff} if around.staff else {}))
    app.add_middleware(SendPolicy, frame_ancestors=frame_ancestors)
    app.add_middleware(NumberRequests, root_path=root_path, observe=around.metrics.count_request)
    header = around.staff.settings.staff_header if around.staff else None
    app.add_middleware(FindClient, proxies=around.proxies, user_header=header)


class Canary:
    """Asks the bot a question whose answer is known to be there; the outcome holds for a few seconds."""

    def __init__(self, bot: ServedBot, today: Callable[[], date]) -> None:
        self.bot, self.today = bot, today
        self._told: tuple[float, str | None] = (-READY_SECONDS, None)

    def find_fault(self) -> str | None:
        """Why no answers can be given, as one word; None where they can."""
        asked, fault = self._told
        if time.monotonic() - asked > READY_SECONDS:
            fault = self._ask()
            self._told = (time.monotonic(), fault)
        return fault

    def _ask(self) -> str | None:
        suggestions = self.bot.replies.suggestions
        if not suggestions:
            return None
        try:
            answer = self.bot.ask(suggestions[0].ja, today=self.today())
        except IctnaviError as error:
            return type(error).__name__
        except Exception as error:  # noqa: BLE001 - a probe must tell that something broke, whatever it is
            LOG.error("canary failed", extra={"facts": {"error": describe_error(error)}})
            return "error"
        return f"abstained: {answer.abstained.reason.value}" if answer.abstained else None


def _add_own_routes(app: FastAPI, canary: Canary) -> None:
    """Health, readiness and static files; to be added before the page takes "/"."""

    @app.get("/healthz")
    async def tell_health() -> JSONResponse:
        """The process runs; told by the loop itself, which waits for no thread."""
        return JSONResponse({"status": "ok"})

    @app.get("/readyz")
    def tell_readiness() -> JSONResponse:
        """The first suggested question is answered; else why not."""
        fault = canary.find_fault()
        body = {"status": "not ready" if fault else "ready", "release": canary.bot.release}
        return JSONResponse(body | ({"reason": fault} if fault else {}), status_code=503 if fault else 200)

    @app.get("/favicon.ico")
    def give_icon() -> FileResponse:
        """The icon, where a browser asks for it unasked."""
        return FileResponse(FAVICON, media_type="image/svg+xml")

    app.mount("/ui", StaticFiles(directory=STATIC), name="ui")


def check_port(host: str, port: int) -> None:
    """Make sure that the address can be served, before anything slow is done.

    Raises:
        OutsideError: the port is in use or may not be opened, or the host is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise OutsideError(
                f"{host} のポート {port} を開けません(使用中か、許可がありません)。"
                "ほかのプログラムを止めるか、ICTNAVI_PORT に別の番号を指定してください"
            ) from error


def serve(app: FastAPI, host: str, port: int) -> None:
    """Serve until interrupted, in one process (Gradio's queue and conversations live in it).

    Raises:
        OutsideError: the port is in use.
    """
    check_port(host, port)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=PatientProtocol,  # on h11, the only one of uvicorn's parsers that bounds what headers take
        h11_max_incomplete_event_size=MAX_HEADER_BYTES,
        limit_concurrency=MOST_CONNECTIONS,
        proxy_headers=False,  # ui/clients.py believes the named proxies alone
        access_log=False,
        log_config=None,  # ui/journal.py
        server_header=False,
        ws="none",
    )
    signal.signal(signal.SIGTERM, _end)  # uvicorn passes the signal on once it is done; what is kept is written then
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run()


def _end(number: int, frame: object) -> NoReturn:
    raise SystemExit(0)
