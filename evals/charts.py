"""Figures -> shapes for the report's pictures: shares, bars with intervals, a histogram. Pure geometry, in per cent of
the picture; the template draws them as inline SVG.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from evals.cases import CATEGORIES, Case
from evals.compare import Change
from evals.score import Outcome, Score

ORDER = (
    Outcome.CORRECT, Outcome.ABSTAINED_RIGHTLY, Outcome.PARTIAL, Outcome.ABSTAINED_WRONGLY, Outcome.INCORRECT,
    Outcome.ANSWERED_UNANSWERABLE,
)  # fmt: skip
BINS = 16


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One part of a stacked bar."""

    outcome: str
    count: int
    start: float
    width: float


@dataclass(frozen=True, kw_only=True)
class Stack:
    """The outcomes of one category."""

    category: str
    total: int
    right: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A difference from the middle (50) of the picture, with its interval."""

    change: Change
    start: float
    width: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a histogram; `label` is its lower bound."""

    count: int
    start: float
    width: float
    height: float
    label: str


def stack_outcomes(cases: Sequence[Case], scores: Sequence[Score]) -> tuple[Stack, ...]:
    """One stacked bar a category, in the categories' order."""
    stacks = []
    for category in CATEGORIES:
        found = [s for c, s in zip(cases, scores, strict=True) if c.category == category]
        if not found:
            continue
        pieces, at = [], 0.0
        for outcome in ORDER:
            count = sum(s.outcome is outcome for s in found)
            width = 100 * count / len(found)
            if count:
                pieces.append(Piece(outcome=outcome.value, count=count, start=round(at, 3), width=round(width, 3)))
            at += width
        right = sum(p.count for p in pieces if p.outcome in {"correct", "abstained_rightly"})
        stacks.append(Stack(category=category, total=len(found), right=right, pieces=tuple(pieces)))
    return tuple(stacks)


def draw_changes(changes: Sequence[Change]) -> tuple[Bar, ...]:
    """Bars around the middle; the widest interval reaches the edge."""
    reach = max((abs(x) for c in changes for x in (c.interval.low, c.interval.high, c.difference)), default=0.0) or 1.0

    def place(value: float) -> float:
        return round(50 + 48 * value / reach, 3)

    return tuple(
        Bar(
            change=c, start=min(50.0, place(c.difference)), width=round(abs(place(c.difference) - 50), 3),
            low=place(c.interval.low), high=place(c.interval.high),
        )
        for c in changes
    )  # fmt: skip


def draw_histogram(values: Sequence[float]) -> tuple[Column, ...]:
    """Equal bins from 0 to a round number above the largest value."""
    if not values:
        return ()
    step = _round_up(max(values) / BINS)
    bins = max(1, math.floor(max(values) / step) + 1)
    counts = [sum(step * n <= v < step * (n + 1) for v in values) for n in range(bins)]
    top, width = max(counts), 100 / bins
    return tuple(
        Column(
            count=count, start=round(n * width, 3), width=round(width * 0.9, 3), height=round(100 * count / top, 3),
            label=f"{step * n:g}",
        )
        for n, count in enumerate(counts)
    )  # fmt: skip


def _round_up(value: float) -> float:
    """The next of 1, 2, 5 times a power of ten; at least 0.1."""
    value = max(value, 0.1)
    power = 10 ** math.floor(math.log10(value))
    return float(next(f * power for f in (1, 2, 5, 10) if f * power >= value - 1e-12))
