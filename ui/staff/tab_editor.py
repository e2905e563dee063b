"""The tab 編集: sheets, glossary, replies, contacts and suggested questions as text, checked while one writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import gradio as gr

from rag.build import build_checked
from rag.settings import Settings
from rag.types import SettingError
from ui.staff import editing
from ui.staff.guard import Guard
from ui.staff.tab import Tab, said
from ui.staff.views import show_lines, show_problems, tell_progress
from ui.staff.words import say

PROGRESS = gr.Progress()
ROWS = 26


@dataclass(frozen=True, kw_only=True)
class EditorTab:
    """The tab's events: each method is one."""

    settings: Settings
    today: Callable[[], date]
    guard: Guard

    def build(self) -> Tab:
        """Lay it out and tie the events."""
        gr.Markdown(say("editor.help"))
        document = gr.Dropdown(label=say("editor.document"), choices=[], elem_id="document")
        path = gr.Textbox(label=say("editor.path"), interactive=False, elem_id="path")
        stamp = gr.Textbox(visible=False)
        text = gr.Code(label=say("editor.text"), lines=ROWS, max_lines=ROWS, wrap_lines=True, elem_id="text")
        found = gr.Markdown(elem_id="found")
        with gr.Row():
            save = gr.Button(say("editor.save"), elem_id="save")
            build = gr.Button(say("editor.build"), variant="primary", elem_id="save-build")
            compare = gr.Button(say("editor.compare"), elem_id="compare-shipped")
            revert = gr.Button(say("editor.revert"))
            away = gr.Button(say("editor.take_away"), variant="stop")
        told = gr.Markdown(elem_id="edit-told")
        with gr.Accordion(say("editor.new"), open=False):
            with gr.Row():
                name = gr.Textbox(label=say("editor.new_name"), elem_id="new-name")
                title = gr.Textbox(label=say("editor.new_title"), elem_id="new-title")
            begin = gr.Button(say("editor.begin"), elem_id="begin")
        allow, opened, lists = self.guard.allow, [path, text, stamp, found], [document]
        fill = allow("viewer", self.list_all)
        document.input(allow("viewer", self.open), document, opened)
        text.change(
            allow("viewer", self.check), [path, text], found, show_progress="hidden", trigger_mode="always_last"
        )
        begin.click(allow("editor", self.begin), [name, title], opened)
        compare.click(allow("viewer", self.compare), path, told)
        written = {"describe": lambda path, *rest: str(path)}
        events = [
            save.click(allow("editor", self.save, action=say("editor.save"), **written), [path, text, stamp], told),
            build.click(allow("editor", self.build_candidate, action=say("editor.build")), None, told),
            revert.click(allow("editor", self.revert, action=say("editor.revert"), **written), path, told),
            away.click(allow("editor", self.take_away, action=say("editor.take_away"), **written), path, told),
        ]
        for event in events:
            event.success(fill, None, lists)
        for event in (events[0], events[2], events[3]):
            event.success(allow("viewer", self.reopen), path, opened)
        return Tab(editors=[save, build, revert, away, begin], fill=fill, lists=lists, opened=opened)

    def list_all(self, request: gr.Request) -> Any:
        """The files to choose from."""
        return gr.update(choices=[(named.name, named.path) for named in editing.list_files(self.settings)])

    def open(self, request: gr.Request, path: str | None) -> list[Any]:
        """A file, with what is wrong in it."""
        return self._show(editing.open_file(self.settings, path))

    def reopen(self, request: gr.Request, path: str | None) -> list[Any]:
        """The file as it is kept now; nothing where it is gone."""
        there = said(path) in {named.path for named in editing.list_files(self.settings)}
        return self.open(request, path) if there else ["", "", "", ""]

    def begin(self, request: gr.Request, name: str | None, title: str | None) -> list[Any]:
        """A new sheet."""
        return self._show(editing.begin_sheet(self.settings, said(name), said(title)))

    def _show(self, opened: editing.Opened) -> list[Any]:
        return show_opened(self.settings, opened, self.today())

    def check(self, request: gr.Request, path: str | None, text: str | None) -> str:
        """What is wrong in what stands there now."""
        if not path:
            return ""
        return show_problems(editing.check_text(self.settings, path, text or "", self.today()), path, text or "")

    def save(self, request: gr.Request, path: str | None, text: str | None, stamp: str | None) -> str:
        """Keep the edit."""
        if not path:
            raise SettingError(say("editor.choose"))
        opened = editing.Opened(path=path, text=(text or "").rstrip("\n") + "\n", stamp=said(stamp))
        editing.save(self.settings, opened, self.today())
        return say("editor.saved", path=opened.path)

    def build_candidate(self, request: gr.Request, progress: gr.Progress = PROGRESS) -> str:
        """A candidate of all that is saved."""
        return say("editor.built", candidate=build_checked(self.settings, progress=tell_progress(progress)))

    def compare(self, request: gr.Request, path: str | None) -> str:
        """Where it differs from what ships."""
        return show_lines(editing.compare(self.settings, said(path))) or say("editor.same")

    def revert(self, request: gr.Request, path: str | None) -> str:
        """The shipped file again."""
        editing.revert(self.settings, said(path))
        return say("editor.reverted", path=said(path))

    def take_away(self, request: gr.Request, path: str | None) -> str:
        """A sheet no more."""
        editing.take_away(self.settings, said(path), self.today())
        return say("editor.taken_away", path=said(path))


def show_opened(settings: Settings, opened: editing.Opened, today: date) -> list[Any]:
    """The values of the editor's four components."""
    report = editing.check_text(settings, opened.path, opened.text, today)
    return [opened.path, opened.text, opened.stamp, show_problems(report, opened.path, opened.text)]
