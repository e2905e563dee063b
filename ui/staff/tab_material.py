"""The tab 資料: sources, adding and removing, the preview of a candidate, publishing and taking back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import gradio as gr

from evals.compare import compare_runs
from evals.running import run_set
from rag import originals
from rag.build import preview
from rag.corpus.sources import RIGHTS
from rag.refresh import refresh
from rag.releases import ReleaseStore
from rag.settings import Settings
from rag.takeover import check_candidate
from rag.types import KINDS, STANDINGS, SettingError
from ui.adding import Answers
from ui.staff import material
from ui.staff.evaluation import choose_sets, find_set
from ui.staff.guard import Guard
from ui.staff.impact import ask_again
from ui.staff.tab import Tab, forget_upload, said
from ui.staff.verdict import GATE_SET, judge_release
from ui.staff.views import (
    list_releases,
    name_state,
    show_comparison,
    show_impact,
    show_preview,
    show_refresh,
    show_takeovers,
    show_verdict,
    tell_progress,
)
from ui.staff.words import say

PROGRESS = gr.Progress()
FILES = [".pdf", ".docx", ".html", ".htm", ".txt"]


@dataclass(frozen=True, kw_only=True)
class MaterialTab:
    """The tab's events: each method is one."""

    settings: Settings
    today: Callable[[], date]
    guard: Guard

    def build(self) -> Tab:
        """Lay it out and tie the events."""
        heads = (say("sources.heads").split("・"), say("releases.heads").split("・"))
        sources = gr.Dataframe(headers=heads[0], interactive=False, wrap=True, label=say("material.list"))
        add, remove, look, told = self._lay_out_adding()
        candidates = gr.Dropdown(label=say("material.release"), choices=[], elem_id="candidate")
        with gr.Row(equal_height=True):
            compare = gr.Button(say("material.compare"), elem_id="preview")
            case_set = gr.Dropdown(label=say("material.set"), choices=choose_sets(self.settings.home), value=GATE_SET)
            impact = gr.Button(say("material.impact"), elem_id="impact")
        shown = gr.Markdown(elem_id="shown")
        reason = gr.Textbox(label=say("material.reason"), elem_id="reason", max_length=300)
        with gr.Row():
            publish = gr.Button(say("material.publish"), variant="primary", elem_id="publish")
            back = gr.Button(say("material.roll_back"), elem_id="rollback")
        releases = gr.Dataframe(headers=heads[1], interactive=False, wrap=True, label=say("material.releases"))
        with gr.Accordion(say("material.purge_title"), open=False):
            document = gr.Textbox(label=say("material.purge_id"))
            again = gr.Textbox(label=say("material.purge_again"))
            purge = gr.Button(say("material.purge"), variant="stop")
        lists: list[Any] = [sources, releases, candidates, remove[0]]
        allow = self.guard.allow
        fill = allow("viewer", self.list_all)
        events = [
            add[-1].click(
                allow("editor", self.add, action=say("material.add_title"), describe=_describe_added),
                add[:-1],
                [told, add[0]],
            ),
            remove[1].click(
                allow("editor", self.remove, action=say("material.did_remove"), describe=str), remove[0], told
            ),
            look.click(allow("editor", self.refresh, action=say("material.did_refresh")), None, told),
            publish.click(
                allow("publisher", self.publish, action=say("material.did_publish"), describe=_join),
                [candidates, reason],
                shown,
            ),
            back.click(
                allow("publisher", self.roll_back, action=say("material.did_roll_back"), describe=str), reason, shown
            ),
            purge.click(
                allow("publisher", self.purge, action=say("material.purge"), describe=_join), [document, again], shown
            ),
        ]
        for event in events:
            event.success(fill, None, lists)
        compare.click(allow("viewer", self.preview), candidates, shown)
        impact.click(
            allow("editor", self.impact, action=say("material.did_impact"), describe=_join),
            [candidates, case_set],
            shown,
        )
        return Tab(
            editors=[add[-1], remove[1], look, impact], publishers=[publish, back, purge], fill=fill, lists=lists
        )

    def _lay_out_adding(self) -> tuple[list[Any], list[Any], gr.Button, gr.Markdown]:
        with gr.Accordion(say("material.add_title"), open=False, elem_id="adding"):
            file = gr.File(
                label=say("material.file"),
                file_types=FILES,
                type="filepath",
            )
            url = gr.Textbox(label=say("material.url"), info=say("material.url_help"), elem_id="url")
            title = gr.Textbox(label=say("material.title"), elem_id="title")
            publisher = gr.Textbox(label=say("material.publisher"), elem_id="publisher")
            kind = gr.Radio([(say(f"kind.{k}"), k) for k in KINDS], label=say("material.kind"))
            standing = gr.Radio([(say(f"standing.{s}"), s) for s in STANDINGS], label=say("material.standing"))
            as_of = gr.Textbox(label=say("material.as_of"), elem_id="as-of")
            year = gr.Textbox(label=say("material.year"))
            rights = gr.Radio([(say(f"rights.{r}"), r) for r in reversed(RIGHTS)], label=say("material.rights"))
            button = gr.Button(say("material.add"), elem_id="add")
        with gr.Accordion(say("material.remove_title"), open=False):
            held = gr.Dropdown(label=say("material.held"), choices=[])
            remove = gr.Button(say("material.remove"))
            look = gr.Button(say("material.refresh"))
        told = gr.Markdown(elem_id="told")
        return [file, url, title, publisher, kind, standing, as_of, year, rights, button], [held, remove], look, told

    def list_all(self, request: gr.Request) -> list[Any]:
        """The tables and the choices."""
        releases = ReleaseStore(self.settings.home).releases()
        newest = next((i.id for i in releases if not i.published and not i.current), None)
        choices = [(f"{i.id}({name_state(i)})", i.id) for i in releases]
        held = [(o.source.title, o.source.id) for o in originals.read_all(self.settings.home)]
        return [
            material.describe_sources(self.settings, self.today()),
            list_releases(releases),
            gr.update(choices=choices, value=newest or (releases[0].id if releases else None)),
            gr.update(choices=held, value=None),
        ]

    def add(
        self,
        request: gr.Request,
        file: str | None,
        url: str | None,
        title: str | None,
        publisher: str | None,
        kind: str | None,
        standing: str | None,
        as_of: str | None,
        year: str | None,
        rights: str | None,
        progress: gr.Progress = PROGRESS,
    ) -> list[Any]:
        """A new source in a candidate; the file that was sent goes."""
        if said(year) and not said(year).isdecimal():
            raise SettingError(say("material.wrong_year"))
        given = Answers(
            kind=kind, title=said(title) or None, url=said(url) or None, publisher=said(publisher) or None,
            standing=standing, as_of=said(as_of) or None,
            fiscal_year=int(said(year)) if said(year) else None, lang=None, rights=rights,
        )  # fmt: skip
        added = material.add_source(self.settings, file, given, tell_progress(progress))
        forget_upload(file)
        told = say("material.added", candidate=added.candidate)
        return [told, None]

    def remove(self, request: gr.Request, source_id: str | None, progress: gr.Progress = PROGRESS) -> str:
        """A candidate without an original."""
        candidate = material.remove_source(self.settings, source_id or "", tell_progress(progress))
        return say("material.removed", candidate=candidate)

    def refresh(self, request: gr.Request, progress: gr.Progress = PROGRESS) -> str:
        """Visit the sources' pages."""
        return show_refresh(refresh(self.settings, progress=tell_progress(progress)))

    def preview(self, request: gr.Request, release_id: str | None) -> str:
        """What would change, in words, and the gate's verdict."""
        info = material.find_listed(self.settings, release_id)
        found = preview(self.settings, None, info.id)
        warnings = show_takeovers(check_candidate(self.settings, found.old, found.new))
        verdict = show_verdict(judge_release(self.settings, info.id))
        return "\n\n".join(part for part in (warnings, show_preview(found), verdict) if part)

    def impact(
        self, request: gr.Request, release_id: str | None, name: str | None, progress: gr.Progress = PROGRESS
    ) -> str:
        """The same questions to what is served and to the candidate."""
        info = material.find_listed(self.settings, release_id)
        if info.current:
            raise SettingError(say("material.not_served"))
        case_set, day = find_set(self.settings.home, name), self.today().isoformat()
        runs = []
        for words, release in ((say("material.served"), None), (say("material.candidate"), info.id)):

            def step(done: int, total: int, words: str = words) -> None:
                progress((done, total), desc=say("material.asking", words=words))

            runs.append(run_set(case_set, self.settings, release=release, today=day, progress=step)[1].run)
        served = ReleaseStore(self.settings.home).current()
        often = ask_again(
            self.settings,
            served,
            info.id,
            self.today(),
            lambda done, total: progress((done, total), desc=say("material.asking_again")),
        )
        verdict = show_verdict(judge_release(self.settings, info.id))
        return f"{show_comparison(compare_runs(*runs))}\n\n{show_impact(often)}\n\n{verdict}"

    def publish(self, request: gr.Request, release_id: str | None, reason: str | None) -> str:
        """Serve a release."""
        return say("material.published", release=material.publish_release(self.settings, release_id, said(reason)))

    def roll_back(self, request: gr.Request, reason: str | None) -> str:
        """Serve the one before."""
        return say("material.rolled_back", release=material.roll_back(self.settings, said(reason)))

    def purge(self, request: gr.Request, document_id: str | None, again: str | None) -> str:
        """Remove a document for good."""
        purged = material.purge(self.settings, said(document_id), said(again))
        return say("material.purged", releases="・".join(purged) or say("preview.none"))


def _describe_added(file: object, url: str, title: str, *rest: object) -> str:
    return f"{title} {url}"


def _join(*values: object) -> str:
    return " ".join(str(value) for value in values if value)
