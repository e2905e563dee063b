"""The API: `POST /api/ask` and `POST /api/ask/stream`, described at /api/openapi.json.

JSON in, the answer's one serial form (DESIGN §8) out, whole or sentence by sentence, or one sentence on what was wrong
with a fitting status. The bot is asked on threads of the API's own, a bounded number at a time. Bodies are bounded
before they come here (ui/guard.py). It keeps no conversation: the caller sends the former questions with each call.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Send

from rag.types import Answer, Sentence
from ui.api_forms import AnswerForm, Asking, ErrorForm
from ui.journal import REQUEST_ID, describe_error
from ui.limits import Rates
from ui.refusals import describe_refusal, refuse
from ui.turnstile import QUOTING, Turnstile
from ui.watched import ServedBot

LOG = logging.getLogger(__name__)
MOST_TURNS = 20  # former questions that count; older ones are left out
MOST_WAITING = 32  # questions being answered or waiting for a thread
WAIT_SECONDS = 2
CLOSED_SECONDS = 600  # after which it is worth asking a closed chat again
Closed = Callable[[], str | None]  # the message of the off switch, None while the chat is open
ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorForm, "description": "Not JSON"},
    408: {"model": ErrorForm, "description": "The body came too slowly"},
    413: {"model": ErrorForm, "description": "The body is too large (64 KiB)"},
    422: {"model": ErrorForm, "description": "JSON, but no question"},
    429: {"model": ErrorForm, "description": "Too many questions from this client; see Retry-After (seconds)"},
    500: {"model": ErrorForm, "description": "Something broke; the message carries the request's number"},
    503: {
        "model": ErrorForm,
        "description": "Too many questions at once, or the chat is closed; see Retry-After (seconds)",
    },
}
STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-sent events, each as soon as it is there: `sentence` (a SentenceForm) for each checked "
        "sentence, then `done` with the whole answer (an AnswerForm). Where something breaks in between, `error` (an "
        "ErrorForm) stands in place of `done`, and what was sent counts for nothing.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


class Refused(Exception):
    """A request that is not answered: status, phrase of texts.toml, and when to try again."""

    def __init__(self, status: int, phrase: str, *, retry_after: int | None = None, **values: object) -> None:
        super().__init__(phrase)
        self.status, self.phrase, self.retry_after, self.values = status, phrase, retry_after, values


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A question that was let in, and the user's former ones, oldest first."""

    question: str
    former: Sequence[str]


class Counter:
    """Takes questions one by one: limits, threads, and what may go wrong."""

    def __init__(
        self,
        bot: ServedBot,
        today: Callable[[], date],
        *,
        rates: Rates | None,
        question_limit: int,
        turnstile: Turnstile,
        closed: Closed,
    ) -> None:
        self.bot, self.today, self.rates = bot, today, rates
        self.question_limit, self.turnstile, self.closed = question_limit, turnstile, closed

    def take(self, asking: Asking, request: Request) -> Taken:
        """Let a question in, or Refused."""
        *former, question = asking.asked()
        if any(len(turn) > self.question_limit for turn in former):
            raise Refused(422, "turn_too_long", limit=f"{self.question_limit:,}")
        if (message := self.closed()) is not None:
            raise Refused(503, "closed", retry_after=CLOSED_SECONDS, message=message)
        refusal = self.rates.admit(request.client.host if request.client else None) if self.rates else None
        if refusal:
            raise Refused(refusal.status, refusal.kind, retry_after=refusal.retry_after)
        return Taken(question=question, former=former[-MOST_TURNS:])

    async def answer(self, taken: Taken) -> Answer:
        """The whole answer, or Refused."""
        with self._pass():
            try:
                return await self.turnstile.run(lambda: self.bot.ask(taken.question, taken.former, today=self.today()))
            except Exception as error:  # noqa: BLE001 - the outermost edge: logged with a number, shown without detail
                raise _broken(error) from None

    async def stream(self, taken: Taken) -> AsyncGenerator[Sentence | Answer]:
        """The sentences as they come, then the answer; Refused where it breaks."""
        with self._pass():
            try:
                parts = self.bot.stream(taken.question, taken.former, today=self.today())
                async with aclosing(self.turnstile.iterate(parts)) as coming:
                    async for part in coming:
                        yield part
            except Exception as error:  # noqa: BLE001 - as above
                raise _broken(error) from None

    @contextmanager
    def _pass(self) -> Iterator[None]:
        with self.turnstile.passing() as has_room:
            if not has_room:
                raise Refused(503, "busy", retry_after=WAIT_SECONDS)
            yield


def _broken(error: Exception) -> Refused:
    LOG.error("answering failed", extra={"facts": {"error": describe_error(error)}})
    return Refused(500, "failed", request_id=REQUEST_ID.get() or "-")


def create_api(
    bot: ServedBot,
    *,
    today: Callable[[], date],
    rates: Rates | None,
    question_limit: int,
    turnstile: Turnstile | None = None,
    address: str = "/api",
    closed: Closed = lambda: None,
) -> FastAPI:
    """The application to mount at /api; `question_limit` (characters) holds for each former question too.

    `turnstile` bounds how many are answered at once and may wait; `address` is where callers find it.
    """
    api = FastAPI(
        title="ICT職ナビ API",
        version="1",
        description="Answers about the Tokyo Metropolitan Government's ICT staff, each sentence with its source.",
        docs_url=None,
        redoc_url=None,
        servers=[{"url": address}],
        root_path_in_servers=False,
    )
    api.add_exception_handler(Refused, _tell_refusal)
    api.add_exception_handler(RequestValidationError, _tell_fault)
    api.add_exception_handler(400, _tell_fault)  # FastAPI's own, for what is not even text
    turnstile = turnstile or Turnstile(threads=QUOTING, most=MOST_WAITING)
    counter = Counter(bot, today, rates=rates, question_limit=question_limit, turnstile=turnstile, closed=closed)

    @api.post("/ask", response_model=AnswerForm, responses=ERRORS, operation_id="ask")
    async def answer(asking: Asking, request: Request) -> Response:
        """Answer one question, or say why not."""
        return JSONResponse((await counter.answer(counter.take(asking, request))).to_json())

    @api.post("/ask/stream", response_class=Response, responses={**ERRORS, **STREAM}, operation_id="askStream")
    async def stream(asking: Asking, request: Request) -> Response:
        """The same, each sentence as soon as it is checked; none is taken back."""
        parts = counter.stream(counter.take(asking, request))
        first = await anext(parts)  # what breaks before anything was said is a status, not an event
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return EventStream(_write_events(first, parts, request), media_type="text/event-stream", headers=headers)

    return api


class EventStream(StreamingResponse):
    """Ends what writes its events when the response ends, however that may be."""

    async def stream_response(self, send: Send) -> None:
        """Send until there is nothing more, or nobody listens."""
        assert isinstance(self.body_iterator, AsyncGenerator)
        async with aclosing(self.body_iterator):
            await super().stream_response(send)


async def _write_events(
    first: Sentence | Answer, others: AsyncGenerator[Sentence | Answer], request: Request
) -> AsyncGenerator[str]:
    """Server-sent events: the sentences, then the whole; or what broke in between."""
    async with aclosing(others):
        yield _write_part(first)
        try:
            async for part in others:
                yield _write_part(part)
        except Refused as refused:
            yield _event("error", describe_refusal(request.scope, refused.phrase, **refused.values))


def _write_part(part: Sentence | Answer) -> str:
    return _event("done" if isinstance(part, Answer) else "sentence", part.to_json())


def _event(name: str, content: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(content, ensure_ascii=False)}\n\n"


def _tell_refusal(request: Request, refused: Exception) -> Response:
    assert isinstance(refused, Refused)
    return refuse(request.scope, refused.status, refused.phrase, retry_after=refused.retry_after, **refused.values)


def _tell_fault(request: Request, fault: Exception) -> Response:
    """What is wrong with a body, without repeating it."""
    kinds = {each["type"] for each in fault.errors()} if isinstance(fault, RequestValidationError) else {"unread"}
    is_json = "json" in request.headers.get("content-type", "")
    readable = is_json and not kinds & {"unread", "json_invalid", "missing"}
    return refuse(request.scope, 422, "not_a_question") if readable else refuse(request.scope, 400, "not_json")
