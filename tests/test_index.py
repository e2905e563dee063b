"""The index against an oracle (Lucene's BM25 by hand), and what it says when a part is missing or damaged."""

from __future__ import annotations

import math
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rag.embed import StaticEmbeddings
from rag.index import (
    FIELDS,
    K1,
    PASSAGES,
    QUESTIONS,
    B,
    Index,
    as_vector_store,
    askings,
    build_index,
    close_index,
    head_text,
    open_index,
    passage_terms,
)
from rag.language.tokens import Tokenizer
from rag.probe import check_release, probe
from rag.records import read_passages
from rag.settings import Settings
from rag.types import Passage, ReleaseError


@pytest.fixture(scope="module")
def folder(small_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the small release."""
    release = (small_settings.home / "CURRENT").read_text("utf-8").strip()
    target = tmp_path_factory.mktemp("index") / "release"
    shutil.copytree(small_settings.home / "releases" / release, target)
    return target


def open_folder(folder: Path) -> Index:
    tokenizer = Tokenizer([])
    return open_index(
        read_passages(folder / "passages.jsonl"), folder, tokenizer=tokenizer, embeddings=StaticEmbeddings(str.split)
    )


@pytest.fixture(scope="module")
def index(folder: Path) -> Iterator[Index]:
    opened = open_folder(folder)
    yield opened
    close_index(opened)


def test_the_tables_score_as_lucene_does(small_settings: Settings, tmp_path: Path) -> None:
    release = small_settings.home / "releases" / (small_settings.home / "CURRENT").read_text("utf-8").strip()
    passages, tokenizer = read_passages(release / "passages.jsonl"), Tokenizer([])
    build_index(passages, tmp_path, tokenizer=tokenizer, embed=lambda texts: [[1.0, 0.5]] * len(texts))
    opened = open_folder_of(passages, tmp_path, tokenizer)
    rows = [Counter(passage_terms(tokenizer, p.text)) for p in passages]
    mean = sum(sum(row.values()) for row in rows) / len(rows)
    for term in ("情報", "異動", "面接", "skill"):
        found = opened.tables["words"].scores({term: 1.0})
        frequency = sum(term in row for row in rows)
        assert frequency == opened.tables["words"].frequency(term)
        idf = math.log(1 + (len(rows) - frequency + 0.5) / (frequency + 0.5))
        for row, score in zip(rows, found, strict=True):
            length = 1 - B + B * sum(row.values()) / mean
            assert score == pytest.approx(idf * row[term] / (row[term] + K1 * length), abs=1e-5)
    close_index(opened)


def open_folder_of(passages: tuple[Passage, ...], folder: Path, tokenizer: Tokenizer) -> Index:
    return open_index(passages, folder, tokenizer=tokenizer, embeddings=StaticEmbeddings(str.split))


def test_every_table_has_a_row_for_every_passage_or_asking(index: Index) -> None:
    assert len(index.asked) == len(askings(index.passages))
    for name in FIELDS:
        size = len(index.asked) if name == "askings" else len(index.passages)
        assert index.tables[name].size == size


def test_the_terms_of_a_passage_are_those_of_its_parts(index: Index) -> None:
    for at, passage in enumerate(index.passages):
        assert len(index.terms.sentences(at)) == len(passage.sentences)
        assert len(index.terms.askings(at)) == len({passage.question, *passage.askings} - {None, ""})
        assert index.terms.head(at)


def test_the_head_names_title_question_and_speaker(index: Index) -> None:
    spoken = next(p for p in index.passages if p.speaker == "三宅")
    assert "三宅氏" in head_text(spoken)
    assert spoken.title in head_text(spoken) and str(spoken.question) in head_text(spoken)


def test_langchains_vector_store_holds_the_same_passages(index: Index) -> None:
    stored = as_vector_store(index).get()
    assert sorted(stored["ids"]) == sorted(p.id for p in index.passages)
    assert sorted(stored["documents"]) == sorted(p.text for p in index.passages)
    assert index.nearest[PASSAGES].count() == len(index.passages)


def test_of_a_passages_ways_of_asking_only_the_distinct_ones_get_a_place(index: Index, tmp_path: Path) -> None:
    one, tokenizer = index.passages[0], Tokenizer()
    one = replace(one, question="研修 期間", askings=("期間 研修", "?", "異動 時期"))
    vectors = {"研修 期間": [1.0, 0.0], "期間 研修": [1.0, 0.0], "異動 時期": [0.0, 1.0]}
    build_index(
        (one,), tmp_path, tokenizer=tokenizer,
        embed=lambda texts: [vectors.get(text, [0.0, 0.0] if text == "?" else [1.0, 1.0]) for text in texts],
    )  # fmt: skip
    built = open_folder_of((one,), tmp_path, tokenizer)
    assert built.entries == {PASSAGES: 1, QUESTIONS: 2}
    assert len(built.asked) == 4
    close_index(built)


def test_nothing_to_index_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="1つもありません"):
        build_index([], tmp_path, tokenizer=Tokenizer([]), embed=lambda texts: [])


@pytest.mark.parametrize(
    "name",
    [
        "bm25/words/scores.npz",
        "bm25/heads/terms.json",
        "bm25/terms.json",
        "bm25/terms.npz",
        "classifier/terms.json",
        "classifier/weights.npz",
    ],
)
@pytest.mark.parametrize("damage", ["missing", "cut", "nonsense"])
def test_a_damaged_table_is_named(folder: Path, tmp_path: Path, name: str, damage: str) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    data = (copy / name).read_bytes()
    if damage == "missing":
        (copy / name).unlink()
    else:
        (copy / name).write_bytes(data[: len(data) // 2] if damage == "cut" else b"nonsense")
    with pytest.raises(ReleaseError, match="corpus build"):
        open_folder(copy)


def test_tables_of_other_passages_are_refused(folder: Path) -> None:
    with pytest.raises(ReleaseError, match="文章と合いません"):
        open_folder_of(read_passages(folder / "passages.jsonl")[:2], folder, Tokenizer([]))


def test_the_probe_passes_a_whole_index_and_finds_a_foreign_one(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    probe(copy)
    lines = (copy / "passages.jsonl").read_text("utf-8").splitlines(keepends=True)
    (copy / "passages.jsonl").write_text("".join(lines[1:]), "utf-8")
    with pytest.raises(ReleaseError, match="一致しません"):
        probe(copy)


def test_a_ruined_vector_store_fails_the_check_and_not_this_process(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (copy / "chroma" / "chroma.sqlite3").write_bytes(b"no database" * 100)
    with pytest.raises(ReleaseError, match="corpus build"):
        check_release(copy)


def test_no_memory_of_the_process_is_written_into_a_release(small_settings: Settings, tmp_path: Path) -> None:
    release = small_settings.home / "releases" / (small_settings.home / "CURRENT").read_text("utf-8").strip()
    passages = read_passages(release / "passages.jsonl")
    secret = "消したはずの言葉".encode()
    for size in (80, 400, 1200, 130_000):  # what the allocator gives out next held this a moment ago
        del [secret * (size // len(secret)) for _ in range(200)][:]
    build_index(passages, tmp_path, tokenizer=Tokenizer([]), embed=lambda texts: [[1.0, 0.5]] * len(texts))
    segments = sorted((tmp_path / "chroma").glob("*/data_level0.bin"))
    assert len(segments) == 2
    for segment in segments:  # fewer than Chroma's threshold: nothing of it is used yet
        assert not segment.read_bytes().strip(b"\0")
        assert not segment.with_name("length.bin").read_bytes().strip(b"\0")
