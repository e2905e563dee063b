"""Connections that never finish their headers, against a real server on a real socket."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from ui.wire import PatientProtocol

SECONDS = 0.5


class HastyProtocol(PatientProtocol):
    """The same, with a deadline that a test can wait for."""

    header_seconds = SECONDS


async def answer_late(request: Request) -> PlainTextResponse:
    await asyncio.sleep(SECONDS * 3)
    return PlainTextResponse("late")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    app = Starlette(routes=[Route("/late", answer_late, methods=["GET", "POST"])])
    config = uvicorn.Config(app, port=0, http=HastyProtocol, ws="none", log_config=None, timeout_keep_alive=60)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(timeout=10)


def open_connection(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=60)


@pytest.mark.parametrize("begun", [b"", b"GET /late HTTP/1.1\r\nHost: x\r\nX-Slow"])
def test_headers_that_never_end_close_the_connection(port: int, begun: bytes) -> None:
    with open_connection(port) as connection:
        connection.sendall(begun)
        assert connection.recv(1000) == b""  # closed by the server; the socket's own limit would raise


def test_a_drip_of_headers_does_not_keep_the_connection(port: int) -> None:
    with open_connection(port) as connection:
        connection.sendall(b"GET /late HTTP/1.1\r\n")
        with pytest.raises(OSError):
            for number in range(10_000):
                connection.sendall(b"X-%d: y\r\n" % number)
                time.sleep(SECONDS / 5)


def ask(connection: socket.socket) -> bytes:
    connection.sendall(b"GET /late HTTP/1.1\r\nHost: x\r\n\r\n")
    said = b""
    while not said.endswith(b"late"):
        piece = connection.recv(1000)
        assert piece, said
        said += piece
    return said


def test_a_slow_answer_is_waited_for_and_the_connection_kept(port: int) -> None:
    with open_connection(port) as connection:
        assert ask(connection).startswith(b"HTTP/1.1 200")
        assert ask(connection).startswith(b"HTTP/1.1 200")


def test_headers_that_stop_in_a_later_request_close_the_connection_too(port: int) -> None:
    with open_connection(port) as connection:
        ask(connection)
        connection.sendall(b"GET /la")
        assert connection.recv(1000) == b""
