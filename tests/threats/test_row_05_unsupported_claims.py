"""Row 5: every citation resolves, every quote stands in its passage, no figure is invented; how often is abstained.

The two shares of abstention are measured and printed; they are the evaluation's to gate (evals/gate.py), not asserted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from answer_check import Vocabulary
from running import TODAY

from evals.cases import Case, load_set
from rag.answer.verify import holds
from rag.bot import Bot
from rag.settings import Settings
from rag.types import Answer

QUESTIONS = (
    "情報専門員は何歳まで受けられますか", "情報専門員は何人採用されますか", "情報専門員の試験の内容は何ですか",
    "情報専門員の給料はどのくらいですか", "技の地図はどんな仕組みですか", "青柳さんが転職した理由は何ですか",
    "部屋が変わることをどう思っていますか", "What is the age limit for information specialists?",
    "How does the map of skills work?", "令和5年度の年齢は", "海の区分は何人ですか", "食堂のメニューを教えて",
    "残業は平均何時間ですか", "令和9年度は何人採りますか", "What is the capital of France?",
)  # fmt: skip


@dataclass
class Count:
    """What was found in the answers."""

    citations: int = 0
    faults: int = 0
    invented: int = 0
    answered: int = 0
    asked: int = 0

    def take(self, answer: Answer, words: Vocabulary) -> None:
        """Add one answer."""
        self.asked += 1
        self.answered += answer.abstained is None
        self.citations += sum(len(s.citations) for s in answer.sentences)
        self.faults += sum(1 for _ in words.find_foreign(answer))
        self.invented += sum(not holds(s) or not s.citations for s in answer.sentences)


def count(bot: Bot, words: Vocabulary, turns: Iterable[tuple[str, ...]]) -> Count:
    found = Count()
    for *former, question in turns:
        found.take(bot.ask(question, former, today=TODAY), words)
    return found


def test_every_sentence_stands_on_its_quote(
    small_bot: Bot, small_settings: Settings, record_row: Callable[..., None]
) -> None:
    found = count(small_bot, Vocabulary(small_settings.home, small_bot.replies), ((q,) for q in QUESTIONS))
    record_row(
        5, bar="照合できない引用 0、作られた数 0", measured=f"{found.faults}、{found.invented}",
        scale=f"{found.asked}問、引用{found.citations}",
    )  # fmt: skip
    assert found.answered >= 8
    assert (found.faults, found.invented) == (0, 0)


def pick(cases: Iterable[Case], *, answerable: bool, most: int) -> Iterator[tuple[str, ...]]:
    return (c.turns for c in [c for c in cases if c.expects_answer is answerable][:most])


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_every_sentence_of_three_hundred_answers_stands_on_its_quote(
    bot: Bot, shipped_home: Path, record_row: Callable[..., None]
) -> None:
    cases = [c for name in ("practice", "dev") for c in load_set(name, shipped_home).cases]
    words = Vocabulary(shipped_home, bot.replies)
    known = count(bot, words, pick(cases, answerable=True, most=200))
    unknown = count(bot, words, pick(cases, answerable=False, most=100))
    record_row(
        5,
        bar="照合できない引用 0、作られた数 0、答えのない問いを断る 95 %以上、答えのある問いを断る 5 %以下",
        measured=f"{known.faults + unknown.faults}、{known.invented + unknown.invented}、"
        f"{100 * (1 - unknown.answered / unknown.asked):.1f} %、{100 * (1 - known.answered / known.asked):.1f} %",
        scale=f"答えのある{known.asked}問と、ない{unknown.asked}問(practice・dev)。割合の2つは測るだけ",
    )
    assert (known.faults, known.invented, unknown.faults, unknown.invented) == (0, 0, 0, 0)
