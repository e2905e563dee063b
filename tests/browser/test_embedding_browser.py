"""Where else the page stands, in a real Chromium: under a sub-path, in a frame, behind a corner button."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from browser_visit import Site, find_outside, keep_account, served_page, standing_in, visiting
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser
NO_STORAGE = """if (window !== window.parent) Object.defineProperty(window, "sessionStorage",
    { get() { throw new DOMException("refused", "SecurityError"); } });"""


@contextmanager
def embedded(browser: Browser, site: Site, host: str) -> Iterator[Page]:
    """A tab at the other site; the same account is kept as on a visit."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="ja-JP")
    context.add_init_script(NO_STORAGE)
    visit = keep_account(context.new_page(), site)
    visit.page.goto(host)
    yield visit.page
    context.close()
    assert [error for error in visit.errors if "favicon" not in error and "404" not in error] == []
    assert find_outside(visit, host.split("/", 3)[2]) == []


def test_page_works_under_a_sub_path(browser: Browser) -> None:
    with served_page(root_path="/ictnavi") as site, visiting(browser, site) as visit:
        visit.ask("何歳まで受けられますか")
        expect(visit.page.locator("#src-1-1")).to_be_visible()
        assert all("/ictnavi/" in url for url in visit.requests if url.startswith("http") and "manifest" not in url)
        with visit.page.expect_popup() as opened:
            visit.page.locator("#colophon a[href*=accessibility]").click()
        expect(opened.value.locator("#ja h1")).to_have_text("アクセシビリティについて")


def test_page_works_in_a_frame_of_an_allowed_site_even_without_storage(browser: Browser) -> None:
    with served_page(frame_ancestors=["http://localhost:*"]) as site:
        frame = f'<iframe src="{site.url}" title="チャット" width="600" height="700"></iframe>'
        with standing_in(frame) as host, embedded(browser, site, host) as page:
            inside = page.frame_locator("iframe")
            inside.locator("#ask textarea").fill("何歳まで受けられますか")
            inside.locator("#ask textarea").press("Enter")
            expect(inside.locator("#chat .answer")).to_have_count(1)
            inside.locator("#cite-1-1-1").click()
            expect(inside.locator("#src-1-1 mark")).to_be_visible()
            inside.locator("#ask textarea").fill("書きかけ")
            expect(inside.locator("#ask textarea")).to_have_value("書きかけ")


def test_no_other_site_may_frame_the_page(browser: Browser, site: Site) -> None:
    with standing_in(f'<iframe src="{site.url}" title="チャット"></iframe>') as host:
        page = browser.new_page()
        with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
            page.goto(host)
        expect(page.frame_locator("iframe").locator("#ask")).to_have_count(0)
        page.close()


@pytest.mark.parametrize("root_path", ["", "/ictnavi"])
def test_corner_button_opens_the_page_and_gives_the_focus_back(browser: Browser, root_path: str) -> None:
    with served_page(root_path=root_path, frame_ancestors=["http://localhost:*"]) as site:
        line = f'<script src="{site.url}ui/widget.js" defer></script>'
        with standing_in(line) as host, embedded(browser, site, host) as page:
            button = page.get_by_role("button", name="ICT職について質問する")
            expect(button).to_have_attribute("aria-expanded", "false")
            expect(page.locator("iframe")).to_have_count(0)  # nothing is loaded before it is asked for
            button.focus()
            page.keyboard.press("Enter")
            inside = page.frame_locator("iframe")
            inside.locator("#ask textarea").fill("何歳まで受けられますか")
            inside.locator("#ask textarea").press("Enter")
            expect(inside.locator("#chat .answer")).to_have_count(1)
            inside.locator("#ask textarea").press("Escape")
            expect(page.locator("iframe")).to_be_hidden()
            expect(button).to_be_focused()
            button.click()
            expect(inside.locator("#chat .answer")).to_have_count(1)  # closing does not end the talk
