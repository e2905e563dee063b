"""The served page under load: many visitors on one core, the server on the other, beside what was promised.

`measure_load` yields the figures of every scene; `python -m bench.loading` runs them alone and shows the table. Needs
two cores to pin the two processes apart; with one they share it, and the first line of the table says so.
"""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence

from bench.chat_server import serving
from bench.figures import Figure
from bench.loading.changes import evaluate_meanwhile, publish_meanwhile
from bench.loading.modelled import answer_slowly, ask_model
from bench.loading.scale import Scale
from bench.loading.scenes import Stage, burst, count_costs, hold_steady, overload, sit_idle
from bench.loading.soaking import soak
from bench.loading.visitor import Crowd, Page
from bench.loading.watching import pinned
from bench.serving import started, wait_for_page
from rag.settings import Settings
from ui.staff.accounts import Accounts

STAFF = "bench"
SETTLE_SECONDS = 5.0  # between scenes
SCENES = ("cost", "steady", "burst", "overload", "idle", "publish", "evaluation", "soak", "model")
MODEL = ("chat_model", "chat_base_url", "chat_daily_calls", "chat_daily_tokens")
Scene = Callable[[Stage], Awaitable[list[Figure]]]


def measure_load(
    settings: Settings, questions: Sequence[str], *, scale: Scale, seed: int, only: Sequence[str] = ()
) -> Iterator[Figure]:
    """The figures of the scenes named by `only`, or of all; `settings` name a folder with a published release."""
    password = secrets.token_urlsafe(16)
    Accounts(settings.home).set(STAFF, "editor", password)
    with pinned() as cores:
        yield Figure(name="負荷: 分けて使えるコア", value=2 if cores else 1, unit="個")
        core = cores[1] if cores else None
        scenes: dict[str, Scene] = {
            "cost": count_costs,
            "steady": hold_steady,
            "burst": burst,
            "overload": overload,
            "idle": sit_idle,
            "publish": lambda stage: publish_meanwhile(stage, settings, core),
            "evaluation": lambda stage: evaluate_meanwhile(stage, STAFF, password),
            "soak": soak,
        }
        chosen = [scene for name, scene in scenes.items() if not only or name in only]
        if chosen:
            yield from _run(settings, questions, scale, seed, core, chosen)
        if not only or "model" in only:
            with serving(answer_slowly) as server:
                slow = {"chat_model": "openai:m", "chat_base_url": server.url, "chat_daily_calls": 10**9}
                through = settings.model_copy(update={**slow, "chat_daily_tokens": 10**12})
                yield from _run(through, questions, scale, seed, core, [ask_model])


def _run(
    settings: Settings,
    questions: Sequence[str],
    scale: Scale,
    seed: int,
    core: int | None,
    scenes: Sequence[Scene],
) -> Iterator[Figure]:
    """The scenes, one after the other, on one server with the limits the product ships with."""
    more: dict[str, object] = {"trusted_proxies": "127.0.0.1"}
    if settings.chat_model:
        more |= {name: getattr(settings, name) for name in MODEL}
    with started(settings, **more) as (process, address), asyncio.Runner() as runner:
        if core is not None:
            os.sched_setaffinity(process.pid, {core})
        page = Page.read(wait_for_page(process, address))
        crowd = Crowd(address, page)
        stage = Stage(process=process.pid, crowd=crowd, questions=questions, scale=scale, draw=random.Random(seed))
        for scene in scenes:
            yield from runner.run(scene(stage))
            time.sleep(SETTLE_SECONDS)
        runner.run(crowd.close())
