"""The tab 年度切替: what to look at again when a fiscal year ends, as a table and as a page to print."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import gradio as gr

from rag.settings import Settings
from rag.types import SettingError
from ui.staff import turning
from ui.staff.guard import Guard
from ui.staff.tab import Tab, offer_file
from ui.staff.words import say


@dataclass(frozen=True, kw_only=True)
class TurningTab:
    """The tab's events: each method is one."""

    settings: Settings
    today: Callable[[], date]
    guard: Guard

    def build(self) -> Tab:
        """Lay it out and tie the events."""
        gr.Markdown(say("turning.help"))
        with gr.Row(equal_height=True):
            year = gr.Number(
                label=say("turning.year"), value=turning.find_year(self.today()), precision=0, elem_id="year"
            )
            look = gr.Button(say("turning.list"), variant="primary", elem_id="list-year")
            export = gr.Button(say("turning.export"), elem_id="print-year")
        count = gr.Markdown(elem_id="turning-count")
        items = gr.Dataframe(
            headers=list(turning.list_heads()),
            interactive=False,
            wrap=True,
            column_widths=["15%", "22%", "28%", "35%"],
            elem_id="turning",
        )
        got = gr.File(label=say("turning.file"), interactive=False, height=90)
        allow, lists = self.guard.allow, [count, items]
        look.click(allow("viewer", self.list_items), year, lists)
        export.click(allow("viewer", self.export), year, got)
        return Tab(fill=allow("viewer", self.list_now), lists=lists)

    def list_now(self, request: gr.Request) -> list[Any]:
        """The year that runs now."""
        return self._show(turning.find_year(self.today()))

    def list_items(self, request: gr.Request, year: float | None) -> list[Any]:
        """A year's items."""
        return self._show(_check(year))

    def _show(self, year: int) -> list[Any]:
        items = turning.list_items(self.settings, year)
        count = say("turning.count", year=year, count=len(items))
        return [count, [[item.why, item.title, item.place, item.words] for item in items]]

    def export(self, request: gr.Request, year: float | None) -> str:
        """The page to print."""
        checked = _check(year)
        page = turning.write_page(turning.list_items(self.settings, checked), checked, self.today())
        return offer_file(f"fiscal-year-{checked}.html", page)


def _check(year: float | None) -> int:
    if year is None or not 2000 <= year < 2200:
        raise SettingError(say("turning.needs_year"))
    return int(year)
