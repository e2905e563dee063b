"""Evaluation's figures against hand-worked examples and, where one exists, an independent implementation."""

from __future__ import annotations

import itertools
import math
import random

import ir_measures
import numpy as np
import pytest
from ir_measures import RR, R, Success, nDCG

from evals import metrics, ranking
from evals.compare import bootstrap, p_of_mcnemar, p_of_signs
from evals.facts import says, says_forbidden
from evals.runs import Timing

SAYS = [
    ("対象年齢は令和7年4月1日時点で61歳未満です。", "60歳まで", True),
    ("対象年齢は61歳以下です。", "60歳まで", False),
    ("受験できるのは22歳以上30歳未満です。", "22〜29歳", True),
    ("受験できるのは22〜29歳です。", "22歳以上", True),
    ("受験できるのは22〜29歳です。", "30歳未満", True),
    ("受験できるのは23〜29歳です。", "22歳以上", False),
    ("2024年度の募集です。", "令和6年度", True),
    ("2024年の募集です。", "令和6年度", False),
    ("2021年4月1日に始まりました。", "2021年", True),
    ("令和3(2021)年度に始まりました。", "2021年度", True),
    ("令和３（２０２１）年度に始まりました。", "令和3年度", True),
    ("2021年度(令和3年度)に始まりました。", "令和3年度", True),
    ("令和3(2021)年度に始まりました。", "2022年度", False),
    ("61歳未満の人が受けられます。", "62歳未満", False),
    ("上限は60歳です。", "61歳未満", False),
    ("2021年に始まりました。", "2021年4月", False),
    ("令和7年4月1日で数えます。", "4月1日", True),
    ("大卒で7年以上、短大卒で9年以上です。", "大卒で7年以上", True),
    ("大卒では、7年以上です。", "大卒7年以上", True),
    ("大卒で17年以上です。", "7年以上", False),
    ("大卒で7年以上です。", "7年", True),
    ("大卒で7年以上です。", "8年", False),
    ("220人を超えました。", "220人超", True),
    ("220人超です。", "220人", True),
    ("月23.5万円です。", "235,000円", True),
    ("２２項目あります。", "22項目", True),
    ("22項目あります。", "23項目", False),
    ("キャリア活用採用選考では、主任級での採用が基本です。", "主任級", True),
    ("「スキル・マップ」があります。", "スキルマップ", True),
    ("ICT職の人数です。", "IT", False),
    ("the IT department", "IT", True),
    ("It is open to people under 61.", "60歳まで", True),
    ("A fixed-term post.", "fixed term post", True),
    ("午前7時から11時までです。", "7:00", True),
]


@pytest.mark.parametrize(("text", "wording", "expected"), SAYS)
def test_a_fact_is_said_by_value_and_by_normalised_wording(text: str, wording: str, expected: bool) -> None:
    assert says(text, wording) is expected


def test_a_forbidden_statement_is_not_said_by_its_denial() -> None:
    assert says_forbidden("ICT職の任期は、原則５年です。", "任期は原則5年です")
    assert not says_forbidden("ICT職の任期は原則5年ではありません。", "任期は原則5年です")
    assert says_forbidden("採用予定は410人でした。", "410名")
    assert not says_forbidden("採用予定は30人でした。", "410名")


def test_scoring_figures_follow_a_worked_example() -> None:
    said_in = (frozenset({0}), frozenset({1}), frozenset())
    assert metrics.fact_recall(said_in) == pytest.approx(2 / 3)
    assert metrics.citation_recall(said_in, {1}) == pytest.approx(1 / 3)
    assert metrics.citation_precision([True, False, True, True]) == 0.75
    assert metrics.citation_precision([]) == 0.0
    passage = "61歳未満です。一定の経験が要ります。"
    quotes = [("61歳未満です。", passage), ("60歳未満です。", passage), ("61歳未満です。", None), ("", passage)]
    assert metrics.quote_exactness(quotes) == 0.25
    sentences = [
        ("60歳までです。", ["61歳未満です。"]),
        ("62歳未満です。", ["61歳未満です。"]),
        ("経験が要ります。", [passage]),
    ]
    assert metrics.number_exactness(sentences) == pytest.approx(2 / 3)
    assert metrics.mean([]) is None


def test_a_ranked_list_scores_as_worked_by_hand() -> None:
    relevance = {"a": 2, "b": 1, "z": 1}
    ranked = ["x", "a", "y", "b"]
    assert ranking.recall(ranked, relevance, 3) == pytest.approx(1 / 3)
    assert ranking.reciprocal_rank(ranked, relevance, 10) == 0.5
    gain = 2 / math.log2(3) + 1 / math.log2(5)
    assert ranking.ndcg(ranked, relevance, 10) == pytest.approx(gain / (2 + 1 / math.log2(3) + 1 / 2))
    assert [ranking.hit(ranked, relevance, k, 2) for k in (1, 3)] == [0.0, 1.0]


def test_ranked_lists_score_as_ir_measures_says() -> None:
    chooser = random.Random(7)
    names = [f"d{n}" for n in range(40)]
    qrels = {
        f"q{n}": {d: chooser.choice([0, 1, 1, 2]) for d in chooser.sample(names, 6)} | {"d0": 1} for n in range(50)
    }
    lists = {q: chooser.sample(names, 12) for q in qrels}
    lists["q7"] = []  # a question without hits counts as the worst
    run = {q: {d: 100.0 - at for at, d in enumerate(ids)} for q, ids in lists.items() if ids}
    wanted = [R @ 1, R @ 5, R @ 10, RR @ 10, nDCG @ 10, Success(rel=2) @ 1, Success(rel=2) @ 3]
    oracle = ir_measures.calc_aggregate(wanted, qrels, run)

    def average(figure: object) -> float:
        return float(np.mean([figure(lists[q], qrels[q]) for q in qrels]))  # type: ignore[operator]

    for k in (1, 5, 10):
        assert average(lambda r, g, k=k: ranking.recall(r, g, k)) == pytest.approx(oracle[R @ k])
    assert average(lambda r, g: ranking.reciprocal_rank(r, g, 10)) == pytest.approx(oracle[RR @ 10])
    assert average(lambda r, g: ranking.ndcg(r, g, 10)) == pytest.approx(oracle[nDCG @ 10])
    for k in (1, 3):
        assert average(lambda r, g, k=k: ranking.hit(r, g, k, 2)) == pytest.approx(oracle[Success(rel=2) @ k])


def test_auroc_is_the_share_of_pairs_in_the_right_order() -> None:
    assert ranking.auroc([3, 2], [1, 2]) == pytest.approx(3.5 / 4)
    draws = np.random.default_rng(3)
    one, two = draws.integers(0, 30, 80).tolist(), draws.integers(5, 25, 60).tolist()
    pairs = [1.0 if a > b else 0.5 if a == b else 0.0 for a in one for b in two]
    assert ranking.auroc(one, two) == pytest.approx(sum(pairs) / len(pairs))


def test_answered_at_lets_no_more_than_the_share_slip() -> None:
    others = list(range(100))
    assert ranking.answered_at([94, 95, 96, 200], others, 0.05) == 0.75  # 95 … 99 slip through a threshold of 94
    draws = np.random.default_rng(5)
    answerable, wrong = draws.normal(1, 1, 300).tolist(), draws.normal(0, 1, 300).tolist()
    share = ranking.answered_at(answerable, wrong, 0.05)
    threshold = sorted(answerable, reverse=True)[round(share * 300) - 1]
    assert sum(score >= threshold for score in wrong) / 300 <= 0.05


def test_percentiles_follow_a_worked_example() -> None:
    assert ranking.percentile([10, 40, 30, 20], 0.5) == 25  # linear between the ranks
    timing = Timing(made_at="", total_s=0, elapsed_ms={str(n): float(n) for n in range(1, 21)})
    assert [timing.percentile(share) for share in (0.05, 0.5, 0.95, 1)] == [1, 10, 19, 20]  # nearest rank
    assert Timing(made_at="", total_s=0, elapsed_ms={}).percentile(0.5) == 0


@pytest.mark.parametrize(
    ("up", "down", "p"),  # 2 x the binomial tail of the rarer direction / 2 ** changed
    [(3, 0, 2 / 8), (9, 2, 2 * (1 + 11 + 55) / 2**11), (3, 3, 1.0), (0, 6, 2 / 64), (15, 4, 2 * 5036 / 2**19)],
)
def test_mcnemar_is_the_exact_binomial(up: int, down: int, p: float) -> None:
    assert p_of_mcnemar(np.array([1.0] * up + [-1.0] * down + [0.0] * 5)) == pytest.approx(p)


def test_the_sign_test_looks_at_every_sign() -> None:
    assert p_of_signs(np.array([1.0, 1, 1, 0])) == pytest.approx(2 / 8)
    # of the eight sums of ±.5 ±.25 ±.1 four are as far from 0 as .65: ±.85 and ±.65
    assert p_of_signs(np.array([0.5, 0.25, -0.1])) == pytest.approx(4 / 8)
    assert p_of_signs(np.zeros(3)) == p_of_mcnemar(np.zeros(4)) == 1.0


def test_the_bootstrap_interval_is_that_of_every_resample() -> None:
    # of the 256 resamples of (0, 0, 0, 1) 81 have the mean 0, and 13 (over 2.5 %, the all-1 one under) have .75 or more
    found = bootstrap(np.array([0.0, 0, 0, 1]))
    assert (found.low, found.high) == (0.0, 0.75)
    assert bootstrap(np.full(7, 0.5)) == bootstrap(np.full(3, 0.5))
    small = np.array([-1.0, 0, 0.5, 1, 1])
    means = [np.mean(drawn) for drawn in itertools.product(small, repeat=5)]
    low, high = np.quantile(means, [0.025, 0.975])
    found = bootstrap(small)
    assert (found.low, found.high) == (pytest.approx(low, abs=0.11), pytest.approx(high, abs=0.11))


def test_tests_and_intervals_are_scipys_where_it_is_installed() -> None:
    """SciPy is none of this project's dependencies; ir-measures may bring it along."""
    stats = pytest.importorskip("scipy.stats")
    draws = np.random.default_rng(3)
    one, two = draws.integers(0, 30, 80), draws.integers(5, 25, 60)
    assert ranking.auroc(one.tolist(), two.tolist()) == pytest.approx(stats.mannwhitneyu(one, two).statistic / 4800)
    many = np.random.default_rng(2).normal(0.15, 0.5, 60)
    drawn = stats.permutation_test(
        (many,), lambda v, axis=0: np.mean(v, axis=axis), permutation_type="samples", n_resamples=20_000, rng=1
    )
    assert p_of_signs(many) == pytest.approx(drawn.pvalue, abs=0.01)
    differences = np.random.default_rng(11).choice([-1.0, 0.0, 0.0, 1.0, 1.0], 120)
    oracle = stats.bootstrap((differences,), np.mean, method="percentile", n_resamples=20_000, rng=4)
    found = bootstrap(differences)
    assert found.low == pytest.approx(oracle.confidence_interval.low, abs=0.02)
    assert found.high == pytest.approx(oracle.confidence_interval.high, abs=0.02)
