"""What tests run: the command line in this process, on a data folder of their own, on a fixed day."""

from __future__ import annotations

import io
import json
import os
import shutil
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from rag.settings import PREFIX
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
