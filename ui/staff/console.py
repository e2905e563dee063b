"""The console as a whole: settings in, a page of Gradio's with its login and its door out, to be put into the server.

A Blocks application of its own; every event goes through ui/staff/guard.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import gradio as gr

from rag.parse.detect import MAX_BYTES
from rag.settings import Settings
from ui.markup import escape_text
from ui.staff.accounts import ROLE_WORDS, Accounts
from ui.staff.attempts import Attempts
from ui.staff.audit import Audit
from ui.staff.guard import Guard
from ui.staff.sessions import StaffSessions
from ui.staff.tab import Tab
from ui.staff.tab_evaluation import EvaluationTab
from ui.staff.tab_material import MaterialTab
from ui.staff.tab_questions import QuestionsTab
from ui.staff.tab_state import StateTab

UPLOAD_BYTES = MAX_BYTES + (1 << 20)  # the largest file that is read, and what a form puts around it


@dataclass(frozen=True, kw_only=True)
class Staff:
    """Everything that stands behind /staff."""

    settings: Settings
    today: Callable[[], date]
    accounts: Accounts
    sessions: StaffSessions
    attempts: Attempts
    audit: Audit

    @classmethod
    def of(cls, settings: Settings, today: Callable[[], date]) -> Staff:
        """The staff of a data folder. Nothing is read or written yet."""
        accounts = Accounts(settings.home)
        return cls(
            settings=settings,
            today=today,
            accounts=accounts,
            sessions=StaffSessions(accounts),
            attempts=Attempts(),
            audit=Audit(settings.home),
        )


def build_console(staff: Staff, find_fault: Callable[[], str | None]) -> gr.Blocks:
    """The page; `find_fault` says why no answers can be given, None where they can."""
    guard = Guard(staff.sessions, staff.audit)
    given: dict[str, Any] = {"settings": staff.settings, "today": staff.today, "guard": guard}
    with gr.Blocks(title="ICT職ナビ 管理画面", analytics_enabled=False, delete_cache=(3600, 3600)) as page:
        gr.Markdown("# ICT職ナビ 管理画面")
        with gr.Row():
            who = gr.Markdown(elem_id="who")
            gr.Button("ログアウト", elem_id="staff-logout", size="sm", scale=0)
        tabs = []
        for name, tab in (
            ("資料", MaterialTab(**given)),
            ("評価", EvaluationTab(**given)),
            ("質問の傾向", QuestionsTab(**given)),
            ("状態", StateTab(**given, find_fault=find_fault)),
        ):
            with gr.Tab(name):
                tabs.append(tab.build())
        _connect(page, guard, who, tabs)
        page.queue(api_open=False, max_size=20, default_concurrency_limit=2)
        made: gr.Blocks = page
    return made


def _connect(page: gr.Blocks, guard: Guard, who: gr.Markdown, tabs: list[Tab]) -> None:
    editors = [button for tab in tabs for button in tab.editors]
    publishers = [button for tab in tabs for button in tab.publishers]

    def greet(request: gr.Request) -> list[Any]:
        """The name, and which buttons the role may press; each is checked again when it is pressed."""
        account = guard.identify(request)
        edits, publishes = account.may("editor"), account.may("publisher")
        return [
            f"{escape_text(account.name)}({ROLE_WORDS[account.role]})",
            *[gr.update(interactive=edits) for _ in editors],
            *[gr.update(interactive=publishes) for _ in publishers],
        ]

    page.load(guard.allow("viewer", greet), None, [who, *editors, *publishers])
    for tab in tabs:
        page.load(tab.fill, None, list(tab.lists))
