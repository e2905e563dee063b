"""The login page: a form of our own in plain HTML, what it sends, and the cookie that comes of it.

Attempts are limited, an unknown name and a wrong password look the same. It lets nobody into anything: the cookie's
token is checked by ui/staff/gate.py and ui/staff/guard.py.
"""

from __future__ import annotations

import html
from urllib.parse import parse_qs

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from ui.staff.accounts import MOST, Accounts
from ui.staff.attempts import Attempts
from ui.staff.audit import Audit
from ui.staff.gate import LOGIN, LOGOUT, ROOT
from ui.staff.guard import name_cookie, read_token
from ui.staff.sessions import StaffSessions
from ui.staff.words import say

UNKNOWN = "-"
PAGE = """<!doctype html>
<html lang="ja"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>{login} — {console}</title>
<style>
body {{ font-family: "Hiragino Sans", "Yu Gothic UI", "Noto Sans JP", sans-serif; background: #f5f5f3; color: #1d1d1f;
  display: grid; place-items: center; min-height: 100vh; margin: 0; line-height: 1.7 }}
main {{ background: #fff; padding: 2rem; border: 1px solid #8a8a85; border-radius: 6px; width: min(26rem, 92vw);
  box-sizing: border-box }}
h1 {{ font-size: 1.2rem; margin: 0 0 1rem }}
label {{ display: block; margin-top: .8rem }}
input, button {{ font: inherit; width: 100%; box-sizing: border-box; padding: .6rem; border: 1px solid #6b6b66;
  border-radius: 4px }}
button {{ margin-top: 1.4rem; background: #005c50; color: #fff; border-color: #005c50; cursor: pointer }}
:focus-visible {{ outline: 3px solid #b35900; outline-offset: 2px }}
[role=alert] {{ color: #9b1c1c; margin: 0 }}
</style></head><body><main><h1>{console}</h1>{remark}
<form method="post" action="{action}">
<label for="name">{name}</label><input id="name" name="name" autocomplete="username" autocapitalize="none" required
 maxlength="32" autofocus>
<label for="password">{password}</label><input id="password" name="password" type="password"
 autocomplete="current-password" required maxlength="256">
<button>{login}</button></form></main></body></html>
"""


def add_login(
    app: FastAPI, *, accounts: Accounts, sessions: StaffSessions, attempts: Attempts, audit: Audit, root_path: str
) -> None:
    """The routes; to be added before anything is mounted."""

    def show(remark: str = "", status: int = 200) -> Response:
        told = f'<p role="alert">{html.escape(remark)}</p>' if remark else ""
        words = {"login": say("login.title"), "console": say("console.title")}
        words |= {"name": say("login.name"), "password": say("login.password")}
        page = PAGE.format(remark=told, action=html.escape(root_path + LOGIN), **words)
        return HTMLResponse(page, status)

    @app.get(LOGIN)
    def give_form() -> Response:
        """The form."""
        return show()

    @app.post(LOGIN)
    async def log_in(request: Request) -> Response:
        """Check, and give the cookie."""
        try:
            fields = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=5)
        except ValueError:
            return show(say("login.wrong"), 400)
        name, password = (fields.get(key, [""])[0] for key in ("name", "password"))
        return await run_in_threadpool(check, request, name.strip(), password[: 4 * MOST])

    def check(request: Request, name: str, password: str) -> Response:
        known = name if name in accounts.read() else UNKNOWN  # what is typed there by mistake may be a password
        if not attempts.admit(request.client.host if request.client else None, name):
            return show(say("login.too_often"), 429)  # not noted: whoever floods would fill the log
        account = accounts.verify(name, password)
        if account is None:
            audit.note(known, say("login.title"), result=say("login.failed"))
            return show(say("login.wrong"), 401)
        audit.note(account.name, say("login.title"))
        sessions.end(read_token(request.scope))
        response = RedirectResponse(f"{root_path}{ROOT}/", 303)
        return _give(response, sessions.begin(account), secure=request.scope["scheme"] == "https")

    @app.post(LOGOUT)
    def log_out(request: Request) -> Response:
        """End the session and take the cookie back."""
        token = read_token(request.scope)
        account = sessions.find(token)
        sessions.end(token)
        if account:
            audit.note(account.name, say("console.logout"))
        response = RedirectResponse(root_path + LOGIN, 303)
        return _give(response, "", secure=request.scope["scheme"] == "https")


def _give(response: Response, token: str, *, secure: bool) -> Response:
    response.set_cookie(
        name_cookie(secure),
        token,
        path="/",
        secure=secure,
        httponly=True,
        samesite="strict",
        max_age=None if token else 0,
    )
    return response
