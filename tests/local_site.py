"""A web site of one's own on 127.0.0.1: pages by path, each of them well- or ill-behaved.

In: a dictionary of pages, which may change while the server runs. Out: a served port, and the requests it saw.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Network
from typing import Any

from rag.fetch import Policy

LOCAL = (IPv4Network("127.0.0.0/8"),)


@dataclass(frozen=True, kw_only=True)
class Web:
    """One page as served. `drip` seconds pass between single bytes; `cut` bytes are sent of the length announced."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "text/html"})
    drip: float = 0.0
    cut: int | None = None


@dataclass
class Site:
    """The running site."""

    port: int
    pages: dict[str, Web]
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def policy(self, *hosts: str, **changes: Any) -> Policy:
        """A policy that lets this site be reached, without pauses."""
        return Policy(
            **{
                "hosts": frozenset({"127.0.0.1", *hosts}),
                "ports": frozenset({80, 443, self.port}),
                "networks": LOCAL,
                "pause": 0.0,
                **changes,
            }
        )


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.seen.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
            page = site.pages.get(self.path) or Web(status=404, body=b"<html><title>404</title>no such page</html>")
            etag = page.headers.get("ETag")
            if etag and self.headers.get("If-None-Match") == etag:
                self._head(304, {"ETag": etag}, 0)
                return
            self._head(page.status, page.headers, len(page.body))
            try:
                self._send(page)
            except (BrokenPipeError, ConnectionResetError):
                return

        def _head(self, status: int, headers: Mapping[str, str], length: int) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(length), **headers, "Connection": "close"}.items():
                self.send_header(name, value)
            self.end_headers()

        def _send(self, page: Web) -> None:
            if page.drip:
                for at in range(len(page.body)):
                    self.wfile.write(page.body[at : at + 1])
                    self.wfile.flush()
                    time.sleep(page.drip)
            else:
                self.wfile.write(page.body[: page.cut])

        def log_message(self, format: str, *args: object) -> None:
            return

    return Handler


@contextmanager
def serving(pages: dict[str, Web]) -> Iterator[Site]:
    """The site on a free port until the block ends."""
    site = Site(port=0, pages=pages)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(site))
    server.daemon_threads = True
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()


def resolving(**names: str) -> Callable[[str, int], tuple[str, ...]]:
    """A resolver that knows these names (dots written as `__`) and no others."""
    known = {name.replace("__", "."): tuple(addresses.split()) for name, addresses in names.items()}

    def resolve(host: str, port: int) -> tuple[str, ...]:
        if host in known:
            return known[host]
        if host == "127.0.0.1":
            return (host,)
        raise OSError(f"{host} を知りません")

    return resolve
