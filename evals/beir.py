"""A folder in the BEIR layout -> passages, questions, relevance.

In: `corpus.jsonl` (_id, title, text), `queries.jsonl` (_id, text, metadata), `qrels/test.tsv` (query, passage, grade
under one line of heads). Out: `Collection`. Every row is one passage; its sentences are split as the product does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.language.detect import detect
from rag.language.sentences import split_sentences
from rag.types import ContentError, Passage, Span


@dataclass(frozen=True, kw_only=True)
class Question:
    """One query. `answers` may be empty; `answerable` is None where the set does not say."""

    id: str
    text: str
    answers: tuple[str, ...]
    answerable: bool | None
    kind: str


@dataclass(frozen=True, kw_only=True)
class Collection:
    """What is searched and asked; `relevance[question][passage]` is a grade."""

    passages: tuple[Passage, ...]
    questions: tuple[Question, ...]
    relevance: Mapping[str, Mapping[str, int]]

    @property
    def graded(self) -> bool:
        """Whether some passage has a grade above 1."""
        return any(grade > 1 for grades in self.relevance.values() for grade in grades.values())


def read_collection(folder: Path) -> Collection:
    """Raises ContentError with file and line where the folder is not of this layout."""
    passages = tuple(_passage(row, f"corpus.jsonl:{n}") for n, row in _rows(folder / "corpus.jsonl"))
    questions = tuple(_question(row) for _, row in _rows(folder / "queries.jsonl"))
    if len({p.id for p in passages}) != len(passages):
        raise ContentError("同じ _id が2度あります", path="corpus.jsonl")
    return Collection(passages=passages, questions=questions, relevance=_read_relevance(folder / "qrels" / "test.tsv"))


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            row["_id"], row["text"] = str(row["_id"]), str(row["text"])
        except (ValueError, KeyError, TypeError) as error:
            raise ContentError(
                f"_id と text のある JSON の行ではありません({error})", path=path.name, line=number
            ) from error
        yield number, row


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(
            f"読めません({error.__class__.__name__})。BEIR の形(corpus.jsonl・queries.jsonl・qrels/test.tsv)の"
            "フォルダを指してください",
            path=path.name,
        ) from error


def _passage(row: Mapping[str, Any], place: str) -> Passage:
    title = str(row.get("title") or "")
    text = row["text"] if row["text"].strip() else title
    if not text.strip():
        raise ContentError(f"{place}: title も text もありません")
    spans = tuple(Span(start=s.start, end=s.end, source_ids=("bench",)) for s in split_sentences(text))
    return Passage(
        id=row["_id"], document_id=row["_id"], lang=detect(text), wording="original", title=title, heading_path=(),
        question=None, askings=(), text=text, start=0, end=len(text), speaker=None, affiliation=None, route=None,
        sentences=spans,
    )  # fmt: skip


def _question(row: Mapping[str, Any]) -> Question:
    metadata = row.get("metadata") or {}
    answerable = metadata.get("answerable")
    kind = metadata.get("kind") or ("answerable" if answerable in {None, True} else "unanswerable")
    return Question(
        id=row["_id"],
        text=row["text"],
        answers=tuple(str(answer) for answer in metadata.get("answers") or ()),
        answerable=answerable,
        kind=str(kind),
    )


def _read_relevance(path: Path) -> dict[str, dict[str, int]]:
    relevance: dict[str, dict[str, int]] = {}
    for number, line in enumerate(_text(path).split("\n"), start=1):
        if number == 1 or not line.strip():
            continue
        try:
            question, passage, grade = line.rstrip("\r").split("\t")
            relevance.setdefault(question, {})[passage] = int(grade)
        except ValueError as error:
            raise ContentError(
                "「query-id、corpus-id、score」のタブ区切りの行ではありません", path="qrels/test.tsv", line=number
            ) from error
    return relevance
