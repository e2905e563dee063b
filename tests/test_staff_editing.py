"""What the console does to the material: editing with a check, withdrawing, a fiscal year's end, topics, impact."""

from __future__ import annotations

import ast
import json
import os
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from running import copy_home
from small_corpus import SHEETS

from rag import overlay, withdrawn
from rag.build import build_checked, gather_material
from rag.corpus import load_corpus
from rag.originals import Original
from rag.originals import keep as keep_original
from rag.releases import ReleaseStore
from rag.settings import ROOT, Settings
from rag.types import ContentError, SettingError, Source
from ui.purging import purge_document
from ui.staff import editing, turning, withdrawal
from ui.staff.editing import Opened
from ui.staff.impact import ask_again
from ui.staff.tab import forget_upload, offer_file
from ui.staff.topics import group_questions
from ui.staff.views import show_impact, show_lines, show_problems
from ui.staff.words import read_words
from ui.state import AskedQuestion, StateStore

TODAY = date(2026, 11, 23)
SELECTION, WORK = "policies/selection.md", "policies/work.md"
REASON = "年度を取り違えていたため"


def progress(stage: str, done: int, total: int) -> None:
    """Nobody looks."""


@pytest.fixture
def own(small_settings: Settings, tmp_path: Path) -> Settings:
    return Settings(home=copy_home(small_settings.home, tmp_path / "home"), corpus=small_settings.corpus)


def write(settings: Settings, path: str, old: str, new: str) -> Opened:
    opened = editing.open_file(settings, path)
    assert old in opened.text
    return Opened(path=path, text=opened.text.replace(old, new), stamp=opened.stamp)


def test_what_is_saved_is_right_and_changes_nothing_that_is_served(own: Settings) -> None:
    served = ReleaseStore(own.home).current()
    editing.save(own, write(own, SELECTION, "50歳未満", "55歳未満"), TODAY)
    assert "55歳未満" in editing.open_file(own, SELECTION).text
    assert ReleaseStore(own.home).current() == served
    assert [n.path for n in editing.list_files(own) if n.name.endswith("【編集済み】")] == [SELECTION]
    assert [line[0] for line in editing.compare(own, SELECTION)] == ["-", "+"]
    editing.revert(own, SELECTION)
    assert editing.compare(own, SELECTION) == ()
    with pytest.raises(SettingError):
        editing.revert(own, SELECTION)


def test_a_fault_is_told_with_its_line_and_is_not_saved(own: Settings) -> None:
    wrong = write(own, SELECTION, "5人です。[^guide]", "5人です。")
    report = editing.check_text(own, SELECTION, wrong.text, TODAY)
    number = next(n for n, line in enumerate(wrong.text.split("\n"), 1) if line.endswith("5人です。"))
    assert f"{number}行目" in show_problems(report, SELECTION, wrong.text)
    with pytest.raises(ContentError, match="保存していません"):
        editing.save(own, wrong, TODAY)
    assert overlay.read_edits(own.home) == {}


def test_an_edit_that_breaks_another_file_is_not_saved(own: Settings) -> None:
    with pytest.raises(ContentError):
        editing.save(own, write(own, "replies.toml", 'id = "general"', 'id = "somewhere"'), TODAY)


def test_the_later_of_two_editors_is_told(own: Settings) -> None:
    first, second = (write(own, SELECTION, "50歳未満", f"{age}歳未満") for age in (55, 60))
    editing.save(own, first, TODAY)
    with pytest.raises(SettingError, match="ほかの人"):
        editing.save(own, second, TODAY)


@pytest.mark.parametrize("path", [None, "", "../../etc/passwd", "policies/none.md", "README.md"])
def test_a_file_that_is_not_listed_is_not_opened(own: Settings, path: str | None) -> None:
    with pytest.raises(SettingError):
        editing.open_file(own, path)


def test_a_new_sheet_begins_with_a_form_that_waits_for_its_source(own: Settings) -> None:
    opened = editing.begin_sheet(own, "dormitory", "寮")
    with pytest.raises(ContentError, match="出典"):
        editing.save(own, opened, TODAY)
    text = opened.text.replace("[^出典のid]", "[^guide]").replace("見出し(利用者の問いの形で)", "寮はありますか")
    editing.save(own, Opened(path=opened.path, text=text, stamp=opened.stamp), TODAY)
    assert editing.open_file(own, "policies/dormitory.md").text == text
    for name, title in (("Dormitory", "寮"), ("../x", "寮"), ("dormitory", "寮"), ("new", "")):
        with pytest.raises(SettingError):
            editing.begin_sheet(own, name, title)


def test_a_question_becomes_an_asking_or_a_heading_of_a_sheet(own: Settings) -> None:
    heading = editing.list_headings(own, SELECTION)[0]
    asked = editing.draft(own, SELECTION, "受けられる年齢は?", heading)
    assert "questions:\n- 受けられる年齢は?\n- 情報専門員の年齢制限" in asked.text
    editing.save(own, asked, TODAY)
    new = editing.draft(own, SELECTION, "## 寮は?", None)
    assert "\n## 寮は?\nquestions:\n- 寮は?\n" in new.text
    with pytest.raises(ContentError):
        editing.save(own, new, TODAY)
    with pytest.raises(SettingError):
        editing.draft(own, "replies.toml", "寮は?", None)


def test_a_sheet_is_used_no_more(own: Settings) -> None:
    editing.take_away(own, WORK, TODAY)
    assert any(n.path == WORK and n.name.endswith("【使わない】") for n in editing.list_files(own))
    assert build_checked(own)
    with pytest.raises(SettingError):
        editing.take_away(own, "replies.toml", TODAY)


def test_withdrawn_statements_are_published_away_at_once_and_stay_away(own: Settings) -> None:
    source = Source(
        id="dorm", title="寮の案内", url="https://example.org/dorm/", publisher="県", kind="rule", standing="official",
        fiscal_year=2026, rights="text",
    )  # fmt: skip
    data = "寮は県庁の隣にあります。寮の部屋は40室です。".encode()
    keep_original(own.home, Original(source=source, name="dorm.txt", data=data, lang="ja"))
    found = [*withdrawal.find_statements(own, "採用予定 5人"), *withdrawal.find_statements(own, "40室")]
    keys = [each.key for each in found]
    release, count = withdrawal.withdraw(own, keys, REASON, with_drafts=True, progress=progress)
    assert (ReleaseStore(own.home).current(), count) == (release, 2)
    quotable = [p.quote(s) for p in gather_material(own).passages for s in p.sentences]
    assert "寮は県庁の隣にあります。" in quotable and not {each.text for each in found} & set(quotable)
    assert not withdrawal.has_drafts(own) and withdrawal.find_statements(own, "40室") == ()
    assert json.loads((own.home / "log.jsonl").read_text("utf-8").splitlines()[-1])["reason"] == REASON
    (gone,) = withdrawal.list_withdrawn(own)
    assert gone == withdrawn.Withdrawn(document_id="dorm-original", text="寮の部屋は40室です。")
    withdrawal.say_again(own, 0, progress)
    assert withdrawal.find_statements(own, "40室")
    with pytest.raises(SettingError):
        withdrawal.say_again(own, 0, progress)


@pytest.mark.parametrize(("keys", "reason"), [([], REASON), (["x"], REASON), (None, "短い")])
def test_nothing_is_withdrawn_without_a_statement_and_a_reason(
    own: Settings, keys: list[str] | None, reason: str
) -> None:
    keys = keys if keys is not None else [withdrawal.find_statements(own, "採用予定")[0].key]
    with pytest.raises(SettingError):
        withdrawal.withdraw(own, keys, reason, with_drafts=True, progress=progress)
    assert overlay.read_edits(own.home) == {}


def test_what_waits_unpublished_goes_along_only_when_said(own: Settings) -> None:
    editing.save(own, write(own, WORK, "20項目", "30項目"), TODAY)
    keys = [withdrawal.find_statements(own, "採用予定 5人")[0].key]
    with pytest.raises(SettingError, match="公開していない"):
        withdrawal.withdraw(own, keys, REASON, with_drafts=False, progress=progress)
    assert withdrawal.find_statements(own, "採用予定 5人")


def test_a_purge_takes_the_withdrawn_words_too(own: Settings) -> None:
    gone = [withdrawn.Withdrawn(document_id=f"{name}-original", text="40室です。") for name in ("dorm", "other")]
    withdrawn.write(own.home, gone)
    purge_document(own.home, "dorm")
    assert withdrawn.read(own.home) == (gone[1],)


def test_the_end_of_a_fiscal_year_lists_its_sources_and_what_rests_on_them(own: Settings) -> None:
    items = turning.list_items(own, 2025)
    assert [i.title for i in items if i.why == "この年度の出典"] == ["情報専門員の選考案内"]
    places = {i.place for i in items}
    line = next(n for n, text in enumerate(SHEETS[SELECTION].split("\n"), 1) if "50歳未満" in text)
    assert f"{SELECTION}:{line}" in places and f"{SELECTION}:{line + 1}" not in places
    page = turning.write_page(items, 2025, TODAY).decode()
    assert page.count("☐") == len(items) and "2025年度の終わり" in page
    assert turning.find_year(date(2026, 3, 31)) == 2025 and turning.find_year(date(2026, 4, 1)) == 2026


def test_questions_are_grouped_by_their_most_telling_word() -> None:
    glossary = load_corpus(ROOT / "corpus").glossary
    asked = [
        "ICT職の寮はありますか",
        "寮の家賃は",
        "ICT職は副業できますか",
        "兼業してもいい?",
        "都庁の食堂",
        "Is there a dormitory?",
    ]
    topics = group_questions(asked, glossary, ["ICT職の仕事です。"] * 9 + ["副業は許可が要ります。"])
    words = {topic.word: set(topic.questions) for topic in topics}
    assert words["寮"] == {asked[0], asked[1]}
    assert {asked[2], asked[3]} in words.values() and "ICT職" not in words
    assert asked[4] in words[""] and topics[-1].word == ""
    assert group_questions([], glossary, []) == ()


def ask(settings: Settings, question: str) -> None:
    store = StateStore.open(settings.home)
    at = datetime(2026, 11, 22, 3, tzinfo=UTC)
    store.add(
        AskedQuestion(
            at=at, day=at.date(), question=question, folded=question, language="ja", outcome="answered", topics=(),
            passages=(), mode="extractive", release="r", elapsed_ms=1.0,
        )
    )  # fmt: skip
    store.close()


def test_the_most_asked_questions_show_whose_answers_change(own: Settings) -> None:
    served = ReleaseStore(own.home).current()
    assert "記録はありません" in show_impact(ask_again(own, served, served, TODAY))
    for question in ("情報専門員は何歳まで受けられますか", "情報専門員の採用予定は何人ですか"):
        ask(own, question)
    editing.save(own, write(own, SELECTION, "50歳未満", "55歳未満"), TODAY)
    impact = ask_again(own, served, build_checked(own), TODAY)
    assert impact.asked == 2
    assert [(c.question, c.count) for c in impact.changed] == [("情報専門員は何歳まで受けられますか", 1)]
    assert "<ins>" in show_impact(impact)


def test_an_upload_goes_once_it_was_taken_over_and_nothing_else_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    sent, other = tmp_path / "uploads" / "x" / "annai.pdf", tmp_path / "annai.pdf"
    sent.parent.mkdir(parents=True)
    for file in (sent, other):
        file.write_bytes(b"x")
        forget_upload(str(file))
    forget_upload(None)
    assert not sent.exists() and other.exists()


def test_what_was_offered_goes_with_the_next_offer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    first = Path(offer_file("x.txt", b"x"))
    assert first.parent.stat().st_mode & 0o077 == 0
    os.utime(first.parent, (0, 0))
    second = Path(offer_file("x.txt", b"x"))
    assert (first.exists(), second.exists()) == (False, True)


def test_differences_carry_no_markup() -> None:
    assert "<img" not in show_lines(["+<img src=x>", "-![x](y)"]) and "![" not in show_lines(["-![x](y)"])


def test_every_word_of_the_console_is_there_and_used() -> None:
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "ui").rglob("*.py"))
    named = set(re.findall(r'say\(\s*f?["\']([a-z_]+\.[a-z_]+)["\']', code))
    assert named - set(read_words()) == set()
    built = {"tab.", "editor.is_", "editor.replies", "editor.glossary", "editor.sources", "editor.outdated", "turning."}
    built |= {"role.", "kind.", "standing.", "rights.", "field.", "mark.", "feedback.", "sources.", "releases."}
    built |= {name for name in read_words() if name.endswith("_heads")}
    assert [w for w in read_words() if w not in named and not w.startswith(tuple(built))] == []


def test_the_words_of_the_console_stand_in_its_words() -> None:
    """All but what a broken file or the command line says: those errors stand where they are raised."""
    files = [p for p in (ROOT / "ui" / "staff").glob("*.py") if p.name not in {"accounts.py", "audit.py", "words.py"}]
    nodes = [(path.name, node) for path in files for node in ast.walk(ast.parse(path.read_text("utf-8")))]
    docstrings = {node.value for _, node in nodes if isinstance(node, ast.Expr)}
    strings = [(name, n) for name, n in nodes if isinstance(n, ast.Constant) and n not in docstrings]
    assert [f"{name}:{n.lineno}" for name, n in strings if re.search(r"[ぁ-んァ-ヶ一-龠]", str(n.value))] == []
