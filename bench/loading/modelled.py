"""Visitors at one instant where a chat model writes the answers: what page and server add to the model's own time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bench import chat_models
from bench.chat_server import Reply
from bench.figures import Figure, find_percentile
from bench.loading.scenes import Stage, describe, explain, watch
from bench.loading.visitor import Outcome, Visitor

SLOW_SECONDS = 3.0


def answer_slowly(messages: Sequence[dict[str, Any]]) -> Reply:
    """A model that takes its time, then tells the truth."""
    return replace(chat_models.truthful(messages), delay=SLOW_SECONDS)


async def ask_model(stage: Stage) -> list[Figure]:
    """Everybody asks at once; abstentions need no model and are left out of the times."""
    visitors = [stage.crowd.visitor() for _ in range(stage.scale.in_flight)]
    for visitor in visitors:
        await visitor.open()
    await asyncio.sleep(stage.rest)
    seen = await watch(stage, [_ask(each, stage.question()) for each in visitors])
    await asyncio.gather(*(each.leave() for each in visitors))
    added = [o.whole - SLOW_SECONDS for o in seen.of("answered") if o.whole >= SLOW_SECONDS]
    name = f"{len(visitors)}人が同時に、{SLOW_SECONDS:g}秒のモデルへ"
    return [
        Figure(name=f"{name}({len(added)}問、p95の上乗せ)", value=find_percentile(added, 95), unit="s", goal=1),
        Figure(
            name=f"{name}(答えられない){explain(seen)}",
            value=len(seen.outcomes) - len(seen.of("answered")),
            unit="件",
            goal=0,
        ),
        *describe(seen),
    ]


async def _ask(visitor: Visitor, question: str) -> list[Outcome]:
    return [await visitor.ask(question)]
