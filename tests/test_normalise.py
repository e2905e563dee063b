"""The normal form: what counts as the same, and that every match finds its way back to the original."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.language.normalise import fold, normalise, strip_invisible

SAME = [
    ("ＩＣＴ職", "ict職"),
    ("６１歳未満", "61歳未満"),
    ("２３．５％", "23.5%"),
    ("ﾃﾚﾜｰｸ", "テレワーク"),
    ("ﾃﾞｼﾞﾀﾙｻｰﾋﾞｽ", "デジタルサービス"),
    ("ﾊﾟｰﾄﾅｰｽﾞ", "パートナーズ"),
    ("テ\u3099シ\u3099タル", "デジタル"),
    ("22〜29歳", "22~29歳"),
    ("22～29歳", "22~29歳"),
    ("22∼29歳", "22~29歳"),
    ("03−5321‐1111", "03-5321-1111"),
    ("03–5321—1111", "03-5321-1111"),
    ("03－5321﹣1111", "03-5321-1111"),
    ("㈱都庁", "(株)都庁"),
    ("㍻", "平成"),
    ("①Ⅰ類", "1i類"),
    ("「時\u200b給」", "「時給」"),
    ("辻\U000e0100さん", "辻さん"),
    ("☎\ufe0f", "☎"),
    ("\ufeff研修", "研修"),
    ("東\u2060京\u00ad都", "東京都"),
    ("都\u202e庁", "都庁"),
    ("全角　空白", "全角 空白"),
]


@pytest.mark.parametrize(("written", "normal"), SAME)
def test_forms_of_one_word_have_one_normal_form(written: str, normal: str) -> None:
    assert fold(written) == normal
    assert normalise(written).text == normal


@pytest.mark.parametrize(
    ("one", "other"), [("サービス", "サ-ビス"), ("か", "が"), ("ハ", "パ"), ("任期", "任用"), ("エ", "工")]
)
def test_different_words_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("text", "found", "original"),
    [
        ("前㈱後", "(株)", "㈱"),
        ("前㈱後", "株", "㈱"),
        ("令和７年度のﾊﾟｰﾄです", "パート", "ﾊﾟｰﾄ"),
        ("対象は２２〜２９歳です", "22~29歳", "２２〜２９歳"),
        ("電\u200b話は03−5321です", "電話", "電\u200b話"),
        ("テ\u3099ータの話", "デ", "テ\u3099"),
    ],
)
def test_a_match_is_quoted_from_the_original(text: str, found: str, original: str) -> None:
    normal = normalise(text)
    at = normal.text.index(found)
    start, end = normal.original(at, at + len(found))
    assert text[start:end] == original


def test_an_empty_range_has_no_place_in_the_original() -> None:
    with pytest.raises(ValueError, match="empty"):
        normalise("任期").original(1, 1)


def test_invisible_characters_go_and_visible_ones_stay_as_written() -> None:
    assert strip_invisible("Ａ\u200bＢ\ufeff〜\U000e0041ﾃﾞ\u202e") == "ＡＢ〜ﾃﾞ"


AWKWARD = (
    st.text(st.sampled_from("０9ｶﾞﾊﾟがか゛\u3099\u309a㈱㍻〜～~−‐ー\u200b\ufeff\ufe0f\U000e0100 　\nAａÅé\u0301①ßİ"))
    | st.text()
)


@given(AWKWARD)
def test_offsets_lie_inside_the_original_and_never_run_back(text: str) -> None:
    normal = normalise(text)
    assert len(normal.text) == len(normal.starts) == len(normal.ends)
    assert all(0 <= start < end <= len(text) for start, end in zip(normal.starts, normal.ends, strict=True))
    assert list(normal.starts) == sorted(normal.starts)
    assert list(normal.ends) == sorted(normal.ends)


@given(AWKWARD, st.data())
def test_every_range_has_a_range_of_the_original(text: str, data: st.DataObject) -> None:
    normal = normalise(text)
    if not normal.text:
        return
    low = data.draw(st.integers(0, len(normal.text) - 1))
    high = data.draw(st.integers(low + 1, len(normal.text)))
    start, end = normal.original(low, high)
    assert 0 <= start < end <= len(text)
    assert normal.text[low:high] in normalise(text[start:end]).text


@given(AWKWARD)
def test_the_normal_form_holds_no_invisible_character(text: str) -> None:
    assert strip_invisible(fold(text)) == fold(text)
    assert strip_invisible(normalise(text).text) == normalise(text).text


@given(st.text(st.sampled_from("０９ｶﾞﾊﾟ㈱㍻〜～−‐ー　Aａ①ⅠがパTOKYO都。")))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_half_a_character_is_dropped() -> None:
    assert fold("年\ud800齢\udfff") == "年齢" == strip_invisible("年\ud800齢\udfff")
