"""`ictnavi staff …`: who may use the staff console."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from rag.settings import read_settings
from rag.types import SettingError
from ui.commands.terminal import out

app = typer.Typer(no_args_is_help=True, help="管理画面(/staff)の利用者")


@app.command("add")
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


@app.command("list")
def staff_list() -> None:
    """管理画面の利用者と権限の一覧。"""
    from ui.staff.accounts import Accounts

    for account in Accounts(read_settings().home).read().values():
        out.print(f"{account.name} {account.role}", highlight=False, markup=False)


@app.command("remove")
def staff_remove(name: Annotated[str, typer.Argument(metavar="NAME", help="名前")]) -> None:
    """管理画面の利用者を外す。ログイン中でも、すぐに使えなくなる。"""
    from ui.staff.accounts import Accounts

    if not Accounts(read_settings().home).remove(name):
        raise SettingError(f"利用者 {name} はいません")
    out.print(f"外しました: {name}", highlight=False)
