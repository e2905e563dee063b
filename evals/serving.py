"""Settings and a release id -> a bot that answers from exactly that release, and the release's material.

A bot of the product changes over to a newly published release between two questions; a run must not. It publishes
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from evals.material import Material, read_material
from rag.bot import Bot, open_chat
from rag.releases import ReleaseStore
from rag.served import open_release
from rag.settings import Settings
from rag.types import Answer


class Asker(Protocol):
    """What a run asks: the product's Bot, or a scripted one."""

    def ask(self, question: str, history: Sequence[str] = (), *, today: date) -> Answer:
        """One answer."""


@dataclass(frozen=True, kw_only=True)
class Serving:
    """An opened release to be measured."""

    release: str
    bot: Asker
    material: Material


class _Pinned(ReleaseStore):
    """A store that never reports a change, so that a bot stays with the release it was opened on."""

    def changed(self, since: str) -> bool:
        """Never."""
        return False


@contextmanager
def open_serving(settings: Settings, release: str | None = None) -> Iterator[Serving]:
    """The served release, or the one of that id, on a private copy until the block ends.

    A chat model answers where the settings name one, within the day's limits, counted for this process.

    Raises:
        ReleaseError: there is none, or it is damaged.
        SettingError: the chat model's provider, package or key is missing.
    """
    store = _Pinned(settings.home)
    release_id = release or store.current()
    chat = open_chat(settings, None) if settings.chat_model else None
    bot = Bot(settings, store, open_release(store, release_id, settings), chat)
    try:
        yield Serving(release=release_id, bot=bot, material=read_material(store.folder(release_id)))
    finally:
        bot.close()


def pick_candidate(settings: Settings, release: str | None = None) -> str:
    """The id given, or the newest release that was never published; else the served one."""
    store = ReleaseStore(settings.home)
    if release:
        store.manifest(release)
        return release
    newest = store.newest_candidate()
    return newest.id if newest else store.current()
