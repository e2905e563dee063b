"""The release store by what it promises: whole releases, one served, nothing lost, withdrawn bytes gone."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from rag.releases import ReleaseStore
from rag.releases.log import Action, Entry, trace_served
from rag.types import ReleaseError, StorageError

NOON = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
HASH = "1a2b3c4d" * 8
ROOT = Path(__file__).parent.parent
FILES = ("chroma/chroma.sqlite3", "documents.jsonl", "glossary.toml")


def fill_with(*documents: str, **details: Any) -> Callable[[Path], Mapping[str, Any]]:
    def fill(folder: Path) -> Mapping[str, Any]:
        (folder / "chroma").mkdir()
        with closing(sqlite3.connect(folder / "chroma" / "chroma.sqlite3")) as table:
            table.execute("create table text (id)")
            table.executemany("insert into text values (?)", [(document,) for document in documents])
            table.commit()
        lines = "".join(json.dumps({"id": document}) + "\n" for document in documents)
        (folder / "documents.jsonl").write_text(lines, "utf-8")
        (folder / "glossary.toml").write_text('pair = ["中途採用", "キャリア活用採用選考"]\n', "utf-8")
        return {"counts": {"documents": len(documents)}, **details}

    return fill


def read_documents(folder: Path) -> list[str]:
    return [json.loads(line)["id"] for line in (folder / "documents.jsonl").read_text("utf-8").splitlines()]


def holds(folder: Path, document_id: str) -> bool:
    return document_id in read_documents(folder)


def pass_check(copy: Path) -> None:
    assert (copy / "manifest.json").is_file()


def build(store: ReleaseStore, *documents: str, minute: int = 0) -> str:
    created = NOON + timedelta(minutes=minute)
    return store.build(fill_with(*documents), inputs_hash=HASH, created=created)


def publish(store: ReleaseStore, *documents: str, minute: int = 0) -> str:
    release_id = build(store, *documents, minute=minute)
    store.publish(release_id, reason=None, check=pass_check)
    return release_id


def list_names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "資料 home"


@pytest.fixture
def store(home: Path) -> ReleaseStore:
    return ReleaseStore(home, clock=lambda: NOON, lock_seconds=2)


# building


def test_build_names_release_by_utc_time_and_inputs(store: ReleaseStore) -> None:
    japan = datetime(2026, 11, 23, 18, 0, 5, 999, tzinfo=timezone(timedelta(hours=9)))
    assert store.build(fill_with("a"), inputs_hash=HASH, created=japan) == "20261123T090005Z-1a2b3c4d"


def test_manifest_says_what_the_release_holds(store: ReleaseStore) -> None:
    fill = fill_with("a", "b", tokenizer="sudachipy 0.6.11", weights=(0.5, 1), pages={9: 1, 10: 2})
    release_id = store.build(fill, inputs_hash=HASH, created=NOON)
    manifest = store.manifest(release_id)
    assert (manifest.id, manifest.created, manifest.inputs_hash) == (release_id, NOON, HASH)
    assert tuple(sorted(manifest.files)) == FILES
    assert manifest.size == sum((store.folder(release_id) / name).stat().st_size for name in FILES)
    assert manifest.counts == {"documents": 2}
    assert manifest.details["weights"] == [0.5, 1]
    assert manifest.details["pages"] == {"9": 1, "10": 2}
    assert json.loads((store.folder(release_id) / "manifest.json").read_bytes())["tokenizer"] == "sudachipy 0.6.11"


def test_same_inputs_in_the_same_second_take_the_next_second(store: ReleaseStore) -> None:
    ids = [build(store, "a") for _ in range(3)]
    assert [id_[:16] for id_ in ids] == ["20261123T120000Z", "20261123T120001Z", "20261123T120002Z"]
    assert store.manifest(ids[2]).created == NOON + timedelta(seconds=2)


def test_the_id_of_a_pruned_release_is_never_given_again(store: ReleaseStore) -> None:
    ids = [publish(store, str(number)) for number in range(9)]
    assert len(set(ids)) == 9
    assert ids == sorted(ids)


def test_build_publishes_nothing(store: ReleaseStore) -> None:
    build(store, "a")
    with pytest.raises(ReleaseError, match="まだ公開された資料がありません"):
        store.current()


def test_failed_fill_leaves_no_trace(store: ReleaseStore, home: Path) -> None:
    served = publish(store, "a")

    def fill(folder: Path) -> Mapping[str, Any]:
        (folder / "half.txt").write_text("half")
        raise ReleaseError("自己検査に落ちました")

    with pytest.raises(ReleaseError, match="自己検査"):
        store.build(fill, inputs_hash=HASH, created=NOON)
    assert list_names(home / "releases") == [served]
    assert store.current() == served


def test_leftovers_of_a_killed_build_are_swept_but_a_running_build_is_not(store: ReleaseStore, home: Path) -> None:
    left = home / "releases" / ".building-dead0000"
    left.mkdir(parents=True)
    (left / "half.txt").write_text("half")
    (home / "releases" / ".building-dead0000.lock").touch()
    (home / "releases" / ".building-dead0001.lock").touch()
    inner: list[str] = []

    def fill(folder: Path) -> Mapping[str, Any]:
        inner.append(build(ReleaseStore(home), "inner"))  # another builder sweeps while this one is at work
        assert folder.is_dir()
        return fill_with("outer")(folder)

    outer = store.build(fill, inputs_hash=HASH, created=NOON)
    assert list_names(home / "releases") == sorted([*inner, outer])
    store.verify(outer)
    store.verify(inner[0])


def test_sweep_at_start_removes_what_a_killed_process_left(store: ReleaseStore, home: Path) -> None:
    for left in ("releases/.building-1", "releases/.removing-1", "copies/20261123T120000Z-1a2b3c4d-00000000-1-2"):
        (home / left).mkdir(parents=True)
    store.sweep()
    assert list_names(home / "releases") == list_names(home / "copies") == []


def test_build_refuses_when_the_disk_is_nearly_full(home: Path) -> None:
    served = publish(ReleaseStore(home), "a")
    store = ReleaseStore(home, spare_bytes=1 << 60)
    with pytest.raises(StorageError, match=r"空き容量が足りない.*必要"):
        build(store, "b", minute=1)
    assert store.current() == served
    assert list_names(home / "releases") == [served]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_build_on_a_full_disk_is_one_sentence_and_changes_nothing(store: ReleaseStore, home: Path) -> None:
    served = publish(store, "a")

    def fill(folder: Path) -> Mapping[str, Any]:
        Path("/dev/full").write_bytes(b"x" * 100_000)
        return {}

    with pytest.raises(StorageError, match="空き容量が足りません"):
        store.build(fill, inputs_hash=HASH, created=NOON)
    assert list_names(home / "releases") == [served]
    store.verify(store.current())


def test_a_providers_network_failure_is_not_called_a_disk_failure(store: ReleaseStore) -> None:
    def fill(folder: Path) -> Mapping[str, Any]:
        raise ConnectionRefusedError("provider")

    with pytest.raises(ConnectionRefusedError):
        store.build(fill, inputs_hash=HASH, created=NOON)


def test_a_file_in_place_of_home_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("I am a file")
    store = ReleaseStore(tmp_path / "home")
    for act in (
        lambda: build(store, "a"),
        lambda: store.publish("20261123T120000Z-1a2b3c4d", reason=None, check=None),
        lambda: store.purge("a", holds),
        store.current,
    ):
        with pytest.raises(StorageError, match="home"):
            act()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a file system that nobody can write")
def test_an_unwritable_home_is_one_sentence() -> None:
    with pytest.raises(StorageError, match="/proc"):
        build(ReleaseStore(Path("/proc/ictnavi")), "a")


@pytest.mark.parametrize(("inputs_hash", "created"), [("xyz", NOON), ("1a2b", NOON), (HASH, NOON.replace(tzinfo=None))])
def test_build_refuses_a_name_it_could_not_form(store: ReleaseStore, inputs_hash: str, created: datetime) -> None:
    with pytest.raises(ValueError, match="inputs_hash"):
        store.build(fill_with("a"), inputs_hash=inputs_hash, created=created)


def test_details_cannot_hide_the_manifests_own_keys(store: ReleaseStore, home: Path) -> None:
    with pytest.raises(ValueError, match="files"):
        store.build(fill_with("a", files={}), inputs_hash=HASH, created=NOON)
    assert list_names(home / "releases") == []


# listing


def test_releases_are_listed_newest_first_with_their_state(store: ReleaseStore) -> None:
    first = publish(store, "a")
    second = publish(store, "a", "b", minute=1)
    third = build(store, "a", "b", "c", minute=2)
    infos = store.releases()
    assert [info.id for info in infos] == [third, second, first]
    assert [info.current for info in infos] == [False, True, False]
    assert [info.published for info in infos] == [False, True, True]
    assert [info.counts["documents"] for info in infos] == [3, 2, 1]
    assert all(info.size > 0 and info.inputs_hash == HASH and info.problem is None for info in infos)


def test_newest_candidate_was_never_published_and_is_newer_than_the_served(store: ReleaseStore) -> None:
    assert store.newest_candidate() is None
    older = build(store, "old")
    assert (found := store.newest_candidate()) is not None
    assert found.id == older
    publish(store, "a", minute=1)
    assert store.newest_candidate() is None
    build(store, "b", minute=2)
    newest = build(store, "c", minute=3)
    assert (found := store.newest_candidate()) is not None
    assert found.id == newest
    store.publish(newest, reason=None, check=None)
    store.rollback(None)
    assert (found := store.newest_candidate()) is not None
    assert found.id != newest


def test_a_damaged_release_stays_listed_with_its_problem(store: ReleaseStore) -> None:
    release_id = build(store, "a")
    (store.folder(release_id) / "manifest.json").write_bytes(b"{")
    (info,) = store.releases()
    assert (info.id, info.created, info.size) == (release_id, NOON, 0)
    assert info.problem is not None
    assert "manifest.json" in info.problem


# verifying


def test_every_file_is_proven_before_the_check_sees_a_private_copy(store: ReleaseStore, home: Path) -> None:
    release_id = build(store, "a")
    seen: list[Path] = []

    def check(copy: Path) -> None:
        assert read_documents(copy) == ["a"]
        with closing(sqlite3.connect(copy / "chroma" / "chroma.sqlite3")) as table:
            table.execute("insert into text values ('written while reading')")
            table.commit()
        seen.append(copy)

    store.verify(release_id, check)
    store.verify(release_id)  # what the check wrote went to its copy
    assert seen[0].parent == home / "copies"
    assert list_names(home / "copies") == []


@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
def test_a_truncated_or_missing_file_is_named(store: ReleaseStore, name: str) -> None:
    release_id = build(store, "a")
    path = store.folder(release_id) / name
    os.truncate(path, path.stat().st_size - 1)
    with pytest.raises(ReleaseError, match=name):
        store.verify(release_id)
    path.unlink()
    with pytest.raises(ReleaseError, match=name):
        store.verify(release_id)


@pytest.mark.parametrize("name", ["documents.jsonl", "manifest.json"])
def test_every_single_flipped_bit_is_found(store: ReleaseStore, name: str) -> None:
    release_id = store.build(
        lambda folder: {"made": (folder / "documents.jsonl").write_text('{"id": "a"}\n')},
        inputs_hash=HASH,
        created=NOON,
    )
    path = store.folder(release_id) / name
    whole = path.read_bytes()
    for bit in range(8 * len(whole)):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        with pytest.raises(ReleaseError, match=name):
            store.verify(release_id)
    path.write_bytes(whole)
    store.verify(release_id)


def test_an_extra_file_or_a_link_is_named(store: ReleaseStore) -> None:
    release_id = build(store, "a")
    extra = store.folder(release_id) / "chroma" / "extra.bin"
    extra.write_bytes(b"")
    with pytest.raises(ReleaseError, match=r"chroma/extra\.bin"):
        store.verify(release_id)
    extra.unlink()
    extra.symlink_to(store.folder(release_id) / "documents.jsonl")
    with pytest.raises(ReleaseError, match=r"extra\.bin"):
        store.verify(release_id)


def test_a_release_of_a_future_format_is_refused(store: ReleaseStore) -> None:
    release_id = build(store, "a")
    path = store.folder(release_id) / "manifest.json"
    path.write_text(path.read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(ReleaseError, match="形式 2 は読めません"):
        store.verify(release_id)


@pytest.mark.parametrize("text", ["[]", "1", "{}", '{"format": 1}', '{"format": 1, "files": []}'])
def test_json_that_is_no_manifest_is_refused(store: ReleaseStore, text: str) -> None:
    release_id = build(store, "a")
    (store.folder(release_id) / "manifest.json").write_text(text)
    with pytest.raises(ReleaseError, match=r"manifest\.json"):
        store.verify(release_id)


def test_a_release_under_another_name_is_refused(store: ReleaseStore, home: Path) -> None:
    old = store.folder(build(store, "a"))
    old.rename(home / "releases" / "20990101T000000Z-1a2b3c4d")
    with pytest.raises(ReleaseError, match=old.name):
        store.verify("20990101T000000Z-1a2b3c4d")


@pytest.mark.parametrize("release_id", ["", "..", "../copies", "20261123T120000Z-1a2b3c4d", "latest", "a\x00b"])
def test_an_unknown_id_is_refused_whatever_it_is(store: ReleaseStore, release_id: str) -> None:
    publish(store, "a", minute=9)
    for act in (store.verify, store.open_copy, store.manifest, store.folder):
        with pytest.raises(ReleaseError, match="ありません"):
            act(release_id)


# publishing


def test_publish_serves_and_logs_who_why_and_when(store: ReleaseStore, home: Path) -> None:
    release_id = build(store, "a")
    store.publish(release_id, reason="令和8年度の募集要項", check=pass_check)
    assert store.current() == release_id
    assert (home / "CURRENT").read_text() == release_id + "\n"
    assert json.loads((home / "log.jsonl").read_text()) == {
        "time": NOON.isoformat(),
        "action": "publish",
        "id": release_id,
        "reason": "令和8年度の募集要項",
        "releases": [],
    }


def test_a_damaged_release_is_never_served(store: ReleaseStore) -> None:
    served = publish(store, "a")
    candidate = build(store, "b", minute=1)
    (store.folder(candidate) / "documents.jsonl").write_text('{"id": "c"}\n')
    with pytest.raises(ReleaseError, match=r"documents\.jsonl"):
        store.publish(candidate, reason=None, check=pass_check)
    assert store.current() == served


def test_a_release_that_fails_its_check_is_never_served(store: ReleaseStore, home: Path) -> None:
    served = publish(store, "a")
    candidate = build(store, "b", minute=1)
    store.mark_checked(candidate)

    def check(copy: Path) -> None:
        raise ReleaseError("ベクトルが自分自身を見つけられません")

    with pytest.raises(ReleaseError, match="自分自身"):
        store.publish(candidate, reason=None, check=check)
    assert store.current() == served
    assert not store.checked(candidate)
    assert list_names(home / "copies") == []


def test_readers_notice_a_new_release_and_only_that(store: ReleaseStore, home: Path) -> None:
    first = publish(store, "a")
    reader = ReleaseStore(home)
    assert not reader.changed(first)
    second = publish(store, "b", minute=1)
    assert reader.changed(first)
    assert not reader.changed(second)


@pytest.mark.parametrize(
    "content", ["", "x", "../../etc", "20261123T120000Z-1a2b3c4d junk", "20990101T000000Z-00000000\n"]
)
def test_a_damaged_pointer_is_named_and_mended_by_publishing(store: ReleaseStore, home: Path, content: str) -> None:
    release_id = publish(store, "a")
    (home / "CURRENT").write_text(content)
    with pytest.raises(ReleaseError, match=r"CURRENT.*公開し直して"):
        store.current()
    assert not store.changed(release_id)
    store.publish(release_id, reason=None, check=None)
    assert store.current() == release_id


def test_five_earlier_releases_are_kept_beside_the_served(store: ReleaseStore) -> None:
    ids = [publish(store, str(number), minute=number) for number in range(8)]
    assert [info.id for info in store.releases()] == ids[:1:-1]
    assert store.current() == ids[-1]


def test_prune_never_removes_the_served_release_nor_a_new_candidate(store: ReleaseStore, home: Path) -> None:
    ids = [publish(store, str(number), minute=number) for number in range(4)]
    store.rollback(None)
    candidate = build(store, "next", minute=9)
    assert sorted(store.prune(keep=1)) == ids[:2]
    assert [info.id for info in store.releases()] == [candidate, ids[3], ids[2]]
    assert store.current() == ids[2]
    assert not (home / "checked" / ids[0]).exists()


def test_candidates_nobody_published_do_not_pile_up(store: ReleaseStore) -> None:
    ids = [build(store, "x", minute=number) for number in range(7)]
    served = publish(store, "a", minute=9)
    assert [info.id for info in store.releases()] == [served, *ids[:1:-1]]


# rolling back


def test_rollback_restores_the_previous_files_byte_for_byte(store: ReleaseStore) -> None:
    first = publish(store, "a")
    before = {name: (store.folder(first) / name).read_bytes() for name in FILES}
    publish(store, "b", minute=1)
    assert store.rollback(pass_check, reason="誤りが見つかった") == first
    copy = store.open_copy(store.current())
    assert {name: (copy / name).read_bytes() for name in FILES} == before


def test_repeated_rollbacks_walk_back_in_time(store: ReleaseStore) -> None:
    first, second, third = (publish(store, str(number), minute=number) for number in range(3))
    assert [store.rollback(None), store.rollback(None)] == [second, first]
    with pytest.raises(ReleaseError, match="取り消せません"):
        store.rollback(None)
    assert store.current() == first
    store.publish(third, reason=None, check=None)
    assert store.rollback(None) == first


def test_rollback_to_a_damaged_release_is_refused(store: ReleaseStore) -> None:
    first = publish(store, "a")
    second = publish(store, "b", minute=1)
    (store.folder(first) / "glossary.toml").unlink()
    with pytest.raises(ReleaseError, match=r"glossary\.toml"):
        store.rollback(pass_check)
    assert store.current() == second


def entry(action: Action, release_id: str) -> Entry:
    return Entry(time=NOON, action=action, id=release_id)


@pytest.mark.parametrize(
    ("acts", "current", "served"),
    [
        ("", None, ""),
        ("", "A", "A"),
        ("+A +B", "B", "AB"),
        ("+A +B +C -B", "B", "AB"),
        ("+A +B +C -B -A", "A", "A"),
        ("+A +B +C +A", "A", "ABCA"),
        ("+A +A", "A", "A"),
        ("+A", "B", "AB"),  # killed before the log learned of B
        ("+A +B", "A", "A"),  # killed before the log learned of the rollback
        ("-B +C", "C", "BC"),  # a log that begins late
    ],
)
def test_what_was_served_before_what(acts: str, current: str | None, served: str) -> None:
    entries = [entry("publish" if act[0] == "+" else "rollback", act[1]) for act in acts.split()]
    assert "".join(trace_served(entries, current)) == served


def test_rollback_skips_purged_releases_and_purges_are_no_publications(store: ReleaseStore) -> None:
    first = publish(store, "a")
    publish(store, "a", "withdrawn", minute=1)
    publish(store, "a", minute=2)
    store.purge("withdrawn", holds)
    assert store.rollback(None) == first


def test_a_torn_last_log_line_is_as_if_never_written(store: ReleaseStore, home: Path) -> None:
    first = publish(store, "a")
    second = publish(store, "b", minute=1)
    log = home / "log.jsonl"
    os.truncate(log, log.stat().st_size - 5)
    assert [info.published for info in store.releases()] == [True, True]
    assert store.rollback(None) == first
    acts = [(json.loads(line)["action"], json.loads(line)["id"]) for line in log.read_text().splitlines()]
    assert acts == [("publish", first), ("publish", second), ("rollback", first)]


def test_a_damaged_log_line_is_named_and_answers_go_on(store: ReleaseStore, home: Path) -> None:
    release_id = publish(store, "a")
    publish(store, "b", minute=1)
    log = home / "log.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"publish"', b'"pub', 1))
    with pytest.raises(ReleaseError, match=r"log\.jsonl:1: "):
        store.publish(release_id, reason=None, check=None)
    assert store.current() != release_id
    store.open_copy(store.current())


# private copies


def test_a_copy_is_private_and_whole(store: ReleaseStore, home: Path) -> None:
    release_id = build(store, "a")
    one, two = store.open_copy(release_id), ReleaseStore(home).open_copy(release_id)
    assert one != two
    assert {one.parent, two.parent} == {home / "copies"}
    (one / "documents.jsonl").write_text("")
    (one / "chroma" / "chroma.sqlite3").unlink()
    assert read_documents(two) == ["a"]
    store.verify(release_id)


def test_a_damaged_release_gives_no_copy(store: ReleaseStore, home: Path) -> None:
    release_id = build(store, "a")
    with (store.folder(release_id) / "chroma" / "chroma.sqlite3").open("r+b") as file:
        file.seek(100)
        file.write(b"\xff")
    with pytest.raises(ReleaseError, match=r"chroma\.sqlite3"):
        store.open_copy(release_id)
    assert list_names(home / "copies") == []


def test_a_closed_copy_is_gone_whichever_thread_closes_it(store: ReleaseStore, home: Path) -> None:
    copy = store.open_copy(build(store, "a"))
    thread = threading.Thread(target=store.close_copy, args=(copy,))
    thread.start()
    thread.join()
    assert list_names(home / "copies") == []
    store.close_copy(copy)


COPIER = """
import sys
from pathlib import Path
from rag.releases import ReleaseStore
store = ReleaseStore(Path(sys.argv[1]))
print(store.open_copy(sys.argv[2]), flush=True)
sys.stdin.read()
"""


def test_copies_of_a_killed_process_are_swept_and_those_of_a_live_one_stay(store: ReleaseStore, home: Path) -> None:
    release_id = build(store, "a")
    command = [sys.executable, "-c", COPIER, str(home), release_id]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        copy = Path(reader.stdout.readline().rstrip("\n"))
        mine = store.open_copy(release_id)
        assert read_documents(copy) == ["a"]
        reader.kill()
    again = store.open_copy(release_id)
    assert not copy.exists()
    assert sorted(p.name for p in (home / "copies").iterdir() if p.is_dir()) == sorted([mine.name, again.name])


def test_the_mark_of_a_passed_check_holds_for_exactly_that_release(store: ReleaseStore, home: Path) -> None:
    release_id = build(store, "a")
    assert not store.checked(release_id)
    store.verify(release_id, pass_check)
    assert ReleaseStore(home).checked(release_id)
    (home / "checked" / release_id).write_text("0" * 64)
    assert not store.checked(release_id)
    store.mark_checked(release_id)
    assert store.checked(release_id)


# purging


def test_purge_removes_the_documents_bytes_everywhere(store: ReleaseStore, home: Path) -> None:
    document = "withdrawn-4711"
    first = publish(store, "a", document)
    second = publish(store, document, minute=1)
    served = publish(store, "a", minute=2)
    candidate = build(store, "a", document, minute=3)
    store.open_copy(first)
    ReleaseStore(home).open_copy(second)
    kept = store.open_copy(served)
    (home / "releases" / ".building-1").mkdir()
    (home / "releases" / ".building-1" / "documents.jsonl").write_text(document)
    assert store.purge(document, holds) == (candidate, second, first)
    found = [p for p in home.rglob("*") if p.is_file() and document.encode() in p.read_bytes()]
    assert found == [home / "log.jsonl"]
    assert [info.id for info in store.releases()] == [served]
    assert read_documents(kept) == ["a"]
    last = json.loads((home / "log.jsonl").read_text().splitlines()[-1])
    assert (last["action"], last["id"], last["releases"]) == ("purge", document, [candidate, second, first])


def test_purge_refuses_while_the_document_is_served(store: ReleaseStore) -> None:
    first = publish(store, "withdrawn")
    second = publish(store, "withdrawn", "a", minute=1)
    with pytest.raises(ReleaseError, match="公開中の資料に withdrawn が入っています"):
        store.purge("withdrawn", holds)
    assert [info.id for info in store.releases()] == [second, first]


def test_purge_goes_on_where_a_killed_purge_stopped(store: ReleaseStore, home: Path) -> None:
    first = publish(store, "withdrawn")
    publish(store, "a", minute=1)
    copy = store.open_copy(first)
    store.folder(first).rename(home / "releases" / ".removing-1")  # where a kill can stop it
    assert store.purge("withdrawn", holds) == ()
    assert not copy.exists()
    assert not (home / "releases" / ".removing-1").exists()


# writers beside each other


def test_a_held_lock_is_a_clear_sentence(home: Path) -> None:
    store = ReleaseStore(home)
    release_id = build(store, "a")
    held, free = threading.Event(), threading.Event()

    def hold() -> None:
        with store.lock():
            held.set()
            free.wait(5)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(5)
    try:
        with pytest.raises(StorageError, match=r"ほかの処理が.*\.lock.*0\.2秒"):
            ReleaseStore(home, lock_seconds=0.2).publish(release_id, reason=None, check=None)
        assert store.releases()[0].id == release_id  # readers wait for nobody
        store.open_copy(release_id)
    finally:
        free.set()
        thread.join()
    store.publish(release_id, reason=None, check=None)
    assert store.current() == release_id
