"""Row 17: personal data in questions reaches no file, no log, no model; what is purged is gone from the bytes."""

from __future__ import annotations

import io
import json
import logging
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from running import TODAY
from scripted_bot import ScriptedBot

from bench.chat_models import truthful
from bench.chat_server import serving
from rag.bot import Bot
from rag.settings import Settings
from ui.journal import JsonLines, start_logging
from ui.keeping import Keeper
from ui.server import Surroundings, create_app
from ui.state import StateStore

WIDE = str.maketrans("0123456789-@.", "０１２３４５６７８９－＠．")
NOON = datetime(2026, 11, 23, 3, tzinfo=UTC)
FRAMES = (
    "{}です。何歳まで受けられますか",
    "私は{}。任期は何年ですか",
    "{}",
    "連絡先:{} 初任給は?",
    "please call {} about pay",
)


def make_seeds(count: int) -> list[tuple[str, str]]:
    """(as written, the part that no file may hold): six kinds in turn, each in a way of writing of its own."""
    draw = random.Random(17)
    seeds = []
    for number in range(count):
        d = "".join(draw.choices("0123456789", k=16))
        month, day, mark = draw.randint(1, 12), draw.randint(1, 28), draw.choice(["-", " ", "", "・"])
        plain = (
            f"090{mark}{d[:4]}{mark}{d[4:8]}",
            f"taro{d[:6]}@example{d[6:8]}.jp",
            f"{d[:4]}{mark}{d[4:8]}{mark}{d[8:12]}",
            f"4{d[:3]}{mark}{d[3:7]}{mark}{d[7:11]}{mark}{d[11:15]}",
            f"19{draw.randint(60, 99)}年{month}月{day}日生まれ",
            f"東京都杉並区阿佐谷南{draw.randint(10, 99)}-{draw.randint(10, 99)}-{draw.randint(10, 99)}",
        )[number % 6]
        written = plain.translate(WIDE) if number % 2 else plain
        secret = written.removesuffix("生まれ").removeprefix("東京都")
        seeds.append((written, secret))
    return seeds


class Place:
    """A served page that keeps its questions, and all that was written anywhere."""

    def __init__(self, home: Path) -> None:
        self.home, self.log, self.now = home, io.StringIO(), NOON
        self.keeper = Keeper(home, keep_days=30, now=lambda: self.now).start()
        around = Surroundings(store=self.keeper)
        self.client = TestClient(
            create_app(ScriptedBot(), today=lambda: date(2026, 11, 23), feedback=self.keeper, around=around)
        )

    def ask(self, questions: Sequence[str]) -> None:
        for question in questions:
            assert self.client.post("/api/ask", json={"question": question}).status_code == 200
            answer = ScriptedBot().ask(question, today=TODAY)
            self.keeper.keep_feedback(verdict="outdated", question=question, answer=answer, language="ja")
        self.keeper.wait()

    def written(self) -> str:
        files = b"".join(p.read_bytes() for p in sorted(self.home.rglob("*")) if p.is_file())
        return files.decode("utf-8", "replace") + self.log.getvalue()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    start_logging("debug")
    made = Place(tmp_path / "home")
    handler = logging.StreamHandler(made.log)
    handler.setFormatter(JsonLines())
    root.handlers = [handler]
    yield made
    made.keeper.close()
    root.handlers, root.level = before[0], before[1]


def find_left(seeds: Sequence[tuple[str, str]], text: str) -> list[str]:
    return [secret for _, secret in seeds if secret in text]


def ask_seeds(place: Place, count: int) -> tuple[list[str], int]:
    """(seeds that were found, bytes or rows left after thirty days)."""
    seeds = make_seeds(count)
    place.ask([FRAMES[n % len(FRAMES)].format(w) for n, (w, _) in enumerate(seeds)])
    left = find_left(seeds, place.written())
    assert "〔電話番号〕" in place.written() and place.log.getvalue()
    place.now += timedelta(days=32)
    place.ask(["残業は平均何時間ですか"])
    store = StateStore.open(place.home)
    rows = len(store.list_questions(limit=10_000)) + len(store.list_feedback(limit=10_000)) - 2
    store.close()
    return left, rows + place.written().count("〔電話番号〕")


def test_no_personal_data_is_written_anywhere(place: Place, record_row: Callable[..., None]) -> None:
    left, kept = ask_seeds(place, 36)
    record_row(
        17, bar="見つかる 0、消したあとの行 0", measured=f"{len(left)}、{kept}", scale="36件(記録・ログ・全ファイル)"
    )
    assert (left, kept) == ([], 0)


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_two_hundred_seeds_are_written_nowhere_and_sent_to_no_model(
    place: Place, small_settings: Settings, record_row: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    left, kept = ask_seeds(place, 200)
    monkeypatch.setenv("LANGSMITH_TRACING", "true")  # inherited from elsewhere; switched off by the product
    seeds = make_seeds(200)
    with serving(truthful) as server:
        through: dict[str, Any] = {"chat_model": "openai:m", "chat_base_url": server.url, "chat_daily_calls": 10**9}
        bot = Bot.open(small_settings.model_copy(update=through | {"chat_daily_tokens": 10**12}))
        for written, _ in seeds:
            bot.ask(f"{written}です。情報専門員は何歳まで受けられますか", [f"連絡先は{written}"], today=TODAY)
        bot.close()
        sent = json.dumps(server.requests, ensure_ascii=False)
        calls = len(server.requests)
    left += find_left(seeds, sent)
    assert calls >= 100
    record_row(
        17, bar="見つかる 0、消したあとの行 0", measured=f"{len(left)}、{kept}",
        scale=f"200件(記録・ログ・全ファイル)と、モデルへの{calls}回の送信",
    )  # fmt: skip
    assert (left, kept) == ([], 0)
