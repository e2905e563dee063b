"""The guarded fetcher: where it refuses to go, how much and how long it takes, what it says of a page.

A real server on 127.0.0.1; names are resolved by a table of the test, the door through which rebinding comes.
Addresses are never connected to where they are refused: the socket's own connect is watched.
"""

from __future__ import annotations

import gzip
import itertools
import socket
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from local_site import Site, Web, resolving, serving

from rag.fetch import Fetcher, FetchError, Policy, Validators
from rag.fetch.addresses import is_public
from rag.fetch.robots import Turns

ADDRESSES = (Path(__file__).parent / "data" / "addresses.txt").read_text("utf-8")
INSIDE, OUTSIDE = (part.partition("\n")[2].split() for part in ADDRESSES.split("# ")[1:])
FORMS = (
    "ftp://site.example/",
    "file:///etc/passwd",
    "gopher://site.example/",
    "javascript:alert(1)",
    "//site.example/",
    "http://user@site.example/",
    "http://user:word@site.example/",
    "http://site.example@inside.example/",
    "http://site.example:22/",
    "http://site.example:8080/",
    "http://site.example:99999/",
    "http:///path",
    "http://site.example\\@inside.example/",
    "http://site.example /",
    "http://site.example\n.inside.example/",
    "http://[fe80::1%25eth0]/",
    "http://other.example/",
    "http://sité.example/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://127.1/",
)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving({}) as running:
        yield running


@pytest.fixture
def connects(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every address that the process tries to connect to."""
    tried: list[object] = []
    connect = socket.socket.connect

    def watch(self: socket.socket, address: object) -> None:
        tried.append(address)
        return connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", watch)
    return tried


def cause(fetch: Callable[[], object]) -> str:
    with pytest.raises(FetchError) as refused:
        fetch()
    assert "\n" not in str(refused.value)
    return refused.value.cause


def test_the_table_has_more_than_a_hundred_addresses() -> None:
    assert len(set(INSIDE)) >= 109


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_a_public_address_is_allowed(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", INSIDE)
def test_nothing_inside_is_connected_to(address: str, site: Site, connects: list[object]) -> None:
    """Typed as a name, typed as the address, beside a public one, behind a redirect, and by a second answer of DNS."""
    policy = site.policy("site.example", "inside.example", "mixed.example", "turning.example", address)
    policy = Policy(hosts=policy.hosts, ports=policy.ports, pause=0.0)
    answers = itertools.cycle([("8.8.8.8", address)])

    def resolve(host: str, port: int) -> tuple[str, ...]:
        return {"inside.example": (address,), "mixed.example": ("8.8.8.8", address), address: (address,)}.get(
            host
        ) or next(answers)

    fetcher = Fetcher(policy, resolve=resolve)
    shown = f"[{address}]" if ":" in address else address
    for url in (
        "http://inside.example/",
        "https://inside.example/",
        "http://mixed.example/",
        "http://turning.example/",
        f"http://{shown}/",
        f"https://{shown}/",
    ):
        assert cause(lambda url=url: fetcher.fetch(url)) in {"refused", "unreachable"}
    assert connects == []


@pytest.mark.parametrize("address", INSIDE[::4])
def test_a_redirect_to_the_inside_is_not_followed(address: str, site: Site) -> None:
    site.pages["/robots.txt"] = Web(body=b"")
    site.pages["/jump"] = Web(status=302, headers={"Location": "http://inside.example/secret"})
    policy = site.policy("site.example", "inside.example")
    fetcher = Fetcher(policy, resolve=resolving(site__example="127.0.0.1", inside__example=address))
    if address.startswith("127."):  # the only network this policy opens
        return
    assert cause(lambda: fetcher.fetch(site.url("/jump", "site.example"))) in {"refused", "unreachable"}
    assert not any("secret" in path for path, _ in site.seen)


def test_a_name_is_resolved_once_and_the_connection_goes_to_what_was_checked(site: Site) -> None:
    """DNS that answers another address the second time gains nothing."""
    site.pages |= {"/robots.txt": Web(body=b""), "/": Web(body=b"<p>x</p>")}
    asked: list[str] = []

    def resolve(host: str, port: int) -> tuple[str, ...]:
        asked.append(host)
        return ("127.0.0.1",)

    found = Fetcher(site.policy("name.example"), resolve=resolve).fetch(site.url("/", "name.example"))
    assert found.data == b"<p>x</p>"
    assert len(asked) == 2 == len(site.seen)  # robots.txt and the page
    assert site.seen[-1][1]["host"] == f"name.example:{site.port}"


@pytest.mark.parametrize("url", FORMS)
def test_an_odd_address_is_refused_before_any_name_is_resolved(url: str, connects: list[object]) -> None:
    def resolve(host: str, port: int) -> tuple[str, ...]:
        raise AssertionError(host)

    fetcher = Fetcher(Policy(hosts=frozenset({"site.example"}), pause=0.0), resolve=resolve)
    assert cause(lambda: fetcher.fetch(url)) == "refused"
    assert connects == []


def test_proxies_of_the_environment_are_not_used(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    site.pages |= {"/robots.txt": Web(body=b""), "/": Web(body=b"ok")}
    assert Fetcher(site.policy()).fetch(site.url("/")).data == b"ok"


def test_no_cookie_password_or_referrer_is_sent(site: Site) -> None:
    site.pages |= {
        "/robots.txt": Web(body=b""),
        "/": Web(status=302, headers={"Location": "/b", "Set-Cookie": "a=b"}),
        "/b": Web(body=b"ok"),
    }
    Fetcher(site.policy()).fetch(site.url("/"))
    assert not {"cookie", "authorization", "referer"} & {name for _, headers in site.seen for name in headers}


def test_conditions_are_sent_and_an_unchanged_page_costs_nothing(site: Site) -> None:
    site.pages |= {"/robots.txt": Web(body=b""), "/": Web(body=b"page", headers={"ETag": '"v1"'})}
    fetcher = Fetcher(site.policy())
    first = fetcher.fetch(site.url("/"))
    again = fetcher.fetch(site.url("/"), first.validators)
    assert (first.status, again.status, again.data) == (200, 304, b"")
    fetcher.fetch(site.url("/"), Validators(last_modified="Mon, 23 Nov 2026 00:00:00 GMT"))
    assert site.seen[-1][1]["if-modified-since"] == "Mon, 23 Nov 2026 00:00:00 GMT"


def test_a_permanent_redirect_is_told_from_a_passing_one(site: Site) -> None:
    site.pages |= {
        "/robots.txt": Web(body=b""),
        "/old": Web(status=301, headers={"Location": "/new"}),
        "/now": Web(status=302, headers={"Location": "/new"}),
        "/new": Web(body=b"ok"),
    }
    fetcher = Fetcher(site.policy())
    assert fetcher.fetch(site.url("/old")).moved_to == site.url("/new")
    assert fetcher.fetch(site.url("/now")).moved_to is None


def test_redirects_end(site: Site) -> None:
    site.pages |= {"/robots.txt": Web(body=b""), "/a": Web(status=302, headers={"Location": "/b"})}
    site.pages["/b"] = Web(status=302, headers={"Location": "/a"})
    for n in range(9):
        site.pages[f"/{n}"] = Web(status=302, headers={"Location": f"/{n + 1}"})
    fetcher = Fetcher(site.policy())
    assert cause(lambda: fetcher.fetch(site.url("/a"))) == "redirects"
    assert cause(lambda: fetcher.fetch(site.url("/0"))) == "redirects"


@pytest.mark.parametrize("location", ["http://elsewhere.example/", "ftp://127.0.0.1/", "//elsewhere.example/x"])
def test_a_redirect_leaves_the_registered_sites_only_into_a_refusal(site: Site, location: str) -> None:
    site.pages |= {"/robots.txt": Web(body=b""), "/": Web(status=301, headers={"Location": location})}
    assert cause(lambda: Fetcher(site.policy()).fetch(site.url("/"))) == "refused"


@pytest.mark.parametrize("name", ["gzip", "deflate", "raw-deflate"])
def test_packed_pages_are_unpacked(site: Site, name: str) -> None:
    text = ("情報専門員の選考" * 30_000).encode()
    raw = zlib.compressobj(wbits=-15)
    packed = {
        "gzip": gzip.compress(text),
        "deflate": zlib.compress(text),
        "raw-deflate": raw.compress(text) + raw.flush(),
    }[name]
    site.pages |= {
        "/robots.txt": Web(body=b""),
        "/": Web(body=packed, headers={"Content-Encoding": name.removeprefix("raw-")}),
    }
    assert Fetcher(site.policy()).fetch(site.url("/")).data == text


def test_a_bomb_is_counted_as_it_unpacks(site: Site) -> None:
    site.pages |= {
        "/robots.txt": Web(body=b""),
        "/": Web(body=gzip.compress(bytes(200 << 20)), headers={"Content-Encoding": "gzip"}),
        "/big": Web(body=bytes(11 << 20)),
    }
    fetcher = Fetcher(site.policy())
    assert cause(lambda: fetcher.fetch(site.url("/"))) == "too_large"
    assert cause(lambda: fetcher.fetch(site.url("/big"))) == "too_large"


@pytest.mark.parametrize(
    "page",
    [
        Web(body=b"x" * 900, cut=400),
        Web(body=gzip.compress(bytes(range(256)) * 99)[:-200], headers={"Content-Encoding": "gzip"}),
        Web(body=b"not packed at all", headers={"Content-Encoding": "gzip"}),
        Web(body=b"?", headers={"Content-Encoding": "br"}),
    ],
)
def test_half_a_page_is_no_page(site: Site, page: Web) -> None:
    site.pages |= {"/robots.txt": Web(body=b""), "/": page}
    assert cause(lambda: Fetcher(site.policy()).fetch(site.url("/"))) == "unreachable"


@pytest.mark.parametrize("place", ["body", "head"])
def test_a_dripping_server_is_cut_off_by_the_total_time(place: str) -> None:
    """One byte now and then keeps every single wait short; what ends it is the time for the whole page."""
    with socket.create_server(("127.0.0.1", 0)) as server, serving({"/robots.txt": Web(body=b"")}) as site:
        site.pages["/"] = Web(body=b"x" * 500, drip=0.05)
        policy = site.policy(seconds=1.0, ports=frozenset({site.port, server.getsockname()[1]}))
        began = time.monotonic()
        if place == "body":
            assert cause(lambda: Fetcher(policy).fetch(site.url("/"))) == "too_slow"
        else:  # a server that takes the connection and never says a word
            url = f"http://127.0.0.1:{server.getsockname()[1]}/"
            assert cause(lambda: Fetcher(policy).fetch(url)) == "unreachable"
        assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("robots", "path", "expected"),
    [
        (Web(status=404), "/a", "ok"),
        (Web(body=b"User-agent: *\nDisallow: /private/\n"), "/a", "ok"),
        (Web(body=b"User-agent: *\nDisallow: /private/\n"), "/private/a", "robots"),
        (Web(body=b"User-agent: ictnavi-refresh\nDisallow: /\nUser-agent: *\nAllow: /\n"), "/a", "robots"),
        (Web(status=503), "/a", "unreachable"),
    ],
)
def test_robots_rules_are_kept(site: Site, robots: Web, path: str, expected: str) -> None:
    site.pages |= {"/robots.txt": robots, path: Web(body=b"ok")}
    fetcher = Fetcher(site.policy())
    if expected == "ok":
        assert fetcher.fetch(site.url(path)).data == b"ok"
    else:
        assert cause(lambda: fetcher.fetch(site.url(path))) == expected
        assert [seen for seen, _ in site.seen] == ["/robots.txt"]


def test_a_redirect_into_what_robots_forbid_is_not_followed(site: Site) -> None:
    site.pages |= {
        "/robots.txt": Web(body=b"User-agent: *\nDisallow: /private/\n"),
        "/": Web(status=302, headers={"Location": "/private/a"}),
    }
    assert cause(lambda: Fetcher(site.policy()).fetch(site.url("/"))) == "robots"


def test_a_host_is_given_the_pause_it_asks_for(site: Site) -> None:
    site.pages |= {"/robots.txt": Web(body=b"User-agent: *\nCrawl-delay: 7\n"), "/a": Web(body=b"a")}
    slept: list[float] = []
    turns = Turns(clock=lambda: 100.0, sleep=slept.append)
    fetcher = Fetcher(site.policy(), turns=turns)
    for _ in range(3):
        fetcher.fetch(site.url("/a"))
    assert slept == [7.0, 14.0]


def test_hosts_do_not_wait_for_each_other() -> None:
    slept: list[float] = []
    turns = Turns(clock=lambda: 5.0, sleep=slept.append)
    for host in ("a", "b", "c"):
        turns.wait(host, 9.0)
    assert slept == []
