"""What a file is, which characters it holds, and as of when it says it holds.

In: bytes and the name they came under. Out: the form (pdf, docx, html, text), decoded and cleaned text, a date.
The bytes decide; a name that says something else is refused. No page is read here: that is each form's own file.
"""

from __future__ import annotations

import codecs
import io
import re
import unicodedata
import zipfile
import zlib
from datetime import date
from pathlib import PurePosixPath
from typing import Literal

import charset_normalizer

from rag.types import ContentError

Form = Literal["pdf", "docx", "html", "text"]

MAX_BYTES = 20 * 1024 * 1024
# what reading a damaged zip raises; RuntimeError: a part is encrypted, or packed in a way that zipfile does not know
ZIP_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, RuntimeError)
_LABELS = {"pdf": "PDF", "docx": "Word 文書(.docx)", "html": "HTML", "text": "ただの文字(テキスト)"}
_CLAIMS: dict[str, Form] = {
    ".pdf": "pdf",
    ".docx": "docx",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".txt": "text",
    ".text": "text",
    ".md": "text",
}
_FOREIGN = {".doc", ".xls", ".xlsx", ".ppt", ".pptx", ".zip", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".rtf"}
_MAGIC = (
    (b"\x89PNG", "画像(PNG)"),
    (b"\xff\xd8\xff", "画像(JPEG)"),
    (b"GIF8", "画像(GIF)"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "古い形式かパスワード付きの Office 文書"),
    (b"{\\rtf", "リッチテキスト(RTF)"),
    (b"Rar!", "圧縮ファイル(RAR)"),
    (b"7z\xbc\xaf\x27\x1c", "圧縮ファイル(7z)"),
    (b"\x1f\x8b", "圧縮ファイル(gzip)"),
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CODECS = {  # Windows' supersets, as browsers read them
    **dict.fromkeys(("shift_jis", "sjis", "x_sjis", "windows_31j", "ms_kanji", "cp932"), "cp932"),
    **dict.fromkeys(("euc_jp", "eucjp", "x_euc_jp"), "euc_jp"),
    **dict.fromkeys(("iso_8859_1", "latin1", "windows_1252", "us_ascii"), "cp1252"),
    "iso_2022_jp": "iso2022_jp_2",
}
_TAG = r"(?:html|head|body|main|article|section|div|h[1-6]|p|table|ul|ol|dl|details|title|meta|link|header|nav)"
_HTML_START = re.compile(
    rf"\s*(?:<\?xml[^>]*>\s*|<!--(?:(?!-->).)*-->\s*)*<(?:!doctype\s+html\b|(?:{_TAG}|script|style)[\s>/])",
    re.I | re.S,
)
_HTML_ANYWHERE = re.compile(rf"</?{_TAG}[\s>/]", re.I)
_XML_START = re.compile(r"\s*<(?:\?xml|svg|rss|feed)\b", re.I)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.I)

_LINE_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
# What shows nothing and can carry words that no reader sees: zero-width and bidirectional signs, tags, selectors.
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    r"\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)
_HAN = r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff々〆"
_VARIANT_RUN = re.compile(rf"(?<=[{_HAN}])([\U000e0100-\U000e01ef])[\U000e0100-\U000e01ef]+")
_STRAY_VARIANT = re.compile(rf"(?<![{_HAN}])[\U000e0100-\U000e01ef]+")
_KANA = re.compile(r"[ぁ-ゖァ-ヺ]")
_ODD = re.compile(r"[｡-ﾟ\ue000-\uf8ff\ufffd]")

_DATE = (
    r"(?:(?P<era>令和|平成)\s*(?P<era_year>元|\d{1,2})|(?P<year>\d{4}))\s*(?:年|[./-])\s*(?P<month>\d{1,2})"
    r"(?:\s*月(?:\s*(?P<day>\d{1,2})\s*日)?|[./-](?P<last>\d{1,2})(?!\d)|(?!\d))"
)
_AS_OF = re.compile(_DATE + r"\s*(?:時点|現在)")
_UPDATED = re.compile(r"(?:最終|最新)?(?:更新|改訂|改定)日\s*[::]?\s*" + _DATE)
_PUBLISHED = re.compile(r"(?:公開|掲載|発行|作成)日\s*[::]?\s*" + _DATE)
_ABOUT_PAGE = re.compile(r"^\s*[※*((]|記載|掲載|内容|情報|所属|役職|肩書")
_ABOUT_AGE = re.compile(r"歳|年齢")
_ERAS = {"令和": 2018, "平成": 1988}


def recognise(data: bytes, *, name: str) -> Form:
    """Which of the four forms the bytes have.

    Raises:
        ContentError: empty, too large, of no readable form, or the name says another form.
    """
    _refuse_by_size(data, name)
    form = _form_of(data, name)
    suffix = PurePosixPath(re.split(r"[?#]", name, maxsplit=1)[0]).suffix.lower()
    claimed = _CLAIMS.get(suffix)
    if form == "text" and claimed == "html" and _HTML_ANYWHERE.search(decode_page(data, name=name)):
        return "html"
    if suffix in _FOREIGN or (claimed and claimed != form):
        raise ContentError(
            f"名前は {suffix} ですが中身は{_LABELS[form]}なので、中身に合う名前にするか正しいものを選んでください",
            path=name,
        )
    return form


def decode(data: bytes, *, name: str, declared: str | None = None) -> str:
    """The text of the bytes: by BOM, by the declared charset, as UTF-8, or by what the bytes look like.

    Raises:
        ContentError: no encoding fits, or the bytes are not text at all.
    """
    marked = next((encoding for bom, encoding in _BOMS if data.startswith(bom)), None)
    if marked is None and b"\0" in data:
        raise ContentError("文字のファイルではない(バイナリ)ので、読める文書を選んでください", path=name)
    if marked:
        text = _try(data, marked)
    elif b"\x1b$" in data or b"\x1b(J" in data:
        text = _try(data, "iso2022_jp_2")
    else:
        text = _try(data, "utf-8")
        if declared and not (text and _KANA.search(text)):  # kana by chance is next to impossible
            text = _try(data, _codec(declared)) or text
        text = _guess(data) if text is None else text
    if text is None:
        raise ContentError("文字コードが分からないので、UTF-8 で保存し直してください", path=name)
    if len(_CONTROLS.findall(text)) > len(text) / 100:
        raise ContentError("文字のファイルではない(制御文字だらけ)ので、読める文書を選んでください", path=name)
    return text


def as_utf8(data: bytes, *, name: str, charset: str | None) -> bytes:
    """The text of the bytes as UTF-8 behind a byte order mark, so that no reader has to guess again.

    `charset` is a server's word. Servers are often set to one for all pages: one that names a Western charset, or
    that does not fit, is not heard, and bytes that are Japanese as UTF-8 are that, whatever is said of them.

    Raises:
        ContentError: as `decode`.
    """
    western = charset is None or _codec(charset) == "cp1252"
    marked = data.startswith(tuple(bom for bom, _ in _BOMS))
    text = None if western or marked else _try(data, _codec(str(charset)))
    if text is None or ((plain := _try(data, "utf-8")) and _KANA.search(plain)):
        text = decode_page(data, name=name)
    return codecs.BOM_UTF8 + text.removeprefix("\ufeff").encode("utf-8", "replace")


def decode_page(data: bytes, *, name: str) -> str:
    """The text of an HTML page's bytes; its meta element's charset is tried first, after a BOM.

    Raises:
        ContentError: as `decode`.
    """
    found = _META_CHARSET.search(data[:4096])
    return decode(data, name=name, declared=found.group(1).decode("ascii", "ignore") if found else None)


def clean(text: str) -> str:
    """The text with one kind of line break and without characters that show nothing.

    One variation selector after a Han character stays (人名の異体字); every other one goes.
    """
    text = _INVISIBLE.sub("", _CONTROLS.sub("", _LINE_BREAKS.sub("\n", text)))
    return _STRAY_VARIANT.sub("", _VARIANT_RUN.sub(r"\1", text))


def stated_as_of(text: str) -> str | None:
    """The date the text says it holds for, as YYYY-MM or YYYY-MM-DD; None where it says none.

    A remark about the page (※…時点のものです) comes before the day of its last update, that before a date within a
    sentence, that before the day it was published. The day an age is counted at is not a date of the page.
    """
    lines = unicodedata.normalize("NFKC", text).split("\n")
    dated = [line for line in lines if not _ABOUT_AGE.search(line)]
    remarks = [line for line in dated if _ABOUT_PAGE.search(line) and len(line) <= 80]
    for pattern, among in ((_AS_OF, remarks), (_UPDATED, lines), (_AS_OF, dated), (_PUBLISHED, lines)):
        for line in among:
            for found in pattern.finditer(line):
                if (stated := _iso(found)) is not None:
                    return stated
    return None


def _refuse_by_size(data: bytes, name: str) -> None:
    if len(data) > MAX_BYTES:
        raise ContentError("20 MB を超えているので、分けるか画像を減らしてください", path=name)
    if not data.strip():
        raise ContentError("空のファイルなので、中身のあるものを選んでください", path=name)


def _form_of(data: bytes, name: str) -> Form:
    if data.removeprefix(codecs.BOM_UTF8).lstrip()[:5] == b"%PDF-":
        return "pdf"
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _form_of_zip(data, name)
    for magic, label in _MAGIC:
        if data.startswith(magic):
            raise ContentError(
                f"中身は{label}で読めないので、PDF・Word(.docx)・HTML・テキストのどれかで用意してください", path=name
            )
    start = decode_page(data, name=name)[:4096]
    if _HTML_START.match(start.removeprefix("\ufeff")):
        return "html"
    if _XML_START.match(start):
        raise ContentError(
            "中身は XML で読めないので、PDF・Word(.docx)・HTML・テキストのどれかで用意してください", path=name
        )
    return "text"


def _form_of_zip(data: bytes, name: str) -> Form:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            holds_document = "word/document.xml" in archive.namelist()
    except (*ZIP_DAMAGE, OSError) as error:
        raise ContentError(
            "zip の形のファイルが途中で切れているか壊れているので、もう一度用意してください", path=name
        ) from error
    if not holds_document:
        raise ContentError(
            "中身は zip で Word 文書(.docx)ではないので、取り出した文書を PDF・.docx・HTML・テキストで選んでください",
            path=name,
        )
    return "docx"


def _codec(label: str) -> str:
    """The codec that pages mean by a charset's name; UTF-8 for names that no page of this field has."""
    return _CODECS.get(label.lower().replace("-", "_"), "utf-8")


def _try(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeError, LookupError):
        return None


def _guess(data: bytes) -> str | None:
    """Japanese encodings by their kana, then whatever charset-normalizer finds among those in use here."""
    readings = [t for e in ("cp932", "euc_jp", "euc_jis_2004") if (t := _try(data, e)) and _KANA.search(t)]
    if readings:
        best = min(readings, key=lambda t: len(_ODD.findall(t)))
        if len(_KANA.findall(best)) > len(_ODD.findall(best)):
            return best
    isolated = ["cp932", "euc_jp", "euc_jis_2004", "cp1252"]
    found = charset_normalizer.from_bytes(data, cp_isolation=isolated).best()
    return str(found) if found else None


def _iso(found: re.Match[str]) -> str | None:
    era, day = found["era"], found["day"] or found["last"]
    counted = 1 if found["era_year"] == "元" else int(found["era_year"] or 0)
    year = _ERAS[era] + counted if era else int(found["year"])
    try:
        stated = date(year, int(found["month"]), int(day or 1))
    except ValueError:
        return None
    return stated.isoformat() if day else stated.strftime("%Y-%m")
