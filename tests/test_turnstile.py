"""What keeps the page quick under load: room for answers, judgements remembered, stops before there is a number."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from datetime import date

import gradio as gr
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from page_visitor import Visitor, messages
from scripted_bot import ScriptedBot

from ui.furniture import Terms
from ui.offers import Judge
from ui.page import build_page
from ui.server import create_app
from ui.stopping import complete_stop
from ui.texts import read_words
from ui.turnstile import Turnstile

TODAY = date(2026, 11, 23)
AGE = "何歳まで受けられますか"


def test_whoever_finds_no_room_is_told_and_a_place_is_free_again_whatever_happens() -> None:
    turned: list[int] = []
    turnstile = Turnstile(threads=1, most=2, count=lambda: turned.append(1))
    with turnstile.passing() as first, turnstile.passing() as second, turnstile.passing() as third:
        assert (first, second, third) == (True, True, False)
    with pytest.raises(ValueError), turnstile.passing():
        raise ValueError
    assert (turnstile.inside, len(turned)) == (0, 1)


def test_no_more_work_is_done_at_once_than_there_are_threads() -> None:
    lock, at_once, most = threading.Lock(), 0, 0

    def work() -> None:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        threading.Event().wait(0.01)
        with lock:
            at_once -= 1

    async def run() -> None:
        turnstile = Turnstile(threads=3, most=100)
        await asyncio.gather(*(turnstile.run(work) for _ in range(20)))

    asyncio.run(run())
    assert most == 3


def test_parts_come_one_by_one_and_end_with_who_asked_for_them() -> None:
    ended: list[bool] = []

    def count() -> Iterator[int]:
        try:
            yield from range(100)
        finally:
            ended.append(True)

    async def run() -> list[int]:
        seen = []
        async with aclosing(Turnstile(threads=1, most=1).iterate(count())) as parts:
            async for part in parts:
                seen.append(part)
                if part == 2:
                    break
        return seen

    assert asyncio.run(run()) == [0, 1, 2]
    assert ended == [True]


def test_a_page_with_no_room_says_so_at_once_and_gives_the_question_back() -> None:
    bot = ScriptedBot()
    page, translations = build_page(
        bot, bot.replies, today=lambda: TODAY, terms=Terms(), turnstile=Turnstile(threads=1, most=0)
    )
    app = gr.mount_gradio_app(FastAPI(), page, path="/", i18n=translations)
    with TestClient(app) as client:
        shown = Visitor(client, "roomless").ask(AGE)
    assert read_words("ja").say("busy") in messages(shown)[-1].replace("<wbr>", "")
    assert shown["ask"] == AGE
    assert bot.asked == []


class CountingBot(ScriptedBot):
    """Counts how often it is asked to judge."""

    judged = 0

    def has_answer(self, question: str, history: Sequence[str] = (), *, today: date) -> bool:
        self.judged += 1
        return super().has_answer(question, history, today=today)


def test_a_judgement_is_made_once_for_each_release_and_day() -> None:
    bot, day = CountingBot(), [TODAY]
    judge = Judge(bot, lambda: day[0])
    assert [judge.has_answer(AGE) for _ in range(5)] == [True] * 5
    assert bot.judged == 1
    assert judge.has_answer(AGE, ["ICT職とは"])  # also as a follow-up
    assert bot.judged == 2
    day[0] = date(2026, 11, 24)
    judge.has_answer(AGE)
    assert bot.judged == 3


def test_a_question_without_an_answer_is_not_judged_as_a_follow_up() -> None:
    bot = CountingBot()
    judge = Judge(bot, lambda: TODAY)
    assert not judge.has_answer("残業は平均何時間ですか", ["ICT職とは"])
    assert bot.judged == 1


def test_many_who_open_the_page_at_once_cost_one_look_at_the_examples() -> None:
    bot = CountingBot()
    judge = Judge(bot, lambda: TODAY)
    with ThreadPoolExecutor(8) as pool:
        looks = list(pool.map(lambda _: judge.have_answers([AGE, "ローテーション"]), range(8)))
    assert looks == [[True, True]] * 8
    assert bot.judged == 2


def test_judgements_remembered_are_bounded() -> None:
    bot = CountingBot()
    judge = Judge(bot, lambda: TODAY, most=2)
    for question in ("一", "二", "三", "一"):
        judge.has_answer(question)
    assert bot.judged == 4


@pytest.mark.parametrize(
    ("sent", "passed"),
    [
        (b'{"event_id":null,"session_hash":"a","fn_index":0}', {"event_id": "", "session_hash": "a", "fn_index": 0}),
        (b'{"session_hash":"a"}', {"event_id": "", "session_hash": "a"}),
    ],
)
def test_a_stop_without_a_number_is_given_an_empty_one(sent: bytes, passed: dict[str, object]) -> None:
    assert json.loads(complete_stop(sent)) == passed


@pytest.mark.parametrize("sent", [b'{"event_id":"x"}', b"[]", b"{", b"", b"[" * 50_000])
def test_every_other_stop_passes_as_it_is(sent: bytes) -> None:
    assert complete_stop(sent) == sent


def test_a_stop_before_there_is_a_number_is_taken() -> None:
    with TestClient(create_app(ScriptedBot(), today=lambda: TODAY)) as client:
        body = {"event_id": None, "session_hash": "early", "fn_index": 0}
        assert client.post("/gradio_api/cancel", json=body).json() == {"success": True}
        assert client.post("/gradio_api/reset", json={"event_id": None}).json() == {"success": True}
