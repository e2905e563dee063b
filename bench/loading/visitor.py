"""A visitor without a browser: the page's own protocol over HTTP, and the API, from an address of the visitor's own.

A question is asked as the page asks it: `queue/join`, the answer's server-sent events, then the same again for what
may be asked next. The heartbeat stays open as long as the tab. Several addresses come through one connection pool, as
through an operator's proxy that `ICTNAVI_TRUSTED_PROXIES` names. Nothing is judged here beyond answered or not.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from ipaddress import IPv4Address
from itertools import count
from typing import Any, Literal

import httpx

from ui.markup import escape_text
from ui.texts import read_words

PATIENCE = 60.0  # seconds for anything to arrive
FIRST_ADDRESS = int(IPv4Address("10.0.0.1"))
REFUSING = (429, 503)
Kind = Literal["answered", "refused", "failed"]
_addresses = count(FIRST_ADDRESS)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How one question went; seconds from the question to the first words, and to the end. `why` where it failed."""

    kind: Kind
    asked: float  # of the monotonic clock
    first: float
    whole: float
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event of the page as Gradio numbers it."""

    number: int
    trigger: int | None


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a visitor needs to know of the page: its events by name, and where the chat stands among the outputs."""

    events: Mapping[str, Event]
    chat: int

    @classmethod
    def read(cls, html: str) -> Page:
        """The events, as the page describes them to its own script."""
        found = re.search(r"window\.gradio_config = (\{.*?\});</script>", html, re.DOTALL)
        if found is None:
            raise SystemExit("ページに Gradio の設定がありません")
        config = json.loads(found.group(1))
        events = {d["api_name"]: Event(number=d["id"], trigger=d["targets"][0][0]) for d in config["dependencies"]}
        chat = next(c["id"] for c in config["components"] if c["props"].get("elem_id") == "chat")
        answer = next(d for d in config["dependencies"] if d["api_name"] == "answer")
        return cls(events=events, chat=answer["outputs"].index(chat))


class Crowd:
    """Makes visitors of one server, each with an address, a session and cookies of its own, on shared connections."""

    def __init__(self, address: str, page: Page) -> None:
        self.address, self.page = address, page
        none = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        self._transport = httpx.AsyncHTTPTransport(limits=none)

    def visitor(self) -> Visitor:
        """One more."""
        client = httpx.AsyncClient(
            base_url=self.address,
            transport=self._transport,
            trust_env=False,
            timeout=PATIENCE,
            headers={"X-Forwarded-For": str(IPv4Address(next(_addresses))), "Accept-Language": "ja"},
        )
        return Visitor(client, self.page)

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.aclose()


class Visitor:
    """One browser tab."""

    def __init__(self, client: httpx.AsyncClient, page: Page) -> None:
        self.client, self.page = client, page
        self.session = secrets.token_hex(6)
        self.turn = 1
        self._heart: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Open the page as a browser does: the page itself, the heartbeat, the events of loading."""
        (await self.client.get("/")).raise_for_status()
        self._heart = asyncio.create_task(self.beat())
        for name in ("greet", "check_chips"):
            await self._run(name, [None])

    async def beat(self) -> None:
        """Hold the heartbeat until cancelled, or closed from there."""
        with suppress(httpx.HTTPError):
            async with self.client.stream("GET", f"/gradio_api/heartbeat/{self.session}", timeout=None) as stream:
                async for _ in stream.aiter_bytes():
                    pass

    async def leave(self) -> None:
        """Close the tab."""
        if self._heart is not None:
            self._heart.cancel()
            with suppress(asyncio.CancelledError):
                await self._heart

    async def ask(self, question: str) -> Outcome:
        """Ask through the page; what may be asked next is fetched too, but not counted."""
        began, first = time.monotonic(), None
        mark = f'id=\\"answer-{self.turn}\\"'
        kind: Kind = "failed"
        why = "no end"
        try:
            async with self._joined("answer", [question, None, None]) as lines:
                async for line in lines:
                    if first is None and mark in line:
                        first = time.monotonic() - began
                    message = read_message(line)
                    if message.get("msg") == "process_completed":
                        kind, why = self._judge(message)
                        break
        except _Turned as turned:
            kind, why = turned.kind, turned.why
        except httpx.HTTPError as error:
            why = type(error).__name__
        whole = time.monotonic() - began
        if kind == "answered":
            self.turn += 1
            with suppress(_Turned, httpx.HTTPError):
                await self._run("offer", [None, None])
        return Outcome(kind=kind, asked=began, first=whole if first is None else first, whole=whole, why=why)

    async def ask_api(self, question: str) -> Outcome:
        """Ask through the API."""
        began = time.monotonic()
        kind: Kind = "failed"
        try:
            reply = await self.client.post("/api/ask", json={"question": question})
            kind = "answered" if reply.is_success else "refused" if reply.status_code in REFUSING else "failed"
            why = str(reply.status_code)
        except httpx.HTTPError as error:
            why = type(error).__name__
        whole = time.monotonic() - began
        return Outcome(kind=kind, asked=began, first=whole, whole=whole, why=why)

    def _judge(self, message: Mapping[str, Any]) -> tuple[Kind, str]:
        """Answered, or refused by the page's own remark, which stands where an answer would."""
        if not message["success"]:
            return "failed", "process_completed without success"
        shown = message["output"].get("data", [])[self.page.chat : self.page.chat + 1]
        said = json.dumps(shown, ensure_ascii=False)
        if f"answer-{self.turn}" in said:
            return "answered", ""
        refused = any(remark in said for remark in list_refusals())
        return ("refused", "remark") if refused else ("failed", "apology" if "remark failed" in said else said[:80])

    async def _run(self, name: str, data: list[Any]) -> None:
        async with self._joined(name, data) as lines:
            async for line in lines:
                if read_message(line).get("msg") == "process_completed":
                    return

    @asynccontextmanager
    async def _joined(self, name: str, data: list[Any]) -> AsyncIterator[AsyncIterator[str]]:
        event = self.page.events[name]
        body = {"data": data, "fn_index": event.number, "session_hash": self.session, "trigger_id": event.trigger}
        joined = await self.client.post("/gradio_api/queue/join", json=body)
        if not joined.is_success:
            raise _Turned(joined.status_code, "join")
        async with self.client.stream("GET", "/gradio_api/queue/data", params={"session_hash": self.session}) as stream:
            if not stream.is_success:
                raise _Turned(stream.status_code, "data")
            yield stream.aiter_lines()


class _Turned(Exception):
    """Turned away with a status, at one of the two steps; after the first the answer itself is lost."""

    def __init__(self, status: int, step: str) -> None:
        super().__init__(status, step)
        self.kind: Kind = "refused" if status in REFUSING and step == "join" else "failed"
        self.why = f"{step} {status}"


def list_refusals() -> list[str]:
    """What the page says instead of an answer where it takes no question now, as it stands in its markup."""
    words = read_words("ja")
    return [escape_text(words.say(name)) for name in ("busy", "too_many")]


def read_message(line: str) -> dict[str, Any]:
    """A line of the stream as Gradio's message; empty where it is none."""
    message: dict[str, Any] = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
    return message
