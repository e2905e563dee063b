"""Row 13: the disk fails at every single step, and two publish at once: one whole release is served, always.

The five acts and four manners of failing stand in tests/test_release_faults.py, kills by SIGKILL there and in
tests/test_kill.py; here is what is counted, and the race.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from test_release_faults import (
    MANNERS,
    assert_going_on,
    assert_serving,
    assert_whole,
    attempt,
    build,
    check,
    fail_at_every_step,
    publish,
    read_document,
)

from rag.releases import ReleaseStore
from rag.releases.log import read_entries


def fail_everywhere(home: Path, *, torn: bool, lasting: bool) -> tuple[int, int]:
    """Publish and roll back with a fault at step 1, 2, 3 …; (faults, acknowledged acts that were lost)."""
    faults = lost = 0

    def prepare(store: ReleaseStore) -> None:
        publish(store, "oldest")
        publish(store, "old", minute=1)

    for place, store in fail_at_every_step(home / "p", prepare, torn=torn, lasting=lasting):
        done = attempt(partial(publish, store, "new", minute=2))
        lost += done and assert_serving(place, {"old", "new"}) != "new"
        assert_whole(place)
        assert_going_on(place)
        faults += 1
    for place, store in fail_at_every_step(home / "r", prepare, torn=torn, lasting=lasting):
        done = attempt(partial(store.rollback, check))
        lost += done and assert_serving(place, {"old", "oldest"}) != "oldest"
        assert_whole(place)
        faults += 1
    return faults, lost


def race(home: Path, rounds: int) -> int:
    """Two publishers at one moment, so many times; how often what is served is not what the log's last line says."""
    store = ReleaseStore(home)
    publish(store, "first")
    wrong = 0
    for number in range(rounds):
        names = [build(store, f"{number}-{which}", minute=10 + 2 * number + which) for which in range(2)]
        start = threading.Barrier(2)

        def serve(release_id: str, start: threading.Barrier = start) -> None:
            own = ReleaseStore(home)
            start.wait()
            own.publish(release_id, reason=None, check=check)

        threads = [threading.Thread(target=serve, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        current = ReleaseStore(home).current()
        ReleaseStore(home).verify(current, check)
        last = [entry.id for entry in read_entries(home / "log.jsonl")][-2:]
        document = read_document(store.folder(current)).partition("-")[0]
        wrong += sorted(last) != sorted(names) or last[-1] != current or document != str(number)
    return wrong


def test_two_publishers_at_once_leave_one_whole_release(tmp_path: Path, record_row: Callable[..., None]) -> None:
    wrong = race(tmp_path / "home", 5)
    record_row(13, bar="二重の公開で混ざる 0", measured=str(wrong), scale="同時の公開 5回")
    assert wrong == 0


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_every_fault_of_every_manner_loses_nothing(tmp_path: Path, record_row: Callable[..., None]) -> None:
    assert len(MANNERS) == 4
    faults = lost = 0
    for torn, lasting in itertools.product((False, True), repeat=2):
        more, gone = fail_everywhere(tmp_path / f"{torn}{lasting}", torn=torn, lasting=lasting)
        faults, lost = faults + more, lost + gone
    wrong = race(tmp_path / "race", 100)
    record_row(
        13, bar="失った公開 0、二重の公開で混ざる 0", measured=f"{lost}、{wrong}",
        scale=f"公開・取り消しの全手順で故障 {faults}か所(4通り)、同時の公開 100回",
    )  # fmt: skip
    assert (lost, wrong) == (0, 0)
