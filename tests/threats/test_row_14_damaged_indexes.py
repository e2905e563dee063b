"""Row 14: a damaged release is found before it is served, the process lives, and what was served stays.

A vector store that is ruined although its hashes fit falls in the probe's child process: tests/test_index.py.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import chromadb
import numpy as np
import pytest
from chromadb.config import Settings as ChromaSettings
from running import TODAY, copy_home

from rag.bot import Bot
from rag.build import build_release, publish
from rag.index import PASSAGES, QUESTIONS
from rag.releases import ReleaseStore
from rag.settings import Settings
from rag.types import ReleaseError

AGE = "情報専門員は何歳まで受けられますか"


def damage(path: Path, draw: random.Random) -> None:
    """Cut a file short, or turn one bit."""
    data = bytearray(path.read_bytes())
    at = draw.randrange(len(data))
    if draw.random() < 0.5:
        path.write_bytes(data[:at])
    else:
        data[at] ^= 1 << draw.randrange(8)
        path.write_bytes(data)


def ruin_often(settings: Settings, times: int) -> tuple[int, int]:
    """Damage a candidate's files one by one; (times it was found on publishing, times the old answer was given)."""
    draw, found, same = random.Random(14), 0, 0
    store = ReleaseStore(settings.home)
    before, candidate = store.current(), build_release(settings)
    bot = Bot.open(settings)
    said = [s.text for s in bot.ask(AGE, today=TODAY).sentences]
    files = sorted(p for p in store.folder(candidate).rglob("*") if p.is_file() and p.stat().st_size)
    for number in range(times):
        path = files[number % len(files)]
        whole = path.read_bytes()
        damage(path, draw)
        try:
            publish(settings, candidate)
        except ReleaseError as error:
            found += "\n" not in str(error)
        path.write_bytes(whole)
        same += store.current() == before and [s.text for s in bot.ask(AGE, today=TODAY).sentences] == said
    bot.close()
    return found, same


@pytest.fixture
def own(small_settings: Settings, tmp_path: Path) -> Settings:
    return small_settings.model_copy(update={"home": copy_home(small_settings.home, tmp_path / "home")})


def test_damage_is_found_and_what_is_served_stays(own: Settings, record_row: Callable[..., None]) -> None:
    found, same = ruin_often(own, 8)
    record_row(14, bar="見つける・前の版が答える 全部", measured=f"{found}/8、{same}/8", scale="8ファイル")
    assert (found, same) == (8, 8)


@pytest.mark.full
def test_damage_of_thirty_files_is_found_and_what_is_served_stays(
    own: Settings, record_row: Callable[..., None]
) -> None:
    found, same = ruin_often(own, 30)
    record_row(
        14, bar="見つける 30/30、前の版が答える 30/30", measured=f"{found}/30、{same}/30", scale="30回(切断・1ビット)"
    )
    assert (found, same) == (30, 30)


@pytest.mark.full
def test_every_vector_finds_itself_and_the_best_five_are_exact(
    shipped_home: Path, record_row: Callable[..., None]
) -> None:
    store = ReleaseStore(shipped_home)
    client = chromadb.PersistentClient(
        str(store.open_copy(store.current()) / "chroma"), settings=ChromaSettings(anonymized_telemetry=False)
    )
    asked = itself = right = 0
    for name in (PASSAGES, QUESTIONS):
        collection = client.get_collection(name, embedding_function=None)
        held = collection.get(include=["embeddings"])
        vectors = np.asarray(held["embeddings"], dtype=np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
        for at in np.flatnonzero(lengths[:, 0] > 0):
            distances = np.asarray(collection.query(query_embeddings=[vectors[at]], n_results=5)["distances"][0])
            exact = np.sort(1 - unit @ unit[at])[:5]
            asked += 1
            itself += bool(distances[0] <= 1e-5)
            right += int((distances <= exact + 1e-4).sum())
    shares = f"{100 * itself / asked:.2f} %、{100 * right / (5 * asked):.2f} %"
    record_row(
        14, bar="自分を見つける 100 %、上位5件 99 %以上", measured=shares, scale=f"同梱の資料の全{asked}ベクトル"
    )
    assert itself == asked and right >= 0.99 * 5 * asked
