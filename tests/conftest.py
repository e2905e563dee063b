"""What several test files share: a served release of the shipped corpus and of a small one, and the command line."""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from small_corpus import write_small_corpus

from rag.bot import Bot
from rag.build import build_release, publish
from rag.settings import PREFIX, Settings
from rag.types import Answer
from ui.cli import main

TODAY = date(2026, 11, 23)


@dataclass(frozen=True, kw_only=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


def run_command(home: Path, *arguments: str, **settings: str) -> Done:
    """`ictnavi …` in this process, without a terminal; `settings` are the whole of its ICTNAVI_ environment."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for name in [name for name in os.environ if name.startswith(PREFIX)]:
            patch.delenv(name)
        for name, value in {f"{PREFIX}HOME": str(home), **settings}.items():
            patch.setenv(name, value)
        try:
            main(arguments)
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
    return Done(code=code, out=out.getvalue(), err=err.getvalue())


def copy_home(home: Path, target: Path) -> Path:
    """A data folder of one's own with the same releases."""
    shutil.copytree(home, target, ignore=shutil.ignore_patterns("copies", "*.lock"))
    return target


def as_bytes(answer: Answer) -> bytes:
    """The answer's JSON without the time it took."""
    return json.dumps(answer.to_json() | {"elapsed_ms": 0}, ensure_ascii=False).encode()


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
