"""A local HTTP server that speaks OpenAI's chat API, streaming too, with a scripted model behind it.

In: a behaviour (messages -> `Reply`). Out: an address for ICTNAVI_CHAT_BASE_URL, and what was received. The client is
the real one (langchain-openai); only the model is made up.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from rag.settings import ROOT

PIECE = 9  # characters a chunk


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the model does. `delay` in seconds before the first chunk, `pause` between chunks.

    `cut`: the connection drops after so many characters; `endless`: the text is repeated until the client leaves;
    `raw`: a body that is no JSON.
    """

    text: str = ""
    status: int = 200
    delay: float = 0.0
    pause: float = 0.0
    cut: int | None = None
    endless: bool = False
    raw: bytes | None = None
    finish: str = "stop"


Behaviour = Callable[[Sequence[dict[str, Any]]], Reply]


@dataclass(kw_only=True)
class Served:
    """A running server: its address and the requests it got, each the parsed body with the headers beside it."""

    url: str
    requests: list[dict[str, Any]]

    def settings(self) -> dict[str, object]:
        """The settings by which a bot reaches this server, without the day's limit."""
        return {
            "chat_model": "openai:m",
            "chat_base_url": self.url,
            "chat_daily_calls": 10**9,
            "chat_daily_tokens": 10**12,
        }


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, behaviour: Behaviour) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behaviour, self.received = behaviour, []

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves is part of what is tested."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.received.append({**body, "path": self.path})
        reply = self.server.behaviour(body["messages"])
        time.sleep(reply.delay)
        if reply.status != 200:
            self._whole(json.dumps({"error": {"message": "no", "type": "x"}}).encode(), status=reply.status)
        elif reply.raw is not None:
            self._whole(reply.raw)
        elif body.get("stream"):
            self._stream(reply)
        else:
            self._whole(json.dumps(_completion(reply)).encode())

    def _whole(self, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, reply: Reply) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        written = 0
        while True:
            for at in range(0, len(reply.text), PIECE):
                if reply.cut is not None and written >= reply.cut:
                    return
                piece = reply.text[at : at + PIECE]
                self._event({"delta": {"role": "assistant", "content": piece}, "finish_reason": None})
                written += len(piece)
                time.sleep(reply.pause)
            if not reply.endless:
                break
        self._event({"delta": {}, "finish_reason": reply.finish})
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, choice: dict[str, Any]) -> None:
        chunk = {
            "id": "c",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": "m",
            "choices": [{"index": 0, **choice}],
        }
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()


def _completion(reply: Reply) -> dict[str, Any]:
    message = {"role": "assistant", "content": reply.text}
    return {
        "id": "c", "object": "chat.completion", "created": 0, "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": reply.finish}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }  # fmt: skip


@contextmanager
def serving_apart(name: str, *, delay: float = 0.0) -> Iterator[Served]:
    """One of `bench.chat_models` in a process of its own, until the block ends; what it got is not known here."""
    command = [sys.executable, "-m", "bench.chat_models", name, "--delay", str(delay)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Served(url=process.stdout.readline().strip().rpartition("=")[2], requests=[])
        finally:
            process.terminate()


@contextmanager
def serving(behaviour: Behaviour) -> Iterator[Served]:
    """The server, on a free port, until the block ends."""
    server = _Server(behaviour)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Served(url=f"http://127.0.0.1:{server.server_port}/v1", requests=server.received)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
