"""A visitor without a browser: speaks the page's protocol (queue/join, queue/data) through FastAPI's TestClient."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from fastapi.testclient import TestClient

Config = dict[str, Any]


@dataclass
class Visitor:
    """One browser tab; `headers` go with every request."""

    client: TestClient
    session: str
    headers: dict[str, str] = field(default_factory=lambda: {"accept-language": "ja"})

    def config(self) -> Config:
        """The page's description, as it stands in the page."""
        html = self.client.get("/", headers=self.headers).text
        found = re.search(r"window\.gradio_config = (\{.*?\});</script>", html, re.DOTALL)
        assert found
        config: Config = json.loads(found.group(1))
        return config

    def component(self, elem_id: str) -> int:
        """The component's number."""
        return next(c["id"] for c in self.config()["components"] if c["props"].get("elem_id") == elem_id)

    def do(self, event: str, data: list[Any], *, trigger: int | None = None, query: str = "") -> dict[str, Any]:
        """Run the first event of that name; what it set, by elem_id (`success` says whether it went through)."""
        config = self.config()
        names = {c["id"]: c["props"].get("elem_id") or str(c["id"]) for c in config["components"]}
        dependency = next(d for d in config["dependencies"] if d["api_name"] == event)
        body = {
            "data": data,
            "fn_index": dependency["id"],
            "session_hash": self.session,
            "trigger_id": trigger if trigger is not None else dependency["targets"][0][0],
        }
        joined = self.client.post(f"/gradio_api/queue/join?{query}", json=body, headers=self.headers)
        assert joined.status_code == 200, joined.text
        message = self._last_message()
        values = message["output"].get("data") or []
        shown = {names[number]: value for number, value in zip(dependency["outputs"], values, strict=False)}
        return {"success": message["success"], "raw": json.dumps(message, ensure_ascii=False)} | shown

    def _last_message(self) -> dict[str, Any]:
        completed: dict[str, Any] = {}
        address = f"/gradio_api/queue/data?session_hash={self.session}"
        with self.client.stream("GET", address, headers=self.headers) as stream:
            for line in stream.iter_lines():
                message = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
                completed = message if message.get("msg") == "process_completed" else completed
        assert completed, "the event never completed"
        return completed

    def ask(self, question: str, **options: Any) -> dict[str, Any]:
        """Ask as the box does; the two states are the server's own, whatever is sent for them."""
        return self.do("answer", [question, None, None], **options)


def messages(shown: dict[str, Any]) -> list[str]:
    """The chat's messages as markup, oldest first."""
    return [block["text"] for message in shown["chat"] for block in message["content"]]
