"""A run (and the run before it) -> one HTML file that needs nothing else: figures, pictures, every case and why.

In: a run, its timing, a comparison, a language. Out: HTML as text; no script, nothing loaded from elsewhere. Layout
is templates/report.html.j2, words templates/words.toml; it scores and compares nothing itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from evals.cases import Case
from evals.charts import ORDER, draw_changes, draw_histogram, stack_outcomes
from evals.checks import Json
from evals.compare import Comparison
from evals.holdout import is_held_apart
from evals.runs import TIME, Made, Run
from evals.score import RIGHT, Outcome, Score
from evals.words import TEMPLATES, explain, label, say
from rag.types import Language

_WORST_FIRST = (*reversed(ORDER),)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One case as the report shows it. `anchor` is its place on the page."""

    anchor: str
    case: Case
    answer: Json | None
    error: str | None
    score: Score


def write_report(
    made: Made, comparison: Comparison | None = None, language: Language = "ja", *, details: bool = False
) -> str:
    """The page. Of the set held apart, figures and pictures alone, no question and no answer, unless `details`."""
    run = made.run
    entries = [
        Entry(
            anchor=f"c{number}", case=case, answer=run.answers.get(case.id), error=run.errors.get(case.id), score=score
        )
        for number, (case, score) in enumerate(zip(run.cases, run.scores, strict=True), start=1)
    ]
    page = _environment(language).get_template("report.html.j2")
    return page.render(
        language=language,
        run=run,
        timing=made.timing,
        facts=_conditions(made, language),
        lead=_lead(run.scores, language),
        figures=_figures(made),
        stacks=stack_outcomes(run.cases, run.scores),
        outcomes=[outcome.value for outcome in ORDER],
        comparison=comparison,
        details=details or not is_held_apart(run.set_name),
        bars=draw_changes(comparison.figures) if comparison else (),
        columns=draw_histogram(list(made.timing.elapsed_ms.values())),
        entries=entries,
        anchors={entry.case.id: entry.anchor for entry in entries},
        failing=sorted((e for e in entries if e.score.outcome not in RIGHT or e.score.wrong), key=_badness),
    ).lstrip()


def _environment(language: Language) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["say"] = lambda group, name, **values: say(group, name, language, **values)
    environment.globals["label"] = lambda group, name: label(group, name, language)
    environment.globals["explain"] = lambda check: explain(check.code, check.detail, language)
    environment.filters["percent"] = lambda value: f"{100 * value:.1f}"
    environment.filters["signed"] = lambda value: f"{100 * value:+.1f}"
    environment.tests["web"] = lambda url: str(url).startswith(("https://", "http://"))
    return environment


def describe_mode(run: Run, language: Language = "ja") -> str:
    """How a run was answered, with the chat model its settings named."""
    mode = label("mode", run.mode, language) or "—"
    return f"{mode} ({run.chat_model})" if run.chat_model else mode


def _conditions(made: Made, language: Language) -> list[tuple[str, str]]:
    run = made.run
    given = run.conditions
    rows = [
        ("set", f"{run.set_name} ({run.set_sha256[:12]})"), ("release", given.release), ("today", given.today),
        ("mode", describe_mode(run, language)), ("commit", _short(given.commit)),
        ("made_at", _readable(made.timing.made_at)), ("total", f"{made.timing.total_s:g}"),
    ]  # fmt: skip
    return rows + ([("judge", given.judge)] if given.judge else [])


def _readable(made_at: str) -> str:
    return datetime.strptime(made_at, TIME).replace(tzinfo=UTC).strftime("%Y-%m-%d %H:%M")


def _short(commit: str | None) -> str:
    head, dash, mark = (commit or "—").partition("-")
    return head[:12] + dash + mark


def _figures(made: Made) -> list[tuple[str, float, bool]]:
    """Name, value, whether it is a share."""
    rows = [(name, float(value), name not in {"cases", "unparseable"}) for name, value in made.run.summary.items()]
    rows = [row for row in rows if row[0] != "unparseable" or row[1] or made.run.conditions.judge]
    return [*rows, ("p50_ms", made.timing.percentile(0.5), False), ("p95_ms", made.timing.percentile(0.95), False)]


def _lead(scores: Sequence[Score], language: Language) -> str:
    right, wrong = sum(s.outcome in RIGHT for s in scores), sum(s.wrong for s in scores)
    values: dict[str, Any] = {
        "cases": len(scores), "right": right, "wrong": wrong, "percent": round(100 * right / len(scores)),
    }  # fmt: skip
    return say("report", "lead_wrong" if wrong else "lead_ok", language, **values)


def _badness(entry: Entry) -> tuple[bool, int, float, str]:
    order = _WORST_FIRST.index(Outcome(entry.score.outcome))
    return not entry.score.wrong, order, entry.score.value("fact_recall") or 0.0, entry.case.id
