"""The questions that visitors ask most, put to two releases: whose answers change, and how.

In: settings, two release ids, the kept (masked) questions. Out: the changed answers. It judges nothing: whether a
change is for the better, only an evaluation set or a person can tell.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from evals.serving import open_serving
from rag.settings import Settings
from rag.types import Answer
from ui.state import StateStore

MOST_ASKED, DAYS = 50, 30


@dataclass(frozen=True, kw_only=True)
class Changed:
    """A question whose answer is another, how often it was asked, and both answers' words."""

    question: str
    count: int
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Impact:
    """How many questions were asked again, and those that changed, most asked first."""

    asked: int
    changed: tuple[Changed, ...]


def ask_again(
    settings: Settings, old: str, new: str, today: date, progress: Callable[[int, int], None] = lambda done, total: None
) -> Impact:
    """Put the most asked questions of the last days to both releases.

    Raises:
        IctnaviError: a release can't be served, or what is kept can't be read.
    """
    store = StateStore.open(settings.home)
    try:
        often = store.most_asked(MOST_ASKED, since=today - timedelta(days=DAYS))
    finally:
        store.close()
    told: list[list[str]] = []
    for place, release in enumerate((old, new) if often else ()):
        with open_serving(settings, release) as serving:
            answers = []
            for done, each in enumerate(often, start=1):
                answers.append(_read(serving.bot.ask(each.question, today=today)))
                progress(place * len(often) + done, 2 * len(often))
        told.append(answers)
    pairs = zip(often, *told, strict=True) if often else ()
    return Impact(
        asked=len(often),
        changed=tuple(
            Changed(question=each.question, count=each.count, before=before, after=after)
            for each, before, after in pairs
            if before != after
        ),
    )


def _read(answer: Answer) -> str:
    """An answer as one text; what it says when it does not answer, too."""
    if answer.abstained:
        return answer.abstained.message
    return "".join(
        f"{sentence.text}({sentence.label})" if sentence.label else sentence.text for sentence in answer.sentences
    )
