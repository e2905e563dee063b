"""Row 21: no network is needed to build, open and answer; nothing listens but the page; every advisory has its word."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

from rag.bot import Bot
from rag.settings import ROOT, Settings

ADVISORIES = ROOT / "docs" / "advisories.md"
OFFLINE = """
import socket, sys
from pathlib import Path
sys.path[:0] = ["tests", "."]
tried = []

def refuse(self, address, *rest):
    if self.family != socket.AF_UNIX:
        tried.append(address)
        raise OSError("no network")

def resolve(*values, **named):
    tried.append(values[0])
    raise socket.gaierror("no network")

socket.socket.connect = refuse
socket.socket.connect_ex = refuse
socket.getaddrinfo = resolve
listening = []
listen = socket.socket.listen
socket.socket.listen = lambda self, *rest: (listening.append(self.getsockname()), listen(self, *rest))

from datetime import date
from rag.bot import Bot
from rag.build import build_release, publish
from rag.settings import Settings
from small_corpus import write_small_corpus
from ui.server import create_app

place = Path(sys.argv[1])
settings = Settings(home=place / "home", corpus=write_small_corpus(place / "corpus"))
publish(settings, build_release(settings))
bot = Bot.open(settings)
app = create_app(bot, today=lambda: date(2026, 11, 23))
answer = bot.ask("情報専門員は何歳まで受けられますか", today=date(2026, 11, 23))
print(len(answer.sentences), tried, listening)
"""


def listening_inodes() -> set[str]:
    """Sockets of this machine that listen, by inode."""
    rows = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    return {row[9] for row in rows if row[3] == "0A"}


@pytest.mark.full
def test_without_a_network_everything_works_and_nothing_listens(
    tmp_path: Path, record_row: Callable[..., None]
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    sentences, tried, listening = re.fullmatch(r"(\d+) (\[.*\]) (\[.*\])\n", done.stdout).groups()  # type: ignore[union-attr]
    missing = find_unstated()
    record_row(
        21, bar="外への接続 0、聞いている口 0、書面のない勧告 0",
        measured=f"{tried.count('(')}、{listening.count('(')}、{len(missing)}",
        scale="作る・開く・答える・ページを用意する、を通信なしで。勧告は docs/advisories.md",
    )  # fmt: skip
    assert int(sentences) > 0
    assert (tried, listening, missing) == ("[]", "[]", [])


def own_listeners() -> set[str]:
    """The listening sockets of this process, by inode."""
    names = {
        p.readlink().name for p in Path("/proc/self/fd").iterdir() if p.is_symlink() and "socket:" in str(p.readlink())
    }
    return {name.removeprefix("socket:[").rstrip("]") for name in names} & listening_inodes()


def test_opening_a_bot_opens_no_listener(small_settings: Settings) -> None:
    """Chroma is used within the process alone (`PersistentClient`); its server, which has open advisories, never runs."""
    before = own_listeners()  # servers of other tests in this process
    opened = Bot.open(small_settings)
    assert own_listeners() <= before
    opened.close()
    for path in (ROOT / "rag").rglob("*.py"):
        assert not re.search(r"HttpClient|AsyncHttpClient|chroma run|chromadb\.(server|app)", path.read_text("utf-8"))


KNOWN = (
    "CVE-2026-45829", "CVE-2026-45833", "GHSA-2wm9-hf6c-p5cr", "GHSA-xph7-9rjv-w5fr",
)  # fmt: skip


def find_unstated() -> list[str]:
    """Open advisories that are known here and have no statement for the version that is locked."""
    text = ADVISORIES.read_text("utf-8")
    stated = f"chromadb {version('chromadb')}" in text
    return [each for each in KNOWN if each not in text] + ([] if stated else ["chromadb's version"])


def test_every_known_advisory_has_its_statement(record_row: Callable[..., None]) -> None:
    missing = find_unstated()
    record_row(21, bar="書面のない勧告 0", measured=str(len(missing)), scale=f"把握している{len(KNOWN)}件")
    assert missing == []


def test_no_lock_names_an_index_and_every_line_has_its_hash() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-build.lock"):
        text = (ROOT / name).read_text("utf-8")
        assert "index-url" not in text and "://" not in text
        pinned = re.findall(r"^[A-Za-z0-9].*==", text, re.M)
        assert len(pinned) <= text.count("--hash=sha256:")
