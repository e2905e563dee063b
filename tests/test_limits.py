"""Who asks, how often one may, what is too large or too slow: the wrappers around the page and the API."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import Message, Scope

from ui.clients import FindClient, identify, parse_address
from ui.guard import AllowRoutes, BoundBody, BoundHeaders
from ui.limits import BoundRequests, Rates


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:5000", "203.0.113.7"),
        (" 203.0.113.7 ", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]:443", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix:", "unknown"),
        ("", "unknown"),
        ("1.2.3", "unknown"),
        ("evil\r\nX: y", "unknown"),
    ],
)
def test_a_client_is_an_address_or_a_subscribers_network(written: str, name: str) -> None:
    assert identify(written) == name


def test_no_address_is_one_client_too() -> None:
    assert identify(None) == "unknown"
    assert parse_address("none") is None


def find_client(peer: str, forwarded: list[str], proxies: list[str], proto: list[str] | None = None) -> tuple[str, str]:
    """The client and scheme an application behind FindClient sees."""
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Any, send: Any) -> None:
        seen.append(scope)

    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    headers += [(b"x-forwarded-proto", value.encode()) for value in proto or []]
    scope = {"type": "http", "client": (peer, 4711), "scheme": "http", "headers": headers}
    asyncio.run(FindClient(app, proxies)(scope, None, None))  # type: ignore[arg-type]
    return seen[0]["client"][0], seen[0]["scheme"]


PROXY = ["10.0.0.0/8", "::1"]


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("198.51.100.1", ["203.0.113.7"], "198.51.100.1"),  # no proxy of ours: whatever it says
        ("10.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", ["6.6.6.6, 203.0.113.7"], "203.0.113.7"),  # the visitor wrote the first one
        ("10.0.0.1", ["6.6.6.6", "203.0.113.7"], "203.0.113.7"),  # in a header of its own
        ("10.0.0.1", ["6.6.6.6, 203.0.113.7, 10.0.0.2"], "203.0.113.7"),  # two proxies of ours
        ("10.0.0.1", ["10.1.1.1, 10.0.0.2"], "10.1.1.1"),  # all ours: the farthest
        ("10.0.0.1", ["203.0.113.7, nonsense"], "10.0.0.1"),  # what the proxy did not write is not believed
        ("10.0.0.1", ["nonsense, 203.0.113.7:99"], "203.0.113.7"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("::1", ["2001:db8::5"], "2001:db8::5"),
        ("::ffff:10.0.0.1", ["203.0.113.7"], "203.0.113.7"),
    ],
)
def test_forwarded_addresses_are_believed_from_the_named_proxies_alone(
    peer: str, forwarded: list[str], client: str
) -> None:
    assert find_client(peer, forwarded, PROXY)[0] == client


def test_with_no_proxy_named_nobody_is_believed() -> None:
    assert find_client("127.0.0.1", ["203.0.113.7"], [], ["https"]) == ("127.0.0.1", "http")


def test_the_scheme_is_what_the_nearest_proxy_says() -> None:
    assert find_client("10.0.0.1", [], PROXY, ["https"])[1] == "https"
    assert find_client("10.0.0.1", [], PROXY, ["https, http"])[1] == "http"
    assert find_client("10.0.0.1", [], PROXY, ["gopher"])[1] == "http"
    assert find_client("198.51.100.1", [], PROXY, ["https"])[1] == "http"


class Clock:
    """Stands in for time.time, which the library and the wrapper read."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The library takes no clock, so its own is replaced."""
    clock = Clock()
    monkeypatch.setattr("time.time", clock)
    return clock


def test_one_client_is_bounded_and_another_is_not(clock: Clock) -> None:
    rates = Rates(per_client=5, overall=100)
    assert [rates.admit("203.0.113.1") for _ in range(5)] == [None] * 5
    refusal = rates.admit("203.0.113.1")
    assert refusal and (refusal.kind, refusal.status) == ("too_many", 429)
    assert 1 <= refusal.retry_after <= 60
    assert rates.admit("203.0.113.2") is None
    clock.now += 120
    assert rates.admit("203.0.113.1") is None


def test_addresses_of_one_ipv6_subscriber_count_together(clock: Clock) -> None:
    rates = Rates(per_client=5, overall=100)
    admitted = [rates.admit(f"2001:db8:1:2::{n:x}") is None for n in range(10)]
    assert admitted == [True] * 5 + [False] * 5
    assert rates.admit("2001:db8:1:3::1") is None


def test_all_together_are_bounded_and_a_refused_client_uses_up_nothing(clock: Clock) -> None:
    counted: list[str] = []
    rates = Rates(per_client=5, overall=12, count=counted.append)
    assert sum(rates.admit("203.0.113.1") is None for _ in range(50)) == 5
    assert sum(rates.admit(f"198.51.100.{n}") is None for n in range(50)) == 7
    refusal = rates.admit("192.0.2.1")
    assert refusal and (refusal.kind, refusal.status) == ("busy", 503)
    assert counted == ["too_many"] * 45 + ["busy"] * 44


def test_what_is_remembered_is_bounded_and_forgotten(clock: Clock) -> None:
    rates = Rates(per_client=5, overall=100)
    for number in range(5000):
        rates.admit(f"10.{number // 65536}.{number // 256 % 256}.{number % 256}")
    kept = rates.limiter.storage.storage  # type: ignore[attr-defined]  # MemoryStorage's own counters
    assert len(kept) < 450
    clock.now += 600
    rates.limiter.storage._MemoryStorage__expire_events()  # type: ignore[attr-defined]  # what its timer runs
    assert not kept


def echo() -> Starlette:
    async def tell(request: Request) -> JSONResponse:
        return JSONResponse(
            {"size": len(await request.body()), "client": request.client.host if request.client else None}
        )

    return Starlette(routes=[Route("/{path:path}", tell, methods=["GET", "POST"])])


def test_a_flood_of_requests_is_refused_in_the_visitors_language_and_static_files_are_free() -> None:
    client = TestClient(BoundRequests(echo(), Rates(per_client=3, overall=100)))
    assert [client.get("/").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = client.get("/", headers={"accept-language": "en-US,en"})
    assert "Please wait" in refused.text
    assert int(refused.headers["retry-after"]) >= 1
    assert "お試しください" in client.get("/", headers={"accept-language": "ja"}).text
    assert refused.headers["content-language"] == "en"
    assert client.get("/assets/x.js").status_code == 200
    assert client.post("/api/ask").json()["error"]["code"] == "too_many"


def test_an_answer_that_was_let_in_can_be_fetched_however_many_others_come() -> None:
    client = TestClient(BoundRequests(echo(), Rates(per_client=5, overall=2)))
    paths = ["/", "/", "/gradio_api/queue/join", "/gradio_api/queue/data", "/gradio_api/cancel", "/"]
    assert [client.get(path).status_code for path in paths] == [200, 200, 503, 200, 200, 503]
    assert [client.get("/gradio_api/queue/data").status_code for _ in range(3)] == [200, 429, 429]  # but not for ever


def test_a_made_up_forwarded_address_gives_nobody_another_bucket() -> None:
    client = TestClient(FindClient(BoundRequests(echo(), Rates(per_client=5, overall=1000))), client=("203.0.113.9", 1))
    statuses = [client.get("/", headers={"x-forwarded-for": f"6.6.6.{n}"}).status_code for n in range(100)]
    assert 5 <= statuses.count(200) <= 10  # a minute may end meanwhile


def test_behind_a_proxy_each_visitor_has_a_bucket_of_their_own() -> None:
    limited = BoundRequests(echo(), Rates(per_client=5, overall=1000))
    client = TestClient(FindClient(limited, ["203.0.113.9"]), client=("203.0.113.9", 1))
    statuses = [client.get("/", headers={"x-forwarded-for": f"6.6.6.{n % 10}"}).status_code for n in range(100)]
    assert 50 <= statuses.count(200) <= 60  # a minute may end meanwhile


@pytest.mark.parametrize(
    "headers",
    [
        {f"x-{n}": "1" for n in range(100)},
        {"x-large": "y" * 20_000},
        {"x" * 20_000: "y"},
        {"cookie": "a=b; " * 4000},
    ],
)
def test_too_many_or_too_large_headers_are_refused(headers: dict[str, str]) -> None:
    client = TestClient(BoundHeaders(echo()))
    assert client.get("/", headers=headers).status_code == 431
    assert client.get("/", headers={"x-one": "1"}).status_code == 200


def test_a_too_long_address_is_refused() -> None:
    assert TestClient(BoundHeaders(echo())).get("/?" + "q" * 20_000).status_code == 431


def run_slowly(pieces: list[bytes], *, pause: float, seconds: float) -> tuple[int, bytes]:
    """Send a body piece by piece; the status and the answer."""
    sent: list[Message] = []
    waiting = list(pieces)

    async def receive() -> Message:
        await asyncio.sleep(pause)
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b"", "root_path": ""}
    asyncio.run(BoundBody(echo(), seconds=seconds)(scope, receive, send))
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)


def test_a_body_that_comes_too_slowly_is_refused() -> None:
    status, said = run_slowly([b"x"] * 1000, pause=0.05, seconds=0.2)
    assert status == 408
    assert "時間内" in said.decode()


def test_a_body_in_pieces_comes_whole() -> None:
    status, said = run_slowly([b"x" * 100] * 10, pause=0.0, seconds=60)
    assert (status, b'"size":1000' in said) == (200, True)


def test_a_large_message_never_reaches_the_application() -> None:
    client = TestClient(BoundBody(echo()))
    refused = client.post("/api/ask", content=b"x" * (1 << 20))
    assert refused.status_code == 413
    assert refused.json()["error"]["code"] == "body_too_large"


@pytest.mark.parametrize("length", ["9" * 5000, "-1", "1e3", "٣"])
def test_odd_lengths_break_nothing(length: str) -> None:
    scope: Scope = {"headers": [(b"content-length", length.encode())]}
    assert BoundBody(echo())._announced(scope) == 0


@pytest.fixture
def below() -> Iterator[TestClient]:
    yield TestClient(AllowRoutes(echo(), root_path="/ict"))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/api/ask", 200),
        ("POST", "/ict/api/ask", 200),
        ("POST", "/api/ask/stream", 200),
        ("GET", "/api/openapi.json", 200),
        ("GET", "/api/ask", 404),
        ("GET", "/api/docs", 404),
        ("GET", "/metrics", 404),
        ("GET", "/ictx/", 404),
        ("GET", "/ui/privacy.html", 200),
        ("GET", "/gradio_api/heartbeat/../upload", 404),
    ],
)
def test_only_listed_routes_are_open_also_below_a_sub_path(
    below: TestClient, method: str, path: str, status: int
) -> None:
    assert below.request(method, path).status_code == status
