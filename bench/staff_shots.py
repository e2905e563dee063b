"""The pictures of docs/staff.md: a recruiter's first day in the console, taken in Chromium of the real page.

In: nothing but the shipped corpus, built into a temporary folder (or `ICTNAVI_HOME`, where it has a release). Out:
`docs/images/staff-*.png`. It is the very walk that docs/staff.md describes: add a PDF, read the preview, measure,
publish, roll back, be warned of a page, turn an unanswered question into a case. `python -m bench.staff_shots`; needs
Chromium on PATH; `--quick` leaves the evaluation of the candidate out.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn
from playwright.sync_api import Page, expect, sync_playwright
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from bench.screenshots import CHROMIUM_NAMES, IMAGES
from rag.bot import Bot
from rag.build import build_checked, publish
from rag.language.normalise import fold
from rag.releases import ReleaseStore
from rag.settings import ROOT, Settings, read_settings
from ui.keeping import JAPAN
from ui.server import Surroundings, create_app
from ui.staff.accounts import Accounts
from ui.staff.console import Staff
from ui.state import AskedQuestion, StateStore

PATIENCE = 400_000  # milliseconds: a build and a whole evaluation
NAME, PASSWORD = "mei", "tsubame to kamome 7"
MISSED = ("寮はありますか", "独身寮の家賃はいくらですか", "社員食堂はありますか", "都庁に保育所はありますか")
SIZE = (1280, 860)


@dataclass(frozen=True, kw_only=True)
class Walk:
    """A tab at the console."""

    page: Page

    def shoot(self, name: str, place: str | None = None) -> None:
        """Bring a place into sight, let the page come to rest, take the picture."""
        if place:
            self.page.locator(place).first.evaluate("area => area.scrollIntoView({ block: 'center' })")
        self.page.wait_for_timeout(900)
        self.page.screenshot(path=IMAGES / f"staff-{name}.png")
        print(f"docs/images/staff-{name}.png")

    def type(self, name: str, text: str) -> None:
        """Fill a field."""
        self.page.locator(f"#{name} :is(input,textarea)").first.fill(text)

    def open(self, tab: str) -> None:
        """Another tab."""
        self.page.get_by_role("tab", name=tab, exact=True).click()
        self.page.wait_for_timeout(600)

    def pick(self, name: str, option: str) -> None:
        """An option of a dropdown."""
        self.page.locator(f"#{name} input").click()
        self.page.get_by_role("option", name=option).first.click()

    def wait(self, name: str, words: str) -> None:
        """Until the place says so."""
        expect(self.page.locator(f"#{name}")).to_contain_text(words, timeout=PATIENCE)


def main() -> None:
    """Build, serve, walk."""
    executable = next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)
    if executable is None:
        raise SystemExit("chromium が見つかりません。入れてから、もう一度実行してください")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with _home() as home, tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        settings = read_settings(home=home)
        _prepare(settings)
        with _serving(settings) as address:
            browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
            page = browser.new_page(
                viewport={"width": SIZE[0], "height": SIZE[1]}, locale="ja-JP", reduced_motion="reduce"
            )
            page.set_default_timeout(60_000)
            walk = Walk(page=page)
            _log_in(walk, address)
            _add(walk, write_pdf(Path(folder) / "annai-2026.pdf"))
            if settings.corpus == ROOT / "corpus" and "--quick" not in sys.argv:  # the shipped set asks about no other
                _measure(walk)
            _publish(walk)
            _warn(walk, write_page(Path(folder) / "matome.html"))
            _question(walk)
            _edit(walk)
            _withdraw(walk)
            _rest(walk)
            browser.close()


@contextmanager
def _home() -> Iterator[Path]:
    given = read_settings().home
    if "ICTNAVI_HOME" in os.environ:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="ictnavi-screenshots-") as home:
        yield Path(home)


@contextmanager
def _serving(settings: Settings) -> Iterator[str]:
    """The page on a free port, in a thread of this process."""
    staff = Staff.of(settings, lambda: datetime.now(JAPAN).date())
    app = create_app(Bot.open(settings), today=staff.today, around=Surroundings(staff=staff))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, access_log=False, log_level="warning", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.1)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=10)


def _prepare(settings: Settings) -> None:
    """A published release, a user, and questions that were not answered."""
    if not any(info.current for info in ReleaseStore(settings.home).releases()):
        publish(settings, build_checked(settings), reason="最初の公開")
    Accounts(settings.home).set(NAME, "publisher", PASSWORD)
    store, now = StateStore.open(settings.home), datetime.now(UTC) - timedelta(days=1)
    for question, outcome in [*((q, "no_evidence") for q in MISSED), ("何歳まで受けられますか", "answered")]:
        store.add(
            AskedQuestion(
                at=now, day=now.date(), question=question, folded=fold(question), language="ja", outcome=outcome,
                topics=(), passages=(), mode="extractive", release="", elapsed_ms=20.0,
            )
        )  # fmt: skip
    store.close()


def write_pdf(path: Path) -> Path:
    """A page that nobody has published: the figures are invented."""
    pdfmetrics.registerFont(UnicodeCIDFont("HeiseiKakuGo-W5"))
    canvas = Canvas(str(path))
    canvas.setFont("HeiseiKakuGo-W5", 12)
    lines = (
        "職員住宅の案内(見本)",
        "2026年4月1日現在",
        "ICT職の職員が申し込める職員住宅(独身寮)は、見本市に40戸あります。",
        "職員住宅の使用料は、月額23,000円です。",
    )
    for number, text in enumerate(lines):
        canvas.drawString(60, 780 - 26 * number, text)
    canvas.save()
    return path


def _log_in(walk: Walk, address: str) -> None:
    walk.page.goto(address.rstrip("/") + "/staff")
    walk.page.get_by_label("名前").fill(NAME)
    walk.page.get_by_label("パスワード").fill(PASSWORD)
    walk.shoot("login")
    walk.page.get_by_role("button", name="ログイン").click()
    expect(walk.page.locator("#who")).to_contain_text(NAME, timeout=PATIENCE)
    expect(walk.page.get_by_role("gridcell").first).to_be_visible(timeout=PATIENCE)
    walk.shoot("material")


def write_page(path: Path) -> Path:
    """A page that asks what is answered already and says something else: invented, too."""
    asked = ("何歳まで受けられますか", "CIO補佐官とは何ですか", "フレックスタイム制はありますか")
    body = "".join(f"<h2>{question}</h2><p>この件は、担当の課へお尋ねください。</p>" for question in asked)
    path.write_text(f"<h1>よくある質問のまとめ(見本)</h1>{body}", "utf-8")
    return path


def _add(walk: Walk, pdf: Path) -> None:
    walk.page.get_by_role("button", name="資料を加える").click()
    _fill_in(walk, pdf, "https://example.org/housing-2026/", "職員住宅の案内(見本)", ("規則", "公式"))
    walk.shoot("add", "#title")
    _preview(walk)
    walk.shoot("preview", "#preview")


def _warn(walk: Walk, page: Path) -> None:
    _fill_in(walk, page, "https://example.org/matome/", "よくある質問のまとめ(見本)", ("よくある質問", "第三者"))
    _preview(walk)
    expect(walk.page.locator("#shown")).to_contain_text("塞ぐおそれ", timeout=PATIENCE)
    walk.shoot("warning", "#preview")


def _fill_in(walk: Walk, file: Path, url: str, title: str, labels: Sequence[str]) -> None:
    """The form of a new source."""
    walk.page.locator("#adding input[type=file]").set_input_files(file)
    expect(walk.page.locator("#adding")).to_contain_text(file.stem, timeout=PATIENCE)
    filled = (("url", url), ("title", title), ("publisher", "見本の発行者"), ("as-of", "2026-04-01"))
    for name, text in filled:
        walk.type(name, text)
    for label in (*labels, "原文を見せてよい(転載の権利がある)"):
        walk.page.get_by_label(label, exact=True).check()


def _preview(walk: Walk) -> None:
    """Build a candidate and look at it."""
    before = walk.page.locator("#candidate input").input_value()
    walk.page.locator("#add").click()
    expect(walk.page.locator("#candidate input")).not_to_have_value(before, timeout=PATIENCE)
    walk.page.locator("#preview").click()
    expect(walk.page.locator("#shown ins").first).to_be_visible(timeout=PATIENCE)


def _measure(walk: Walk) -> None:
    walk.page.locator("#impact").click()
    walk.wait("shown", "基準の確認: 届いて")  # or not: the walk goes on, as a person would, with a reason
    walk.shoot("impact", "#impact")


def _publish(walk: Walk) -> None:
    walk.type("reason", "見本の資料で、公開と戻し方を確かめる")
    walk.page.locator("#publish").click()
    walk.wait("shown", "公開しました")
    walk.shoot("published", "#publish")
    walk.type("reason", "見本の資料だったため、元に戻す")
    walk.page.locator("#rollback").click()
    walk.wait("shown", "戻しました")
    walk.shoot("rollback", "#rollback")


def _question(walk: Walk) -> None:
    walk.open("質問の傾向")
    walk.page.locator("#look").click()
    walk.wait("unanswered", MISSED[0])
    walk.page.wait_for_timeout(2000)  # the tables are drawn anew
    walk.shoot("questions", "#topics")
    walk.pick("picked", MISSED[0])
    walk.pick("case-reason", "資料にない")
    walk.shoot("case", "#make-case")
    walk.page.locator("#make-case").click()
    walk.wait("case-told", "from-questions")
    walk.page.reload()
    expect(walk.page.locator("#who")).to_contain_text(NAME, timeout=PATIENCE)
    walk.open("評価")
    walk.pick("set", "from-questions")
    walk.page.locator("#run").click()
    walk.wait("figures", "記録: ")
    walk.shoot("evaluation")


def _edit(walk: Walk) -> None:
    walk.open("質問の傾向")
    walk.pick("picked", MISSED[2])
    walk.page.locator("#draft-into input").click()
    walk.page.get_by_role("option").last.click()
    walk.shoot("draft", "#draft")
    walk.page.locator("#draft").click()
    walk.wait("found", "直すところ")
    walk.shoot("editor", "#found")


def _withdraw(walk: Walk) -> None:
    walk.open("撤回")
    walk.type("words", "通訳")
    walk.page.locator("#find").click()
    expect(walk.page.locator("#statements label").nth(1)).to_be_visible(timeout=PATIENCE)
    walk.page.locator("#statements input[type=checkbox]").first.check()
    walk.type("why", "発言した人から取り下げの申し出があったため")
    walk.shoot("withdrawal")


def _rest(walk: Walk) -> None:
    walk.open("年度切替")
    walk.page.locator("#list-year").click()
    walk.wait("turning-count", "件")
    expect(walk.page.locator("#turning [role=gridcell]").nth(8)).to_be_visible(timeout=PATIENCE)
    walk.page.wait_for_timeout(2000)
    walk.shoot("turning")
    walk.open("状態")
    walk.page.locator("#state").wait_for()
    walk.shoot("state")


if __name__ == "__main__":
    main()
