"""The tab 状態: the served release, the model and its budget, the off switch of the public chat, the audit log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import gradio as gr

from rag.releases import ReleaseStore
from rag.settings import Settings
from rag.types import SettingError
from ui.markup import escape_text
from ui.staff.guard import Guard
from ui.staff.tab import Tab, offer_file
from ui.staff.views import list_entries
from ui.staff.words import say
from ui.state import StateStore
from ui.switch import MOST, Switch


@dataclass(frozen=True, kw_only=True)
class StateTab:
    """The tab's events: each method is one."""

    settings: Settings
    today: Callable[[], date]
    guard: Guard
    find_fault: Callable[[], str | None]

    def build(self) -> Tab:
        """Lay it out and tie the events."""
        state = gr.Markdown(elem_id="state")
        look = gr.Button(say("state.look"))
        message = gr.Textbox(label=say("state.notice"), max_length=MOST, elem_id="closing")
        with gr.Row():
            close = gr.Button(say("state.close"), variant="stop", elem_id="close")
            reopen = gr.Button(say("state.reopen"), elem_id="reopen")
        heads = say("state.audit_heads").split("・")
        audit = gr.Dataframe(headers=heads, interactive=False, wrap=True, label=say("state.audit"))
        export = gr.Button(say("state.export"))
        got = gr.File(label=say("state.got"), interactive=False, height=90)
        allow, lists = self.guard.allow, [state, audit]
        fill = allow("viewer", self.list_all)
        look.click(fill, None, lists)
        closed = close.click(
            allow("publisher", self.close, action=say("state.did_close"), describe=str), message, state
        )
        opened = reopen.click(allow("publisher", self.reopen, action=say("state.did_reopen")), None, state)
        for event in (closed, opened):
            event.success(fill, None, lists)
        export.click(allow("publisher", self.export, action=say("state.did_export")), None, got)
        return Tab(publishers=[close, reopen, export], fill=fill, lists=lists)

    def list_all(self, request: gr.Request) -> list[Any]:
        """How it stands, and what was done."""
        return [self._describe(), list_entries(self.guard.audit.read())]

    def _describe(self) -> str:
        store, settings = ReleaseStore(self.settings.home), self.settings
        current, closed = store.current(), Switch(home=settings.home).read()
        fault = self.find_fault()
        state = StateStore.open(settings.home)
        try:
            spent = state.list_spending(self.today())
        finally:
            state.close()
        newest = store.newest_candidate()
        lines = [
            say("state.served", release=current),
            say("state.candidate", candidate=newest.id if newest else say("preview.none")),
            say("state.answers") if fault is None else say("state.answers_not", fault=escape_text(fault)),
            say("state.chat_open") if closed is None else say("state.chat_closed", notice=escape_text(closed)),
            say("state.model", model=escape_text(settings.chat_model or say("state.no_model"))),
        ]
        lines += [
            say(
                "state.spent",
                name=escape_text(each.name), calls=each.calls, most_calls=settings.chat_daily_calls,
                tokens=each.tokens, most_tokens=settings.chat_daily_tokens,
            )
            for each in spent
        ]  # fmt: skip
        return "\n".join(f"- {line}" for line in lines)

    def close(self, request: gr.Request, message: str | None) -> str:
        """Close the public chat."""
        Switch(home=self.settings.home).close(message or "")
        return say("state.closed")

    def reopen(self, request: gr.Request) -> str:
        """Open it again."""
        Switch(home=self.settings.home).open()
        return say("state.reopened")

    def export(self, request: gr.Request) -> str:
        """The audit log as a file."""
        if not self.guard.audit.path.exists():
            raise SettingError(say("state.no_audit"))
        return offer_file("audit.jsonl", self.guard.audit.path.read_bytes())
