"""Sentences: what ends one, what does not, and that nothing but white space is lost."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.language.sentences import split_sentences


def sentences_of(text: str) -> list[str]:
    return [text[s.start : s.end] for s in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n　\t", []),
        ("61歳未満です。試験は毎年あります。", ["61歳未満です。", "試験は毎年あります。"]),
        ("本当ですか？はい！そうです", ["本当ですか？", "はい！", "そうです"]),
        ("本当ですか?はい!そうです", ["本当ですか?", "はい!", "そうです"]),
        ("ほんとう！？　はい。", ["ほんとう！？", "はい。"]),
        ("一行目\n二行目。\r\n三行目", ["一行目", "二行目。", "三行目"]),
        ("そうである．次に進む．", ["そうである．", "次に進む．"]),
        ("ﾊﾟｰﾄです｡次です｡", ["ﾊﾟｰﾄです｡", "次です｡"]),
        (
            "平井氏は「楽しい。続けたい。」と話しています。次です。",
            ["平井氏は「楽しい。続けたい。」と話しています。", "次です。"],
        ),
        ("対象です（例外があります。）が、別です。次。", ["対象です（例外があります。）が、別です。", "次。"]),
        ("対象です(注。)が別です。『一。二。』も。", ["対象です(注。)が別です。", "『一。二。』も。"]),
        ("「開いたまま。次です。", ["「開いたまま。", "次です。"]),
        ("閉じただけです。」次です。", ["閉じただけです。」", "次です。"]),
        ("「入れ子（一。）です。』」と言う。次。", ["「入れ子（一。）です。』」と言う。", "次。"]),
        ("1. 概要を述べます。", ["1. 概要を述べます。"]),
        ("１．概要を述べます。", ["１．概要を述べます。"]),
        ("A. Overview of the role.", ["A. Overview of the role."]),
        ("期末・勤勉手当は4.85月分です。", ["期末・勤勉手当は4.85月分です。"]),
        ("期末・勤勉手当は４．８５月分です。次。", ["期末・勤勉手当は４．８５月分です。", "次。"]),
        ("詳しくはhttps://example.jp/a?b=c.html。次です。", ["詳しくはhttps://example.jp/a?b=c.html。", "次です。"]),
        ("See https://example.jp/a!b?c. Then apply.", ["See https://example.jp/a!b?c.", "Then apply."]),
        ("The limit is 61. Pay is 3.5 months. Apply now", ["The limit is 61.", "Pay is 3.5 months.", "Apply now"]),
        ("Dr. Sato joined, e.g. Monday. He left.", ["Dr. Sato joined, e.g. Monday.", "He left."]),
        ("The U.S. Government and J. Smith agree. Yes.", ["The U.S. Government and J. Smith agree.", "Yes."]),
        ("No. You may not. Yes. You may.", ["No.", "You may not.", "Yes.", "You may."]),
        ('He said "I like it." Then he left.', ['He said "I like it."', "Then he left."]),
        ('"Stop!" he said. Fine.', ['"Stop!" he said.', "Fine."]),
        ("Really? Yes! It is v2.0 of the tool.", ["Really?", "Yes!", "It is v2.0 of the tool."]),
        ("Staff use Node.js and ASP.NET daily.", ["Staff use Node.js and ASP.NET daily."]),
        (
            "Apply (see below. The form is short.) by mail. Done.",
            ["Apply (see below. The form is short.) by mail.", "Done."],
        ),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, expected: list[str]) -> None:
    assert sentences_of(text) == expected


PIECES = st.sampled_from(
    [*"。．.！？!?「」『』（）()[]“”\"' \n\r\t　、aAzZ1９漢かカ｡…:/", "https://a.b/", "e.g.", "Dr. "]
)


@given(st.lists(PIECES).map("".join) | st.text())
def test_every_visible_character_lies_in_exactly_one_sentence(text: str) -> None:
    at = 0
    for piece in split_sentences(text):
        assert at <= piece.start < piece.end
        assert not text[at : piece.start].strip()
        words = text[piece.start : piece.end]
        assert words == words.strip()
        at = piece.end
    assert not text[at:].strip()


@given(st.lists(PIECES).map("".join))
def test_a_sentence_never_crosses_a_line(text: str) -> None:
    assert all("\n" not in sentence for sentence in sentences_of(text))


@pytest.mark.parametrize("unit", ["a.", "「", "「」", "1.", "あ。", ". ", "www.", '."', "(。"])
def test_time_grows_with_the_length_only(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    started = time.perf_counter()
    split_sentences(text)
    assert time.perf_counter() - started < 10
