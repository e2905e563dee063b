"""Ranking: fusion by worked example, the matter of a question, and the same hits for the same words."""

from __future__ import annotations

import numpy as np
import pytest

from rag.bot import Bot
from rag.coverage import Reader, known_share
from rag.index import Index
from rag.query import Weights, analyse, matter
from rag.retrieve import best_places, fuse, retrieve
from rag.types import Hit

WEIGHTS = Weights()


@pytest.fixture(scope="module")
def index(small_bot: Bot) -> Index:
    return small_bot._served.index  # the bot's own, so that it is not opened twice


@pytest.fixture(scope="module")
def shipped(bot: Bot) -> Index:
    return bot._served.index


def find(question: str, index: Index, limit: int = 10) -> list[Hit]:
    return retrieve(analyse(question, index, WEIGHTS), index, WEIGHTS, limit=limit)


def scores(*values: float) -> np.ndarray:  # type: ignore[type-arg]
    return np.asarray(values, dtype=np.float32)


def test_each_list_counts_by_its_own_maximum_and_weight() -> None:
    fused = fuse([(scores(2, 4, 0), 1.0), (scores(30, 0, 15), 0.5)])
    assert fused.tolist() == pytest.approx([1.0, 1.0, 0.25])


@pytest.mark.parametrize(
    ("count", "places"), [(1, [1]), (2, [1, 3]), (3, [1, 3, 4]), (5, [1, 3, 4, 0]), (9, [1, 3, 4, 0])]
)
def test_the_best_places_are_in_order_and_without_those_of_nothing(count: int, places: list[int]) -> None:
    assert best_places(scores(1, 3, 0, 3, 2, 0), count) == places


def test_the_scale_of_a_list_does_not_matter() -> None:
    small, large = (fuse([(scores(1, 3, 2) * factor, 1.0), (scores(5, 1, 0), 0.3)]) for factor in (1, 1000))
    assert small.tolist() == pytest.approx(large.tolist())


def test_a_list_that_found_nothing_adds_nothing() -> None:
    assert fuse([(scores(1, 0), 1.0), (scores(0, 0), 9.0)]).tolist() == [1.0, 0.0]
    with pytest.raises(ValueError, match="nothing to fuse"):
        fuse([])


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("すみません、海外派遣研修について教えてください", "海外派遣研修"),
        ("デジタルスキルマップとは何ですか?", "デジタルスキルマップ"),
        ("ict職って何", "ict職"),
        ("とは", "とは"),
    ],
)
def test_the_matter_of_a_question_is_without_its_courtesy(question: str, left: str) -> None:
    assert matter(question) == left


@pytest.mark.parametrize(
    ("question", "document"),
    [
        ("情報専門員は何歳まで受けられますか", "selection"),
        ("技の地図とは何ですか", "work"),
        ("三宅さんは異動をどう見ていますか", "talk-digest"),
        ("What is the map of skills?", "en-selection"),
    ],
)
def test_the_right_passage_comes_first(index: Index, question: str, document: str) -> None:
    assert find(question, index)[0].passage.document_id == document


def test_hits_come_best_first_and_never_twice(index: Index) -> None:
    hits = find("情報専門員の選考", index)
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)
    assert len({h.passage.id for h in hits}) == len(hits)


def test_one_document_takes_only_its_share(shipped: Index) -> None:
    hits = find("キャリア活用採用選考", shipped, limit=30)
    documents = [h.passage.document_id for h in hits]
    assert max(map(documents.count, documents)) <= WEIGHTS.per_source
    assert len(set(documents)) > 1


@pytest.mark.parametrize(
    ("plain", "written"),
    [
        ("デジタルスキルマップとは何ですか", "ﾃﾞｼﾞﾀﾙｽｷﾙﾏｯﾌﾟとは何ですか"),
        ("ICT職の1on1はありますか", "ＩＣＴ職の１ｏｎ１はありますか"),
        ("CIO補佐官とは何ですか", "cio補佐官とは何ですか"),
        ("海外派遣研修はいつ始まりましたか", "海外派遣研修は いつ\n始まりましたか"),
    ],
)
def test_width_case_and_spaces_change_nothing(shipped: Index, plain: str, written: str) -> None:
    assert [h.passage.id for h in find(plain, shipped)] == [h.passage.id for h in find(written, shipped)]


def test_the_same_question_finds_the_same_in_the_same_order(shipped: Index) -> None:
    first, second = (find("在宅勤務はできますか", shipped) for _ in range(2))
    assert [(h.passage.id, h.score) for h in first] == [(h.passage.id, h.score) for h in second]


def test_a_slip_of_the_keyboard_finds_the_known_spelling(shipped: Index) -> None:
    assert "デジタルスキルマップ" in find("デジタルスキルマプとは", shipped)[0].passage.text


def test_a_question_of_no_words_finds_nothing(index: Index) -> None:
    query = analyse("ですか", index, WEIGHTS)
    assert query.total_idf > 0
    assert Reader(query, index).share(Reader(query, index).read(0).whole) == 0.0


def test_passages_read_together_meet_what_each_meets_alone(shipped: Index) -> None:
    reader = Reader(analyse("在宅勤務とは何ですか", shipped, WEIGHTS), shipped)
    places = [7, 0, len(shipped.passages) - 1, 7]
    for together, alone in zip(reader.read_all(places), map(reader.read, places), strict=True):
        assert together.whole.tolist() == alone.whole.tolist()
        assert together.sentences.shape == alone.sentences.shape
        assert together.asking.likeness == pytest.approx(alone.asking.likeness)
    assert reader.read_all([]) == []


def test_what_headings_and_glossary_do_not_know_is_not_known(shipped: Index) -> None:
    known, foreign = (
        known_share(analyse(question, shipped, WEIGHTS), shipped)
        for question in ("デジタルスキルマップの項目", "宇宙船のプラズマ推進")
    )
    assert known > 0.8
    assert foreign < 0.5
