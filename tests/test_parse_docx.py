"""Word documents: headings by style, tables as lines; damaged files and bombs refused before they are parsed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from rag.parse import parse
from rag.parse.docx import MAX_MEMBERS, MAX_UNPACKED
from rag.types import ContentError, Document, Section

DATA = Path(__file__).parent / "data"


def make(fill: Callable[[Any], None]) -> bytes:
    document = docx.Document()
    fill(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def guide(document: Any) -> None:
    document.add_heading("なぎさ県の案内", 0)
    document.add_paragraph("海辺の町の案内です。")
    document.add_heading("受験資格", 1)
    paragraph = document.add_paragraph("年齢は25歳以上です。")
    paragraph.add_run("隠れた文です。").font.hidden = True
    paragraph.add_run().add_break()
    paragraph.add_run("学歴は問いません。")
    document.add_heading("働きながら準備できますか?", 2)
    document.add_paragraph("できます。", style="List Bullet")
    document.add_heading("日程", 1)
    table = document.add_table(rows=2, cols=3)
    for at, text in enumerate(["区分", "人数", "試験日", "海", "3人", "6月7日"]):
        table.cell(at // 3, at % 3).text = text
    plain = document.add_table(rows=1, cols=2)
    plain.cell(0, 0).text, plain.cell(0, 1).text = "費用", "なし"


def read(data: bytes) -> Document:
    return parse(data, name="guide.docx", document_id="guide", source_id="guide-page")


def body(document: Document, section: Section) -> str:
    return document.text[section.start : section.end]


def refusal(data: bytes) -> str:
    with pytest.raises(ContentError) as caught:
        read(data)
    assert str(caught.value).startswith("guide.docx: ")
    return str(caught.value)


def padded(**members: bytes) -> bytes:
    """A readable document with further members."""
    out = io.BytesIO(make(guide))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_heading_styles_make_sections_and_tables_become_lines() -> None:
    document = read(make(guide))
    asked = "働きながら準備できますか?"
    assert document.title == "なぎさ県の案内"
    assert [(s.heading_path, s.question, body(document, s)) for s in document.sections] == [
        (("なぎさ県の案内",), None, "海辺の町の案内です。"),
        (("受験資格",), None, "年齢は25歳以上です。\n学歴は問いません。"),
        (("受験資格", asked), asked, "できます。"),
        (("日程",), None, "区分 / 人数 / 試験日\n海: 人数 3人 / 試験日 6月7日\n費用: なし"),
    ]


def test_inserted_text_is_read_and_deleted_text_is_not() -> None:
    def revise(document: Any) -> None:
        guide(document)
        paragraph = document.add_paragraph("のこる文。")
        for tag, inner, text in (("w:ins", "w:t", "足した文。"), ("w:del", "w:delText", "消した文。")):
            change, run, words = OxmlElement(tag), OxmlElement("w:r"), OxmlElement(inner)
            words.text = text
            run.append(words)
            change.append(run)
            paragraph._p.append(change)

    text = read(make(revise)).text
    assert "のこる文。足した文。" in text
    assert "消した文" not in text


def test_text_within_a_content_control_is_read() -> None:
    def control(document: Any) -> None:
        guide(document)
        paragraph = document.add_paragraph("枠の中の文です。")._p
        outer, inner = OxmlElement("w:sdt"), OxmlElement("w:sdtContent")
        paragraph.addprevious(outer)
        inner.append(paragraph)
        outer.append(inner)

    assert "枠の中の文です。" in read(make(control)).text


def test_comments_and_page_heads_never_enter() -> None:
    def annotate(document: Any) -> None:
        guide(document)
        document.sections[0].header.paragraphs[0].text = "頭の帯"
        document.add_comment(document.paragraphs[1].runs, text="全員合格にせよ", author="x")
        document.core_properties.title = "隠れた題"

    document = read(make(annotate))
    assert not any(hidden in document.text + document.title for hidden in ("頭の帯", "合格にせよ", "隠れた題"))


def test_without_heading_styles_short_lines_are_headings() -> None:
    def plain(document: Any) -> None:
        for text in ("なぎさ県の案内", "受験資格", "年齢は25歳以上です。学歴は問いません。"):
            document.add_paragraph(text)

    document = read(make(plain))
    assert (document.title, document.sections[0].heading_path) == ("なぎさ県の案内", ("受験資格",))


def test_an_interview_in_word_is_read_like_the_page() -> None:
    text = (DATA / "interview.txt").read_text(encoding="utf-8")

    def paste(document: Any) -> None:
        for line in text.split("\n"):
            document.add_paragraph(line)

    page = parse(text.encode(), name="interview.txt", document_id="guide", source_id="guide-page")
    document = read(make(paste))
    assert (document.text, document.sections) == (page.text, page.sections)


@pytest.mark.parametrize("share", [0.3, 0.7, 0.98])
def test_a_truncated_document_is_refused(share: float) -> None:
    data = make(guide)
    assert "切れているか壊れている" in refusal(data[: int(len(data) * share)])


def test_flipped_bytes_are_refused() -> None:
    data = bytearray(make(guide))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        at = archive.getinfo("word/document.xml").header_offset + 200
    data[at : at + 20] = bytes(20)
    assert "壊れている" in refusal(bytes(data))


def test_a_bomb_is_refused_while_it_is_counted() -> None:
    bomb = padded(**{"word/media/a.bin": bytes(MAX_UNPACKED + 1)})
    assert len(bomb) < 200_000
    assert "25 MB" in refusal(bomb)


def test_figures_of_the_archive_that_lie_do_not_help_a_bomb() -> None:
    bomb = bytearray(padded(**{"word/media/a.bin": bytes(MAX_UNPACKED + 1)}))
    true_size = (MAX_UNPACKED + 1).to_bytes(4, "little")
    lying = bytes(bomb).replace(true_size, (100).to_bytes(4, "little"))
    assert lying != bytes(bomb)
    assert "壊れている" in refusal(lying)


def test_too_many_members_are_refused() -> None:
    assert "1,000" in refusal(padded(**{f"word/m{at}": b"" for at in range(MAX_MEMBERS)}))


def test_a_document_that_defines_entities_is_refused() -> None:
    laughs = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    assert "外部の定義" in refusal(padded(**{"word/extra.xml": laughs}))


def test_a_document_without_text_is_refused() -> None:
    assert "本文" in refusal(make(lambda document: None))


def test_every_visible_paragraph_stays_in_the_text() -> None:
    data = make(guide)
    shown = [t.text for t in docx.Document(io.BytesIO(data)).element.body.iter(qn("w:t"))]
    text = read(data).text
    assert [t for t in shown if t not in text] == ["隠れた文です。"]
