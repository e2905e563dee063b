"""A quarter of an hour of ordinary use: does memory, the number of threads or open files, or the time grow?

Visitors come, ask a few questions and go, twice a second in all. Slopes are straight lines through the readings after
the warm-up (the first third), by least squares.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import numpy as np

from bench.figures import Figure, find_percentile
from bench.loading.scenes import TURNS, Stage, describe, explain, watch
from bench.loading.visitor import Outcome
from bench.loading.watching import Reading, read_process

READ_PAUSE = 5.0


async def soak(stage: Stage) -> list[Figure]:
    """The figures; `rate` questions a second for `soak` seconds."""
    scale, readings = stage.scale, list[Reading]()
    until = time.monotonic() + scale.soak
    streams = max(1, round(2 * scale.rate))  # each asks every two seconds
    reading = asyncio.create_task(read_on(stage, readings))
    seen = await watch(stage, [come_and_go(stage, until, streams / scale.rate) for _ in range(streams)])
    reading.cancel()
    warm = readings[len(readings) // 3 :]
    answered = sorted(seen.of("answered"), key=lambda o: o.asked)
    early, late = answered[len(answered) // 3 : 2 * len(answered) // 3], answered[2 * len(answered) // 3 :]
    drift = 100 * (_p95(late) / _p95(early) - 1)
    per_second = len(answered) / max(1.0, readings[-1].at - readings[0].at)
    slope = slope_of([r.at for r in warm], [r.memory for r in warm]) / per_second * 1000
    name, part = f"{scale.rate:g}問/秒を{scale.soak:g}秒({len(answered)}問)", f"{scale.say('soak')} 秒".strip(" 秒")
    return [
        Figure(name=f"{name}: メモリ", value=readings[-1].memory, unit="MiB", goal=1024, scale=part),
        Figure(name=f"{name}: メモリの傾き(1,000問あたり)", value=slope, unit="MiB", goal=1, scale=part),
        Figure(name=f"{name}: 開いているファイルの増減", value=_grown(warm, "files"), unit="個", goal=5, scale=part),
        Figure(name=f"{name}: スレッドの増減", value=_grown(warm, "threads"), unit="個", goal=2, scale=part),
        Figure(name=f"{name}: p95の伸び", value=drift, unit="%", goal=10, scale=part),
        Figure(
            name=f"{name}: 答えられない{explain(seen)}",
            value=len(seen.outcomes) - len(answered),
            unit="件",
            goal=0,
            scale=part,
        ),
        *describe(seen),
    ]


async def read_on(stage: Stage, into: list[Reading]) -> None:
    """A reading now and then until cancelled."""
    while True:
        into.append(read_process(stage.process))
        await asyncio.sleep(READ_PAUSE)


async def come_and_go(stage: Stage, until: float, pause: float) -> list[Outcome]:
    """One visitor after another, a question every `pause` seconds."""
    outcomes: list[Outcome] = []
    await asyncio.sleep(stage.draw.uniform(0, pause))
    while time.monotonic() < until:
        visitor = stage.crowd.visitor()
        await visitor.open()
        for _ in range(TURNS):
            due = time.monotonic() + pause
            outcomes.append(await visitor.ask(stage.question()))
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        await visitor.leave()
    return outcomes


def slope_of(times: Sequence[float], values: Sequence[float]) -> float:
    """Growth a second, by least squares."""
    return float(np.polyfit(np.asarray(times) - times[0], np.asarray(values), 1)[0]) if len(times) > 1 else 0.0


def _p95(outcomes: Sequence[Outcome]) -> float:
    return find_percentile([o.whole for o in outcomes], 95)


def _grown(readings: Sequence[Reading], name: str) -> float:
    """The mean of the last quarter less that of the first: a count goes up and down with every connection."""
    values = [getattr(r, name) for r in readings]
    quarter = max(1, len(values) // 4)
    return float(np.mean(values[-quarter:]) - np.mean(values[:quarter]))
