"""The server's side of the page in a real Chromium: whose session it is, the frame's cookie, what the store keeps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from browser_visit import Site, Visit, served_page, standing_in, visiting
from playwright.sync_api import Browser, expect

from ui.furniture import Terms
from ui.keeping import Keeper
from ui.limits import Rates
from ui.server import Surroundings
from ui.state import AskedQuestion, Feedback, StateStore

pytestmark = pytest.mark.browser
AGE = "何歳まで受けられますか"


def test_in_an_allowed_site_s_frame_the_session_has_a_cookie_of_its_own(browser: Browser) -> None:
    with served_page(frame_ancestors=["http://localhost:*"]) as site:
        frame = f'<iframe src="{site.url}" title="チャット" width="900" height="800"></iframe>'
        with standing_in(frame) as host, browser.new_context(locale="ja-JP") as context:
            page = context.new_page()
            page.goto(host)
            inside = page.frame_locator("iframe")
            inside.locator("#ask textarea").fill(AGE)
            inside.locator("#ask textarea").press("Enter")
            expect(inside.locator("#chat .answer")).to_have_count(1)
            (cookie,) = context.cookies()
            assert (cookie["name"], cookie["sameSite"], cookie["secure"]) == ("__Host-ictnavi", "None", True)
            assert cookie.get("partitionKey")


def test_the_session_of_an_open_page_is_closed_to_everyone_else(visit: Visit) -> None:
    visit.ask(AGE)
    named = next(url for url in visit.requests if "session_hash=" in url)
    assert httpx.get(named, trust_env=False).status_code == 403
    session = named.split("session_hash=")[1].split("&")[0]
    stolen = {"session_hash": session, "fn_index": 0, "event_id": "0" * 32}
    cancel = f"{visit.site.url}gradio_api/cancel"
    assert httpx.post(cancel, json=stolen, trust_env=False).status_code == 403
    assert visit.page.evaluate("document.cookie") == ""


def test_too_many_questions_are_told_in_words_and_the_question_stays(browser: Browser) -> None:
    around = Surroundings(questions=Rates(per_client=1, overall=100))
    with served_page(around=around) as site, visiting(browser, site, locale="en-GB") as visit:
        visit.ask(AGE)
        visit.ask_without_answer("one more", "failed")
        expect(visit.page.locator("#chat")).to_contain_text("Please wait about a minute")
        expect(visit.page.locator("#ask textarea")).to_have_value("one more")


@contextmanager
def kept_in(home: Path) -> Iterator[Site]:
    """The page over the store that `ictnavi serve` uses."""
    keeper = Keeper(home, keep_days=30, now=lambda: datetime.now(UTC)).start()
    try:
        with served_page(feedback=keeper, around=Surroundings(store=keeper), terms=Terms(keep_days=30)) as site:
            yield site
    finally:
        keeper.close()


def read_store(home: Path) -> tuple[tuple[AskedQuestion, ...], tuple[Feedback, ...]]:
    """Everything the file holds, newest first."""
    store = StateStore.open(home)
    try:
        return store.list_questions(), store.list_feedback()
    finally:
        store.close()


def test_a_verdict_stands_in_the_store_masked_with_its_answer(browser: Browser, tmp_path: Path) -> None:
    with kept_in(tmp_path) as site, visiting(browser, site) as visit:
        visit.page.locator("#notice details summary").wait_for()
        expect(visit.page.locator("#notice")).to_contain_text("30日間")
        visit.ask("何歳まで受けられますか。電話は090-1234-5678です")
        visit.page.locator("#verdict-wrong_source").click()
        expect(visit.page.locator("#thanks")).to_contain_text("ありがとうございます")
        visit.ask("残業時間は平均何時間ですか")
        visit.page.locator("#verdict-no_answer").click()
        expect(visit.page.locator("#thanks")).to_contain_text("ありがとうございます")
    questions, feedback = read_store(tmp_path)
    assert [(each.verdict, each.outcome, each.language) for each in feedback] == [
        ("no_answer", "no_evidence", "ja"),
        ("wrong_source", "answered", "ja"),
    ]
    assert feedback[1].question == questions[1].question == "何歳まで受けられますか。電話は〔電話番号〕です"
    assert feedback[1].passages == ("column#age", "guide#grade", "blog#years")
    assert b"1234-5678" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_the_page_opens_itself_anew_after_a_lost_connection_and_keeps_the_question(
    browser: Browser, site: Site
) -> None:
    with visiting(browser, site, expected="ERR_INTERNET_DISCONNECTED") as visit:
        visit.ask(AGE)
        visit.page.context.set_offline(True)
        visit.page.locator("#ask textarea").fill("ローテーション")
        visit.page.locator("#ask textarea").press("Enter")
        expect(visit.page.locator(".toast-message-text")).to_be_visible()
        visit.page.context.set_offline(False)
        expect(visit.page.locator("#chat .answer")).to_have_count(0)  # Gradio reloads the page; the draft is kept
        expect(visit.page.locator("#ask textarea")).to_have_value("ローテーション")
        visit.settle()
        visit.page.locator("#ask textarea").press("Enter")
        expect(visit.page.locator("#chat .answer")).to_have_count(1)
        visit.settle()


def test_what_is_sent_to_a_model_is_said_only_where_there_is_one(browser: Browser, visit: Visit) -> None:
    expect(visit.page.locator("#hint")).not_to_contain_text("AIモデル")
    with served_page(terms=Terms(by_model=True)) as site, visiting(browser, site) as by_model:
        expect(by_model.page.locator("#hint")).to_contain_text("AIモデルの提供者へ送られます")
        by_model.page.locator("#switch").click()
        expect(by_model.page.locator("#hint")).to_contain_text("provider of an AI model")


def test_what_a_model_has_written_is_shown_meanwhile_and_can_be_stopped(browser: Browser) -> None:
    with served_page(terms=Terms(by_model=True)) as site, visiting(browser, site) as visit:
        draft, answers = visit.page.locator("#chat .draft"), visit.page.locator("#chat .answer")
        visit.ask_without_answer("何歳までか、少しずつ教えて", "draft")
        expect(draft.locator(".sentence")).to_have_count(1)
        expect(draft).to_have_attribute("aria-hidden", "true")
        visit.page.locator("#stop").click()
        expect(visit.page.locator("#chat .remark.stopped")).to_be_visible()
        expect(visit.page.locator("#send")).to_be_enabled()
        site.bot.gate.set()
        visit.page.locator("#tool-retry").click()
        expect(answers.locator(".sentence")).to_have_count(3)
        expect(draft).to_have_count(0)
        visit.settle()


def test_privacy_is_told_in_both_languages_on_a_page_of_its_own(phone: Visit) -> None:
    with phone.page.expect_popup() as opened:
        phone.page.locator("#colophon a[href*=privacy]").click()
    expect(opened.value.locator("#ja h1")).to_have_text("個人情報と記録について")
    expect(opened.value.locator("#en h1")).to_have_text("Privacy and records")
    assert opened.value.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
