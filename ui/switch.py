"""The off switch of the public chat: a message in, the message that stands in place of answers out, or nothing.

Kept in ICTNAVI_HOME/closed.json, so that it holds for every process and over a restart. The page itself, its static
files and the health routes stay. A file that can't be read counts as closed, without a message.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from rag.releases.disk import Disk, refusing
from rag.types import SettingError

FILE = "closed.json"
MOST = 300  # characters


@dataclass(frozen=True, kw_only=True)
class Switch:
    """The switch of one data folder."""

    home: Path

    def read(self) -> str | None:
        """The message where the chat is closed, else None."""
        try:
            return str(json.loads((self.home / FILE).read_bytes())["message"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    def close(self, message: str) -> None:
        """Close the chat.

        Raises:
            SettingError: the message is empty or too long.
            StorageError: it can't be written; the chat stays open.
        """
        message = " ".join(message.split())
        if not 0 < len(message) <= MOST:
            raise SettingError(f"休止の間に出すお知らせを、{MOST}字までで書いてください")
        with refusing("休止の記録", self.home / FILE):
            Disk().replace(self.home / FILE, json.dumps({"message": message}).encode())

    def open(self) -> None:
        """Open it again."""
        with refusing("休止の解除", self.home / FILE):
            (self.home / FILE).unlink(missing_ok=True)
