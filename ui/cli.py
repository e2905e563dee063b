"""`ictnavi`: read options, make one call of the library, show the result. DESIGN §8 is its contract.

Exit codes: 0 done or answered, 1 failed, 2 wrong option or setting, 3 abstained. Every failure is one sentence on
standard error. Gradio and Chroma are imported only by the commands that
need them, for a cold start under three seconds.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from rag.settings import Settings, read_settings
from rag.types import ContentError, IctnaviError, SettingError
from ui.stages import STAGES

if TYPE_CHECKING:
    from rag.bot import Bot

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="東京都ICT職の案内: 公開資料だけから、出典つきで答えます。"
)
corpus_app = typer.Typer(no_args_is_help=True, help="資料を検査し、公開の候補を作る")
release_app = typer.Typer(no_args_is_help=True, help="公開の候補と公開版")
app.add_typer(corpus_app, name="corpus")
app.add_typer(release_app, name="release")
staff_app = typer.Typer(no_args_is_help=True, help="管理画面(/staff)の利用者")
app.add_typer(staff_app, name="staff")

out = Console()
err = Console(stderr=True)
ABSTAINED = 3


def japan_today() -> date:
    """Today's date in Japan."""
    return datetime.now(ZoneInfo("Asia/Tokyo")).date()


def read_day(value: str | None) -> date:
    """`--today`: YYYY-MM-DD; Japan's today where it is not given."""
    if value is None:
        return japan_today()
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise SettingError(f"--today {value} は日付ではありません(例 2026-11-23)") from None


@contextmanager
def showing_progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on the terminal for a build."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        tasks: dict[str, Any] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(STAGES.get(stage, stage), total=total)
            bar.update(tasks[stage], completed=done, total=total)

        yield report


def open_bot(settings: Settings) -> Bot:
    """The bot of the served release."""
    from rag.bot import Bot  # Chroma and LangChain: 2 s that other commands need not wait for

    return Bot.open(settings)


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="質問(日本語か英語)")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="答えをJSONで")] = False,
    jsonl: Annotated[
        tuple[Path, Path] | None,
        typer.Option("--jsonl", metavar="IN OUT", help="まとめて: 1行1問のJSONを読み、1行1答を書く"),
    ] = None,
    today: Annotated[str | None, typer.Option(help="日本の日付 YYYY-MM-DD(既定は今日)")] = None,
) -> None:
    """1つの質問に、出典つきで答える(答えられないときは終了コード3)。"""
    day = read_day(today)
    if jsonl is not None:
        return _ask_lines(*jsonl, day)
    if question is None:
        raise SettingError('質問を1つ書いてください(例 ictnavi ask "ICT職とは")')
    answer = open_bot(read_settings()).ask(question, today=day)
    if as_json:
        sys.stdout.write(json.dumps(answer.to_json(), ensure_ascii=False) + "\n")
    else:
        from ui.printing import print_answer

        print_answer(out, answer)
    raise typer.Exit(ABSTAINED if answer.abstained else 0)


def _ask_lines(source: Path, target: Path, day: date) -> None:
    questions = _read_questions(source)
    bot = open_bot(read_settings())
    lines = []
    for name, turns in questions:
        answer = bot.ask(turns[-1], turns[:-1], today=day)
        lines.append(json.dumps({"id": name, **answer.to_json()}, ensure_ascii=False) + "\n")
    try:
        target.write_text("".join(lines), "utf-8")
    except OSError as error:
        raise ContentError(f"書けません({error.strerror})", path=str(target)) from error


def _read_questions(path: Path) -> list[tuple[Any, list[str]]]:
    """(id, turns) a line; a faulty line is named before anything is asked."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{path} を読めません({error})") from error
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            turns = record.get("turns") or [record["question"]]
        except (ValueError, KeyError, AttributeError, TypeError):
            raise ContentError(
                '{"id": …, "question": …} か {"id": …, "turns": […]} の形ではありません', path=str(path), line=number
            ) from None
        if not isinstance(turns, list) or not all(isinstance(turn, str) for turn in turns):
            raise ContentError("turns は質問の文字列の並びにしてください", path=str(path), line=number)
        found.append((record.get("id"), turns))
    return found


@corpus_app.command("check")
def corpus_check(today: Annotated[str | None, typer.Option(help="見直し期限を見る日付")] = None) -> None:
    """資料の誤りを、ファイルと行で示し、資料の量を表にする。"""
    from rag import overlay
    from rag.corpus import check_files
    from ui.printing import print_coverage

    settings = read_settings()
    files, edited = overlay.read_files(settings.corpus, settings.home), bool(overlay.read_edits(settings.home))
    report = check_files(files, today=read_day(today), edited=edited)
    for problem in report.problems:
        err.print(f"誤り {problem}", style="red", highlight=False, markup=False, soft_wrap=True)
    for warning in report.warnings:
        err.print(f"注意 {warning}", style="yellow", highlight=False, markup=False, soft_wrap=True)
    print_coverage(out, report.coverage)
    out.print("誤りはありません。" if not report.problems else f"誤りが {len(report.problems)}件あります。")
    raise typer.Exit(1 if report.problems else 0)


@corpus_app.command("build")
def corpus_build() -> None:
    """資料と追加した原文から、公開の候補を作る(公開はしない)。"""
    _build_candidate(read_settings())


@corpus_app.command("diff")
def corpus_diff(
    old: Annotated[str | None, typer.Argument(help="古い版のid(既定は公開中)")] = None,
    new: Annotated[str | None, typer.Argument(help="新しい版のid(既定は最新の候補)")] = None,
    shipped: Annotated[bool, typer.Option("--shipped", help="同梱の資料との違いだけを示す")] = False,
) -> None:
    """2つの版で変わった文章を、言葉の単位で示す。"""
    from rag.build import compare_shipped, preview
    from ui.printing import print_preview

    settings = read_settings()
    if not shipped:
        return print_preview(out, preview(settings, old, new))
    difference = compare_shipped(settings)
    for mark, lines in (("+", difference.added), ("-", difference.removed), ("~", difference.changed)):
        for line in lines:
            out.print(f"{mark} {line}", highlight=False, markup=False, soft_wrap=True)
    out.print(f"追加 {len(difference.added)} ・ 削除 {len(difference.removed)} ・ 変更 {len(difference.changed)}")
    return None


@corpus_app.command("add")
def corpus_add(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE|URL...", help="原文のファイル(HTML・PDF・DOCX・テキスト)かURL")
    ],
    kind: Annotated[str | None, typer.Option(help="rule・faq・statistics・interview・news")] = None,
    title: Annotated[str | None, typer.Option(help="ページの題名")] = None,
    url: Annotated[str | None, typer.Option(help="ファイルが公開されているページのURL")] = None,
    publisher: Annotated[str | None, typer.Option(help="発行者")] = None,
    standing: Annotated[str | None, typer.Option(help="official か third_party")] = None,
    as_of: Annotated[str | None, typer.Option(help="時点 YYYY・YYYY-MM・YYYY-MM-DD(無ければ none)")] = None,
    fiscal_year: Annotated[int | None, typer.Option(help="年度(西暦)")] = None,
    lang: Annotated[str | None, typer.Option(help="ja か en(既定は本文から)")] = None,
    rights: Annotated[
        str | None, typer.Option(help="転載の権利。原文を見せてよいときは text、変化を見守るだけなら digest")
    ] = None,
) -> None:
    """権利のある原文を、ファイルかURLから加えて、公開の候補を作る。"""
    from ui.adding import Answers, add_file, add_page

    settings = read_settings()
    given = Answers(
        kind=kind, title=title, url=url, publisher=publisher, standing=standing, as_of=as_of,
        fiscal_year=fiscal_year, lang=lang, rights=rights,
    )  # fmt: skip
    prompt = typer.prompt if sys.stdin.isatty() else None
    for place in files:
        if place.startswith(("http://", "https://")):
            original = add_page(settings, place, given, prompt=prompt)
        else:
            original = add_file(settings, Path(place), given, prompt=prompt)
        out.print(f"加えました: {original.source.id}({original.source.title})", highlight=False)
    _build_candidate(settings)


def _build_candidate(settings: Settings) -> None:
    from rag.build import build_checked

    with showing_progress() as progress:
        release_id = build_checked(settings, progress=progress)
    out.print(f"候補を作りました: {release_id}\n公開するには: ictnavi release publish {release_id}", highlight=False)


@corpus_app.command("refresh")
def corpus_refresh(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="出典id(既定は全部)")] = None,
    accept: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="この出典の今のページを、新しい基準として受け入れる")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="報告をJSONで")] = False,
) -> None:
    """出典のページを見直し、変化を報告して、変わっていれば候補を作る(新しく見るべきものがあれば終了コード1)。"""
    from rag.refresh import as_json as report_json
    from rag.refresh import refresh
    from ui.printing import print_refresh

    with showing_progress() as progress:
        report = refresh(read_settings(), only=ids or (), accepted=accept or (), progress=progress)
    if as_json:
        sys.stdout.write(json.dumps(report_json(report), ensure_ascii=False) + "\n")
    else:
        print_refresh(out, report)
    raise typer.Exit(1 if report.needs_attention else 0)


@corpus_app.command("remove")
def corpus_remove(document_id: Annotated[str, typer.Argument(metavar="ID", help="加えた原文の出典id")]) -> None:
    """加えた原文を外して、公開の候補を作る。"""
    from rag import originals
    from rag.build import build_checked

    settings = read_settings()
    if not originals.remove(settings.home, document_id.removesuffix("-original")):
        raise SettingError(f"加えた原文に {document_id} はありません")
    with showing_progress() as progress:
        out.print(f"外しました。候補: {build_checked(settings, progress=progress)}", highlight=False)


@release_app.command("list")
def release_list() -> None:
    """公開版と候補の一覧。"""
    from rag.releases import ReleaseStore
    from ui.printing import print_releases

    print_releases(out, ReleaseStore(read_settings().home).releases())


@release_app.command("publish")
def release_publish(
    release_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="既定は最新の候補")] = None,
    reason: Annotated[str | None, typer.Option(help="記録に残す理由")] = None,
) -> None:
    """候補を確かめてから公開する。"""
    from rag.build import publish

    out.print(f"公開しました: {publish(read_settings(), release_id, reason=reason)}", highlight=False)


@release_app.command("rollback")
def release_rollback(reason: Annotated[str | None, typer.Option(help="記録に残す理由")] = None) -> None:
    """1つ前の公開版に戻す。"""
    from rag.probe import check_release
    from rag.releases import ReleaseStore

    store = ReleaseStore(read_settings().home)
    out.print(f"戻しました: {store.rollback(check_release, reason=reason)}", highlight=False)


@release_app.command("verify")
def release_verify(
    release_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="既定は公開中")] = None,
) -> None:
    """公開版のファイルと索引がそろい、壊れていないことを確かめる。"""
    from rag.probe import check_release
    from rag.releases import ReleaseStore

    store = ReleaseStore(read_settings().home)
    release_id = release_id or store.current()
    store.verify(release_id, check_release)
    out.print(f"異常ありません: {release_id}", highlight=False)


@release_app.command("purge")
def release_purge(document_id: Annotated[str, typer.Argument(metavar="DOCUMENT_ID")]) -> None:
    """取り下げた資料を、すべての版とページの控えから消す。"""
    from ui.purging import purge_document

    gone = purge_document(read_settings().home, document_id)
    out.print("消した版: " + (", ".join(gone) or "なし"), highlight=False)


@staff_app.command("add")
def staff_add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="名前(英数字と . _ -)")],
    role: Annotated[str, typer.Option(help="viewer(見る)・editor(候補を作る)・publisher(公開する)")] = "viewer",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="パスワードを標準入力の1行目から読む")
    ] = False,
) -> None:
    """管理画面の利用者を加える。もういる人なら、権限とパスワードを改める。"""
    from ui.staff.accounts import Accounts

    account = Accounts(read_settings().home).set(name, role, _read_password(password_stdin))
    out.print(f"加えました: {account.name}({account.role})", highlight=False)


def _read_password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise SettingError("端末がないときは、--password-stdin を付けて、標準入力からパスワードを渡してください")
    return str(typer.prompt("パスワード(12字以上)", hide_input=True, confirmation_prompt="もう一度"))


@staff_app.command("list")
def staff_list() -> None:
    """管理画面の利用者と権限の一覧。"""
    from ui.staff.accounts import Accounts

    for account in Accounts(read_settings().home).read().values():
        out.print(f"{account.name} {account.role}", highlight=False, markup=False)


@staff_app.command("remove")
def staff_remove(name: Annotated[str, typer.Argument(metavar="NAME", help="名前")]) -> None:
    """管理画面の利用者を外す。ログイン中でも、すぐに使えなくなる。"""
    from ui.staff.accounts import Accounts

    if not Accounts(read_settings().home).remove(name):
        raise SettingError(f"利用者 {name} はいません")
    out.print(f"外しました: {name}", highlight=False)


@app.command()
def backup(file: Annotated[Path, typer.Argument(metavar="FILE", help="書くファイル(まだないもの)")]) -> None:
    """データのフォルダを、確かめられる1つのファイルに写す。"""
    from rag.backup import write_backup

    with showing_progress() as progress:
        made = write_backup(read_settings().home, file, progress=progress)
    out.print(f"写しました: {file}({made.files}ファイル、{made.bytes / 2**20:.1f} MiB)", highlight=False)


@app.command()
def restore(file: Annotated[Path, typer.Argument(metavar="FILE", help="バックアップのファイル")]) -> None:
    """バックアップを確かめて、データのフォルダに戻す。今のフォルダは別の名前で残す。"""
    from rag.backup import restore_backup

    settings = read_settings()
    with showing_progress() as progress:
        done = restore_backup(settings.home, file, progress=progress)
    out.print(f"戻しました: {settings.home}(公開中 {done.backup.release or 'なし'})", highlight=False, soft_wrap=True)
    if done.kept:
        out.print(f"前のフォルダ: {done.kept}", highlight=False, soft_wrap=True)


@app.command()
def serve() -> None:
    """ページを開く(既定 http://127.0.0.1:7860)。"""
    from ui.start import start

    start(read_settings(), today=japan_today, progress=showing_progress)


def fail(error: IctnaviError) -> NoReturn:
    """One sentence on standard error, and the error's exit code."""
    err.print(str(error), style="red", highlight=False, markup=False, soft_wrap=True)
    raise SystemExit(error.exit_code)


def main(arguments: Sequence[str] | None = None) -> None:
    """The entry point."""
    try:
        app(args=arguments, standalone_mode=True)
    except IctnaviError as error:
        fail(error)


if __name__ == "__main__":
    main()
