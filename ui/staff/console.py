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
from ui.staff.accounts import Accounts
from ui.staff.attempts import Attempts
from ui.staff.audit import Audit
from ui.staff.guard import Guard
from ui.staff.sessions import StaffSessions
from ui.staff.tab import Tab
from ui.staff.tab_editor import EditorTab
from ui.staff.tab_evaluation import EvaluationTab
from ui.staff.tab_material import MaterialTab
from ui.staff.tab_questions import QuestionsTab
from ui.staff.tab_state import StateTab
from ui.staff.tab_turning import TurningTab
from ui.staff.tab_withdrawal import WithdrawalTab
from ui.staff.words import say

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
    with gr.Blocks(title=say("console.title"), analytics_enabled=False, delete_cache=(3600, 3600)) as page:
        gr.Markdown(f"# {say('console.title')}")
        with gr.Row():
            who = gr.Markdown(elem_id="who")
            gr.Button(say("console.logout"), elem_id="staff-logout", size="sm", scale=0)
        with gr.Tabs() as strip:
            tabs = _lay_out(staff, guard, find_fault, strip)
        _connect(page, guard, who, tabs)
        page.queue(api_open=False, max_size=20, default_concurrency_limit=2)
        made: gr.Blocks = page
    return made


def _lay_out(staff: Staff, guard: Guard, find_fault: Callable[[], str | None], strip: gr.Tabs) -> list[Tab]:
    given: dict[str, Any] = {"settings": staff.settings, "today": staff.today, "guard": guard}
    with _tab("material"):
        tabs = [MaterialTab(**given).build()]
    with _tab("editor"):
        editor = EditorTab(**given).build()
    with _tab("withdrawal"):
        tabs.append(WithdrawalTab(**given).build())
    with _tab("evaluation") as evaluation:
        tabs.append(EvaluationTab(**given).build())
    with _tab("questions"):
        tabs.append(QuestionsTab(**given, editor=editor.opened, strip=strip).build())
    with _tab("turning"):
        tabs.append(TurningTab(**given).build())
    with _tab("state") as state:
        tabs.append(StateTab(**given, find_fault=find_fault).build())
    evaluation.select(tabs[2].fill, None, list(tabs[2].lists))  # what was done in other tabs shows there at once
    state.select(tabs[-1].fill, None, list(tabs[-1].lists))
    return [*tabs, editor]


def _tab(name: str) -> gr.Tab:
    return gr.Tab(say(f"tab.{name}"), id=name)


def _connect(page: gr.Blocks, guard: Guard, who: gr.Markdown, tabs: list[Tab]) -> None:
    editors = [button for tab in tabs for button in tab.editors]
    publishers = [button for tab in tabs for button in tab.publishers]

    def greet(request: gr.Request) -> list[Any]:
        """The name, and which buttons the role may press; each is checked again when it is pressed."""
        account = guard.identify(request)
        edits, publishes = account.may("editor"), account.may("publisher")
        return [
            f"{escape_text(account.name)}({say(f'role.{account.role}')})",
            *[gr.update(interactive=edits) for _ in editors],
            *[gr.update(interactive=publishes) for _ in publishers],
        ]

    page.load(guard.allow("viewer", greet), None, [who, *editors, *publishers])
    for tab in tabs:
        page.load(tab.fill, None, list(tab.lists))
