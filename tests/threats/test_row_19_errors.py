"""Row 19: an exception's words reach no response of the page, the API or the probes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import pytest
from fastapi.testclient import TestClient
from page_visitor import Visitor
from scripted_bot import SECRET, ScriptedBot

from rag.types import Answer, IctnaviError, StorageError
from ui.server import create_app

KINDS = (
    IctnaviError,
    StorageError,
    RuntimeError,
    ValueError,
    KeyError,
    OSError,
    MemoryError,
    RecursionError,
    TypeError,
)


class FailingBot(ScriptedBot):
    """Raises the next kind of exception at each question; its text holds a secret."""

    count = 0

    def ask(self, question: str, history: Sequence[str] = (), *, today: date) -> Answer:
        """Never an answer."""
        type(self).count += 1
        raise KINDS[self.count % len(KINDS)](f"{SECRET} /srv/secret.py line 7: {question}")


def fail_often(times: int) -> tuple[int, int]:
    """(failures, responses that tell something)."""
    client = TestClient(create_app(FailingBot(), today=lambda: date(2026, 11, 23)), raise_server_exceptions=False)
    said = []
    with client:
        visitor = Visitor(client, "failing")
        for number in range(times):
            path = ("/api/ask", "/api/ask/stream")[number % 2]
            said.append(client.post(path, json={"question": "何歳まで"}).text)
        for _ in range(max(3, times // 10)):
            said.append(visitor.ask("何歳まで")["raw"])
        said.append(client.get("/readyz").text)
    return len(said), sum(any(word in text for word in (SECRET, "Traceback", "secret.py", "Error:")) for text in said)


def test_no_exception_tells_anything(record_row: Callable[..., None]) -> None:
    failures, telling = fail_often(20)
    record_row(19, bar="漏れ 0", measured=str(telling), scale=f"{failures}回")
    assert telling == 0


@pytest.mark.full
def test_no_exception_of_a_hundred_tells_anything(record_row: Callable[..., None]) -> None:
    failures, telling = fail_often(100)
    record_row(
        19, bar="漏れ 0", measured=str(telling), scale=f"例外 {failures}回({len(KINDS)}種、API・流し・画面・/readyz)"
    )
    assert failures >= 100
    assert telling == 0
