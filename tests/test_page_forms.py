"""What comes out of real pages: every marked field and statement of the forms in page_forms.py is looked for.

At least .95 of all marks must come out right; the share is printed (`pytest -s`, or see it when the test fails).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from page_forms import FORMS, Form

from rag.parse import parse
from rag.parse.stated import stated_as_of, stated_fiscal_year
from rag.types import ContentError, Document, Section

LEAST = 0.95


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One thing that a reader must get, and whether it was got."""

    form: str
    what: str
    right: bool


def body(document: Document, section: Section) -> str:
    return document.text[section.start : section.end]


def bodies(document: Document, heading: str | None) -> str:
    return "\n".join(
        body(document, s) for s in document.sections if heading is None or any(heading in h for h in s.heading_path)
    )


def read_marks(form: Form) -> Iterator[Mark]:
    def mark(what: str, right: bool) -> Mark:
        return Mark(form=form.name, what=what, right=right)

    try:
        document = parse(form.data, name=form.file, document_id="page", source_id="source", charset=form.charset)
    except ContentError as error:
        said = str(error)
        yield mark(f"refused: {said}", form.refused is not None and form.refused in said)
        return
    if form.refused is not None:
        yield mark("refused", False)
        return
    if form.title is not None:
        yield mark(f"title {document.title}", document.title == form.title)
    if form.as_of is not None:
        yield mark(f"as of {stated_as_of(document.text)}", (stated_as_of(document.text) or "none") == form.as_of)
    if form.fiscal_year is not None:
        yield mark(f"year {stated_fiscal_year(document)}", (stated_fiscal_year(document) or 0) == form.fiscal_year)
    for heading, words in form.says:
        yield mark(f"{heading}: {words}", words in bodies(document, heading))
    for question, answer in form.asks:
        yield mark(f"question {question}", any(
            s.question == question and answer in body(document, s) for s in document.sections))  # fmt: skip
    for speaker, words in form.speaks:
        yield mark(f"{speaker}: {words}", any(
            s.speaker == speaker and words in body(document, s) for s in document.sections))  # fmt: skip
    for words in form.silent:
        yield mark(f"silent {words}", words not in document.text)


MARKS = {form.name: list(read_marks(form)) for form in FORMS}


def test_there_are_forty_forms_and_more() -> None:
    assert len(MARKS) == len(FORMS) >= 40


def test_ninety_five_in_a_hundred_marks_come_out_right(capsys: pytest.CaptureFixture[str]) -> None:
    marks = [mark for found in MARKS.values() for mark in found]
    wrong = [f"{mark.form}: {mark.what}" for mark in marks if not mark.right]
    share = 1 - len(wrong) / len(marks)
    with capsys.disabled():
        print(f"\n{len(FORMS)} page forms: {len(marks) - len(wrong)} of {len(marks)} marks right ({share:.3f})")
    assert share >= LEAST, wrong


@pytest.mark.parametrize("form", [f for f in FORMS if f.refused], ids=lambda form: form.name)
def test_what_cannot_be_read_is_refused_in_one_clear_sentence(form: Form) -> None:
    with pytest.raises(ContentError, match=form.refused) as caught:
        parse(form.data, name=form.file, document_id="page", source_id="source")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 200
