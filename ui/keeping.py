"""Keeps questions and feedback beside the answers: an Answer in, a masked record written by a thread of its own.

An answer never waits for the disk and never fails by it: what can't be written is dropped with one line in the log,
which holds nothing of the record; a damaged file is set aside and a new one begun. What is older than `keep_days` is
deleted at the start and every day, set-aside files too; with 0 nothing is kept, and what was kept before goes.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from rag.language.normalise import fold
from rag.privacy import mask
from rag.types import Answer, Language, Reason, StorageError
from ui.state import ANSWERED, FILE, VERDICTS, AskedQuestion, BrokenState, Feedback, StateStore, Verdict

LOG = logging.getLogger(__name__)
JAPAN = ZoneInfo("Asia/Tokyo")
MOST_WAITING = 1000  # records, while the disk is slow
LONGEST = 1000  # characters of a question that are kept
CHECK_SECONDS = 15 * 60.0  # between looks at the date, while nobody asks
UNTOLD = frozenset({Reason.USER_PERSONAL_DATA})  # questions about oneself: only that there was one is kept
Work = Callable[[StateStore], object]


class Keeper:
    """Writes records in the background; `now` gives the time with its zone, `lost` is called for each record lost."""

    def __init__(
        self, home: Path, *, keep_days: int, now: Callable[[], datetime], lost: Callable[[], None] = lambda: None
    ) -> None:
        self.home, self.keep_days, self.now, self.lost = home, keep_days, now, lost
        self._waiting: queue.Queue[Work | None] = queue.Queue(MOST_WAITING)
        self._store: StateStore | None = None
        self._purged: date | None = None
        self._failing = False
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    def start(self) -> Keeper:
        """Begin: what is too old goes first."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Write what waits, and end."""
        self._waiting.put(None)
        self._thread.join()

    def keep_question(self, answer: Answer) -> None:
        """Keep how a question was answered."""
        self._enqueue(lambda store: store.add(describe_question(answer, self.now())))

    def keep_feedback(self, *, verdict: str, question: str, answer: Answer, language: str) -> None:
        """Keep what a visitor said of an answer; a verdict that does not exist is nothing."""
        if verdict in VERDICTS:
            make = partial(describe_feedback, cast("Verdict", verdict), question, answer, cast("Language", language))
            self._enqueue(lambda store: store.add(make(self.now())))

    def _enqueue(self, work: Work) -> None:
        if self.keep_days == 0:
            return
        try:
            self._waiting.put_nowait(work)
        except queue.Full:
            self._warn("too many at once")
            self.lost()

    def wait(self) -> None:
        """Wait until what was given so far is written, or lost."""
        self._waiting.join()

    def _run(self) -> None:
        self._purge()
        while self._work_once():
            self._purge()
        if self._store is not None:
            self._store.close()

    def _work_once(self) -> bool:
        """Write the next record, or wake to look at the date; False at the end."""
        try:
            work = self._waiting.get(timeout=CHECK_SECONDS)
        except queue.Empty:
            return True
        if work is not None and not self._do(work):
            self.lost()
        self._waiting.task_done()
        return work is not None

    def _do(self, work: Work) -> bool:
        """Do one piece of work, on a fresh file where this one is damaged; False where it can't be done."""
        try:
            try:
                work(self._open())
            except BrokenState:
                self._set_aside()
                work(self._open())
        except (StorageError, OSError) as error:
            self._warn(type(error).__name__)
            return False
        self._failing = False
        return True

    def _open(self) -> StateStore:
        if self._store is None:
            self._store = StateStore.open(self.home)
        return self._store

    def _set_aside(self) -> None:
        """Move a damaged file out of the way; what of it can be saved is for a person to see."""
        if self._store is not None:
            self._store.close()
            self._store = None
        stamp = self.now().astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        for tail in ("", "-wal", "-shm"):
            path = self.home / (FILE + tail)
            if path.exists():
                path.rename(self.home / f"{FILE}.broken-{stamp}{tail}")
        LOG.error("state file was damaged and has been set aside as %s.broken-%s", FILE, stamp)

    def _warn(self, why: str) -> None:
        """One line, until writing works again."""
        if not self._failing:
            LOG.warning("records are not being kept: %s", why)
        self._failing = True

    def _purge(self) -> None:
        """Once a day, delete what is too old; what fails is tried again with the next record."""
        today = self.now().astimezone(JAPAN).date()
        if self._purged == today or (self.keep_days == 0 and not (self.home / FILE).exists()):
            return
        if self._do(partial(self._forget, today - timedelta(days=self.keep_days))):
            self._purged = today

    def _forget(self, oldest: date, store: StateStore) -> None:
        """Delete what is older than a day, or everything where nothing is to be kept; set-aside files too."""
        if self.keep_days:
            store.purge(oldest)
        else:
            store.forget_all()
        for path in self.home.glob(f"{FILE}.broken-*"):
            if self.keep_days == 0 or datetime.fromtimestamp(path.stat().st_mtime, JAPAN).date() < oldest:
                path.unlink()


def describe_question(answer: Answer, now: datetime) -> AskedQuestion:
    """The record of one answered question, masked (the bot has masked it already; twice costs nothing)."""
    untold = answer.abstained is not None and answer.abstained.reason in UNTOLD
    question = "" if untold else _write_masked(answer.question)
    return AskedQuestion(
        at=now.astimezone(UTC).replace(microsecond=0),
        day=now.astimezone(JAPAN).date(),
        question=question,
        folded="".join(sign for sign in fold(question) if sign.isalnum()),
        language=answer.language,
        outcome=_outcome(answer),
        topics=find_topics(answer),
        passages=_cited(answer),
        mode=answer.mode,
        release=answer.release,
        elapsed_ms=round(answer.elapsed_ms, 1),
    )


def describe_feedback(verdict: Verdict, question: str, answer: Answer, language: Language, now: datetime) -> Feedback:
    """The record of one visitor's word on an answer, masked."""
    return Feedback(
        at=now.astimezone(UTC).replace(microsecond=0),
        day=now.astimezone(JAPAN).date(),
        verdict=verdict,
        question=_write_masked(question),
        language=language,
        outcome=_outcome(answer),
        passages=_cited(answer),
        release=answer.release,
    )


def _write_masked(text: str) -> str:
    """The text as it may be written: masked, not too long, and without halves of characters."""
    return mask(text).text[:LONGEST].encode("utf-8", "replace").decode("utf-8")


def find_topics(answer: Answer) -> tuple[str, ...]:
    """The documents and routes an answer cites, in order; of an abstention the nearest related document."""
    passages = [citation.passage for sentence in answer.sentences for citation in sentence.citations]
    topics = [passage.document_id for passage in passages]
    topics += [f"route:{passage.route}" for passage in passages if passage.route]
    if not passages and answer.related:
        topics.append(answer.related[0].passage_id.partition("#")[0])
    return tuple(dict.fromkeys(topics))


def _outcome(answer: Answer) -> str:
    return answer.abstained.reason.value if answer.abstained else ANSWERED


def _cited(answer: Answer) -> tuple[str, ...]:
    cited = (citation.passage.id for sentence in answer.sentences for citation in sentence.citations)
    return tuple(dict.fromkeys(cited))
