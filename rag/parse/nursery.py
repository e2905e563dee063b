"""Many strangers' files, each in a child process of its own, at the price of a fork instead of a start.

In: bytes and a `Request`, one after another. Out: what `rag.parse.child.parse_apart` gives. A helper process that never
reads a stranger's byte itself forks a limited child for each file. Where the system can't fork (Windows), every file
gets a started process.

`python -m rag.parse.nursery` is the helper: lengths of 8 bytes, then that many, both ways.
"""

from __future__ import annotations

import os
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import IO

from rag.parse.child import (
    WALL_SECONDS,
    Request,
    answer_bytes,
    limit,
    pack_request,
    parse_apart,
    receive,
    too_slow,
)
from rag.parse.detect import MAX_BYTES
from rag.types import Document

_LENGTH = struct.Struct(">Q")
_GRACE = 1.5  # seconds for the helper itself, beyond the child's own time


class Nursery:
    """Reads files until it is closed; safe to use from many threads, one file at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._helper: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Nursery:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the helper."""
        with self._lock:
            self._end()

    def parse(self, data: bytes, request: Request) -> Document:
        """Read an original. Raises as `parse_apart`."""
        if sys.platform == "win32" or len(data) > MAX_BYTES:
            return parse_apart(data, request)
        with self._lock:
            try:
                answer = self._ask(pack_request(data, request))
            except (OSError, EOFError, TimeoutError):
                self._end()
                raise too_slow(request, WALL_SECONDS) from None
        return receive(answer, request)

    def _ask(self, question: bytes) -> bytes:
        if self._helper is None or self._helper.poll() is not None:
            self._helper = _start()
        if self._helper.stdin is None or self._helper.stdout is None:
            raise EOFError
        self._helper.stdin.write(_LENGTH.pack(len(question)) + question)
        self._helper.stdin.flush()
        deadline = time.monotonic() + WALL_SECONDS + _GRACE
        (length,) = _LENGTH.unpack(_read(self._helper.stdout, _LENGTH.size, deadline))
        return _read(self._helper.stdout, length, deadline)

    def _end(self) -> None:
        if self._helper is not None:
            self._helper.kill()
            self._helper.communicate()
            self._helper = None


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "rag.parse.nursery"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        cwd=Path(__file__).resolve().parent.parent.parent,
        env={"PYTHONUTF8": "1"},  # no keys of ours in a stranger's hands
    )


def _read(pipe: IO[bytes], length: int, deadline: float) -> bytes:
    """So many bytes. Raises EOFError where the helper has ended, TimeoutError past the deadline."""
    whole = bytearray()
    while len(whole) < length:
        if not select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise TimeoutError
        piece = pipe.read(min(length - len(whole), 1 << 20))
        if not piece:
            raise EOFError
        whole += piece
    return bytes(whole)


def _read_apart(question: bytes) -> bytes:
    """The answer of a forked and limited child; empty where its limits ended it."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(out)
        limit()
        signal.alarm(int(WALL_SECONDS))  # by default it ends the process, whatever that is busy with
        with os.fdopen(into, "wb") as pipe:
            pipe.write(answer_bytes(question))
        os._exit(0)
    os.close(into)
    with os.fdopen(out, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return answer


def main() -> int:
    """The helper's entry: ends when nobody asks any more."""
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    while len(head := stdin.read(_LENGTH.size)) == _LENGTH.size:
        answer = _read_apart(stdin.read(_LENGTH.unpack(head)[0]))
        stdout.write(_LENGTH.pack(len(answer)) + answer)
        stdout.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
