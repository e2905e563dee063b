"""How a visit goes, in a real Chromium: asking, stopping, trying again, sharing, judging, changing the language."""

from __future__ import annotations

import pytest
from browser_visit import Site, Visit, served_page, visiting
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.browser


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
    expect(page.locator("#chat .answer")).to_have_count(2)
    visit.settle()
    page.reload()
    expect(page.locator("#send")).to_have_text("Ask")
    expect(page.locator("#masthead h1")).to_have_text(visit.site.bot.replies.page["title"].en)


def test_page_opens_in_the_browser_s_language(english: Visit) -> None:
    page = english.page
    expect(page.locator("#send")).to_have_text("Ask")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.title() == english.site.bot.replies.page["title"].en
    english.ask("What is the age limit?")
    expect(page.locator("#chat .answer")).to_have_attribute("lang", "en")
    expect(page.locator("#chat [role=log]")).to_have_attribute("aria-label", "Questions and answers")


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
    with visiting(browser, site, address="#q=%E4%BD%95%E6%AD%B3%E3%81%BE%E3%81%A7") as visit:
        expect(visit.page.locator("#ask textarea")).to_have_value("何歳まで")
        assert not [url for url in visit.requests if "%E4%BD%95" in url]
        visit.ask("何歳まで")
        visit.page.locator("#tool-share").click()
        assert visit.copied().endswith("#q=%E4%BD%95%E6%AD%B3%E3%81%BE%E3%81%A7")


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


def test_question_in_the_address_fills_the_box_and_asks_nothing(browser: Browser, site: Site) -> None:
    asked = len(site.bot.asked)
    with visiting(browser, site, address="?q=%E4%BD%95%E6%AD%B3%E3%81%BE%E3%81%A7&lang=en") as visit:
        expect(visit.page.locator("#ask textarea")).to_have_value("何歳まで")
        expect(visit.page.locator("#send")).to_have_text("Ask")
        assert "q=" not in visit.page.url
        assert len(site.bot.asked) == asked


def test_stopping_ends_the_wait_and_the_question_can_be_sent_again(visit: Visit) -> None:
    page, bot = visit.page, visit.site.bot
    bot.gate.clear()
    visit.ask_without_answer("何歳までか、ゆっくり教えて", "searching")
    page.locator("#stop").click()
    expect(page.locator("#chat .remark.stopped")).to_be_visible()
    expect(page.locator("#send")).to_be_enabled()
    bot.gate.set()
    page.wait_for_timeout(600)
    assert page.locator("#chat .answer").count() == 0
    page.locator("#tool-retry").click()
    expect(page.locator("#chat .answer")).to_have_count(1)
    expect(page.locator("#chat .asked-text")).to_have_text("何歳までか、ゆっくり教えて")


def test_trying_again_replaces_the_answer(visit: Visit) -> None:
    visit.ask("何歳まで受けられますか")
    visit.ask("ジョブローテーションはどうでしたか")
    visit.page.locator("#tool-retry").click()
    expect(visit.page.locator("#answer-3")).to_be_visible()
    expect(visit.page.locator("#chat .answer")).to_have_count(2)
    assert visit.site.bot.asked[-1] == ("ジョブローテーションはどうでしたか", ("何歳まで受けられますか",))


def test_answer_does_not_pull_back_a_reader_who_moved_on(phone: Visit) -> None:
    page, bot = phone.page, phone.site.bot
    for question in ("何歳まで受けられますか", "ジョブローテーションはどうでしたか"):
        phone.ask(question)
    bot.gate.clear()
    phone.ask_without_answer("何歳までか、ゆっくり教えて", "searching")
    page.mouse.move(100, 300)
    page.mouse.wheel(0, -900)
    page.wait_for_timeout(300)
    before = page.evaluate("window.scrollY")
    bot.gate.set()
    expect(page.locator("#chat .answer")).to_have_count(3)
    phone.settle()
    assert abs(page.evaluate("window.scrollY") - before) < 5


@pytest.mark.parametrize(
    ("button", "verdict"),
    [
        ("役に立った", "helpful"),
        ("根拠が違う", "wrong_source"),
        ("古い", "outdated"),
        ("答えになっていない", "no_answer"),
    ],
)
def test_verdict_is_kept_once_with_its_answer(visit: Visit, button: str, verdict: str) -> None:
    assert visit.site.feedback is not None
    before = len(visit.site.feedback.kept)
    visit.ask("何歳まで受けられますか")
    visit.page.locator("#feedback").get_by_text(button, exact=True).click()
    expect(visit.page.locator("#thanks")).to_contain_text("ありがとうございます")
    expect(visit.page.locator("#feedback")).to_have_count(0)
    [kept] = visit.site.feedback.kept[before:]
    assert (kept[0], kept[1], kept[3]) == (verdict, "何歳まで受けられますか", "ja")
    assert kept[2].sentences
    visit.ask("ジョブローテーションはどうでしたか")
    expect(visit.page.locator("#thanks .thanks")).to_have_count(0)
    expect(visit.page.locator("#verdict-helpful")).to_be_visible()


def test_verdict_that_cannot_be_kept_is_said_and_the_answer_stays(visit: Visit) -> None:
    assert visit.site.feedback is not None
    visit.site.feedback.full = True
    visit.ask("残業時間は平均何時間ですか")
    expect(visit.page.locator("#verdict-outdated")).to_have_count(0)
    visit.page.locator("#verdict-no_answer").click()
    expect(visit.page.locator("#thanks")).to_contain_text("受け取れませんでした")
    expect(visit.page.locator("#chat .answer")).to_have_count(1)
    visit.site.feedback.full = False


def test_without_a_store_no_verdict_is_asked_for_and_a_refusal_keeps_the_question(browser: Browser) -> None:
    refusals = iter([None, "too_many", "busy"])
    with (
        served_page(verdicts=False, admit=lambda request: next(refusals)) as site,
        visiting(browser, site) as visit,
    ):
        visit.ask("何歳まで受けられますか")
        expect(visit.page.locator("#feedback")).to_have_count(0)
        for said in ("1分ほど待って", "混み合って"):
            visit.ask_without_answer("ローテーション", "failed")
            expect(visit.page.locator("#chat .remark.failed")).to_contain_text(said)
            expect(visit.page.locator("#ask textarea")).to_have_value("ローテーション")
            visit.settle()
        assert len(site.bot.asked) == 1


def test_lost_connection_is_said_in_the_page_s_language(browser: Browser, site: Site) -> None:
    with visiting(browser, site, expected="ERR_INTERNET_DISCONNECTED") as visit:
        visit.page.context.set_offline(True)
        visit.page.locator("#ask textarea").fill("何歳まで")
        visit.page.locator("#ask textarea").press("Enter")
        expect(visit.page.locator(".toast-message-text")).to_contain_text("接続が切れました")
        expect(visit.page.locator(".toast-title")).to_have_text("お知らせ")
        expect(visit.page.locator("#ask textarea")).to_have_value("何歳まで")
