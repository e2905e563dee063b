"""The load driver against a real server of a scripted bot: it speaks the page's protocol, and tells answers apart."""

from __future__ import annotations

import asyncio
import os
import random
import threading
import time
from collections.abc import Iterator
from datetime import date

import httpx
import pytest
import uvicorn
from scripted_bot import ScriptedBot

from bench.loading.scale import FULL, SHORT, Scale
from bench.loading.scenes import Stage, burst
from bench.loading.soaking import slope_of
from bench.loading.visitor import Crowd, Outcome, Page, Visitor
from ui.limits import Rates
from ui.server import Surroundings, create_app

TODAY = date(2026, 11, 23)
AGE = "何歳まで受けられますか"


@pytest.fixture(scope="module")
def crowd() -> Iterator[Crowd]:
    """Visitors of a page that takes two questions a minute from each address its proxy names."""
    around = Surroundings(proxies=["127.0.0.1"], questions=Rates(per_client=2, overall=1000))
    app = create_app(ScriptedBot(), today=lambda: TODAY, around=around)
    server = uvicorn.Server(uvicorn.Config(app, port=0, ws="none", log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield Crowd(address, Page.read(httpx.get(address, trust_env=False).text))
    server.should_exit = True
    thread.join(timeout=10)


async def visit(visitor: Visitor, *questions: str) -> list[Outcome]:
    await visitor.open()
    outcomes = [await visitor.ask(question) for question in questions]
    await visitor.leave()
    return outcomes


def test_a_visitor_is_answered_then_refused_and_another_address_is_not(crowd: Crowd) -> None:
    async def run() -> list[list[Outcome]]:
        here = Crowd(crowd.address, crowd.page)
        try:
            return [await visit(here.visitor(), AGE, AGE, AGE), await visit(here.visitor(), AGE, "故障")]
        finally:
            await here.close()

    (first, second, third), (other, broken) = asyncio.run(run())
    assert [o.kind for o in (first, second, third, other)] == ["answered", "answered", "refused", "answered"]
    assert (broken.kind, broken.why) == ("failed", "apology")
    assert 0 < first.first <= first.whole


def test_the_api_is_asked_too(crowd: Crowd) -> None:
    async def run() -> list[Outcome]:
        here = Crowd(crowd.address, crowd.page)
        visitor = here.visitor()
        try:
            return [await visitor.ask_api(AGE) for _ in range(3)]
        finally:
            await here.close()

    assert [o.kind for o in asyncio.run(run())] == ["answered", "answered", "refused"]


def test_a_scene_gives_its_figures_with_the_promise_beside_them(crowd: Crowd) -> None:
    async def run() -> list[str]:
        here = Crowd(crowd.address, crowd.page)
        stage = Stage(
            process=os.getpid(), crowd=here, questions=[AGE], scale=Scale(burst=3), draw=random.Random(1), rest=0.0
        )
        try:
            figures = await burst(stage)
        finally:
            await here.close()
        assert all(figure.met for figure in figures if figure.unit == "件")
        return [figure.name for figure in figures]

    assert asyncio.run(run())[0].startswith("3問を同時に")


def test_the_scale_used_is_said_where_it_is_not_the_whole() -> None:
    assert FULL.say("steady") == ""
    assert SHORT.say("steady") == "60/600"


def test_a_slope_is_growth_a_second() -> None:
    assert slope_of([10, 11, 12, 13], [1.0, 3.0, 5.0, 7.0]) == pytest.approx(2.0)
