"""Any input at all: questions, files, tables and sets end in an answer or in one of our own errors; never in another.

A few examples in the fast tests, thousands in the long ones. Surrogates, NUL, bidi, half-width kana and mutated files
are drawn on purpose.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from answer_check import Vocabulary
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from page_forms import FORMS
from running import TODAY

from evals.cases import Case, CaseSet, read_lines
from evals.csv_file import read_csv, write_csv
from evals.xlsx import read_xlsx, write_xlsx
from rag.bot import Bot
from rag.corpus import read_glossary, read_replies
from rag.corpus.sources import read_sources
from rag.parse import parse
from rag.settings import Settings
from rag.types import ContentError, IctnaviError

FEW, MANY = 8, 1500
ODD = st.sampled_from(
    list("\0\u200b\u202e\u2066\ufeff\ufffd\U000e0041\ud800\udfff\u0301ｶﾞ㈱①〜～−‐ー\r\n\t{}[]<>&\"'\\%$`")
)
WORDS = st.sampled_from(
    ["情報専門員", "何歳", "年齢", "初任給", "技の地図", "令和7年度", "2025", "how old", "青柳", "?", "。"]
)
QUESTION = st.lists(st.one_of(WORDS, ODD, st.text(max_size=8), st.characters()), max_size=25).map("".join)
FILES = [form for form in FORMS if len(form.data) < 60_000]
QUIET = [
    HealthCheck.function_scoped_fixture,
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.large_base_example,
]
few = settings(max_examples=FEW, deadline=None, suppress_health_check=QUIET, derandomize=True)
many = settings(max_examples=MANY, deadline=None, suppress_health_check=QUIET)


def ask_anything(bot: Bot, words: Vocabulary) -> Callable[[str, list[str]], None]:
    def ask(question: str, history: list[str]) -> None:
        answer = bot.ask(question, history, today=TODAY)
        assert (answer.abstained is None) == bool(answer.sentences)
        assert list(words.find_foreign(answer)) == []
        json.dumps(answer.to_json(), ensure_ascii=False)

    return ask


def test_any_question_is_answered(small_bot: Bot, small_settings: Settings) -> None:
    ask = ask_anything(small_bot, Vocabulary(small_settings.home, small_bot.replies))
    few(given(QUESTION, st.lists(QUESTION, max_size=2))(ask))()
    for text in ("あ" * 20_000, "\ud800", "\0" * 2000, "🏴\U000e0067\U000e007f" * 300, "ｶﾞ" * 499):
        ask(text, [])


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_any_question_of_thousands_is_answered(small_bot: Bot, small_settings: Settings) -> None:
    ask = ask_anything(small_bot, Vocabulary(small_settings.home, small_bot.replies))
    many(given(QUESTION, st.lists(QUESTION, max_size=3))(ask))()


@st.composite
def mutated(draw: st.DrawFn, data: bytes) -> bytes:
    """The bytes with a few places cut, doubled, overwritten or sprinkled."""
    changed = bytearray(data)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, len(changed) - 1)))
        length = draw(st.integers(0, 40))
        manner = draw(st.integers(0, 3))
        if manner == 0:
            del changed[at : at + length]
        elif manner == 1:
            changed[at:at] = changed[at : at + length] * 3
        elif manner == 2:
            changed[at : at + length] = draw(st.binary(max_size=40))
        else:
            changed[at:at] = draw(
                st.sampled_from([b"<", b">", b"\0", b"\xff\xfe", b"&#x", b"obj", b"PK", b"---\n", b"[^"])
            )
    return bytes(changed)


def read_anything(draw: Any) -> None:
    form = draw.draw(st.sampled_from(FILES))
    data = draw.draw(st.one_of(mutated(form.data), st.binary(max_size=2000)))
    try:
        document = parse(data, name=form.file, document_id="page", source_id="source", charset=form.charset)
    except ContentError as error:
        assert "\n" not in str(error)
        return
    for section in document.sections:
        assert 0 <= section.start <= section.end <= len(document.text)


def test_any_file_is_read_or_refused() -> None:
    few(given(st.data())(read_anything))()


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_any_file_of_thousands_is_read_or_refused() -> None:
    many(given(st.data())(read_anything))()


SHIPPED = Path(__file__).parent.parent.parent / "corpus"
TABLES: dict[str, Callable[[bytes, str, list[ContentError]], object]] = {
    "replies.toml": read_replies,
    "glossary.toml": read_glossary,
    "sources.toml": read_sources,
}
SET = CaseSet(
    name="s", cases=(Case(id="a", turns=("何歳まで",), language="ja", category="direct", facts=(("61歳未満",),)),)
)
SETS: dict[str, tuple[bytes, Callable[[bytes], object]]] = {
    "jsonl": (SET.to_bytes(), lambda data: read_lines(data, "s", "s.jsonl")),
    "csv": (write_csv(SET), lambda data: read_csv(data, "s.csv")),
    "xlsx": (write_xlsx(SET), lambda data: read_xlsx(data, "s")),
}


def read_any_table(draw: Any) -> None:
    name = draw.draw(st.sampled_from(list(TABLES)))
    whole = (SHIPPED / name).read_bytes()
    at = draw.draw(st.integers(0, len(whole)))
    data = draw.draw(st.one_of(mutated(whole[at : at + 3000]), mutated(whole[:2000]), st.binary(max_size=500)))
    problems: list[ContentError] = []
    TABLES[name](data, name, problems)
    assert all("\n" not in str(problem) for problem in problems)


def read_any_set(draw: Any) -> None:
    whole, read = SETS[draw.draw(st.sampled_from(list(SETS)))]
    data = draw.draw(st.one_of(mutated(whole), st.binary(max_size=500)))
    try:
        read(data)
    except IctnaviError:
        return


@pytest.mark.parametrize("read", [read_any_table, read_any_set])
def test_any_table_is_read_or_refused(read: Callable[[Any], None]) -> None:
    few(given(st.data())(read))()


@pytest.mark.full
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("read", [read_any_table, read_any_set])
def test_any_table_of_thousands_is_read_or_refused(read: Callable[[Any], None]) -> None:
    many(given(st.data())(read))()
