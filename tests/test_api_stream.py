"""The API's stream as it arrives: each sentence before the next is there, what breaks in between, who leaves early."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

import pytest
from fastapi import FastAPI
from scripted_bot import SECRET, ScriptedBot
from starlette.types import Message

from rag.types import Answer, Sentence
from ui.server import create_app

TODAY = date(2026, 11, 23)
SLOWLY = "少しずつ、何歳まで受けられますか"  # after the first sentence the bot waits at its gate
PATIENCE = 20


class BreakingBot(ScriptedBot):
    """Says one sentence and breaks, with words of the question in the error; or notes that it was ended."""

    ended = False

    def stream(self, question: str, history: Sequence[str] = (), *, today: date) -> Iterator[Sentence | Answer]:
        answer = self.ask("何歳まで", today=today)
        try:
            yield answer.sentences[0]
            if SECRET in question:
                raise ValueError(question)
            self.gate.wait(timeout=PATIENCE)
            yield answer.sentences[1]
        finally:
            self.ended = True


class Call:
    """One POST /api/ask/stream, spoken to the application itself: Starlette's test client gives answers out whole."""

    def __init__(self, app: FastAPI, question: str) -> None:
        body = json.dumps({"question": question}).encode()
        self.given: list[Message] = [{"type": "http.request", "body": body}]
        self.left = asyncio.Event()
        self.sent: asyncio.Queue[Message] = asyncio.Queue()
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
            "path": "/api/ask/stream", "raw_path": b"/api/ask/stream", "query_string": b"", "root_path": "",
            "headers": [(b"content-type", b"application/json")], "client": ("127.0.0.1", 1),
        }  # fmt: skip
        self.task = asyncio.create_task(app(scope, self._receive, self.sent.put))

    async def _receive(self) -> Message:
        if not self.given:
            await self.left.wait()
        return self.given.pop() if self.given else {"type": "http.disconnect"}

    async def event(self) -> tuple[str, dict[str, Any]]:
        """The next event: name and content."""
        message = await asyncio.wait_for(self.sent.get(), PATIENCE)
        if message["type"] == "http.response.start":
            assert message["status"] == 200
            return await self.event()
        name, content = message["body"].decode().strip().split("\n")
        return name.removeprefix("event: "), json.loads(content.removeprefix("data: "))

    async def rest(self) -> list[str]:
        """What else is sent, once the call is over."""
        await asyncio.wait_for(self.task, PATIENCE)
        bodies = [self.sent.get_nowait().get("body", b"") for _ in range(self.sent.qsize())]
        return [body.decode().split("\n")[0].removeprefix("event: ") for body in bodies if body]


def call(bot: ScriptedBot, question: str, use: Callable[[Call], Any]) -> None:
    """Ask, and let `use` look at what comes while it comes."""

    async def run() -> None:
        await use(Call(create_app(bot, today=lambda: TODAY), question))

    asyncio.run(run())


def test_a_sentence_is_sent_before_the_next_one_is_there() -> None:
    bot = ScriptedBot()

    async def use(call: Call) -> None:
        name, content = await call.event()
        assert (name, content) == ("sentence", bot.ask(SLOWLY, today=TODAY).sentences[0].to_json())
        await asyncio.sleep(0.05)
        assert call.sent.empty()  # the others wait at the gate
        bot.gate.set()
        assert await call.rest() == ["sentence", "sentence", "done"]

    call(bot, SLOWLY, use)


def test_what_breaks_in_between_is_an_event_without_words_of_the_question(caplog: pytest.LogCaptureFixture) -> None:
    async def use(call: Call) -> None:
        assert (await call.event())[0] == "sentence"
        name, content = await call.event()
        assert (name, content["error"]["code"]) == ("error", "failed")
        assert SECRET not in json.dumps(content, ensure_ascii=False)
        assert await call.rest() == []

    call(BreakingBot(), SECRET, use)
    assert SECRET not in caplog.text


def test_a_caller_who_leaves_ends_the_writing() -> None:
    bot = BreakingBot()

    async def use(call: Call) -> None:
        await call.event()
        call.left.set()
        await asyncio.sleep(0.05)
        bot.gate.set()
        assert "done" not in await call.rest()  # the sentence under way may still be sent, to nobody

    call(bot, "何歳まで", use)
    assert bot.ended
