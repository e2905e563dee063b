"""The API: `POST /api/ask` and `POST /api/ask/stream`, described at /api/openapi.json.

JSON in, the answer's one serial form (DESIGN §8) out, or one sentence on what was wrong with a fitting status. The bot
is asked on threads of the API's own, a bounded number at a time. Bodies are bounded before they come here
(ui/guard.py). It keeps no conversation: the caller sends the former questions with each call.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import anyio
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse

from rag.types import Answer
from ui.api_forms import AnswerForm, Asking, ErrorForm
from ui.journal import REQUEST_ID, describe_error
from ui.limits import Rates
from ui.refusals import refuse

LOG = logging.getLogger(__name__)
MOST_TURNS = 20  # former questions that count; older ones are left out
THREADS = 4
MOST_WAITING = 32  # questions being answered or waiting for a thread
WAIT_SECONDS = 2
CLOSED_SECONDS = 600  # after which it is worth asking a closed chat again
Ask = Callable[[str, Sequence[str]], Answer]
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
        "description": "Server-sent events: `sentence` for each checked sentence, then `done` with the whole answer",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


class Refused(Exception):
    """A request that is not answered: status, phrase of texts.toml, and when to try again."""

    def __init__(self, status: int, phrase: str, *, retry_after: int | None = None, **values: object) -> None:
        super().__init__(phrase)
        self.status, self.phrase, self.retry_after, self.values = status, phrase, retry_after, values


class Counter:
    """Takes questions one by one: limits, threads, and what may go wrong."""

    def __init__(self, ask: Ask, rates: Rates | None, question_limit: int, closed: Closed) -> None:
        self.ask, self.rates, self.question_limit, self.closed = ask, rates, question_limit, closed
        self.threads = anyio.CapacityLimiter(THREADS)
        self.taken = 0  # being answered, or waiting for a thread

    async def serve(self, asking: Asking, request: Request) -> Answer:
        """The answer, or Refused."""
        *former, question = asking.asked()
        if any(len(turn) > self.question_limit for turn in former):
            raise Refused(422, "turn_too_long", limit=f"{self.question_limit:,}")
        if (message := self.closed()) is not None:
            raise Refused(503, "closed", retry_after=CLOSED_SECONDS, message=message)
        refusal = self.rates.admit(request.client.host if request.client else None) if self.rates else None
        if refusal:
            raise Refused(refusal.status, refusal.kind, retry_after=refusal.retry_after)
        if self.taken >= MOST_WAITING:
            raise Refused(503, "busy", retry_after=WAIT_SECONDS)
        self.taken += 1
        try:
            return await anyio.to_thread.run_sync(self.ask, question, former[-MOST_TURNS:], limiter=self.threads)
        except Exception as error:  # noqa: BLE001 - the outermost edge: logged with a number, shown without detail
            LOG.error("answering failed", extra={"facts": {"error": describe_error(error)}})
            raise Refused(500, "failed", request_id=REQUEST_ID.get() or "-") from None
        finally:
            self.taken -= 1


def create_api(
    ask: Ask,
    *,
    rates: Rates | None,
    question_limit: int,
    address: str = "/api",
    closed: Closed = lambda: None,
) -> FastAPI:
    """The application to mount at /api; `question_limit` (characters) holds for each former question too.

    `address` is where callers find it.
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
    counter = Counter(ask, rates, question_limit, closed)

    @api.post("/ask", response_model=AnswerForm, responses=ERRORS, operation_id="ask")
    async def answer(asking: Asking, request: Request) -> Response:
        """Answer one question, or say why not."""
        return JSONResponse((await counter.serve(asking, request)).to_json())

    @api.post("/ask/stream", response_class=Response, responses={**ERRORS, **STREAM}, operation_id="askStream")
    async def stream(asking: Asking, request: Request) -> Response:
        """The same, sentence by sentence; nothing is sent before it was checked."""
        events = list(list_events(await counter.serve(asking, request)))
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(_send(events), media_type="text/event-stream", headers=headers)

    return api


def list_events(answer: Answer) -> Iterator[str]:
    """Server-sent events: the sentences, then the whole."""
    for sentence in answer.sentences:
        yield _event("sentence", sentence.to_json())
    yield _event("done", answer.to_json())


def _event(name: str, content: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(content, ensure_ascii=False)}\n\n"


async def _send(events: Sequence[str]) -> Any:  # an async iterator of text, which StreamingResponse takes
    for event in events:
        yield event


def _tell_refusal(request: Request, refused: Exception) -> Response:
    assert isinstance(refused, Refused)
    return refuse(request.scope, refused.status, refused.phrase, retry_after=refused.retry_after, **refused.values)


def _tell_fault(request: Request, fault: Exception) -> Response:
    """What is wrong with a body, without repeating it."""
    kinds = {each["type"] for each in fault.errors()} if isinstance(fault, RequestValidationError) else {"unread"}
    is_json = "json" in request.headers.get("content-type", "")
    readable = is_json and not kinds & {"unread", "json_invalid", "missing"}
    return refuse(request.scope, 422, "not_a_question") if readable else refuse(request.scope, 400, "not_json")
