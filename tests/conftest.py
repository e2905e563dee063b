"""What several test files share: a served release of the shipped corpus and of a small one."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from running import copy_home
from small_corpus import write_small_corpus
from threat_table import pytest_addoption, pytest_terminal_summary, record_row

from rag.bot import Bot
from rag.build import build_release, publish
from rag.settings import Settings

__all__ = ["pytest_addoption", "pytest_terminal_summary", "record_row"]  # hooks and a fixture, for pytest to find

hypothesis.settings.register_profile("shared", deadline=None)  # speed is measured by make bench, on a quiet machine
hypothesis.settings.load_profile("shared")


@pytest.fixture(scope="session")
def shipped_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which the shipped corpus is served. Read only: who changes it copies it first.

    Built once for all workers of pytest-xdist, of which each takes a copy: a build is a minute of a core.
    """
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    built = shared / "shipped-home"
    with (shared / "shipped.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (built / "CURRENT").exists():
            settings = Settings(home=built)
            publish(settings, build_release(settings))
    return copy_home(built, tmp_path_factory.mktemp("shipped") / "home")


@pytest.fixture(scope="session")
def bot(shipped_home: Path) -> Iterator[Bot]:
    """The bot on the shipped corpus."""
    opened = Bot.open(Settings(home=shipped_home))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def small_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A data folder in which the small corpus is served. Read only, like the shipped one."""
    folder = tmp_path_factory.mktemp("small")
    settings = Settings(home=folder / "home", corpus=write_small_corpus(folder / "corpus"))
    publish(settings, build_release(settings))
    return settings


@pytest.fixture(scope="session")
def small_bot(small_settings: Settings) -> Iterator[Bot]:
    """The bot on the small corpus."""
    opened = Bot.open(small_settings)
    yield opened
    opened.close()
