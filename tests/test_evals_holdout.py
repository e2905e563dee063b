"""The set held apart: its version and every scoring are on record, and nobody sees its cases by accident."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from evals import cli
from evals.cases import HELD_APART, CaseSet, load_set
from evals.holdout import LOG, read_log, record_version
from evals.report import write_report
from evals.runs import Conditions, Made, RunShelf, make_run
from evals.serving import Serving
from rag.settings import ROOT
from rag.types import ContentError, SettingError
from tests.evals_bot import CASES, MATERIAL, ScriptedBot

HELD = CaseSet(name=HELD_APART, cases=CASES.cases)


def run_held(commit: str | None = "c0ffee") -> Made:
    conditions = Conditions(release="r1", today="2026-04-01", settings={}, versions={}, commit=commit)
    bot = ScriptedBot()
    bot.answers = {question: answer for question, answer in bot.answers.items() if question != "最初の仕事は"}
    return make_run(HELD, Serving(release="r1", bot=bot, material=MATERIAL), conditions)


def test_the_shipped_set_is_the_version_on_record() -> None:
    held = load_set(HELD_APART, Path("no-such-home"))
    change = '.venv/bin/python -m evals.holdout "なぜ変えたか"'
    assert read_log().current == held.sha256, f"holdout.jsonl was changed; put it on record with {change}"


def test_every_scoring_on_record_is_of_a_version_on_record() -> None:
    log = tomllib.loads(LOG.read_text("utf-8"))
    assert {s["sha256"] for s in log["scoring"]} <= {v["sha256"] for v in log["version"]}


def test_no_program_but_the_evaluation_knows_the_set() -> None:
    files = [p for room in ("rag", "ui", "bench", "corpus") for p in (ROOT / room).rglob("*") if p.is_file()]
    texts = ((p, p.read_bytes()) for p in files if p.suffix != ".pyc")
    assert [p.name for p, text in texts if f"{HELD_APART}.jsonl".encode() in text] == []


def test_practice_asks_nothing_that_is_held_apart() -> None:
    tuned, held = ({c.turns: c.id for c in load_set(n, Path("no-such-home")).cases} for n in ("practice", HELD_APART))
    assert [held[turns] for turns in held if turns in tuned] == []


def test_every_scoring_is_recorded_with_its_figures(tmp_path: Path) -> None:
    log = tmp_path / "log.toml"
    record_version(HELD, "初めて", "2026-04-01", log)
    shelf = RunShelf(tmp_path, log)
    ids = [shelf.keep(run_held()), shelf.keep(run_held(None))]
    scored = tomllib.loads(log.read_text("utf-8"))["scoring"]
    assert [s["run"] for s in scored] == ids
    assert [s["commit"] for s in scored] == ["c0ffee", ""]
    assert scored[0].keys() == {"at", "run", "sha256", "cases", "release", "commit", "figures"}
    assert (scored[0]["cases"], scored[0]["release"], scored[0]["figures"]["right"]) == (7, "r1", round(6 / 7, 6))
    assert read_log(log).scored == (HELD.sha256,) * 2


def test_a_changed_set_is_put_on_record_with_a_reason(tmp_path: Path) -> None:
    log = tmp_path / "log.toml"
    assert record_version(HELD, "初めて", "2026-04-01", log)
    assert not record_version(HELD, "もう一度", "2026-04-02", log)
    fewer = CaseSet(name=HELD_APART, cases=HELD.cases[1:])
    assert record_version(fewer, "「重複」を1問\n除いた", "2026-04-03", log)
    assert [v["cases"] for v in tomllib.loads(log.read_text("utf-8"))["version"]] == [7, 6]
    with pytest.raises(SettingError, match="理由"):
        record_version(HELD, " ", "2026-04-04", log)
    log.write_text("[[version]]\nwhy = 1\n", "utf-8")
    with pytest.raises(ContentError, match=r"log\.toml"):
        read_log(log)


def test_a_report_of_it_has_figures_and_no_question_unless_asked_for() -> None:
    made = run_held()
    page = write_report(made)
    said = [c.question for c in HELD.cases] + [c.id for c in HELD.cases] + ["調達", "61歳未満"]
    assert [words for words in said if f">{words}" in page or f" {words}" in page] == []
    assert "要点を言えた割合" in page and "質問ごとの中身は出していません" in page
    assert HELD.cases[0].question in write_report(made, details=True)


def test_the_command_line_shows_figures_alone_unless_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log.toml"
    monkeypatch.setenv("ICTNAVI_HOME", str(tmp_path))
    shelf = RunShelf(tmp_path, log)
    shelf.keep(run_held())
    shelf.keep(make_run(HELD, Serving(release="r2", bot=ScriptedBot(), material=MATERIAL), run_held().run.conditions))
    one, two = shelf.list_ids()
    for options, shown in (((), False), (("--details",), True)):
        monkeypatch.setattr("sys.argv", ["ictnavi-eval", "compare", one, two, *options])
        with pytest.raises(SystemExit):
            cli.main()
        said = capsys.readouterr().out
        assert "1" in said and ("最初の仕事は" in said) is shown
        monkeypatch.setattr("sys.argv", ["ictnavi-eval", "report", two, *options])
        with pytest.raises(SystemExit):
            cli.main()
        page = Path(capsys.readouterr().out.splitlines()[-1]).read_text("utf-8")
        assert ("最初の仕事は" in page) is shown
