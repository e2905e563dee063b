"""The running server: its routes from outside, readiness, logs without personal data, counts, and its settings."""

from __future__ import annotations

import io
import json
import logging
import re
import socket
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from page_visitor import Visitor
from scripted_bot import SECRET, ScriptedBot
from test_page import list_routes

from rag.settings import read_settings
from rag.types import Answer, OutsideError, Reason, SettingError
from ui.journal import JsonLines, name_route, start_logging
from ui.keeping import Keeper
from ui.metrics import Metrics, serve_metrics
from ui.server import READY_SECONDS, Canary, Surroundings, create_app
from ui.state import StateStore

TODAY = date(2026, 11, 23)
AGE = "何歳まで受けられますか"


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What the server's log writes, as it writes it."""
    root, written = logging.getLogger(), io.StringIO()
    before = root.handlers[:], root.level
    start_logging("debug")
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    root.handlers = [handler]
    yield written
    root.handlers, root.level = before[0], before[1]
    root.setLevel(before[1])


def lines(written: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


OPEN = {
    ("GET", "/"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/favicon.ico"),
    ("GET", "/theme.css"),
    ("GET", "/robots.txt"),
    ("GET", "/manifest.json"),
    ("GET", "/gradio_api/queue/data"),
    ("GET", "/gradio_api/heartbeat/x"),
    ("GET", "/gradio_api/app_id"),
    ("POST", "/gradio_api/queue/join"),
    ("POST", "/gradio_api/cancel"),
    ("POST", "/gradio_api/reset"),
    ("GET", "/api/openapi.json"),
    ("POST", "/api/ask"),
    ("POST", "/api/ask/stream"),
    ("GET", "/assets/x"),
    ("GET", "/static/x"),
    ("GET", "/svelte/x"),
}


def test_of_all_routes_of_the_running_application_only_the_listed_ones_answer(record_row: Callable[..., None]) -> None:
    """Row 6: enumerated from the application, each called without a cookie, with every method."""
    app = create_app(ScriptedBot(), today=lambda: TODAY)
    client = TestClient(app, raise_server_exceptions=False)
    routes = {path for _, path in list_routes(app)}
    assert {"/gradio_api/upload", "/gradio_api/run/x", "/monitoring", "/config", "/api/ask"} <= routes
    answered = set()
    for path in sorted(routes):
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
            if (method, path) == ("GET", "/gradio_api/heartbeat/x"):
                answered.add((method, path))  # it never ends; tests/browser holds that the page uses it
                continue
            client.cookies.clear()
            if client.request(method, path).status_code not in {404, 405}:
                answered.add((method, path))
    measured = str(len(answered - OPEN))
    record_row(6, bar="一覧にない入口が答える 0", measured=measured, scale=f"{len(routes)}の入口 × 7つの方法、匿名で")
    assert answered - OPEN == set()


class BrokenBot(ScriptedBot):
    """Cannot answer in a way that a test sets."""

    fault: Exception | None = None
    asked_times = 0

    def ask(self, question: str, history: Sequence[str] = (), *, today: date) -> Answer:
        self.asked_times += 1
        if self.fault:
            raise self.fault
        return self._abstain(question, "ja", Reason.NO_EVIDENCE, "見当たりません")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (None, "abstained: no_evidence"),
        (OutsideError(SECRET), "OutsideError"),
        (RuntimeError(SECRET), "error"),
    ],
)
def test_readiness_says_why_no_answers_can_be_given(fault: Exception | None, reason: str) -> None:
    bot = BrokenBot()
    bot.fault = fault
    client = TestClient(create_app(bot, today=lambda: TODAY))
    told = client.get("/readyz")
    assert told.status_code == 503
    assert told.json() == {"status": "not ready", "release": bot.release, "reason": reason}
    assert client.get("/healthz").status_code == 200
    assert SECRET not in told.text


def test_readiness_asks_once_in_a_few_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    bot, now = BrokenBot(), [1000.0]
    monkeypatch.setattr("ui.server.time.monotonic", lambda: now[0])
    canary = Canary(bot, lambda: TODAY)
    assert [canary.find_fault() for _ in range(10)] == ["abstained: no_evidence"] * 10
    assert bot.asked_times == 1
    now[0] += READY_SECONDS + 1
    canary.find_fault()
    assert bot.asked_times == 2


def test_every_response_has_a_number_and_the_log_names_it(logged: io.StringIO) -> None:
    client = TestClient(create_app(ScriptedBot(), today=lambda: TODAY))
    number = client.post("/api/ask", json={"question": AGE}).headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f]{16}", number)
    (line,) = [each for each in lines(logged) if each.get("request_id") == number and each["message"] == "request"]
    assert (line["route"], line["status"], line["method"], line["level"]) == ("/api/ask", 200, "POST", "info")
    assert client.get("/nowhere").headers["x-request-id"] != number


def seed(number: int) -> str:
    """A question with a personal datum that no other seed has."""
    kinds = (
        f"090-{1000 + number:04d}-5{number:03d}",
        f"０３－{1000 + number:04d}－9{number:03d}".translate(str.maketrans("0123456789", "０１２３４５６７８９")),
        f"user{number:03d}@mail{number}.example.jp",
        f"マイナンバー 1234-5678-{number:04d}",
        f"〒150-{number:04d} 東京都渋谷区神南{number}丁目{number}-{number}",
    )
    return f"何歳まで受けられますか。連絡先は {kinds[number % len(kinds)]} です"


def find_seed(number: int, written: bytes) -> bool:
    """Whether a seed's datum stands in bytes, in any of the forms it was written in."""
    datum = seed(number).split("連絡先は ")[1].removesuffix(" です").split(" ")[-1]
    return datum.encode() in written or json.dumps(datum)[1:-1].encode() in written


def test_no_seeded_personal_datum_stands_in_any_file_or_log(tmp_path: Path, logged: io.StringIO) -> None:
    """Row 17, through the page and the API, behind a bot that masks nothing: two hundred seeds, five forms."""
    count = 200
    keeper = Keeper(tmp_path, keep_days=30, now=lambda: datetime.now(UTC)).start()
    app = create_app(ScriptedBot(), today=lambda: TODAY, feedback=keeper, around=Surroundings(store=keeper))
    with TestClient(app) as client:
        visitor = Visitor(client, "seeded")
        for number in range(count):
            if number % 40 == 0:
                visitor.ask(seed(number))
            else:
                client.post("/api/ask", json={"turns": [seed(number), seed(number)]})
    keeper.close()
    store = StateStore.open(tmp_path)
    assert len(store.list_questions()) == count
    store.close()
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir()) + logged.getvalue().encode()
    assert "何歳まで".encode() in written
    assert [number for number in range(count) if find_seed(number, written)] == []


def test_the_log_holds_no_address_session_or_query(logged: io.StringIO) -> None:
    app = create_app(ScriptedBot(), today=lambda: TODAY)
    with TestClient(app, client=("203.0.113.77", 5)) as client:
        Visitor(client, "sessionname").ask(AGE)
        client.get("/?lang=en&q=himitsu")
        client.get("/gradio_api/heartbeat/../sessionname")
        client.get("/api/ask?question=himitsu")
    written = logged.getvalue()
    assert [each for each in ("203.0.113", "sessionname", "himitsu", AGE, "ictnavi=") if each in written] == []


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "/"),
        ("/gradio_api/heartbeat/abc", "/gradio_api/heartbeat/"),
        ("/assets/index.js", "/assets/"),
        ("/api/ask", "/api/ask"),
        ("/ひみつ", "other"),
    ],
)
def test_routes_are_named_without_what_is_private(path: str, name: str) -> None:
    assert name_route(path) == name


def test_an_exception_is_logged_without_its_message(logged: io.StringIO) -> None:
    try:
        raise ValueError(SECRET)
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    (line,) = lines(logged)
    error = line["error"]
    assert isinstance(error, list)
    assert error[0] == "ValueError"
    assert "test_an_exception_is_logged_without_its_message" in error[-1]
    assert SECRET not in logged.getvalue()


def test_what_breaks_outside_the_api_is_an_apology_with_a_number(logged: io.StringIO) -> None:
    app = FastAPI()
    from ui.journal import NumberRequests

    @app.get("/")
    def fail() -> None:
        raise KeyError(SECRET)

    app.add_middleware(NumberRequests)
    client = TestClient(app, raise_server_exceptions=False)
    for language, word in (("ja", "受付番号"), ("en", "Reference")):
        broken = client.get("/", headers={"accept-language": language})
        assert broken.status_code == 500
        assert word in broken.text and broken.headers["x-request-id"] in broken.text
        assert SECRET not in broken.text
    assert SECRET not in logged.getvalue()


def scrape(metrics: Metrics) -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    serve_metrics(metrics, "127.0.0.1", port)
    return httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text


def test_counts_are_given_out_on_a_port_of_their_own_and_not_on_the_page() -> None:
    metrics = Metrics()
    app = create_app(ScriptedBot(), today=lambda: TODAY, around=Surroundings(metrics=metrics))
    client = TestClient(app)
    for question in (AGE, AGE, "残業は", "What age?", "故障"):
        client.post("/api/ask", json={"question": question})
    assert client.get("/metrics").status_code == 404
    text = scrape(metrics)
    assert 'ictnavi_answers_total{language="ja",outcome="answered"} 2.0' in text
    assert 'ictnavi_answers_total{language="ja",outcome="no_evidence"} 1.0' in text
    assert 'ictnavi_answers_total{language="en",outcome="answered"} 1.0' in text
    assert 'outcome="failed"} 1.0' in text
    assert 'ictnavi_requests_total{route="/api/ask",status="200"} 4.0' in text
    assert 'ictnavi_requests_total{route="/api/ask",status="500"} 1.0' in text
    assert "ictnavi_answer_seconds_count 4.0" in text
    assert f'ictnavi_release_info{{id="{ScriptedBot().release}"}} 1.0' in text
    assert "何歳" not in text


def test_a_taken_metrics_port_is_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OutsideError, match="ICTNAVI_METRICS_PORT"):
            serve_metrics(Metrics(), "127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize(
    ("name", "value", "field", "read"),
    [
        ("TRUSTED_PROXIES", "10.0.0.0/8, ::1", "trusted_proxies", ("10.0.0.0/8", "::1")),
        ("TRUSTED_PROXIES", "", "trusted_proxies", ()),
        (
            "EMBED_ORIGINS",
            "https://a.example,https://b.example:8443",
            "embed_origins",
            ("https://a.example", "https://b.example:8443"),
        ),
        ("EMBED_ORIGINS", "http://localhost:8000", "embed_origins", ("http://localhost:8000",)),
        ("KEEP_QUESTIONS", "0", "keep_questions", 0),
        ("METRICS_PORT", "", "metrics_port", None),
        ("METRICS_PORT", "9464", "metrics_port", 9464),
        ("CLIENT_RATE", "5", "client_rate", 5),
    ],
)
def test_settings_are_read(monkeypatch: pytest.MonkeyPatch, name: str, value: str, field: str, read: object) -> None:
    monkeypatch.setenv(f"ICTNAVI_{name}", value)
    assert getattr(read_settings(), field) == read


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRUSTED_PROXIES", "proxy.example"),
        ("TRUSTED_PROXIES", "*"),
        ("EMBED_ORIGINS", "*"),
        ("EMBED_ORIGINS", "http://a.example"),
        ("EMBED_ORIGINS", "https://a.example/"),
        ("EMBED_ORIGINS", "https://a.example; script-src *"),
        ("EMBED_ORIGINS", "'self'"),
        ("KEEP_QUESTIONS", "31"),
        ("KEEP_QUESTIONS", "-1"),
        ("LOG_LEVEL", "loud"),
        ("CLIENT_RATE", "0"),
    ],
)
def test_wrong_settings_are_one_sentence_that_names_them(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"ICTNAVI_{name}", value)
    with pytest.raises(SettingError, match=f"ICTNAVI_{name}"):
        read_settings()
