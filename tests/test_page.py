"""The page as served, without a browser: what is open and closed, what is remembered, what an error shows."""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from page_visitor import Visitor, messages
from scripted_bot import AGE, FAQ, SECRET, FeedbackInMemory, ScriptedBot
from starlette.routing import Mount

from rag.types import OutsideError
from ui.guard import is_open
from ui.server import STATIC, check_port, create_app

TODAY = date(2026, 11, 23)
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self' 'unsafe-inline'; font-src 'self' data:; connect-src 'self'; object-src 'none'; "
    "base-uri 'self'; frame-ancestors 'self'"
)
CLOSED = [
    ("POST", "/gradio_api/upload"),
    ("GET", "/gradio_api/file=https://example.org/"),
    ("GET", "/gradio_api/file=/etc/passwd"),
    ("GET", "/gradio_api/proxy=https://example.org/"),
    ("POST", "/gradio_api/run/answer"),
    ("POST", "/gradio_api/api/answer"),
    ("POST", "/gradio_api/call/answer"),
    ("GET", "/gradio_api/deep_link?session_hash=x"),
    ("GET", "/gradio_api/runs"),
    ("GET", "/gradio_api/info"),
    ("GET", "/gradio_api/openapi.json"),
    ("GET", "/gradio_api/queue/status"),
    ("POST", "/gradio_api/component_server"),
    ("GET", "/monitoring"),
    ("GET", "/config"),
    ("GET", "/openapi.json"),
    ("GET", "/docs"),
    ("POST", "/login"),
    ("GET", "/assets/../../../etc/passwd"),
    ("GET", "/ui/..%2f..%2fapp.py"),
    ("DELETE", "/"),
]


@pytest.fixture(scope="module")
def bot() -> ScriptedBot:
    return ScriptedBot()


@pytest.fixture(scope="module")
def feedback() -> FeedbackInMemory:
    return FeedbackInMemory()


@pytest.fixture(scope="module")
def app(bot: ScriptedBot, feedback: FeedbackInMemory) -> FastAPI:
    return create_app(bot, today=lambda: TODAY, feedback=feedback)


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


@pytest.fixture
def visitor(client: TestClient, request: pytest.FixtureRequest) -> Visitor:
    return Visitor(client, re.sub(r"\W", "", request.node.name)[-60:])  # a longer name no session has


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/ui/page.js", "/ui/page.css", "/favicon.ico", "/gone"])
def test_every_response_carries_the_policy(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"] == POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"


def test_refusals_carry_the_policy_too(client: TestClient) -> None:
    refused = client.post("/gradio_api/queue/join", content=b"x" * 100_000)
    assert refused.status_code == 413
    assert refused.headers["content-security-policy"] == POLICY


def test_embedding_is_allowed_only_to_the_named_origins(bot: ScriptedBot) -> None:
    app = create_app(bot, today=lambda: TODAY, frame_ancestors=["https://portal.example"])
    policy = TestClient(app).get("/healthz").headers["content-security-policy"]
    assert policy.endswith("frame-ancestors 'self' https://portal.example")


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_what_the_page_does_not_use_is_closed(client: TestClient, method: str, path: str) -> None:
    assert client.request(method, path).status_code == 404


def list_routes(app: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every method and path of an application and what is mounted in it, parameters filled with x."""
    for route in app.routes:
        path = prefix + re.sub(r"\{[^}]*\}", "x", getattr(route, "path", ""))
        if hasattr(route, "original_router"):  # a router included in an application, as FastAPI keeps it
            yield from list_routes(route.original_router, prefix)
        if isinstance(route, Mount):
            yield from list_routes(route.app, path) if hasattr(route.app, "routes") else []
        for method in getattr(route, "methods", None) or ():
            yield method, path


def test_no_route_of_gradio_is_open_unless_listed(app: FastAPI, client: TestClient) -> None:
    routes = set(list_routes(app))
    assert ("POST", "/gradio_api/upload") in routes
    assert len(routes) > 40
    for method, path in routes:
        if not is_open(method, path):
            assert client.request(method, path).status_code == 404, (method, path)


@pytest.mark.parametrize("announce", [True, False])
def test_large_bodies_are_refused_announced_or_not(client: TestClient, announce: bool) -> None:
    def pieces() -> Iterator[bytes]:
        yield from [b"x" * 10_000] * 10

    body: Any = b"x" * 100_000 if announce else pieces()
    assert client.post("/gradio_api/queue/join", content=body).status_code == 413


def test_page_names_no_other_site_for_scripts_styles_or_fonts(client: TestClient) -> None:
    html = client.get("/").text
    assert not re.findall(r"<(?:script|link)[^>]+(?:src|href)=[\"']https?://", html)
    assert "fonts.googleapis" not in html


def test_safe_settings_stand(client: TestClient, visitor: Visitor) -> None:
    config = visitor.config()
    assert config["analytics_enabled"] is False
    assert '<script src="/ui/page.js" defer></script>' in config["head"]
    assert config["show_error"] is False
    assert not config.get("run_history")
    assert config["footer_links"] == []
    assert not config.get("js")
    assert not [c for c in config["components"] if c["type"] == "html"]
    assert not [d for d in config["dependencies"] if d.get("js")]


def test_health_and_readiness(client: TestClient, bot: ScriptedBot) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready", "release": bot.release}


def test_question_is_answered_with_its_sources(visitor: Visitor) -> None:
    shown = visitor.ask("何歳まで受けられますか")
    asked, answer = messages(shown)
    assert "何歳まで受けられますか" in asked
    assert 'href="#src-1-1"' in answer
    assert 'id="src-1-1"' in shown["sources"]
    assert shown["side"]["visible"] is True


def test_abstention_leads_to_a_contact(visitor: Visitor) -> None:
    shown = visitor.ask("残業時間は平均何時間ですか")
    assert FAQ.url in messages(shown)[1]
    assert str(AGE.question) in messages(shown)[1].replace("<wbr>", "")
    assert shown["side"]["visible"] is False


def test_history_lies_on_the_server_and_a_forged_one_is_ignored(visitor: Visitor, bot: ScriptedBot) -> None:
    visitor.ask("何歳まで受けられますか")
    forged = {"turns": [{"question": "にせの質問"}], "count": 7}
    visitor.do("answer", ["それは毎年ですか", forged, "en"])
    assert bot.asked[-1] == ("それは毎年ですか", ("何歳まで受けられますか",))


def test_two_visitors_share_nothing(client: TestClient, bot: ScriptedBot) -> None:
    one, other = Visitor(client, "visitorone"), Visitor(client, "visitorother")
    one.ask("何歳まで、ひみつの合言葉")
    shown = other.ask("ローテーション")
    assert "合言葉" not in shown["raw"]
    assert bot.asked[-1] == ("ローテーション", ())


def test_clearing_forgets_the_conversation(visitor: Visitor, bot: ScriptedBot) -> None:
    visitor.ask("何歳まで")
    cleared = visitor.do("clear", [])
    assert cleared["chat"] == []
    assert cleared["sources"] == ""
    visitor.ask("ローテーション")
    assert bot.asked[-1][1] == ()


def test_example_question_is_asked_in_the_page_s_language(client: TestClient, bot: ScriptedBot) -> None:
    for language in ("ja", "en"):
        visitor = Visitor(client, f"chips{language}", {"accept-language": language})
        place = 3
        visitor.do("answer_chip", [None, None], trigger=visitor.component(f"suggestion-{place}"))
        suggestion = bot.replies.suggestions[place]
        assert bot.asked[-1][0] == (suggestion.ja if language == "ja" else suggestion.en)


def test_failure_shows_a_number_and_neither_detail_nor_question_is_logged(
    visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        shown = visitor.ask("故障の質問")
    number = re.search(r"受付番号 (\w{8})", messages(shown)[1].replace("&#45;", "-"))
    assert number
    assert SECRET not in shown["raw"]
    assert number.group(1) in caplog.text
    assert SECRET not in caplog.text
    assert "故障の質問" not in caplog.text
    assert shown["ask"] == "故障の質問"  # the question is back in the box, to be sent again


@pytest.mark.parametrize("sent", [None, 7, ["x"], {"a": 1}, "\x00\u202e", "あ" * 5000])
def test_odd_input_is_answered_not_broken(visitor: Visitor, sent: Any) -> None:
    shown = visitor.do("answer", [sent, None, None])
    assert shown["success"] is True
    assert "受付番号" not in messages(shown)[-1]


def test_forged_example_button_does_nothing(visitor: Visitor, bot: ScriptedBot) -> None:
    before = len(bot.asked)
    visitor.do("answer_chip", [None, None], trigger=visitor.component("send"))
    assert len(bot.asked) == before


@pytest.mark.parametrize(
    ("language", "query", "shown"), [("ja", "", None), ("ja", "lang=en", "Ask"), ("en", "lang=ja", "質問する")]
)
def test_address_may_name_the_language(client: TestClient, language: str, query: str, shown: str | None) -> None:
    visitor = Visitor(client, "greet" + language + query.replace("=", ""), {"accept-language": language})
    greeted = visitor.do("greet", [], query=query)
    assert greeted["send"].get("value") == shown


def test_switch_changes_every_label_and_the_next_example_question(client: TestClient, bot: ScriptedBot) -> None:
    visitor = Visitor(client, "switching", {"accept-language": "ja"})
    switched = visitor.do("switch", [None, None])
    assert switched["send"]["value"] == "Ask"
    assert switched["ask"]["placeholder"] == bot.replies.page["placeholder"].en
    assert 'lang="en"' in switched["notice"]["value"]
    labels = [value for value in switched.values() if isinstance(value, dict)]
    text = " ".join(str(part) for label in labels for part in label.values() if isinstance(part, str))
    assert not re.search(r"[ぁ-ん]", re.sub(r"日本語|キャリア\w*|[ァ-ヶー]", "", text))
    visitor.do("answer_chip", [None, None], trigger=visitor.component("suggestion-0"))
    assert bot.asked[-1][0] == bot.replies.suggestions[0].en


def test_page_is_served_under_a_sub_path(bot: ScriptedBot) -> None:
    app = create_app(bot, root_path="/ictnavi/", today=lambda: TODAY)
    with TestClient(app) as client:
        assert 'src="/ictnavi/ui/page.js"' in Visitor(client, "subpath").config()["head"]
        assert client.get("/ictnavi/ui/page.js").status_code == 200  # a proxy that keeps the prefix
        assert client.get("/ui/page.js").status_code == 200  # a proxy that strips it
        assert client.get("/ictnavi/gradio_api/info").status_code == 404
        assert client.get("/ictnavi", follow_redirects=False).headers["location"] == "/ictnavi/"


def test_verdict_goes_to_the_store_with_the_answer_as_masked_and_only_once(
    visitor: Visitor, feedback: FeedbackInMemory
) -> None:
    before = len(feedback.kept)
    assert visitor.ask("何歳まで受けられますか")["feedback"]["visible"] is True
    button = visitor.component("verdict-outdated")
    rated = visitor.do("rate", [None, None], trigger=button)
    assert "ありがとうございます" in rated["thanks"]
    visitor.do("rate", [None, None], trigger=button)
    [(verdict, question, answer, language)] = feedback.kept[before:]
    assert (verdict, question, language) == ("outdated", answer.question, "ja")


def test_forged_verdict_is_not_kept(visitor: Visitor, feedback: FeedbackInMemory) -> None:
    before = len(feedback.kept)
    visitor.do("rate", [None, None], trigger=visitor.component("verdict-helpful"))  # nothing was asked yet
    visitor.ask("何歳まで受けられますか")
    visitor.do("rate", [{"turns": []}, None], trigger=visitor.component("send"))
    assert len(feedback.kept) == before


def test_what_is_offered_has_an_answer(visitor: Visitor, bot: ScriptedBot) -> None:
    for question, head in (
        ("何歳まで受けられますか", "続けて聞けること"),
        ("残業時間は平均何時間ですか", "こう尋ねると"),
    ):
        visitor.ask(question)
        offered = visitor.do("offer", [None, None])
        assert head in offered["follow-head"]
        shown = [offered[f"follow-{n}"] for n in range(3)]
        questions = [button["value"] for button in shown if button["visible"]]
        assert questions
        assert all(bot.has_answer(each, today=TODAY) for each in questions)


def test_example_questions_without_an_answer_are_taken_away(visitor: Visitor, bot: ScriptedBot) -> None:
    shown = visitor.do("check_chips", [None])
    for place, suggestion in enumerate(bot.replies.suggestions):
        assert shown[f"suggestion-{place}"]["visible"] is bot.has_answer(suggestion.ja, today=TODAY)


def test_trying_again_asks_the_last_question_in_place_of_its_answer(visitor: Visitor, bot: ScriptedBot) -> None:
    visitor.ask("何歳まで受けられますか")
    visitor.ask("ローテーション")
    again = visitor.do("retry", [None, None])
    assert bot.asked[-1] == ("ローテーション", ("何歳まで受けられますか",))
    assert len(messages(again)) == 4


def test_question_that_is_not_admitted_stays_in_the_box_and_reaches_no_bot(bot: ScriptedBot) -> None:
    app = create_app(bot, today=lambda: TODAY, admit=lambda request: "busy")
    with TestClient(app) as client:
        before = len(bot.asked)
        shown = Visitor(client, "refused").ask("何歳まで受けられますか")
        assert "混み合って" in messages(shown)[1]
        assert shown["ask"] == "何歳まで受けられますか"
        assert len(bot.asked) == before


def test_port_in_use_is_one_sentence_before_anything_starts() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OutsideError, match="ICTNAVI_PORT") as refused:
            check_port("127.0.0.1", taken.getsockname()[1])
    assert refused.value.exit_code == 1
    assert "\n" not in str(refused.value)


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours (WCAG 2.2)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [":root", ".dark"])
@pytest.mark.parametrize(
    ("text", "grounds"),
    [
        ("ink", ("paper", "shade", "accent-soft", "marked")),
        ("muted", ("paper", "shade")),
        ("accent", ("paper", "shade", "accent-soft")),
        ("on-accent", ("accent",)),
        ("caution", ("caution-soft",)),
    ],
)
def test_texts_contrast_with_their_grounds(scheme: str, text: str, grounds: tuple[str, ...]) -> None:
    styles = (STATIC / "page.css").read_text(encoding="utf-8")
    block = styles.split(f"\n{scheme} {{", 1)[1].split("}", 1)[0]
    colours = dict(re.findall(r"--([\w-]+): (#\w{6});", block))
    for ground in grounds:
        assert contrast(colours[text], colours[ground]) >= 4.5, (scheme, text, ground)


def test_contrast_matches_the_worked_examples_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
