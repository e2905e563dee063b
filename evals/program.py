"""What program makes a run: the versions of its parts, and its commit.

In: the installed packages, the git checkout. Out: plain values for a run's conditions. It changes nothing.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version

from rag.language.tokens import versions
from rag.settings import ROOT

PACKAGES = ("ictnavi", "langchain-core", "langchain-chroma", "chromadb", "bm25s", "numpy")
# what answers and scores depend on; the log grows with every scoring and decides nothing
_PARTS = ("rag", "evals", "ui", "corpus", "requirements.lock", ":!evals/sets/holdout.log.toml")


def list_versions() -> dict[str, str]:
    """Package -> version, `-` where it is not installed; Python's, the tokenizer's and the dictionary's too."""
    found = {"python": ".".join(map(str, sys.version_info[:3])), **{k: str(v) for k, v in versions().items()}}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "-"
    return found


def find_commit() -> str | None:
    """The commit, with `-dirty` behind it where the files differ from it; None where this is no git checkout."""
    head = _git("rev-parse", "HEAD")
    if head is None:
        return None
    changed = _git("status", "--porcelain", "--", *_PARTS)
    return f"{head}-dirty" if changed else head


def _git(*arguments: str) -> str | None:
    git = shutil.which("git")
    if git is None:
        return None
    done = subprocess.run(  # noqa: S603 - fixed arguments
        [git, "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else None
