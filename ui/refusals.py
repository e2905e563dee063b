"""What is said to a request that is turned away: a status and a phrase in, one sentence in the visitor's language out.

JSON for the API, plain text for everything else. The phrases stand in ui/texts.toml. It decides nothing.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Scope

from ui.texts import Words, choose_language, read_words

API = "/api/"


def choose_words(scope: Scope) -> Words:
    """The words of the language a request asks for."""
    return read_words(choose_language(Headers(scope=scope).get("accept-language", "")))


def refuse(scope: Scope, status: int, phrase: str, *, retry_after: int | None = None, **values: object) -> Response:
    """The response; `phrase` is a name in texts.toml and the API's error code, `retry_after` in seconds."""
    words = choose_words(scope)
    message = words.say(phrase, **values)
    headers = {"Content-Language": words.language} | ({"Retry-After": str(retry_after)} if retry_after else {})
    if _is_api(scope):
        return JSONResponse(describe_refusal(scope, phrase, **values), status_code=status, headers=headers)
    return PlainTextResponse(message + "\n", status_code=status, headers=headers)


def describe_refusal(scope: Scope, phrase: str, **values: object) -> dict[str, dict[str, str]]:
    """The API's error form."""
    return {"error": {"code": phrase, "message": choose_words(scope).say(phrase, **values)}}


def _is_api(scope: Scope) -> bool:
    """Whether the path is the API's, with or without the sub-path of a proxy."""
    return API in str(scope["path"])
