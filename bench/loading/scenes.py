"""Many visitors at once: steady, all at one instant, ten times too many, and beside hundreds of idle connections.

Each scene is one coroutine from a `Stage` to its figures. Visitors keep to the limits the product ships with: what is
refused is part of what is measured.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import httpx

from bench.figures import Figure, find_percentile
from bench.loading.scale import Scale
from bench.loading.visitor import Crowd, Outcome, Visitor
from bench.loading.watching import Reading, read_process, share_of_core

HEALTH_PAUSE, HEALTH_GOAL = 0.25, 1.0
SLOW_PAUSE = 5.0
TURNS = 5  # questions of one talk, where visitors come and go


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A served page and who visits it; `baseline` is filled by the steady scene: p95 in seconds."""

    process: int
    crowd: Crowd
    questions: Sequence[str]
    scale: Scale
    draw: random.Random
    rest: float = 2.0  # seconds before what is measured begins
    baseline: list[float] = field(default_factory=list)

    def question(self) -> str:
        """Any of them."""
        return self.draw.choice(self.questions)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What came of a scene: every question, what /healthz took, and the server before and after."""

    outcomes: Sequence[Outcome]
    health: Sequence[float]
    before: Reading
    after: Reading
    own: float  # per cent of a core the driver used

    def of(self, kind: str) -> list[Outcome]:
        """The outcomes of one kind."""
        return [o for o in self.outcomes if o.kind == kind]

    def percentile(self, share: float, kind: str = "answered") -> float:
        """Seconds to the end; what never came counts as for ever."""
        times = [o.whole for o in self.of(kind)]
        return find_percentile(times, share) if times else float("inf")


async def watch(stage: Stage, visits: Sequence[Awaitable[list[Outcome]]]) -> Seen:
    """Run visits to their end, with an eye on the server and on this process."""
    before, own, began = read_process(stage.process), time.process_time(), time.monotonic()
    health: list[float] = []
    probing = asyncio.create_task(probe_health(stage, health))
    try:
        outcomes = [o for each in await asyncio.gather(*visits) for o in each]
    finally:
        probing.cancel()
    share = 100 * (time.process_time() - own) / (time.monotonic() - began)
    return Seen(outcomes=outcomes, health=health, before=before, after=read_process(stage.process), own=share)


async def probe_health(stage: Stage, into: list[float]) -> None:
    """Seconds /healthz takes, again and again until cancelled; a refusal or a broken connection takes for ever."""
    visitor = stage.crowd.visitor()
    while True:
        began = time.monotonic()
        try:
            answered = (await visitor.client.get("/healthz")).is_success
        except httpx.HTTPError:
            answered = False
        into.append(time.monotonic() - began if answered else float("inf"))
        await asyncio.sleep(HEALTH_PAUSE)


def describe(seen: Seen) -> list[Figure]:
    """What every scene tells of the two processes."""
    return [
        Figure(name="　サーバーのCPU(1コア中)", value=share_of_core(seen.before, seen.after), unit="%"),
        Figure(name="　測る側のCPU(1コア中)", value=seen.own, unit="%", goal=80),
        Figure(name="　/healthz(最長)", value=max(seen.health, default=float("inf")), unit="s", goal=HEALTH_GOAL),
    ]


def explain(seen: Seen) -> str:
    """Why questions failed, for the name of a figure."""
    reasons = Counter(o.why for o in seen.of("failed"))
    return f"({'、'.join(f'{why} {n}件' for why, n in reasons.most_common(3))})" if reasons else ""


async def visit(stage: Stage, until: float, think: float) -> list[Outcome]:
    """One tab: opened within the first thinking time, then a question now and then until the time is over."""
    visitor, outcomes = stage.crowd.visitor(), list[Outcome]()
    await asyncio.sleep(stage.draw.uniform(0, think))
    try:
        await visitor.open()
    except (httpx.HTTPError, Exception) as error:  # noqa: BLE001 - a page that doesn't open is an outcome
        return [Outcome(kind="failed", asked=time.monotonic(), first=0, whole=0, why=f"open {error!r:.60}")]
    while time.monotonic() < until:
        outcomes.append(await visitor.ask(stage.question()))
        await asyncio.sleep(stage.draw.uniform(0.5, 1.5) * think)
    await visitor.leave()
    return outcomes


def populate(stage: Stage, seconds: float) -> list[Awaitable[list[Outcome]]]:
    """The steady crowd for some seconds."""
    until = time.monotonic() + seconds
    return [visit(stage, until, stage.scale.think) for _ in range(stage.scale.sessions)]


async def count_costs(stage: Stage) -> list[Figure]:
    """What one visit and one question cost the server in processor time; holds on a busy machine too."""
    await _cost(stage, lambda: _open(stage), 2)  # what is made once
    visitors = [await _open(stage) for _ in range(4)]
    opening = await _cost(stage, lambda: _open(stage), 10)
    paged = await _cost(stage, lambda: visitors[stage.draw.randrange(4)].ask(stage.question()), 40)
    called = await _cost(stage, lambda: stage.crowd.visitor().ask_api(stage.question()), 40)
    await asyncio.gather(*(each.leave() for each in visitors))
    return [
        Figure(name="ページを1回開くときのサーバーのCPU", value=opening, unit="ms"),
        Figure(name="画面の1問(次の質問の提案も)のサーバーのCPU", value=paged, unit="ms"),
        Figure(name="APIの1問のサーバーのCPU", value=called, unit="ms"),
        Figure(name="CPU1コアで答えられる画面の質問", value=1000 / paged, unit="問/s"),
    ]


async def _open(stage: Stage) -> Visitor:
    visitor = stage.crowd.visitor()
    await visitor.open()
    return visitor


async def _cost(stage: Stage, work: Callable[[], Awaitable[object]], times: int) -> float:
    """Milliseconds of processor each, one after the other."""
    before = read_process(stage.process)
    for _ in range(times):
        await work()
    return 1000 * (read_process(stage.process).cpu - before.cpu) / times


async def hold_steady(stage: Stage) -> list[Figure]:
    """A hundred visitors who think for half a minute."""
    scale = stage.scale
    seen = await watch(stage, populate(stage, scale.steady))
    stage.baseline.append(seen.percentile(95))
    name = f"{scale.sessions}人が{scale.think:g}秒ごとに質問"
    part, firsts = scale.say("steady"), [o.first for o in seen.of("answered")]
    failed = 100 * (1 - len(seen.of("answered")) / max(1, len(seen.outcomes)))
    return [
        Figure(name=f"{name}(最初の文、p95)", value=find_percentile(firsts, 95), unit="s", goal=1, scale=part),
        Figure(name=f"{name}({len(firsts)}問、p95)", value=seen.percentile(95), unit="s", goal=2, scale=part),
        Figure(name=f"{name}(p99)", value=seen.percentile(99), unit="s", goal=4, scale=part),
        Figure(name=f"{name}(答えられない割合){explain(seen)}", value=failed, unit="%", goal=0.1, scale=part),
        *describe(seen),
    ]


async def burst(stage: Stage) -> list[Figure]:
    """Fifty visitors who have the page open ask at one instant."""
    visitors = [stage.crowd.visitor() for _ in range(stage.scale.burst)]
    for visitor in visitors:
        await visitor.open()
    await asyncio.sleep(stage.rest)
    seen = await watch(stage, [_once(each.ask(stage.question())) for each in visitors])
    await asyncio.gather(*(each.leave() for each in visitors))
    name = f"{len(visitors)}問を同時に"
    lost = len(visitors) - len(seen.of("answered"))
    return [
        Figure(name=f"{name}(最長)", value=seen.percentile(100), unit="s", goal=15),
        Figure(name=f"{name}(答えられない){explain(seen)}", value=lost, unit="件", goal=0),
        *describe(seen),
    ]


async def _once(asking: Awaitable[Outcome]) -> list[Outcome]:
    return [await asking]


async def overload(stage: Stage) -> list[Figure]:
    """Three hundred visitors, ten times the steady rate: most must be refused, at once and in words."""
    scale = stage.scale
    think = scale.crowd * scale.think / (10 * scale.sessions)
    until = time.monotonic() + scale.overload
    seen = await watch(stage, [visit(stage, until, think) for _ in range(scale.crowd)])
    recovery = await time_recovery(stage)
    rate = len(seen.outcomes) / (seen.after.at - seen.before.at)
    name, part = f"{scale.crowd}人が{think:g}秒ごとに質問", scale.say("overload")
    answered, refused, failed = (len(seen.of(kind)) for kind in ("answered", "refused", "failed"))
    return [
        Figure(name=f"{name}(質問の数)", value=rate, unit="問/s"),
        Figure(name=f"{name}(答えた)", value=answered, unit="件"),
        Figure(name=f"{name}(答えた、p95)", value=seen.percentile(95), unit="s"),
        Figure(name=f"{name}(断った)", value=refused, unit="件"),
        Figure(name=f"{name}(断るまで、p95)", value=seen.percentile(95, "refused"), unit="s", goal=1, scale=part),
        Figure(name=f"{name}(断るまで、最長)", value=seen.percentile(100, "refused"), unit="s"),
        Figure(name=f"{name}(どちらでもない){explain(seen)}", value=failed, unit="件", goal=0, scale=part),
        Figure(name=f"{name}(そのあと元に戻るまで)", value=recovery, unit="s", goal=30, scale=part),
        *describe(seen),
    ]


async def time_recovery(stage: Stage, least: float = 2.0, patience: float = 90.0) -> float:
    """Seconds until a new visitor is answered within `least` seconds."""
    began = time.monotonic()
    while time.monotonic() - began < patience:
        visitor = stage.crowd.visitor()
        with suppress(Exception):  # a page that does not open yet
            await visitor.open()
            outcome = await visitor.ask(stage.question())
            await visitor.leave()
            if outcome.kind == "answered" and outcome.whole <= least:
                return time.monotonic() - began - outcome.whole
        await asyncio.sleep(0.5)
    return float("inf")


async def ask_alone(stage: Stage, questions: int) -> list[Outcome]:
    """One question after another, a new visitor every few questions."""
    outcomes: list[Outcome] = []
    while len(outcomes) < questions:
        visitor = stage.crowd.visitor()
        await visitor.open()
        for _ in range(min(TURNS, questions - len(outcomes))):
            outcomes.append(await visitor.ask(stage.question()))
            await asyncio.sleep(0.2)
        await visitor.leave()
    return outcomes


async def sit_idle(stage: Stage) -> list[Figure]:
    """One visitor alone, then beside hundreds of tabs that do nothing and connections that never finish a request."""
    scale = stage.scale
    before = await watch(stage, [ask_alone(stage, scale.alone)])
    tabs = [stage.crowd.visitor() for _ in range(scale.streams)]
    idle = [asyncio.create_task(tab.beat()) for tab in tabs]
    idle += [asyncio.create_task(dawdle(stage.crowd.address)) for _ in range(scale.slow)]
    await asyncio.sleep(stage.rest)
    try:
        seen = await watch(stage, [ask_alone(stage, scale.alone)])
        held = sum(not each.done() for each in idle)
    finally:
        for each in idle:
            each.cancel()
        await asyncio.gather(*idle, return_exceptions=True)
    name, part = "1人で続けて質問", scale.say("alone")
    beside = f"{held}本の動かない接続のそば"
    ratio = seen.percentile(95) / before.percentile(95)
    lost = len(seen.outcomes) - len(seen.of("answered"))
    return [
        Figure(name=f"{name}(p50)", value=before.percentile(50), unit="s", goal=0.3, scale=part),
        Figure(name=f"{name}(p95)", value=before.percentile(95), unit="s", goal=0.8, scale=part),
        Figure(name=f"{name}、{beside}(p95)", value=seen.percentile(95), unit="s", scale=part),
        Figure(name=f"{name}、{beside}(p95の比)", value=ratio, unit="倍", goal=2, scale=part),
        Figure(name=f"{name}、{beside}(答えられない){explain(seen)}", value=lost, unit="件", goal=0, scale=part),
        *describe(seen),
    ]


async def dawdle(address: str) -> None:
    """Send a header now and then and never end them; come back each time the server has enough."""
    url = httpx.URL(address)
    while True:
        with suppress(OSError):
            _, writer = await asyncio.open_connection(url.host, url.port)
            try:
                writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n")
                while not writer.is_closing():
                    await asyncio.sleep(SLOW_PAUSE)
                    writer.write(b"X-A: b\r\n")
                    await writer.drain()
            finally:
                writer.close()
        await asyncio.sleep(0.1)
