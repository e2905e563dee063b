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
from rag.types import KINDS, STANDINGS, SettingError
from ui.adding import Answers
from ui.staff import material
from ui.staff.evaluation import choose_sets, find_set
from ui.staff.guard import Guard
from ui.staff.impact import ask_again
from ui.staff.tab import Tab, forget_upload, said
from ui.staff.verdict import GATE_SET, judge_release
from ui.staff.views import (
    KIND_WORDS,
    RELEASE_HEADS,
    SOURCE_HEADS,
    STANDING_WORDS,
    list_releases,
    name_state,
    show_comparison,
    show_impact,
    show_preview,
    show_refresh,
    show_verdict,
    tell_progress,
)
from ui.staff.words import say

PROGRESS = gr.Progress()
RIGHTS_WORDS = {"text": "原文を見せてよい(転載の権利がある)", "digest": "見せない(変化を見守るだけ)"}
FILES = [".pdf", ".docx", ".html", ".htm", ".txt"]


@dataclass(frozen=True, kw_only=True)
class MaterialTab:
    """The tab's events: each method is one."""

    settings: Settings
    today: Callable[[], date]
    guard: Guard

    def build(self) -> Tab:
        """Lay it out and tie the events."""
        sources = gr.Dataframe(headers=SOURCE_HEADS, interactive=False, wrap=True, label="資料の一覧")
        add, remove, look, told = self._lay_out_adding()
        candidates = gr.Dropdown(label="版", choices=[], elem_id="candidate")
        with gr.Row(equal_height=True):
            compare = gr.Button("違いを見る", elem_id="preview")
            case_set = gr.Dropdown(label="評価セット", choices=choose_sets(self.settings.home), value=GATE_SET)
            impact = gr.Button("答えへの影響を調べる", elem_id="impact")
        shown = gr.Markdown(elem_id="shown")
        reason = gr.Textbox(
            label="理由(基準を確かめずに公開するとき・戻すときは必ず)", elem_id="reason", max_length=300
        )
        with gr.Row():
            publish = gr.Button("公開する", variant="primary", elem_id="publish")
            back = gr.Button("1つ前の版に戻す", elem_id="rollback")
        releases = gr.Dataframe(headers=RELEASE_HEADS, interactive=False, wrap=True, label="版の一覧")
        with gr.Accordion("取り下げた資料を、すべての版から消す", open=False):
            document = gr.Textbox(label="資料のid")
            again = gr.Textbox(label="もう一度、資料のid")
            purge = gr.Button("完全に消す", variant="stop")
        lists: list[Any] = [sources, releases, candidates, remove[0]]
        allow = self.guard.allow
        fill = allow("viewer", self.list_all)
        events = [
            add[-1].click(
                allow("editor", self.add, action="資料を加える", describe=_describe_added), add[:-1], [told, add[0]]
            ),
            remove[1].click(allow("editor", self.remove, action="資料を外す", describe=str), remove[0], told),
            look.click(allow("editor", self.refresh, action="ページの見直し"), None, told),
            publish.click(allow("publisher", self.publish, action="公開", describe=_join), [candidates, reason], shown),
            back.click(allow("publisher", self.roll_back, action="版を戻す", describe=str), reason, shown),
            purge.click(allow("publisher", self.purge, action="完全に消す", describe=_join), [document, again], shown),
        ]
        for event in events:
            event.success(fill, None, lists)
        compare.click(allow("viewer", self.preview), candidates, shown)
        impact.click(allow("editor", self.impact, action="影響を調べる", describe=_join), [candidates, case_set], shown)
        return Tab(
            editors=[add[-1], remove[1], look, impact], publishers=[publish, back, purge], fill=fill, lists=lists
        )

    def _lay_out_adding(self) -> tuple[list[Any], list[Any], gr.Button, gr.Markdown]:
        with gr.Accordion("資料を加える", open=False, elem_id="adding"):
            file = gr.File(
                label="ファイル(PDF・DOCX・HTML・テキスト。無ければURLのページを読みます)",
                file_types=FILES,
                type="filepath",
            )
            url = gr.Textbox(label="公開されているページのURL", elem_id="url")
            title = gr.Textbox(label="題名", elem_id="title")
            publisher = gr.Textbox(label="発行者", elem_id="publisher")
            kind = gr.Radio([(KIND_WORDS[k], k) for k in KINDS], label="種別")
            standing = gr.Radio([(STANDING_WORDS[s], s) for s in STANDINGS], label="立場")
            as_of = gr.Textbox(label="時点 YYYY・YYYY-MM・YYYY-MM-DD(書かなければ本文から)", elem_id="as-of")
            year = gr.Textbox(label="年度(西暦。なければ空)")
            rights = gr.Radio([(RIGHTS_WORDS[r], r) for r in reversed(RIGHTS)], label="転載の権利")
            button = gr.Button("加えて候補を作る", elem_id="add")
        with gr.Accordion("資料を外す・ページを見直す", open=False):
            held = gr.Dropdown(label="加えた原文", choices=[])
            remove = gr.Button("外して候補を作る")
            look = gr.Button("出典のページを見直す")
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
            raise SettingError("年度は西暦の数字で書いてください(例 2026)")
        given = Answers(
            kind=kind, title=said(title) or None, url=said(url) or None, publisher=said(publisher) or None,
            standing=standing, as_of=said(as_of) or None,
            fiscal_year=int(said(year)) if said(year) else None, lang=None, rights=rights,
        )  # fmt: skip
        added = material.add_source(self.settings, file, given, tell_progress(progress))
        forget_upload(file)
        told = f"加えました。候補 {added.candidate} ができました。下の「違いを見る」で確かめてください。"
        return [told, None]

    def remove(self, request: gr.Request, source_id: str | None, progress: gr.Progress = PROGRESS) -> str:
        """A candidate without an original."""
        candidate = material.remove_source(self.settings, source_id or "", tell_progress(progress))
        return f"外しました。候補 {candidate} ができました。"

    def refresh(self, request: gr.Request, progress: gr.Progress = PROGRESS) -> str:
        """Visit the sources' pages."""
        return show_refresh(refresh(self.settings, progress=tell_progress(progress)))

    def preview(self, request: gr.Request, release_id: str | None) -> str:
        """What would change, in words, and the gate's verdict."""
        info = material.find_listed(self.settings, release_id)
        verdict = show_verdict(judge_release(self.settings, info.id))
        return f"{show_preview(preview(self.settings, None, info.id))}\n\n{verdict}"

    def impact(
        self, request: gr.Request, release_id: str | None, name: str | None, progress: gr.Progress = PROGRESS
    ) -> str:
        """The same questions to what is served and to the candidate."""
        info = material.find_listed(self.settings, release_id)
        if info.current:
            raise SettingError("公開中の版ではなく、候補を選んでください")
        case_set, day = find_set(self.settings.home, name), self.today().isoformat()
        runs = []
        for words, release in (("公開中の版", None), ("候補", info.id)):

            def step(done: int, total: int, words: str = words) -> None:
                progress((done, total), desc=f"{words}に質問しています")

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
        return f"公開しました: {material.publish_release(self.settings, release_id, said(reason))}"

    def roll_back(self, request: gr.Request, reason: str | None) -> str:
        """Serve the one before."""
        return f"戻しました。公開中の版: {material.roll_back(self.settings, said(reason))}"

    def purge(self, request: gr.Request, document_id: str | None, again: str | None) -> str:
        """Remove a document for good."""
        return "消した版: " + ("・".join(material.purge(self.settings, said(document_id), said(again))) or "なし")


def _describe_added(file: object, url: str, title: str, *rest: object) -> str:
    return f"{title} {url}"


def _join(*values: object) -> str:
    return " ".join(str(value) for value in values if value)
