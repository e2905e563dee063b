"""Any order of adding, deleting, building, publishing, rolling back, purging, restarting, dying and asking.

What is served is always one whole release that was published; nothing acknowledged is lost, nothing purged comes back.
The first machine works on the release store with tiny releases, hundreds of times; the second on the product itself:
originals, index, child processes and a bot that answers, a few times.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from running import TODAY
from small_corpus import write_small_corpus

from rag import originals
from rag.bot import Bot
from rag.build import build_release, publish
from rag.originals import Original
from rag.probe import check_release
from rag.releases import Disk, ReleaseStore
from rag.releases.disk import Step
from rag.settings import Settings
from rag.types import ReleaseError, Source
from ui.purging import purge_document

Result = TypeVar("Result")
DOCUMENTS = st.sampled_from(["kai", "yama", "kawa", "mori"])


class Death(BaseException):
    """The process dies here; nothing catches it."""


class MortalDisk(Disk):
    """Dies at a step, before it is carried out."""

    def __init__(self, at: int) -> None:
        self.left = at

    def perform(self, step: Step, path: Path, effect: Callable[[], Result]) -> Result:
        self.left -= 1
        if self.left == 0:
            raise Death
        return effect()


class StoreMachine(RuleBasedStateMachine):
    """The release store; `contents` is what each release was built of, `allowed` what may be served now."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(prefix="machine-"))
        self.store = ReleaseStore(self.home, spare_bytes=0)
        self.pending: frozenset[str] = frozenset()
        self.contents: dict[str, frozenset[str]] = {}
        self.served: str | None = None
        self.was_served: set[str] = set()
        self.moment = datetime(2026, 11, 23, tzinfo=UTC)

    def teardown(self) -> None:
        shutil.rmtree(self.home)

    def fill(self, folder: Path) -> Mapping[str, Any]:
        (folder / "documents.json").write_text(json.dumps(sorted(self.pending)))
        return {}

    def tick(self) -> datetime:
        """A moment of its own for every build, so that each example runs the same way again."""
        self.moment += timedelta(seconds=1)
        return self.moment

    @rule(name=DOCUMENTS)
    def upload(self, name: str) -> None:
        self.pending |= {name}

    @rule(name=DOCUMENTS)
    def delete(self, name: str) -> None:
        self.pending -= {name}

    @rule()
    def build(self) -> None:
        made = self.store.build(self.fill, inputs_hash="1a2b3c4d", created=self.tick())
        self.contents[made] = self.pending

    def listed(self) -> list[str]:
        return sorted(info.id for info in self.store.releases())

    @precondition(lambda self: self.contents)
    @rule(at=st.integers(0, 20))
    def publish(self, at: int) -> None:
        chosen = self.listed()[at % len(self.listed())]
        self.store.publish(chosen, reason=None, check=None)
        self.served = chosen
        self.was_served.add(chosen)

    @precondition(lambda self: self.served)
    @rule()
    def rollback(self) -> None:
        before = self.served
        try:
            found = self.store.rollback(None)
        except ReleaseError:
            return
        assert found in self.was_served and found != before
        self.served = found

    @precondition(lambda self: self.served)
    @rule(name=DOCUMENTS)
    def purge(self, name: str) -> None:
        def holds(folder: Path, document: str) -> bool:
            return document in json.loads((folder / "documents.json").read_text())

        try:
            gone = self.store.purge(name, holds)
        except ReleaseError:
            assert name in self.contents[str(self.served)]
            return
        assert all(name in self.contents[each] for each in gone)
        assert not any(name in self.contents[each] for each in self.listed())

    @precondition(lambda self: self.contents)
    @rule(step=st.integers(1, 14), act=st.sampled_from(["publish", "rollback", "build"]), at=st.integers(0, 20))
    def kill(self, step: int, act: str, at: int) -> None:
        mortal = ReleaseStore(self.home, disk=MortalDisk(step), spare_bytes=0)
        chosen, before = self.listed()[at % len(self.listed())], self.served
        with suppress(Death, ReleaseError):
            if act == "publish":
                mortal.publish(chosen, reason=None, check=None)
            elif act == "rollback":
                mortal.rollback(None)
            else:
                self.contents[mortal.build(self.fill, inputs_hash="1a2b3c4d", created=self.tick())] = self.pending
        self.restart()
        with suppress(ReleaseError):
            now = self.store.current()
            assert (
                now == before or (act == "publish" and now == chosen) or (act == "rollback" and now in self.was_served)
            )
            self.served = now
            self.was_served.add(now)
        for each in self.listed():  # a build may have become visible before it died
            documents = json.loads((self.store.folder(each) / "documents.json").read_text())
            assert self.contents.setdefault(each, frozenset(documents)) == frozenset(documents)

    @rule()
    def restart(self) -> None:
        self.store = ReleaseStore(self.home, spare_bytes=0)
        self.store.sweep()

    @invariant()
    def ask(self) -> None:
        if self.served is None:
            with pytest.raises(ReleaseError):
                self.store.current()
            return
        assert self.store.current() == self.served
        self.store.verify(self.served)
        copy = self.store.open_copy(self.served)
        assert frozenset(json.loads((copy / "documents.json").read_text())) == self.contents[self.served]
        self.store.close_copy(copy)


QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


def run(machine: type[RuleBasedStateMachine], examples: int, steps: int, **more: Any) -> None:
    chosen = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=QUIET, **more
    )
    run_state_machine_as_test(machine, settings=chosen)


def test_any_order_serves_one_whole_release() -> None:
    run(StoreMachine, examples=6, steps=12, derandomize=True)


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_hundreds_of_orders_serve_one_whole_release(record_row: Callable[..., None]) -> None:
    run(StoreMachine, examples=300, steps=40)
    scale = "状態機械 300例 × 40手(目標は 500×50)、突然の死を含む"
    record_row(13, bar="食い違い 0", measured="0", scale=scale)


class ProductMachine(RuleBasedStateMachine):
    """The product on the small corpus: an original for each document, and a bot that knows it or does not."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp(prefix="machine-"))
        self.settings = Settings(home=self.place / "home", corpus=write_small_corpus(self.place / "corpus"))
        self.held: frozenset[str] = frozenset()
        self.candidates: dict[str, frozenset[str]] = {}
        self.build()
        self.served = publish(self.settings, None)
        self.bot = Bot.open(self.settings)

    def teardown(self) -> None:
        self.bot.close()
        shutil.rmtree(self.place)

    @rule(name=DOCUMENTS)
    def upload(self, name: str) -> None:
        source = Source(
            id=name, title=f"{name}の資料", url=f"https://example.org/{name}", publisher="なぎさ県", kind="news",
            standing="official", as_of="2026-01", rights="text",
        )  # fmt: skip
        text = f"<h1>{name}の資料</h1><h2>{name}計画とは何ですか</h2><p>{name}計画は、港を広げる計画です。</p>"
        originals.keep(self.settings.home, Original(source=source, name="a.html", data=text.encode(), lang="ja"))
        self.held |= {name}

    @rule(name=DOCUMENTS)
    def delete(self, name: str) -> None:
        originals.remove(self.settings.home, name)
        self.held -= {name}

    @rule()
    def build(self) -> None:
        self.candidates[build_release(self.settings)] = self.held

    @rule()
    def publish(self) -> None:
        newest = max(self.candidates)
        publish(self.settings, newest)
        self.served = newest

    @rule()
    def rollback(self) -> None:
        with suppress(ReleaseError):
            self.served = ReleaseStore(self.settings.home).rollback(check_release)

    @rule(name=DOCUMENTS)
    def purge(self, name: str) -> None:
        try:
            for each in purge_document(self.settings.home, f"{name}-original"):
                del self.candidates[each]
        except ReleaseError:
            assert name in self.candidates[self.served]

    @rule()
    def restart(self) -> None:
        self.bot.close()
        self.bot = Bot.open(self.settings)

    @rule(name=DOCUMENTS)
    def ask(self, name: str) -> None:
        answer = self.bot.ask(f"{name}計画とは何ですか", today=TODAY)
        assert answer.release == self.served
        told = any(f"{name}計画は" in s.text for s in answer.sentences)
        assert told == (name in self.candidates[self.served])


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_the_product_answers_from_what_is_published_in_any_order() -> None:
    run(ProductMachine, examples=8, steps=14)
