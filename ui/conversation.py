"""One visitor's conversation as the server keeps it: turns in, the chat's messages and the sources panel out.

Pure. The browser's copy is display only: nothing it sends back becomes history. It asks no bot and draws no page;
what may be asked next is ui/offers.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.corpus.replies import Replies
from rag.types import Answer, Sentence
from ui.furniture import name_service
from ui.panel import Turn, render_panel
from ui.render import render_answer, render_draft, render_note, render_question
from ui.texts import LANGUAGES, Words, read_words

KEPT_TURNS = 20
Message = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """The turns still shown, oldest first, and how many there have been since it was last cleared.

    `unanswered` is a question that was stopped or broke off, `rated` the number of the turn last judged by the visitor.
    """

    turns: tuple[Turn, ...] = ()
    count: int = 0
    unanswered: str = ""
    rated: int = 0

    @property
    def newest(self) -> Turn | None:
        """The last turn, if there is one."""
        return self.turns[-1] if self.turns else None

    def questions(self) -> tuple[str, ...]:
        """What was asked so far, oldest first: the history a bot is given."""
        return tuple(turn.question for turn in self.turns)

    def add(self, question: str, answer: Answer) -> Conversation:
        """The conversation with one more turn; the oldest leaves when there are too many."""
        turn = Turn(number=self.count + 1, question=question, answer=answer)
        return replace(self, turns=(*self.turns, turn)[-KEPT_TURNS:], count=turn.number, unanswered="")

    def take_back(self) -> tuple[str, Conversation]:
        """The question to be asked once more, and the conversation before it was asked."""
        if self.unanswered or not self.turns:
            return self.unanswered, replace(self, unanswered="")
        return self.turns[-1].question, replace(self, turns=self.turns[:-1])


def show_messages(conversation: Conversation, replies: Replies) -> list[Message]:
    """The chat's messages, oldest first."""
    return [message for turn in conversation.turns for message in _show_turn(turn, replies)]


def show_remark(question: str, remark: str, words: Words, *, css: str) -> list[Message]:
    """A question and, where its answer would stand, a remark of the page: searching, stopped, failed, refused."""
    asked = _say("user", render_question(question, words.language, words))
    return [asked, _say("assistant", render_note(remark, words.language, css=css))]


def show_draft(question: str, sentences: Sequence[Sentence]) -> list[Message]:
    """A question and the sentences of its answer so far."""
    words = read_words(sentences[0].citations[0].passage.lang)
    asked = _say("user", render_question(question, words.language, words))
    return [asked, _say("assistant", render_draft(sentences, words))]


def show_sources(conversation: Conversation) -> str:
    """The sources panel for all turns."""
    return render_panel(conversation.turns, {language: read_words(language) for language in LANGUAGES})


def _show_turn(turn: Turn, replies: Replies) -> Iterator[Message]:
    words = read_words(turn.answer.language)
    if turn.question.strip():
        yield _say("user", render_question(turn.question, turn.answer.language, words))
    yield _say("assistant", render_answer(turn.answer, turn.number, words, name_service(replies, turn.answer)))


def _say(role: str, content: str) -> Message:
    return {"role": role, "content": content}
