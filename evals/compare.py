"""Two runs -> paired differences with intervals and significance, and the lists a person acts on.

In: runs of one set, before and after. Out: `Comparison`: per figure the difference, its 95 % interval and p value;
the questions that got worse, got better, or changed their source or number. Pure; the bootstrap's seed is fixed.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evals.cases import Case
from evals.checks import CHECKS, Json, cited
from evals.facts import read, states
from evals.runs import Run
from evals.score import RIGHT, Score
from rag.language.values import Value

DRAWS = 10_000
SEED = 20_260_401
EXACT_UP_TO = 12  # nonzero differences: 4,096 sign patterns are all looked at
BINARY: dict[str, Callable[[Score], float | None]] = {
    "right": lambda score: float(score.outcome in RIGHT),
    "wrong": lambda score: float(score.wrong),
}


@dataclass(frozen=True, kw_only=True)
class Interval:
    """An interval of a mean, inclusive."""

    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Change:
    """One figure, over the cases that have it in both runs. `difference` is after less before."""

    name: str
    cases: int
    before: float
    after: float
    interval: Interval
    p_value: float

    @property
    def difference(self) -> float:
        """After less before."""
        return self.after - self.before


@dataclass(frozen=True, kw_only=True)
class Moved:
    """A case whose result or answer changed; `notes` are what changed in its answer, as (code, before, after)."""

    id: str
    question: str
    before: Score
    after: Score
    notes: tuple[tuple[str, str, str], ...] = ()

    @property
    def asks_for_changed_number(self) -> bool:
        """Whether a number that its key facts ask for gave way to another one, be the fact still said elsewhere."""
        return any(code == "fact_number" for code, _, _ in self.notes)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What came out; `changed` has those first whose key facts' number changed. `only_before`, `only_after` are ids of
    cases that one run alone has, or whose wording changed."""

    figures: tuple[Change, ...]
    worse: tuple[Moved, ...]
    better: tuple[Moved, ...]
    changed: tuple[Moved, ...]
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]


def compare_runs(before: Run, after: Run) -> Comparison:
    """The comparison over the cases that stand unchanged in both."""
    old, new = ({c.id: c for c in run.cases} for run in (before, after))
    shared = [i for i in new if old.get(i) == new[i]]
    one, two = ({s.id: s for s in run.scores} for run in (before, after))
    moved = [
        Moved(
            id=i, question=new[i].question, before=one[i], after=two[i],
            notes=find_changes(before.answers.get(i), after.answers.get(i))
            + find_fact_numbers(new[i], before.answers.get(i), after.answers.get(i)),
        )
        for i in shared
    ]  # fmt: skip
    return Comparison(
        figures=tuple(_figures([(one[i], two[i]) for i in shared])),
        worse=tuple(sorted((m for m in moved if _order(m) < (0, 0.0)), key=_order)),
        better=tuple(sorted((m for m in moved if _order(m) > (0, 0.0)), key=_order, reverse=True)),
        changed=tuple(sorted((m for m in moved if m.notes), key=lambda m: not m.asks_for_changed_number)),
        only_before=tuple(i for i in old if i not in shared),
        only_after=tuple(i for i in new if i not in shared),
    )


def _order(moved: Moved) -> tuple[int, float]:
    """How far a case rose: its grade, then the sum of its checks that both runs have."""
    pairs = [(moved.before.value(name), moved.after.value(name)) for name in CHECKS]
    gain = sum(new - old for old, new in pairs if old is not None and new is not None)
    return moved.after.grade - moved.before.grade, round(gain, 9)


def _figures(pairs: Sequence[tuple[Score, Score]]) -> list[Change]:
    out = []
    for name in (*BINARY, *CHECKS):
        values = [
            (a, b)
            for one, two in pairs
            if (a := _value(one, name)) is not None and (b := _value(two, name)) is not None
        ]
        if not values:
            continue
        differences = np.asarray([b - a for a, b in values])
        test = p_of_mcnemar if name in BINARY else p_of_signs
        out.append(
            Change(
                name=name, cases=len(values),
                before=sum(a for a, _ in values) / len(values), after=sum(b for _, b in values) / len(values),
                interval=bootstrap(differences), p_value=test(differences),
            )
        )  # fmt: skip
    return out


def _value(score: Score, name: str) -> float | None:
    return BINARY[name](score) if name in BINARY else score.value(name)


def bootstrap(differences: NDArray[np.float64], *, draws: int = DRAWS, seed: int = SEED) -> Interval:
    """The 95 % percentile interval of the mean over resampled cases (Efron & Tibshirani 1993, An Introduction to the
    Bootstrap, ch. 13)."""
    drawn = np.random.default_rng(seed).integers(0, len(differences), size=(draws, len(differences)))
    low, high = np.quantile(differences[drawn].mean(axis=1), [0.025, 0.975])
    return Interval(low=float(low), high=float(high))


def p_of_mcnemar(differences: NDArray[np.float64]) -> float:
    """McNemar's test in its exact form, two-sided: the binomial of the cases that changed (McNemar 1947)."""
    up, down = int((differences > 0).sum()), int((differences < 0).sum())
    changed = up + down
    tail = sum(math.comb(changed, k) for k in range(min(up, down) + 1))
    return min(1.0, tail / 2 ** (changed - 1)) if changed else 1.0


def p_of_signs(differences: NDArray[np.float64], *, draws: int = DRAWS, seed: int = SEED) -> float:
    """Fisher's randomisation test of paired differences, two-sided: exact over all signs where few cases changed,
    else drawn (Smucker, Allan & Carterette 2007, "A comparison of statistical significance tests for IR")."""
    changed = differences[differences != 0]
    if not len(changed):
        return 1.0
    observed = abs(changed.sum()) - 1e-9
    if len(changed) <= EXACT_UP_TO:
        signs = np.asarray(list(itertools.product((-1, 1), repeat=len(changed))))
        return float((abs(signs @ changed) >= observed).mean())
    signs = np.random.default_rng(seed).choice((-1, 1), size=(draws, len(changed)))
    return float((1 + (abs(signs @ changed) >= observed).sum()) / (1 + draws))


def find_changes(before: Json | None, after: Json | None) -> tuple[tuple[str, str, str], ...]:
    """What a reader would notice: source, number, abstention. The same words give nothing."""
    if before is None or after is None:
        return () if before is after else (("result", _state(before), _state(after)),)
    notes = []
    if bool(before["abstained"]) != bool(after["abstained"]) or _reason(before) != _reason(after):
        notes.append(("abstention", _state(before), _state(after)))
    sources = [" / ".join(sorted({c["title"] for c in cited(answer)})) for answer in (before, after)]
    if sources[0] != sources[1]:
        notes.append(("source", sources[0], sources[1]))
    old, new = _numbers(before), _numbers(after)
    if old.counts != new.counts:
        notes.append(("number", old.less(new), new.less(old)))
    return tuple(notes)


def find_fact_numbers(case: Case, before: Json | None, after: Json | None) -> tuple[tuple[str, str, str], ...]:
    """The key facts' numbers that stand in fewer sentences than before while another number of that unit is new: what
    no score shows where another sentence still says the fact (「3.2倍」 beside 「4.2倍」)."""
    if before is None or after is None:
        return ()
    old, new = _numbers(before), _numbers(after)
    asked = [value for wordings in case.facts for wording in wordings for value in read(wording).values]
    lost = [value for value in old.missing(new) if any(states(value, needed) for needed in asked)]
    gained = [v for v in new.missing(old) if any((v.kind, v.unit) == (gone.kind, gone.unit) for gone in lost)]
    if not lost or not gained:
        return ()
    return (("fact_number", "・".join(v.written for v in lost), "・".join(v.written for v in gained)),)


def _state(answer: Json | None) -> str:
    if answer is None:
        return "—"
    return _reason(answer) or "answered"


def _reason(answer: Json) -> str | None:
    return str(answer["abstained"]["reason"]) if answer["abstained"] else None


@dataclass(frozen=True, kw_only=True)
class _Numbers:
    """The values of an answer, and how often each stands there."""

    counts: Counter[str]
    values: dict[str, Value]

    def missing(self, other: _Numbers) -> list[Value]:
        """What stands here oftener than there."""
        return [self.values[key] for key in self.counts - other.counts]

    def less(self, other: _Numbers) -> str:
        """The same, as written."""
        return "・".join(value.written for value in self.missing(other))


def _numbers(answer: Json) -> _Numbers:
    values = [v for s in answer["sentences"] for v in read(s["text"]).values]
    keys = [f"{v.kind} {v.low} {v.high} {v.unit}" for v in values]
    return _Numbers(counts=Counter(keys), values=dict(zip(keys, values, strict=True)))
