"""The tab 評価: run a set, read and compare runs, exchange sets as spreadsheets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import gradio as gr

from evals.compare import compare_runs
from evals.running import run_set
from evals.runs import RunShelf
from evals.xlsx import write_xlsx
from rag.settings import Settings
from rag.types import SettingError
from ui.staff import evaluation
from ui.staff.guard import Guard
from ui.staff.tab import Tab, forget_upload, offer_file
from ui.staff.verdict import GATE_SET
from ui.staff.views import show_comparison, show_summary
from ui.staff.words import say

PROGRESS = gr.Progress()
RUN_WIDTH = 280  # pixels in which a run's id can be told from another's


@dataclass(frozen=True, kw_only=True)
class EvaluationTab:
    """The tab's events: each method is one."""

    settings: Settings
    today: Callable[[], date]
    guard: Guard

    def build(self) -> Tab:
        """Lay it out and tie the events."""
        sets = evaluation.choose_sets(self.settings.home)
        with gr.Row(equal_height=True):
            case_set = gr.Dropdown(label=say("evaluation.set"), choices=sets, value=GATE_SET, elem_id="set")
            run = gr.Button(say("evaluation.run"), variant="primary", elem_id="run")
        with gr.Row():
            after = gr.Dropdown(label=say("evaluation.after"), choices=[], min_width=RUN_WIDTH, elem_id="after")
            before = gr.Dropdown(label=say("evaluation.before"), choices=[], min_width=RUN_WIDTH)
        with gr.Row():
            report = gr.Button(say("evaluation.report"))
            compare = gr.Button(say("evaluation.compare"))
            export = gr.Button(say("evaluation.export"))
        shown = gr.Markdown(elem_id="figures")
        got = gr.File(label=say("evaluation.got"), interactive=False, height=90)
        with gr.Accordion(say("evaluation.take_title"), open=False):
            file = gr.File(label=say("evaluation.file"), file_types=[".xlsx", ".csv", ".jsonl"], type="filepath")
            take = gr.Button(say("evaluation.take"))
        allow, lists = self.guard.allow, [case_set, after, before]
        fill = allow("viewer", self.list_all)
        ran = run.click(allow("editor", self.run, action=say("evaluation.did_run"), describe=str), case_set, shown)
        took = take.click(allow("editor", self.take, action=say("evaluation.did_take")), file, [shown, file])
        for event in (ran, took):
            event.success(fill, None, lists)
        report.click(allow("viewer", self.report), after, got)
        compare.click(allow("viewer", self.compare), [before, after], shown)
        export.click(allow("viewer", self.export), case_set, got)
        return Tab(editors=[run, take], fill=fill, lists=lists)

    def list_all(self, request: gr.Request) -> list[Any]:
        """The choices."""
        sets, runs = evaluation.choose_sets(self.settings.home), evaluation.choose_runs(self.settings.home)
        newest, other = (runs[0] if runs else None), (runs[1] if len(runs) > 1 else None)
        return [gr.update(choices=sets), gr.update(choices=runs, value=newest), gr.update(choices=runs, value=other)]

    def run(self, request: gr.Request, name: str | None, progress: gr.Progress = PROGRESS) -> str:
        """Ask the served release the whole set."""
        case_set = evaluation.find_set(self.settings.home, name)
        run_id, made = run_set(
            case_set,
            self.settings,
            today=self.today().isoformat(),
            progress=lambda done, total: progress((done, total), desc=say("evaluation.asking")),
        )
        return say("evaluation.ran", run=run_id, figures=show_summary(made))

    def report(self, request: gr.Request, run_id: str | None) -> str:
        """The report as a file."""
        run_id = evaluation.find_run(self.settings.home, run_id)
        return offer_file(f"{run_id}.html", evaluation.make_report(self.settings.home, run_id))

    def compare(self, request: gr.Request, before: str | None, after: str | None) -> str:
        """Two runs."""
        shelf = RunShelf(self.settings.home)
        one, two = (shelf.read(evaluation.find_run(self.settings.home, i)).run for i in (before, after))
        if one.set_name != two.set_name:
            raise SettingError(say("evaluation.same_set"))
        return show_comparison(compare_runs(one, two))

    def export(self, request: gr.Request, name: str | None) -> str:
        """A set as a spreadsheet."""
        case_set = evaluation.find_set(self.settings.home, name)
        return offer_file(f"{case_set.name}.xlsx", write_xlsx(case_set))

    def take(self, request: gr.Request, file: str | None) -> list[Any]:
        """A spreadsheet as a set; the file that was sent goes."""
        case_set = evaluation.take_set(self.settings.home, file)
        forget_upload(file)
        return [say("evaluation.taken", name=case_set.name, count=len(case_set.cases)), None]
