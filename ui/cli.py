"""`ictnavi`: read options, make one call of the library, show the result. DESIGN §8 is its contract.

Exit codes: 0 done or answered, 1 failed, 2 wrong option or setting, 3 abstained. Every failure is one sentence on
standard error. The groups of commands are files of ui/commands/. Gradio and Chroma are imported only by the commands
that need them, for a cold start under three seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from rag.settings import read_settings
from rag.types import IctnaviError
from ui.commands import corpus, release, staff
from ui.commands.asking import ask
from ui.commands.terminal import err, japan_today, out, showing_progress

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="東京都ICT職の案内: 公開資料だけから、出典つきで答えます。"
)
app.command()(ask)
app.add_typer(corpus.app, name="corpus")
app.add_typer(release.app, name="release")
app.add_typer(staff.app, name="staff")


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
