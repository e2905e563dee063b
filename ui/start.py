"""From settings to a served page: the first release where there is none, the bot, the server.

What `app.py` and `ictnavi serve` both call. It binds only what the settings name.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

from rag.build import build_checked, publish
from rag.index import Progress
from rag.releases import ReleaseStore
from rag.settings import Settings
from rag.types import ReleaseError


def ensure_release(settings: Settings, showing: Callable[[], AbstractContextManager[Progress]]) -> None:
    """Build and publish the shipped corpus where nothing was ever published; a damaged release is not papered over."""
    store = ReleaseStore(settings.home)
    store.sweep()
    try:
        store.current()
    except ReleaseError:
        if store.releases() and any(info.published for info in store.releases()):
            raise
        with showing() as progress:
            release_id = build_checked(settings, progress=progress)
        publish(settings, release_id, reason="最初の公開")


def start(
    settings: Settings,
    *,
    today: Callable[[], date],
    progress: Callable[[], AbstractContextManager[Progress]],
) -> None:
    """Serve until stopped.

    Raises:
        IctnaviError: nothing can be served; one sentence.
    """
    from rag.bot import Bot  # gradio and chroma take seconds to import: only where a page is served
    from ui.server import check_port, create_app, serve

    check_port(settings.host, settings.port)
    ensure_release(settings, progress)
    bot = Bot.open(settings)
    app = create_app(bot, today=today, root_path=settings.root_path, question_limit=settings.question_limit)
    serve(app, host=settings.host, port=settings.port)
