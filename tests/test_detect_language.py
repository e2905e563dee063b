"""Which language a question is answered in."""

from __future__ import annotations

import pytest

from rag.language.detect import detect, has_japanese


@pytest.mark.parametrize(
    "text",
    [
        "任期は何年ですか",
        "ICT職とは?",
        "GovTech東京 Partnersとは",
        "AWSやAzureやGCPの経験は必要ですか",
        "AWS Azure GCP 経験",
        "ICT job 年齢",
        "ﾃﾚﾜｰｸ",
        "採用",
        "61",
        "",
        "？？？",
    ],
)
def test_a_japanese_question_is_japanese(text: str) -> None:
    assert detect(text) == "ja"


@pytest.mark.parametrize(
    "text",
    [
        "How old can I be to apply?",
        "What is キャリア活用?",
        "What is 東京都ICT職?",
        "Tell me about ジョブローテーション at the bureau",
        "salary",
        "Does 平井 work at GovTech Tokyo?",
        "WHAT IS THE AGE LIMIT?",
    ],
)
def test_an_english_question_is_english_though_it_names_a_japanese_term(text: str) -> None:
    assert detect(text) == "en"


@pytest.mark.parametrize(
    ("text", "expected"), [("ｶﾅ", True), ("ー", True), ("々", True), ("abc 61!", False), ("", False)]
)
def test_kana_and_kanji_are_japanese(text: str, expected: bool) -> None:
    assert has_japanese(text) is expected
