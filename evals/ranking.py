"""Figures of ranked lists and of decisions: one formula a function, its source beside it. Pure.

`ranked` are ids, best first; `relevance` maps an id to its grade (0 = not relevant). A question without hits scores 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

Relevance = Mapping[str, int]


def recall(ranked: Sequence[str], relevance: Relevance, k: int) -> float:
    """Relevant passages among the first k / relevant passages (ir-measures R@k)."""
    relevant = {i for i, grade in relevance.items() if grade > 0}
    return len(relevant & set(ranked[:k])) / len(relevant) if relevant else 0.0


def reciprocal_rank(ranked: Sequence[str], relevance: Relevance, k: int) -> float:
    """1 / rank of the first relevant among the first k, else 0 (Kantor & Voorhees 2000; ir-measures RR@k)."""
    return next((1 / rank for rank, i in enumerate(ranked[:k], start=1) if relevance.get(i, 0) > 0), 0.0)


def ndcg(ranked: Sequence[str], relevance: Relevance, k: int) -> float:
    """Discounted cumulative gain over its best possible, gain = grade, discount = log2(rank + 1) (Järvelin &
    Kekäläinen 2002, as trec_eval computes it; ir-measures nDCG@k)."""
    ideal = _dcg(sorted((g for g in relevance.values() if g > 0), reverse=True)[:k])
    return _dcg([max(0, relevance.get(i, 0)) for i in ranked[:k]]) / ideal if ideal else 0.0


def _dcg(grades: Sequence[int]) -> float:
    return sum(grade / math.log2(rank + 1) for rank, grade in enumerate(grades, start=1))


def hit(ranked: Sequence[str], relevance: Relevance, k: int, grade: int) -> float:
    """1 where one of the first k has at least that grade (ir-measures Success(rel=grade)@k)."""
    return float(any(relevance.get(i, 0) >= grade for i in ranked[:k]))


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The chance that a positive scores above a negative, ties half: Mann-Whitney's U / mn (Hanley & McNeil 1982)."""
    ordered = np.sort(np.asarray(negative, dtype=np.float64))
    scores = np.asarray(positive, dtype=np.float64)
    below = np.searchsorted(ordered, scores, side="left")
    above_or_tied = np.searchsorted(ordered, scores, side="right")
    return float((below + above_or_tied).sum() / 2 / (len(scores) * len(ordered)))


def answered_at(answerable: Sequence[float], others: Sequence[float], slip: float) -> float:
    """The share of the answerable above the threshold that lets at most a share `slip` of the others through."""
    descending = sorted(others, reverse=True)
    threshold = descending[math.floor(slip * len(descending))]
    return sum(score > threshold for score in answerable) / len(answerable)


def percentile(values: Sequence[float], share: float) -> float:
    """Linear between the ranks, as numpy.quantile."""
    return float(np.quantile(np.asarray(values), share)) if values else 0.0
