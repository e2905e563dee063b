"""One visitor's conversation as the server keeps it: turns in, what the chat displays and what may be asked next out.

Pure. The browser's copy is display only: nothing it sends back becomes history. It asks no bot and draws no page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rag.corpus.replies import Suggestion
from rag.types import Answer, Language
from ui.panel import Turn, render_panel
from ui.render import render_answer, render_note, render_question
from ui.texts import LANGUAGES, Words, read_words

KEPT_TURNS = 20
FOLLOW_UPS = 3
Message = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """The turns still shown, oldest first, and how many there have been since it was last cleared."""

    turns: tuple[Turn, ...] = ()
    count: int = 0

    def questions(self) -> tuple[str, ...]:
        """What was asked so far, oldest first: the history a bot is given."""
        return tuple(turn.question for turn in self.turns)

    def add(self, question: str, answer: Answer) -> Conversation:
        """The conversation with one more turn; the oldest leaves when there are too many."""
        turn = Turn(number=self.count + 1, question=question, answer=answer)
        return replace(self, turns=(*self.turns, turn)[-KEPT_TURNS:], count=turn.number)


def show_messages(conversation: Conversation) -> list[Message]:
    """The chat's messages, oldest first."""
    return [message for turn in conversation.turns for message in _show_turn(turn)]


def show_pending(conversation: Conversation, question: str, note: str, words: Words) -> list[Message]:
    """The chat while a question is looked up, or after it failed: the question and a remark of the page."""
    asked = _say("user", render_question(question, words.language, words))
    remark = _say("assistant", render_note(words.say(note), words.language, css=note))
    return [*show_messages(conversation), asked, remark]


def show_failure(conversation: Conversation, question: str, request_id: str, words: Words) -> list[Message]:
    """The chat after something broke: an apology and a number by which the log can be found."""
    remark = render_note(words.say("failed", request_id=request_id), words.language, css="failed")
    asked = _say("user", render_question(question, words.language, words))
    return [*show_messages(conversation), asked, _say("assistant", remark)]


def show_sources(conversation: Conversation) -> str:
    """The sources panel for all turns."""
    return render_panel(conversation.turns, {language: read_words(language) for language in LANGUAGES})


def _show_turn(turn: Turn) -> Iterator[Message]:
    words = read_words(turn.answer.language)
    if turn.question.strip():
        yield _say("user", render_question(turn.question, turn.answer.language, words))
    yield _say("assistant", render_answer(turn.answer, turn.number, words))


def _say(role: str, content: str) -> Message:
    return {"role": role, "content": content}


def choose_follow_ups(suggestions: Sequence[Suggestion], conversation: Conversation, language: Language) -> list[str]:
    """Up to three suggested questions that were not asked yet, nearest to the last turn first.

    Nearness is the share of a suggestion's character pairs that stand in what was asked and cited; the suggestions'
    own order breaks ties. Only suggested questions are offered, since those are known to have answers.
    """
    if not conversation.turns:
        return []
    asked = {_squeeze(question) for question in conversation.questions()}
    near = _pairs(_subject(conversation.turns[-1]))
    open_ones = [each for each in suggestions if not asked & {_squeeze(text) for text in (each.ja, each.en)}]
    ranked = sorted(open_ones, key=lambda each: -_share(_pairs(each.of(language)), near))
    return [each.of(language) for each in ranked[:FOLLOW_UPS]]


def _subject(turn: Turn) -> str:
    """What a turn was about: its question, and the questions its cited passages answer."""
    passages = [citation.passage for sentence in turn.answer.sentences for citation in sentence.citations]
    headings = [passage.question or "" for passage in passages]
    related = [each.question for each in turn.answer.related]
    return " ".join([turn.question, *headings, *related])


def _squeeze(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def _pairs(text: str) -> set[str]:
    squeezed = _squeeze(text)
    return {squeezed[at : at + 2] for at in range(len(squeezed) - 1)}


def _share(pairs: set[str], near: set[str]) -> float:
    return len(pairs & near) / len(pairs) if pairs else 0.0
