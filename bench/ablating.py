"""`python -m bench.ablating`: what each rule, list and weight of answering changes, taken away one at a time.

The shipped corpus is built in a temporary folder and the tuned sets are asked as they are; then once more for each
ablation, with that one thing set to what does nothing. A row tells how many cases came out worse or better without
it, and how many answers differ at all, for each set apart. The index stays as built: a weight or list counts here
where a question is read and answered.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from evals.cases import CaseSet, load_set
from evals.runs import Conditions, make_run
from evals.serving import Serving, open_serving
from rag.build import build_release, publish
from rag.converse import read_turns
from rag.evidence.candidates import Scoring
from rag.language.tokens import Concepts
from rag.query import Weights
from rag.settings import read_settings

DAY = "2026-11-27"
NOTHING = re.compile(r"(?!)")
NEUTRAL = {"other_language": 1.0, "verb": 1.0, "light": 1.0, "strange": 1.0, "depth": 10, "per_source": 30}
Undo = Callable[[Serving], Any]  # gives a context manager in which the thing is gone


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What one ablation did to one set: cases better and worse without the thing, and all whose answer differs."""

    name: str
    set_name: str
    better: tuple[str, ...]
    worse: tuple[str, ...]
    changed: tuple[str, ...]


def ablations() -> Iterator[tuple[str, Undo]]:
    """Every ablation with its name."""
    for weight in fields(Weights):
        yield f"Weights.{weight.name}", partial(_with_weights, {weight.name: NEUTRAL.get(weight.name, 0.0)})
    for weight in fields(Scoring):
        changed = partial(Scoring, **{weight.name: 0.0})
        yield f"Scoring.{weight.name}", partial(_patched, {"rag.evidence.candidates.Scoring": changed})
    for name, changes in RULES.items():
        yield name, partial(_patched, changes)
    yield "glossary.toml", _without_glossary
    yield "replies.toml [[gap]]", partial(_without_replies, "gaps")
    yield "replies.toml [[route]]", partial(_without_replies, "routes")


def _never(*_: object, **__: object) -> bool:
    return False


def _none(*_: object, **__: object) -> None:
    return None


def _empty(*_: object, **__: object) -> list[Any]:
    return []


RULES: dict[str, dict[str, Any]] = {
    "打ちまちがいを直す": {"rag.language.spelling.Speller.mend": lambda self, text: text},
    "聞き手の話を外す": {"rag.converse.without_self": lambda question, tokenizer: question},
    "続きの質問に前の語を補う": {"rag.bot.read_turns": lambda meant, former, *rest: _read_alone(meant, *rest)},
    "似た名前に置きかえる": {"rag.converse.replaced_by": _none},
    "応募の条件も探す": {"rag.converse.with_requirements": lambda text, *_: text},
    "打ち消し・除外を読む": {"rag.intent._EXCLUDED": NOTHING, "rag.converse._NEVER_DID": NOTHING},
    "部分に分ける": {"rag.bot.split_parts": lambda *_: ()},
    "みんなそうか": {"rag.intent._GENERAL": NOTHING},
    "全部": {"rag.intent._LISTING": NOTHING},
    "推移": {"rag.intent._TREND": NOTHING},
    "求める種類の事実": {"rag.intent.WANTED": ()},
    "種類のある文を先に": {"rag.evidence._wanted_first": lambda ranked, intent: ranked},
    "種類がなければ答えない": {"rag.evidence.MISSING_KIND": 0.0},
    "礼と聞き方を外す": {"rag.query._COURTESY": NOTHING, "rag.query._TAIL": NOTHING},
    "聞いた話と読む": {"rag.query._HEARSAY": NOTHING},
    "何かを問う形": {"rag.coverage._DEFINES": NOTHING},
    "言い方の似かた(言い回し)": {"rag.coverage.WORDING": 0.0},
    "前の話題の文に限る": {"rag.bot.on_topic": lambda hits, *_: hits},
    "言語を分ける": {"rag.bot.of_language": lambda hits, language: hits},
    "分野の外": {"rag.bot.is_off_topic": _never},
    "資料にない物": {"rag.bot.asks_for_stranger": _never},
    "ほかの組織の話": {"rag.bot.is_of_another": _never},
    "資料にないことの横の問い": {"rag.bot.stands_beside": _never},
    "答えない理由の規則": {"rag.intent.find_reason": _none},
    "公式の文を先に": {"rag.bot.official_first": lambda chosen, *_: chosen},
    "ほかのルートも": {"rag.evidence.select._other_routes": _empty},
    "ほかの年度も": {"rag.evidence.select._other_years": _empty},
    "同じ節の続き": {"rag.evidence.select._same_passage": _empty},
    "足りない語の文": {"rag.evidence.select._open_parts": _empty},
    "2つ目の節": {"rag.evidence.select._runner_up": _empty},
    "寄りかかる文": {"rag.evidence.select._with_footing": lambda chosen, ranked: list(chosen)},
    "繰り返しを除く": {"rag.evidence.select.SAME": 2.0},
}


def _read_alone(meant: str, tokenizer: Any, rivals: Any) -> Any:
    return read_turns(meant, [], tokenizer, rivals)


@contextmanager
def _patched(changes: dict[str, Any], _: Serving) -> Iterator[None]:
    with ExitStack() as stack:
        for target, value in changes.items():
            stack.enter_context(patch(target, value))
        yield


@contextmanager
def _with_weights(changes: dict[str, Any], serving: Serving) -> Iterator[None]:
    bot: Any = serving.bot
    before, bot._weights = bot._weights, replace(bot._weights, **changes)
    try:
        yield
    finally:
        bot._weights = before


@contextmanager
def _without_glossary(serving: Serving) -> Iterator[None]:
    bot: Any = serving.bot
    tokenizer = bot._served.index.tokenizer
    before, tokenizer.concepts = tokenizer.concepts, Concepts([])
    try:
        yield
    finally:
        tokenizer.concepts = before


@contextmanager
def _without_replies(part: str, serving: Serving) -> Iterator[None]:
    bot: Any = serving.bot
    before = bot._served
    bot._served = replace(before, replies=replace(before.replies, **{part: ()}))
    try:
        yield
    finally:
        bot._served = before


def measure(serving: Serving, sets: Sequence[CaseSet], chosen: Sequence[tuple[str, Undo]]) -> Iterator[Effect]:
    """One effect for each ablation and set."""
    whole = {each.name: _ask(serving, each) for each in sets}
    for name, undo in track(chosen, description="1つずつ外して測っています"):
        with undo(serving):
            for each in sets:
                before, after = whole[each.name], _ask(serving, each)
                yield Effect(
                    name=name, set_name=each.name,
                    better=tuple(i for i in before if after[i].grade > before[i].grade),
                    worse=tuple(i for i in before if after[i].grade < before[i].grade),
                    changed=tuple(i for i in before if after[i].shown != before[i].shown),
                )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Told:
    grade: int
    shown: str


def _ask(serving: Serving, case_set: CaseSet) -> dict[str, _Told]:
    conditions = Conditions(release=serving.release, today=DAY, settings={}, versions={}, commit=None)
    run = make_run(case_set, serving, conditions).run
    shown = {i: json.dumps([(a or {}).get(k) for k in ("sentences", "abstained")]) for i, a in run.answers.items()}
    return {score.id: _Told(grade=score.grade, shown=shown[score.id]) for score in run.scores}


def main() -> None:
    """Read the options, build, measure, show."""
    parser = argparse.ArgumentParser(prog="python -m bench.ablating", description="規則・一覧・重みを1つずつ外して測る")
    parser.add_argument("--sets", nargs="+", default=["practice", "dev"], help="評価セット(既定 practice dev)")
    parser.add_argument("--only", default="", help="名前がこの正規表現に合うものだけ")
    parser.add_argument("--json", type=Path, help="外すと変わる質問の番号もJSONで書く")
    options = parser.parse_args()
    chosen = [(name, undo) for name, undo in ablations() if re.search(options.only, name)]
    with tempfile.TemporaryDirectory(prefix="ictnavi-ablating-") as home:
        settings = read_settings(home=Path(home))
        publish(settings, build_release(settings), reason="bench")
        sets = [load_set(name, Path(home)) for name in options.sets]
        with open_serving(settings) as serving:
            effects = list(measure(serving, sets, chosen))
    show(effects, [each.name for each in sets])
    if options.json:
        rows = [effect.__dict__ for effect in effects]
        options.json.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", "utf-8")


def show(effects: Sequence[Effect], sets: Sequence[str]) -> None:
    """One row an ablation: for each set how many cases are worse and better without it, and answers different."""
    table = Table(
        "外したもの", *(f"{name} 悪化/改善/答えが変わる" for name in sets), title="ablation", title_justify="left"
    )
    for name in dict.fromkeys(effect.name for effect in effects):
        cells = [f"{len(e.worse)}/{len(e.better)}/{len(e.changed)}" for e in effects if e.name == name]
        table.add_row(escape(name), *cells)
    Console().print(table)


if __name__ == "__main__":
    main()
