"""The console in a real browser: log in, add a PDF, read the preview, publish, roll back; roles; the off switch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from browser_visit import WIDE, serving
from playwright.sync_api import Browser, Page, expect
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from small_corpus import SHEETS, write_small_corpus

from rag import overlay
from rag.bot import Bot
from rag.build import build_release, publish
from rag.releases import ReleaseStore
from rag.settings import Settings
from ui.server import Surroundings, create_app
from ui.staff.console import Staff
from ui.state import AskedQuestion, StateStore

pytestmark = pytest.mark.browser
TODAY = date(2026, 11, 23)
PASSWORD = "tsubame to kamome 7"
URL = "https://example.org/guide-2026/"
MISSED = "情報専門員の寮はありますか"


@dataclass
class Served:
    """A served page over real parts, with its data folder."""

    origin: str
    settings: Settings


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("staff")
    settings = Settings(home=folder / "home", corpus=write_small_corpus(folder / "corpus"))
    publish(settings, build_release(settings))
    staff = Staff.of(settings, lambda: TODAY)
    for name, role in (("umi", "publisher"), ("kaze", "viewer")):
        staff.accounts.set(name, role, PASSWORD)
    keep_question(settings)
    bot = Bot.open(settings)
    with serving(create_app(bot, today=lambda: TODAY, around=Surroundings(staff=staff))) as origin:
        yield Served(origin=origin, settings=settings)
    bot.close()


def keep_question(settings: Settings) -> None:
    store = StateStore.open(settings.home)
    store.add(
        AskedQuestion(
            at=datetime(2026, 11, 22, 3, tzinfo=UTC), day=date(2026, 11, 22), question=MISSED, folded=MISSED,
            language="ja", outcome="no_evidence", topics=(), passages=(), mode="extractive", release="r",
            elapsed_ms=1.0,
        )
    )  # fmt: skip
    store.close()


def write_pdf(path: Path) -> Path:
    pdfmetrics.registerFont(UnicodeCIDFont("HeiseiKakuGo-W5"))
    canvas = Canvas(str(path))
    canvas.setFont("HeiseiKakuGo-W5", 12)
    for line, text in enumerate(
        [
            "情報専門員の選考案内",
            "令和8年度の情報専門員の選考は、25歳以上55歳未満の人が対象です。",
            "採用予定は9人です。",
        ]
    ):
        canvas.drawString(60, 780 - 24 * line, text)
    canvas.save()
    return path


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]}, locale="ja-JP")
    page = context.new_page()
    failed: list[str] = []
    outside: list[str] = []
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.on("console", lambda message: failed.append(message.text) if "Content Security" in message.text else None)
    page.on("request", lambda request: outside.append(request.url) if not is_own(request.url, served) else None)
    yield page
    context.close()
    assert (failed, outside) == ([], [])


def is_own(url: str, served: Served) -> bool:
    return url.startswith((served.origin, "blob:", "data:"))


def log_in(page: Page, served: Served, name: str) -> None:
    page.goto(f"{served.origin}/staff")
    expect(page).to_have_url(f"{served.origin}/staff/login")
    page.get_by_label("名前").fill(name)
    page.get_by_label("パスワード").fill(PASSWORD)
    page.get_by_role("button", name="ログイン").click()
    expect(page.locator("#who")).to_contain_text(name)


def test_a_pdf_is_added_previewed_published_and_taken_back(page: Page, served: Served, tmp_path: Path) -> None:
    store = ReleaseStore(served.settings.home)
    first = store.current()
    log_in(page, served, "umi")
    page.get_by_role("button", name="資料を加える").click()
    page.locator("#adding input[type=file]").set_input_files(write_pdf(tmp_path / "annai.pdf"))
    expect(page.locator("#adding")).to_contain_text("annai")
    for name, text in (
        ("url", URL),
        ("title", "情報専門員の選考案内 令和8年度"),
        ("publisher", "なぎさ県"),
        ("as-of", "2026-04"),
    ):
        page.locator(f"#{name} :is(input,textarea)").fill(text)
    for label in ("規則", "公式", "原文を見せてよい(転載の権利がある)"):
        page.get_by_label(label, exact=True).check()
    page.locator("#add").click()
    expect(page.locator("#told")).to_contain_text("候補", timeout=60_000)
    candidate = store.newest_candidate()
    assert candidate is not None and store.current() == first
    expect(page.locator("#candidate input")).to_have_value(f"{candidate.id}(候補)")
    page.locator("#preview").click()
    expect(page.locator("#shown ins").first).to_be_visible()
    expect(page.locator("#shown")).to_contain_text("55歳未満")
    expect(page.locator("#shown")).to_contain_text("基準の確認: まだです")
    page.locator("#publish").click()
    expect(page.get_by_text("理由を10字以上で書いてください")).to_be_visible()
    assert store.current() == first
    page.locator("#reason :is(input,textarea)").fill("年度の切り替えのため先に公開する")
    page.locator("#publish").click()
    expect(page.locator("#shown")).to_contain_text("公開しました", timeout=60_000)
    assert store.current() == candidate.id
    page.locator("#reason :is(input,textarea)").fill("表の誤りに気づいたため")
    page.locator("#rollback").click()
    expect(page.locator("#shown")).to_contain_text(f"戻しました。公開中の版: {first}", timeout=60_000)
    assert store.current() == first


def test_an_unanswered_question_becomes_an_evaluation_case_that_can_be_run(page: Page, served: Served) -> None:
    log_in(page, served, "umi")
    page.get_by_role("tab", name="質問の傾向").click()
    expect(page.locator("#unanswered")).to_contain_text(MISSED)
    page.locator("#picked input").click()
    page.get_by_role("option", name=MISSED).click()
    page.locator("#facts textarea").fill("寮はない")
    page.locator("#make-case").click()
    expect(page.locator("#case-told")).to_contain_text("from-questions")
    page.reload()
    page.get_by_role("tab", name="評価", exact=True).click()
    page.locator("#set input").click()
    page.get_by_role("option", name="from-questions").click()
    page.locator("#run").click()
    expect(page.locator("#figures")).to_contain_text("記録: ", timeout=60_000)


def test_an_unanswered_question_becomes_a_draft_that_is_checked_while_it_is_written(page: Page, served: Served) -> None:
    log_in(page, served, "umi")
    page.get_by_role("tab", name="質問の傾向").click()
    expect(page.locator("#topics")).to_contain_text(MISSED)
    page.locator("#picked input").click()
    page.get_by_role("option", name=MISSED).click()
    page.locator("#draft-into input").click()
    page.get_by_role("option", name="policies/work.md").click()
    page.locator("#draft").click()
    expect(page.locator("#found")).to_contain_text("直すところ")
    page.locator("#save").click()
    expect(page.get_by_text("保存していません")).to_be_visible()
    text = SHEETS["policies/work.md"] + f"\n## {MISSED}\n\n情報専門員の寮は、ありません。[^guide]\n"
    page.locator("#text .cm-content").fill(text)
    expect(page.locator("#found")).to_contain_text("誤りはありません")
    page.locator("#save").click()
    expect(page.locator("#edit-told")).to_contain_text("保存しました")
    assert "寮は、ありません" in (served.settings.home / "overlay" / "policies" / "work.md").read_text("utf-8")
    overlay.drop(served.settings.home, "policies/work.md")


def test_a_viewer_sees_the_material_but_cannot_press_what_changes_it(page: Page, served: Served) -> None:
    log_in(page, served, "kaze")
    expect(page.locator("#publish")).to_be_disabled()
    expect(page.get_by_role("gridcell", name="情報専門員の選考案内", exact=True).first).to_be_visible()
    page.locator("#staff-logout").click()
    expect(page).to_have_url(f"{served.origin}/staff/login")
    page.goto(f"{served.origin}/staff/")
    expect(page).to_have_url(f"{served.origin}/staff/login")


def test_the_off_switch_puts_a_message_in_place_of_answers(page: Page, served: Served) -> None:
    log_in(page, served, "umi")
    page.get_by_role("tab", name="状態").click()
    page.locator("#closing :is(input,textarea)").fill("資料を確かめています")
    page.locator("#close").click()
    expect(page.locator("#state")).to_contain_text("休止中")
    visitor = page.context.new_page()
    visitor.goto(served.origin)
    visitor.locator("#ask textarea").fill("情報専門員は何歳まで受けられますか")
    visitor.locator("#ask textarea").press("Enter")
    expect(visitor.locator("#chat")).to_contain_text("資料を確かめています")
    page.locator("#reopen").click()
    expect(page.locator("#state")).to_contain_text("受け付けています")
    visitor.locator("#ask textarea").press("Enter")
    expect(visitor.locator("#chat .answer").first).to_be_visible()
