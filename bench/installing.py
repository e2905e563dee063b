"""How long `make setup` takes from nothing: a copy of this folder, empty caches, the package index of this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure
from rag.settings import ROOT

NEEDED = ("Makefile", "pyproject.toml", "README.md", "LICENSE", "NOTICE", "app.py", "rag", "ui", "evals")


def set_up_from_nothing(folder: Path) -> Iterator[Figure]:
    """Copy what an installation needs into `folder`, run `make setup` there, weigh what came."""
    folder.mkdir(parents=True)
    for name in (*NEEDED, *(p.name for p in ROOT.glob("requirements*.lock"))):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    environment = {**os.environ, "UV_CACHE_DIR": str(folder / ".cache"), "PIP_NO_CACHE_DIR": "1"}
    began = time.perf_counter()
    subprocess.run(["make", "setup"], cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True)
    yield Figure(name="何もない所からの make setup", value=time.perf_counter() - began, unit="s", goal=240)
    size = sum(p.lstat().st_size for p in (folder / ".venv").rglob("*") if p.is_file() and not p.is_symlink())
    yield Figure(name=".venv の大きさ", value=size / 2**20, unit="MiB")
