"""A run's figures against thresholds kept in a file: which ones failed.

In: a summary, gate.toml. Out: `Failure`s, none where the gate is open. It runs nothing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evals.words import label
from rag.types import ContentError, SettingError

SHIPPED = Path(__file__).resolve().parent / "gate.toml"


@dataclass(frozen=True, kw_only=True)
class Failure:
    """One figure that missed its threshold. `value` is None where the run does not have it."""

    figure: str
    value: float | None
    threshold: float
    at_least: bool

    def __str__(self) -> str:
        shown = "なし" if self.value is None else f"{self.value:.4f}"
        bound = "以上" if self.at_least else "以下"
        return f"{label('figure', self.figure)}({self.figure}): {shown}(基準 {self.threshold:g} {bound})"


@dataclass(frozen=True, kw_only=True)
class Gate:
    """The thresholds of one set."""

    least: Mapping[str, float]
    most: Mapping[str, float]


def read_gate(set_name: str) -> Gate:
    """The thresholds of a set.

    Raises:
        SettingError: the file has none for it.
        ContentError: the file is not of the form.
    """
    path = SHIPPED
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ContentError(f"読めません({error})", path=path.name) from error
    if set_name not in tables:
        raise SettingError(f"{path.name} に評価セット「{set_name}」の基準がありません(あるもの: {'・'.join(tables)})。")
    table = tables[set_name]
    bounds = [table.get("min", {}), table.get("max", {})]
    for name, value in (item for bound in bounds for item in bound.items()):
        if not isinstance(value, int | float):
            raise ContentError(f"[{set_name}] の {name} は数字にしてください", path=path.name)
    return Gate(least=bounds[0], most=bounds[1])


def find_failures(summary: Mapping[str, float], gate: Gate) -> tuple[Failure, ...]:
    """Every figure beyond its threshold; one that is missing fails."""
    low = [
        Failure(figure=name, value=summary.get(name), threshold=threshold, at_least=True)
        for name, threshold in gate.least.items()
        if name not in summary or summary[name] < threshold
    ]
    high = [
        Failure(figure=name, value=summary.get(name), threshold=threshold, at_least=False)
        for name, threshold in gate.most.items()
        if name not in summary or summary[name] > threshold
    ]
    return (*low, *high)
