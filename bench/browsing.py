"""The page in a real Chromium: first paint, weight, requests, and how long an answer takes from the key press.

In: questions and the address of a served page; out: figures. Where no Chromium is found, one line says so and nothing
is measured. Times are those of this machine, browser and server together.
"""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

from bench.figures import Figure, find_percentile
from bench.serving import started, wait_for_page
from rag.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPENINGS, WARM_UP, TURNS = 5, 3, 10
REST = 100  # milliseconds
PATIENCE = 60_000  # milliseconds to wait for anything to appear
WATCH = """() => {
  window.took = [];
  let began = 0, seen = 0;
  document.addEventListener("keydown", (event) => { if (event.key === "Enter") began = performance.now(); }, true);
  new MutationObserver(() => {
    const count = document.querySelectorAll("#chat .answer").length;
    if (count > seen) requestAnimationFrame(() => window.took.push(performance.now() - began));
    seen = count;
  }).observe(document.body, { childList: true, subtree: true });
}"""
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
LOADED = "performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))"


def browse_page(settings: Settings, questions: Sequence[str]) -> Iterator[Figure]:
    """The figures; none where playwright or a Chromium is missing."""
    executable = next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)
    if executable is None or find_spec("playwright") is None:
        print("chromium か playwright(make setup-dev)が無いため、ブラウザでの測定は省きます")
        return
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - a tool of development, not always there

    with started(settings) as (process, address), sync_playwright() as playwright:
        wait_for_page(process, address)
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield from _measure_openings(browser, address)
        times = _time_answers(browser, address, questions)
        browser.close()
    named = f"キーを押してから回答がすべて出るまで({len(times)}問、"
    yield Figure(name=named + "p50)", value=find_percentile(times, 50), unit="ms")
    yield Figure(name=named + "p95)", value=find_percentile(times, 95), unit="ms", goal=400)


def _measure_openings(browser: Browser, address: str) -> Iterator[Figure]:
    """Each opening is a fresh profile: nothing is in its cache."""
    paints, weights, requests = [], [], []
    for _ in range(OPENINGS):
        context = browser.new_context(locale="ja-JP")
        page = context.new_page()
        page.goto(address)
        page.locator("#ask textarea").wait_for(timeout=PATIENCE)
        page.wait_for_timeout(1000)
        paints.append(page.evaluate(PAINT) / 1000)
        weights.append(page.evaluate(f"{LOADED}.reduce((sum, each) => sum + each.transferSize, 0)") / 1024)
        requests.append(page.evaluate(f"{LOADED}.length"))
        context.close()
    yield Figure(name=f"最初の描画({OPENINGS}回の中央値)", value=statistics.median(paints), unit="s", goal=1.5)
    yield Figure(name="ページの重さ(通信量)", value=max(weights), unit="KiB")
    yield Figure(name="ページを開くときの要求の数", value=max(requests), unit="件")


def _time_answers(browser: Browser, address: str, questions: Sequence[str]) -> list[float]:
    """Milliseconds from the key press to the frame in which the answer stands, ten questions a talk."""
    times: list[float] = []
    for first in range(0, len(questions), TURNS):
        page = browser.new_page(locale="ja-JP")
        under_way = _watch_streams(page)
        page.goto(address)
        box = page.locator("#ask textarea")
        box.wait_for(timeout=PATIENCE)
        _let_rest(page, under_way)
        page.evaluate(WATCH)
        for number, question in enumerate(questions[first : first + TURNS]):
            box.fill(question)
            box.press("Enter")
            page.locator("#chat .answer").nth(number).wait_for(timeout=PATIENCE)
            _let_rest(page, under_way)
        times += page.evaluate("window.took")
        page.close()
    return times[WARM_UP:]


def _watch_streams(page: Page) -> set[Request]:
    """The page's calls of events that have not ended; the set follows them."""
    under_way: set[Request] = set()
    page.on("request", lambda request: under_way.add(request) if "/queue/" in request.url else None)
    for event in ("requestfinished", "requestfailed"):
        page.on(event, lambda request: under_way.discard(request))  # noqa: PLW0108 - playwright marks its handlers
    return under_way


def _let_rest(page: Page, under_way: set[Request]) -> None:
    """Until the page asks its server for nothing more, so that what is offered next slows no answer down."""
    page.wait_for_timeout(REST)  # in which the next event of a chain begins
    deadline = time.monotonic() + PATIENCE / 1000
    while under_way and time.monotonic() < deadline:
        page.wait_for_timeout(REST)
