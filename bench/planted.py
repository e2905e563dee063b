"""`python -m bench.planted`: of faults planted on purpose, how many the evaluation catches.

The shipped corpus is built and the tuned sets run in a temporary folder. Then each kind of fault is planted in every
answer that scored rightly, and each number of 50 statements drawn by a seed is changed in turn. `--list` prints the
numbers that no case guards, for those who write cases. Tests hold what each fault must lead to; this gives the shares.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from evals.cases import CaseSet, load_set
from evals.faults import SAMPLE, SEED, Planted, Tried, plant_everywhere, plant_numbers
from evals.runs import Conditions, make_run
from evals.serving import open_serving
from evals.words import say
from rag.build import build_release, publish
from rag.settings import read_settings

DAY = "2026-11-27"


def main() -> None:
    """Read the options, plant, show."""
    parser = argparse.ArgumentParser(prog="python -m bench.planted", description="わざと入れた誤りを見つける割合を測る")
    parser.add_argument("--set", nargs="+", default=["practice", "dev"], help="評価セット(既定 practice dev)")
    parser.add_argument("--seed", type=int, default=SEED, help=f"数字のある文を選ぶ種(既定 {SEED})")
    parser.add_argument("--sample", type=int, default=SAMPLE, help=f"数字のある文の数(既定 {SAMPLE})")
    parser.add_argument("--list", action="store_true", help="どの質問も見張っていない数字を並べる")
    parser.add_argument("--json", type=Path, help="結果をJSONでも書く")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ictnavi-planted-") as home:
        settings = read_settings(home=Path(home))
        publish(settings, build_release(settings), reason="bench")
        conditions = Conditions(release="bench", today=DAY, settings={}, versions={}, commit=None)
        with open_serving(settings) as serving:
            cases = [case for name in options.set for case in load_set(name, Path(home)).cases]
            run = make_run(CaseSet(name="planted", cases=tuple(cases)), serving, conditions).run
            tried = plant_everywhere(run, serving.material)
            planted = list(plant_numbers(run, serving.material, sample=options.sample, seed=options.seed))
    rows = [*tried, *count_numbers(planted)]
    show(rows)
    for change in planted if options.list else ():
        if not change.caught_by:
            print(f"{change.place.passage.id}\t{change.place.before}\t→ {change.place.after}")
    if options.json:
        figures = {row.name: {"tried": row.tried, "caught": row.caught} for row in rows}
        options.json.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", "utf-8")


def count_numbers(planted: Sequence[Planted]) -> list[Tried]:
    """Changed numbers and their statements: of all, of those some answer shows; caught by a case, listed by a
    comparison."""
    shown = [p for p in planted if p.quoted_by]
    caught = sum(bool(p.caught_by) for p in planted)
    guarded = len({p.place.before for p in planted if p.caught_by})
    return [
        Tried(name="number_changed", tried=len(planted), caught=caught),
        Tried(name="statement_changed", tried=len({p.place.before for p in planted}), caught=guarded),
        Tried(name="statement_shown", tried=len({p.place.before for p in shown}), caught=guarded),
        Tried(name="number_shown", tried=len(shown), caught=caught),
        Tried(name="number_listed", tried=len(shown), caught=sum(bool(p.listed_by) for p in shown)),
        Tried(name="number_flagged", tried=len(shown), caught=sum(bool(p.flagged_by) for p in shown)),
    ]


def show(rows: Sequence[Tried]) -> None:
    """One row a kind."""
    table = Table("わざと入れた誤り", "入れた数", "見つけた数", "割合", box=None)
    for row in rows:
        share = f"{100 * row.caught / row.tried:.1f} %" if row.tried else "—"
        table.add_row(say("fault", row.name), str(row.tried), str(row.caught), share)
    Console().print(table)


if __name__ == "__main__":
    main()
