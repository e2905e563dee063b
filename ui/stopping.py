"""A stop that comes before the page knows the number of what it stops: a request without one in, with an empty one out.

Under load a visitor may press Stop before `queue/join` has answered; Gradio's script then sends `event_id: null`, which
Gradio's server refuses with 422. With an empty number it does what was asked, by session and event.
"""

from __future__ import annotations

import json

from starlette.types import ASGIApp, Receive, Scope, Send

from ui.guard import replay

STOPS = ("/gradio_api/cancel", "/gradio_api/reset")


class CompleteStops:
    """Fills the number in; everything else passes as it is. Bodies have come whole already (ui/guard.py)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on."""
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] not in STOPS:
            await self.app(scope, receive, send)
            return
        body = (await receive()).get("body", b"")
        await self.app(scope, replay(complete_stop(body), receive), send)


def complete_stop(body: bytes) -> bytes:
    """The body with an empty `event_id` where it has none; any other as it is."""
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        return body
    if not isinstance(asked, dict) or asked.get("event_id") is not None:
        return body
    return json.dumps(asked | {"event_id": ""}).encode()
