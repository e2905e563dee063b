"""The check around every callback of the console: a function and a role in, the function behind the check out.

Who calls is read from the cookie of the request that carried the call, at every call; an error of the product becomes
one sentence on the page, anything else an apology, and what changes something is written into the audit log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

import gradio as gr
from starlette.types import Scope

from rag.types import IctnaviError
from ui.clients import USER
from ui.journal import describe_error
from ui.markup import escape_text
from ui.sessions import read_cookie
from ui.staff.accounts import Account, Role
from ui.staff.audit import Audit
from ui.staff.sessions import StaffSessions
from ui.staff.words import say

LOG = logging.getLogger(__name__)
Function = TypeVar("Function", bound=Callable[..., Any])


def name_cookie(secure: bool) -> str:
    """`__Host-` ties it to this host and to https; without https a browser would not take that name."""
    return "__Host-ictnavi-staff" if secure else "ictnavi-staff"


def read_token(scope: Scope) -> str:
    """The session's token in a request; empty where there is none."""
    return read_cookie(scope, name_cookie(scope["scheme"] == "https"))


def read_holder(scope: Scope) -> str:
    """Whose request it is, in one word that no other login has: the name a proxy has checked, else the token."""
    return f"proxy {scope[USER]}" if scope.get(USER) else read_token(scope)


def find_account(sessions: StaffSessions, scope: Scope, *, touch: bool) -> Account | None:
    """The account behind a request: that of the name a proxy has checked, else that of the session."""
    user = scope.get(USER)
    return sessions.accounts.find(user) if user else sessions.find(read_token(scope), touch=touch)


class Refused(gr.Error):
    """Not logged in, or not with that role."""


class Guard:
    """Who is logged in, and what they did."""

    def __init__(self, sessions: StaffSessions, audit: Audit) -> None:
        self.sessions, self.audit = sessions, audit

    def identify(self, request: Any) -> Account:  # a gr.Request, whose fields come of the request it wraps
        """The account behind a call.

        Raises:
            Refused: there is none.
        """
        scope = getattr(getattr(request, "request", None), "scope", None)
        account = find_account(self.sessions, scope, touch=True) if scope else None
        if account is None:
            raise Refused(say("guard.expired"), title=say("guard.failed"), print_exception=False)
        return account

    def allow(
        self,
        role: Role,
        function: Function,
        *,
        action: str = "",
        describe: Callable[..., str] = lambda *values: "",
    ) -> Function:
        """The function for those with the role. Its first argument is the request.

        With `action` each call is written into the audit log, with what `describe` makes of the values.
        """

        @wraps(function)
        def guarded(request: gr.Request, *values: Any, **named: Any) -> Any:
            account = self.identify(request)
            if not account.may(role):
                self.audit.note(account.name, action or function.__name__, result=say("guard.no_role"))
                needed = say("guard.needs_role", role=say(f"role.{role}"))
                raise Refused(needed, title=say("guard.failed"), print_exception=False)
            told = [value for value in values if not isinstance(value, gr.Progress)]
            detail = describe(*told) if action else ""
            try:
                result = function(request, *values, **named)
            except IctnaviError as error:
                if action:
                    self.audit.note(account.name, action, detail=detail, result=str(error))
                raise gr.Error(
                    escape_text(str(error)), duration=None, title=say("guard.failed"), print_exception=False
                ) from error
            except Exception as error:
                LOG.error("console failed", extra={"facts": {"error": describe_error(error)}})
                if action:
                    self.audit.note(account.name, action, detail=detail, result=type(error).__name__)
                raise gr.Error(say("guard.broken"), title=say("guard.failed"), print_exception=False) from error
            if action:
                self.audit.note(account.name, action, detail=detail)
            return result

        guarded.required_role = role  # type: ignore[attr-defined]  # what tests enumerate
        return cast("Function", guarded)
