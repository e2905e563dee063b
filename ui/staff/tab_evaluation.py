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

PROGRESS = gr.Progress()


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
            case_set = gr.Dropdown(label="評価セット", choices=sets, value=GATE_SET, elem_id="set")
            run = gr.Button("公開中の版を評価する", variant="primary", elem_id="run")
        with gr.Row():
            after = gr.Dropdown(label="評価の記録", choices=[], elem_id="after")
            before = gr.Dropdown(label="比べる記録", choices=[])
        with gr.Row():
            report = gr.Button("レポートを作る")
            compare = gr.Button("2つの記録を比べる")
            export = gr.Button("評価セットをXLSXで出す")
        shown = gr.Markdown(elem_id="figures")
        got = gr.File(label="できたファイル", interactive=False, height=90)
        with gr.Accordion("評価セットを取り込む(XLSX・CSV・JSONL)", open=False):
            file = gr.File(label="ファイル", file_types=[".xlsx", ".csv", ".jsonl"], type="filepath")
            take = gr.Button("取り込む")
        allow, lists = self.guard.allow, [case_set, after, before]
        fill = allow("viewer", self.list_all)
        ran = run.click(allow("editor", self.run, action="評価", describe=str), case_set, shown)
        took = take.click(allow("editor", self.take, action="評価セットの取り込み"), file, [shown, file])
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
            progress=lambda done, total: progress((done, total), desc="質問しています"),
        )
        return f"記録: {run_id}\n\n{show_summary(made)}"

    def report(self, request: gr.Request, run_id: str | None) -> str:
        """The report as a file."""
        run_id = evaluation.find_run(self.settings.home, run_id)
        return offer_file(f"{run_id}.html", evaluation.make_report(self.settings.home, run_id))

    def compare(self, request: gr.Request, before: str | None, after: str | None) -> str:
        """Two runs."""
        shelf = RunShelf(self.settings.home)
        one, two = (shelf.read(evaluation.find_run(self.settings.home, i)).run for i in (before, after))
        if one.set_name != two.set_name:
            raise SettingError("同じ評価セットの記録を2つ選んでください")
        return show_comparison(compare_runs(one, two))

    def export(self, request: gr.Request, name: str | None) -> str:
        """A set as a spreadsheet."""
        case_set = evaluation.find_set(self.settings.home, name)
        return offer_file(f"{case_set.name}.xlsx", write_xlsx(case_set))

    def take(self, request: gr.Request, file: str | None) -> list[Any]:
        """A spreadsheet as a set; the file that was sent goes."""
        case_set = evaluation.take_set(self.settings.home, file)
        forget_upload(file)
        return [f"評価セット「{case_set.name}」を取り込みました({len(case_set.cases)}問)。", None]
