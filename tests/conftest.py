"""What several test files share: the shipped corpus as a published release, built once a session."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from rag.bot import Bot
from rag.build import build_release, publish
from rag.settings import Settings

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="session")
def shipped_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which the shipped corpus is served. Read only: who changes it copies it first."""
    home = tmp_path_factory.mktemp("shipped") / "home"
    settings = Settings(home=home)
    publish(settings, build_release(settings))
    return home


@pytest.fixture(scope="session")
def bot(shipped_home: Path) -> Iterator[Bot]:
    """The bot on the shipped corpus."""
    opened = Bot.open(Settings(home=shipped_home))
    yield opened
    opened.close()
