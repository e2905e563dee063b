"""The page in a real Chromium: what a candidate does, by mouse, by keyboard, on a phone, in both languages.

Every test also holds that no request left the server and that the console stayed free of errors under the policy.
"""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright
from scripted_bot import AGE, FAQ, GRADE, ROTATION, ScriptedBot

from ui.server import create_app

pytestmark = pytest.mark.browser
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WIDE, PHONE, NARROWEST = (1280, 900), (375, 740), (320, 640)


@dataclass
class Site:
    """A served page and the bot behind it."""

    url: str
    bot: ScriptedBot


def serve_in_thread(bot: ScriptedBot, root_path: str = "") -> Iterator[Site]:
    app = create_app(bot, root_path=root_path, today=lambda: date(2026, 11, 23))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, access_log=False, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.05)
    assert server.started
    yield Site(url=f"http://127.0.0.1:{port}{root_path}/", bot=bot)
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    yield from serve_in_thread(ScriptedBot())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found is None:
        pytest.fail("Chromium が見つかりません。`apt-get install chromium` で入れてください")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield chromium
        chromium.close()


@dataclass
class Visit:
    """An opened page that keeps account of what went wrong and what went out."""

    page: Page
    site: Site
    errors: list[str]
    requests: list[str]

    def ask(self, question: str) -> None:
        """Type, press Enter, wait for the answer to stand."""
        before = self.page.locator("#chat .answer").count()
        self.page.locator("#ask textarea").fill(question)
        self.page.locator("#ask textarea").press("Enter")
        expect(self.page.locator("#chat .answer")).to_have_count(before + 1)
        self.settle()

    def settle(self) -> None:
        """Let scrolling and the labels come to rest."""
        expect(self.page.locator("#send")).to_be_enabled()
        self.page.wait_for_timeout(400)

    def overflow(self) -> int:
        """Pixels by which the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def open_page(
    browser: Browser, site: Site, *, size: tuple[int, int], locale: str, address: str = ""
) -> Iterator[Visit]:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale=locale,
        reduced_motion="reduce",
        permissions=["clipboard-read", "clipboard-write"],
    )
    page = context.new_page()
    visit = Visit(page=page, site=site, errors=[], requests=[])
    page.on("console", lambda message: visit.errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: visit.errors.append(str(error)))
    page.on("dialog", lambda dialog: visit.errors.append("dialog " + dialog.message))
    page.on("request", lambda request: visit.requests.append(request.url))
    page.goto(site.url + address)
    expect(page.locator("#ask textarea")).to_be_visible()
    page.wait_for_timeout(500)
    yield visit
    context.close()
    assert visit.errors == []
    origin = site.url.split("/", 3)[2]
    assert [
        url for url in visit.requests if url.split("/", 3)[2] != origin and not url.startswith(("data:", "blob:"))
    ] == []


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Visit]:
    yield from open_page(browser, site, size=WIDE, locale="ja-JP")


@pytest.fixture
def phone(browser: Browser, site: Site) -> Iterator[Visit]:
    yield from open_page(browser, site, size=PHONE, locale="ja-JP")


@pytest.fixture
def english(browser: Browser, site: Site) -> Iterator[Visit]:
    yield from open_page(browser, site, size=WIDE, locale="en-GB")


def focused(page: Page, attribute: str) -> Any:
    return page.evaluate(f"document.activeElement.{attribute}")


def tab_until(page: Page, script: str, limit: int = 80) -> None:
    """Press Tab until the focused element fits."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate(f"(() => {{ const e = document.activeElement; return {script}; }})()"):
            return
    raise AssertionError(f"never focused: {script}")


def test_first_question_leads_to_the_marked_quote(visit: Visit) -> None:
    visit.ask("何歳まで受けられますか")
    page = visit.page
    page.locator("#chat .ref > a.cite", has_text="[2]").click()
    source = page.locator("#src-1-2")
    expect(source).to_be_in_viewport()
    expect(source).to_be_focused()
    expect(source.locator("mark")).to_have_text(GRADE.quote(GRADE.sentences[0]))
    expect(source.locator("blockquote")).to_have_text(GRADE.text)
    for label in ("規則", "公式", "要約", "東京都人事委員会"):
        expect(source).to_contain_text(label)


def test_sources_stand_beside_the_chat_on_a_wide_screen(visit: Visit) -> None:
    visit.ask("何歳まで受けられますか")
    chat, side = visit.page.locator("#chat").bounding_box(), visit.page.locator("#side").bounding_box()
    assert chat
    assert side
    assert side["x"] >= chat["x"] + chat["width"]
    expect(visit.page.locator("#src-1-1")).to_be_in_viewport()


def test_quote_shows_on_hover_and_on_focus_and_escape_puts_it_away(visit: Visit) -> None:
    visit.ask("何歳まで受けられますか")
    page = visit.page
    mark, pop = page.locator("#cite-1-1-1"), page.locator("#pop-1-1-1")
    expect(pop).to_be_hidden()
    mark.hover()
    expect(pop).to_be_visible()
    expect(pop).to_contain_text(AGE.quote(AGE.sentences[0]))
    page.mouse.move(5, 5)
    expect(pop).to_be_hidden()
    page.locator("#tool-copy").focus()
    tab_backwards_to(page, "cite-1-1-1")
    expect(pop).to_be_visible()
    assert mark.get_attribute("aria-describedby") == "pop-1-1-1"
    page.keyboard.press("Escape")
    expect(pop).to_be_hidden()


def tab_backwards_to(page: Page, name: str) -> None:
    for _ in range(20):
        page.keyboard.press("Shift+Tab")
        if focused(page, "id") == name:
            return
    raise AssertionError(f"never focused: {name}")


def test_abstention_shows_whom_to_ask_and_what_can_be_asked(visit: Visit) -> None:
    visit.ask("残業時間は平均何時間ですか")
    answer = visit.page.locator("#chat .answer.abstained")
    expect(answer).to_contain_text("見当たりません")
    expect(answer.locator(f'a[href="{FAQ.url}"]')).to_have_attribute("target", "_blank")
    expect(visit.page.locator("#follow button").first).to_be_visible()
    expect(visit.page.locator("#side")).to_have_count(0)


def test_follow_up_button_asks_with_the_history(visit: Visit) -> None:
    visit.ask("何歳まで受けられますか")
    follow = visit.page.locator("#follow-0")
    question = follow.inner_text().strip()
    follow.click()
    expect(visit.page.locator("#chat .answer")).to_have_count(2)
    assert visit.site.bot.asked[-1] == (question, ("何歳まで受けられますか",))


def test_example_question_is_asked_and_the_examples_fold_away(visit: Visit) -> None:
    chip = visit.page.locator("#suggestion-0")
    question = chip.inner_text().strip()
    chip.click()
    expect(visit.page.locator("#chat .answer")).to_have_count(1)
    expect(visit.page.locator("#chat .asked-text")).to_have_text(question)
    expect(visit.page.locator("#suggestion-0")).to_be_hidden()


def test_earlier_sources_fold_and_open_when_their_number_is_chosen(visit: Visit) -> None:
    visit.ask("何歳まで受けられますか")
    visit.ask("ジョブローテーションはどうでしたか")
    page = visit.page
    expect(page.locator("#src-1-1")).to_be_hidden()
    page.locator("#cite-1-1-1").click()
    expect(page.locator("#src-1-1")).to_be_in_viewport()
    expect(page.locator("#src-2-2 mark")).to_have_text(ROTATION.quote(ROTATION.sentences[1]))


def test_language_switches_keeps_the_talk_and_survives_a_reload(visit: Visit) -> None:
    page = visit.page
    assert page.evaluate("document.documentElement.lang") == "ja"
    visit.ask("何歳まで受けられますか")
    page.locator("#switch").click()
    expect(page.locator("#send")).to_have_text("Ask")
    expect(page.locator("#chat .answer")).to_have_count(1)
    expect(page.locator("#chat .answer")).to_have_attribute("lang", "ja")
    assert page.evaluate("document.documentElement.lang") == "en"
    page.locator("#starters > button").click()
    page.locator("#suggestion-3").click()
    expect(page.locator("#chat .asked-text").last).to_have_text(visit.site.bot.replies.suggestions[3].en)
    page.reload()
    expect(page.locator("#send")).to_have_text("Ask")
    expect(page.locator("#masthead h1")).to_have_text(visit.site.bot.replies.page["title"].en)


def test_page_opens_in_the_browser_s_language(english: Visit) -> None:
    page = english.page
    expect(page.locator("#send")).to_have_text("Ask")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.title() == "ICT職ナビ"
    english.ask("What is the age limit?")
    expect(page.locator("#chat .answer")).to_have_attribute("lang", "en")
    expect(page.locator("#chat [role=log]")).to_have_attribute("aria-label", "Questions and answers")


@pytest.mark.parametrize("size", [PHONE, NARROWEST])
@pytest.mark.parametrize("locale", ["ja-JP", "en-GB"])
def test_narrow_screens_never_scroll_sideways(browser: Browser, site: Site, size: tuple[int, int], locale: str) -> None:
    for visit in open_page(browser, site, size=size, locale=locale):
        assert visit.overflow() <= 0
        for question in ("何歳まで受けられますか", "残業時間は平均何時間ですか", "https://a.example/" + "x" * 300):
            visit.ask(question)
            assert visit.overflow() <= 0
        visit.page.locator("#cite-1-1-1").click()
        assert visit.overflow() <= 0


def test_sources_open_as_a_sheet_on_a_phone_and_give_the_focus_back(phone: Visit) -> None:
    phone.ask("何歳まで受けられますか")
    page = phone.page
    page.locator("#cite-1-1-1").click()
    expect(page.locator("#src-1-1")).to_be_in_viewport()
    expect(page.locator("#src-1-1 mark")).to_be_in_viewport()
    page.keyboard.press("Escape")
    assert focused(page, "id") == "cite-1-1-1"
    page.locator("#cite-1-2-2").click()
    page.locator("#close-sources").click()
    assert focused(page, "id") == "cite-1-2-2"
    expect(page.locator("#close-sources")).to_be_hidden()


def test_everything_works_by_keyboard_alone(visit: Visit) -> None:
    page = visit.page
    tab_until(page, "e.tagName === 'TEXTAREA'")
    page.keyboard.type("何歳まで受けられますか")
    page.keyboard.press("Enter")
    expect(page.locator("#chat .answer")).to_have_count(1)
    visit.settle()
    tab_backwards_to(page, "cite-1-3-3")
    page.keyboard.press("Enter")
    expect(page.locator("#src-1-3")).to_be_focused()
    tab_until(page, "e.classList.contains('out')")
    assert focused(page, "target") == "_blank"
    page.locator("#tool-clear").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#chat .answer")).to_have_count(0)
    expect(page.locator("#suggestion-0")).to_be_visible()


def test_shift_enter_breaks_the_line_and_enter_while_composing_does_not_send(visit: Visit) -> None:
    page = visit.page
    box = page.locator("#ask textarea")
    box.fill("一行目")
    box.press("Shift+Enter")
    page.keyboard.type("二行目")
    assert box.input_value() == "一行目\n二行目"
    keyboard = page.context.new_cdp_session(page)
    keyboard.send("Input.imeSetComposition", {"text": "かんじ", "selectionStart": 3, "selectionEnd": 3})
    enter = {"key": "Process", "code": "Enter", "windowsVirtualKeyCode": 229}
    keyboard.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **enter})
    keyboard.send("Input.dispatchKeyEvent", {"type": "keyUp", **enter})
    keyboard.send("Input.insertText", {"text": "漢字"})
    page.wait_for_timeout(300)
    assert page.locator("#chat .asked").count() == 0
    assert box.input_value().endswith("漢字")


def test_draft_survives_a_reload_and_the_conversation_does_not(visit: Visit) -> None:
    visit.ask("何歳まで受けられますか")
    page = visit.page
    page.locator("#ask textarea").fill("書きかけの質問")
    page.reload()
    expect(page.locator("#ask textarea")).to_have_value("書きかけの質問")
    assert page.locator("#chat .answer").count() == 0
    visit.ask("ローテーション")
    page.reload()
    expect(page.locator("#ask textarea")).to_have_value("")
    assert page.evaluate("localStorage.length") == 0


def test_shared_link_fills_the_box_and_never_reaches_the_server(browser: Browser, site: Site) -> None:
    for visit in open_page(browser, site, size=WIDE, locale="ja-JP", address="#q=%E4%BD%95%E6%AD%B3%E3%81%BE%E3%81%A7"):
        expect(visit.page.locator("#ask textarea")).to_have_value("何歳まで")
        assert not [url for url in visit.requests if "%E4%BD%95" in url]
        visit.ask("何歳まで")
        visit.page.locator("#tool-share").click()
        visit.page.wait_for_timeout(200)
        assert visit.page.evaluate("navigator.clipboard.readText()").endswith("#q=%E4%BD%95%E6%AD%B3%E3%81%BE%E3%81%A7")


def test_copying_takes_the_sources_and_their_labels_along(visit: Visit) -> None:
    visit.ask("何歳まで受けられますか")
    visit.page.locator("#tool-copy").click()
    visit.page.wait_for_timeout(200)
    copied = visit.page.evaluate("navigator.clipboard.readText()")
    for part in (
        "61歳未満です。[1]",
        "令和6年度募集",
        "[2] 転職希望者向けページ",
        "第三者",
        "https://example.org/pc/career/",
    ):
        assert part in copied
    assert copied.count("何歳まで受けられますか") == 1


def test_printing_shows_the_sources_and_hides_the_furniture(visit: Visit) -> None:
    visit.ask("何歳まで受けられますか")
    visit.page.emulate_media(media="print")
    expect(visit.page.locator("#src-1-3")).to_be_visible()
    expect(visit.page.locator("#composer")).to_be_hidden()
    expect(visit.page.locator("#starters")).to_be_hidden()


@pytest.mark.parametrize(
    "question",
    [
        "<img src=x onerror=alert(1)> **「太字」** [x](javascript:alert(1))",
        "![a](https://evil.example/x.png)",
        "<script>alert(1)</script>",
        "$$x^2$$ `code` https://evil.example/",
    ],
)
def test_hostile_question_is_shown_as_typed(visit: Visit, question: str) -> None:
    visit.ask(question)
    asked = visit.page.locator("#chat .asked-text")
    expect(asked).to_have_text(question)
    assert asked.locator("img, a, strong, script, code, .katex").count() == 0


def test_failure_apologises_and_keeps_the_question(visit: Visit) -> None:
    page = visit.page
    page.locator("#ask textarea").fill("故障の質問")
    page.locator("#send").click()
    expect(page.locator("#chat .remark.failed")).to_contain_text("受付番号")
    expect(page.locator("#ask textarea")).to_have_value("故障の質問")
    visit.settle()
    visit.ask("何歳まで受けられますか")


def test_newest_question_stays_in_view_after_a_long_talk(phone: Visit) -> None:
    for question in ("何歳まで受けられますか", "ジョブローテーションはどうでしたか", "キャリア活用とは"):
        phone.ask(question)
        expect(phone.page.locator("#chat .asked").last).to_be_in_viewport()
        expect(phone.page.locator("#ask textarea")).to_be_in_viewport()


def test_messages_are_read_as_text_and_the_log_is_announced(visit: Visit) -> None:
    visit.ask("何歳まで受けられますか")
    log = visit.page.locator("#chat [role=log]")
    expect(log).to_have_attribute("aria-live", "polite")
    expect(log).to_have_attribute("aria-label", "質問と回答")
    assert visit.page.locator("#chat [data-testid][aria-label]").count() == 0
    assert visit.page.locator("h1").count() == 1


def test_page_works_under_a_sub_path(browser: Browser) -> None:
    for site in serve_in_thread(ScriptedBot(), root_path="/ictnavi"):
        for visit in open_page(browser, site, size=WIDE, locale="ja-JP"):
            visit.ask("何歳まで受けられますか")
            expect(visit.page.locator("#src-1-1")).to_be_visible()
            assert all("/ictnavi/" in url for url in visit.requests if url.startswith("http") and "manifest" not in url)
