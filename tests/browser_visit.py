"""A candidate's browser for the tests: the page served in a thread, a tab of a real Chromium, and what it lets happen.

A visit keeps account of everything that must not happen, and holds at its end that no request left the server and that
the console stayed free of errors under the page's policy.
"""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from playwright.sync_api import Browser, Page, Request, expect
from scripted_bot import FeedbackInMemory, ScriptedBot

from ui.server import create_app

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WIDE, PHONE, NARROWEST = (1280, 900), (375, 740), (320, 640)
TODAY = date(2026, 11, 23)


def find_chromium() -> str | None:
    """The first Chromium on PATH."""
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


@dataclass
class Site:
    """A served page, the bot behind it and where its verdicts go."""

    url: str
    bot: ScriptedBot
    feedback: FeedbackInMemory | None


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The application on a free port, in a thread: its origin."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, access_log=False, log_level="warning", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + 120
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.05)
        assert server.started
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=10)


@contextmanager
def served_page(*, root_path: str = "", verdicts: bool = True, **options: Any) -> Iterator[Site]:
    """The page over a scripted bot; `options` go to create_app. Without a `feedback` of theirs a list keeps it."""
    bot, feedback = ScriptedBot(), FeedbackInMemory() if verdicts else None
    app = create_app(bot, root_path=root_path, today=lambda: TODAY, **{"feedback": feedback, **options})
    with serving(app) as origin:
        yield Site(url=f"{origin}{root_path}/", bot=bot, feedback=feedback)


@contextmanager
def standing_in(body: str) -> Iterator[str]:
    """Another site, whose page holds `body`: its origin, by another name than that of the chat page."""
    app = FastAPI()

    @app.get("/")
    def give_page() -> HTMLResponse:
        """The page that embeds."""
        return HTMLResponse(f'<!doctype html><html lang="ja"><title>採用</title><h1>採用</h1>{body}</html>')

    with serving(app) as origin:
        yield origin.replace("127.0.0.1", "localhost")


@dataclass
class Visit:
    """An opened page that keeps account of what went wrong and what went out."""

    page: Page
    site: Site
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    streams: set[Request] = field(default_factory=set)  # answers of the server that are still under way

    def ask(self, question: str) -> None:
        """Type, press Enter, wait for the answer to stand."""
        before = self.page.locator("#chat .answer").count()
        self.page.locator("#ask textarea").fill(question)
        self.page.locator("#ask textarea").press("Enter")
        expect(self.page.locator("#chat .answer")).to_have_count(before + 1)
        self.settle()

    def note(self, request: Request) -> None:
        """A request that goes out."""
        self.requests.append(request.url)
        if "/queue/" in request.url:
            self.streams.add(request)

    def forget(self, request: Request) -> None:
        """A request that has ended."""
        self.streams.discard(request)

    def ask_without_answer(self, question: str, css: str) -> None:
        """Type, press Enter, wait for a remark of that kind."""
        self.page.locator("#ask textarea").fill(question)
        self.page.locator("#ask textarea").press("Enter")
        expect(self.page.locator(f"#chat .remark.{css}")).to_be_visible()

    def settle(self) -> None:
        """Let every event of the page end, and scrolling and the labels come to rest."""
        expect(self.page.locator("#send")).to_be_enabled()
        self.page.wait_for_timeout(400)
        deadline = time.monotonic() + 30
        while self.streams and time.monotonic() < deadline:
            self.page.wait_for_timeout(100)

    def overflow(self) -> int:
        """Pixels by which the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    def focused(self, attribute: str) -> Any:
        """A property of the focused element."""
        return self.page.evaluate(f"document.activeElement.{attribute}")

    def press_until(self, key: str, script: str, limit: int = 80) -> None:
        """Press a key until the focused element `e` fits."""
        for _ in range(limit):
            self.page.keyboard.press(key)
            if self.page.evaluate(f"(() => {{ const e = document.activeElement; return {script}; }})()"):
                return
        raise AssertionError(f"never focused: {script}")

    def copied(self) -> str:
        """The clipboard's text."""
        self.page.wait_for_timeout(200)
        return str(self.page.evaluate("navigator.clipboard.readText()"))


def keep_account(page: Page, site: Site) -> Visit:
    """A visit that hears of every console error, dialog and request."""
    visit = Visit(page=page, site=site)
    page.on("console", lambda message: visit.errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: visit.errors.append(str(error)))
    page.on("dialog", lambda dialog: visit.errors.append("dialog " + dialog.message))
    page.on("request", visit.note)
    page.on("requestfinished", visit.forget)
    page.on("requestfailed", visit.forget)
    return visit


def find_outside(visit: Visit, *origins: str) -> list[str]:
    """The requests that went elsewhere than to the page's own server (and to `origins`)."""
    home = (visit.site.url.split("/", 3)[2], *origins)
    return [
        url for url in visit.requests if url.split("/", 3)[2] not in home and not url.startswith(("data:", "blob:"))
    ]


@contextmanager
def visiting(
    browser: Browser,
    site: Site,
    *,
    size: tuple[int, int] = WIDE,
    locale: str = "ja-JP",
    address: str = "",
    expected: str = "",
    **options: Any,
) -> Iterator[Visit]:
    """A tab at the page; `options` go to the browser's context, `expected` is an error's part that may stand."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale=locale,
        **{"reduced_motion": "reduce", "permissions": ["clipboard-read", "clipboard-write"], **options},
    )
    visit = keep_account(context.new_page(), site)
    visit.page.goto(site.url + address)
    expect(visit.page.locator("#ask textarea")).to_be_visible()
    visit.settle()
    yield visit
    context.close()
    wrong = [error for error in visit.errors if not expected or expected not in error]
    assert wrong == [], wrong
    assert find_outside(visit) == []
