"""Slips of spelling: what is mended, and what is left alone."""

from __future__ import annotations

import pytest

from rag.language.spelling import Speller
from rag.language.tokens import Tokenizer

GROUPS = [
    ["年齢制限", "年齢要件"],
    ["在宅勤務", "テレワーク"],
    ["キャリア活用採用選考", "キャリア活用"],
    ["倍率"],
    ["職務経験"],
    ["東京都"],
    ["govtech東京"],
]
WORDS = frozenset(
    {"govtech", "デジタルスキルマップ", "デジタルツイン", "メンター", "ガバメントクラウド", "フレックスタイム", "month"}
)


@pytest.fixture(scope="module")
def speller() -> Speller:
    return Speller(Tokenizer(GROUPS), WORDS)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ねんれいせいげんはありますか", "年齢制限はありますか"),
        ("ざいたくきんむはできますか", "在宅勤務はできますか"),
        ("キャリアかつよう採用戦こうの職む経験は", "キャリア活用採用選考の職務経験は"),
        ("れいわ5ねんどのばいりつ", "令和5年度の倍率"),
        ("デジタルスキルマプの項目", "デジタルスキルマップの項目"),
        ("デジタルツイソとは", "デジタルツインとは"),
        ("ガバメンクラウド", "ガバメントクラウド"),
        ("フレクスタイムは有りますか", "フレックスタイムは有りますか"),
        ("メンタ制度", "メンター制度"),
        ("govtehc東京の任期", "govtech東京の任期"),
    ],
)
def test_slips_are_mended(speller: Speller, typed: str, meant: str) -> None:
    assert speller.mend(typed) == meant


@pytest.mark.parametrize(
    "right",
    [
        "東京とパリの比較",  # と is a particle, not the end of 東京都
        "メンバーは何人ですか",
        "コンサルタントの経験",
        "にんきはありますか",
        "what months are busy?",
        "ict職のbonusはhow many months?",
        "デジタルツインとは",
        "",
    ],
)
def test_what_is_right_is_left_alone(speller: Speller, right: str) -> None:
    assert speller.mend(right) == right
