"""SIGKILL at random moments during refresh, build and publish: the old or the new release is served, whole.

A child process runs the product on a corpus of its own and is killed; what it leaves behind is looked at from outside:
CURRENT names a whole release, every original and every kept page reads, and the next run ends well. Four kills in the
fast tests (a kill takes seconds), 200 in the long ones.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from changing_site import make_pages, page_of, path_of, source_of, unique, write_page, write_site_corpus
from local_site import LOCAL, Site, serving

from rag import originals
from rag.build import publish
from rag.fetch import Fetcher, Policy
from rag.refresh import RefreshReport, Snapshots, know, refresh
from rag.releases import ReleaseStore
from rag.settings import Settings

ROOT = Path(__file__).parent.parent
NUMBERS = (1, 3, 5, 2)
WORKER = """
import sys
sys.path[:0] = ["tests", "."]
from pathlib import Path
from test_kill import run
run(Path(sys.argv[1]), int(sys.argv[2]))
"""
pytestmark = pytest.mark.timeout(3600)


def look(home: Path, port: int) -> RefreshReport:
    """One refresh of a few pages."""

    def fetcher(hosts: frozenset[str]) -> Fetcher:
        policy = Policy(hosts=hosts, ports=frozenset({port}), networks=LOCAL, pause=0.0, seconds=10.0)
        return Fetcher(policy, resolve=lambda host, port: ("127.0.0.1",))

    return refresh(settings_of(home), only=[source_of(n) for n in NUMBERS], make_fetcher=fetcher)


def settings_of(home: Path) -> Settings:
    return Settings(home=home, corpus=home.parent / "corpus")


def run(home: Path, port: int) -> None:
    """What is killed: refresh with its build, publish, again and again."""
    print("ready", flush=True)
    while True:
        report = look(home, port)
        if report.candidate:
            publish(settings_of(home), report.candidate)
            print(report.candidate, flush=True)


def change(site: Site, turn: int) -> None:
    for number in NUMBERS:
        site.pages[path_of(number)] = page_of(write_page(number, people=100 + turn))


def assert_whole(home: Path, acknowledged: str | None) -> None:
    store = ReleaseStore(home)
    current = store.current()
    store.verify(current)
    if acknowledged is not None:
        assert current >= acknowledged
    for original in originals.read_all(home):
        text = originals.load_document(home, original).text
        assert unique(int(original.source.id[-2:])) in text
    snapshots = Snapshots(home)
    for state in snapshots.states():
        for kept in (state.good, state.baseline):
            assert kept is not None
            document = snapshots.document(state.source_id, kept)
            assert document is not None and unique(int(state.source_id[-2:])) in document.text


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Site]]:
    folder = tmp_path_factory.mktemp("kill")
    with serving(make_pages()) as site:
        corpus = write_site_corpus(folder / "corpus", site.url)
        keep_few(corpus)
        home = folder / "home"
        report = look(home, site.port)
        assert report.candidate, report.problem
        publish(settings_of(home), report.candidate)
        yield home, site


def keep_few(corpus: Path) -> None:
    """A tiny corpus: what is killed should be busy with everything in turn, not with one long build."""
    text = (corpus / "sources.toml").read_text("utf-8").split("[[source]]")
    wanted = [part for part in text if any(f'"{source_of(n)}"' in part for n in NUMBERS)]
    (corpus / "sources.toml").write_text("".join(f"[[source]]{part}" for part in wanted), "utf-8")
    for path in (corpus / "policies").glob("*.md"):
        if path.stem not in {source_of(n) for n in NUMBERS}:
            path.unlink()


def kill_at_random(home: Path, site: Site, kills: int, seed: int) -> None:
    draw = random.Random(seed)
    acknowledged: str | None = None
    for turn in range(kills):
        change(site, seed * 1000 + turn)
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(home), str(site.port)], cwd=ROOT, stdout=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip
        assert worker.stdout is not None and worker.stdout.readline() == "ready\n"
        time.sleep(draw.uniform(0.0, 6.0))
        os.killpg(worker.pid, signal.SIGKILL)
        said = worker.stdout.read().split()
        worker.wait()
        worker.stdout.close()
        acknowledged = said[-1] if said else acknowledged
        assert_whole(home, acknowledged)


def assert_next_run_is_clean(home: Path, site: Site, number: int) -> None:
    change(site, number)
    report = look(home, site.port)
    assert report.problem is None and report.candidate is not None
    publish(settings_of(home), report.candidate)
    assert_whole(home, report.candidate)
    left = [p.name for p in (home / "releases").iterdir() if p.name.startswith(".")]
    assert left == []
    assert {s.id for s in know(settings_of(home)).sources.values()} == {source_of(n) for n in NUMBERS}
    for path in (home / "snapshots").glob("*/state.json"):
        named = {
            k["content"].partition(".")[0] for k in (json.loads(path.read_text())[n] for n in ("good", "baseline"))
        }
        assert {p.name.partition(".")[0] for p in path.parent.iterdir()} == named | {"state"}


def test_four_kills_lose_nothing(place: tuple[Path, Site]) -> None:
    kill_at_random(*place, kills=4, seed=1)
    assert_next_run_is_clean(*place, number=999_999)


@pytest.mark.full
def test_two_hundred_kills_lose_nothing(place: tuple[Path, Site], record_row: Callable[..., None]) -> None:
    for seed in range(2, 12):
        kill_at_random(*place, kills=20, seed=seed)
        assert_next_run_is_clean(*place, number=900_000 + seed)
    scale = "取り込み・作成・公開の途中で SIGKILL 200回"
    record_row(13, bar="失った公開 0、混ざった版 0", measured="失った公開 0、混ざった版 0", scale=scale)
