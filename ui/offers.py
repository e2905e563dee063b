"""What may be asked next: suggestions and the last turn in, questions that the material answers out.

Pure but for the judge it is handed, which says whether a question has an answer; nothing is offered unjudged. After
an answer these are follow-ups, after an abstention other ways to put it. `Judge` remembers what a bot said: to judge a
question costs as much as to answer it, and the few hundred questions that are offered come up again and again.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import zip_longest

from rag.corpus.replies import Suggestion
from rag.types import Language
from ui.conversation import Conversation
from ui.panel import Turn
from ui.watched import ServedBot

OFFERED = 3
KEPT = 4096  # judgements
JUDGED = 8  # candidates looked at before fewer than OFFERED are taken as all there are


class Judge:
    """Says whether a bot has an answer; safe to use from many threads. It keeps no words, only their hashes."""

    def __init__(self, bot: ServedBot, today: Callable[[], date], most: int = KEPT) -> None:
        self.bot, self.today, self.most = bot, today, most
        self._kept: OrderedDict[bytes, bool] = OrderedDict()
        self._lock, self._first = threading.Lock(), threading.Lock()

    def has_answer(self, question: str, former: Sequence[str] = ()) -> bool:
        """Whether the material answers the question, by itself and after the former ones."""
        return self._judge(question, ()) and (not former or self._judge(question, former))

    def have_answers(self, questions: Sequence[str]) -> list[bool]:
        """The same for several questions by themselves; many who ask at once wait for the first to have looked."""
        with self._first:
            return [self.has_answer(question) for question in questions]

    def _judge(self, question: str, former: Sequence[str]) -> bool:
        today = self.today()
        key = hashlib.sha256("\0".join([self.bot.release, str(today), question, *former]).encode("utf-8", "replace"))
        with self._lock:
            known = self._kept.get(key.digest())
        if known is None:
            known = self.bot.has_answer(question, former, today=today)
        with self._lock:
            self._kept[key.digest()] = known
            self._kept.move_to_end(key.digest())
            if len(self._kept) > self.most:
                self._kept.popitem(last=False)
        return known


def choose_offers(candidates: Iterable[str], has_answer: Callable[[str], bool]) -> list[str]:
    """The first few candidates that have an answer."""
    chosen: list[str] = []
    for place, question in enumerate(candidates):
        if len(chosen) == OFFERED or place == JUDGED:
            break
        if has_answer(question):
            chosen.append(question)
    return chosen


def list_candidates(suggestions: Sequence[Suggestion], conversation: Conversation, language: Language) -> list[str]:
    """Questions not asked yet, of related passages and suggested ones, nearest to the last turn first.

    After an abstention the related passages come first, since they are what comes closest to the question; after an
    answer the two take turns, since related passages often say the same again. Nearness of a suggestion is the
    share of its character pairs that stand in what was asked and cited; the suggestions' own order breaks ties.
    """
    turn = conversation.newest
    if turn is None:
        return []
    asked = {_squeeze(question) for question in conversation.questions()}
    near = _pairs(_subject(turn))
    open_ones = [each for each in suggestions if not asked & {_squeeze(text) for text in (each.ja, each.en)}]
    ranked = sorted(open_ones, key=lambda each: -_share(_pairs(each.of(language)), near))
    related = [each.question for each in turn.answer.related if turn.answer.language == language]
    questions = [question for question in related if question and _squeeze(question) not in asked]
    suggested = [each.of(language) for each in ranked]
    ordered = [*questions, *suggested] if turn.answer.abstained else _take_turns(suggested, questions)
    return list(dict.fromkeys(ordered))


def _take_turns(one: Sequence[str], other: Sequence[str]) -> list[str]:
    pairs = zip_longest(one, other)
    return [question for pair in pairs for question in pair if question]


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
