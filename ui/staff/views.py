"""Records of the library -> what the console shows: rows of tables, and Markdown in which only our own marks work.

Every text from a source, a question or a file goes through `escape_text`. It reads nothing and decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime

import gradio as gr

from evals.compare import Comparison, Moved
from evals.gate import Failure
from evals.runs import Made
from evals.words import label
from evals.words import say as say_eval
from rag.corpus import CheckReport, Problem
from rag.differences import PassageChange, Piece, Preview, compare_words
from rag.drift import Flag
from rag.refresh import RefreshReport
from rag.releases.shelf import ReleaseInfo
from rag.takeover import Takeover
from rag.types import Source
from ui.keeping import JAPAN
from ui.markup import dates_of, escape_text
from ui.printing import OUTCOMES, tell_takeovers
from ui.staff.audit import DONE, Entry
from ui.staff.impact import Impact
from ui.staff.words import say
from ui.stages import STAGES

MOST_SHOWN = 200  # passages of a preview; the rest is counted
COUNTED = {"cases", "unparseable"}


def tell_progress(progress: gr.Progress) -> Callable[[str, int, int], None]:
    """The library's progress on Gradio's bar."""
    return lambda stage, done, total: progress((done, total), desc=STAGES.get(stage, stage))


def list_sources(sources: Iterable[Source], held: Mapping[str, str], flagged: set[str], today: date) -> list[list[str]]:
    """A row each; `held` are originals' states by source id, `flagged` sources whose page has changed."""
    rows = []
    for source in sources:
        states = [held.get(source.id, say("sources.summary"))]
        if source.review_by and source.review_by < today.isoformat():
            states.append(say("sources.overdue"))
        if source.id in flagged:
            states.append(say("sources.page_changed"))
        dates = "・".join(dates_of(source, "ja"))
        kind, standing = say(f"kind.{source.kind}"), say(f"standing.{source.standing}")
        rows.append([source.title, kind, standing, "・".join(states), source.review_by or "", dates, source.id])
    return rows


def list_releases(releases: Iterable[ReleaseInfo]) -> list[list[str]]:
    """A row each, newest first."""
    return [
        [
            say("releases.broken") if info.problem else name_state(info),
            f"{info.created.astimezone(JAPAN):%Y-%m-%d %H:%M}",
            str(info.counts.get("passages", "")),
            info.id,
        ]
        for info in releases
    ]


def list_entries(entries: Iterable[Entry]) -> list[list[str]]:
    """A row each of the audit log, at the time of Japan; a damaged line has no time."""
    return [
        [
            f"{datetime.fromisoformat(e.at).astimezone(JAPAN):%Y-%m-%d %H:%M:%S}" if e.at else "",
            e.user,
            e.action,
            e.detail,
            say("state.done") if e.result == DONE else e.result,
        ]
        for e in entries
    ]


def name_state(info: ReleaseInfo) -> str:
    """Served, served before, or a candidate."""
    return say(f"releases.{'served' if info.current else 'served_before' if info.published else 'candidate'}")


def show_preview(preview: Preview) -> str:
    """What a reader would see change."""
    if preview.empty:
        return say("preview.same")
    counts, left = preview.counts, MOST_SHOWN
    shown = [say("preview.counts", counts=counts)]
    for document in preview.documents:
        shown.append(f"### {say(f'mark.{document.change}')}: {escape_text(document.title)}")
        shown += [show_passage(passage) for passage in document.passages[:left]]
        left = max(0, left - len(document.passages))
    for source in preview.sources:
        change = say("preview.source", mark=say(f"mark.{source.change}"), title=escape_text(source.title))
        shown.append(f"- {change} {' / '.join(_show_field(*field) for field in source.fields)}")
    for flag in preview.flags:
        shown.append(f"- {_show_flag(flag)}")
    if sum(counts.values()) > MOST_SHOWN:
        shown.append(say("preview.first", most=MOST_SHOWN))
    return "\n\n".join(shown)


def _show_field(name: str, was: str, now: str) -> str:
    """A field of a source, before and after."""
    shown = (escape_text(value) or say("preview.none") for value in (was, now))
    return f"{say(f'field.{name}')} {' → '.join(shown)}"


def _show_flag(flag: Flag) -> str:
    """What a source's page has lost, and the sentence that rests on it."""
    return say("preview.missing", missing=_flat("・".join(flag.missing)), statement=_flat(flag.statement))


def show_takeovers(takeovers: Sequence[Takeover] | None) -> str:
    """The documents that would take the place of answers, each with some of the questions; nothing where none does."""
    return "\n\n".join(
        "\n".join([f"**{_flat(warning)}**", "", *(f"- {_flat(question)}" for question in questions)])
        for warning, *questions in tell_takeovers(takeovers)
    )


def show_passage(passage: PassageChange) -> str:
    """One passage with its words and its years and numbers marked."""
    words, values = _mark_pieces(passage.pieces), ""
    if passage.values_lost or passage.values_won:
        lost, won = (_flat("・".join(v)) or say("preview.none") for v in (passage.values_lost, passage.values_won))
        values = f"<br><strong>{say('preview.values')}: {lost} → {won}</strong>"
    return f"- {say(f'mark.{passage.change}')} {_flat(passage.heading)}<br>{words}{values}"


def _mark_pieces(pieces: Iterable[Piece]) -> str:
    tags = {"added": "ins", "removed": "del"}
    return "".join(
        f"<{tags[p.kind]}>{_flat(p.text)}</{tags[p.kind]}>" if p.kind in tags else _flat(p.text) for p in pieces
    )


def _flat(text: str) -> str:
    return escape_text(" ".join(text.split()))


def show_summary(made: Made) -> str:
    """The figures of a run."""
    rows = [
        f"| {label('figure', name)} | {value:g} |"
        if name in COUNTED
        else f"| {label('figure', name)} | {100 * value:.1f}\N{NO-BREAK SPACE}% |"
        for name, value in made.run.summary.items()
    ]
    return "\n".join([f"| {say_eval('report', 'figure')} | {say_eval('report', 'value')} |", "|---|---:|", *rows])


def show_comparison(comparison: Comparison) -> str:
    """Figures before and after, and the questions that moved."""
    lines = [f"| {' | '.join(say('evaluation.compared_heads').split('・'))} |", "|---|---:|---:|---:|"]
    lines += [
        f"| {label('figure', c.name)} | {100 * c.before:.1f} | {100 * c.after:.1f} | {100 * c.difference:+.1f} |"
        for c in comparison.figures
    ]
    for name in ("worse", "better", "changed"):
        moved: tuple[Moved, ...] = getattr(comparison, name)
        lines.append(f"\n**{say_eval('report', name)}: {len(moved)}**\n")
        for item in moved[:50]:
            was, now = (label("outcome", score.outcome.value) for score in (item.before, item.after))
            lines.append(f"- {_flat(item.question)}: {was} → {now}")
    return "\n".join(lines)


def show_impact(impact: Impact) -> str:
    """The most asked questions whose answers change, with the words that came and went."""
    if not impact.asked:
        return say("material.nothing_asked")
    shown = [f"**{say('material.often', asked=impact.asked, changed=len(impact.changed))}**", ""]
    for each in impact.changed:
        pieces = compare_words(each.before, each.after)
        shown.append(f"- {_flat(each.question)} ({say('material.times', count=each.count)})<br>{_mark_pieces(pieces)}")
    return "\n".join(shown)


def show_verdict(failures: Sequence[Failure] | None) -> str:
    """What the gate says; None where the release was not measured."""
    if failures is None:
        return say("verdict.unknown")
    if not failures:
        return say("verdict.passed")
    return say("verdict.missed") + "\n\n" + "\n".join(f"- {failure}" for failure in failures)


def show_refresh(report: RefreshReport) -> str:
    """What a refresh found."""
    counts = " ・ ".join(f"{OUTCOMES[name]} {count}" for name, count in report.counts.items())
    lines = [say("refresh.pages", count=len(report.pages), counts=counts)]
    lines += [
        f"- {_flat(page.title)}: {OUTCOMES[page.outcome]} {_flat(page.detail)}"
        for page in report.pages
        if not page.good
    ]
    lines += [f"- {_show_flag(flag)}" for flag in report.flags]
    if report.problem:
        lines.append("\n" + say("refresh.problem", problem=_flat(report.problem)))
    candidate = report.candidate
    lines.append("\n" + (say("refresh.candidate", candidate=candidate) if candidate else say("refresh.same")))
    return "\n".join(lines)


MOST_PROBLEMS = 30
QUOTED = 24  # characters of a line that help to find it


def show_problems(report: CheckReport, path: str, text: str) -> str:
    """What the checker says of a file being written, with the beginning of each line it points at."""
    lines = text.split("\n")

    def show(problem: Problem) -> str:
        own = problem.path == path
        words = _flat(lines[problem.line - 1][:QUOTED]) if own and 0 < problem.line <= len(lines) else ""
        place = say("editor.line", line=problem.line) if problem.line else ""
        place = place if own else f"{problem.path} {place}"
        return f"- **{place}** " + (f"「{words}…」 " if words else "") + _flat(problem.message)

    count = len(report.problems)
    shown = [f"**{say('editor.problems', count=count) if count else say('editor.no_problems')}**", ""]
    shown += [show(problem) for problem in report.problems[:MOST_PROBLEMS]]
    if report.warnings:
        shown += ["", say("editor.warnings", count=len(report.warnings)), ""]
        shown += [show(warning) for warning in report.warnings[:MOST_PROBLEMS]]
    return "\n".join(shown)


def show_lines(lines: Sequence[str]) -> str:
    """Lines with + and - in front, as words that came and words that went."""
    tags = {"+": "ins", "-": "del"}
    shown = [f"- <{tags[line[0]]}>{_flat(line[1:])}</{tags[line[0]]}>" for line in lines if line[1:].strip()]
    rest = [say("editor.more", count=len(shown) - MOST_SHOWN)] if len(shown) > MOST_SHOWN else []
    return "\n".join(shown[:MOST_SHOWN] + rest)
