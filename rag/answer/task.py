"""What a writer is given and how it ended: the seam between the bot and whatever words an answer.

The extractive sentences are part of the task: they are what stands where a writer has nothing to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from rag.answer.material import Material
from rag.corpus.replies import Replies
from rag.intent import Wanted
from rag.types import Language, Mode, Sentence


@dataclass(frozen=True, kw_only=True)
class Task:
    """One question to be answered. `written` are the extractive sentences; `until` is a moment of the monotonic clock.

    `routes` are the terms (folded) of the routes by which one enters, by route (an answer for
    several names each); `asked` are those that the question names.
    """

    question: str
    language: Language
    material: tuple[Material, ...]
    written: tuple[Sentence, ...]
    wanted: Wanted | None
    replies: Replies
    routes: Mapping[str, tuple[str, ...]]
    asked: frozenset[str]
    until: float


@dataclass(kw_only=True)
class Outcome:
    """How a task ended. `fallback`: extractive sentences stood in; `waited`: seconds spent waiting for the model.

    `dropped` counts what was not shown, by reason.
    """

    mode: Mode = "extractive"
    fallback: bool = False
    failure: str | None = None
    dropped: Counter[str] = field(default_factory=Counter)
    waited: float = 0.0


class Writer(Protocol):
    """Words an answer; one method."""

    def write(self, task: Task) -> Generator[Sentence, None, Outcome]:
        """The sentences in the order in which they may be shown, each verified, none withdrawn later."""
