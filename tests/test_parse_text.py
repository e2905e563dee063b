"""Plain text: its encoding, its paragraphs, its headings."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.parse import parse
from rag.parse.detect import clean
from rag.types import ContentError, Document, Section

PAGE = """なぎさ県の募集案内

第1章 はじめに
受験資格
年齢は25歳以上です。学歴は問いません。
申込方法

・電子申請
・窓口

働きながら準備できますか?
多くの人がそうしています。
"""


def read(text: str | bytes, name: str = "guide.txt") -> Document:
    data = text.encode() if isinstance(text, str) else text
    return parse(data, name=name, document_id="guide", source_id="guide-page")


def body(document: Document, section: Section) -> str:
    return document.text[section.start : section.end]


def test_a_short_line_before_a_paragraph_or_a_list_is_its_heading() -> None:
    document = read(PAGE)
    assert document.title == "なぎさ県の募集案内"
    assert [(s.heading_path, s.question, body(document, s)) for s in document.sections] == [
        (("受験資格",), None, "年齢は25歳以上です。学歴は問いません。"),
        (("申込方法",), None, "・電子申請\n・窓口"),
        (("働きながら準備できますか?",), "働きながら準備できますか?", "多くの人がそうしています。"),
    ]


def test_every_line_stays_in_the_text() -> None:
    assert read(PAGE).text.split("\n") == [line for line in PAGE.split("\n") if line]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp932", "euc_jp", "iso2022_jp"])
def test_japanese_encodings_are_recognised(codec: str) -> None:
    assert read(PAGE.encode(codec)).text == read(PAGE).text


def test_windows_signs_are_read() -> None:
    assert "①髙橋〜".replace("〜", "～") in read("案内\n\n①髙橋～の話をします。".encode("cp932")).text


def test_an_accented_latin_text_is_not_taken_for_japanese() -> None:
    text = "The café opens at nine. The résumé is read by the naïve clerk of the Zürich office every day of the week."
    assert read(text.encode("cp1252")).text == text


def test_rows_broken_by_a_fixed_width_are_joined_within_a_sentence() -> None:
    sentence = (
        "港湾の使用許可を紙から画面へ移す仕事をしていて、窓口の人の手順を一つずつ書き出しながら、"
        "待ち時間がどこで生まれるかを数えるところから始めました。"
    )
    rows = [sentence[at : at + 24] for at in range(0, len(sentence), 24)]
    assert sentence in read("題\n\n" + "\n".join([*rows, *rows])).text


def test_rows_of_a_table_are_not_joined() -> None:
    rows = "試験日 6月7日\n合格発表 7月7日\n採用日 令和8年4月1日"
    assert rows in read(f"日程\n\n{rows}\n\n詳しくは、後日お知らせします。").text


def test_the_language_is_told_by_script_unless_given() -> None:
    english = b"Guide\n\nYou need four years of work. Nothing else is asked of you."
    assert read(english).lang == "en"
    assert read("案内\n\n四年の経験が要ります。").lang == "ja"
    assert parse(english, name="a.txt", document_id="a", source_id="b", lang="ja").lang == "ja"


def test_a_name_without_a_title_line_becomes_the_title() -> None:
    document = read("四年の経験が要ります。ほかには何も要りません。", name="keiken.txt")
    assert (document.title, document.sections[0].heading_path) == ("keiken", ("keiken",))


def test_the_document_carries_the_hash_of_its_bytes() -> None:
    assert read(PAGE).sha256 == read(PAGE.encode()).sha256 != read(PAGE.encode("cp932")).sha256


def test_cleaning_keeps_what_is_seen() -> None:
    assert (
        clean("辻\U000e0100さん\u200d\u2060と\ufeff葛\ufe00城\r\n①〜\u2028終\x00") == "辻\U000e0100さんと葛城\n①〜\n終"
    )
    assert clean("a\U000e0100b") == "ab"


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("港の人。、?「」 \n\u3000:：※-・(県)ab1Q―\u200b"), max_size=120))
def test_whatever_the_text_sections_lie_in_order_and_no_visible_character_is_lost(text: str) -> None:
    try:
        document = read(text)
    except ContentError as error:
        assert str(error).startswith("guide.txt: ")
        return
    at = 0
    for section in document.sections:
        assert at <= section.start < section.end <= len(document.text)
        assert body(document, section).strip()
        at = section.end
    assert "".join(document.text.split()) == "".join(clean(text).split())
