"""The pictures of docs/models.md: the page before a slow, a failing and an obedient model, taken in Chromium.

In: nothing but the shipped corpus, to which one planted third-party page a topic is added for the obedient model. Out:
`docs/images/model-*.png`. The models are scripted, behind a local server. Part of `make screenshots`; alone:
`python -m bench.model_shots`. Needs a Chromium on PATH.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from bench import chat_models
from bench.chat_server import Behaviour, Reply, serving
from bench.injections import TOPICS, list_planted
from bench.planted_release import plant
from bench.screenshots import AGE_JA, IMAGES, PATIENCE, find_chromium
from bench.serving import LOOSE, started, wait_for_page
from rag.build import build_checked, build_release, publish
from rag.settings import Settings, read_settings

WAITING = 1500  # milliseconds after the question, before a slow model has said anything
SLOW = 4.0  # seconds
SIZE = (1280, 900)


def _slowly(messages: Sequence[dict[str, Any]]) -> Reply:
    return replace(chat_models.truthful(messages), delay=SLOW, pause=0.05)


def main() -> None:
    """Build both releases, ask each model its question, take the pictures."""
    with tempfile.TemporaryDirectory(prefix="ictnavi-model-shots-") as folder:
        shipped = read_settings(home=Path(folder) / "home")
        publish(shipped, build_checked(shipped), reason="screenshots")
        planted = _with_planted_pages(Path(folder), shipped)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
            _shoot(browser, shipped, _slowly, AGE_JA, "slow")
            _shoot(browser, shipped, chat_models.NAMED["failing"], AGE_JA, "failing")
            _shoot(browser, planted, chat_models.obedient, TOPICS[0].questions[0], "obedient")
            browser.close()


def _with_planted_pages(folder: Path, shipped: Settings) -> Settings:
    """A release with the first order of bench/injections.py on a page of each topic."""
    corpus = folder / "corpus"
    shutil.copytree(shipped.corpus, corpus)
    plant(corpus, list_planted()[: len(TOPICS)])
    planted = shipped.model_copy(update={"corpus": corpus, "home": folder / "planted"})
    publish(planted, build_release(planted), reason="screenshots")
    return planted


def _shoot(browser: Browser, settings: Settings, behaviour: Behaviour, question: str, name: str) -> None:
    """Ask the page that writes by this model one question; a slow one is photographed while it is waited for, too."""
    with serving(behaviour) as server, started(settings, **LOOSE, **server.settings()) as (process, address):
        wait_for_page(process, address)
        page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]}, locale="ja-JP", reduced_motion="reduce")
        page.goto(address)
        expect(page.locator("#ask textarea")).to_be_visible(timeout=PATIENCE)
        page.locator("#ask textarea").fill(question)
        page.locator("#ask textarea").press("Enter")
        if behaviour is _slowly:
            page.wait_for_timeout(WAITING)
            _take(page, f"model-{name}-waiting")
        expect(page.locator("#chat .answer")).to_have_count(1, timeout=PATIENCE)
        expect(page.locator("#follow button").first).to_be_visible(timeout=PATIENCE)
        expect(page.locator("#send")).to_be_enabled(timeout=PATIENCE)
        page.wait_for_timeout(800)  # scrolling and fading come to rest
        _take(page, f"model-{name}")
        page.close()


def _take(page: Page, name: str) -> None:
    page.screenshot(path=IMAGES / f"{name}.png")
    print(f"docs/images/{name}.png")


if __name__ == "__main__":
    main()
