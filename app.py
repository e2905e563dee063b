"""The entry: settings -> server; nothing else."""

from __future__ import annotations

from rag.settings import read_settings
from rag.types import IctnaviError
from ui.cli import fail
from ui.commands.terminal import japan_today, showing_progress
from ui.start import start

if __name__ == "__main__":
    try:
        start(read_settings(), today=japan_today, progress=showing_progress)
    except IctnaviError as error:
        fail(error)
