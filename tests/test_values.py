"""Values: what is one value in many ways of writing, what is not, and that reading never fails."""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.language.values import Value, era_year, fiscal_year_of, missing_values, read_number, read_values, years_named


def one(text: str) -> Value:
    (value,) = read_values(text)
    return value


SAME = [
    ("令和7年度", "2025年度", "令和７年度", "令和七年度", "fiscal year 2025", "FY2025", "FY 2025"),
    ("令和元年度", "2019年度", "令和1年度"),
    ("平成31年", "2019年", "令和元年", "in 2019"),
    ("昭和64年", "1989年", "平成元年"),
    ("令和7年4月1日", "2025年4月1日", "2025-04-01", "2025/4/1", "April 1, 2025", "1 April 2025", "Apr. 1st, 2025"),
    ("2024年8月", "令和6年8月", "August 2024", "2024-08"),
    ("6月1日", "6/1", "June 1", "1 June", "1st June"),
    ("12月", "１２月"),
    ("61歳未満", "60歳まで", "60歳以下", "under 61 years old", "６１歳未満", "under 61", "under the age of 61",
     "up to 60"),
    ("22〜29歳", "22~29歳", "22歳から29歳まで", "22歳～29歳", "22-29歳", "22歳から29歳", "aged 22 to 29",
     "22 to 29 years old"),
    ("22歳以上", "at least 22 years old", "22 years old or older", "二十二歳以上"),
    ("59歳超", "60歳以上", "over 59 years old"),
    ("２３．５万円", "235,000円", "235000円", "235,000 yen", "23万5千円", "23万5000円", "235 thousand yen"),
    ("5千円", "5,000円", "五千円", "5000 yen"),
    ("3億円", "300 million yen", "300,000,000円"),
    ("1億2千万円", "120,000,000円", "一億二千万円"),
    ("25〜30万円", "25万円〜30万円", "250,000~300,000円"),
    ("20%", "２０％", "20パーセント", "2割", "二割", "20 percent", "20 per cent"),
    ("十年以上", "10年以上", "１０年以上", "10 years or more", "at least 10 years"),
    ("4.85月分", "4.85か月分", "４．８５月分", "4.85 months", "4.85ヵ月分"),
    ("3か月", "3ヶ月", "3ヵ月", "3カ月", "三か月", "3 months"),
    ("18時30分", "18:30", "午後6時30分", "午後6時半", "１８：３０"),
    ("午前9時", "9時", "9:00", "09:00"),
    ("1.5万人", "15,000人", "15000 people"),
    ("22項目", "22 skill items"),
    ("10種類", "10のジョブタイプ", "10 job types"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("one_way", "other_way"), [(row[0], other) for row in SAME for other in row[1:]], ids=lambda text: text
)
def test_one_value_in_two_ways_of_writing_is_the_same(one_way: str, other_way: str) -> None:
    assert one(one_way).same(one(other_way))
    assert one(other_way).same(one(one_way))


@pytest.mark.parametrize(
    ("one_way", "other_way"),
    [
        ("61歳未満", "61歳まで"),
        ("61歳未満", "61歳"),
        ("22〜29歳", "22〜30歳"),
        ("10年以上", "10年"),
        ("10年以上", "10年超"),
        ("2025年度", "2025年"),
        ("2025年4月1日", "2025年4月"),
        ("令和7年", "平成7年"),
        ("6月1日", "6月"),
        ("午後5時", "5時"),
        ("8時半", "8時"),
        ("5年", "5歳"),
        ("30人", "30件"),
        ("2割", "2%"),
        ("23万5千円", "23万5円"),
        ("4月分", "4月"),
        ("5時間", "5時"),
    ],
)
def test_values_that_differ_are_not_the_same(one_way: str, other_way: str) -> None:
    assert not one(one_way).same(one(other_way))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("59人から220人超へ増えました", ["59人", "220人超"]),
        ("400万円から600万円", ["400万円", "600万円"]),
        ("令和７年４月１日時点で２２〜２９歳の人", ["令和７年４月１日", "２２〜２９歳"]),
        ("8:30~17:15のうち7時間45分", ["8:30", "17:15", "7時間", "45分"]),
        ("初任給は２３．５万円、賞与は4.85月分です", ["２３．５万円", "4.85月分"]),
        ("年2回、1回3時間", ["2回", "1回", "3時間"]),
        ("研修2回分", ["2回"]),
        ("1人年間3回まで", ["1人", "3回まで"]),
        ("2,3年で異動", ["2", "3年"]),
        ("10, 20, 30 people", ["10", "20", "30 people"]),
        ("Those aged 22 to 29 may apply by 1 May 2025.", ["22 to 29", "1 May 2025"]),
        ("People under 30 may apply.", ["30"]),
        ("2025年以降の募集", ["2025年"]),
        ("5期生と第6期", ["5期生", "6期"]),
        ("4月1日から3日間、30日以内", ["4月1日", "3日間", "30日以内"]),
        ("若い人が多い。万が一のときも。数十人です", []),
        ("", []),
    ],
)
def test_values_are_read_in_order_in_the_words_of_the_original(text: str, written: list[str]) -> None:
    values = read_values(text)
    assert [v.written for v in values] == written
    assert [text[v.start : v.end] for v in values] == written


@pytest.mark.parametrize(
    ("text", "low", "high", "unit"),
    [
        ("61歳未満", None, 60, "age"),
        ("22歳以上", 22, None, "age"),
        ("220人超", 221, None, "person"),
        ("4.5%未満", None, Decimal("4.5"), "percent"),
        ("22〜29歳", 22, 29, "age"),
        ("22歳から", 22, None, "age"),
        ("within 5 days", None, 5, "day"),
        ("more than 220 people", 221, None, "person"),
        ("約220人", 220, 220, "person"),
    ],
)
def test_bounds_are_inclusive(text: str, low: int | None, high: int | None, unit: str) -> None:
    value = one(text)
    assert (value.low, value.high, value.unit) == (low, high, unit)


def test_two_numbers_joined_by_kara_are_no_range() -> None:
    first, last = read_values("59人から220人超")
    assert (first.low, first.high) == (Decimal(59), Decimal(59))
    assert (last.low, last.high) == (Decimal(221), None)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("23.5万", 235_000), ("23万5千", 235_000), ("23万5000", 235_000), ("1,500", 1500), ("2千万", 20_000_000),
        ("十二", 12), ("二十", 20), ("百五", 105), ("三千二百", 3200), ("十万", 100_000), ("一億二千万", 120_000_000),
        ("二〇二五", 2025), ("0", 0),
    ],
)  # fmt: skip
def test_numbers_are_read_with_their_scales(written: str, number: int) -> None:
    assert read_number(written) == number


def test_missing_values_are_those_no_present_value_equals() -> None:
    needed = read_values("61歳未満で、任期は5年、採用は30人です")
    present = read_values("60歳まで。30名程度。5か月。")
    assert [v.written for v in missing_values(needed, present)] == ["5年"]
    assert missing_values(needed, needed) == ()
    assert missing_values((), present) == ()


def test_a_number_without_a_unit_equals_that_number_with_any_unit() -> None:
    assert missing_values(read_values("aged 22 to 29"), read_values("22〜29歳")) == ()
    assert missing_values(read_values("30"), read_values("31人")) != ()


@pytest.mark.parametrize(
    ("told", "quoted"),
    [
        ("22歳以上30歳未満", "22〜29歳"), ("1,000字から1,500字", "1,000〜1,500字"), ("週1日から2日", "週1〜2日"),
        ("2020年から2021年", "2020〜2021年"), ("小学1年から3年まで", "小学1年から小学3年"), ("3本の柱", "三本柱"),
        ("86.6%まで上がりました", "86.6%に上がりました"), ("二〇〇五年", "2005年"), ("十九本", "19本"),
        ("3月11日〜24日", "3月11日から3月24日まで"), ("rose from 2.6 in 2022", "2.6 in 2022"),
        ("200人を上回る", "200人超"), ("61歳に達していない", "61歳未満"), ("第4期まで", "第4期"),
    ],
)  # fmt: skip
def test_a_range_may_be_told_end_by_end_and_a_value_in_other_words(told: str, quoted: str) -> None:
    assert missing_values(read_values(told), read_values(quoted)) == ()


@pytest.mark.parametrize(
    ("told", "quoted"), [("22歳以上", "22〜29歳"), ("22歳以上31歳未満", "22〜29歳"), ("29歳以上22歳", "22〜29歳")]
)
def test_one_end_of_a_range_alone_or_a_wrong_one_is_missing(told: str, quoted: str) -> None:
    assert missing_values(read_values(told), read_values(quoted)) != ()


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("令和7年度と2024年4月", {2025, 2024}),
        ("平成30年度の倍率", {2018}),
        ("in fiscal year 2026", {2026}),
        ("since 2019", {2019}),
        ("2025年以降", {2025}),
        ("令和六年度", {2024}),
        ("10年以上で2025人、4月1日", set()),
    ],
)
def test_years_named_are_western(text: str, years: set[int]) -> None:
    assert years_named(text) == years


@pytest.mark.parametrize(
    ("day", "year"), [(date(2026, 3, 31), 2025), (date(2026, 4, 1), 2026), (date(2026, 12, 31), 2026)]
)
def test_the_fiscal_year_begins_in_april(day: date, year: int) -> None:
    assert fiscal_year_of(day) == year


@pytest.mark.parametrize(
    ("year", "written"), [(2025, "令和7"), (2019, "令和元"), (2018, "平成30"), (1989, "平成元"), (1900, "1900")]
)
def test_a_year_has_its_era(year: int, written: str) -> None:
    assert era_year(year) == written


@given(st.integers(2019, 2035))
def test_era_and_western_year_are_one_value(year: int) -> None:
    assert one(f"{era_year(year)}年度").same(one(f"{year}年度"))


@given(st.integers(1, 99_999_999))
def test_an_amount_is_the_same_with_and_without_separators(amount: int) -> None:
    assert one(f"{amount}円").low == one(f"{amount:,}円").low == one(f"{amount:,} yen").low == amount


PIECES = st.lists(
    st.sampled_from(
        [*"0123456789０９①²٣.,:/-~〜年月日時分歳才人円%割万億千百十一〇元 　", "令和", "平成", "年度", "から",
         "まで", "以上", "未満", "超", "午後", "半", "か月", "to", "under ", " may ", "April ", "fy", "in ", " years",
         " million", "\u200b"]
    )
).map("".join)  # fmt: skip


@given(PIECES | st.text())
def test_reading_never_fails_and_quotes_the_original(text: str) -> None:
    at = 0
    for value in read_values(text):
        assert at <= value.start < value.end <= len(text)
        assert value.written == text[value.start : value.end]
        assert value.low is not None or value.high is not None
        assert value.same(value)
        at = value.start  # one sign can hold two values: ¼
    assert missing_values(read_values(text), read_values(text)) == ()


@pytest.mark.parametrize("unit", ["1", "一", "1,", "1.", "1万", "令和", "2025年", "から", "1~", "may ", "1 ", "12月"])
def test_time_grows_with_the_length_only(unit: str) -> None:
    text = unit * (40_000 // len(unit))
    started = time.perf_counter()
    read_values(text)
    assert time.perf_counter() - started < 10
