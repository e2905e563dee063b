"""A bot whose answers are counted and kept: the bot in, the same bot out as page and API ask it.

One place for both faces, so that neither forgets. It changes nothing of an answer, and keeping never delays one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from rag.corpus.replies import Replies
from rag.types import Answer
from ui.metrics import Metrics


class ServedBot(Protocol):
    """A bot with the words and the name of the release it answers from."""

    @property
    def release(self) -> str:
        """The served release's id."""

    @property
    def replies(self) -> Replies:
        """The release's replies."""

    def ask(self, question: str, history: Sequence[str] = (), *, today: date) -> Answer:
        """The answer to a question, given the user's former ones."""

    def has_answer(self, question: str, history: Sequence[str] = (), *, today: date) -> bool:
        """Whether the material answers it, decided without a model."""


class QuestionStore(Protocol):
    """What ui/keeping.py does with an answer."""

    def keep_question(self, answer: Answer) -> None:
        """Keep how a question was answered; never raises, never waits."""


@dataclass(frozen=True, kw_only=True)
class WatchedBot:
    """Asks, counts, keeps."""

    bot: ServedBot
    metrics: Metrics
    questions: QuestionStore | None

    @property
    def release(self) -> str:
        """The served release's id."""
        return self.bot.release

    @property
    def replies(self) -> Replies:
        """The release's replies."""
        return self.bot.replies

    def ask(self, question: str, history: Sequence[str] = (), *, today: date) -> Answer:
        """The bot's answer."""
        answered = False
        try:
            answer = self.bot.ask(question, history, today=today)
            answered = True
        finally:
            if not answered:
                self.metrics.count_failure()
        self.metrics.count_answer(answer)
        if self.questions is not None:
            self.questions.keep_question(answer)
        return answer

    def has_answer(self, question: str, history: Sequence[str] = (), *, today: date) -> bool:
        """The bot's judgement, neither counted nor kept: nobody asked."""
        return self.bot.has_answer(question, history, today=today)
