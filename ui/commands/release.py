"""`ictnavi release …`: list, publish, take back, verify, purge."""

from __future__ import annotations

from typing import Annotated

import typer

from rag.settings import read_settings
from ui.commands.terminal import out

app = typer.Typer(no_args_is_help=True, help="公開の候補と公開版")


@app.command("list")
def release_list() -> None:
    """公開版と候補の一覧。"""
    from rag.releases import ReleaseStore
    from ui.printing import print_releases

    print_releases(out, ReleaseStore(read_settings().home).releases())


@app.command("publish")
def release_publish(
    release_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="既定は最新の候補")] = None,
    reason: Annotated[str | None, typer.Option(help="記録に残す理由")] = None,
) -> None:
    """候補を確かめてから公開する。"""
    from rag.build import publish

    out.print(f"公開しました: {publish(read_settings(), release_id, reason=reason)}", highlight=False)


@app.command("rollback")
def release_rollback(reason: Annotated[str | None, typer.Option(help="記録に残す理由")] = None) -> None:
    """1つ前の公開版に戻す。"""
    from rag.probe import check_release
    from rag.releases import ReleaseStore

    store = ReleaseStore(read_settings().home)
    out.print(f"戻しました: {store.rollback(check_release, reason=reason)}", highlight=False)


@app.command("verify")
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


@app.command("purge")
def release_purge(document_id: Annotated[str, typer.Argument(metavar="DOCUMENT_ID")]) -> None:
    """取り下げた資料を、すべての版とページの控えから消す。"""
    from ui.purging import purge_document

    gone = purge_document(read_settings().home, document_id)
    out.print("消した版: " + (", ".join(gone) or "なし"), highlight=False)
