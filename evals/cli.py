"""`ictnavi-eval`: read the options, one call, show the result.

Exit codes as DESIGN §8 says: 0 done, 1 failed or a closed gate, 2 a wrong option or setting.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, cast
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import Progress

from evals.beir import read_collection
from evals.bench import measure, run_bench
from evals.cases import CaseSet, load_set
from evals.compare import compare_runs
from evals.csv_file import Encoding
from evals.files import keep_set, read_set_file, replace_file, write_set_file
from evals.gate import find_failures, read_gate
from evals.holdout import LOG, is_held_apart
from evals.peers import import_packages, open_peers
from evals.report import write_report
from evals.running import run_set
from evals.runs import Made, RunShelf
from evals.serving import pick_candidate
from evals.show import show_bench, show_comparison, show_conditions, show_summary
from rag.settings import Settings, read_settings
from rag.types import IctnaviError, Language, SettingError

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="ICT職ナビの答えを、質問のセットで測ります。",
)  # fmt: skip
IMPACT_SET = "practice"
Today = Annotated[str | None, typer.Option(help="基準日 YYYY-MM-DD(省くと日本の今日)", metavar="D")]
Run = Annotated[str, typer.Argument(help="評価の記録の番号、その先頭、latest、previous のどれか", metavar="RUN")]
Details = Annotated[bool, typer.Option("--details", help="取り置きのセット(holdout)でも、質問ごとの中身を出す")]
SetName = Annotated[str, typer.Argument(help="評価セットの名前", metavar="SET")]


@app.command()
def run(
    name: SetName,
    release: Annotated[str | None, typer.Option(help="測る資料の版(省くと公開中のもの)", metavar="ID")] = None,
    gate: Annotated[bool, typer.Option("--gate", help="evals/gate.toml の基準に届かなければ 1 で終わる")] = False,
    today: Today = None,
    judge: Annotated[
        str | None, typer.Option(help="要点を読む言語モデル(省くとモデルなし)", metavar="PROVIDER:NAME")
    ] = None,
    details: Details = False,
) -> None:
    """評価セットの質問をすべて聞き、採点して記録します。"""
    settings = read_settings()
    thresholds = read_gate(name) if gate else None
    run_id, made = _run(load_set(name, settings.home), settings, release, _day(today), judge)
    shelf = RunShelf(settings.home)
    report = _write_report(shelf, run_id, made, "ja", details=details)
    show_summary(made)
    typer.echo(f"記録: {run_id}\nレポート: {report}")
    if is_held_apart(made.run.set_name):
        typer.echo(f"取り置きのセットを採点したことを {LOG.name} に残しました。")
    failures = find_failures(made.run.summary, thresholds) if thresholds else ()
    for failure in failures:
        typer.echo(f"基準に届きません: {failure}", err=True)
    if failures:
        raise typer.Exit(1)


@app.command()
def compare(before: Run, after: Run, details: Details = False) -> None:
    """2つの記録を比べ、悪くなった質問・良くなった質問・出典か数字が変わった回答を挙げます。"""
    shelf = RunShelf(read_settings().home)
    one, two = shelf.read(before).run, shelf.read(after).run
    show_conditions(one, two)
    show_comparison(compare_runs(one, two), details=_may_show(details, one.set_name, two.set_name))


@app.command()
def impact(
    release: Annotated[str | None, typer.Argument(help="候補の版(省くといちばん新しい候補)", metavar="[ID]")] = None,
    name: Annotated[str, typer.Option("--set", help="評価セットの名前", metavar="SET")] = IMPACT_SET,
    today: Today = None,
    details: Details = False,
) -> None:
    """公開中の版と候補の版に同じ質問をして、何が変わるかを示します。"""
    settings = read_settings()
    candidate, day, case_set = pick_candidate(settings, release), _day(today), load_set(name, settings.home)
    _, served = _run(case_set, settings, None, day, None)
    if served.run.conditions.release == candidate:
        raise SettingError("公開中の版のほかに候補がありません。`ictnavi corpus build` で候補を作ってください。")
    _, other = _run(case_set, settings, candidate, day, None)
    typer.echo(f"公開中: {served.run.conditions.release}\n候補: {candidate}")
    show_comparison(compare_runs(served.run, other.run), details=_may_show(details, name))


@app.command()
def report(
    name: Run,
    language: Annotated[str, typer.Option("--lang", help="ja か en")] = "ja",
    against: Annotated[str | None, typer.Option(help="比べる記録(省くと同じセットの1つ前)", metavar="RUN")] = None,
    details: Details = False,
) -> None:
    """記録を1つのHTMLファイルにします。"""
    if language not in {"ja", "en"}:
        raise SettingError(f"--lang {language} は使えません(ja か en)。")
    shelf = RunShelf(read_settings().home)
    run_id = shelf.find(name)
    made = shelf.read(run_id)
    typer.echo(str(_write_report(shelf, run_id, made, cast("Language", language), against, details=details)))


@app.command("import")
def import_file(file: Annotated[Path, typer.Argument(help="XLSX・CSV・JSONL", metavar="FILE")]) -> None:
    """表計算ソフトで書いた評価セットを取り込みます(名前はファイル名)。"""
    case_set = read_set_file(file)
    keep_set(case_set, read_settings().home)
    typer.echo(f"評価セット「{case_set.name}」を取り込みました({len(case_set.cases)}問)。")
    typer.echo(f"次は `ictnavi-eval run {case_set.name}` です。")


@app.command()
def export(
    name: SetName,
    file: Annotated[
        Path | None, typer.Argument(help="書き出す先 .xlsx .csv .jsonl(省くと SET.xlsx)", metavar="[FILE]")
    ] = None,
    encoding: Annotated[str, typer.Option(help="CSV の文字コード: utf-8-sig・utf-8・cp932")] = "utf-8-sig",
) -> None:
    """評価セットを表計算ソフトのファイルにします。"""
    if encoding not in {"utf-8-sig", "utf-8", "cp932"}:
        raise SettingError(f"--encoding {encoding} は使えません(utf-8-sig・utf-8・cp932 のいずれか)。")
    case_set = load_set(name, read_settings().home)
    path = file or Path(f"{case_set.name}.xlsx")
    write_set_file(case_set, path, cast("Encoding", encoding))
    typer.echo(f"{path} に書き出しました({len(case_set.cases)}問)。")


@app.command()
def bench(
    folder: Annotated[Path, typer.Argument(help="BEIR の形のフォルダ", metavar="DIR")],
    json_file: Annotated[Path | None, typer.Option("--json", help="結果を書くファイル", metavar="FILE")] = None,
    peers: Annotated[
        bool, typer.Option("--peers", help="LangChain の部品だけで作った場合も測る(任意の依存 peers)")
    ] = False,
) -> None:
    """公開の練習データで、検索・引用・答えるかどうかの判断を測ります。"""
    settings, collection = read_settings(), read_collection(folder)
    if peers:
        import_packages()  # what is missing is said before minutes of measuring
    with _progress("ictnavi") as step:
        figures = run_bench(collection, settings, step)
    if peers:
        figures["peers"] = {}
        with open_peers(collection) as systems:
            for name, make in systems.items():
                with _progress(name) as step:
                    figures["peers"][name] = measure(collection, make(), step)
    if json_file:
        replace_file(json_file, (json.dumps(figures, ensure_ascii=False, indent=1) + "\n").encode())
    show_bench(figures)


def _run(case_set: CaseSet, settings: Settings, release: str | None, today: str, judge: str | None) -> tuple[str, Made]:
    with _progress(release or case_set.name) as step:
        return run_set(case_set, settings, release=release, today=today, judge=judge, progress=step)


@contextmanager
def _progress(name: str) -> Iterator[Callable[[int, int], None]]:
    with Progress(console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(name, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def _day(today: str | None) -> str:
    if today is None:
        return datetime.now(ZoneInfo("Asia/Tokyo")).date().isoformat()
    try:
        return date.fromisoformat(today).isoformat()
    except ValueError as error:
        raise SettingError(f"--today {today} は日付ではありません(例 2026-11-23)。") from error


def _may_show(details: bool, *set_names: str) -> bool:
    """Whether single questions may be shown: of the set held apart only on request, lest someone tune on it."""
    return details or not any(is_held_apart(Path(name).stem) for name in set_names)


def _write_report(
    shelf: RunShelf, run_id: str, made: Made, language: Language, against: str | None = None, *, details: bool
) -> Path:
    earlier = shelf.find(against) if against else shelf.before(run_id)
    comparison = compare_runs(shelf.read(earlier).run, made.run) if earlier else None
    path = shelf.folder(run_id) / f"report.{language}.html"
    replace_file(path, write_report(made, comparison, language, details=details).encode())
    return path


def main() -> None:
    """The entry: errors of the product become one sentence and their exit code."""
    try:
        app()
    except IctnaviError as error:
        typer.echo(str(error), err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
