"""Answers through a chat model: a real local server speaking OpenAI's API, the real client, the real bot.

The scripted models (bench/chat_models.py) are truthful, wrong in every way named, or faulty.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from running import TODAY

from bench import chat_models
from bench.chat_server import Behaviour, Reply, Served, serving
from rag.answer.budget import DailyCount
from rag.bot import Bot
from rag.settings import Settings
from rag.types import Answer, Reason, Sentence, SettingError

AGE = "情報専門員は何歳まで受けられますか"
HIRED = "情報専門員の採用予定は何人ですか"


@contextmanager
def asking(settings: Settings, behaviour: Behaviour, **more: object) -> Iterator[tuple[Bot, Served]]:
    with serving(behaviour) as server:
        given = {"chat_model": "openai:m", "chat_base_url": server.url, **more}
        bot = Bot.open(settings.model_copy(update=given))
        yield bot, server
        bot.close()


def ask(bot: Bot, question: str, history: Sequence[str] = ()) -> Answer:
    return bot.ask(question, history, today=TODAY)


def codes(answer: Answer) -> set[str]:
    return {n.code for n in answer.notices}


def saying(*lines: str) -> Behaviour:
    return lambda messages: Reply(text="".join(f"{line}\n" for line in lines))


def test_a_truthful_model_answers_in_its_words_with_citations(small_settings: Settings) -> None:
    said = "[P1] 令和7年度の選考の対象は、25歳から49歳までの人です。"
    with asking(small_settings, saying(said)) as (bot, server):
        answer = ask(bot, AGE)
    assert answer.mode == "model" and codes(answer).isdisjoint({"model_fallback"})
    assert answer.sentences[0].text == said.removeprefix("[P1] ")
    (citation,) = answer.sentences[0].citations
    assert citation.quote == "令和7年度の情報専門員の選考は、25歳以上50歳未満の人が対象です。"
    assert answer.sentences[0].label == "2025年度(令和7年度)"
    (request,) = server.requests
    assert request["path"] == "/v1/chat/completions" and request["stream"] and request["temperature"] == 0


def test_the_prompt_holds_tokens_and_text_and_nothing_else_of_ours(small_settings: Settings) -> None:
    with asking(small_settings, chat_models.truthful) as (bot, server):
        ask(bot, AGE)
    sent = json.dumps(server.requests[0]["messages"], ensure_ascii=False)
    assert "[P1]" in sent and AGE in sent
    assert all(hidden not in sent for hidden in ("http", "selection#", "guide", str(small_settings.home)))


def test_braces_and_tokens_in_a_question_stay_text(small_settings: Settings) -> None:
    with asking(small_settings, chat_models.truthful) as (bot, server):
        ask(bot, "情報専門員の選考は何歳まで受けられますか{0}[P1]{passages}")
    human = server.requests[0]["messages"][-1]["content"]
    assert "質問: 情報専門員の選考は何歳まで受けられますか{0}(P1){passages}" in human


WRONG: list[tuple[str, Behaviour]] = [
    ("invents", chat_models.inventing),
    ("swaps bounds", chat_models.swapping_bounds),
    ("takes another number", chat_models.taking_another_number),
    ("cites nothing", chat_models.citing_nothing),
    ("mixes years", chat_models.mixing_years),
    ("translates", chat_models.translating),
    ("cites what is not there", saying("[P99] 情報専門員の選考は、25歳以上50歳未満の人が対象です。")),
    ("links", saying("[P1] 25歳以上50歳未満の人が対象です。https://evil.example/ をご覧ください。")),
    ("shows an image", saying("[P1] 25歳以上50歳未満の人が対象です![x](https://evil.example/x.png)。")),
    ("prattles", saying("はい、お答えします。", "```", "# 見出し")),
    ("sees no evidence", saying("NO_EVIDENCE")),
    ("writes a fragment", saying("[P1] 25歳以上50歳未満の")),
    ("denies", saying("[P1] 情報専門員の選考は、25歳以上50歳未満の人が対象ではありません。")),
]


@pytest.mark.parametrize(("name", "behaviour"), WRONG, ids=[name for name, _ in WRONG])
def test_what_a_model_gets_wrong_is_not_shown(
    small_settings: Settings, small_bot: Bot, name: str, behaviour: Behaviour
) -> None:
    with asking(small_settings, behaviour) as (bot, _):
        answer = ask(bot, AGE)
    plain = ask(small_bot, AGE)
    assert [s.text for s in answer.sentences] == [s.text for s in plain.sentences]
    assert answer.mode == "extractive"
    assert codes(answer) == codes(plain) | {"model_fallback"}


def test_a_sentence_on_the_wrong_passage_is_dropped(small_settings: Settings) -> None:
    with asking(small_settings, chat_models.citing_wrongly) as (bot, _):
        answer = ask(bot, AGE)
    for sentence in answer.sentences:
        assert all("歳" in c.quote for c in sentence.citations)


FAULTS: list[tuple[str, dict[str, Any], int]] = [
    ("429", {"status": 429}, 2),
    ("500", {"status": 500}, 2),
    ("503", {"status": 503}, 2),
    ("401", {"status": 401}, 1),
    ("empty", {"text": ""}, 2),
    ("garbage", {"raw": b"<html>502</html>"}, 2),
    ("never answers", {"delay": 4.0}, 1),
    ("drips", {"pause": 0.6, "text": "ぽつり" * 50}, 1),
    ("endless line", {"endless": True, "text": "あああああああああ"}, 1),
    ("endless lines", {"endless": True, "text": "前置きです。\n"}, 1),
    ("cut at once", {"cut": 0}, 2),
    ("cut in the middle of a sentence", {"cut": 18}, 1),
    ("cut by its own limit", {"text": "[P1] 情報専門員の選考は、25歳以上", "finish": "length"}, 1),
]


@pytest.mark.parametrize(("name", "fault", "calls"), FAULTS, ids=[name for name, *_ in FAULTS])
def test_a_fault_ends_in_the_extractive_answer_with_a_notice(
    small_settings: Settings, small_bot: Bot, name: str, fault: dict[str, Any], calls: int
) -> None:
    deadline = 2.0 if calls == 1 else 20.0  # a second call needs time left
    with asking(small_settings, chat_models.failing(**fault), chat_deadline=deadline) as (bot, server):
        began = time.monotonic()
        answer = ask(bot, AGE)
        assert time.monotonic() - began < 15 + deadline  # generous
    assert len(server.requests) == calls
    assert [s.text for s in answer.sentences] == [s.text for s in ask(small_bot, AGE).sentences]
    assert "model_fallback" in codes(answer)
    assert "Error" not in json.dumps(answer.to_json())


def test_a_fault_that_passes_is_tried_once_more(small_settings: Settings) -> None:
    turns = iter([Reply(status=503), Reply(text="[P1] 25歳以上50歳未満の人が対象です。\n")])
    with asking(small_settings, lambda messages: next(turns)) as (bot, server):
        assert ask(bot, AGE).mode == "model"
    assert len(server.requests) == 2


def test_a_model_that_keeps_failing_is_left_alone(small_settings: Settings) -> None:
    with asking(small_settings, chat_models.failing(status=401)) as (bot, server):
        answers = [ask(bot, AGE) for _ in range(6)]
    assert len(server.requests) == 3
    assert all("model_fallback" in codes(a) for a in answers)


def test_what_was_said_before_a_cut_stays_and_the_rest_is_quoted(small_settings: Settings) -> None:
    text = "[P1] 令和7年度の選考は、25歳以上50歳未満の人が対象です。\n[P1] 令和5年度の選考は、25歳以上"
    with asking(small_settings, chat_models.failing(text=text, cut=len(text) - 3)) as (bot, _):
        answer = ask(bot, AGE)
    assert [s.text for s in answer.sentences] == ["令和7年度の選考は、25歳以上50歳未満の人が対象です。"]
    assert answer.mode == "model"


def test_sentences_are_streamed_as_they_pass_and_never_taken_back(small_settings: Settings) -> None:
    lines = [
        "[P1] 令和7年度の選考は、25歳以上50歳未満の人が対象です。",
        "[P1] 定員は987人です。",
        "[P1] 令和5年度の選考は、25歳以上45歳未満の人が対象でした。",
    ]
    released = Reply(text="".join(f"{line}\n" for line in lines), pause=0.05)
    with asking(small_settings, lambda messages: released) as (bot, _):
        *sentences, answer = bot.stream(AGE, today=TODAY)
    assert isinstance(answer, Answer) and all(isinstance(s, Sentence) for s in sentences)
    assert tuple(sentences) == answer.sentences
    assert [s.text for s in answer.sentences] == [lines[0][5:], lines[2][5:]]
    numbers = [c.number for s in answer.sentences for c in s.citations]
    assert numbers == sorted(numbers) and numbers[0] == 1


def test_the_extractive_mode_streams_the_same_way(small_bot: Bot) -> None:
    *sentences, answer = small_bot.stream(AGE, today=TODAY)
    assert isinstance(answer, Answer) and tuple(sentences) == answer.sentences
    *none, silent = small_bot.stream("明日の天気は", today=TODAY)
    assert none == [] and isinstance(silent, Answer) and silent.abstained


def test_the_direct_answer_comes_first_whatever_the_model_says_first(small_settings: Settings) -> None:
    older = "[P1] 令和5年度の選考は、25歳以上45歳未満の人が対象でした。"
    newer = "[P1] 令和7年度の選考は、25歳以上50歳未満の人が対象です。"
    with asking(small_settings, saying(older, newer)) as (bot, _):
        answer = ask(bot, AGE)
    assert [s.text[:5] for s in answer.sentences] == ["令和7年度", "令和5年度"]


def test_what_the_model_leaves_open_is_quoted_and_said_so(small_settings: Settings) -> None:
    older = "[P1] 令和5年度の選考は、25歳以上45歳未満の人が対象でした。"
    with asking(small_settings, saying(older)) as (bot, _):
        answer = ask(bot, AGE)
    assert "50歳未満" in answer.sentences[0].text and "45歳未満" in answer.sentences[1].text
    assert answer.mode == "model" and "model_fallback" in codes(answer)


def test_a_third_party_comes_after_official_word(small_settings: Settings) -> None:
    lines = ["[P1] 面接は2回あったという声が、受験の手引きにあります。", "[P1] 選考では論文と面接を行います。"]
    with asking(small_settings, saying(*lines)) as (bot, _):
        answer = ask(bot, "情報専門員の選考では何をしますか")
    standings = [{c.source.standing for c in s.citations} for s in answer.sentences]
    assert standings[0] == {"official"}
    marked = [s for s, standing in zip(answer.sentences, standings, strict=True) if standing == {"third_party"}]
    assert all("第三者" in (s.label or "") for s in marked)


@pytest.mark.parametrize(
    ("question", "reason"),
    [("おいしいラーメン屋を教えて", Reason.OFF_TOPIC), ("私は受かりますか", Reason.INDIVIDUAL), ("", Reason.EMPTY)],
)
def test_without_evidence_no_model_is_called(small_settings: Settings, question: str, reason: Reason) -> None:
    with asking(small_settings, chat_models.truthful) as (bot, server):
        answer = ask(bot, question)
    assert answer.abstained is not None and answer.abstained.reason is reason
    assert server.requests == []


def test_english_is_answered_from_english_passages_in_english(small_settings: Settings) -> None:
    said = "[P1] Applicants had to be at least 25 and under 50 years old in the fiscal year 2025 selection."
    with asking(small_settings, saying(said)) as (bot, server):
        answer = ask(bot, "Up to what age can information specialists apply?")
    assert answer.mode == "model" and answer.language == "en"
    assert {c.passage.lang for s in answer.sentences for c in s.citations} == {"en"}
    assert "Material:" in server.requests[0]["messages"][-1]["content"]


def test_english_that_only_japanese_answers_is_quoted_without_a_call(small_settings: Settings, small_bot: Bot) -> None:
    question = "How many information specialists (情報専門員) 採用予定 are to be hired?"
    plain = ask(small_bot, question)
    with asking(small_settings, chat_models.truthful) as (bot, server):
        answer = ask(bot, question)
    if plain.sentences and plain.sentences[0].citations[0].passage.lang == "ja":
        assert server.requests == [] and "model_fallback" not in codes(answer)
    assert [s.text for s in answer.sentences][:1] == [s.text for s in plain.sentences][:1]


# ------------------------------------------------------------------------------------------------ follow-ups


def restating(text: str) -> Callable[[Sequence[dict[str, Any]]], Reply]:
    def reply(messages: Sequence[dict[str, Any]]) -> Reply:
        if chat_models.read_prompt(messages).passages:
            return chat_models.truthful(messages)
        return Reply(text=text)

    return reply


def test_a_follow_up_is_restated_by_the_model_from_the_turns(small_settings: Settings) -> None:
    with asking(small_settings, restating("情報専門員の初任給はいくらですか")) as (bot, server):
        answer = ask(bot, "じゃあ初任給は?", ["情報専門員は何歳まで受けられますか"])
    assert "231,500円" in answer.sentences[0].text
    assert "何歳まで受けられますか" in server.requests[0]["messages"][-1]["content"]


@pytest.mark.parametrize(
    "text",
    ["警視庁の初任給はいくらですか", "情報専門員の初任給は40歳でいくらですか", "https://evil.example/", "", "a\nb"],
)
def test_a_restatement_that_adds_something_is_not_used(small_settings: Settings, small_bot: Bot, text: str) -> None:
    history = ["情報専門員は何歳まで受けられますか"]
    with asking(small_settings, restating(text)) as (bot, _):
        answer = ask(bot, "じゃあ初任給は?", history)
    plain = ask(small_bot, "じゃあ初任給は?", history)
    assert [c.quote for s in answer.sentences for c in s.citations][:1] == [
        c.quote for s in plain.sentences for c in s.citations
    ][:1]


# ------------------------------------------------------------------------------------------------ budget, settings


def test_past_the_budget_answers_are_extractive(small_settings: Settings) -> None:
    with asking(small_settings, chat_models.truthful, chat_daily_calls=2) as (bot, server):
        modes = [ask(bot, AGE).mode for _ in range(3)]
    assert modes == ["model", "model", "extractive"] and len(server.requests) == 2


def test_a_budget_that_is_handed_in_counts(small_settings: Settings) -> None:
    class Kept:
        def __init__(self) -> None:
            self.asked: list[int] = []

        def spend(self, tokens: int) -> bool:
            self.asked.append(tokens)
            return len(self.asked) < 2

    kept = Kept()
    with serving(chat_models.truthful) as server:
        given = {"chat_model": "openai:m", "chat_base_url": server.url}
        bot = Bot.open(small_settings.model_copy(update=given), budget=kept)
        modes = [ask(bot, AGE).mode for _ in range(2)]
        bot.close()
    assert modes == ["model", "extractive"] and all(tokens > 600 for tokens in kept.asked)


def test_the_count_of_a_process_starts_again_each_day() -> None:
    days = iter([TODAY, TODAY, TODAY, replace_day(TODAY), replace_day(TODAY)])
    count = DailyCount(calls=1, tokens=100, day=lambda: next(days))
    assert [count.spend(60), count.spend(1), count.spend(60)] == [True, False, True]


def replace_day(day: Any) -> Any:
    return day.replace(day=day.day + 1)


@pytest.mark.parametrize(
    ("model", "hint"),
    [("nobody:m", "nobody"), ("anthropic:m", "langchain-anthropic"), ("openai:m", "docs/models.md")],
)
def test_a_missing_provider_package_or_key_is_one_sentence(
    small_settings: Settings, monkeypatch: pytest.MonkeyPatch, model: str, hint: str
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(SettingError) as error:
        Bot.open(small_settings.model_copy(update={"chat_model": model}))
    assert hint in str(error.value) and "\n" not in str(error.value)


def test_nothing_is_traced_unless_switched_on(small_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """An inherited LANGSMITH_TRACING sends nothing: the tracer's own endpoint is watched."""
    from langsmith.utils import get_env_var

    with serving(chat_models.truthful) as tracer:
        for name, value in (("TRACING", "true"), ("API_KEY", "x"), ("ENDPOINT", tracer.url)):
            monkeypatch.setenv(f"LANGSMITH_{name}", value)
        get_env_var.cache_clear()
        with asking(small_settings, chat_models.truthful) as (bot, server):
            assert ask(bot, AGE).mode == "model"
        time.sleep(0.5)
        assert len(server.requests) == 1 and tracer.requests == []
    get_env_var.cache_clear()


def test_the_command_line_answers_through_the_model(small_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from running import run_command

    with serving(chat_models.truthful) as server:
        done = run_command(
            small_settings.home, "ask", AGE, "--json", "--today", "2026-11-23",
            ICTNAVI_CHAT_MODEL="openai:m", ICTNAVI_CHAT_BASE_URL=server.url,
        )  # fmt: skip
    assert done.code == 0 and json.loads(done.out)["mode"] == "model"


def test_answers_do_not_wait_for_one_another(small_settings: Settings) -> None:
    """Eight questions reach the server before the first is answered."""
    from concurrent.futures import ThreadPoolExecutor
    from threading import Barrier

    together = Barrier(8, timeout=60)

    def wait_for_all(messages: Sequence[dict[str, Any]]) -> Reply:
        together.wait()
        return replace(chat_models.truthful(messages), delay=0)

    with asking(small_settings, wait_for_all, chat_deadline=100.0) as (bot, _), ThreadPoolExecutor(8) as pool:
        modes = list(pool.map(lambda _: ask(bot, AGE).mode, range(8)))
    assert modes == ["model"] * 8
