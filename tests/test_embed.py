"""The packaged vectors against known keys and plain algebra, and what a wrong provider is told."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from rag.embed import StaticEmbeddings, find_row, murmur, open_model, read_word_vectors
from rag.types import SettingError

TEXTS = ["東京都 の 職員 の 給料", "海外 で 学ぶ 研修", "東京都 の 職員 の 休暇", "避難所 の 名簿"]


def split(text: str) -> list[str]:
    return text.split()


@pytest.fixture(scope="module")
def fitted() -> StaticEmbeddings:
    return StaticEmbeddings.fit(split, TEXTS)


def test_words_have_the_keys_that_spacy_gives_them() -> None:
    assert murmur("coffee") == 3197928453018144401  # spaCy's documentation of the StringStore
    assert find_row("東京") is not None
    assert find_row("存在しない言葉の並び") is None


def test_a_vector_of_one_word_is_that_words_row_at_length_one() -> None:
    row = read_word_vectors().rows[find_row("研修")]
    found = StaticEmbeddings(split).embed_query("研修")
    assert np.allclose(found, row / np.linalg.norm(row), atol=1e-6)


def test_frequent_words_weigh_less_as_the_paper_says() -> None:
    rows = [read_word_vectors().rows[find_row(word)] for word in ("東京", "研修")]
    mean = rows[0] * (1e-3 / (1e-3 + 0.9)) + rows[1]
    found = StaticEmbeddings(split, frequency={"東京": 0.9}).embed_query("東京 研修")
    assert np.allclose(found, mean / np.linalg.norm(mean), atol=1e-5)


def test_the_common_component_is_taken_out(fitted: StaticEmbeddings) -> None:
    assert fitted.component is not None
    assert np.allclose(fitted.matrix(TEXTS) @ fitted.component, 0, atol=1e-5)
    assert np.allclose(np.linalg.norm(fitted.matrix(TEXTS), axis=1), 1, atol=1e-5)


def test_a_text_of_unknown_words_is_zero_and_not_a_number_nowhere(fitted: StaticEmbeddings) -> None:
    for text in ("", "qqqqzzzz"):
        assert not np.asarray(fitted.embed_query(text)).any()


def test_a_query_is_embedded_as_its_release_was(fitted: StaticEmbeddings, tmp_path: Path) -> None:
    (tmp_path / "embedding.json").write_text(json.dumps(fitted.state()), "utf-8")
    again = StaticEmbeddings.from_file(split, tmp_path / "embedding.json")
    assert again.embed_documents(TEXTS) == fitted.embed_documents(TEXTS)


def test_a_text_is_nearer_to_its_like(fitted: StaticEmbeddings) -> None:
    pay, training, leave, _ = fitted.matrix(TEXTS)
    assert pay @ leave > pay @ training


@pytest.mark.parametrize("setting", ["nosuch:model", "cohere:embed-x", "openai:test"])
def test_a_provider_that_cannot_be_used_is_named(setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(SettingError) as caught:
        open_model(setting)
    assert setting in str(caught.value)
    assert "\n" not in str(caught.value)
