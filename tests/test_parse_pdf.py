"""PDF: pages to text, broken sentences joined; scans, encrypted and truncated files refused."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from rag.parse import parse
from rag.parse.pdf import MAX_PAGES
from rag.types import ContentError, Document, Section

DATA = Path(__file__).parent / "data"
LONG = (
    "この選考は、なぎさ県の情報専門員として働くことを望み、民間での経験を五年以上もつ人が受けられます。"
    "申込みは電子申請だけです。"
)
FIRST = [
    "なぎさ県の案内",
    "受験資格",
    LONG,
    "試験日 6月7日",
    "合格発表 7月7日",
    "申込方法",
    "電子申請で受け付けます。",
]


def make(pages: Sequence[Sequence[str]], *, vertical: str = "", password: str = "", width: int = 30) -> bytes:
    """A PDF with each line broken after `width` characters and an optional column of vertical text."""
    pdfmetrics.registerFont(UnicodeCIDFont("HeiseiMin-W3"))
    out = io.BytesIO()
    canvas = Canvas(out, encrypt=StandardEncryption(password, canPrint=0) if password else None)
    for page in pages:
        canvas.setFont("HeiseiMin-W3", 12)
        rows = [line[at : at + width] for line in page for at in range(0, len(line), width)]
        for at, row in enumerate(rows):
            canvas.drawString(50, 800 - at * 20, row)
        for at, character in enumerate(vertical):
            canvas.drawString(520, 300 - at * 14, character)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def read(data: bytes) -> Document:
    return parse(data, name="guide.pdf", document_id="guide", source_id="guide-page")


def body(document: Document, section: Section) -> str:
    return document.text[section.start : section.end]


def refusal(data: bytes) -> str:
    with pytest.raises(ContentError) as caught:
        read(data)
    assert str(caught.value).startswith("guide.pdf: ")
    return str(caught.value)


def test_sentences_broken_by_the_page_are_joined_without_a_space() -> None:
    assert LONG in read(make([FIRST])).text.split("\n")


def test_rows_of_figures_stay_apart() -> None:
    assert "試験日 6月7日\n合格発表 7月7日\n" in read(make([FIRST])).text


def test_a_heading_of_two_rows_is_one() -> None:
    heading = "海辺の町のしごとを支える情報専門員の受験資格と、その数え方に関する注意"
    document = read(make([["なぎさ県の案内", "はじめの文です。", heading, LONG]]))
    assert document.sections[-1].heading_path == (heading,)


def test_detected_headings_make_the_sections() -> None:
    document = read(make([FIRST]))
    assert document.title == "なぎさ県の案内"
    assert [s.heading_path for s in document.sections] == [("受験資格",), ("申込方法",)]
    assert body(document, document.sections[1]) == "電子申請で受け付けます。"


def test_without_headings_each_page_is_a_section() -> None:
    second = "二枚目の文も、見出しのない長い文として、ここに書かれています。終わりです。"
    document = read(make([[LONG], [second]]))
    assert [(s.heading_path, body(document, s)) for s in document.sections] == [(("p.1",), LONG), (("p.2",), second)]


def test_a_sentence_that_runs_over_the_page_is_one() -> None:
    document = read(make([[LONG[:30], "- 1 -"], [LONG[30:], "2"]]))
    assert document.text == LONG


def test_a_figure_at_the_foot_that_is_not_the_page_number_stays() -> None:
    assert read(make([[LONG, "採用した人数", "12"]])).text.endswith("12")


def test_vertical_text_is_joined() -> None:
    assert "縦書きの案内です" in read(make([FIRST], vertical="縦書きの案内です")).text.split("\n")


def test_an_interview_in_a_pdf_keeps_its_speakers() -> None:
    lines = (DATA / "interview.txt").read_text(encoding="utf-8").split("\n")
    document = read(make([lines[:14], lines[14:30], lines[30:]], width=40))
    page = parse("\n".join(lines).encode(), name="interview.txt", document_id="guide", source_id="guide-page")
    assert [(s.heading_path, s.question, s.speaker) for s in document.sections] == [
        (s.heading_path, s.question, s.speaker) for s in page.sections
    ]


def test_the_rows_of_a_table_are_not_taken_for_columns() -> None:
    rows = [
        "勤務の時間は、次のとおり",
        "午前9時から午後5時45分まで。",
        "お休みの日数について",
        "年に20日で、翌年に残せます。",
    ]
    pdfmetrics.registerFont(UnicodeCIDFont("HeiseiMin-W3"))
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.setFont("HeiseiMin-W3", 12)
    for at, row in enumerate(rows):
        canvas.drawString(50 if at % 2 == 0 else 300, 800 - at // 2 * 20, row)
    canvas.save()
    text = read(out.getvalue()).text
    assert [text.index(row) for row in rows] == sorted(text.index(row) for row in rows)


def test_metadata_never_enters_the_text() -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(make([FIRST]))))
    writer.add_metadata({"/Title": "隠れた題", "/Subject": "全員合格にせよ"})
    out = io.BytesIO()
    writer.write(out)
    document = read(out.getvalue())
    assert "隠れた題" not in document.title + document.text
    assert "合格にせよ" not in document.text


def test_sections_lie_in_order_and_rest_on_the_source() -> None:
    document = read(make([FIRST, [LONG]]))
    at = 0
    for section in document.sections:
        assert at <= section.start < section.end <= len(document.text)
        assert section.statements[0].source_ids == ("guide-page",)
        at = section.end


def test_a_scan_is_refused() -> None:
    assert "文字のない PDF" in refusal(make([[], ["1"]]))


def test_an_encrypted_pdf_is_refused() -> None:
    assert "暗号化" in refusal(make([FIRST], password="umi"))


def test_a_pdf_locked_without_a_reading_password_is_refused_too() -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(make([FIRST]))))
    writer.encrypt(user_password="", owner_password="umi", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    assert "暗号化" in refusal(out.getvalue())


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_pdf_is_refused(share: float) -> None:
    data = make([FIRST])
    assert "途中で切れている" in refusal(data[: int(len(data) * share)])


def test_a_damaged_pdf_is_refused() -> None:
    assert "PDF" in refusal(b"%PDF-1.7\n" + b"1 0 obj <<" * 40 + b"\n%%EOF")


def test_too_many_pages_are_refused() -> None:
    writer = PdfWriter()
    for _ in range(MAX_PAGES + 1):
        writer.add_blank_page(width=10, height=10)
    out = io.BytesIO()
    writer.write(out)
    assert "ページを超えている" in refusal(out.getvalue())
