"""A set asked of one release: `Run`, how it is made and how it is kept.

In: cases, something to ask, the release's material, the date. Out: a `Run` and, apart from it, its `Timing`, so that
two runs of the same thing are the same bytes. Kept under `<home>/evals/runs/<id>/` as run.json and timing.json.
"""

from __future__ import annotations

import json
import math
import os
import secrets
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from evals.cases import Case, CaseSet, read_case
from evals.checks import FactReading, Json, Reader
from evals.holdout import LOG, Scoring, is_held_apart, record_scoring
from evals.score import Score, score_all, summarise
from evals.serving import Asker, Serving
from rag.types import ContentError, SettingError

FORMAT = 1
TIME = "%Y%m%dT%H%M%SZ"
Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """What a run was made under, besides the cases: everything that could change a figure."""

    release: str
    today: str
    settings: Mapping[str, Any]
    versions: Mapping[str, str]
    commit: str | None
    judge: str | None = None


@dataclass(frozen=True, kw_only=True)
class Run:
    """The result of asking a set. `answers` are in serial form without their elapsed time; None where there is none."""

    set_name: str
    set_sha256: str
    conditions: Conditions
    cases: tuple[Case, ...]
    answers: Mapping[str, Json | None]
    errors: Mapping[str, str]
    scores: tuple[Score, ...]
    summary: Mapping[str, float]

    @property
    def mode(self) -> str:
        """How it was answered: model where any answer was, extractive, or nothing where there are no answers."""
        modes = {str(answer["mode"]) for answer in self.answers.values() if answer}
        return "model" if "model" in modes else next(iter(modes), "")

    @property
    def chat_model(self) -> str | None:
        """The chat model that the settings named, as provider:name."""
        name = self.conditions.settings.get("chat_model")
        return str(name) if name else None

    def to_bytes(self) -> bytes:
        """The run as kept: the same for the same run, whenever it was made."""
        scores = {score.id: score.to_json() for score in self.scores}
        rows = [
            {
                "case": c.to_json(),
                "answer": self.answers.get(c.id),
                "error": self.errors.get(c.id),
                "score": scores[c.id],
            }
            for c in self.cases
        ]
        body = {
            "format": FORMAT, "set": self.set_name, "set_sha256": self.set_sha256,
            "conditions": self.conditions.__dict__, "summary": self.summary, "cases": rows,
        }  # fmt: skip
        return (json.dumps(body, ensure_ascii=False, indent=1) + "\n").encode()


@dataclass(frozen=True, kw_only=True)
class Timing:
    """When, and how long: what differs between two equal runs. Milliseconds a question; seconds in all."""

    made_at: str
    total_s: float
    elapsed_ms: Mapping[str, float]

    def percentile(self, share: float) -> float:
        """Nearest rank, in ms; 0 where nothing was asked."""
        ordered = sorted(self.elapsed_ms.values())
        return ordered[max(1, math.ceil(share * len(ordered))) - 1] if ordered else 0.0


@dataclass(kw_only=True)
class _Asked:
    answers: dict[str, Json | None] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    elapsed_ms: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Made:
    """A run just made, with its timing."""

    run: Run
    timing: Timing


def make_run(
    case_set: CaseSet,
    serving: Serving,
    conditions: Conditions,
    *,
    reader: Reader | None = None,
    progress: Progress = lambda done, total: None,
) -> Made:
    """Ask every case and score it; a reader of its own makes scoring long, so its progress is told once more from 0."""
    began = time.perf_counter()
    asked = _ask_all(case_set.cases, serving.bot, date.fromisoformat(conditions.today), progress)
    reader = reader and _Told(reader=reader, progress=progress, total=len(case_set.cases))
    scores = score_all(case_set.cases, asked.answers, serving.material, reader)
    run = Run(
        set_name=case_set.name,
        set_sha256=case_set.sha256,
        conditions=conditions,
        cases=case_set.cases,
        answers=asked.answers,
        errors=asked.errors,
        scores=scores,
        summary=summarise(case_set.cases, scores),
    )
    timing = Timing(
        made_at=datetime.now(UTC).strftime(TIME),
        total_s=round(time.perf_counter() - began, 3),
        elapsed_ms=asked.elapsed_ms,
    )
    return Made(run=run, timing=timing)


def _ask_all(cases: Sequence[Case], bot: Asker, today: date, progress: Progress) -> _Asked:
    asked = _Asked()
    for number, case in enumerate(cases, start=1):
        began = time.perf_counter()
        try:
            answer = dict(bot.ask(case.question, case.turns[:-1], today=today).to_json())
            answer.pop("elapsed_ms")
            asked.answers[case.id] = answer
        except Exception as error:  # noqa: BLE001 - a case that breaks the bot is the worst result, not the end of a run
            asked.answers[case.id] = None
            asked.errors[case.id] = f"{type(error).__name__}: {error}"
        asked.elapsed_ms[case.id] = round((time.perf_counter() - began) * 1000, 1)
        progress(number, len(cases))
    return asked


@dataclass(kw_only=True)
class _Told:
    """A reader that says how far it is; the cases of a pair are read twice, which the bar does not show."""

    reader: Reader
    progress: Progress
    total: int
    done: int = 0

    def read(self, case: Case, answer: Json) -> FactReading | None:
        reading = self.reader.read(case, answer)
        self.done += 1
        self.progress(min(self.done, self.total), self.total)
        return reading


class RunShelf:
    """The runs of one home folder. Making one touches nothing. `log` is where scorings of the set held apart go."""

    def __init__(self, home: Path, log: Path = LOG) -> None:
        self._root = home / "evals" / "runs"
        self._log = log

    def keep(self, made: Made) -> str:
        """Write a run beside the others, whole or not at all; its id. A scoring of the held-apart set is recorded."""
        data = made.run.to_bytes()
        self._root.mkdir(parents=True, exist_ok=True)
        run_id = f"{made.timing.made_at}-{made.run.set_name}-{sha256(data).hexdigest()[:8]}"
        beside = self._root / f".{run_id}-{secrets.token_hex(4)}"
        beside.mkdir()
        (beside / "run.json").write_bytes(data)
        (beside / "timing.json").write_text(json.dumps(made.timing.__dict__, indent=1) + "\n", "utf-8")
        if (self._root / run_id).exists():  # the same run within one second
            shutil.rmtree(beside)
        else:
            os.replace(beside, self._root / run_id)  # noqa: PTH105 - the one commit point
        if is_held_apart(made.run.set_name):
            self._record(run_id, made)
        return run_id

    def _record(self, run_id: str, made: Made) -> None:
        run = made.run
        scoring = Scoring(
            at=made.timing.made_at, run=run_id, sha256=run.set_sha256, cases=len(run.cases),
            release=run.conditions.release, commit=run.conditions.commit, figures=run.summary,
        )  # fmt: skip
        record_scoring(scoring, self._log, self._root.parent / self._log.name)

    def list_ids(self) -> list[str]:
        """Oldest first."""
        if not self._root.is_dir():
            return []
        found = [p for p in self._root.iterdir() if not p.name.startswith(".") and (p / "run.json").is_file()]
        return [p.name for p in sorted(found, key=lambda p: (p.name.partition("-")[0], p.stat().st_mtime_ns, p.name))]

    def find(self, name: str) -> str:
        """The id that `name` stands for: an id, the beginning of one, `latest` or `previous`.

        Raises:
            SettingError: none, or several.
        """
        ids = self.list_ids()
        if name in {"latest", "previous"}:
            back = 1 if name == "latest" else 2
            if len(ids) >= back:
                return ids[-back]
        fitting = [i for i in ids if i == name] or [i for i in ids if i.startswith(name)]
        if len(fitting) != 1:
            what = "いくつもあります" if fitting else "ありません"
            raise SettingError(
                f"評価の記録「{name}」は{what}(あるもの: {'・'.join(ids[-5:]) or 'まだ1つもありません'})"
            )
        return fitting[0]

    def folder(self, run_id: str) -> Path:
        """Where a run and its reports lie."""
        return self._root / run_id

    def read(self, name: str) -> Made:
        """A kept run, by what `find` takes. Raises ContentError where it is damaged."""
        folder = self.folder(self.find(name))
        try:
            body = json.loads((folder / "run.json").read_bytes())
            timing = json.loads((folder / "timing.json").read_bytes())
            return Made(run=read_run(body), timing=Timing(**timing))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ContentError(
                f"評価の記録を読めません({error})。もう一度 run してください", path=folder.name
            ) from error

    def before(self, run_id: str) -> str | None:
        """The newest earlier run of the same set."""
        set_of = run_id.split("-", 1)[1].rpartition("-")[0]
        ids = self.list_ids()
        earlier = ids[: ids.index(run_id)] if run_id in ids else ids
        return next((i for i in reversed(earlier) if i.split("-", 1)[1].rpartition("-")[0] == set_of), None)


def read_run(body: Mapping[str, Any]) -> Run:
    """The counterpart of `Run.to_bytes`."""
    rows = body["cases"]
    return Run(
        set_name=body["set"],
        set_sha256=body["set_sha256"],
        conditions=Conditions(**body["conditions"]),
        cases=tuple(read_case(row["case"]) for row in rows),
        answers={row["case"]["id"]: row["answer"] for row in rows},
        errors={row["case"]["id"]: row["error"] for row in rows if row["error"]},
        scores=tuple(Score.from_json(row["score"]) for row in rows),
        summary=body["summary"],
    )
