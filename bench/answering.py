"""How fast an opened bot answers: the questions that candidates are offered, and the askings of the corpus."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from datetime import date

from bench.figures import Figure, find_percentile
from rag.bot import Bot
from rag.build import gather_material
from rag.settings import Settings

TODAY = date(2026, 11, 23)
COUNT, WARM_UP = 200, 5


def draw_questions(settings: Settings, *, seed: int, count: int = COUNT) -> list[str]:
    """The suggestions of both languages and the corpus's questions and askings, shuffled; `count` different ones."""
    material = gather_material(settings)
    offered = [text for s in material.corpus.replies.suggestions for text in (s.ja, s.en)]
    asked = [text for p in material.passages for text in (p.question, *p.askings) if text]
    questions = list(dict.fromkeys((*offered, *asked)))
    random.Random(seed).shuffle(questions)
    return questions[:count]


def ask_warm(settings: Settings, questions: Sequence[str]) -> Iterator[Figure]:
    """Wall-clock time of `Bot.ask`, one question after the other."""
    began = time.perf_counter()
    bot = Bot.open(settings)
    yield Figure(name="公開データを開く", value=time.perf_counter() - began, unit="s")
    try:
        for question in questions[:WARM_UP]:
            bot.ask(question, today=TODAY)
        times, answered = [], 0
        for question in questions:
            began = time.perf_counter()
            answer = bot.ask(question, today=TODAY)
            times.append((time.perf_counter() - began) * 1000)
            answered += answer.abstained is None
    finally:
        bot.close()
    yield Figure(name=f"答え({len(times)}問、p50)", value=find_percentile(times, 50), unit="ms", goal=30)
    yield Figure(name=f"答え({len(times)}問、p95)", value=find_percentile(times, 95), unit="ms", goal=100)
    yield Figure(name="そのうち答えた割合", value=100 * answered / len(times), unit="%")
