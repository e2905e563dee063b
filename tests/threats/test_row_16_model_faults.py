"""Row 16: whatever becomes of the model, the extractive answer is given soon after the deadline, whole, and said to be so."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
from test_model import AGE, FAULTS, ask, asking, codes

from bench import chat_models
from rag.answer.breaker import Breaker
from rag.bot import Bot
from rag.settings import Settings

DEADLINE = 1.0
GRACE = 2.0  # seconds beyond the deadline


def fail_often(
    settings: Settings, plain: Bot, times: int, monkeypatch: pytest.MonkeyPatch
) -> tuple[int, int, float, list[str]]:
    """(answers, answered as without a model, longest seconds beyond the deadline, what went wrong)."""
    monkeypatch.setattr(Breaker, "allows", lambda self: True)  # else all but the first three calls would not be made
    expected = [s.text for s in ask(plain, AGE).sentences]
    answers = right = 0
    longest, wrong = 0.0, []
    for name, fault, _ in FAULTS:
        with asking(settings, chat_models.failing(**fault), chat_deadline=DEADLINE) as (bot, _):
            for _ in range(times):
                began = time.monotonic()
                answer = ask(bot, AGE)
                longest = max(longest, time.monotonic() - began - DEADLINE)
                said = json.dumps(answer.to_json(), ensure_ascii=False)
                answers += 1
                whole = [s.text for s in answer.sentences] == expected and "model_fallback" in codes(answer)
                right += whole
                wrong += [] if whole and "Error" not in said and "Traceback" not in said else [name]
    return answers, right, longest, wrong


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_every_fault_ends_in_the_extractive_answer(
    small_settings: Settings, small_bot: Bot, record_row: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, right, longest, wrong = fail_often(small_settings, small_bot, 50, monkeypatch)
    record_row(
        16, bar="引用の答え 100 %、締め切りの2秒後まで、半端な答え 0",
        measured=f"{right}/{answers}、最長 +{longest:.2f}秒、{len(wrong)}",
        scale=f"{len(FAULTS)}の故障 × 50(締め切り1秒で)。目標は12×50",
    )  # fmt: skip
    assert len(FAULTS) >= 12
    assert (right, wrong) == (answers, [])
    assert longest <= GRACE
