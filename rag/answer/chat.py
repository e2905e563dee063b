"""A configured chat model -> pieces of text, within a deadline, whatever goes wrong on the way.

LangChain's `BaseChatModel` is the seam. One retry at most, and only where nothing has come yet; LangChain's own
retries are off. A model that keeps failing is left alone for a while. Every failure is one `ChatFault`, whose words
never reach a reader. It knows no prompt and no answer.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

from rag.answer.breaker import Breaker
from rag.answer.budget import Budget
from rag.types import OutsideError, SettingError

Failure = Literal["time", "busy", "failed", "refused", "empty", "endless", "cut", "resting", "budget"]
_AGAIN = frozenset({"busy", "failed", "empty", "cut"})
PAUSE = 0.5  # seconds before the one retry
PIECES = 4  # characters of output for each token allowed; beyond, the model does not end


class ChatFault(OutsideError):
    """A call that gave no whole answer; `failure` says how."""

    def __init__(self, failure: Failure, detail: str = "") -> None:
        self.failure = failure
        super().__init__(f"言語モデルから答えを得られませんでした({failure}{': ' if detail else ''}{detail})")


@dataclass(frozen=True, kw_only=True)
class ChatOptions:
    """How a model is called. `deadline` in seconds; `trace`: whether LangSmith may see the calls."""

    model: str
    base_url: str | None = None
    deadline: float = 20.0
    max_tokens: int = 600
    trace: bool = False


# what a provider calls an option that most call otherwise; None: it knows none
_NAMES: dict[str, dict[str, str | None]] = {
    "ollama": {"max_tokens": "num_predict", "timeout": None, "max_retries": None},
    "google_genai": {"max_tokens": "max_output_tokens"},
    "google_vertexai": {"max_tokens": "max_output_tokens"},
    "azure_openai": {"base_url": "azure_endpoint"},
    "bedrock": {"timeout": None, "max_retries": None},
    "bedrock_converse": {"timeout": None, "max_retries": None},
}


def open_model(options: ChatOptions) -> BaseChatModel:
    """The chat model that the setting names.

    Raises:
        SettingError: no such provider, its package is missing, or its key is; one sentence with the fix.
    """
    from langchain.chat_models import init_chat_model  # 1 s of imports that the extractive mode does not need

    provider, _, name = options.model.partition(":")
    wanted: dict[str, Any] = {
        "temperature": 0, "max_tokens": options.max_tokens, "timeout": options.deadline, "max_retries": 0,
    }  # fmt: skip
    if options.base_url:
        wanted["base_url"] = options.base_url
    names = _NAMES.get(provider, {})
    renamed = ((names.get(key, key), value) for key, value in wanted.items())
    given = {key: value for key, value in renamed if key is not None}
    if provider == "ollama":
        given["client_kwargs"] = {"timeout": options.deadline}
    try:
        return cast(BaseChatModel, init_chat_model(name, model_provider=provider, **given))
    except ImportError as error:
        raise SettingError(
            f"ICTNAVI_CHAT_MODEL={options.model}: {provider} のパッケージがありません。"
            f"`.venv/bin/uv pip install --python .venv/bin/python {_package(provider)}` で入ります。"
        ) from error
    except Exception as error:
        if options.base_url and "api_key" in str(error):  # a server of one's own asks for no key, its client does
            return cast(BaseChatModel, init_chat_model(name, model_provider=provider, api_key="none", **given))
        raise SettingError(
            f"ICTNAVI_CHAT_MODEL={options.model} は使えません({_first_line(error)})。"
            "「provider:name」の形と、そのプロバイダーのキー(環境変数)を確かめてください(例は docs/models.md)。"
        ) from error


def _package(provider: str) -> str:
    known = {"google_genai": "google-genai", "bedrock": "aws", "bedrock_converse": "aws", "mistralai": "mistralai"}
    return f"langchain-{known.get(provider, 'openai' if provider == 'azure_openai' else provider.replace('_', '-'))}"


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].strip()


class Chat:
    """A model, asked politely; safe to share between threads, and no call waits for another."""

    def __init__(
        self, model: BaseChatModel, options: ChatOptions, budget: Budget, breaker: Breaker | None = None
    ) -> None:
        self._model, self._options, self._budget = model, options, budget
        self._breaker = breaker or Breaker()

    @property
    def deadline(self) -> float:
        """Seconds for one answer, everything included."""
        return self._options.deadline

    def stream(self, messages: Sequence[BaseMessage], until: float) -> Iterator[str]:
        """Pieces of the model's text; `until` is the moment (monotonic clock) by which all must be there.

        Raises:
            ChatFault: whatever went wrong; pieces that came before it are good, the last one may be half.
        """
        for last in (False, True):
            came = False
            try:
                self._permit(messages)
                for piece in self._pieces(messages, until):
                    came = True
                    yield piece
                if not came:
                    raise ChatFault("empty")
            except ChatFault as fault:
                if fault.failure not in {"resting", "budget"}:
                    self._breaker.failed()
                if last or came or fault.failure not in _AGAIN or time.monotonic() + PAUSE >= until:
                    raise
                time.sleep(PAUSE)
            else:
                self._breaker.succeeded()
                return

    def _permit(self, messages: Sequence[BaseMessage]) -> None:
        if not self._breaker.allows():
            raise ChatFault("resting")
        # about one token a character in Japanese; English needs fewer, so the estimate is high
        if not self._budget.spend(sum(len(str(m.content)) for m in messages) + self._options.max_tokens):
            raise ChatFault("budget")

    def _pieces(self, messages: Sequence[BaseMessage], until: float) -> Iterator[str]:
        """What a thread of its own reads from the model: a model that hangs is left behind at the deadline."""
        pieces: queue.SimpleQueue[str | ChatFault | None] = queue.SimpleQueue()
        stop = threading.Event()
        threading.Thread(target=self._read, args=(messages, pieces, stop), daemon=True, name="chat").start()
        length = 0
        try:
            while True:
                try:
                    piece = pieces.get(timeout=max(0.0, until - time.monotonic()))
                except queue.Empty:
                    raise ChatFault("time") from None
                if piece is None:
                    return
                if isinstance(piece, ChatFault):
                    raise piece
                length += len(piece)
                if length > self._options.max_tokens * PIECES:
                    raise ChatFault("endless")
                yield piece
        finally:
            stop.set()

    def _read(
        self, messages: Sequence[BaseMessage], pieces: queue.SimpleQueue[str | ChatFault | None], stop: threading.Event
    ) -> None:
        ended: object = None
        try:
            with self._untraced():
                for chunk in self._model.stream(list(messages)):
                    if stop.is_set():
                        return
                    ended = _ended_by(chunk.response_metadata) or ended
                    if text := str(chunk.text):
                        pieces.put(text)
            pieces.put(ChatFault("cut") if ended in _CUT_BY else None)
        except Exception as error:  # noqa: BLE001 - each provider raises its own; all end as one fault for the reader
            pieces.put(_as_fault(error))

    def _untraced(self) -> AbstractContextManager[object]:
        """LangSmith sees nothing unless switched on here, whatever the environment inherited says."""
        if self._options.trace:
            return nullcontext()
        from langsmith import tracing_context  # with the model only

        return tracing_context(enabled=False)


_CUT_BY = frozenset({"length", "max_tokens", "MAX_TOKENS"})


def _ended_by(metadata: dict[str, Any]) -> object:
    """Why the model stopped, under the name its provider gives."""
    return next((metadata[k] for k in ("finish_reason", "stop_reason", "done_reason") if metadata.get(k)), None)


def _as_fault(error: Exception) -> ChatFault:
    status = getattr(error, "status_code", None) or getattr(getattr(error, "response", None), "status_code", None)
    name = type(error).__name__
    if "Timeout" in name:
        return ChatFault("time", name)
    if status == 429:
        return ChatFault("busy", name)
    if isinstance(status, int) and 400 <= status < 500:
        return ChatFault("refused", f"{name} {status}")
    return ChatFault("failed", name)
