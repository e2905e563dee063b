"""What a file is: the bytes decide, a name that says otherwise is refused; and as of when a page says it holds."""

from __future__ import annotations

import io
import zipfile

import pytest

from rag.parse import parse, stated_as_of
from rag.parse.detect import MAX_BYTES
from rag.types import ContentError

HTML = "<!doctype html><html><body><p>港の案内です。</p></body></html>".encode()
TEXT = "港の案内です。".encode()
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(name, "<x/>")
    return out.getvalue()


def refusal(data: bytes, name: str) -> str:
    with pytest.raises(ContentError) as caught:
        parse(data, name=name, document_id="d", source_id="s")
    message = str(caught.value)
    assert message.startswith(f"{name}: ")
    assert "\n" not in message
    assert "。" not in message  # one sentence, its end left off as in every message of the tree
    return message


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        (b"", "a.txt", "空"),
        (b" \r\n\t ", "a.html", "空"),
        (archive("a.txt"), "a.pdf", "zip"),
        (archive("a.txt"), "a.docx", "zip"),
        (archive("xl/workbook.xml"), "a.xlsx", "zip"),
        (HTML, "a.docx", "HTML"),
        (HTML, "a.txt", "HTML"),
        (HTML, "a.pdf", "HTML"),
        (TEXT, "a.pdf", "テキスト"),
        (TEXT, "a.html", "テキスト"),
        (TEXT, "a.png", "テキスト"),
        (b"%PDF-1.7\n...%%EOF", "a.docx", "PDF"),
        (b"%PDF-1.7\n...%%EOF", "a.txt", "PDF"),
        (PNG, "a.txt", "画像"),
        (PNG, "a.png", "画像"),
        (b"\x01\x02\x00\x03" * 50, "a.txt", "バイナリ"),
        (b"\x01\x02\x03\x04\x05" * 50, "a.txt", "制御文字"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99, "a.docx", "Office"),
        (b"<?xml version='1.0'?><rss><a/></rss>", "feed", "XML"),
        (archive("word/document.xml")[:60], "a.docx", "切れ"),
    ],
    ids=lambda value: value if isinstance(value, str) else "bytes",  # an archive's bytes hold the time of its making
)
def test_each_unreadable_file_is_refused_in_one_sentence(data: bytes, name: str, says: str) -> None:
    assert says in refusal(data, name)


def test_a_file_over_twenty_megabytes_is_refused() -> None:
    assert "20 MB" in refusal(b"a" * (MAX_BYTES + 1), "a.txt")


@pytest.mark.parametrize("name", ["page", "https://example.jp/a/index.php?x=1.pdf", "a.HTML", "a.htm", "案内.xhtml"])
def test_a_name_that_says_nothing_leaves_it_to_the_bytes(name: str) -> None:
    assert parse(HTML, name=name, document_id="d", source_id="s").text == "港の案内です。"


def test_a_fragment_named_html_is_html() -> None:
    assert parse("港の<p>案内</p>".encode(), name="a.html", document_id="d", source_id="s").text == "港の\n案内"


def test_signs_that_turn_a_name_around_do_not_reach_the_message() -> None:
    with pytest.raises(ContentError) as caught:
        parse(b"", name="a\u202efdp.exe\n.txt", document_id="d", source_id="s")
    assert str(caught.value).startswith("afdp.exe .txt: ")


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("※ この頁は2024年8月時点のものです", "2024-08"),
        ("この人数は令和7年4月1日現在です。", "2025-04-01"),
        ("- 最新更新日: 2025年6月16日", "2025-06-16"),
        ("更新日：2025/06/16", "2025-06-16"),
        ("更新日 2025.6.1", "2025-06-01"),
        ("令和元年５月時点", "2019-05"),
        ("平成31年4月1日現在の人数", "2019-04-01"),
        ("公開日: 2023年12月4日\n更新日: 2024年1月15日", "2024-01-15"),
        ("更新日: 2024年1月15日\n職員は2023年4月1日現在で60人です。", "2024-01-15"),
        ("更新日: 2024年1月15日\n※所属は2023年11月時点のものです。", "2023-11"),
        ("令和7年4月1日現在で61歳未満の人", None),
        ("※年齢は2026年3月31日時点で数えます", None),
        ("2024年13月時点", None),
        ("2024年2月30日現在", None),
        ("公開日:\n最新更新日:", None),
        ("2021年4月に入庁しました。", None),
    ],
)
def test_the_date_a_page_says_it_holds_for(text: str, stated: str | None) -> None:
    assert stated_as_of(text) == stated
