"""A conversation belongs to the browser that began it: stolen session names open nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from page_visitor import Visitor
from scripted_bot import ScriptedBot

from ui.server import Surroundings, create_app
from ui.sessions import Bindings, write_cookie

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def bot() -> ScriptedBot:
    return ScriptedBot()


@pytest.fixture(scope="module")
def app(bot: ScriptedBot) -> FastAPI:
    return create_app(bot, today=lambda: TODAY)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


def browser(client: TestClient) -> TestClient:
    """Another browser at the same running application: the same loop, no cookies yet."""
    other = TestClient(client.app)
    other.portal = client.portal  # the page's queue lives in one event loop
    return other


def calls(session: str) -> list[tuple[str, str, dict[str, Any] | None]]:
    """Every way in which a session is used."""
    body = {"data": [], "fn_index": 0, "session_hash": session, "event_id": "0" * 32}
    return [
        ("GET", f"/gradio_api/queue/data?session_hash={session}", None),
        ("GET", f"/gradio_api/heartbeat/{session}", None),
        ("POST", "/gradio_api/queue/join", body),
        ("POST", "/gradio_api/cancel", body),
    ]


def test_the_page_gives_a_key_once_unseen_by_scripts(client: TestClient) -> None:
    first = client.get("/")
    cookie = first.headers["set-cookie"]
    assert cookie.startswith("ictnavi=")
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie
    assert "set-cookie" not in client.get("/").headers


def test_over_https_the_cookie_is_bound_to_the_host(bot: ScriptedBot) -> None:
    app = create_app(bot, today=lambda: TODAY, around=Surroundings(proxies=["10.0.0.1"]))
    client = TestClient(app, client=("10.0.0.1", 1))
    answer = client.get("/", headers={"x-forwarded-proto": "https"})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-ictnavi=")
    assert "; Secure" in cookie and "Path=/" in cookie and "SameSite=Lax" in cookie
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert "strict-transport-security" not in client.get("/").headers


def test_in_a_frame_the_cookie_is_kept_apart_for_each_site(bot: ScriptedBot) -> None:
    app = create_app(bot, today=lambda: TODAY, frame_ancestors=["https://portal.example"])
    for base in ("https://chat.example", "http://127.0.0.1:7860", "http://localhost"):
        cookie = TestClient(app, base_url=base).get("/").headers["set-cookie"]
        assert cookie.startswith("__Host-ictnavi=")
        assert cookie.endswith("SameSite=None; Secure; Partitioned")
    assert "Secure" not in TestClient(app, base_url="http://chat.example").get("/").headers["set-cookie"]


@pytest.mark.parametrize("secure", [True, False])
@pytest.mark.parametrize("embedded", [True, False])
def test_no_cookie_is_partitioned_or_cross_site_without_https(secure: bool, embedded: bool) -> None:
    cookie = write_cookie("k" * 32, secure=secure, embedded=embedded)
    assert ("Secure" in cookie) == secure
    assert ("SameSite=None" in cookie) == ("Partitioned" in cookie) == (secure and embedded)


def test_a_stolen_session_without_its_cookie_is_refused_a_hundred_times(client: TestClient) -> None:
    refused = 0
    for number in range(25):
        victim = Visitor(client, f"stolen{number}")
        victim.ask("何歳まで受けられますか")
        for method, path, body in calls(victim.session):
            thief = browser(client)
            thief.cookies.set("ictnavi", "A" * 32)  # a key of the thief's own making
            answer = thief.request(method, path, json=body)
            refused += answer.status_code == 403
            assert "何歳" not in answer.text
    assert refused == 100


def test_a_refusal_is_one_sentence_in_the_visitors_language(client: TestClient) -> None:
    Visitor(client, "sentence").ask("何歳まで")
    thief = browser(client)
    path = "/gradio_api/queue/data?session_hash=sentence"
    assert "ページを読み直して" in thief.get(path, headers={"accept-language": "ja"}).text
    assert "reload" in thief.get(path, headers={"accept-language": "en"}).text


def test_a_first_call_without_a_page_is_given_a_key_and_bound_to_it(client: TestClient, bot: ScriptedBot) -> None:
    visitor = Visitor(client, "first")
    event = next(d for d in visitor.config()["dependencies"] if d["api_name"] == "answer")
    body = {"data": ["何歳まで", None, None], "fn_index": event["id"], "session_hash": "unseen", "trigger_id": None}
    script = browser(client)
    script.cookies.clear()
    joined = script.post("/gradio_api/queue/join", json=body)
    assert "set-cookie" in joined.headers
    bare = browser(client)
    assert bare.get("/gradio_api/queue/data?session_hash=unseen").status_code == 403
    with script.stream("GET", "/gradio_api/queue/data?session_hash=unseen") as stream:
        assert stream.status_code == 200
        assert "process_completed" in "".join(stream.iter_lines())


@pytest.mark.parametrize(
    "cookie", ["ictnavi=short", "ictnavi=" + "a" * 5000, 'ictnavi="\\012"', "=;;=", "ictnavi", "a=\x7f; ictnavi=[]"]
)
def test_odd_cookies_are_replaced(client: TestClient, cookie: str) -> None:
    fresh = browser(client)
    assert "set-cookie" in fresh.get("/", headers={"cookie": cookie}).headers


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"session_hash": 5}', b'{"session_hash": null}', b"[" * 60_000]
)
def test_odd_bodies_are_gradios_to_refuse(client: TestClient, body: bytes) -> None:
    answer = client.post("/gradio_api/queue/join", content=body, headers={"content-type": "application/json"})
    assert 400 <= answer.status_code < 500


def test_of_two_names_the_last_counts_as_it_does_for_gradio(client: TestClient) -> None:
    Visitor(client, "twonames").ask("何歳まで")
    thief = browser(client)
    thief.get("/")
    assert thief.get("/gradio_api/queue/data?session_hash=mine&session_hash=twonames").status_code == 403
    body = b'{"session_hash": "mine", "session_hash": "twonames", "data": [], "fn_index": 0}'
    answer = thief.post("/gradio_api/queue/join", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 403


class Clock:
    """A clock that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_bindings_are_bounded_and_the_least_recently_used_goes_first() -> None:
    bindings = Bindings(most=3, seconds=100, clock=Clock())
    for session in ("a", "b", "c", "a", "d"):
        assert bindings.admits(session, "owner")
    assert list(bindings.kept) == ["c", "a", "d"]
    assert not bindings.admits("a", "thief")
    assert bindings.admits("b", "other")  # forgotten, so it may begin anew


def test_a_long_name_is_refused_and_not_remembered() -> None:
    bindings = Bindings(most=3, seconds=100, clock=Clock())
    assert not bindings.admits("a" * 60_000, "owner")
    assert not bindings.kept


def test_bindings_expire_when_they_are_not_used() -> None:
    clock = Clock()
    bindings = Bindings(most=10, seconds=100, clock=clock)
    bindings.admits("a", "owner")
    clock.now = 90
    assert bindings.admits("a", "owner")
    clock.now = 180
    assert not bindings.admits("a", "thief")
    clock.now = 300
    assert bindings.admits("a", "thief")


def talk(client: TestClient, number: int, turns: int) -> list[str]:
    """One visitor's turns, each with a word of their own; what was shown."""
    visitor = Visitor(browser(client), f"crowd{number}of{turns}")
    return [json.dumps(visitor.ask(f"合言葉{number}の{turn}は何歳まで"), ensure_ascii=False) for turn in range(turns)]


def count_crossings(client: TestClient, visitors: int, turns: int) -> tuple[int, int]:
    """(words of others that were shown, own words that were not)."""
    with ThreadPoolExecutor(16) as pool:
        shown = list(pool.map(lambda number: talk(client, number, turns), range(visitors)))
    crossed = missing = 0
    for number, texts in enumerate(shown):
        for turn, text in enumerate(texts):
            missing += f"合言葉{number}の{turn}" not in text.replace("<wbr>", "")
            found = {int(each.split("の")[0]) for each in text.split("合言葉")[1:] if each.split("の")[0].isdigit()}
            crossed += len(found - {number})
    return crossed, missing


def test_visitors_at_the_same_time_never_see_each_other(client: TestClient) -> None:
    assert count_crossings(client, visitors=12, turns=3) == (0, 0)


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_two_hundred_visitors_of_twenty_turns_never_see_each_other(
    client: TestClient, record_row: Callable[..., None]
) -> None:
    crossed, missing = count_crossings(client, visitors=200, turns=20)
    scale = "200人 × 20問を同時に。盗んだ名前での100回の要求は、短い形で100回とも403"
    record_row(7, bar="他人の言葉 0、失われた答え 0", measured=f"{crossed}、{missing}", scale=scale)
    assert (crossed, missing) == (0, 0)
