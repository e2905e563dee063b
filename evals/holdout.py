"""The set that is held apart: which version of it holds, and every time it was scored.

In: a set, or the figures of a run of it. Out: entries at the end of `sets/holdout.log.toml`, which is kept in git. What
stands in the cases is none of its business. `python -m evals.holdout "why"` records a changed set.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from evals.cases import HELD_APART, SHIPPED, CaseSet, load_set
from rag.types import ContentError, SettingError

LOG = SHIPPED / f"{HELD_APART}.log.toml"
FIGURES = (
    "right", "wrong", "false_abstentions", "false_answers", "fact_recall", "quote_exactness", "number_exactness",
    "citation_recall", "right_reason",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Scoring:
    """One run of the set. `at` is UTC as runs write it; `commit` None outside a checkout."""

    at: str
    run: str
    sha256: str
    cases: int
    release: str
    commit: str | None
    figures: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Log:
    """What the file says: the hash of the version that holds, and the hash of each scoring, oldest first."""

    current: str
    scored: tuple[str, ...]


def is_held_apart(set_name: str) -> bool:
    """Whether nobody should see the cases of this set by accident."""
    return set_name.startswith(HELD_APART)


def read_log(path: Path = LOG) -> Log:
    """Raises ContentError where the file is missing or broken, or names no version."""
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
        versions = [str(entry["sha256"]) for entry in tables["version"]]
        scored = tuple(str(entry["sha256"]) for entry in tables.get("scoring", ()))
    except (OSError, tomllib.TOMLDecodeError, KeyError, IndexError, TypeError) as error:
        raise ContentError(f"取り置きのセットの記録を読めません({error})", path=path.name) from error
    return Log(current=versions[-1], scored=scored)


def record_scoring(scoring: Scoring, path: Path, other: Path) -> Path:
    """Append to `path`; where that may not be written (an installed package), to `other`. Gives the file written."""
    figures = ", ".join(f"{name} = {scoring.figures[name]}" for name in FIGURES if name in scoring.figures)
    values: dict[str, str | int] = {
        "at": scoring.at, "run": scoring.run, "sha256": scoring.sha256, "cases": scoring.cases,
        "release": scoring.release, "commit": scoring.commit or "",
    }  # fmt: skip
    entry = _entry("scoring", values) + f"figures = {{ {figures} }}\n"
    try:
        return _append(path, entry)
    except OSError:
        return _append(other, entry)


def record_version(case_set: CaseSet, why: str, day: str, path: Path = LOG) -> bool:
    """Say that the set now is this one, and why it changed; False where the file says so already.

    Raises:
        SettingError: no reason is given.
    """
    if not why.strip():
        raise SettingError('取り置きのセットを変えた理由を書いてください(python -m evals.holdout "理由")。')
    if path.exists() and read_log(path).current == case_set.sha256:
        return False
    values: dict[str, str | int] = {"on": day, "sha256": case_set.sha256, "cases": len(case_set.cases), "why": why}
    _append(path, _entry("version", values))
    return True


def _entry(table: str, values: Mapping[str, str | int]) -> str:
    """A JSON string is a TOML string too."""
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items()]
    return f"\n[[{table}]]\n" + "".join(lines)


def _append(path: Path, entry: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(entry)
    return path


def main() -> None:
    """`python -m evals.holdout "why"`."""
    case_set = load_set(str(SHIPPED / f"{HELD_APART}.jsonl"), Path())
    added = record_version(case_set, " ".join(sys.argv[1:]), datetime.now(UTC).date().isoformat())
    print(f"{LOG.name}: {len(case_set.cases)}問 {case_set.sha256}" + ("" if added else "(記録済み)"))


if __name__ == "__main__":
    try:
        main()
    except (ContentError, SettingError) as refused:
        sys.exit(str(refused))
