"""Masks: personal data in every way of writing it, and what must stay readable."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.privacy import mask

PHONES = [
    "090-1234-5678", "09012345678", "090 1234 5678", "０９０－１２３４－５６７８", "０９０ー１２３４ー５６７８",
    "０９０１２３４５６７８",
    "090−1234−5678", "080–1234–5678", "090‐1234‐5678", "090.1234.5678", "090・1234・5678",
    "０９０〜１２３４〜５６７８",
    "090(1234)5678", "０９０（１２３４）５６７８", "03-1234-5678", "0312345678", "０４２－５２３－９９９９",
    "050-1234-5678",
    "+81-90-1234-5678", "+81 90 1234 5678", "+819012345678", "+81 (0)90-1234-5678", "090\u200b1234\u200b5678",
    "0081-90-1234-5678", "090_1234_5678", "090/1234/5678", "03（1234）5678", "0467-12-3456", "090-12345678",
]  # fmt: skip
EMAILS = [
    "taro@example.jp", "ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ", "Taro.Yamada+ict@mail.example.co.jp",
    "taro＠example.jp", "taro @ example.jp",
    "taro[at]example.jp", "taro(at)example.jp", "taro_y@sub-domain.example.com",
    "taro☆example.jp", "taroアットマークexample.jp", "taro@例え.jp",
]  # fmt: skip
MY_NUMBERS = [
    "1234-5678-9012",
    "1234 5678 9012",
    "123456789012",
    "１２３４５６７８９０１２",
    "１２３４－５６７８－９０１２",
    "1234‐5678‐9012",
    "1234・5678・9012",
    "1234_5678_9012",
]
CARDS = [
    "4111-1111-1111-1111",
    "4111 1111 1111 1111",
    "4111111111111111",
    "４１１１－１１１１－１１１１－１１１１",
    "3782 822463 10005",
    "4111・1111・1111・1111",
    "3056 930902 5904",
]
BIRTHS = [
    "1990年5月3日生まれ", "１９９０年５月３日うまれ", "1990/5/3生まれ", "1990-05-03 生", "平成2年5月3日生まれ",
    "昭和６０年５月３日生",
    "平成元年5月3日生まれ", "令和元年5月3日生まれ", "生年月日は1990年5月3日", "生年月日：1990/05/03",
    "生年月日 1990年5月3日",
    "誕生日は5月3日", "born on May 3, 1990", "date of birth: 1990-05-03", "DOB 1990-05-03", "My birthday is 1990/5/3",
    "H2.5.3生まれ", "S60/5/3 生", "19900503生まれ", "1990年5月3日に生まれました", "1990年5月3日が誕生日",
    "生まれは1990年5月3日",
]  # fmt: skip
ADDRESSES = [
    "〒160-0022", "〒１６０－００２２", "160-0022 東京都新宿区", "東京都新宿区新宿1-2-3",
    "東京都新宿区新宿１丁目２番３号",
    "新宿区新宿１－２－３", "横浜市中区本町6-50-10", "東京都渋谷区神南一丁目2-3",
    "東京都八王子市元本郷町三丁目24番1号",
    "渋谷区神南1の2の3", "大阪府大阪市北区中之島1-3-20",
    "東京都新宿区新宿一丁目二番三号", "京都市中京区寺町通御池上る上本能寺前町488番地", "北海道札幌市中央区北1条西2丁目",
    "郵便番号160-0022", "東京都世田谷区玉川１－１４－１ 楽天ビル305号室",
]  # fmt: skip
PERSONAL = [
    *(("電話番号", w) for w in PHONES),
    *(("メールアドレス", w) for w in EMAILS),
    *(("マイナンバー", w) for w in MY_NUMBERS),
    *(("カード番号", w) for w in CARDS),
    *(("生年月日", w) for w in BIRTHS),
    *(("住所", w) for w in ADDRESSES),
]
FRAMES = ["{}", "私は{}です。任期は何年ですか?", "連絡先:{}、よろしく", "My data is {} and I ask about pay."]


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize(("kind", "written"), PERSONAL)
def test_personal_data_is_masked_in_every_way_of_writing(kind: str, written: str, frame: str) -> None:
    masked = mask(frame.format(written))
    assert masked.kinds == (kind,)
    assert f"〔{kind}〕" in masked.text
    before, _, after = frame.partition("{}")
    assert masked.text.startswith(before)
    assert masked.text.endswith(after)
    digits = [c for c in masked.text if c.isdigit()]
    assert digits == []


@pytest.mark.parametrize(
    "text",
    [
        "03-5321-1111に電話できますか",
        "０３－５３２１－１１１１",
        "03(5321)1111",
        "0353211111",
        "+81-3-5321-1111",
        "03-5388-1111",
        "0570-03-1234",
        "0120-123-456",
        "０１２０－１２３－４５６",
        "0800-123-4567",
        "110番と119番",
        "2025年4月1日",
        "2025-04-01から2025/6/30まで",
        "令和7年4月1日時点で22〜29歳",
        "1996年4月2日から2004年4月1日までに生まれた人",
        "2004年4月1日以前に生まれた人が対象ですか",
        "2024 2025 2026年度の違い",
        "2023-2024-2025",
        "2023-2024 2024-2025",
        "年収500万円、235,000円、1,234,567,890円、10000000000円",
        "08:30-17:15、18:00〜20:00",
        "0.5-1.5か月、3-5年ごと、4.85月分",
        "東京都新宿区西新宿2-8-1",
        "東京都新宿区西新宿２丁目８番１号",
        "〒163-8001 東京都新宿区西新宿二丁目8番1号",
        "港区に1-2年いました。中央区役所で3-4年働いた",
        "新宿区の1-3か月の研修、区市町村1-2年、23区の1-2割",
        "文京区で一番の人気、港区で二、三年、区市町村の一の課題、江東区の三つの部署",
        "東京都新宿区西新宿二丁目八番一号",
        "2004年4月1日以前に生まれた人、1996年4月2日から生まれた人",
        "30569309025 円、第2010-0045号、ISO27001、2024_2025",
        "都内の市区町村は62自治体",
        "電話番号とメールアドレスは何に使いますか。生年月日は必要ですか",
        "@govtech_tokyo と https://example.jp/a@b",
        "How many people were hired in 2024? 50 in 2025?",
        "",
    ],
)
def test_public_numbers_dates_and_amounts_stay(text: str) -> None:
    masked = mask(text)
    assert masked.text == text
    assert masked.kinds == ()


def test_every_kind_is_named_once_and_the_question_stays() -> None:
    masked = mask("山田です。090-1234-5678か０８０−１１１１−２２２２、taro@example.jp まで。ＩＣＴ職の任期は〜？")
    assert masked.text == "山田です。〔電話番号〕か〔電話番号〕、〔メールアドレス〕 まで。ＩＣＴ職の任期は〜？"
    assert sorted(masked.kinds) == ["メールアドレス", "電話番号"]


def test_a_public_number_stays_beside_a_private_one() -> None:
    assert mask("03-5321-1111と090-1234-5678").text == "03-5321-1111と〔電話番号〕"


@given(
    st.lists(st.sampled_from([w for _, w in PERSONAL] + ["。任期は", "ICT職", "、", "2025年度", "です "]), max_size=6)
)
def test_what_was_masked_needs_no_second_mask(pieces: list[str]) -> None:
    once = mask("。".join(pieces))
    assert mask(once.text) == type(once)(text=once.text, kinds=())


@given(st.text())
def test_masking_any_text_never_fails(text: str) -> None:
    masked = mask(text)
    assert bool(masked.kinds) == (masked.text != text)


@pytest.mark.parametrize("unit", ["a", "1", "0-", "区", "東京都", "1234-", "生年月日", "19", "a.", "@", "〒"])
def test_time_grows_with_the_length_only(unit: str) -> None:
    started = time.perf_counter()
    mask(unit * (30_000 // len(unit)))
    assert time.perf_counter() - started < 10
