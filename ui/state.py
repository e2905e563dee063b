"""What the service remembers of its use: masked questions, feedback and daily counts, in ICTNAVI_HOME/state.sqlite.

Records in, records out, for the page, the API and the staff console; SQLite in WAL mode through SQLAlchemy Core. Who
writes has masked the text before (ui/keeping.py); no address, session or cookie ever comes here. It decides nothing
about answers, and it raises: that a broken disk never touches an answer is ui/keeping.py's part.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

import sqlalchemy as sql
from sqlalchemy.exc import DatabaseError, OperationalError

from rag.types import Language, StorageError

FILE = "state.sqlite"
VERSION = 1
ANSWERED = "answered"
Verdict = Literal["helpful", "wrong_source", "outdated", "no_answer"]
VERDICTS: tuple[str, ...] = get_args(Verdict)
WAIT_MS = 2000  # for another process that writes

TABLES = sql.MetaData()
QUESTIONS = sql.Table(
    "questions",
    TABLES,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column("at", sql.String, nullable=False),  # UTC, ISO 8601
    sql.Column("day", sql.String, nullable=False, index=True),  # Japan's date
    sql.Column("question", sql.String, nullable=False),
    sql.Column("folded", sql.String, nullable=False),  # what counts as the same question
    sql.Column("language", sql.String, nullable=False),
    sql.Column("outcome", sql.String, nullable=False),
    sql.Column("topics", sql.String, nullable=False),  # JSON
    sql.Column("passages", sql.String, nullable=False),  # JSON
    sql.Column("mode", sql.String, nullable=False),
    sql.Column("release", sql.String, nullable=False),
    sql.Column("elapsed_ms", sql.Float, nullable=False),
)
FEEDBACK = sql.Table(
    "feedback",
    TABLES,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column("at", sql.String, nullable=False),
    sql.Column("day", sql.String, nullable=False, index=True),
    sql.Column("verdict", sql.String, nullable=False),
    sql.Column("question", sql.String, nullable=False),
    sql.Column("language", sql.String, nullable=False),
    sql.Column("outcome", sql.String, nullable=False),
    sql.Column("passages", sql.String, nullable=False),
    sql.Column("release", sql.String, nullable=False),
)
SPENDING = sql.Table(
    "spending",
    TABLES,
    sql.Column("day", sql.String, primary_key=True),
    sql.Column("name", sql.String, primary_key=True),
    sql.Column("calls", sql.Integer, nullable=False),
    sql.Column("tokens", sql.Integer, nullable=False),
)


@dataclass(frozen=True, kw_only=True)
class AskedQuestion:
    """One question as it was answered. `outcome` is "answered" or a reason of DESIGN §1.8; `at` is UTC, `day` Japan's.

    `topics` are the documents cited (or, of an abstention, the nearest related one) and the routes of the passages;
    `question` is empty where the very question was personal.
    """

    at: datetime
    day: date
    question: str
    folded: str
    language: Language
    outcome: str
    topics: tuple[str, ...]
    passages: tuple[str, ...]
    mode: str
    release: str
    elapsed_ms: float


@dataclass(frozen=True, kw_only=True)
class Feedback:
    """What a visitor said of an answer; `passages` are those it cited."""

    at: datetime
    day: date
    verdict: Verdict
    question: str
    language: Language
    outcome: str
    passages: tuple[str, ...]
    release: str


@dataclass(frozen=True, kw_only=True)
class OutcomeCount:
    """How many questions ended so."""

    outcome: str
    count: int


@dataclass(frozen=True, kw_only=True)
class OftenAsked:
    """A question, as it was last put, and how often it was asked and answered."""

    question: str
    count: int
    answered: int
    last_day: date


@dataclass(frozen=True, kw_only=True)
class Spending:
    """What an account was charged on a day."""

    name: str
    calls: int
    tokens: int


Record = TypeVar("Record", AskedQuestion, Feedback)


class StateStore:
    """The open file; safe to use from many threads and beside other processes.

    Every method raises StorageError where the file can't be written or read, and `BrokenState` where it is damaged.
    """

    def __init__(self, engine: sql.Engine, path: Path) -> None:
        self.engine, self.path = engine, path

    @classmethod
    def open(cls, home: Path) -> StateStore:
        """Open the file of a data folder, and make it where there is none."""
        path = home / FILE
        engine = sql.create_engine(f"sqlite:///{path}", connect_args={"timeout": WAIT_MS / 1000})
        sql.event.listen(engine, "connect", _prepare)
        store = cls(engine, path)
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"{home} に書けません({error.strerror})") from error
        with store._guarded() as connection:
            _make_tables(connection, path)
        return store

    def close(self) -> None:
        """Let go of the file."""
        self.engine.dispose()

    def add(self, record: AskedQuestion | Feedback) -> None:
        """Keep one record."""
        table = QUESTIONS if isinstance(record, AskedQuestion) else FEEDBACK
        with self._guarded() as connection:
            connection.execute(table.insert().values(_to_row(record)))

    def list_questions(
        self, *, since: date | None = None, outcome: str | None = None, limit: int = 500
    ) -> tuple[AskedQuestion, ...]:
        """Questions from a day on, newest first; of one outcome where it is named."""
        query = sql.select(QUESTIONS).order_by(QUESTIONS.c.id.desc()).limit(limit)
        query = query.where(QUESTIONS.c.day >= since.isoformat()) if since else query
        query = query.where(QUESTIONS.c.outcome == outcome) if outcome else query
        return tuple(_from_row(row, AskedQuestion) for row in self._rows(query))

    def list_feedback(
        self, *, since: date | None = None, verdict: Verdict | None = None, limit: int = 500
    ) -> tuple[Feedback, ...]:
        """Feedback from a day on, newest first; of one verdict where it is named."""
        query = sql.select(FEEDBACK).order_by(FEEDBACK.c.id.desc()).limit(limit)
        query = query.where(FEEDBACK.c.day >= since.isoformat()) if since else query
        query = query.where(FEEDBACK.c.verdict == verdict) if verdict else query
        return tuple(_from_row(row, Feedback) for row in self._rows(query))

    def count_by_outcome(self, *, since: date | None = None) -> tuple[OutcomeCount, ...]:
        """How questions ended from a day on, most frequent first."""
        number = sql.func.count().label("count")
        query = sql.select(QUESTIONS.c.outcome, number).group_by(QUESTIONS.c.outcome)
        query = query.where(QUESTIONS.c.day >= since.isoformat()) if since else query
        rows = self._rows(query.order_by(number.desc(), QUESTIONS.c.outcome))
        return tuple(OutcomeCount(outcome=row["outcome"], count=row["count"]) for row in rows)

    def most_asked(self, count: int, *, since: date | None = None) -> tuple[OftenAsked, ...]:
        """The questions asked most from a day on; the same but for width, case and punctuation is the same."""
        number = sql.func.count().label("number")
        answered = sql.func.sum(sql.case((QUESTIONS.c.outcome == ANSWERED, 1), else_=0)).label("answered")
        newest = sql.func.max(QUESTIONS.c.id).label("newest")  # SQLite takes the bare columns from that row
        query = sql.select(QUESTIONS.c.question, QUESTIONS.c.day, number, answered, newest)
        query = query.where(QUESTIONS.c.folded != "").group_by(QUESTIONS.c.folded)
        query = query.where(QUESTIONS.c.day >= since.isoformat()) if since else query
        rows = self._rows(query.order_by(number.desc(), newest.desc()).limit(count))
        return tuple(
            OftenAsked(
                question=row["question"],
                count=row["number"],
                answered=row["answered"],
                last_day=date.fromisoformat(row["day"]),
            )
            for row in rows
        )

    def purge(self, before: date) -> int:
        """Delete what is older than a day, from the file's bytes too; how many records went."""
        gone = 0
        with self._guarded() as connection:
            for table in (QUESTIONS, FEEDBACK, SPENDING):
                gone += connection.execute(table.delete().where(table.c.day < before.isoformat())).rowcount
        if gone:
            self._rewrite()
        return gone

    def forget_all(self) -> int:
        """Delete every question and all feedback, from the file's bytes too; how many records went."""
        gone = 0
        with self._guarded() as connection:
            for table in (QUESTIONS, FEEDBACK):
                gone += connection.execute(table.delete()).rowcount
        if gone:
            self._rewrite()
        return gone

    def spend(self, *, name: str, day: date, tokens: int, most_calls: int, most_tokens: int) -> bool:
        """Book a call of so many tokens on a day's account, unless that would go past either bound."""
        key = (SPENDING.c.day == day.isoformat()) & (SPENDING.c.name == name)
        start = sql.text("INSERT OR IGNORE INTO spending (day, name, calls, tokens) VALUES (:day, :name, 0, 0)")
        within = (SPENDING.c.calls + 1 <= most_calls) & (SPENDING.c.tokens + tokens <= most_tokens)
        more = {"calls": SPENDING.c.calls + 1, "tokens": SPENDING.c.tokens + tokens}
        with self._guarded() as connection:
            connection.execute(start, {"day": day.isoformat(), "name": name})
            return connection.execute(SPENDING.update().where(key & within).values(more)).rowcount == 1

    def list_spending(self, day: date) -> tuple[Spending, ...]:
        """What was booked on a day, by account."""
        query = sql.select(SPENDING).where(SPENDING.c.day == day.isoformat()).order_by(SPENDING.c.name)
        rows = self._rows(query)
        return tuple(Spending(name=row["name"], calls=row["calls"], tokens=row["tokens"]) for row in rows)

    def _rewrite(self) -> None:
        """Write the file anew, so that nothing deleted stands in it or in its log any more."""
        with self._guarded(isolation_level="AUTOCOMMIT") as connection:
            for command in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                connection.exec_driver_sql(command)

    def _rows(self, query: sql.Select[Any]) -> Sequence[Any]:
        with self._guarded() as connection:
            return connection.execute(query).mappings().all()

    @contextmanager
    def _guarded(self, **options: Any) -> Iterator[sql.Connection]:
        """A connection in a transaction; what the database raises comes as one sentence."""
        try:
            with self.engine.connect().execution_options(**options) as connection, connection.begin():
                yield connection
        except (OperationalError, sqlite3.OperationalError) as error:
            raise StorageError(f"{self.path} を読み書きできません({_reason(error)})") from error
        except (DatabaseError, sqlite3.DatabaseError) as error:  # the bare ones come while a connection is prepared
            raise BrokenState(f"{self.path} は壊れています({_reason(error)})") from error


def _reason(error: Exception) -> str:
    """SQLite's own words; SQLAlchemy's would repeat the values."""
    return str(getattr(error, "orig", error))


class BrokenState(StorageError):
    """The file is damaged, or is no database."""


def _prepare(connection: Any, _: object) -> None:  # a sqlite3.Connection, as SQLAlchemy passes it
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _make_tables(connection: sql.Connection, path: Path) -> None:
    found = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    if found > VERSION:
        raise StorageError(f"{path} は新しい版の ICT職ナビ が作ったものです(形式 {found})。新しい版で開いてください")
    TABLES.create_all(connection)
    connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")


def _to_row(record: AskedQuestion | Feedback) -> dict[str, Any]:
    return {name: _to_cell(value) for name, value in asdict(record).items()}


def _to_cell(value: Any) -> Any:
    if isinstance(value, tuple):
        return json.dumps(value, ensure_ascii=False)
    return value.isoformat() if isinstance(value, date) else value


def _from_row(row: Any, kind: type[Record]) -> Record:
    values: dict[str, Any] = {field.name: row[field.name] for field in fields(kind)}
    values |= {"at": datetime.fromisoformat(values["at"]), "day": date.fromisoformat(values["day"])}
    lists = {name: tuple(json.loads(values[name])) for name in ("topics", "passages") if name in values}
    return kind(**values | lists)
