"""What a laid-out tab hands to the console: its buttons by role, and how its lists are filled when the page opens."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir, mkdtemp
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

OFFERED, OFFERED_SECONDS = "ictnavi-offered-", 600.0


@dataclass(frozen=True, kw_only=True)
class Tab:
    """`fill` gives the values of `lists`, in order; it is behind the guard already.

    `opened` are the components that show a file being edited, where the tab is the editor.
    """

    editors: Sequence[gr.Button] = ()
    publishers: Sequence[gr.Button] = ()
    fill: Callable[..., Any]
    lists: Sequence[Any] = ()
    opened: Sequence[Any] = ()


def offer_file(name: str, data: bytes) -> str:
    """A file to download, in a folder of its own that only this user of the machine may read; its path.

    Gradio takes a copy at once, so what was offered earlier goes.
    """
    for old in Path(gettempdir()).glob(f"{OFFERED}*"):
        if time.time() - old.stat().st_mtime > OFFERED_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
    path = Path(mkdtemp(prefix=OFFERED)) / name
    path.write_bytes(data)
    return str(path)


def forget_upload(file: str | None) -> None:
    """Remove a file that was sent and taken over: Gradio keeps it for an hour otherwise, in a folder of its own."""
    if file is not None and Path(get_upload_folder()).resolve() in Path(file).resolve().parents:
        Path(file).unlink(missing_ok=True)


def said(value: object) -> str:
    """What was typed, as one line; nothing typed is empty."""
    return " ".join(str(value or "").split())
