"""Row 15: large messages, made-up addresses and the day's allowance. How the page bears load is measured by `make bench`."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from fastapi.testclient import TestClient
from scripted_bot import ScriptedBot

from ui.budget import Budget
from ui.limits import Rates
from ui.server import Surroundings, create_app

AGE = "何歳まで受けられますか"


def make_client(rates: Rates) -> TestClient:
    around = Surroundings(questions=rates, requests=Rates(per_client=10_000, overall=100_000))
    return TestClient(create_app(ScriptedBot(), today=lambda: date(2026, 11, 23), around=around))


def test_floods_are_bounded_and_spending_stops_at_its_bound(tmp_path: Path, record_row: Callable[..., None]) -> None:
    client = make_client(Rates(per_client=5, overall=10_000))
    body = b'{"question": "' + b"a" * (1 << 20) + b'"}'
    client.post("/api/ask", content=body)
    began = time.thread_time()
    statuses = {
        client.post(path, content=body, headers={"content-type": "application/json"}).status_code
        for path in ("/api/ask", "/api/ask/stream", "/gradio_api/queue/join")
    }
    each = 1000 * (time.thread_time() - began) / 3
    admitted = 0
    for number in range(60):
        headers = {
            "x-forwarded-for": f"6.6.6.{number}",
            "forwarded": f"for=6.6.6.{number}",
            "x-real-ip": f"7.7.7.{number}",
        }
        admitted += client.post("/api/ask", json={"question": AGE}, headers=headers).status_code == 200
    noon = datetime(2026, 11, 23, 3, tzinfo=UTC)
    account = Budget(tmp_path, name="chat", calls_a_day=1000, tokens_a_day=950, now=lambda: noon)
    spent = sum(100 for _ in range(30) if account.spend(100))
    record_row(
        15, bar="1 MiB は 100 ms以下で断る、偽のアドレスで増える質問 0、上限を超える使用は1回分以下",
        measured=f"{each:.0f} ms、{admitted - 5}、{max(0, spent - 950)}",
        scale="1 MiB × 3つの入口、60の偽アドレス、30回の使用。負荷は bench の表",
    )  # fmt: skip
    assert statuses == {413}
    assert each <= 100
    assert (admitted, spent) == (5, 900)


def test_a_message_over_the_limit_is_refused_by_the_server_too(tmp_path: Path) -> None:
    client = make_client(Rates(per_client=100, overall=100))
    answer = client.post("/api/ask", json={"question": "あ" * 1001})
    assert answer.json()["abstained"]["reason"] == "too_long"
