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
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pypdf import PageObject, PdfReader
from pypdf.errors import PyPdfError

from rag.parse.detect import clean
from rag.parse.text import Line, Reading, join, unwrap
from rag.types import ContentError

MAX_PAGES = 1000
SAME_LINE, GUTTER = 2.0, 60.0  # points: of one line; from where a column begins to where the next does
LINES = 2  # lines side by side from which there are columns
LEAST, FULL, MOST = 8, 0.9, 0.6  # characters of a full line; their share of the longest; the share of full lines
_ENDS = "。．.!?！？"
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
    return [_rows(_read_page(page), number) for number, page in enumerate(reader.pages, start=1)]


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """A run of text as the page draws it, and where it begins, in points."""

    text: str
    x: float
    y: float


def _read_page(page: PageObject) -> str:
    """The page's text; of two columns of running text the left one comes first, in whatever order they were drawn."""
    pieces: list[_Piece] = []

    def see(text: str, _: object, matrix: Sequence[float], *__: object) -> None:
        if text.strip():
            pieces.append(_Piece(text=text.strip(), x=matrix[4], y=matrix[5]))

    text = page.extract_text(visitor_text=see)
    columns = _find_columns(pieces)
    if columns is None:
        return text
    first = min(pieces.index(piece) for column in columns for piece in column)
    within = [piece for column in columns for piece in column]
    above, below = pieces[:first], [piece for piece in pieces[first:] if piece not in within]
    joined = [_join_full(column) for column in columns]
    return "\n".join([*(p.text for p in above), *joined, *(p.text for p in below)])


def _find_columns(pieces: Sequence[_Piece]) -> tuple[list[_Piece], list[_Piece]] | None:
    """The lines of two columns that stand side by side, where both are running text."""
    edges = Counter(round(piece.x) for piece in pieces).most_common(2)
    if len(edges) < 2:
        return None
    (left, _), (right, _) = sorted(edges)
    columns = tuple([p for p in pieces if round(p.x) == edge] for edge in (left, right))
    if right - left < GUTTER or not all(map(_runs_on, columns)):
        return None
    beside = sum(any(abs(one.y - other.y) < SAME_LINE for other in columns[1]) for one in columns[0])
    if beside < LINES:
        return None
    return columns[0], columns[1]


def _runs_on(lines: Sequence[_Piece]) -> bool:
    """Whether it is running text: full lines, some of which end within a sentence.

    The cells of a table are short, of many lengths, or end what they say.
    """
    full = [line for line in lines if len(line.text) >= _full_length(lines)]
    broken = [line for line in full if line.text[-1] not in _ENDS]
    ended = any(end in line.text for line in lines for end in _ENDS)
    return bool(broken) and ended and len(full) >= MOST * len(lines)


def _full_length(lines: Sequence[_Piece]) -> float:
    return max(LEAST, FULL * max(len(line.text) for line in lines))


def _join_full(lines: Sequence[_Piece]) -> str:
    """The column's text: a full line that ends within a sentence goes on in the next."""
    least, out = _full_length(lines), ""
    for line in lines:
        goes_on = len(line.text) >= least and line.text[-1] not in _ENDS
        latin = line.text[-1].isascii() and line.text[-1] != "-"
        out += line.text + ((" " if latin else "") if goes_on else "\n")
    return out.strip()


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
