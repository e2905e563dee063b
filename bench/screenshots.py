"""`make screenshots`: every state of the page, taken in Chromium of the real page over the shipped corpus.

In: nothing but the shipped corpus, built into a temporary folder. Out: `docs/images/*.png`. Needs a Chromium on PATH.
`python -m bench.screenshots NAME…` takes only the pictures of those names.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, expect, sync_playwright

from bench.serving import started, wait_for_page
from rag.build import build_checked, publish
from rag.settings import ROOT, read_settings

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
IMAGES = ROOT / "docs" / "images"
PATIENCE = 60_000  # milliseconds to wait for anything to appear
AGE_JA, AGE_EN = "何歳まで受けられますか", "Up to what age can I apply?"
OVERTIME = "残業時間は平均何時間ですか"
WIDE, PHONE = (1280, 900), (375, 740)
Act = Literal["quote", "sources", "offline", "end"]


@dataclass(frozen=True, kw_only=True)
class Shot:
    """One picture: what is asked and done, and on what kind of screen (pixels)."""

    name: str
    question: str = ""
    act: Act | None = None
    locale: str = "ja-JP"
    size: tuple[int, int] = WIDE
    dark: bool = False


SHOTS = (
    Shot(name="start"),
    Shot(name="start-en", locale="en-US"),
    Shot(name="start-phone", size=PHONE),
    Shot(name="answer", question=AGE_JA),
    Shot(name="answer-end", question=AGE_JA, act="end"),
    Shot(name="answer-en", question=AGE_EN, locale="en-US"),
    Shot(name="answer-dark", question=AGE_JA, dark=True),
    Shot(name="answer-phone", question=AGE_JA, size=PHONE),
    Shot(name="answer-phone-end", question=AGE_JA, act="end", size=PHONE),
    Shot(name="answer-phone-dark", question=AGE_JA, size=PHONE, dark=True),
    Shot(name="quote", question=AGE_JA, act="quote"),
    Shot(name="quote-phone", question=AGE_JA, act="quote", size=PHONE),
    Shot(name="sources", question=AGE_JA, act="sources"),
    Shot(name="sources-phone", question=AGE_JA, act="sources", size=PHONE),
    Shot(name="sources-phone-en", question=AGE_EN, act="sources", size=PHONE, locale="en-US"),
    Shot(name="abstention", question=OVERTIME),
    Shot(name="abstention-en", question="How much overtime do staff work on average?", locale="en-US"),
    Shot(name="abstention-phone", question=OVERTIME, size=PHONE),
    Shot(name="error", question=AGE_JA, act="offline"),
)


def find_chromium() -> str:
    """The browser on PATH; ends the process where there is none."""
    executable = next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)
    if executable is None:
        raise SystemExit("chromium が見つかりません。入れてから、もう一度実行してください")
    return executable


def main() -> None:
    """Build, serve, ask, take every picture, or those named."""
    executable = find_chromium()
    wanted = [shot for shot in SHOTS if not sys.argv[1:] or shot.name in sys.argv[1:]]
    with tempfile.TemporaryDirectory(prefix="ictnavi-screenshots-") as home:
        settings = read_settings(home=Path(home))
        publish(settings, build_checked(settings), reason="screenshots")
        with started(settings) as (process, address), sync_playwright() as playwright:
            wait_for_page(process, address)
            browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
            IMAGES.mkdir(parents=True, exist_ok=True)
            for shot in wanted:
                take(browser, address, shot)
                print(f"docs/images/{shot.name}.png")
            browser.close()


def take(browser: Browser, address: str, shot: Shot) -> None:
    """Bring a fresh tab into the shot's state and photograph what stands there."""
    width, height = shot.size
    page = browser.new_page(
        viewport={"width": width, "height": height},
        locale=shot.locale,
        color_scheme="dark" if shot.dark else "light",
        reduced_motion="reduce",
    )
    page.goto(address)
    expect(page.locator("#ask textarea")).to_be_visible(timeout=PATIENCE)
    if shot.act == "offline":
        _ask_in_vain(page, shot.question)
    elif shot.question:
        _ask(page, shot.question)
    if shot.act in ("quote", "sources", "end"):
        _act(page, shot.act)
    page.wait_for_timeout(800)  # scrolling and fading come to rest
    page.screenshot(path=IMAGES / f"{shot.name}.png")
    page.close()


def _ask(page: Page, question: str) -> None:
    page.locator("#ask textarea").fill(question)
    page.locator("#ask textarea").press("Enter")
    expect(page.locator("#chat .answer")).to_have_count(1, timeout=PATIENCE)
    expect(page.locator("#follow button").first).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#send")).to_be_enabled(timeout=PATIENCE)


def _ask_in_vain(page: Page, question: str) -> None:
    """The network is gone when the question is sent."""
    page.wait_for_timeout(1500)
    page.context.set_offline(True)
    page.locator("#ask textarea").fill(question)
    page.locator("#ask textarea").press("Enter")
    expect(page.locator(".toast-message-text")).to_be_visible(timeout=PATIENCE)


def _act(page: Page, act: Act) -> None:
    second = page.locator("#chat .ref > a.cite").nth(1)
    if act == "quote":
        page.keyboard.press("Shift+Tab")  # the focus is shown where keys are used
        second.focus()
    elif act == "sources":
        second.click()
    else:
        page.locator("#follow").evaluate("area => area.scrollIntoView({ block: 'center' })")


if __name__ == "__main__":
    main()
