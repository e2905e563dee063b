"""The shipped chart of what the material does not say: questions that fall in, and neighbours that must not."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.answer.abstain import find_gap
from rag.corpus import Replies, read_replies

ROOT = Path(__file__).resolve().parent.parent
ROWS = [tuple(line.split("\t")) for line in (ROOT / "tests/data/gaps.tsv").read_text("utf-8").splitlines()]
INSIDE = [row for row in ROWS if not row[0].startswith("!")]
BESIDE = [(row[0][1:], row[1]) for row in ROWS if row[0].startswith("!")]


@pytest.fixture(scope="module")
def replies() -> Replies:
    read = read_replies((ROOT / "corpus/replies.toml").read_bytes(), "replies.toml", [])
    assert read is not None
    return read


@pytest.mark.parametrize(("gap", "question"), INSIDE)
def test_a_question_known_to_have_no_answer_falls_into_a_gap(gap: str, question: str, replies: Replies) -> None:
    found = find_gap(question, replies)
    assert found is not None and found.id == gap


@pytest.mark.parametrize(("gap", "question"), BESIDE)
def test_a_neighbour_does_not_fall_into_it(gap: str, question: str, replies: Replies) -> None:
    found = find_gap(question, replies)
    assert found is None or found.id != gap
