"""Backup and restore: every byte comes back, a damaged or hostile file changes nothing, the old folder is kept."""

from __future__ import annotations

import json
import random
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from running import TODAY, as_bytes, copy_home, run_command

from rag.backup import INDEX, read_backup, restore_backup, write_backup
from rag.bot import Bot
from rag.releases import ReleaseStore
from rag.settings import Settings
from rag.types import ContentError, SettingError

QUESTION = "情報専門員は何歳まで受けられますか"


def tree(folder: Path) -> dict[str, bytes]:
    left_out = ("copies", ".lock")
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and not any(part in str(p.relative_to(folder)) for part in left_out)
    }


@pytest.fixture
def home(small_settings: Settings, tmp_path: Path) -> Path:
    home = copy_home(small_settings.home, tmp_path / "home")
    (home / "originals" / "x").mkdir(parents=True)
    (home / "originals" / "x" / "content.txt").write_text("原文です。", "utf-8")
    return home


def test_a_restored_folder_is_the_one_that_was_backed_up(home: Path, tmp_path: Path, small_settings: Settings) -> None:
    made = write_backup(home, tmp_path / "b.zip")
    before = {
        name: data for name, data in tree(home).items() if not name.startswith("cache/")
    }  # made again when needed
    done = restore_backup(tmp_path / "elsewhere" / "home", tmp_path / "b.zip")
    assert tree(tmp_path / "elsewhere" / "home") == before
    assert done.kept is None and made.files == len(before) and read_backup(tmp_path / "b.zip").release is not None
    answers = []
    for place in (home, tmp_path / "elsewhere" / "home"):
        bot = Bot.open(Settings(home=place, corpus=small_settings.corpus))
        answers.append(as_bytes(bot.ask(QUESTION, today=TODAY)))
        bot.close()
    assert answers[0] == answers[1]


def test_a_restore_keeps_what_was_there(home: Path, tmp_path: Path) -> None:
    write_backup(home, tmp_path / "b.zip")
    (home / "originals" / "x" / "content.txt").write_text("あとで直した原文です。", "utf-8")
    changed = tree(home)
    done = restore_backup(home, tmp_path / "b.zip")
    assert done.kept is not None and tree(done.kept) == changed
    assert (home / "originals" / "x" / "content.txt").read_text("utf-8") == "原文です。"
    assert [p.name for p in tmp_path.iterdir() if "restoring" in p.name] == []


def test_a_database_in_use_is_copied_as_of_one_moment(home: Path, tmp_path: Path) -> None:
    with sqlite3.connect(home / "state.sqlite") as database:
        database.execute("pragma journal_mode=wal")
        database.execute("create table t(n)")
        database.executemany("insert into t values (?)", [(n,) for n in range(999)])
        database.commit()
        write_backup(home, tmp_path / "b.zip")
    database.close()
    restore_backup(tmp_path / "new", tmp_path / "b.zip")
    found = sqlite3.connect(tmp_path / "new" / "state.sqlite")
    assert found.execute("select count(*) from t").fetchone() == (999,)
    found.close()


def test_no_file_is_overwritten(home: Path, tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_bytes(b"dear")
    with pytest.raises(SettingError, match="もうあります"):
        write_backup(home, tmp_path / "b.zip")
    assert (tmp_path / "b.zip").read_bytes() == b"dear"
    with pytest.raises(SettingError, match="データのフォルダの中"):
        write_backup(home, home / "b.zip")
    with pytest.raises(ContentError, match="空"):
        write_backup(tmp_path / "nothing", tmp_path / "c.zip")


def test_one_damaged_byte_anywhere_is_found_and_changes_nothing(home: Path, tmp_path: Path) -> None:
    write_backup(home, tmp_path / "b.zip")
    whole, before, draw = (tmp_path / "b.zip").read_bytes(), tree(home), random.Random(8)
    refused = 0
    for number in range(30):
        at, damaged = draw.randrange(len(whole)), bytearray(whole)
        damaged[at] ^= 1 << draw.randrange(8)
        (tmp_path / f"d{number}.zip").write_bytes(damaged)
        try:
            restored = restore_backup(tmp_path / f"r{number}", tmp_path / f"d{number}.zip")
        except ContentError as error:
            refused += 1
            assert "\n" not in str(error) and not (tmp_path / f"r{number}").exists()
        else:  # a bit of a file's date or of an unused field of the zip: the content is proven all the same
            assert restored.kept is None and tree(tmp_path / f"r{number}") == before
    assert refused >= 20


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_file_cut_off_is_refused(home: Path, tmp_path: Path, share: float) -> None:
    write_backup(home, tmp_path / "b.zip")
    whole = (tmp_path / "b.zip").read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ContentError, match="壊れて"):
        restore_backup(tmp_path / "new", tmp_path / "cut.zip")
    assert not (tmp_path / "new").exists()


def hostile(path: Path, names: dict[str, bytes], change: Callable[[zipfile.ZipInfo], None] = lambda info: None) -> Path:
    """A well-formed backup by its index, with these members."""
    import hashlib

    files = {n: [len(d), hashlib.sha256(d).hexdigest()] for n, d in names.items()}
    body = {"format": 1, "created": "2026-11-23T00:00:00+00:00", "release": None, "files": files}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in names.items():
            info = zipfile.ZipInfo(name)
            change(info)
            archive.writestr(info, data)
        archive.writestr(INDEX, json.dumps(body))
    return path


@pytest.mark.parametrize(
    "name", ["../evil", "a/../../evil", "/evil", "a\\..\\evil", "C:/evil", "a/./b", "a//b", "..", "a/\x01b", "a/"]
)
def test_a_name_that_leads_outside_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(ContentError):
        restore_backup(tmp_path / "in" / "new", hostile(tmp_path / "b.zip", {name: b"x"}))
    assert list((tmp_path / "in").iterdir()) == [] and not (tmp_path / "evil").exists()


def test_a_link_is_refused(tmp_path: Path) -> None:
    def link(info: zipfile.ZipInfo) -> None:
        info.external_attr = 0o120777 << 16

    with pytest.raises(ContentError, match="外を指す"):
        restore_backup(tmp_path / "new", hostile(tmp_path / "b.zip", {"a": b"/etc/passwd"}, link))


def test_more_or_fewer_files_than_the_index_says_are_refused(tmp_path: Path) -> None:
    path = hostile(tmp_path / "b.zip", {"a": b"x"})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("b", b"y")
    with pytest.raises(ContentError, match="壊れて"):
        restore_backup(tmp_path / "new", path)


def test_a_backup_whose_served_release_is_not_whole_is_refused(home: Path, tmp_path: Path) -> None:
    folder = ReleaseStore(home).folder(ReleaseStore(home).current())
    (folder / "passages.jsonl").write_text("", "utf-8")
    write_backup(home, tmp_path / "b.zip")
    assert run_command(tmp_path / "new", "restore", str(tmp_path / "b.zip")).code == 1
    assert not (tmp_path / "new").exists()


def test_the_commands_say_what_they_did(home: Path, tmp_path: Path) -> None:
    done = run_command(home, "backup", str(tmp_path / "b.zip"))
    assert done.code == 0 and "写しました" in done.out
    again = run_command(home, "backup", str(tmp_path / "b.zip"))
    assert again.code == 2 and len(again.err.strip().splitlines()) == 1
    back = run_command(home, "restore", str(tmp_path / "b.zip"))
    assert back.code == 0 and "前のフォルダ" in back.out
    assert run_command(home, "release", "list").code == 0
    nothing = run_command(home, "restore", str(tmp_path / "none.zip"))
    assert nothing.code == 1 and len(nothing.err.strip().splitlines()) == 1
