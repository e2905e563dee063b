"""Row 18: what was withdrawn is in no answer and in no byte of the data folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from running import TODAY, copy_home

from rag import originals
from rag.bot import Bot
from rag.build import build_release, publish
from rag.originals import Original
from rag.settings import Settings
from rag.types import Source
from ui.purging import purge_document

COUNT = 20


def secret(number: int) -> str:
    return f"ひみつの島{number:02d}番"


def make_original(number: int) -> Original:
    source = Source(
        id=f"leaving-{number}", title=f"去る資料{number}", url=f"https://example.org/leaving/{number}",
        publisher="なぎさ県", kind="news", standing="official", as_of="2026-01", rights="text",
    )  # fmt: skip
    text = f"<h1>去る資料{number}</h1><h2>島{number}の計画は何ですか</h2><p>{secret(number)}の計画は、港を広げることです。</p>"
    return Original(source=source, name="a.html", data=text.encode(), lang="ja")


def count_hits(settings: Settings) -> tuple[int, int]:
    """(answers, files) in which a withdrawn word stands."""
    bot = Bot.open(settings)
    answers = [str(bot.ask(f"島{n}の計画は何ですか", today=TODAY).to_json()) for n in range(COUNT)]
    bot.close()
    files = [p.read_bytes() for p in settings.home.rglob("*") if p.is_file()]
    words = [secret(n) for n in range(COUNT)]
    return sum(any(w in a for w in words) for a in answers), sum(any(w.encode() in f for w in words) for f in files)


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_twenty_withdrawn_documents_are_gone(
    small_settings: Settings, tmp_path: Path, record_row: Callable[..., None]
) -> None:
    settings = small_settings.model_copy(update={"home": copy_home(small_settings.home, tmp_path / "home")})
    for number in range(COUNT):
        originals.keep(settings.home, make_original(number))
    publish(settings, build_release(settings))
    answered, held = count_hits(settings)
    assert answered >= COUNT // 2 and held  # they were there
    for number in range(COUNT):
        originals.remove(settings.home, f"leaving-{number}")
    publish(settings, build_release(settings))
    for number in range(COUNT):
        purge_document(settings.home, f"leaving-{number}-original")
    answers, files = count_hits(settings)
    record_row(18, bar="答え 0、ファイル 0", measured=f"{answers}、{files}", scale=f"{COUNT}文書(全ファイルのバイト列)")
    assert (answers, files) == (0, 0)
