"""Originals that a recruiter adds: bytes to a `Document`.

In: a file's bytes and the name it came under. Out: a document of wording "original", every section one statement
that rests on the one source. It writes nothing, fetches nothing, and runs in the caller's process: whoever reads
strangers' files puts a limited child process around it. Our own Markdown is read by `rag.parse.markdown`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePosixPath

from rag.language.detect import has_japanese
from rag.parse import interview
from rag.parse.detect import Form, as_utf8, clean, recognise, stated_as_of
from rag.parse.text import Page, Reading, guess_headings, lay_out, read_text
from rag.types import ContentError, Document, Language, Section, Statement

__all__ = ["parse", "stated_as_of"]


def parse(
    data: bytes,
    *,
    name: str,
    document_id: str,
    source_id: str,
    lang: Language | None = None,
    charset: str | None = None,
) -> Document:
    """Read an original. `name` is the file's name or address; `lang` None: Japanese where kana or kanji stand.

    `charset` is what a server said of the bytes; it goes before the page's own word, and behind the bytes' own look.

    Raises:
        ContentError: the bytes can't be read, hold no text, or are not what the name says; one sentence for a person.
    """
    shown = clean(name).replace("\n", " ").strip()[:200] or document_id
    form = recognise(data, name=shown)
    told = charset is not None and form in ("html", "text")
    reading = _reader(form)(as_utf8(data, name=shown, charset=charset) if told else data, shown)
    page = _arrange(reading, PurePosixPath(shown).stem or document_id)
    if not page.sections:
        raise ContentError("本文が見つからないので、文章のあるファイルを選んでください", path=shown)
    return Document(
        id=document_id,
        lang=lang or ("ja" if has_japanese(page.text) else "en"),
        wording="original",
        title=page.title,
        text=page.text,
        sections=tuple(_rest_on(section, source_id) for section in page.sections),
        sha256=hashlib.sha256(data).hexdigest(),
        digest_of=source_id,
        path=shown,
    )


def _reader(form: Form) -> Callable[[bytes, str], Reading]:
    """The reader of a form; pypdf, python-docx and lxml cost half a second that answering need not pay."""
    if form == "pdf":
        from rag.parse.pdf import read_pdf

        return read_pdf
    if form == "docx":
        from rag.parse.docx import read_docx

        return read_docx
    if form == "html":
        from rag.parse.html import read_html

        return read_html
    return read_text


def _arrange(reading: Reading, fallback: str) -> Page:
    """By speakers where the page is an interview, else by its headings."""
    if interview.has_form(reading.lines):
        return interview.arrange(reading.lines, title=reading.title, fallback=fallback)
    outline = reading if reading.marked else guess_headings(reading)
    return lay_out(outline, outline.title or fallback)


def _rest_on(section: Section, source_id: str) -> Section:
    """The whole body as one statement resting on the source."""
    statement = Statement(start=section.start, end=section.end, source_ids=(source_id,))
    return replace(section, statements=(statement,))
