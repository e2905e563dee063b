"""The tab 質問の傾向: what was asked (masked), what was not answered, feedback; a question becomes a case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import gradio as gr

from evals.cases import REASONS
from evals.words import label
from evals.words import say as say_eval
from rag import overlay
from rag.records import read_passages
from rag.releases import ReleaseStore
from rag.settings import Settings
from rag.types import SettingError
from ui.staff import editing, evaluation
from ui.staff.guard import Guard
from ui.staff.tab import Tab
from ui.staff.tab_editor import show_opened
from ui.staff.topics import group_questions
from ui.staff.words import say
from ui.state import ANSWERED, StateStore

DAYS = 30


@dataclass(frozen=True, kw_only=True)
class QuestionsTab:
    """The tab's events: each method is one."""

    settings: Settings
    today: Callable[[], date]
    guard: Guard
    editor: Sequence[Any]
    strip: gr.Tabs

    def build(self) -> Tab:
        """Lay it out and tie the events."""
        look = gr.Button(say("questions.look"), elem_id="look")
        counts = gr.Dataframe(headers=_heads("outcomes"), interactive=False, label=say("questions.outcomes", days=DAYS))
        often = gr.Dataframe(headers=_heads("often"), interactive=False, wrap=True, label=say("questions.often"))
        topics = gr.Dataframe(
            headers=_heads("topics"),
            interactive=False,
            wrap=True,
            label=say("questions.topics"),
            elem_id="topics",
        )
        unanswered = gr.Dataframe(
            headers=_heads("unanswered"),
            interactive=False,
            wrap=True,
            label=say("questions.unanswered"),
            elem_id="unanswered",
        )
        feedback = gr.Dataframe(
            headers=_heads("feedback"), interactive=False, wrap=True, label=say("questions.feedback")
        )
        gr.Markdown(say("questions.case_title"))
        picked = gr.Dropdown(label=say("questions.unanswered"), choices=[], elem_id="picked")
        facts = gr.Textbox(label=say("questions.facts"), lines=3, elem_id="facts")
        with gr.Row():
            sources = gr.Textbox(label=say("questions.sources"))
            reason = gr.Dropdown(
                label=say("questions.why_not"),
                elem_id="case-reason",
                choices=[(say_eval("reason", r), r) for r in REASONS],
                value=None,
            )
        make = gr.Button(say("questions.make"), variant="primary", elem_id="make-case")
        told = gr.Markdown(elem_id="case-told")
        gr.Markdown(say("questions.draft_title"))
        with gr.Row():
            into = gr.Dropdown(label=say("questions.draft_into"), choices=[], elem_id="draft-into")
            heading = gr.Dropdown(label=say("questions.draft_heading"), choices=[], elem_id="draft-heading")
        draft = gr.Button(say("questions.draft"), elem_id="draft")
        allow, lists = self.guard.allow, [counts, often, topics, unanswered, feedback, picked, into]
        fill = allow("viewer", self.list_all)
        look.click(fill, None, lists)
        made = allow(
            "editor", self.make, action=say("questions.did_make"), describe=lambda *values: evaluation.FROM_QUESTIONS
        )
        make.click(made, [picked, facts, sources, reason], told)
        into.input(allow("viewer", self.list_headings), into, heading)
        draft.click(allow("editor", self.draft), [picked, into, heading], [*self.editor, self.strip])
        return Tab(editors=[make, draft], fill=fill, lists=lists)

    def list_all(self, request: gr.Request) -> list[Any]:
        """The tables and the choices; empty where nothing is kept."""
        since = self.today() - timedelta(days=DAYS)
        store = StateStore.open(self.settings.home)
        try:
            counts = [[_outcome(c.outcome), c.count] for c in store.count_by_outcome(since=since)]
            often = [
                [o.question, o.count, o.answered, o.last_day.isoformat()] for o in store.most_asked(50, since=since)
            ]
            missed = [q for q in store.list_questions(since=since) if q.outcome != ANSWERED and q.question]
            feedback = [
                [f.day.isoformat(), say(f"feedback.{f.verdict}"), f.question] for f in store.list_feedback(since=since)
            ]
        finally:
            store.close()
        rows = [[q.question, q.day.isoformat(), _outcome(q.outcome)] for q in missed]
        choices = list(dict.fromkeys(q.question for q in missed))
        sheets = [(n.name, n.path) for n in editing.list_files(self.settings) if n.path.endswith(".md")]
        return [
            counts,
            often,
            self._group(choices),
            rows,
            feedback,
            gr.update(choices=choices, value=None),
            gr.update(choices=sheets),
        ]

    def _group(self, questions: list[str]) -> list[list[str]]:
        """A row for each topic of the questions."""
        store = ReleaseStore(self.settings.home)
        passages = [p.text for p in read_passages(store.folder(store.current()) / "passages.jsonl")]
        glossary = overlay.load(self.settings.corpus, self.settings.home).glossary
        return [
            [topic.word or say("questions.other"), str(len(topic.questions)), " / ".join(topic.questions)]
            for topic in group_questions(questions, glossary, passages)
        ]

    def list_headings(self, request: gr.Request, path: str | None) -> Any:
        """The headings of a sheet."""
        return gr.update(choices=list(editing.list_headings(self.settings, path)), value=None)

    def draft(self, request: gr.Request, question: str | None, path: str | None, heading: str | None) -> list[Any]:
        """The editor, opened at the sheet with the question in it."""
        if not question:
            raise SettingError(say("questions.choose"))
        opened = editing.draft(self.settings, path, question, heading)
        return [*show_opened(self.settings, opened, self.today()), gr.update(selected="editor")]

    def make(
        self, request: gr.Request, question: str | None, facts: str | None, sources: str | None, reason: str | None
    ) -> str:
        """One more case in the set of visitors' questions."""
        if not question:
            raise SettingError(say("questions.choose"))
        case = evaluation.add_case(self.settings.home, question, facts or "", sources or "", reason or None)
        return say("questions.made", name=evaluation.FROM_QUESTIONS, case=case.id)


def _heads(table: str) -> list[str]:
    return say(f"questions.{table}_heads").split("・")


def _outcome(name: str) -> str:
    return say("questions.answered") if name == ANSWERED else label("reason", name)
