"""What all commands share: the two consoles, the day, a bar for long work, and the bot of the served release."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from rag.settings import Settings
from rag.types import SettingError
from ui.stages import STAGES

if TYPE_CHECKING:
    from rag.bot import Bot

out = Console()
err = Console(stderr=True)


def japan_today() -> date:
    """Today's date in Japan."""
    return datetime.now(ZoneInfo("Asia/Tokyo")).date()


def read_day(value: str | None) -> date:
    """`--today`: YYYY-MM-DD; Japan's today where it is not given."""
    if value is None:
        return japan_today()
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise SettingError(f"--today {value} は日付ではありません(例 2026-11-23)") from None


@contextmanager
def showing_progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on the terminal for a build."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        tasks: dict[str, Any] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(STAGES.get(stage, stage), total=total)
            bar.update(tasks[stage], completed=done, total=total)

        yield report


def open_bot(settings: Settings) -> Bot:
    """The bot of the served release."""
    from rag.bot import Bot  # Chroma and LangChain: 2 s that other commands need not wait for

    return Bot.open(settings)
