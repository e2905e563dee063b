"""Cases and answers -> outcomes, each with its reasons; and the figures over all of them.

In: cases, answers in their serial form (None where there is none), the release's material. Out: `Score`s in the
cases' order and a flat summary. No model, no clock, no disk.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from evals import metrics
from evals.cases import Case
from evals.checks import CHECKS, Check, Json, Reader, ValueReader, run_checks
from evals.material import Material


class Outcome(StrEnum):
    """What became of a case."""

    CORRECT = "correct"
    PARTIAL = "partial"
    INCORRECT = "incorrect"
    ABSTAINED_RIGHTLY = "abstained_rightly"
    ABSTAINED_WRONGLY = "abstained_wrongly"
    ANSWERED_UNANSWERABLE = "answered_unanswerable"


RIGHT = (Outcome.CORRECT, Outcome.ABSTAINED_RIGHTLY)
GRADE = {
    Outcome.CORRECT: 3,
    Outcome.ABSTAINED_RIGHTLY: 3,
    Outcome.PARTIAL: 2,
    Outcome.ABSTAINED_WRONGLY: 1,
    Outcome.INCORRECT: 0,
    Outcome.ANSWERED_UNANSWERABLE: 0,
}
WRONGING = ("forbidden_free", "quote_exactness", "number_exactness")  # failing one of these makes a case *wrong*


@dataclass(frozen=True, kw_only=True)
class Score:
    """A case's outcome and reasons. `wrong`: it shows a forbidden fact, or fails quote or number exactness."""

    id: str
    outcome: Outcome
    wrong: bool
    checks: tuple[Check, ...]

    def value(self, name: str) -> float | None:
        """The value of one check; None where it does not apply."""
        return next((c.value for c in self.checks if c.name == name), None)

    @property
    def grade(self) -> int:
        """For comparing: 3 right, 2 partial, 1 abstained wrongly, 0 worse, -1 wrong."""
        return -1 if self.wrong else GRADE[self.outcome]

    def to_json(self) -> dict[str, Any]:
        """The score as a run keeps it."""
        checks = [
            {"name": c.name, "value": c.value, "passed": c.passed, "code": c.code, "detail": list(c.detail)}
            for c in self.checks
        ]
        return {"id": self.id, "outcome": self.outcome.value, "wrong": self.wrong, "checks": checks}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Score:
        """The counterpart of `to_json`."""
        checks = tuple(Check(**{**c, "detail": tuple(c["detail"])}) for c in values["checks"])
        return cls(id=values["id"], outcome=Outcome(values["outcome"]), wrong=values["wrong"], checks=checks)


def score_all(
    cases: Sequence[Case], answers: Mapping[str, Json | None], material: Material, reader: Reader | None = None
) -> tuple[Score, ...]:
    """A score for every case, equal treatment included; an answer that is not there scores worst."""
    by = reader or ValueReader()
    scores = {case.id: score_one(case, answers.get(case.id), material, by) for case in cases}
    for pair in pairs_of(cases).values():
        for case, check in zip(pair, check_pair(pair, answers, by), strict=True):
            scores[case.id] = _judged(case, answers.get(case.id), (*scores[case.id].checks, check))
    return tuple(scores[case.id] for case in cases)


def score_one(case: Case, answer: Json | None, material: Material, reader: Reader | None = None) -> Score:
    """One case by itself."""
    if answer is None:
        return _judged(case, None, _missing(case))
    return _judged(case, answer, run_checks(case, answer, material, reader or ValueReader()))


def _missing(case: Case) -> tuple[Check, ...]:
    """No result: everything that could have been measured is 0."""
    names = ["quote_exactness", "number_exactness", "attribution", "standing_shown"]
    names += ["fact_recall"] if case.facts else ["right_reason"]
    names += ["forbidden_free"] if case.forbidden else []
    names += ["citation_precision", "citation_recall"] if case.sources and case.facts else []
    names += ["year_shown"] if case.year and case.expects_answer else []
    return tuple(Check(name=n, value=0.0, passed=False, code="no_result") for n in CHECKS if n in names)


def _judged(case: Case, answer: Json | None, checks: tuple[Check, ...]) -> Score:
    failed = {check.name for check in checks if not check.passed}
    wrong = answer is None or bool(failed & set(WRONGING))
    return Score(id=case.id, outcome=decide(case, answer, checks, wrong=wrong), wrong=wrong, checks=checks)


def decide(case: Case, answer: Json | None, checks: Sequence[Check], *, wrong: bool) -> Outcome:
    """The outcome; an abstention for another reason than the expected ones is partial."""
    failed = {check.name for check in checks if not check.passed}
    recall = next((c.value for c in checks if c.name == "fact_recall"), 0.0)
    abstained = answer is not None and answer["abstained"] is not None
    if not case.expects_answer:
        if not abstained:
            return Outcome.ANSWERED_UNANSWERABLE
        return Outcome.PARTIAL if failed else Outcome.ABSTAINED_RIGHTLY
    if abstained:
        return Outcome.ABSTAINED_WRONGLY
    if wrong or recall == 0:
        return Outcome.INCORRECT
    return Outcome.PARTIAL if failed else Outcome.CORRECT


def pairs_of(cases: Sequence[Case]) -> dict[str, list[Case]]:
    """The cases of each pair of two or more."""
    found: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        if case.pair is not None:
            found[case.pair].append(case)
    return {pair: members for pair, members in found.items() if len(members) > 1}


def check_pair(pair: Sequence[Case], answers: Mapping[str, Json | None], reader: Reader) -> list[Check]:
    """One check a member: all show the same of the pair's facts, or all abstain."""
    facts = tuple(dict.fromkeys(wordings for case in pair for wordings in case.facts))
    shown = []
    for case in pair:
        answer = answers.get(case.id)
        reading = (
            reader.read(replace(case, facts=facts, reasons=() if facts else case.reasons), answer) if answer else None
        )
        abstained = answer["abstained"] is not None if answer else None
        shown.append((abstained, tuple(map(bool, reading.said_in)) if reading else None))
    equal = all(one == shown[0] and one[0] is not None for one in shown)
    names = [case.id for case in pair]
    return [
        Check(
            name="equal_treatment", value=float(equal), passed=equal,
            code="equal" if equal else "unequal", detail=tuple(n for n in names if n != case.id),
        )
        for case in pair
    ]  # fmt: skip


def summarise(cases: Sequence[Case], scores: Sequence[Score]) -> dict[str, float]:
    """Counts and shares over all; a check's mean is over the cases it applies to, and left out where there are none."""
    total = len(scores)
    out: dict[str, float] = {"cases": total}
    for outcome in Outcome:
        out[outcome.value] = sum(s.outcome is outcome for s in scores) / total
    out["right"] = sum(s.outcome in RIGHT for s in scores) / total
    out["wrong"] = sum(s.wrong for s in scores) / total
    answerable = [s for c, s in zip(cases, scores, strict=True) if c.expects_answer]
    others = [s for c, s in zip(cases, scores, strict=True) if not c.expects_answer]
    out |= _share_of("false_abstentions", answerable, Outcome.ABSTAINED_WRONGLY)
    out |= _share_of("false_answers", others, Outcome.ANSWERED_UNANSWERABLE)
    for name in CHECKS:
        average = metrics.mean([value for s in scores if (value := s.value(name)) is not None])
        out |= {} if average is None else {name: average}
    out["unparseable"] = sum(c.code == "judge_unparseable" for s in scores for c in s.checks)
    return {name: round(value, 6) for name, value in out.items()}


def _share_of(name: str, scores: Sequence[Score], outcome: Outcome) -> dict[str, float]:
    return {name: sum(s.outcome is outcome for s in scores) / len(scores)} if scores else {}
