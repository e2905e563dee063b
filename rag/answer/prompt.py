"""Question and passages -> the messages that a chat model is sent. The words stand in prompt.toml and nowhere else.

Question and corpus text enter as variables, so that braces or instructions in them stay text. Passages go under opaque
tokens (P1, P2 …) that mean nothing outside one call. It sends nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from langchain_core.messages import BaseMessage
from langchain_core.prompts import ChatPromptTemplate

from rag.types import Language

PROMPTS = Path(__file__).with_name("prompt.toml")
_TOKEN_LIKE = re.compile(r"[\[［【]\s*([PＰ]\s*[0-9０-９]+)\s*[\]］】]")


@lru_cache(maxsize=1)
def _read() -> dict[str, Any]:  # a TOML table
    return tomllib.loads(PROMPTS.read_text("utf-8"))


def prompt_version() -> str:
    """What bench results and reports name."""
    return str(_read()["version"])


def name_token(place: int) -> str:
    """The opaque token of the passage at `place` (base 0)."""
    return f"P{place + 1}"


def ask_to_write(question: str, passages: Sequence[tuple[str, Sequence[str]]], language: Language) -> list[BaseMessage]:
    """The messages for an answer; each passage is its heading and the statements that may be used."""
    blocks = [
        "\n".join([f"[{name_token(at)}] {_as_text(heading)}", *(f"- {_as_text(s)}" for s in statements)])
        for at, (heading, statements) in enumerate(passages)
    ]
    return _fill("write", language, {"question": _as_text(question), "passages": "\n\n".join(blocks)})


def ask_to_restate(question: str, history: Sequence[str], language: Language) -> list[BaseMessage]:
    """The messages for completing a follow-up by the questions before it."""
    former = "\n".join(f"- {_as_text(h)}" for h in history)
    return _fill("restate", language, {"question": _as_text(question), "history": former})


def _fill(name: str, language: Language, variables: Mapping[str, str]) -> list[BaseMessage]:
    words = _read()[name][language]
    template = ChatPromptTemplate.from_messages(
        [("system", words["system"].strip()), ("human", words["human"].strip())]
    )
    return template.format_messages(**variables)


def _as_text(text: str) -> str:
    """One line, without anything that looks like a token of ours."""
    return _TOKEN_LIKE.sub(r"(\1)", " ".join(text.split()))
