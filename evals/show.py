"""A run, a comparison, bench's figures -> what the command line prints. It computes nothing and writes no file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from evals.compare import Comparison, Moved
from evals.report import describe_mode
from evals.runs import Made, Run
from evals.words import explain, label, say

LISTS = ("worse", "better", "changed")


def show_summary(made: Made) -> None:
    """Every figure of a run."""
    table = Table(say("report", "figure"), say("report", "value"), box=None)
    for name, value in made.run.summary.items():
        table.add_row(
            label("figure", name), f"{value:g}" if name in {"cases", "unparseable"} else f"{100 * value:.1f} %"
        )
    table.add_row(label("figure", "p50_ms"), f"{made.timing.percentile(0.5):g}")
    table.add_row(label("figure", "p95_ms"), f"{made.timing.percentile(0.95):g}")
    Console().print(table)


def show_conditions(before: Run, after: Run) -> None:
    """What two runs were made under, one line each: mode, chat model, release."""
    for name, run in (("before", before), ("after", after)):
        typer.echo(f"{say('report', name)}: {describe_mode(run)} · {run.conditions.release}")


def show_comparison(comparison: Comparison, *, details: bool) -> None:
    """The differences; the lists with their questions, or only how long they are."""
    heads = ("figure", "before", "after", "difference", "interval", "p_value")
    table = Table(*(say("report", head) for head in heads), box=None)
    for c in comparison.figures:
        interval = f"{100 * c.interval.low:+.1f} … {100 * c.interval.high:+.1f}"
        table.add_row(
            label("figure", c.name), f"{100 * c.before:.1f}", f"{100 * c.after:.1f}", f"{100 * c.difference:+.1f}",
            interval, f"{c.p_value:.3f}",
        )  # fmt: skip
    Console().print(table)
    for name in LISTS:
        items: tuple[Moved, ...] = getattr(comparison, name)
        typer.echo(f"\n{say('report', name)}: {len(items)}")
        for item in items if details else ():
            _show_moved(item)
    for name in ("only_before", "only_after"):
        if ids := getattr(comparison, name):
            typer.echo(f"\n{say('report', name)}: {'・'.join(ids) if details else len(ids)}")
    if not details:
        typer.echo(say("report", "withheld"))


def _show_moved(item: Moved) -> None:
    states = [
        label("outcome", s.outcome.value) + (f"({say('report', 'wrong')})" if s.wrong else "")
        for s in (item.before, item.after)
    ]
    typer.echo(f"- {item.id} {item.question}\n    {states[0]} → {states[1]}")
    for code, before, after in item.notes:
        typer.echo(f"    {label('change', code)}: {label('reason', before) or '—'} → {label('reason', after) or '—'}")
    for check in item.after.checks:
        if not check.passed:
            typer.echo(f"    {explain(check.code, check.detail)}")


def show_bench(figures: Mapping[str, Any]) -> None:
    """One column a system, one row a key."""
    systems = {"ictnavi": figures, **figures.get("peers", {})}
    rows = {name: _flat({k: v for k, v in values.items() if k != "peers"}) for name, values in systems.items()}
    table = Table("", *systems, box=None)
    for key in rows["ictnavi"]:
        table.add_row(key, *(f"{values[key]:.4g}" if key in values else "-" for values in rows.values()))
    Console(width=None if len(systems) == 1 else 160).print(table)


def _flat(values: Mapping[str, Any], above: str = "") -> dict[str, float]:
    out: dict[str, float] = {}
    for key, value in values.items():
        name = f"{above}{key}"
        out |= _flat(value, f"{name}.") if isinstance(value, dict) else {name: float(value)}
    return out
