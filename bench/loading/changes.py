"""Visitors while something else is going on: a release is built and published, staff run an evaluation.

The other work runs where it does in operation, on the server's core: a build in a process of its own, an evaluation in
the server itself, started through the staff console.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import sys
import time
from typing import Any

import httpx

from bench.figures import Figure
from bench.loading.scenes import Stage, describe, explain, populate, watch
from bench.loading.visitor import Outcome, read_message
from bench.loading.watching import read_process
from bench.serving import make_environment
from rag.settings import ROOT, Settings

PROBE_PAUSE = 0.5
EVALUATED = "dev"
LONGEST = 600.0  # seconds an evaluation may take


async def publish_meanwhile(stage: Stage, settings: Settings, core: int | None) -> list[Figure]:
    """A build and a publication while the steady crowd asks; the pause is what the swap adds to one question."""
    before = read_process(stage.process)
    visits = populate(stage, stage.scale.during)
    stop = asyncio.Event()
    probes: list[Outcome] = []
    probing = asyncio.create_task(probe(stage, stop, probes))
    building = asyncio.create_task(build_and_publish(settings, core))
    seen = await watch(stage, visits)
    took = await building
    stop.set()
    await probing
    lost = len(seen.outcomes) - len(seen.of("answered")) + sum(p.kind != "answered" for p in probes)
    times = sorted(p.whole for p in probes)
    name, part = "公開のあいだ", stage.scale.say("during")
    ratio = seen.percentile(95) / stage.baseline[-1] if stage.baseline else float("nan")
    return [
        Figure(name="候補を作って公開する(ほかの質問と同じコアで)", value=took, unit="s"),
        Figure(name=f"{name}の質問(p95)", value=seen.percentile(95), unit="s", scale=part),
        Figure(name=f"{name}の質問(p95、いつもとの比)", value=ratio, unit="倍", goal=2, scale=part),
        Figure(name=f"{name}に答えられない{explain(seen)}", value=lost, unit="件", goal=0, scale=part),
        Figure(name="切り替わりの待ち(最長 − 中央値)", value=times[-1] - times[len(times) // 2], unit="s", goal=0.1),
        Figure(name="公開1回で増えたメモリ", value=read_process(stage.process).memory - before.memory, unit="MiB"),
        *describe(seen),
    ]


async def probe(stage: Stage, stop: asyncio.Event, into: list[Outcome]) -> None:
    """One question after another through the API, each from another address."""
    while not stop.is_set():
        into.append(await stage.crowd.visitor().ask_api(stage.question()))
        await asyncio.sleep(PROBE_PAUSE)


async def build_and_publish(settings: Settings, core: int | None) -> float:
    """`ictnavi corpus build`, then `release publish`, on the server's core; seconds for both."""
    began = time.monotonic()
    pin = ["taskset", "-c", str(core)] if core is not None else []
    for words in (["corpus", "build"], ["release", "publish"]):
        command = [*pin, sys.executable, "-m", "ui.cli", *words]
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=make_environment(settings), stdout=asyncio.subprocess.DEVNULL
        )
        if await process.wait():
            raise SystemExit(f"ictnavi {' '.join(words)} が失敗しました")
    return time.monotonic() - began


async def evaluate_meanwhile(stage: Stage, name: str, password: str) -> list[Figure]:
    """Staff run a set in the console, in the server's own process, while the steady crowd asks."""
    console = Console(stage.crowd.address)
    await console.log_in(name, password)
    running = asyncio.create_task(console.run(EVALUATED))
    seen = await watch(stage, populate(stage, stage.scale.during))
    finished = running.done()
    took = await running
    await console.client.aclose()
    lost = len(seen.outcomes) - len(seen.of("answered"))
    name, part = "評価のあいだ", stage.scale.say("during")
    ratio = seen.percentile(95) / stage.baseline[-1] if stage.baseline else float("nan")
    return [
        Figure(name=f"管理画面の評価({EVALUATED}{'' if finished else '、質問より長く続いた'})", value=took, unit="s"),
        Figure(name=f"{name}の質問(p95)", value=seen.percentile(95), unit="s", goal=2, scale=part),
        Figure(name=f"{name}の質問(p95、いつもとの比)", value=ratio, unit="倍", scale=part),
        Figure(name=f"{name}に答えられない{explain(seen)}", value=lost, unit="件", goal=0, scale=part),
        *describe(seen),
    ]


class Console:
    """One of the staff, with a browser's cookie and origin."""

    def __init__(self, address: str) -> None:
        self.client = httpx.AsyncClient(
            base_url=address, headers={"Origin": address, "X-Forwarded-For": "192.0.2.1"}, timeout=60, trust_env=False
        )
        self.session = secrets.token_hex(6)

    async def log_in(self, name: str, password: str) -> None:
        """The console's own form."""
        reply = await self.client.post("/staff/login", data={"name": name, "password": password})
        if reply.status_code != httpx.codes.SEE_OTHER:
            raise SystemExit(f"管理画面に入れません({reply.status_code})")

    async def run(self, case_set: str) -> float:
        """Run a set; seconds it took."""
        html = (await self.client.get("/staff/")).text
        found = re.search(r"window\.gradio_config = (\{.*?\});</script>", html, re.DOTALL)
        if found is None:
            raise SystemExit("管理画面に Gradio の設定がありません")
        config = json.loads(found.group(1))
        for event in config["dependencies"]:  # what fills the lists, of which a name must be one
            if any(target[1] == "load" for target in event["targets"]):
                await self._do(event, event["targets"][0][0], [None] * len(event["inputs"]))
        button = next(c["id"] for c in config["components"] if c["props"].get("elem_id") == "run")
        event = next(d for d in config["dependencies"] if [button, "click"] in d["targets"])
        began = time.monotonic()
        if not await self._do(event, button, [case_set]):
            raise SystemExit("評価が失敗しました")
        return time.monotonic() - began

    async def _do(self, event: dict[str, Any], trigger: int, data: list[Any]) -> bool:
        """Run one event of the console; whether it went through."""
        body = {"data": data, "fn_index": event["id"], "session_hash": self.session, "trigger_id": trigger}
        (await self.client.post("/staff/gradio_api/queue/join", json=body)).raise_for_status()
        address = "/staff/gradio_api/queue/data"
        async with self.client.stream("GET", address, params={"session_hash": self.session}, timeout=LONGEST) as stream:
            async for line in stream.aiter_lines():
                message = read_message(line)
                if message.get("msg") == "process_completed":
                    return bool(message["success"])
        return False
