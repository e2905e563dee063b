"""What a laid-out tab hands to the console: its buttons by role, and how its lists are filled when the page opens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import gradio as gr


@dataclass(frozen=True, kw_only=True)
class Tab:
    """`fill` gives the values of `lists`, in order; it is behind the guard already."""

    editors: Sequence[gr.Button] = ()
    publishers: Sequence[gr.Button] = ()
    fill: Callable[..., Any]
    lists: Sequence[Any] = ()


def offer_file(name: str, data: bytes) -> str:
    """A file to download, in a folder of its own that only this user of the machine may read; its path."""
    path = Path(mkdtemp(prefix="ictnavi-")) / name
    path.write_bytes(data)
    return str(path)


def said(value: object) -> str:
    """What was typed, as one line; nothing typed is empty."""
    return " ".join(str(value or "").split())
