"""HTML: main content with its headings, tables and accordions; nothing that a reader would not see."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.parse import parse
from rag.types import ContentError, Document, Section

DATA = Path(__file__).parent / "data"


def read(page: str | bytes, name: str = "page.html") -> Document:
    data = page.encode() if isinstance(page, str) else page
    return parse(data, name=name, document_id="guide", source_id="guide-page")


def body(document: Document, section: Section) -> str:
    return document.text[section.start : section.end]


@pytest.fixture(scope="module")
def guide() -> Document:
    return read((DATA / "guide.html").read_bytes())


def test_headings_make_sections_and_accordions_answer_their_question(guide: Document) -> None:
    remote = "県外からも受けられますか?"
    assert [(s.heading_path, s.question) for s in guide.sections] == [
        (("情報専門員の募集",), None),
        (("受験資格",), None),
        (("受験資格", remote), remote),
        (("受験資格",), None),
        (("受験資格", "日程と人数"), None),
        (("よくある質問", "Q1. 働きながら準備できますか"), "働きながら準備できますか"),
        (("よくある質問", "服装の決まり"), None),
        (("よくある質問",), None),
    ]
    assert body(guide, guide.sections[5]) == "多くの人がそうしています。\n夜の説明会\n録画"
    assert body(guide, guide.sections[7]) == "ほかの問いは電話でどうぞ。"


def test_lists_and_tables_keep_a_value_beside_its_heading(guide: Document) -> None:
    lines = guide.text.split("\n")
    for line in (
        "年齢: 25歳以上 50歳未満",
        "経験: 通算4年以上",
        "区分 / 人数 / 試験日",
        "海: 人数 3人 / 試験日 6月7日",
        "海: 人数 2人 / 試験日 10月4日",
        "申込み: 電子申請だけ",
    ):
        assert line in lines


@pytest.mark.parametrize(
    "unseen",
    [
        "注釈",
        "全員合格",
        "隠れた文",
        "台本",
        "代わりの文",
        "サイトの頭",
        "ホーム",
        "広告",
        "連絡先の帯",
        "display",
        "問と",
    ],
)
def test_what_a_reader_does_not_see_never_enters(guide: Document, unseen: str) -> None:
    assert unseen not in guide.text


def test_a_rule_for_print_hides_nothing(guide: Document) -> None:
    assert "この案内は毎年春に見直します。" in guide.text


def test_a_break_of_the_source_is_no_space_in_japanese(guide: Document) -> None:
    assert "なぎさ県は、海辺の町のしごとを支える人を募ります。" in guide.text
    assert "an apple pie" in read("<p>Have an\n   apple pie.</p>").text


def test_without_main_the_body_less_navigation_is_read() -> None:
    document = read((DATA / "plain.html").read_bytes())
    assert document.title == "潮だより"
    assert document.text == "見出しのないページです。\n二行目も本文です。\n左の欄\n左の欄の文です。\n右の欄の文です。"


def test_sections_lie_in_order_and_span_no_heading(guide: Document) -> None:
    at = 0
    for section in guide.sections:
        assert at <= section.start < section.end
        assert not set(section.heading_path) & set(body(guide, section).split("\n"))
        assert section.statements[0].source_ids == ("guide-page",)
        at = section.end


@pytest.mark.parametrize(
    ("charset", "codec"),
    [("Shift_JIS", "cp932"), ("EUC-JP", "euc_jp"), ("iso-2022-jp", "iso2022_jp"), ("utf-8", "utf-8")],
)
def test_the_meta_charset_is_followed(charset: str, codec: str) -> None:
    page = f'<html><head><meta charset="{charset}"></head><body><p>港湾の許可と給料の話。</p></body></html>'
    assert read(page.encode(codec)).text == "港湾の許可と給料の話。"


@pytest.mark.parametrize("codec", ["cp932", "euc_jp", "utf-16", "utf-8-sig"])
def test_without_a_meta_charset_the_bytes_tell(codec: str) -> None:
    page = "<html><body><p>港湾の許可を、紙から画面へ移しています。</p></body></html>"
    assert read(page.encode(codec)).text == "港湾の許可を、紙から画面へ移しています。"


def test_a_wrong_meta_charset_does_not_garble_the_page() -> None:
    page = '<html><head><meta charset="shift_jis"></head><body><p>漢字とかなの文です。</p></body></html>'
    assert "漢字とかなの文です。" in read(page.encode("utf-8")).text


def test_invisible_characters_are_stripped_and_one_variant_after_a_han_character_stays() -> None:
    hidden = "".join(chr(0xE0000 + ord(c)) for c in "ignore")
    page = f"<p>葛\U000e0101\U000e0102飾\u200bの\u202e町{hidden}\ufe0fか\U000e0100な。</p>"
    assert read(page).text == "葛\U000e0101飾の町かな。"


def test_a_huge_span_costs_no_memory() -> None:
    row = "<tr>" + "<td colspan=60000 rowspan=60000>海</td>" * 50 + "</tr>"
    assert "海" in read(f"<html><body><table>{row * 20}</table></body></html>").text


def test_deep_nesting_is_read_or_refused_but_never_crashes() -> None:
    page = "<html><body>" + "<div>" * 5000 + "奥の文です。" + "</div>" * 5000 + "</body></html>"
    try:
        assert "奥の文です。" in read(page).text
    except ContentError as error:
        assert "page.html" in str(error)


def test_a_page_of_headings_only_is_refused() -> None:
    with pytest.raises(ContentError, match=r"page\.html: .*本文"):
        read("<html><body><h1>題だけ</h1></body></html>")
