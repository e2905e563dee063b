"""Runs, comparisons, reports and the gate, over the scripted bot and real files."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from lxml import html

from evals.cases import CaseSet
from evals.charts import draw_changes, draw_histogram, stack_outcomes
from evals.checks import ValueReader
from evals.compare import compare_runs, find_fact_numbers
from evals.gate import Gate, find_failures, read_gate
from evals.report import write_report
from evals.runs import Conditions, Made, RunShelf, Timing, make_run, read_run
from evals.serving import Serving
from rag.types import ContentError, Language, SettingError
from tests.evals_bot import (
    AGE,
    CASES,
    MATERIAL,
    OLD_AGE,
    YEARS,
    ScriptedBot,
    abstain,
    answer,
    run_scripted,
    say,
)

WORSE = {
    "何歳まで受けられますか": answer("", say(OLD_AGE)),  # another year's figure
    "採用は何人で、どの級ですか": answer("", say(AGE, 1)),  # half of the facts
    "経験は何年いりますか": answer("", say(YEARS)),  # third party unmarked
    "最初の仕事は": abstain(""),
    "合格率は": answer("", say(AGE)),
}


def test_the_bot_is_asked_the_last_turn_with_the_history_and_the_date() -> None:
    bot = ScriptedBot()
    conditions = Conditions(release="r1", today="2026-04-01", settings={}, versions={}, commit=None)
    make_run(CASES, Serving(release="r1", bot=bot, material=MATERIAL), conditions)
    question, history, today = bot.asked[1]
    assert (question, history, today.isoformat()) == (
        "採用は何人で、どの級ですか",
        ("キャリア活用って?",),
        "2026-04-01",
    )


def test_the_same_run_twice_is_the_same_bytes() -> None:
    one, two = run_scripted(), run_scripted()
    assert one.run.to_bytes() == two.run.to_bytes()
    assert b"elapsed_ms" not in one.run.to_bytes()
    assert one.timing.elapsed_ms.keys() == {c.id for c in CASES.cases}


def test_progress_covers_asking_and_a_readers_scoring() -> None:
    told: list[tuple[int, int]] = []
    conditions = Conditions(release="r1", today="2026-04-01", settings={}, versions={}, commit=None)
    serving = Serving(release="r1", bot=ScriptedBot(), material=MATERIAL)
    made = make_run(CASES, serving, conditions, reader=ValueReader(), progress=lambda *step: told.append(step))
    assert told[:7] == told[7:14] == [(n, 7) for n in range(1, 8)]
    assert made.run.to_bytes() == make_run(CASES, serving, conditions).run.to_bytes()


def test_a_run_survives_being_kept(tmp_path: Path) -> None:
    shelf, made = RunShelf(tmp_path), run_scripted(WORSE)
    run_id = shelf.keep(made)
    assert shelf.read(run_id).run == made.run
    assert shelf.read("latest").timing == made.timing
    assert read_run(json.loads(made.run.to_bytes())).to_bytes() == made.run.to_bytes()
    assert shelf.keep(made) == run_id  # the same run in the same second is one run
    assert [p.name for p in (tmp_path / "evals" / "runs").iterdir()] == [run_id]


def test_runs_are_found_by_their_beginning_and_by_their_set(tmp_path: Path) -> None:
    shelf = RunShelf(tmp_path)
    ids = []
    for day, changes in ((1, {}), (2, WORSE)):
        made = run_scripted(changes)
        timing = Timing(made_at=f"2026010{day}T000000Z", total_s=1.0, elapsed_ms=made.timing.elapsed_ms)
        ids.append(shelf.keep(Made(run=made.run, timing=timing)))
    assert shelf.list_ids() == ids
    assert shelf.find("latest") == shelf.find("20260102") == ids[1]
    assert shelf.find("previous") == ids[0] == shelf.before(ids[1])
    assert shelf.before(ids[0]) is None
    for name in ("2026", "nothing"):
        with pytest.raises(SettingError):
            shelf.find(name)


def test_a_damaged_run_is_one_sentence(tmp_path: Path) -> None:
    shelf = RunShelf(tmp_path)
    run_id = shelf.keep(run_scripted())
    (shelf.folder(run_id) / "run.json").write_text("{", "utf-8")
    with pytest.raises(ContentError, match="評価の記録を読めません"):
        shelf.read(run_id)


def test_a_comparison_names_what_got_worse_worst_first_and_what_changed() -> None:
    result = compare_runs(run_scripted().run, run_scripted(WORSE).run)
    assert [m.id for m in result.worse] == ["age", "rate", "life", "follow", "years"]
    assert result.better == ()
    notes = {m.id: {code: (old, new) for code, old, new in m.notes} for m in result.changed}
    assert notes["age"]["source"] == ("選考案内", "選考案内(前年度)")
    assert notes["age"]["number"] == ("令和7年4月1日・61歳未満", "2023年度・60歳未満")
    assert notes["life"]["abstention"] == ("answered", "no_evidence")
    assert "years" not in notes  # the same words; only the marks are gone
    right = next(f for f in result.figures if f.name == "right")
    assert (right.cases, right.before, right.after) == (7, 1.0, pytest.approx(2 / 7))
    assert right.interval.low <= right.difference <= right.interval.high < 0
    assert right.p_value == pytest.approx(2 / 2**5)


def test_a_key_facts_number_that_gave_way_in_one_sentence_is_listed_first_though_another_still_says_it() -> None:
    answers = run_scripted().run.answers
    given = answers["age"]
    assert given is not None
    case = next(c for c in CASES.cases if c.id == "age")
    twice = {**given, "sentences": [*given["sentences"], *given["sentences"]]}
    torn = {**twice, "sentences": [given["sentences"][0], {**given["sentences"][0], "text": "対象は63歳未満です。"}]}
    assert find_fact_numbers(case, twice, torn) == (("fact_number", "61歳未満", "63歳未満"),)
    assert find_fact_numbers(case, twice, given) == ()  # said once instead of twice, and nothing else instead
    assert find_fact_numbers(case, None, given) == ()


def test_the_other_way_round_everything_got_better() -> None:
    result = compare_runs(run_scripted(WORSE).run, run_scripted().run)
    assert {m.id for m in result.better} == {"age", "rate", "life", "follow", "years"}
    assert result.worse == ()


def test_equal_runs_differ_in_nothing() -> None:
    result = compare_runs(run_scripted().run, run_scripted().run)
    assert (result.worse, result.better, result.changed, result.only_before, result.only_after) == ((),) * 5
    assert all(f.difference == 0 and f.p_value == 1 for f in result.figures)


def test_a_reworded_case_is_not_compared() -> None:
    made = run_scripted().run
    fewer = CaseSet(name="small", cases=CASES.cases[1:])
    conditions = Conditions(release="r1", today="2026-11-23", settings={}, versions={}, commit=None)
    other = make_run(fewer, Serving(release="r1", bot=ScriptedBot(), material=MATERIAL), conditions).run
    assert compare_runs(made, other).only_before == ("age",)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_report_needs_nothing_else_and_holds_every_case(language: Language) -> None:
    before, after = run_scripted(), run_scripted(WORSE)
    page = write_report(after, compare_runs(before.run, after.run), language)
    tree = html.fromstring(page)
    assert page.startswith("<!doctype html>")
    assert tree.get("lang") == language
    assert not tree.xpath("//script | //link | //img | //iframe | //*[@src] | //*[starts-with(name(@*), 'on')]")
    assert "url(" not in page and "@import" not in page
    assert len(tree.xpath("//details")) == len(CASES.cases)
    anchors = {a.removeprefix("#") for a in tree.xpath("//a/@href") if a.startswith("#")}
    assert anchors <= set(tree.xpath("//@id"))
    assert len(set(tree.xpath("//@id"))) == len(tree.xpath("//@id"))
    for case in CASES.cases:
        assert case.question in page
    assert len(tree.xpath("//svg[@role='img'][@aria-label]")) == len(tree.xpath("//svg")) > 3


def test_the_report_names_each_planted_fault() -> None:
    page = write_report(run_scripted(WORSE))
    for words in (
        "期待した出典を1つも示していません", "2024年度であることを示していません", "言えていない要点: 「主任級」",
        "第三者の情報なのに、その印がありません", "答えられる質問なのに、答えていません", "資料にないのに答えています",
    ):  # fmt: skip
        assert words in page


def test_the_report_shows_markup_in_a_question_as_text() -> None:
    case = CASES.cases[0].to_json() | {"id": "x", "turns": ["<script>alert(1)</script>{{ 7*7 }}"]}
    data = json.dumps(case).encode()
    from evals.cases import read_lines

    nasty = read_lines(data, "nasty", "nasty.jsonl")
    conditions = Conditions(release="r1", today="2026-11-23", settings={}, versions={}, commit=None)
    page = write_report(make_run(nasty, Serving(release="r1", bot=ScriptedBot(), material=MATERIAL), conditions))
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7*7 }}" in page


def test_the_pictures_add_up() -> None:
    run = run_scripted(WORSE).run
    stacks = stack_outcomes(run.cases, run.scores)
    assert sum(s.total for s in stacks) == 7
    assert all(sum(p.width for p in s.pieces) == pytest.approx(100, abs=0.1) for s in stacks)
    columns = draw_histogram([0.3, 5.0, 5.1, 18.0])
    assert sum(c.count for c in columns) == 4
    assert max(c.start + c.width for c in columns) <= 100
    bars = draw_changes(compare_runs(run_scripted().run, run).figures)
    assert all(0 <= b.low <= b.high <= 100 for b in bars)
    assert not np.isnan([b.start for b in bars]).any()


def test_the_gate_names_every_figure_beyond_its_threshold() -> None:
    summary = run_scripted(WORSE).run.summary
    gate = Gate(
        least={"right": 0.9, "fact_recall": 0.1, "no_such_figure": 0.5}, most={"wrong": 0.0, "false_answers": 0.5}
    )
    assert [f.figure for f in find_failures(summary, gate)] == ["right", "no_such_figure", "false_answers"]
    assert find_failures(run_scripted().run.summary, Gate(least={"right": 1.0}, most={"wrong": 0.0})) == ()


def test_the_shipped_gate_speaks_of_figures_that_runs_have() -> None:
    gate = read_gate("practice")
    known = run_scripted().run.summary.keys() | {"p95_ms"}
    assert {*gate.least, *gate.most} <= known
    with pytest.raises(SettingError, match="基準がありません"):
        read_gate("nothing")


def test_words_and_codes_fit_each_other() -> None:
    from evals.words import read_words

    source = "".join(p.read_text("utf-8") for p in (Path(__file__).parents[1] / "evals").glob("*.py"))
    unused = [code for code in read_words()["why"] if not re.search(rf'"{code}"', source)]
    assert unused == []
    assert all({"ja", "en"} <= entry.keys() for group in read_words().values() for entry in group.values())
