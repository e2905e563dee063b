"""The server's side of the page in a real Chromium: whose session it is, and the page in another site's frame."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
import uvicorn
from browser_visit import ARGUMENTS, CHROMIUM_NAMES
from playwright.sync_api import Browser, expect, sync_playwright
from scripted_bot import ScriptedBot

from ui.limits import Rates
from ui.server import Surroundings, create_app

pytestmark = pytest.mark.browser
AGE = "何歳まで受けられますか"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, CHROMIUM_NAMES)))
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


def find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(**options: Any) -> Iterator[str]:
    """The page's address."""
    port = find_port()
    app = create_app(ScriptedBot(), today=lambda: date(2026, 11, 23), **options)
    server = uvicorn.Server(uvicorn.Config(app, port=port, access_log=False, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=10)


class Portal(BaseHTTPRequestHandler):
    """Another site's page, which holds ours in a frame."""

    def __init__(self, address: str, *arguments: Any) -> None:
        self.address = address
        super().__init__(*arguments)

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(f'<iframe src="{self.address}/" width="900" height="800"></iframe>'.encode())

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""


@contextmanager
def portal(port: int, address: str) -> Iterator[str]:
    """The other site's address; `localhost` and `127.0.0.1` are different sites to a browser."""
    server = ThreadingHTTPServer(("127.0.0.1", port), partial(Portal, address))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{port}/"
    server.shutdown()


def test_in_an_allowed_sites_frame_a_question_is_answered(browser: Browser) -> None:
    port = find_port()
    with serving(frame_ancestors=[f"http://localhost:{port}"]) as address, portal(port, address) as outside:
        page = browser.new_page()
        page.goto(outside)
        frame = page.frame_locator("iframe")
        frame.locator("#ask textarea").fill(AGE)
        frame.locator("#ask textarea").press("Enter")
        expect(frame.locator("#chat .answer")).to_have_count(1)
        (cookie,) = page.context.cookies()
        assert (cookie["name"], cookie["sameSite"], cookie["secure"]) == ("__Host-ictnavi", "None", True)
        assert cookie.get("partitionKey")
        page.close()


def test_in_any_other_sites_frame_the_page_does_not_open(browser: Browser) -> None:
    port = find_port()
    with serving() as address, portal(port, address) as outside:
        page = browser.new_page()
        refused: list[str] = []
        page.on("console", lambda message: refused.append(message.text))
        page.goto(outside)
        page.wait_for_timeout(1000)
        assert page.frame_locator("iframe").locator("#ask").count() == 0
        assert any("frame-ancestors" in text for text in refused)
        page.close()


def test_the_session_of_an_open_page_is_closed_to_everyone_else(browser: Browser) -> None:
    with serving() as address:
        page = browser.new_page()
        names: list[str] = []
        page.on("request", lambda request: names.append(request.url) if "session_hash=" in request.url else None)
        page.goto(address)
        page.locator("#ask textarea").fill(AGE)
        page.locator("#ask textarea").press("Enter")
        expect(page.locator("#chat .answer")).to_have_count(1)
        assert httpx.get(names[-1], trust_env=False).status_code == 403
        session = names[-1].split("session_hash=")[1].split("&")[0]
        stolen = {"session_hash": session, "fn_index": 0, "event_id": "0" * 32}
        assert httpx.post(f"{address}/gradio_api/cancel", json=stolen, trust_env=False).status_code == 403
        assert page.evaluate("document.cookie") == ""
        page.close()


def test_too_many_questions_are_told_in_words_and_the_question_stays(browser: Browser) -> None:
    with serving(around=Surroundings(questions=Rates(per_client=1, overall=100))) as address:
        page = browser.new_context(locale="en-GB").new_page()
        page.goto(address)
        for text in (AGE, "one more"):
            expect(page.locator("#send")).to_be_enabled()
            page.locator("#ask textarea").fill(text)
            page.locator("#ask textarea").press("Enter")
            expect(page.locator("#chat .answer, #chat .too_many").last).to_be_visible()
        expect(page.locator("#chat")).to_contain_text("Please wait about a minute")
        expect(page.locator("#ask textarea")).to_have_value("one more")
        page.close()
