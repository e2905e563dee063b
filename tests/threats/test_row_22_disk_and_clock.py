"""Row 22: a full or read-only disk and a wrong clock: publishing says so, the chat goes on answering."""

from __future__ import annotations

import errno
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from running import TODAY, copy_home

from rag.bot import Bot
from rag.build import build_release, publish
from rag.probe import check_release
from rag.releases import FailingDisk, ReleaseStore
from rag.settings import Settings
from rag.types import StorageError
from ui.keeping import Keeper

AGE = "情報専門員は何歳まで受けられますか"


@pytest.fixture
def own(small_settings: Settings, tmp_path: Path) -> Settings:
    return small_settings.model_copy(update={"home": copy_home(small_settings.home, tmp_path / "home")})


class Broken(Keeper):
    """A keeper whose disk is full."""

    def _open(self):  # type: ignore[no-untyped-def]
        raise StorageError("full")


def publish_badly(settings: Settings, code: int, steps: int) -> tuple[int, int, int]:
    """Publish with the disk failing for good from step 1, 2, …; (tried, reported or done, right answers meanwhile)."""
    candidate = build_release(settings)
    bot = Bot.open(settings)
    said = [s.text for s in bot.ask(AGE, today=TODAY).sentences]
    tried = honest = answered = 0
    for at in range(1, steps + 1):
        store = ReleaseStore(settings.home, disk=FailingDisk(at, code=code, lasting=True))
        try:
            store.publish(candidate, reason=None, check=None)
            honest += ReleaseStore(settings.home).current() == candidate
        except StorageError:
            honest += 1
        tried += 1
        answered += [s.text for s in bot.ask(AGE, today=TODAY).sentences] == said
    bot.close()
    return tried, honest, answered


def test_a_full_disk_is_told_and_answers_go_on(own: Settings, record_row: Callable[..., None]) -> None:
    tried, honest, answered = publish_badly(own, errno.ENOSPC, 5)
    record_row(
        22, bar="失敗の報告・チャットの答え 100 %", measured=f"{honest}/{tried}、{answered}/{tried}", scale="満杯 5か所"
    )
    assert (honest, answered) == (tried, tried)


@pytest.mark.full
def test_a_full_and_a_read_only_disk_are_told_and_answers_go_on(own: Settings, record_row: Callable[..., None]) -> None:
    tried = honest = answered = 0
    for code, steps in ((errno.ENOSPC, 20), (errno.EROFS, 10)):
        more = publish_badly(own, code, steps)
        tried, honest, answered = tried + more[0], honest + more[1], answered + more[2]
    record_row(
        22, bar="失敗の報告 100 %、チャットの答え 100 %", measured=f"{honest}/{tried}、{answered}/{tried}",
        scale="満杯 20か所、読み取り専用 10か所",
    )  # fmt: skip
    assert (honest, answered) == (tried, tried)


@pytest.mark.full
@pytest.mark.parametrize("days", [-1, 1])
def test_a_clock_a_day_off_loses_no_release(own: Settings, days: int) -> None:
    store, before = ReleaseStore(own.home), ReleaseStore(own.home).current()
    wrong = build_release(own, clock=lambda: datetime.now(UTC) + timedelta(days=days))
    publish(own, wrong)
    assert store.current() == wrong
    bot = Bot.open(own)
    for today in (TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1)):
        assert bot.ask(AGE, today=today).sentences
    bot.close()
    right = build_release(own)
    publish(own, right)
    assert store.rollback(check_release) == wrong
    assert store.rollback(check_release) == before


def test_questions_that_cannot_be_kept_are_answered(own: Settings, small_bot: Bot) -> None:
    keeper = Broken(own.home, keep_days=30, now=lambda: datetime.now(UTC)).start()
    answer = small_bot.ask(AGE, today=date(2026, 11, 23))
    keeper.keep_question(answer)
    keeper.wait()
    keeper.close()
    assert answer.sentences
