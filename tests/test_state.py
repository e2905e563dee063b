"""What is kept of questions: masked, for thirty days, beside the answers and never in their way."""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from scripted_bot import ScriptedBot

from rag.types import Answer, StorageError
from ui.budget import Budget
from ui.keeping import Keeper, describe_question, find_topics
from ui.state import FILE, BrokenState, StateStore

NOON = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)  # midday in Japan
TODAY = date(2026, 11, 23)
BOT = ScriptedBot()


class Clock:
    """A clock that a test sets."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def answer(question: str) -> Answer:
    return replace(BOT.ask(question, today=TODAY), elapsed_ms=12.34)


def keep(home: Path, *questions: str, clock: Clock | None = None, keep_days: int = 30) -> None:
    keeper = Keeper(home, keep_days=keep_days, now=clock or Clock()).start()
    for question in questions:
        keeper.keep_question(answer(question))
    keeper.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StateStore]:
    opened = StateStore.open(tmp_path)
    yield opened
    opened.close()


def read_all_bytes(home: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file())


def test_a_question_is_kept_with_how_it_was_answered(tmp_path: Path, store: StateStore) -> None:
    keep(tmp_path, "何歳まで受けられますか")
    (kept,) = store.list_questions()
    assert (kept.question, kept.outcome, kept.language, kept.mode) == (
        "何歳まで受けられますか",
        "answered",
        "ja",
        "extractive",
    )
    assert (kept.at, kept.day, kept.elapsed_ms, kept.release) == (NOON, TODAY, 12.3, BOT.release)
    assert kept.topics == ("column", "guide", "blog")
    assert kept.passages == ("column#age", "guide#grade", "blog#years")


def test_the_day_is_japans(tmp_path: Path, store: StateStore) -> None:
    keep(tmp_path, "何歳まで", clock=Clock(datetime(2026, 11, 23, 15, 30, tzinfo=UTC)))
    assert store.list_questions()[0].day == date(2026, 11, 24)


def test_an_abstention_is_kept_with_its_reason_and_the_nearest_document() -> None:
    record = describe_question(answer("残業は平均何時間ですか"), NOON)
    assert (record.outcome, record.topics, record.passages) == ("no_evidence", ("column",), ())


def test_routes_of_cited_passages_are_topics() -> None:
    given = answer("何歳まで")
    cited = given.sentences[0].citations[0]
    routed = replace(cited, passage=replace(cited.passage, route="career"))
    given = replace(given, sentences=(replace(given.sentences[0], citations=(routed,)),))
    assert find_topics(given) == ("column", "route:career")


def test_personal_data_is_masked_before_it_is_written(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path, keep_days=30, now=Clock()).start()
    for number in range(50):
        text = f"何歳まで？ 090-1234-{number:04d} taro{number}@example.jp 〒160-{number:04d}"
        keeper.keep_question(answer(text))
        keeper.keep_feedback(verdict="outdated", question=text, answer=answer(text), language="ja")
    keeper.close()
    written = read_all_bytes(tmp_path)
    assert "〔電話番号〕".encode() in written
    assert [n for n in range(50) if f"1234-{n:04d}".encode() in written or f"taro{n}@".encode() in written] == []
    assert b"160-00" not in written


def test_half_a_character_is_kept_as_a_question_mark(tmp_path: Path, store: StateStore) -> None:
    keep(tmp_path, "何歳まで\ud83d")
    assert store.list_questions()[0].question == "何歳まで?"


def test_feedback_is_kept_and_an_unknown_verdict_is_not(tmp_path: Path, store: StateStore) -> None:
    keeper = Keeper(tmp_path, keep_days=30, now=Clock()).start()
    for verdict in ("wrong_source", "'; drop table feedback; --"):
        keeper.keep_feedback(verdict=verdict, question="何歳まで", answer=answer("何歳まで"), language="ja")
    keeper.close()
    (kept,) = store.list_feedback()
    assert (kept.verdict, kept.question, kept.outcome) == ("wrong_source", "何歳まで", "answered")
    assert kept.passages[0] == "column#age"
    assert store.list_feedback(verdict="helpful") == ()


def test_lists_are_newest_first_and_can_be_narrowed(tmp_path: Path, store: StateStore) -> None:
    clock = Clock(NOON - timedelta(days=2))
    keep(tmp_path, "何歳まで", "残業は", clock=clock)
    keep(tmp_path, "ローテーション")
    assert [q.question for q in store.list_questions()] == ["ローテーション", "残業は", "何歳まで"]
    assert [q.question for q in store.list_questions(since=TODAY)] == ["ローテーション"]
    assert [q.question for q in store.list_questions(outcome="no_evidence")] == ["残業は"]
    assert len(store.list_questions(limit=2)) == 2
    assert [(c.outcome, c.count) for c in store.count_by_outcome()] == [("answered", 2), ("no_evidence", 1)]
    assert [(c.outcome, c.count) for c in store.count_by_outcome(since=TODAY)] == [("answered", 1)]


def test_most_asked_takes_width_case_and_punctuation_for_the_same(tmp_path: Path, store: StateStore) -> None:
    keep(tmp_path, "ICT職は何歳まで？", "残業は", "ＩＣＴ職は何歳まで", "ict職は、何歳まで。")
    first, second = store.most_asked(5)
    assert (first.question, first.count, first.answered) == ("ict職は、何歳まで。", 3, 3)
    assert (second.question, second.count, second.answered, second.last_day) == ("残業は", 1, 0, TODAY)
    assert store.most_asked(1) == (first,)


def test_after_thirty_days_neither_rows_nor_bytes_remain(tmp_path: Path) -> None:
    clock = Clock()
    old = [f"古い質問{number}は何歳まで" for number in range(20)]
    keep(tmp_path, *old, clock=clock)
    assert all(question.encode() in read_all_bytes(tmp_path) for question in old)
    clock.now += timedelta(days=30)
    keep(tmp_path, "新しい質問", clock=clock)
    assert old[0].encode() in read_all_bytes(tmp_path)  # the thirtieth day is still kept
    clock.now += timedelta(days=1)
    keep(tmp_path, clock=clock)
    written = read_all_bytes(tmp_path)
    assert [question for question in old if question.encode() in written] == []
    assert "新しい質問".encode() in written


def test_a_running_service_deletes_what_became_old(tmp_path: Path) -> None:
    clock = Clock()
    keeper = Keeper(tmp_path, keep_days=1, now=clock).start()
    keeper.keep_question(answer("古い質問は何歳まで"))
    keeper.wait()
    assert "古い質問".encode() in read_all_bytes(tmp_path)
    clock.now += timedelta(days=2)
    keeper.keep_question(answer("新しい質問は何歳まで"))
    keeper.close()
    assert "古い質問".encode() not in read_all_bytes(tmp_path)
    assert "新しい質問".encode() in read_all_bytes(tmp_path)


def test_switched_off_nothing_is_kept_and_what_was_kept_goes(tmp_path: Path, store: StateStore) -> None:
    keep(tmp_path, "前の質問は何歳まで")
    (tmp_path / f"{FILE}.broken-20260101T000000Z").write_bytes(b"old")
    store.close()
    keeper = Keeper(tmp_path, keep_days=0, now=Clock()).start()
    keeper.keep_question(answer("次の質問は何歳まで"))
    keeper.keep_feedback(verdict="helpful", question="次の質問", answer=answer("何歳まで"), language="ja")
    keeper.close()
    assert StateStore.open(tmp_path).list_questions() == ()
    assert "質問".encode() not in read_all_bytes(tmp_path)
    assert list(tmp_path.glob("*.broken-*")) == []


def test_switched_off_from_the_start_no_file_appears(tmp_path: Path) -> None:
    keep(tmp_path, "何歳まで", keep_days=0)
    assert list(tmp_path.iterdir()) == []


def test_a_question_about_oneself_is_kept_without_its_words() -> None:
    given = answer("残業は")
    assert given.abstained
    from rag.types import Reason

    told = replace(given, abstained=replace(given.abstained, reason=Reason.USER_PERSONAL_DATA), question="私は山田です")
    record = describe_question(told, NOON)
    assert (record.question, record.folded, record.outcome) == ("", "", "user_personal_data")


@pytest.mark.parametrize("damage", ["no database", "torn", "empty"])
def test_a_damaged_file_is_set_aside_and_a_new_one_begun(
    tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    keep(tmp_path, *[f"{n}回目は何歳まで" for n in range(200)])
    file = tmp_path / FILE
    data = file.read_bytes()
    torn = data[:4096] + b"\xff" * (len(data) - 4096)
    file.write_bytes({"no database": b"x" * 8192, "torn": torn, "empty": b""}[damage])
    keep(tmp_path, "そのあとの質問は何歳まで")
    fresh = StateStore.open(tmp_path)
    assert [q.question for q in fresh.list_questions()] == ["そのあとの質問は何歳まで"]
    fresh.close()
    assert bool(list(tmp_path.glob(f"{FILE}.broken-*"))) == (damage != "empty")
    assert "何歳" not in caplog.text


def test_old_set_aside_files_are_deleted(tmp_path: Path) -> None:
    aside = tmp_path / f"{FILE}.broken-20260101T000000Z"
    aside.write_bytes("古い質問".encode())
    os.utime(aside, (0, 0))
    keep(tmp_path)
    assert not aside.exists()


def test_a_locked_file_costs_records_and_not_answers(
    tmp_path: Path, store: StateStore, caplog: pytest.LogCaptureFixture
) -> None:
    lost: list[int] = []
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    keeper = Keeper(tmp_path, keep_days=30, now=Clock(), lost=lambda: lost.append(1)).start()
    with caplog.at_level(logging.WARNING):
        keeper.keep_question(answer("ひみつの質問は何歳まで"))
        keeper.keep_question(answer("ひみつの質問は何歳まで"))
        keeper.wait()
    other.execute("ROLLBACK")
    other.close()
    keeper.keep_question(answer("あとの質問は何歳まで"))
    keeper.close()
    assert len(lost) == 2
    assert [q.question for q in store.list_questions()] == ["あとの質問は何歳まで"]
    assert len([r for r in caplog.records if "not being kept" in r.message]) == 1
    assert "ひみつ" not in caplog.text


FULL_DISK = """
import resource, sys, logging
from pathlib import Path
from datetime import date, datetime, UTC
from scripted_bot import ScriptedBot
from ui.keeping import Keeper
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
home = Path(sys.argv[1])
lost = []
keeper = Keeper(home, keep_days=30, now=lambda: datetime.now(UTC), lost=lambda: lost.append(1)).start()
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
for n in range(600):
    keeper.keep_question(ScriptedBot().ask("何歳まで" * 100, today=date(2026, 11, 23)))
keeper.close()
print(len(lost) > 0)
"""


def test_a_full_disk_costs_records_and_not_the_process(tmp_path: Path) -> None:
    """The limit on a file's size makes writes fail as a full disk does, without filling one."""
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={"PYTHONPATH": f"{root}:{root / 'tests'}", "PATH": os.environ["PATH"]},
    )
    assert (done.stdout.strip(), done.returncode) == ("True", 0), done.stderr
    assert "何歳" not in done.stderr
    store = StateStore.open(tmp_path)
    assert store.list_questions()
    store.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes where nobody may")
def test_a_folder_that_can_t_be_written_costs_records(tmp_path: Path) -> None:
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    keep(tmp_path, "何歳まで")
    tmp_path.chmod(stat.S_IRWXU)
    assert not (tmp_path / FILE).exists()


def test_a_home_that_is_a_file_costs_records(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("x")
    lost: list[int] = []
    keeper = Keeper(tmp_path / "home", keep_days=30, now=Clock(), lost=lambda: lost.append(1)).start()
    keeper.keep_question(answer("何歳まで"))
    keeper.close()
    assert lost


def test_too_many_records_at_once_are_dropped_without_waiting(tmp_path: Path) -> None:
    lost: list[int] = []
    keeper = Keeper(tmp_path, keep_days=30, now=Clock(), lost=lambda: lost.append(1))  # not started: nobody writes
    given = answer("何歳まで")
    for _ in range(1005):
        keeper.keep_question(given)
    assert len(lost) == 5


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    keep(tmp_path, "何歳まで")
    with sqlite3.connect(tmp_path / FILE) as raw:
        raw.execute("PRAGMA user_version = 99")
    raw.close()
    before = (tmp_path / FILE).read_bytes()
    keep(tmp_path, "次の質問")
    with pytest.raises(StorageError, match="新しい版"):
        StateStore.open(tmp_path)
    assert (tmp_path / FILE).read_bytes() == before


def test_broken_and_unwritable_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"x" * 4096)
    with pytest.raises(BrokenState):
        StateStore.open(tmp_path)


def test_a_budget_ends_at_its_bound_and_begins_anew_each_day(tmp_path: Path) -> None:
    clock = Clock()
    budget = Budget(tmp_path, name="model", calls_a_day=3, tokens_a_day=1000, now=clock)
    assert [budget.spend(400), budget.spend(400), budget.spend(400), budget.spend(200)] == [True, True, False, True]
    assert budget.spend(0) is False  # three calls were made
    again = Budget(tmp_path, name="model", calls_a_day=3, tokens_a_day=1000, now=clock)
    assert again.spend(1) is False  # a restart does not forget
    assert Budget(tmp_path, name="other", calls_a_day=1, tokens_a_day=1, now=clock).spend(1) is True
    clock.now += timedelta(days=1)
    assert again.spend(1) is True


def test_where_it_can_t_be_booked_nothing_is_spent(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"x" * 4096)
    assert Budget(tmp_path, name="model", calls_a_day=9, tokens_a_day=9, now=Clock()).spend(1) is False
