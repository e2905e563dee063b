"""PDF to lines: the text of its pages, sentences joined that the page's width had broken.

In: a PDF's bytes. Out: lines with the page each stands on. Metadata, annotations and attachments never enter.
It recognises no characters in images (a scan is refused), and opens no encrypted file.
"""

from __future__ import annotations

import io
import re
import struct
import unicodedata
import zlib
from collections.abc import Sequence

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from rag.parse.detect import clean
from rag.parse.text import Line, Reading, join, unwrap
from rag.types import ContentError

MAX_PAGES = 1000
_DAMAGE = (
    PyPdfError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    NotImplementedError,
    RecursionError,
    OSError,
    EOFError,
    struct.error,
    zlib.error,
)
_PAGE_NUMBER = re.compile(
    r"[-‐–—−]\s*\d{1,4}\s*[-‐–—−]|(?:p\.?\s*)\d{1,4}|\d{1,4}\s*(?:[/／]\s*\d{1,4}|ページ)|(?P<bare>\d{1,4})", re.I
)
# Radicals that some fonts put in place of the characters (U+2F00–2FDF have a normal form, these few have none).
_RADICALS = str.maketrans("⺠⻄⻑⻘⻝⻤⻩⻭⺟⻲", "民西長青食鬼黄歯母亀")
_KANGXI = re.compile(r"[\u2f00-\u2fdf]")


def read_pdf(data: bytes, name: str) -> Reading:
    """The PDF's lines; each one's path is its page (「p.3」), to be replaced where headings are found.

    Raises:
        ContentError: truncated, damaged, encrypted, more than 1,000 pages, or without text (a scan).
    """
    if b"%%EOF" not in data[-4096:]:
        raise ContentError("PDF が途中で切れているので、もう一度保存するかダウンロードし直してください", path=name)
    try:
        pages = _pages(data, name)
    except _DAMAGE as error:
        raise ContentError("PDF が壊れていて読めないので、もう一度保存し直してください", path=name) from error
    if sum(character.isalnum() for page in pages for row in page for character in row) < 10:
        raise ContentError(
            "文字のない PDF(画像だけのスキャン)なので、文字認識(OCR)をかけるか元の文書を使ってください", path=name
        )
    return Reading(lines=tuple(_lines(pages)))


def _pages(data: bytes, name: str) -> list[list[str]]:
    """The rows of each page, without its page number."""
    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted:
        raise ContentError("暗号化された(パスワード付きの)PDF なので、保護を外して保存し直してください", path=name)
    if len(reader.pages) > MAX_PAGES:
        raise ContentError(f"{MAX_PAGES:,} ページを超えているので、必要なページだけにしてください", path=name)
    return [_rows(page.extract_text(), number) for number, page in enumerate(reader.pages, start=1)]


def _rows(text: str, number: int) -> list[str]:
    plain = clean(_KANGXI.sub(lambda found: unicodedata.normalize("NFKC", found.group()), text.translate(_RADICALS)))
    rows = [row.rstrip() for row in plain.split("\n") if row.strip()]
    edges = {0, len(rows) - 1}
    return _join_vertical([row for at, row in enumerate(rows) if at not in edges or not _is_number(row, number)])


def _is_number(row: str, number: int) -> bool:
    """Whether the row is the page's number; a bare figure only where it is this page's, for it may be a value."""
    found = _PAGE_NUMBER.fullmatch(row.strip())
    return found is not None and (found["bare"] is None or int(found["bare"]) == number)


def _join_vertical(rows: Sequence[str]) -> list[str]:
    """Vertical text comes one character a row: three such rows or more are one."""
    out: list[str] = []
    at = 0
    while at < len(rows):
        end = at
        while end < len(rows) and len(rows[end]) == 1 and not rows[end].isascii():
            end += 1
        out.append("".join(rows[at:end]) if end - at >= 3 else rows[at])
        at = end if end - at >= 3 else at + 1
    return out


def _lines(pages: Sequence[Sequence[str]]) -> list[Line]:
    """Joined across pages, too; a line stands on the page where it begins."""
    rows = [row for page in pages for row in page]
    page_of = [number for number, page in enumerate(pages, start=1) for _ in page]
    return [Line(text=join(rows[run.start : run.stop]), path=(f"p.{page_of[run.start]}",)) for run in unwrap(rows)]
