"""The web server: a bot in, a FastAPI application out, and the loop that serves it.

Routes of our own come first (health, readiness, the page's script and styles), then the chat page at "/"; around them
the wrappers of ui/limits.py. Nothing of a question is logged, access logs are off.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Protocol

import gradio as gr
import uvicorn
from fastapi import FastAPI
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles

from rag.corpus.replies import Replies
from rag.types import IctnaviError, OutsideError
from ui.head import make_head
from ui.limits import AllowRoutes, BoundBody, SendPolicy
from ui.page import Admit, AskingBot, FeedbackStore, build_page
from ui.theme import make_theme

STATIC = Path(__file__).with_name("static")
FAVICON = STATIC / "favicon.svg"


class ServedBot(AskingBot, Protocol):
    """A bot with the words of the release it answers from."""

    @property
    def replies(self) -> Replies:
        """The release's replies."""


def create_app(
    bot: ServedBot,
    *,
    today: Callable[[], date],
    root_path: str = "",
    question_limit: int = 1000,
    frame_ancestors: Sequence[str] = (),
    feedback: FeedbackStore | None = None,
    admit: Admit | None = None,
) -> FastAPI:
    """The application.

    `root_path` is the sub-path a proxy serves it under, `question_limit` (characters) is what the page tells
    visitors, and the origins of `frame_ancestors` may embed the page.
    """
    root_path = root_path.rstrip("/")
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    _add_own_routes(app, bot, today)
    page, translations = build_page(
        bot, bot.replies, today=today, question_limit=question_limit, feedback=feedback, admit=admit
    )
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        root_path=root_path or None,
        footer_links=[],
        run_history=False,
        show_error=False,
        enable_monitoring=False,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        max_file_size=0,
        i18n=translations,
        theme=make_theme(),
        favicon_path=str(FAVICON),
        head=make_head(root_path),
    )
    app.add_middleware(BoundBody)
    app.add_middleware(AllowRoutes, root_path=root_path)
    app.add_middleware(SendPolicy, frame_ancestors=frame_ancestors)
    return app


def _add_own_routes(app: FastAPI, bot: ServedBot, today: Callable[[], date]) -> None:
    """Health, readiness and static files; to be added before the page takes "/"."""

    @app.get("/healthz")
    def tell_health() -> JSONResponse:
        """The process runs."""
        return JSONResponse({"status": "ok"})

    @app.get("/readyz")
    def tell_readiness() -> JSONResponse:
        """The first suggested question is answered."""
        ready = _answers_canary(bot, today())
        body = {"status": "ready" if ready else "not ready", "release": bot.release}
        return JSONResponse(body, status_code=200 if ready else 503)

    @app.get("/favicon.ico")
    def give_icon() -> FileResponse:
        """The icon, where a browser asks for it unasked."""
        return FileResponse(FAVICON, media_type="image/svg+xml")

    app.mount("/ui", StaticFiles(directory=STATIC), name="ui")


def _answers_canary(bot: ServedBot, today: date) -> bool:
    suggestions = bot.replies.suggestions
    if not suggestions:
        return True
    try:
        return bot.ask(suggestions[0].ja, today=today).abstained is None
    except IctnaviError:
        return False


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
        app, host=host, port=port, access_log=False, log_level="warning", server_header=False, ws="none"
    )
    uvicorn.Server(config).run()
