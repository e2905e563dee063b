"""From settings to a served page: the first release where there is none, the bot, the server.

What `app.py` and `ictnavi serve` both call. It binds only what the settings name.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from rag.build import build_checked, publish
from rag.index import Progress
from rag.releases import ReleaseStore
from rag.settings import Settings
from rag.types import ReleaseError
from ui.journal import start_logging
from ui.keeping import Keeper
from ui.limits import REQUESTS_PER_QUESTION, Rates
from ui.metrics import Metrics, serve_metrics

if TYPE_CHECKING:
    from ui.furniture import Terms
    from ui.server import Surroundings


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

    start_logging(settings.log_level)
    check_port(settings.host, settings.port)
    ensure_release(settings, progress)
    metrics = Metrics()
    if settings.metrics_port is not None:
        serve_metrics(metrics, settings.host, settings.metrics_port)
    keeper = Keeper(
        settings.home, keep_days=settings.keep_questions, now=lambda: datetime.now(UTC), lost=metrics.unkept.inc
    )
    keeper.start()
    app = create_app(
        Bot.open(settings),
        today=today,
        root_path=settings.root_path,
        terms=describe_terms(settings),
        frame_ancestors=settings.embed_origins,
        feedback=keeper if settings.keep_questions else None,
        around=surround(settings, metrics, keeper, today),
    )
    try:
        serve(app, host=settings.host, port=settings.port)
    finally:
        keeper.close()


def describe_terms(settings: Settings) -> Terms:
    """What visitors are told; a question goes out where answers or the search use a model outside of this process."""
    from ui.furniture import Terms

    return Terms(
        question_limit=settings.question_limit,
        by_model=bool(settings.chat_model or settings.embeddings),
        keep_days=settings.keep_questions,
    )


def surround(settings: Settings, metrics: Metrics, keeper: Keeper, today: Callable[[], date]) -> Surroundings:
    """What the settings put around the page; the console shows itself once a user exists."""
    from ui.server import Surroundings
    from ui.staff.console import Staff

    return Surroundings(
        proxies=settings.trusted_proxies,
        questions=Rates(per_client=settings.client_rate, overall=settings.total_rate, count=metrics.count_refusal),
        requests=Rates(
            per_client=settings.client_rate * REQUESTS_PER_QUESTION,
            overall=settings.total_rate * REQUESTS_PER_QUESTION,
            count=lambda kind: metrics.count_refusal(f"requests_{kind}"),
        ),
        metrics=metrics,
        store=keeper,
        staff=Staff.of(settings, today),
    )
