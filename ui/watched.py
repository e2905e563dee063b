"""A bot whose answers are counted and kept: the bot in, the same bot out as page and API ask it.

One place for both faces, so that neither forgets. It changes nothing of an answer, and keeping never delays one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from rag.corpus.replies import Replies
from rag.types import Answer, Sentence
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

    def stream(self, question: str, history: Sequence[str] = (), *, today: date) -> Iterator[Sentence | Answer]:
        """Its sentences as they come, then the answer that holds them."""

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
        try:
            answer = self.bot.ask(question, history, today=today)
        except Exception:
            self.metrics.count_failure()
            raise
        self._keep(answer)
        return answer

    def stream(self, question: str, history: Sequence[str] = (), *, today: date) -> Iterator[Sentence | Answer]:
        """The bot's sentences and its answer; one that is stopped on the way is neither counted nor kept."""
        try:
            for part in self.bot.stream(question, history, today=today):
                if isinstance(part, Answer):
                    self._keep(part)
                yield part
        except Exception:
            self.metrics.count_failure()
            raise

    def _keep(self, answer: Answer) -> None:
        self.metrics.count_answer(answer)
        if self.questions is not None:
            self.questions.keep_question(answer)

    def has_answer(self, question: str, history: Sequence[str] = (), *, today: date) -> bool:
        """The bot's judgement, neither counted nor kept: nobody asked."""
        return self.bot.has_answer(question, history, today=today)
