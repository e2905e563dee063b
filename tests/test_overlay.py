"""Documents edited on this machine: they win over the shipped files, a build takes them, a withdrawn statement goes."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_corpus import SHEETS, write_small_corpus

from rag import overlay, withdrawn
from rag.build import build_checked, compare_shipped, find_release, gather_material, hash_inputs
from rag.corpus import check_files
from rag.parse.markdown import parse_markdown
from rag.parse.sheet_edit import drop_statements
from rag.settings import Settings
from rag.types import ContentError, SettingError

SELECTION = "policies/selection.md"
NOW, BEFORE = "50歳未満の人が対象です", "45歳未満の人が対象でした"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", corpus=write_small_corpus(tmp_path / "corpus"))


def keep(settings: Settings, path: str, text: str) -> None:
    overlay.keep(settings.corpus, settings.home, path, text.encode())


def list_texts(settings: Settings) -> str:
    return "\n".join(passage.text for passage in gather_material(settings).passages)


def test_an_edit_wins_over_the_shipped_sheet_and_shows_as_a_difference(settings: Settings) -> None:
    before = hash_inputs(settings)
    keep(settings, SELECTION, SHEETS[SELECTION].replace("50歳未満", "55歳未満"))
    assert "55歳未満" in list_texts(settings) and NOW not in list_texts(settings)
    assert hash_inputs(settings) != before
    (change,) = compare_shipped(settings).changed
    assert "50歳未満" in change and "55歳未満" in change
    assert overlay.drop(settings.home, SELECTION)
    assert hash_inputs(settings) == before and not overlay.drop(settings.home, SELECTION)


def test_edited_replies_enter_the_release_and_the_difference(settings: Settings) -> None:
    shipped = (settings.corpus / "replies.toml").read_text("utf-8")
    keep(settings, "replies.toml", shipped.replace("(採用担当)", "(採用の係)"))
    release = build_checked(settings)
    written = (settings.home / "releases" / release / "replies.toml").read_text("utf-8")
    assert "(採用の係)" in written and find_release(settings) == release
    difference = compare_shipped(settings)
    assert difference.added[0].startswith("replies.toml: ja =") and difference.removed[0].startswith("replies.toml: ja")


def test_a_new_sheet_is_added_and_an_empty_one_is_taken_away(settings: Settings) -> None:
    keep(
        settings,
        "policies/new.md",
        "---\nid: new\ntitle: 新しい話\nlang: ja\n---\n\n## 寮はありますか\n\n寮はありません。[^guide]\n",
    )
    keep(settings, "policies/work.md", "")
    assert "寮はありません" in list_texts(settings) and "港湾や税務" not in list_texts(settings)
    assert [(e.path, e.change) for e in overlay.list_edits(settings.corpus, settings.home)] == [
        ("policies/new.md", "added"), ("policies/work.md", "removed")
    ]  # fmt: skip


def test_a_wrong_edit_never_becomes_a_candidate(settings: Settings) -> None:
    keep(settings, SELECTION, SHEETS[SELECTION].replace("[^old-guide]", "[^nowhere]"))
    with pytest.raises(ContentError, match=f"{SELECTION}:12.*nowhere"):
        build_checked(settings)


def test_what_equals_the_shipped_file_is_no_edit(settings: Settings) -> None:
    keep(settings, SELECTION, SHEETS[SELECTION])
    assert overlay.read_edits(settings.home) == {}


def test_a_shipped_file_that_changed_under_an_edit_is_told(settings: Settings) -> None:
    keep(settings, SELECTION, SHEETS[SELECTION].replace("50歳", "55歳"))
    assert [e.outdated for e in overlay.list_edits(settings.corpus, settings.home)] == [False]
    (settings.corpus / SELECTION).write_text(SHEETS[SELECTION] + "\n", "utf-8")
    assert [e.outdated for e in overlay.list_edits(settings.corpus, settings.home)] == [True]


@pytest.mark.parametrize(
    "path", ["../x.md", "/x.md", "policies/../../x.md", "x.toml", "policies/.x.md", "a/b/c/d.md", "policies/A.md", ""]
)
def test_no_other_path_is_written(settings: Settings, path: str) -> None:
    with pytest.raises(SettingError):
        keep(settings, path, "x")
    with pytest.raises(SettingError):
        keep(settings, "replies.toml", "")


def drop(*gone: str, path: str = SELECTION) -> str:
    return drop_statements(SHEETS[path].encode(), gone).decode()


def statement(path: str, words: str) -> str:
    document = parse_markdown(SHEETS[path].encode(), path=path)
    spans = [s for section in document.sections for s in section.statements]
    return next(t for s in spans if words in (t := document.text[s.start : s.end]))


def test_a_withdrawn_statement_leaves_the_rest_of_its_sheet_untouched() -> None:
    left, before = drop(statement(SELECTION, BEFORE)).split("\n"), SHEETS[SELECTION].split("\n")
    assert [line for line in left if line] == [line for line in before if line and BEFORE not in line]


def test_of_two_statements_on_a_line_the_other_stays() -> None:
    left = drop(statement(SELECTION, "教養試験"))
    assert "論文と面接を行います。[^guide]\n" in left and "教養試験" not in left


def test_a_heading_without_statements_goes_with_its_askings() -> None:
    left = drop(statement(SELECTION, "採用予定は"))
    assert "採用予定は何人ですか" not in left and "何人採用されますか" not in left and "初任給" in left
    assert parse_markdown(left.encode(), path=SELECTION)


def test_a_sheet_without_statements_becomes_empty() -> None:
    path = "policies/work.md"
    assert drop(statement(path, "港湾や税務"), statement(path, "技の地図は"), path=path) == ""


def test_a_source_whose_last_statement_was_withdrawn_does_not_stop_a_build(settings: Settings) -> None:
    keep(settings, SELECTION, drop(statement(SELECTION, BEFORE)))
    files = overlay.read_files(settings.corpus, settings.home)
    assert check_files(files).problems and not check_files(files, edited=True).problems
    assert BEFORE not in list_texts(settings)
    build_checked(settings)


def test_a_sentence_of_an_original_is_quoted_no_more(settings: Settings) -> None:
    passage = next(p for p in gather_material(settings).passages if NOW in p.text)
    words = next(w for s in passage.sentences if NOW in (w := passage.quote(s)))
    before = hash_inputs(settings)
    settings.home.mkdir(exist_ok=True)
    withdrawn.add(settings.home, [withdrawn.Withdrawn(document_id=passage.document_id, text=words)])
    quotable = [p.quote(s) for p in gather_material(settings).passages for s in p.sentences]
    assert words not in quotable and any(BEFORE in quote for quote in quotable)
    assert hash_inputs(settings) != before
    (settings.home / withdrawn.FILE).write_text("{", "utf-8")
    with pytest.raises(ContentError):
        gather_material(settings)
