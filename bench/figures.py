"""What was measured, beside what was promised: a figure, its goal, and the table and file they are shown in."""

from __future__ import annotations

import json
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured number. `goal` is an upper bound in the same unit; None where nothing was promised.

    `scale` says how much of the promised load was used, as "60/600" seconds; empty where it was the whole.
    """

    name: str
    value: float
    unit: str
    goal: float | None = None
    scale: str = ""

    @property
    def met(self) -> bool:
        """Whether the promise holds."""
        return self.goal is None or self.value <= self.goal


def find_percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 … 100) per cent of the values do not exceed, interpolated; without values for ever."""
    return float("inf") if not len(values) else float(np.percentile(np.asarray(values), share))


def show_figures(measure: Callable[[Path], Iterable[Figure]], target: Path | None) -> None:
    """Measure in a folder that is removed; each figure as it comes, then the table, and the file where one is named."""
    console, figures = Console(), []
    home = Path(tempfile.mkdtemp(prefix="ictnavi-bench-"))
    try:
        for figure in measure(home):
            console.print(f"[dim]{figure.name}: {_write(figure.value)} {figure.unit}[/]", highlight=False)
            figures.append(figure)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    print_figures(console, figures)
    if target:
        write_figures(target, figures)


def print_figures(console: Console, figures: Sequence[Figure]) -> None:
    """One row a figure."""
    table = Table("測ったもの", "値", "単位", "目標", "規模", "", title="make bench", title_justify="left")
    for column in (1, 3):
        table.columns[column].justify = "right"
    for figure in figures:
        goal = "" if figure.goal is None else f"≤ {figure.goal:g}"
        mark = "" if figure.goal is None else "[green]○[/]" if figure.met else "[red]×[/]"
        table.add_row(figure.name, _write(figure.value), figure.unit, goal, figure.scale, mark)
    console.print(table)


def _write(value: float) -> str:
    """Three digits that say something."""
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:.2f}"


def write_figures(path: Path, figures: Sequence[Figure]) -> None:
    """The same as JSON, with the Python and the processor they were measured on."""
    record = {
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "figures": [
            {
                "name": f.name,
                "value": round(f.value, 3) if isfinite(f.value) else None,
                "unit": f.unit,
                "goal": f.goal,
                "met": f.met,
                "scale": f.scale,
            }
            for f in figures
        ],
    }
    path.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", "utf-8")
