"""Row 10: whatever an address says, whatever DNS answers and wherever a page redirects, nothing inside is connected to.

Five ways for each address: typed, behind a name, beside a public address, by a redirect, by a second answer of DNS.
The details stand in tests/test_fetch.py.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator, Sequence

import pytest
from local_site import Site, Web, serving
from test_fetch import FORMS, INSIDE, OUTSIDE

from rag.fetch import Fetcher, FetchError, Policy
from rag.fetch.addresses import is_public

TLS = ssl.create_default_context()  # once: it takes longer than everything else
NAMES = ("name.example", "mixed.example", "turning.example", "site.example")


@pytest.fixture
def site() -> Iterator[Site]:
    pages = {"/robots.txt": Web(body=b""), "/jump": Web(status=302, headers={"Location": "http://name.example/"})}
    with serving(pages) as running:
        yield running


@pytest.fixture
def connects(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    tried: list[tuple[str, int]] = []
    connect = socket.socket.connect

    def watch(self: socket.socket, address: tuple[str, int]) -> None:
        tried.append(address)
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", watch)
    return tried


def visit(address: str, site: Site) -> int:
    """Try the five ways; how many were tried. Loopback is what the test's own site is on, hence left out of redirects."""
    ports = frozenset({80, 443, site.port})
    strict = Policy(hosts=frozenset({*NAMES, address}), ports=ports, pause=0.0)
    local = site.policy(*NAMES, address)
    answers = iter([("127.0.0.1",), (address,)])

    def resolve(host: str, port: int) -> tuple[str, ...]:
        if host == "turning.example":
            return next(answers, (address,))
        return {"mixed.example": ("8.8.8.8", address), "site.example": ("127.0.0.1",)}.get(host, (address,))

    shown = f"[{address}]" if ":" in address else address
    ways = [
        (strict, f"http://{shown}/"),
        (strict, "https://name.example/"),
        (strict, "http://mixed.example/"),
        (local, f"http://site.example:{site.port}/jump"),
        (local, f"http://turning.example:{site.port}/"),
    ]
    ways = ways[:3] if address.startswith("127.") else ways
    for policy, url in ways:
        with pytest.raises(FetchError) as refused:
            Fetcher(policy, resolve=resolve, tls=TLS).fetch(url)
        assert refused.value.cause in {"refused", "unreachable"}
    return len(ways)


def visit_all(addresses: Sequence[str], site: Site, connects: list[tuple[str, int]]) -> tuple[int, int]:
    """(cases, connections to anywhere but the test's own site)."""
    cases = sum(visit(address, site) for address in addresses)
    for url in FORMS:
        policy = Policy(hosts=frozenset({"site.example"}), pause=0.0)
        fetcher = Fetcher(policy, resolve=lambda host, port: ("127.0.0.1",), tls=TLS)
        with pytest.raises(FetchError):
            fetcher.fetch(url)
    assert all(is_public(address) for address in OUTSIDE)
    return cases + len(FORMS), sum(where != ("127.0.0.1", site.port) for where in connects)


def test_nothing_of_all_the_inside_is_connected_to_by_any_way(
    site: Site, connects: list[tuple[str, int]], record_row: Callable[..., None]
) -> None:
    cases, wrong = visit_all(INSIDE, site, connects)
    scale = f"{len(INSIDE)}番地×5通りと{len(FORMS)}の書き方、{cases}件。目標は490件"
    record_row(10, bar="接続 0", measured=str(wrong), scale=scale)
    assert cases >= 490
    assert wrong == 0
