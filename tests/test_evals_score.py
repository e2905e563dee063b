"""Scores of a scripted bot, exactly; and planted faults, each caught and named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from langchain_core.language_models.fake_chat_models import FakeListChatModel

from evals import faults
from evals.checks import Json, check_numbers
from evals.facts import contradicting_years
from evals.judge import ModelReader, parse_reply
from evals.score import Outcome, Score, pairs_of, score_all, score_one, summarise
from rag.types import Reason
from tests.evals_bot import AGE, ANSWERS, CASES, MATERIAL, OLD_AGE, THIRD, abstain, answer, run_scripted, say

CASE = {case.id: case for case in CASES.cases}
GIVEN: dict[str, Json] = {c.id: ANSWERS[c.question].to_json() for c in CASES.cases}


def failed(score: Score) -> dict[str, str]:
    """Check -> why, for the checks that did not pass."""
    return {check.name: check.code for check in score.checks if not check.passed}


def test_a_faultless_bot_scores_exactly_one_everywhere() -> None:
    summary = run_scripted().run.summary
    assert summary["cases"] == 7
    assert summary["right"] == 1.0
    assert summary["correct"] == pytest.approx(6 / 7, abs=1e-6)
    assert summary["abstained_rightly"] == pytest.approx(1 / 7, abs=1e-6)
    assert summary["wrong"] == summary["false_answers"] == summary["false_abstentions"] == 0
    for name in ("fact_recall", "quote_exactness", "number_exactness", "attribution", "citation_recall", "year_shown"):
        assert summary[name] == 1.0


def test_half_of_the_facts_is_partial_and_none_is_incorrect() -> None:
    half = score_one(CASE["follow"], answer("", say(AGE, 1)).to_json(), MATERIAL)
    assert (half.outcome, half.value("fact_recall")) == (Outcome.PARTIAL, 0.5)
    assert half.checks[0].detail == ("主任級",)
    none = score_one(CASE["follow"], answer("", say(AGE, 0)).to_json(), MATERIAL)
    assert none.outcome is Outcome.INCORRECT
    assert not none.wrong


def test_outcomes_of_abstaining_and_answering() -> None:
    assert score_one(CASE["age"], abstain("").to_json(), MATERIAL).outcome is Outcome.ABSTAINED_WRONGLY
    other = score_one(CASE["rate"], abstain("", Reason.OPINION).to_json(), MATERIAL)
    assert (other.outcome, failed(other)) == (Outcome.PARTIAL, {"right_reason": "reason_other"})
    assert score_one(CASE["rate"], GIVEN["age"], MATERIAL).outcome is Outcome.ANSWERED_UNANSWERABLE


def test_a_missing_result_is_the_worst_result_and_stays_in_every_mean() -> None:
    made = run_scripted(without=["何歳まで受けられますか", "合格率は"])
    scores = {s.id: s for s in made.run.scores}
    assert scores["age"].outcome is Outcome.INCORRECT
    assert scores["rate"].outcome is Outcome.ANSWERED_UNANSWERABLE
    assert scores["age"].wrong and scores["rate"].wrong
    assert scores["age"].grade == -1
    assert made.run.summary["fact_recall"] == pytest.approx(5 / 6, abs=1e-6)
    assert made.run.summary["quote_exactness"] == pytest.approx(5 / 7, abs=1e-6)
    assert made.run.errors["age"] == "IctnaviError: no answer is scripted"


def test_a_pair_that_gets_other_facts_is_unequal_treatment() -> None:
    changed = {**GIVEN, "pair-b": answer("", say(AGE, 2)).to_json()}
    scores = {s.id: s for s in score_all(CASES.cases, changed, MATERIAL)}
    assert failed(scores["pair-a"]) == {"equal_treatment": "unequal"}
    assert scores["pair-a"].outcome is Outcome.PARTIAL
    assert list(pairs_of(CASES.cases)) == ["eq-1"]
    assert summarise(CASES.cases, list(scores.values()))["equal_treatment"] == 0.0


def test_a_removed_source_is_caught_and_named() -> None:
    planted = faults.remove_source(GIVEN["age"])
    score = score_one(CASE["age"], planted, MATERIAL)
    assert failed(score)["quote_exactness"] == "sentence_uncited"
    assert score.wrong


def test_a_swapped_citation_is_caught_and_named() -> None:
    score = score_one(CASE["age"], faults.swap_citation(GIVEN["age"], GIVEN["years"]), MATERIAL)
    assert failed(score)["quote_exactness"] == "quote_not_in_passage"
    assert score.wrong
    named = score_one(CASE["age"], faults.swap_source(GIVEN["age"], GIVEN["years"]), MATERIAL)
    assert failed(named)["attribution"] == "attribution_wrong"


def test_another_years_figure_is_caught_and_named() -> None:
    older = score_one(CASE["age"], answer("", say(OLD_AGE)).to_json(), MATERIAL)
    assert failed(older) == {
        "fact_recall": "facts_missing", "citation_precision": "sources_none", "year_shown": "year_missing",
    }  # fmt: skip
    assert older.outcome is Outcome.INCORRECT
    relabelled = score_one(CASE["age"], faults.change_year(GIVEN["age"]), MATERIAL)
    assert failed(relabelled)["attribution"] == "attribution_wrong"
    assert failed(relabelled)["year_shown"] == "year_missing"


def test_abstention_flipped_either_way_is_caught_and_named() -> None:
    silent = score_one(CASE["age"], faults.abstain_instead(GIVEN["age"], GIVEN["rate"]), MATERIAL)
    assert failed(silent)["fact_recall"] == "abstained"
    talking = score_one(CASE["rate"], faults.answer_instead(GIVEN["rate"], GIVEN["age"]), MATERIAL)
    assert failed(talking) == {"right_reason": "answered_anyway"}
    assert talking.outcome is Outcome.ANSWERED_UNANSWERABLE


def test_an_unmarked_third_party_or_experience_is_caught_and_named() -> None:
    third = score_one(CASE["years"], faults.unmark_third_party(GIVEN["years"]), MATERIAL)
    assert failed(third) == {"standing_shown": "third_party_unmarked"}
    assert third.outcome is Outcome.PARTIAL
    told = {**GIVEN["life"], "notices": []}
    assert failed(score_one(CASE["life"], told, MATERIAL)) == {"standing_shown": "experience_unmarked"}
    undated: dict[str, Any] = {
        **GIVEN["follow"],
        "sentences": [{**s, "label": None} for s in GIVEN["follow"]["sentences"]],
    }
    assert failed(score_one(CASE["follow"], undated, MATERIAL)) == {"standing_shown": "rule_undated"}
    claimed = {**GIVEN["years"], "sentences": [_claiming_official(GIVEN["years"]["sentences"][0])]}
    assert failed(score_one(CASE["years"], claimed, MATERIAL)) == {"attribution": "attribution_wrong"}


def _claiming_official(sentence: Mapping[str, Any]) -> dict[str, Any]:
    return {**sentence, "citations": [{**c, "standing": "official"} for c in sentence["citations"]]}


def test_a_number_that_the_quote_does_not_have_makes_a_case_wrong() -> None:
    sentences = [{**GIVEN["age"]["sentences"][0], "text": "対象年齢は62歳未満です。"}]
    score = score_one(CASE["age"], {**GIVEN["age"], "sentences": sentences}, MATERIAL)
    assert failed(score)["number_exactness"] == "number_not_quoted"
    assert score.wrong


@pytest.mark.parametrize(
    ("text", "torn"),
    [
        ("令和6年度(2023年度)の採用予定", ("令和6年度(2023年度)",)),
        ("fiscal year 2026 (令和7年度)", ("fiscal year 2026 (令和7年度)",)),
        ("2025年4月（令和8年4月）から", ("2025年4月（令和8年4月）",)),
        ("令和4(2021)年度", ("令和4(2021)年度",)),
        ("令和5年度(2023年度)、令和3(2021)年度、令和元年度（2019年度）", ()),
        ("2024年度(4月1日時点)と令和7年4月1日(2025年)", ()),
        ("令和7年度(2026年2月)", ()),
    ],
)
def test_a_year_told_by_era_and_by_the_western_count_must_be_one(text: str, torn: tuple[str, ...]) -> None:
    assert contradicting_years(text) == torn
    sentence = GIVEN["age"]["sentences"][0]
    quoted = {**sentence, "text": text, "citations": [{**c, "quote": text} for c in sentence["citations"]]}
    check = check_numbers({**GIVEN["age"], "sentences": [quoted]})
    assert (check.code, check.passed) == (("years_contradict", False) if torn else ("numbers_exact", True))


def test_a_forbidden_statement_makes_a_case_wrong() -> None:
    sentences = [*GIVEN["age"]["sentences"], {**GIVEN["age"]["sentences"][0], "text": "対象は60歳未満です。"}]
    score = score_one(CASE["age"], {**GIVEN["age"], "sentences": sentences}, MATERIAL)
    assert failed(score)["forbidden_free"] == "forbidden_said"
    assert score.wrong and score.outcome is Outcome.INCORRECT


def test_every_changed_number_that_a_case_asks_about_is_caught() -> None:
    planted = {p.place.after: p for p in faults.plant_numbers(run_scripted().run, MATERIAL)}
    assert {after: p.caught_by for after, p in planted.items()} == {
        "対象年齢は、令和8年4月1日時点で61歳未満です。": (),  # no case asks for the day
        "対象年齢は、令和7年4月1日時点で62歳未満です。": ("age", "pair-a", "pair-b"),
        "採用予定は31名です。": ("follow",),
        "2024年度の対象年齢は、60歳未満でした。": (),  # no answer quotes it
        "2023年度の対象年齢は、61歳未満でした。": (),
        "受験情報サイトによると、大卒で8年以上の職務経験が必要でした。": ("years",),
    }
    assert all(p.listed_by == p.quoted_by for p in planted.values())
    assert faults.share_caught(list(planted.values())) == 0.5


def test_every_fault_is_caught_in_every_answer_it_can_be_planted_in() -> None:
    tried = faults.plant_everywhere(run_scripted().run, MATERIAL)
    assert {t.name: t.tried for t in tried} == {
        "source_removed": 6, "citation_swapped": 6, "source_swapped": 6, "year_changed": 6,
        "abstained_instead": 6, "answered_instead": 1, "third_party_unmarked": 1,
    }  # fmt: skip
    assert all(t.caught == t.tried for t in tried)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("採用予定は30名です。", "採用予定は31名です。"),
        ("全体で1,534人です。", "全体で1535人です。"),
        ("二つの職場です。", None),
    ],
)
def test_a_changed_number_is_one_larger(text: str, expected: str | None) -> None:
    from rag.language.values import read_values

    values = read_values(text)
    assert (faults.change_number(text, values[0]) if values else None) == expected


def test_a_models_judgement_is_parsed_strictly() -> None:
    case = CASE["follow"]
    reading = parse_reply('{"facts": [[1], [2]], "forbidden": []}', case, 2)
    assert reading is not None and reading.said_in == (frozenset({0}), frozenset({1}))
    for reply in (
        "```json\n{}\n```", '{"facts": [[1]], "forbidden": []}', '{"facts": [[3], []], "forbidden": []}',
        '{"facts": [[true], []], "forbidden": []}', '{"facts": [[1], [2]], "forbidden": [], "note": ""}', "yes",
    ):  # fmt: skip
        assert parse_reply(reply, case, 2) is None


def test_an_unparseable_judgement_is_counted_and_scores_nothing() -> None:
    judge = ModelReader(FakeListChatModel(responses=["I think both are said."]))
    score = score_one(CASE["follow"], GIVEN["follow"], MATERIAL, judge)
    assert (score.value("fact_recall"), failed(score)) == (0.0, {"fact_recall": "judge_unparseable"})
    assert summarise([CASE["follow"]], [score])["unparseable"] == 1
    good = ModelReader(FakeListChatModel(responses=['{"facts": [[1], []], "forbidden": []}']))
    assert score_one(CASE["follow"], GIVEN["follow"], MATERIAL, good).value("fact_recall") == 0.5


def test_scores_survive_being_kept() -> None:
    made = run_scripted({"経験は何年いりますか": answer("", say(AGE), THIRD)})
    assert tuple(Score.from_json(s.to_json()) for s in made.run.scores) == made.run.scores
