"""The tab 質問の傾向: what was asked (masked), what was not answered, feedback; a question becomes a case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import gradio as gr

from evals.cases import REASONS
from evals.words import label
from evals.words import say as say_eval
from rag.settings import Settings
from rag.types import SettingError
from ui.staff import evaluation
from ui.staff.guard import Guard
from ui.staff.tab import Tab
from ui.state import ANSWERED, StateStore

DAYS = 30
VERDICT_WORDS = {
    "helpful": "役に立った",
    "wrong_source": "根拠が違う",
    "outdated": "古い",
    "no_answer": "答えになっていない",
}
OFTEN_HEADS = ["質問(伏せ字)", "回数", "答えた回数", "最後の日"]
UNANSWERED_HEADS = ["質問(伏せ字)", "日", "理由"]
FEEDBACK_HEADS = ["日", "評価", "質問(伏せ字)"]
COUNT_HEADS = ["結果", "数"]


@dataclass(frozen=True, kw_only=True)
class QuestionsTab:
    """The tab's events: each method is one."""

    settings: Settings
    today: Callable[[], date]
    guard: Guard

    def build(self) -> Tab:
        """Lay it out and tie the events."""
        look = gr.Button("新しくする", elem_id="look")
        counts = gr.Dataframe(headers=COUNT_HEADS, interactive=False, label=f"この{DAYS}日の結果")
        often = gr.Dataframe(headers=OFTEN_HEADS, interactive=False, wrap=True, label="よく聞かれた質問")
        unanswered = gr.Dataframe(
            headers=UNANSWERED_HEADS, interactive=False, wrap=True, label="答えられなかった質問", elem_id="unanswered"
        )
        feedback = gr.Dataframe(headers=FEEDBACK_HEADS, interactive=False, wrap=True, label="評価")
        gr.Markdown("### 質問から評価の問題を作る\n\n答えられなかった質問を選ぶと、ここに入ります。")
        picked = gr.Dropdown(label="答えられなかった質問", choices=[], elem_id="picked")
        facts = gr.Textbox(label="答えに入るべき要点(1行に1つ。答えない質問なら空)", lines=3, elem_id="facts")
        with gr.Row():
            sources = gr.Textbox(label="出典のid(空白区切り。なくてもよい)")
            reason = gr.Dropdown(
                label="答えないのが正しいときの理由", choices=[(say_eval("reason", r), r) for r in REASONS], value=None
            )
        make = gr.Button("評価の問題にする", variant="primary", elem_id="make-case")
        told = gr.Markdown(elem_id="case-told")
        allow, lists = self.guard.allow, [counts, often, unanswered, feedback, picked]
        fill = allow("viewer", self.list_all)
        look.click(fill, None, lists)
        made = allow("editor", self.make, action="評価の問題を作る", describe=lambda *values: evaluation.FROM_QUESTIONS)
        make.click(made, [picked, facts, sources, reason], told)
        return Tab(editors=[make], fill=fill, lists=lists)

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
                [f.day.isoformat(), VERDICT_WORDS.get(f.verdict, f.verdict), f.question]
                for f in store.list_feedback(since=since)
            ]
        finally:
            store.close()
        rows = [[q.question, q.day.isoformat(), _outcome(q.outcome)] for q in missed]
        choices = list(dict.fromkeys(q.question for q in missed))
        return [counts, often, rows, feedback, gr.update(choices=choices, value=None)]

    def make(
        self, request: gr.Request, question: str | None, facts: str | None, sources: str | None, reason: str | None
    ) -> str:
        """One more case in the set of visitors' questions."""
        if not question:
            raise SettingError("質問を選んでください")
        case = evaluation.add_case(self.settings.home, question, facts or "", sources or "", reason or None)
        return f"評価セット「{evaluation.FROM_QUESTIONS}」に {case.id} を加えました。「評価」で実行できます。"


def _outcome(name: str) -> str:
    return "答えた" if name == ANSWERED else label("reason", name)
