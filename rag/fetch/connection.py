"""One connection to one checked address, with one deadline for everything that happens on it.

In: a `Target`, the address it was resolved to, a deadline. Out: an httpx transport that connects nowhere else: the
name is not looked up again, while the Host header and TLS see the name. Proxies of the environment are not read.
It follows no redirect and unpacks nothing.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from queue import Empty, Queue

import httpcore
import httpx

from rag.fetch.policy import FetchError, Policy, Target

Clock = Callable[[], float]
Resolve = Callable[[str, int], tuple[str, ...]]


def system_resolve(host: str, port: int) -> tuple[str, ...]:
    """Every address of a name, as the system resolves it. Raises OSError where it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def find_address(target: Target, policy: Policy, resolve: Resolve, seconds: float) -> str:
    """The address to connect to, once every address of the name has been found public.

    Raises:
        FetchError: the name has no address, or one of them is not to be connected to.
    """
    addresses = _resolve_in_time(target, resolve, seconds)
    if not addresses:
        raise FetchError(f"{target.host} の番地が見つかりません", cause="unreachable")
    for address in addresses:
        if not policy.allows(address):
            raise FetchError(f"{target.host} は内部のネットワーク({address})を指すので、接続しません", cause="refused")
    return addresses[0]


def _resolve_in_time(target: Target, resolve: Resolve, seconds: float) -> tuple[str, ...]:
    """The system's resolver knows no deadline: it is asked in a thread that is left behind when it takes too long."""
    answers: Queue[tuple[str, ...] | OSError] = Queue()

    def ask() -> None:
        try:
            answers.put(resolve(target.host, target.port))
        except OSError as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        found = answers.get(timeout=max(0.0, seconds))
    except Empty:
        raise FetchError(f"{target.host} の番地が時間内に分かりません", cause="too_slow") from None
    if isinstance(found, OSError):
        raise FetchError(f"{target.host} の番地が見つかりません({found.strerror or found})", cause="unreachable")
    return found


class _Stream(httpcore.NetworkStream):
    """A connection on which no single wait outlasts the deadline."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: float, clock: Clock) -> None:
        self._inner, self._deadline, self._clock = inner, deadline, clock

    def _left(self) -> float:
        left = self._deadline - self._clock()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, self._left()), self._deadline, self._clock)

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


class _Pinned(httpcore.NetworkBackend):
    """Connects to one address, whatever name it is asked for."""

    def __init__(self, address: str, deadline: float, clock: Clock) -> None:
        self._address, self._deadline, self._clock = address, deadline, clock

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        left = self._deadline - self._clock()
        if left <= 0:
            raise httpcore.ConnectTimeout
        inner = httpcore.SyncBackend().connect_tcp(self._address, port, left, local_address, socket_options)
        return _Stream(inner, self._deadline, self._clock)


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


class PinnedTransport(httpx.BaseTransport):
    """httpx's door to one pinned connection. httpcore's errors pass: the fetcher words them."""

    def __init__(self, address: str, *, deadline: float, clock: Clock, tls: ssl.SSLContext) -> None:
        backend = _Pinned(address, deadline, clock)
        self._pool = httpcore.ConnectionPool(ssl_context=tls, max_connections=1, network_backend=backend)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One request on the connection."""
        raw = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        response = self._pool.handle_request(
            httpcore.Request(method=request.method, url=raw, headers=request.headers.raw, content=b"")
        )
        return httpx.Response(status_code=response.status, headers=response.headers, stream=_Body(response))

    def close(self) -> None:
        """Close the connection."""
        self._pool.close()
