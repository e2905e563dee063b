"""`ictnavi corpus …`: check the material, make candidates of it, look at the published pages again."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from rag.settings import Settings, read_settings
from rag.types import SettingError
from ui.commands.terminal import err, out, read_day, showing_progress

app = typer.Typer(no_args_is_help=True, help="資料を検査し、公開の候補を作る")


@app.command("check")
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


@app.command("build")
def corpus_build() -> None:
    """資料と追加した原文から、公開の候補を作る(公開はしない)。"""
    _build_candidate(read_settings())


@app.command("diff")
def corpus_diff(
    old: Annotated[str | None, typer.Argument(help="古い版のid(既定は公開中)")] = None,
    new: Annotated[str | None, typer.Argument(help="新しい版のid(既定は最新の候補)")] = None,
    shipped: Annotated[bool, typer.Option("--shipped", help="同梱の資料との違いだけを示す")] = False,
) -> None:
    """2つの版で変わった文章を、言葉の単位で示す。"""
    from rag.build import compare_shipped, preview
    from rag.takeover import check_candidate
    from ui.printing import print_preview, print_takeovers

    settings = read_settings()
    if not shipped:
        found = preview(settings, old, new)
        print_preview(out, found)
        return print_takeovers(out, check_candidate(settings, found.old, found.new))
    difference = compare_shipped(settings)
    for mark, lines in (("+", difference.added), ("-", difference.removed), ("~", difference.changed)):
        for line in lines:
            out.print(f"{mark} {line}", highlight=False, markup=False, soft_wrap=True)
    out.print(f"追加 {len(difference.added)} ・ 削除 {len(difference.removed)} ・ 変更 {len(difference.changed)}")
    return None


@app.command("add")
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
    out.print(
        f"候補を作りました: {release_id}\n違いを見るには: ictnavi corpus diff\n"
        f"公開するには: ictnavi release publish {release_id}",
        highlight=False,
    )


@app.command("refresh")
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


@app.command("remove")
def corpus_remove(document_id: Annotated[str, typer.Argument(metavar="ID", help="加えた原文の出典id")]) -> None:
    """加えた原文を外して、公開の候補を作る。"""
    from rag import originals
    from rag.build import build_checked

    settings = read_settings()
    if not originals.remove(settings.home, document_id.removesuffix("-original")):
        raise SettingError(f"加えた原文に {document_id} はありません")
    with showing_progress() as progress:
        out.print(f"外しました。候補: {build_checked(settings, progress=progress)}", highlight=False)
