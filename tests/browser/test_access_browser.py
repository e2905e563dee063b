"""Who can use the page, in a real Chromium: by keyboard, enlarged, on the narrowest screen, read aloud, with axe."""

from __future__ import annotations

from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser_visit import NARROWEST, PHONE, Site, Visit, visiting
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", [PHONE, NARROWEST])
@pytest.mark.parametrize("locale", ["ja-JP", "en-GB"])
def test_narrow_screens_never_scroll_sideways(browser: Browser, site: Site, size: tuple[int, int], locale: str) -> None:
    with visiting(browser, site, size=size, locale=locale) as visit:
        assert visit.overflow() <= 0
        for question in ("何歳まで受けられますか", "残業時間は平均何時間ですか", "https://a.example/" + "x" * 300):
            visit.ask(question)
            assert visit.overflow() <= 0
        visit.page.locator("#cite-1-1-1").click()
        assert visit.overflow() <= 0


def test_everything_works_by_keyboard_alone(visit: Visit) -> None:
    page = visit.page
    visit.press_until("Tab", "e.tagName === 'TEXTAREA'")
    page.keyboard.type("何歳まで受けられますか")
    page.keyboard.press("Enter")
    expect(page.locator("#chat .answer")).to_have_count(1)
    visit.settle()
    visit.press_until("Shift+Tab", "e.id === 'cite-1-3-3'")
    page.keyboard.press("Enter")
    expect(page.locator("#src-1-3")).to_be_focused()
    visit.press_until("Tab", "e.classList.contains('out')")
    assert visit.focused("target") == "_blank"
    page.locator("#tool-clear").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#chat .answer")).to_have_count(0)
    expect(page.locator("#suggestion-0")).to_be_visible()


def test_messages_are_read_as_text_and_the_log_is_announced(visit: Visit) -> None:
    visit.ask("何歳まで受けられますか")
    log = visit.page.locator("#chat [role=log]")
    expect(log).to_have_attribute("aria-live", "polite")
    expect(log).to_have_attribute("aria-label", "質問と回答")
    assert visit.page.locator("#chat [data-testid][aria-label]").count() == 0
    assert visit.page.locator("h1").count() == 1


def find_barriers(visit: Visit) -> list[str]:
    """axe's serious and critical findings: rule and element."""
    found = Axe().run(visit.page).response["violations"]
    return [
        f"{each['id']}: {node['html'][:120]}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["ja-JP", "en-GB"])
def test_axe_finds_no_serious_barrier_in_any_state(browser: Browser, site: Site, scheme: str, locale: str) -> None:
    with visiting(browser, site, locale=locale, color_scheme=scheme) as visit:
        assert find_barriers(visit) == []
        visit.ask("何歳まで受けられますか")
        visit.page.locator("#cite-1-1-1").focus()
        assert find_barriers(visit) == []
        visit.ask("残業時間は平均何時間ですか")
        assert find_barriers(visit) == []
        visit.ask_without_answer("故障の質問", "failed")
        assert find_barriers(visit) == []


def test_axe_finds_no_serious_barrier_in_a_phone_s_sheet_and_in_the_statements(phone: Visit) -> None:
    phone.ask("何歳まで受けられますか")
    phone.page.locator("#cite-1-2-2").click()
    assert find_barriers(phone) == []
    phone.page.keyboard.press("Escape")
    with phone.page.expect_popup() as opened:
        phone.page.locator("#colophon a[href*=accessibility]").click()
    statement = replace(phone, page=opened.value)
    for name in ("accessibility", "privacy"):
        statement.page.goto(f"{phone.site.url}ui/{name}.html#en")
        expect(statement.page.locator("#ja h1")).to_be_visible()
        assert find_barriers(statement) == []
        assert statement.overflow() <= 0


@pytest.mark.parametrize("locale", ["ja-JP", "en-GB"])
def test_enlarged_to_twice_the_size_nothing_is_cut_or_runs_sideways(browser: Browser, site: Site, locale: str) -> None:
    with visiting(browser, site, size=(640, 450), locale=locale, device_scale_factor=2) as zoomed:
        zoomed.ask("何歳まで受けられますか")
        assert zoomed.overflow() <= 0
        expect(zoomed.page.locator("#ask textarea")).to_be_in_viewport()
    with visiting(browser, site, locale=locale) as enlarged:
        enlarged.page.add_style_tag(content="html { font-size: 200% !important; }")
        enlarged.ask("何歳まで受けられますか")
        assert enlarged.overflow() <= 0


def test_answer_is_announced_once_and_earlier_ones_are_not_read_again(visit: Visit) -> None:
    visit.page.evaluate(
        """() => { window.added = []; new MutationObserver((changes) => { for (const change of changes)
        for (const node of change.addedNodes) if (node.parentElement?.closest("[role=log]") && node.textContent.trim())
        window.added.push(node.textContent.trim()); })
        .observe(document.querySelector("#chat"), { childList: true, subtree: true }); }"""
    )
    for question, words in (("何歳まで受けられますか", "61歳未満です"), ("ジョブローテーション", "防災のアプリ")):
        visit.ask(question)
        added = visit.page.evaluate("window.added.splice(0)")
        assert len([text for text in added if words in text]) == 1
        assert len(added) == 3  # the question, the word that it is being looked up, the answer
    visit.page.locator("#switch").click()
    expect(visit.page.locator("#send")).to_have_text("Ask")
    assert visit.page.evaluate("window.added") == []


def test_what_was_done_is_told_to_screen_readers(visit: Visit) -> None:
    visit.ask("何歳まで受けられますか")
    status = visit.page.locator("div[role=status].vh")
    visit.page.locator("#tool-copy").click()
    expect(status).to_have_text("コピーしました")
    visit.page.locator("#verdict-helpful").click()
    expect(status).to_contain_text("ありがとうございます")


def test_focus_is_not_lost_with_the_button_that_was_pressed(visit: Visit) -> None:
    visit.ask("何歳まで受けられますか")
    visit.page.locator("#follow-0").focus()
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator("#chat .answer")).to_have_count(2)
    visit.settle()
    assert visit.page.evaluate("document.activeElement !== document.body")


def test_first_tab_leads_past_the_masthead_to_the_box(visit: Visit) -> None:
    visit.page.keyboard.press("Tab")
    assert visit.focused("className") == "skip"
    visit.page.keyboard.press("Enter")
    assert visit.focused("tagName") == "TEXTAREA"


def test_nothing_moves_where_less_motion_is_asked_for(visit: Visit) -> None:
    visit.ask("何歳まで受けられますか")
    moving = visit.page.evaluate(
        """() => [...document.querySelectorAll("*")].filter((each) => { const style = getComputedStyle(each);
        return [style.animationDuration, style.transitionDuration].some((time) => parseFloat(time) > 0); }).length"""
    )
    assert moving == 0
