"""Row 9: no function of the console runs for the anonymous, the expired or a smaller role, by index or by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from scripted_bot import ScriptedBot
from starlette.routing import Mount

from rag.settings import Settings
from ui.server import Surroundings, create_app
from ui.staff.accounts import ROLES
from ui.staff.console import Staff
from ui.staff.guard import Guard, name_cookie
from ui.staff.sessions import IDLE_SECONDS

PASSWORD = "tsubame to kamome 7"
HERE = {"origin": "http://testserver"}


class Console:
    """A running application whose functions of the console are counted as they run, behind the guard."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.executed: list[str] = []
        allow = Guard.allow

        def count(guard: Guard, role: Any, function: Any, **more: Any) -> Any:
            @wraps(function)
            def counted(*values: Any, **named: Any) -> Any:
                self.executed.append(f"{role}:{function.__qualname__}")
                return function(*values, **named)

            return allow(guard, role, counted, **more)

        monkeypatch.setattr(Guard, "allow", count)
        home.mkdir()
        self.now = 0.0
        self.staff = Staff.of(Settings(home=home), lambda: date(2026, 11, 23))
        self.staff.sessions.clock = lambda: self.now
        self.app = create_app(ScriptedBot(), today=lambda: date(2026, 11, 23), around=Surroundings(staff=self.staff))
        mounted = next(r for r in self.app.routes if isinstance(r, Mount) and r.path == "/staff")
        self.functions = {n: f for n, f in mounted.app.get_blocks().fns.items() if f.fn is not None}  # type: ignore[attr-defined]
        self.higher = {n for n, f in self.functions.items() if getattr(f.fn, "required_role", "viewer") != ROLES[0]}

    def token(self, role: str) -> str:
        return self.staff.sessions.begin(self.staff.accounts.set("umi", role, PASSWORD))  # type: ignore[arg-type]


@pytest.fixture
def console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    yield Console(tmp_path / "home", monkeypatch)


def call(client: TestClient, number: int, function: Any, prefix: str) -> list[int]:
    """Every way to call a function: the queue by index, and the routes that go by name or by index."""
    body = {"data": [None] * len(function.inputs), "fn_index": number, "session_hash": f"s{number}", "trigger_id": None}
    name = function.api_name or f"fn{number}"
    statuses = [client.post(f"{prefix}/gradio_api/queue/join", json=body, headers=HERE).status_code]
    if statuses[0] == 200 and prefix:
        path = f"{prefix}/gradio_api/queue/data?session_hash=s{number}"
        with client.stream("GET", path, headers=HERE) as stream:
            done = [json.loads(line[5:]) for line in stream.iter_lines() if line.startswith("data:")]
        assert not any(m.get("success") for m in done)
    for path in (
        f"run/{name}",
        f"call/{name}",
        f"api/{name}",
        f"run/{number}",
        "component_server",
        f"queue/push/{name}",
    ):
        statuses.append(client.post(f"{prefix}/gradio_api/{path}", json=body, headers=HERE).status_code)
    return statuses


def call_all(console: Console, cookies: Sequence[str]) -> int:
    """Every function for those with these cookies, then what a viewer may not for a viewer; how often it was tried."""
    tried = 0
    with TestClient(console.app, follow_redirects=False) as client:
        for cookie in cookies:
            client.cookies.clear()
            if cookie:
                client.cookies.set(name_cookie(False), cookie)
            for number, function in console.functions.items():
                statuses = call(client, number, function, "/staff")
                assert set(statuses) <= {401, 403, 404, 405}, (function.fn, statuses)
                tried += len(statuses)
        body = {"data": [], "session_hash": "public", "trigger_id": None}
        for number in console.functions:  # the public page's queue knows none of them
            client.post("/gradio_api/queue/join", json=body | {"fn_index": number})
            tried += 1
        client.cookies.clear()
        client.cookies.set(name_cookie(False), console.token("viewer"))
        for number in sorted(console.higher):
            tried += len(call(client, number, console.functions[number], "/staff"))
    return tried


def judge(console: Console, cookies: Sequence[str], record_row: Callable[..., None]) -> None:
    tried = call_all(console, cookies)
    refusals = [e for e in console.staff.audit.read() if e.result == "権限なし"]
    record_row(
        9, bar="実行 0", measured=str(len(console.executed)),
        scale=f"{len(console.functions)}の機能 × 名前・番号 × {('匿名', '匿名・偽・期限切れ')[len(cookies) > 1]}・閲覧者、{tried}回",
    )  # fmt: skip
    assert console.executed == []
    assert len(refusals) >= len(console.higher) - 2 >= 8  # they did reach the guard


def test_no_function_of_the_console_runs_for_the_anonymous_or_a_viewer(
    console: Console, record_row: Callable[..., None]
) -> None:
    judge(console, [""], record_row)


@pytest.mark.full
def test_no_function_of_the_console_runs_for_whom_it_is_not(console: Console, record_row: Callable[..., None]) -> None:
    expired = console.token("publisher")
    console.now = IDLE_SECONDS + 1
    judge(console, ["", "x" * 43, expired], record_row)
