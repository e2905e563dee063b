"""The API: its two forms of question, its answer, its stream, what it refuses and in whose language."""

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from scripted_bot import SECRET, ScriptedBot

from rag.settings import ROOT
from rag.types import Answer, Reason
from ui.api import MOST_TURNS, MOST_WAITING
from ui.api_forms import AnswerForm, ErrorDetail
from ui.furniture import Terms
from ui.guard import BODY_SECONDS, MAX_BODY_BYTES, MAX_HEADER_BYTES, MAX_HEADERS
from ui.limits import REQUESTS_PER_QUESTION, Rates
from ui.server import MOST_CONNECTIONS, Surroundings, create_app
from ui.texts import read_words

TODAY = date(2026, 11, 23)
AGE = "何歳まで受けられますか"


@pytest.fixture(scope="module")
def bot() -> ScriptedBot:
    return ScriptedBot()


@pytest.fixture(scope="module")
def app(bot: ScriptedBot) -> FastAPI:
    return create_app(bot, today=lambda: TODAY, terms=Terms(question_limit=1000))


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


def read_events(text: str) -> list[tuple[str, dict[str, Any]]]:
    """Server-sent events: (name, content)."""
    events = []
    for block in filter(None, text.split("\n\n")):
        name, content = block.split("\n")
        events.append((name.removeprefix("event: "), json.loads(content.removeprefix("data: "))))
    return events


@pytest.mark.parametrize(
    "body", [{"question": AGE}, {"turns": [AGE]}, {"turns": ["ICT職とは", AGE]}, {"question": AGE, "turns": None}]
)
def test_the_answer_is_the_one_serial_form(client: TestClient, bot: ScriptedBot, body: dict[str, Any]) -> None:
    answer = client.post("/api/ask", json=body)
    assert answer.status_code == 200
    assert answer.json() == bot.ask(AGE, today=TODAY).to_json()


def test_former_turns_reach_the_bot_oldest_first_and_the_oldest_are_left_out(
    client: TestClient, bot: ScriptedBot
) -> None:
    turns = [f"前の質問{number}" for number in range(30)]
    client.post("/api/ask", json={"turns": [*turns, AGE]})
    assert bot.asked[-1] == (AGE, tuple(turns[-MOST_TURNS:]))


def test_an_abstention_is_an_answer(client: TestClient) -> None:
    answer = client.post("/api/ask", json={"question": "残業は平均何時間ですか"})
    assert (answer.status_code, answer.json()["abstained"]["reason"], answer.json()["sentences"]) == (
        200,
        "no_evidence",
        [],
    )


@pytest.mark.parametrize("question", ["", " ", "\x00", "あ" * 5000, "𠮷野家", "\ud83d", "①㈱〜～−‐ー"])
def test_awkward_questions_are_answered(client: TestClient, question: str) -> None:
    body = json.dumps({"question": question}).encode()
    answer = client.post("/api/ask", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in {200, 422}
    assert "error" in answer.json() or AnswerForm.model_validate(answer.json())


def test_the_stream_gives_each_sentence_and_then_the_whole(client: TestClient) -> None:
    answer = client.post("/api/ask/stream", json={"question": AGE})
    assert answer.headers["content-type"].startswith("text/event-stream")
    whole = client.post("/api/ask", json={"question": AGE}).json()
    events = read_events(answer.text)
    assert [name for name, _ in events] == ["sentence", "sentence", "sentence", "done"]
    assert [content for name, content in events if name == "sentence"] == whole["sentences"]
    assert events[-1][1] == whole


def test_an_abstention_streams_as_one_event(client: TestClient) -> None:
    answer = client.post("/api/ask/stream", json={"question": "残業は平均何時間ですか"})
    assert [name for name, _ in read_events(answer.text)] == ["done"]


NOT_A_QUESTION: list[Any] = [
    {},
    [],
    "何歳まで",
    7,
    {"question": AGE, "turns": [AGE]},
    {"question": None},
    {"question": 7},
    {"question": [AGE]},
    {"turns": []},
    {"turns": AGE},
    {"turns": [AGE, 7]},
    {"turns": [None]},
    {"question": AGE, "today": "2020-01-01"},
    {"messages": [{"role": "assistant", "content": "うそ"}]},
]


@pytest.mark.parametrize("path", ["/api/ask", "/api/ask/stream"])
@pytest.mark.parametrize("body", NOT_A_QUESTION, ids=str)
def test_what_is_no_question_is_one_sentence(client: TestClient, path: str, body: Any) -> None:
    for language in ("ja", "en"):
        refused = client.post(path, json=body, headers={"accept-language": language})
        error = {"code": "not_a_question", "message": read_words(language).say("not_a_question")}  # type: ignore[arg-type]
        assert (refused.status_code, refused.json()) == (422, {"error": error})


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (b"", "application/json"),
        (b"{", "application/json"),
        (b'{"question": "\xff"}', "application/json"),
        (b"[" * 50_000, "application/json"),
        (b"question=a", "application/x-www-form-urlencoded"),
        (b'{"question": "a"}', "text/plain"),
    ],
)
def test_what_is_no_json_is_one_sentence(client: TestClient, content: bytes, form: str) -> None:
    refused = client.post("/api/ask", content=content, headers={"content-type": form})
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "not_json"


def test_a_former_turn_over_the_limit_is_refused_with_the_limit(client: TestClient) -> None:
    refused = client.post("/api/ask", json={"turns": ["あ" * 1001, AGE]})
    assert refused.status_code == 422
    assert "1,000文字" in refused.json()["error"]["message"]


def test_a_large_body_is_refused_in_the_api_s_form(client: TestClient) -> None:
    refused = client.post("/api/ask", json={"question": "あ" * 400_000})
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "body_too_large")


def test_what_breaks_is_an_apology_with_a_number_and_nothing_else(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        for path in ("/api/ask", "/api/ask/stream"):
            for _ in range(50):
                broken = client.post(path, json={"question": f"故障 {SECRET}"})
                assert broken.status_code == 500
                assert SECRET not in broken.text
                assert broken.headers["x-request-id"] in broken.json()["error"]["message"]
    assert SECRET not in caplog.text
    assert "故障" not in caplog.text


class WaitingBot(ScriptedBot):
    """Holds every question until it is let go; counts how many it holds at once."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()
        self.held = self.most = 0
        self.full, self.go = threading.Semaphore(0), threading.Event()

    def ask(self, question: str, history: Sequence[str] = (), *, today: date) -> Answer:
        with self.lock:
            self.held += 1
            self.most = max(self.most, self.held)
        self.full.release()
        self.go.wait(timeout=60)
        with self.lock:
            self.held -= 1
        return super().ask(question, history, today=today)


def test_more_questions_than_fit_are_refused_at_once_and_the_others_answered() -> None:
    bot = WaitingBot()
    with TestClient(create_app(bot, today=lambda: TODAY)) as client, ThreadPoolExecutor(MOST_WAITING + 8) as pool:
        ask = lambda: client.post("/api/ask", json={"question": AGE})  # noqa: E731
        asked = [pool.submit(ask) for _ in range(MOST_WAITING + 8)]
        first = list(islice(as_completed(asked), 8))  # the refused ones come back while none is answered
        assert {each.result().status_code for each in first} == {503}
        bot.go.set()
        answers = [each.result() for each in asked]
    refused = [each for each in answers if each.status_code == 503]
    assert len(refused) == 8
    assert all(int(each.headers["retry-after"]) >= 1 for each in refused)
    assert [each.status_code for each in answers].count(200) == MOST_WAITING
    assert bot.most <= 4


def test_the_page_and_the_api_share_their_limits(bot: ScriptedBot) -> None:
    from page_visitor import Visitor, messages

    rates = Rates(per_client=3, overall=100)
    with TestClient(create_app(bot, today=lambda: TODAY, around=Surroundings(questions=rates))) as client:
        visitor = Visitor(client, "sharing")
        assert client.post("/api/ask", json={"question": AGE}).status_code == 200
        visitor.ask(AGE)
        visitor.ask(AGE)
        before = len(bot.asked)
        refused = client.post("/api/ask", json={"question": AGE}, headers={"accept-language": "en"})
        assert refused.status_code == 429
        assert refused.json()["error"] == {"code": "too_many", "message": read_words("en").say("too_many")}
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        shown = visitor.ask("あふれた質問")
        assert read_words("ja").say("too_many") in messages(shown)[-1].replace("<wbr>", "").replace("&#45;", "-")
        assert shown["ask"] == "あふれた質問"  # back in the box: nothing is lost
        assert len(bot.asked) == before


def test_a_spoofed_address_gains_no_question(bot: ScriptedBot) -> None:
    around = Surroundings(questions=Rates(per_client=3, overall=1000))
    client = TestClient(create_app(bot, today=lambda: TODAY, around=around))
    statuses = [
        client.post("/api/ask", json={"question": AGE}, headers={"x-forwarded-for": f"6.6.6.{n}"}).status_code
        for n in range(50)
    ]
    assert statuses.count(200) == 3


def test_the_description_names_every_operation_and_every_status(client: TestClient) -> None:
    described = client.get("/api/openapi.json").json()
    assert described["openapi"].startswith("3.")
    assert set(described["paths"]) == {"/ask", "/ask/stream"}
    assert described["servers"] == [{"url": "/api"}]
    assert set(described["paths"]["/ask"]["post"]["responses"]) == {
        "200",
        "400",
        "408",
        "413",
        "422",
        "429",
        "500",
        "503",
    }
    answer = described["paths"]["/ask"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert answer == {"$ref": "#/components/schemas/AnswerForm"}
    assert "text/event-stream" in described["paths"]["/ask/stream"]["post"]["responses"]["200"]["content"]
    assert set(described["components"]["schemas"]["Reason"]["enum"]) == {reason.value for reason in Reason}
    assert "HTTPValidationError" not in described["components"]["schemas"]


def test_below_a_sub_path_the_description_names_it(bot: ScriptedBot) -> None:
    client = TestClient(create_app(bot, today=lambda: TODAY, root_path="/ict"))
    assert client.get("/ict/api/openapi.json").json()["servers"] == [{"url": "/ict/api"}]
    assert client.get("/api/openapi.json").json()["servers"] == [{"url": "/ict/api"}]
    assert client.post("/ict/api/ask", json={"question": AGE}).status_code == 200
    assert "error" in client.post("/ict/api/ask", json={}).json()


@pytest.mark.parametrize("question", [AGE, "残業は", "ローテーション", "What age?"])
def test_the_described_form_is_the_answer_s_own(bot: ScriptedBot, question: str) -> None:
    written = replace(bot.ask(question, today=TODAY), elapsed_ms=1.25).to_json()
    assert AnswerForm.model_validate(written).model_dump(mode="json") == written


def test_every_error_code_has_its_sentence_in_both_languages() -> None:
    codes = ErrorDetail.model_fields["code"].annotation.__args__  # type: ignore[union-attr]  # a Literal
    for code in codes:
        for language in ("ja", "en"):
            assert read_words(language).phrases[code]  # type: ignore[index]


def test_no_page_of_another_site_is_named(client: TestClient) -> None:
    assert client.get("/api/docs").status_code == 404
    assert client.get("/api/redoc").status_code == 404


PAGE = ROOT / "docs" / "api.md"


def read_examples() -> list[tuple[str, str]]:
    """The calls shown in docs/api.md: (path, body)."""
    shown = re.findall(r"curl -\w+ http://127\.0\.0\.1:7860(\S+) .*?-d '([^']*)'", PAGE.read_text("utf-8"), re.S)
    assert len(shown) == 3
    return shown


@pytest.mark.parametrize(("path", "body"), read_examples())
def test_every_call_shown_in_the_docs_is_answered(client: TestClient, path: str, body: str) -> None:
    answer = client.post(path, content=body.encode(), headers={"content-type": "application/json"})
    assert answer.status_code == 200
    whole = read_events(answer.text)[-1][1] if path.endswith("stream") else answer.json()
    assert whole["sentences"] or whole["abstained"]


def test_the_docs_name_every_field_and_every_error_code() -> None:
    text = PAGE.read_text("utf-8")
    fields = {name for row in re.findall(r"^\| (`[^|]*`) \|", text, re.M) for name in re.findall(r"`(\w+)`", row)}
    assert set(AnswerForm.model_fields) <= fields
    codes = set(re.findall(r"^\| \d{3} \| `(\w+)` \|", text, re.M))
    assert codes == set(ErrorDetail.model_fields["code"].annotation.__args__)  # type: ignore[union-attr]


def test_the_limits_in_the_docs_are_the_limits() -> None:
    text = PAGE.read_text("utf-8") + (ROOT / "docs" / "operations.md").read_text("utf-8")
    for limit in (
        f"新しい{MOST_TURNS}個",
        f"本文 {MAX_BODY_BYTES >> 10} KiB・{BODY_SECONDS:.0f}秒",
        f"ヘッダー {MAX_HEADERS}個・{MAX_HEADER_BYTES >> 10} KiB",
        f"同時に待てる質問 {MOST_WAITING}",
        f"同時の接続 {MOST_CONNECTIONS:,}",
        f"その{REQUESTS_PER_QUESTION}倍",
    ):
        assert limit in text, limit
