"""The tab 撤回: find a statement by its words, and publish a release without it, in one click."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import gradio as gr

from rag.build import preview
from rag.releases import ReleaseStore
from rag.settings import Settings
from ui.markup import escape_text
from ui.staff import withdrawal
from ui.staff.guard import Guard
from ui.staff.tab import Tab, said
from ui.staff.views import show_preview, tell_progress
from ui.staff.words import say

PROGRESS = gr.Progress()


@dataclass(frozen=True, kw_only=True)
class WithdrawalTab:
    """The tab's events: each method is one."""

    settings: Settings
    today: Callable[[], date]
    guard: Guard

    def build(self) -> Tab:
        """Lay it out and tie the events."""
        gr.Markdown(say("withdrawal.help"))
        with gr.Row(equal_height=True):
            words = gr.Textbox(label=say("withdrawal.words"), elem_id="words", scale=4)
            find = gr.Button(say("withdrawal.find"), elem_id="find", scale=1)
        chosen = gr.CheckboxGroup(label=say("withdrawal.chosen"), choices=[], elem_id="statements")
        reason = gr.Textbox(label=say("withdrawal.reason"), max_length=300, elem_id="why")
        drafts = gr.Checkbox(label=say("withdrawal.with_drafts"), value=False, elem_id="with-drafts")
        withdraw = gr.Button(say("withdrawal.withdraw"), variant="stop", elem_id="withdraw")
        told = gr.Markdown(elem_id="withdrawn")
        with gr.Accordion(say("withdrawal.list"), open=False):
            held = gr.Dropdown(label=say("withdrawal.held"), choices=[], elem_id="held")
            again = gr.Button(say("withdrawal.again"))
        allow = self.guard.allow
        fill = allow("viewer", self.list_all)
        for trigger in (find.click, words.submit):
            trigger(allow("viewer", self.find), words, chosen)
        done = withdraw.click(
            allow("publisher", self.withdraw, action=say("tab.withdrawal"), describe=_describe),
            [chosen, reason, drafts],
            told,
        )
        undone = again.click(allow("publisher", self.say_again, action=say("withdrawal.again")), held, told)
        done.success(allow("viewer", self.clear), None, [chosen, drafts])
        for event in (done, undone):
            event.success(fill, None, held)
        return Tab(publishers=[withdraw, again], fill=fill, lists=[held])

    def list_all(self, request: gr.Request) -> Any:
        """What was withdrawn of originals."""
        gone = withdrawal.list_withdrawn(self.settings)
        return gr.update(choices=[(each.text, number) for number, each in enumerate(gone)], value=None)

    def find(self, request: gr.Request, words: str | None) -> Any:
        """The statements that hold the words."""
        found = withdrawal.find_statements(self.settings, said(words))
        label = say("withdrawal.found", count=len(found))
        return gr.update(choices=[(f"{s.text}〔{s.title}〕", s.key) for s in found], value=[], label=label)

    def clear(self, request: gr.Request) -> list[Any]:
        """Nothing to choose from, and nothing agreed to."""
        return [gr.update(choices=[], value=[], label=say("withdrawal.chosen")), False]

    def withdraw(
        self,
        request: gr.Request,
        chosen: list[str] | None,
        reason: str | None,
        drafts: bool,
        progress: gr.Progress = PROGRESS,
    ) -> str:
        """Publish without them."""
        before = ReleaseStore(self.settings.home).current()
        release, count = withdrawal.withdraw(
            self.settings, chosen or (), said(reason), with_drafts=bool(drafts), progress=tell_progress(progress)
        )
        done = say("withdrawal.done", count=count, release=escape_text(release))
        return f"{done}\n\n{show_preview(preview(self.settings, before, release))}"

    def say_again(self, request: gr.Request, number: int | None, progress: gr.Progress = PROGRESS) -> str:
        """A candidate with one of them."""
        candidate = withdrawal.say_again(self.settings, number, tell_progress(progress))
        return say("editor.built", candidate=escape_text(candidate))


def _describe(chosen: list[str], reason: str, *rest: object) -> str:
    return f"{say('withdrawal.counted', count=len(chosen or ()))} {reason}"
