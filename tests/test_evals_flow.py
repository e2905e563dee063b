"""The shipped sets and the command line as a recruiter uses them, on a release of the shipped corpus."""

from __future__ import annotations

import io
import time
import tomllib
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook
from running import copy_home

from evals import cli
from evals.cases import CATEGORIES, SHIPPED, CaseSet, read_lines
from evals.faults import plant_numbers, share_caught
from evals.runs import Conditions, RunShelf, make_run
from evals.serving import open_serving
from rag.build import build_release
from rag.settings import ROOT, Settings

DAY = "2026-11-23"


def load(name: str) -> CaseSet:
    path = SHIPPED / f"{name}.jsonl"
    return read_lines(path.read_bytes(), name, path.name)


@pytest.fixture(scope="module")
def home(shipped_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of one's own with the shipped corpus published."""
    return copy_home(shipped_home, tmp_path_factory.mktemp("evals") / "home")


def call(home: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit code of `ictnavi-eval` with these arguments."""
    monkeypatch.setenv("ICTNAVI_HOME", str(home))
    monkeypatch.setattr("sys.argv", ["ictnavi-eval", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def test_at_least_240_cases_of_every_category_are_shipped() -> None:
    practice, holdout = load("practice"), load("holdout")
    assert len(practice.cases) + len(holdout.cases) >= 240
    assert len(holdout.cases) >= 80
    counted = Counter(case.category for case in practice.cases)
    assert counted.keys() == set(CATEGORIES)
    assert not {c.question for c in practice.cases} & {c.question for c in holdout.cases if len(c.turns) == 1}


def test_the_cases_speak_of_sources_that_exist_and_of_pairs() -> None:
    known = {s["id"] for s in tomllib.loads((ROOT / "corpus" / "sources.toml").read_text("utf-8"))["source"]}
    for name in ("practice", "holdout"):
        cases = load(name).cases
        assert [(c.id, s) for c in cases for s in c.sources if s not in known] == []
        pairs = Counter(c.pair for c in cases if c.pair)
        assert [pair for pair, count in pairs.items() if count < 2] == []


def test_no_case_is_a_copy_of_a_heading() -> None:
    lines = [line for path in (ROOT / "corpus").rglob("*.md") for line in path.read_text("utf-8").splitlines()]
    headings = {line.lstrip("#- ").strip(" ?？。") for line in lines if line.startswith("#")}
    asked = {c.id: c.question for name in ("practice", "holdout") for c in load(name).cases}
    assert [i for i, question in asked.items() if question.strip(" ?？。") in headings] == []


def test_the_gate_is_open_for_the_shipped_set(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = call(home, monkeypatch, "run", "practice", "--gate", "--today", DAY)
    said = capsys.readouterr()
    assert code == 0, said.err
    cases = len(load("practice").cases)
    run_id = RunShelf(home).find("latest")
    page = (RunShelf(home).folder(run_id) / "report.ja.html").read_text("utf-8")
    assert page.count("<details>") == cases


def test_a_second_run_is_the_same_bytes_and_a_gate_can_close(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    shelf = RunShelf(home)
    assert call(home, monkeypatch, "run", "practice", "--today", DAY) == 0
    time.sleep(1.1)  # a run is named by its second
    strict = tmp_path / "gate.toml"
    strict.write_text("[practice.min]\nright = 1.01\n", "utf-8")
    monkeypatch.setattr("evals.gate.SHIPPED", strict)
    assert call(home, monkeypatch, "run", "practice", "--gate", "--today", DAY) == 1
    assert "基準に届きません: 正しい対応の割合(right)" in capsys.readouterr().err
    one, two = (shelf.folder(i) / "run.json" for i in shelf.list_ids()[-2:])
    assert one != two
    assert one.read_bytes() == two.read_bytes()
    assert call(home, monkeypatch, "compare", "previous", "latest") == 0
    assert "悪くなった質問: 0" in capsys.readouterr().out


def test_a_recruiter_exports_adds_questions_imports_and_runs(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "mine.xlsx"
    assert call(home, monkeypatch, "export", "practice", str(file)) == 0
    book = load_workbook(io.BytesIO(file.read_bytes()))
    sheet = book["質問"]
    heads = {cell.value: cell.column for cell in sheet[1]}
    kept = 20  # the set's size is no matter here
    sheet.delete_rows(kept + 2, sheet.max_row)
    at = kept + 2
    row = {
        "番号": "mine-1",
        "質問": "キャリア活用は何歳まで?",
        "言語": "日本語",
        "分類": "話しことば",
        "要点1": "61歳未満",
    }
    for name, value in row.items():
        sheet.cell(row=at, column=heads[name]).value = value
    book.save(file)
    assert call(home, monkeypatch, "import", str(file)) == 0
    assert call(home, monkeypatch, "run", "mine", "--today", DAY) == 0
    run = RunShelf(home).read("latest").run
    assert (run.cases[-1].id, len(run.cases)) == ("mine-1", kept + 1)
    assert call(home, monkeypatch, "report", "latest", "--lang", "en") == 0
    assert Path(capsys.readouterr().out.splitlines()[-1]).read_text("utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "nothing"), "評価セット「nothing」がありません"),
        (("run", "practice", "--today", "tomorrow"), "--today tomorrow は日付ではありません"),
        (("report", "nothing"), "評価の記録「nothing」はありません"),
        (("export", "practice", "x.pdf"), "の形は使えません"),
        (("impact",), "公開中の版のほかに候補がありません"),
        (("run",), "Missing argument"),
    ],
)
def test_a_wrong_option_ends_with_2_and_one_sentence(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    message: str,
) -> None:
    assert call(home, monkeypatch, *arguments) == 2
    assert message in capsys.readouterr().err


def test_a_candidate_is_measured_and_the_served_release_stays(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    corpus = tmp_path / "corpus"
    for path in (p for p in (ROOT / "corpus").rglob("*") if p.is_file()):
        target = corpus / path.relative_to(ROOT / "corpus")
        target.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text("utf-8")
        target.write_text(text.replace("61歳未満", "63歳未満") if path.suffix == ".md" else text, "utf-8")
    served = (home / "CURRENT").read_text("utf-8")
    candidate = build_release(Settings(home=home, corpus=corpus))
    with open_serving(Settings(home=home), candidate) as serving:
        answered = serving.bot.ask("キャリア活用採用選考は何歳まで受けられますか", today=date.fromisoformat(DAY))
        assert answered.release == candidate
    assert call(home, monkeypatch, "impact", "--today", DAY) == 0
    said = capsys.readouterr().out
    assert f"候補: {candidate}" in said
    assert "63歳未満" in said
    assert (home / "CURRENT").read_text("utf-8") == served


def test_changed_numbers_of_the_shipped_corpus_are_caught_or_listed(home: Path) -> None:
    """Of 50 drawn statements, each number in turn: a case catches what it asks for, a comparison lists all quoted."""
    conditions = Conditions(release="served", today=DAY, settings={}, versions={}, commit=None)
    with open_serving(Settings(home=home)) as serving:
        run = make_run(load("practice"), serving, conditions).run
        planted = list(plant_numbers(run, serving.material))
    assert len({p.place.before for p in planted}) == 50
    quoted = [p for p in planted if p.quoted_by]
    assert all(p.listed_by for p in quoted)
    assert share_caught(quoted) > 0
