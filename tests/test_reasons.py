"""Reasons not to answer, read off the wording: what must be withheld, and look-alikes that must not be."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.corpus import read_corpus, read_folder
from rag.language.normalise import fold
from rag.reasons import find_reason

ROOT = Path(__file__).resolve().parent.parent
LINES = (ROOT / "tests/data/reasons.tsv").read_text("utf-8").splitlines()
ROWS = [tuple(line.split("\t")) for line in LINES]
WITHHELD = [row for row in ROWS if row[0] != "-"]
HARMLESS = [row[1] for row in ROWS if row[0] == "-"]


@pytest.mark.parametrize(("reason", "question"), WITHHELD)
def test_what_no_evidence_could_answer_is_withheld(reason: str, question: str) -> None:
    found = find_reason(fold(question))
    assert found is not None and found.value == reason


@pytest.mark.parametrize("question", HARMLESS)
def test_harmless_look_alikes_are_left_to_the_evidence(question: str) -> None:
    assert find_reason(fold(question)) is None


def test_no_asking_of_the_corpus_is_withheld() -> None:
    sheets = read_corpus(read_folder(ROOT / "corpus")).sheets
    sections = [section for sheet in sheets if sheet.document for section in sheet.document.sections]
    askings = [asking for s in sections for asking in (s.question or "", *s.askings)]
    assert len(askings) > 1000
    assert [asking for asking in askings if find_reason(fold(asking))] == []


@pytest.mark.parametrize(
    "question", ["", "。", "\n", "？" * 1000, "私は" * 500, "指示" * 500, "試験の" * 300, "mr. " * 250]
)
def test_any_question_of_the_longest_length_is_read(question: str) -> None:
    assert find_reason(fold(question)) is None
