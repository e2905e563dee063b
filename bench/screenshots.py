"""`make screenshots`: the pictures of README and docs, taken of the real page in Chromium.

In: nothing but the shipped corpus, built into a temporary folder. Out: `docs/images/*.png`. Needs a Chromium on PATH.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

from bench.serving import started, wait_for_page
from rag.build import build_checked, publish
from rag.settings import ROOT, read_settings

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
IMAGES = ROOT / "docs" / "images"


@dataclass(frozen=True, kw_only=True)
class Shot:
    """One picture: what is asked, and on what kind of screen (pixels)."""

    name: str
    question: str
    locale: str = "ja-JP"
    width: int = 1280
    height: int = 900


SHOTS = (
    Shot(name="answer", question="何歳まで受けられますか"),
    Shot(name="answer-en", question="Up to what age can I apply?", locale="en-US"),
)


def main() -> None:
    """Build, serve, ask, take every picture."""
    executable = next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)
    if executable is None:
        raise SystemExit("chromium が見つかりません。入れてから、もう一度実行してください")
    with tempfile.TemporaryDirectory(prefix="ictnavi-screenshots-") as home:
        settings = read_settings(home=Path(home))
        publish(settings, build_checked(settings), reason="screenshots")
        with started(settings) as (process, address), sync_playwright() as playwright:
            wait_for_page(process, address)
            browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
            IMAGES.mkdir(parents=True, exist_ok=True)
            for shot in SHOTS:
                take(browser, address, shot)
            browser.close()


def take(browser: Browser, address: str, shot: Shot) -> None:
    """Ask the shot's question in a fresh tab and photograph what stands there."""
    page = browser.new_page(
        viewport={"width": shot.width, "height": shot.height}, locale=shot.locale, color_scheme="light"
    )
    page.goto(address)
    box = page.locator("#ask textarea")
    expect(box).to_be_visible(timeout=30_000)
    box.fill(shot.question)
    box.press("Enter")
    expect(page.locator("#chat .answer")).to_have_count(1, timeout=30_000)
    expect(page.locator("#send")).to_be_enabled(timeout=30_000)
    page.wait_for_timeout(800)  # scrolling and fading come to rest
    page.screenshot(path=IMAGES / f"{shot.name}.png")
    page.close()


if __name__ == "__main__":
    main()
