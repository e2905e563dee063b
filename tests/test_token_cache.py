"""The cache of tokens: the same tokens, only for what is the same, and never in the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.language.tokens import Tokenizer
from rag.token_cache import PLACE, CachingTokenizer, forget_tokens

GROUPS = [["在宅勤務", "テレワーク"]]
TEXTS = ["在宅勤務は週に2回までです。", "Remote work is possible.", "", "情報専門員の初任給は231,500円です。"]


def read_all(home: Path, texts: list[str], groups: list[list[str]] = GROUPS) -> list[object]:
    tokenizer = CachingTokenizer(home, groups)
    found: list[object] = [tokenizer.tokens(text) for text in texts]
    tokenizer.save()
    return found


def test_cached_tokens_are_the_tokenizers_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = [Tokenizer(GROUPS).tokens(text) for text in TEXTS]
    assert read_all(tmp_path, TEXTS) == plain
    monkeypatch.setattr(Tokenizer, "tokens", lambda self, text: pytest.fail("read twice"))
    assert read_all(tmp_path, TEXTS) == plain


def test_another_glossary_is_another_reading(tmp_path: Path) -> None:
    read_all(tmp_path, TEXTS)
    assert read_all(tmp_path, TEXTS, [["初任給"]]) == [Tokenizer([["初任給"]]).tokens(text) for text in TEXTS]


def test_only_what_the_last_build_used_is_kept(tmp_path: Path) -> None:
    read_all(tmp_path, ["灯台守の目印は瑠璃色です。", TEXTS[0]])
    assert "瑠璃色".encode() in (tmp_path / PLACE).read_bytes()
    read_all(tmp_path, TEXTS)
    assert "瑠璃色".encode() not in (tmp_path / PLACE).read_bytes()
    forget_tokens(tmp_path)
    assert not (tmp_path / PLACE).exists()


def test_a_damaged_cache_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / PLACE).write_bytes(b"no database" * 99)
    plain = [Tokenizer(GROUPS).tokens(text) for text in TEXTS]
    assert read_all(tmp_path, TEXTS) == plain == read_all(tmp_path, TEXTS)
