"""The preview of a candidate: what came, went and was rewritten, in words, with years and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import copy_home, run_command
from small_corpus import write_small_corpus

from rag.build import build_checked, preview
from rag.chunk import cut
from rag.differences import Content, Preview, compare_contents, compare_words
from rag.drift import Flag
from rag.parse import parse
from rag.settings import Settings
from rag.types import Document, Source

SOURCE = Source(id="s", title="案内", url="https://example.org/", publisher="p", kind="news", standing="official")


def document(name: str, *sections: tuple[str, str]) -> Document:
    body = f"<main><h1>{name}</h1>" + "".join(f"<h2>{h}</h2><p>{t}</p>" for h, t in sections) + "</main>"
    return parse(body.encode(), name="a.html", document_id=name, source_id="s")


def content(*documents: Document, sources: Sequence[Source] = (SOURCE,), flags: Sequence[Flag] = ()) -> Content:
    passages = [p for d in documents for p in cut(d)]
    return Content(documents=documents, passages=passages, sources=sources, flags=flags)


def compare(old: Content, new: Content) -> Preview:
    return compare_contents(old, new, ids=("old", "new"))


AGE = ("年齢", "令和7年度の選考は、25歳以上50歳未満の人が受けられます。")
PAY = ("給与", "初任給は231,500円です。手当が別に付きます。")
LEAVE = ("休暇", "年次休暇は一年に20日あります。")


def test_equal_releases_have_no_difference() -> None:
    assert compare(content(document("a", AGE, PAY)), content(document("a", AGE, PAY))).empty


def test_a_rewritten_sentence_shows_its_words_years_and_numbers() -> None:
    now = ("年齢", "令和8年度の選考は、25歳以上60歳未満の人が受けられます。")
    found = compare(content(document("a", AGE, PAY)), content(document("a", now, PAY)))
    (change,) = found.documents[0].passages
    assert (change.change, change.heading) == ("changed", "年齢")
    assert [(p.kind, p.text) for p in change.pieces if p.kind != "same"] == [
        ("removed", "7"), ("added", "8"), ("removed", "50"), ("added", "60"),
    ]  # fmt: skip
    assert change.values_lost == ("令和7年度", "50歳未満") and change.values_won == ("令和8年度", "60歳未満")


def test_a_paragraph_put_in_at_the_top_is_one_addition() -> None:
    found = compare(content(document("a", AGE, PAY)), content(document("a", LEAVE, AGE, PAY)))
    assert found.counts == {"added": 1, "changed": 0, "removed": 0}
    assert found.documents[0].passages[0].after == LEAVE[1]


def test_order_alone_is_no_difference() -> None:
    assert compare(content(document("a", AGE, PAY)), content(document("a", PAY, AGE))).empty


def test_documents_come_and_go_with_their_passages() -> None:
    found = compare(content(document("a", AGE)), content(document("b", LEAVE)))
    assert [(d.change, d.document_id) for d in found.documents] == [("removed", "a"), ("added", "b")]
    assert found.counts == {"added": 1, "changed": 0, "removed": 1}


def test_a_source_shows_what_changed_of_its_record() -> None:
    now = replace(SOURCE, fiscal_year=2026, as_of="2026-04-01")
    other = replace(SOURCE, id="t")
    found = compare(content(sources=(SOURCE,)), content(sources=(now, other)))
    assert [(s.change, s.source_id) for s in found.sources] == [("added", "t"), ("changed", "s")]
    assert found.sources[1].fields == (("fiscal_year", "", "2026"), ("as_of", "", "2026-04-01"))


def test_only_new_flags_are_shown() -> None:
    old, new = (Flag(source_id="s", document_id="a", statement=t, missing=("1人",)) for t in ("前", "後"))
    assert compare(content(flags=(old,)), content(flags=(old, new))).flags == (new,)


@given(st.text(alphabet="あア亜a1 、。\n", max_size=40), st.text(alphabet="あア亜a1 、。\n", max_size=40))
def test_the_pieces_make_up_both_texts(before: str, after: str) -> None:
    pieces = compare_words(before, after)
    assert "".join(p.text for p in pieces if p.kind != "added") == before
    assert "".join(p.text for p in pieces if p.kind != "removed") == after


@pytest.fixture
def settings(small_settings: Settings, tmp_path: Path) -> Settings:
    return Settings(
        home=copy_home(small_settings.home, tmp_path / "home"), corpus=write_small_corpus(tmp_path / "corpus")
    )


def test_the_preview_of_a_candidate_is_read_on_the_command_line(settings: Settings) -> None:
    sheet = settings.corpus / "policies" / "selection.md"
    sheet.write_text(sheet.read_text("utf-8").replace("25歳以上50歳未満", "25歳以上55歳未満"), "utf-8")
    build_checked(settings)
    found = preview(settings)
    assert found.counts == {"added": 0, "changed": 1, "removed": 0}
    shown = run_command(settings.home, "corpus", "diff", ICTNAVI_CORPUS=str(settings.corpus)).out
    assert "〔−50〕〔＋55〕" in shown and "年・数: 50歳未満 → 55歳未満" in shown
