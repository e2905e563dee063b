"""How well the best passage carries a question: one number, calibrated once, that decides whether to answer.

The raw BM25 score is a poor signal. What tells is coverage: the idf share of the question that the best window of two
sentences meets (with the passage's title, question and most alike asking), the share of its bigrams in the best
sentence, how far the passage stands out from the third best, and how like the question its best asking is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from rag.index import Index
from rag.retrieve import Query, QueryTerm, best_asking, bigram_share, share
from rag.types import Hit


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """A logistic regression over the practice questions of bench/abstain and the own practice set, then frozen.

    The 1,200 questions of the former have no askings; those of the latter weigh six times as much each, so that
    both kinds of material count. What it gives at `threshold` stands in docs/retrieval.md.
    """

    window: float = 3.44
    sentence: float = 3.87
    lead: float = 2.86
    asking: float = 6.3
    bias: float = -5.07
    threshold: float = 0.45
    complete: float = 0.6  # added where one window meets every word of the question
    stranger: float = 1.0  # taken off where a name in the question (大阪, 警視庁) stands nowhere in the passage
    missing_kind: float = 6.0  # taken off where the kind of fact asked for is not there


@dataclass(frozen=True, kw_only=True)
class Support:
    """`score` is in logits; `window` the best coverage (0 … 1); `unmet` the terms that stand nowhere in the passage."""

    score: float
    window: float
    unmet: tuple[QueryTerm, ...]


WHOLE = 0.999
NONE = Support(score=-99.0, window=0.0, unmet=())


def weigh(query: Query, hit: Hit, rivals: Sequence[Hit], index: Index, calibration: Calibration) -> Support:
    """The support of one passage; `rivals` are the hits in order, among them this one."""
    at = index.position[hit.passage.id]
    asking = best_asking(query, index, at)
    head = index.terms.head(at) | asking.terms
    sentences = index.terms.sentences(at)
    if not query.terms or not sentences:
        return NONE
    windows = [a | b | head for a, b in pairwise(sentences)] or [sentences[0] | head]
    window = max(share(query, index, w) for w in (*windows, *(s | head for s in sentences)))
    whole = head.union(*sentences)
    passage = hit.passage
    closest = max(passage.askings, key=partial(bigram_share, query), default="")
    above = f"{passage.title}\n{passage.question or ''}\n{closest}"
    pairs = max(bigram_share(query, f"{above}\n{passage.quote(s)}") for s in passage.sentences)
    score = calibration.bias + sum(
        weight * value
        for weight, value in (
            (calibration.window, window),
            (calibration.sentence, pairs),
            (calibration.lead, lead(hit, rivals)),
            (calibration.asking, asking.likeness),
        )
    )
    if window >= WHOLE:
        score += calibration.complete
    unmet = tuple(t for t in query.terms if not meets(t, index, whole))
    if any(t.proper for t in unmet):
        score -= calibration.stranger
    return Support(score=score, window=window, unmet=unmet)


def meets(term: QueryTerm, index: Index, terms: frozenset[int]) -> bool:
    """Whether one of the term's full alternatives is among these term numbers."""
    vocabulary = index.terms.vocabulary
    return any(vocabulary.get(a) in terms for a, strength in term.alternatives.items() if strength >= 0.9)


def lead(hit: Hit, rivals: Sequence[Hit]) -> float:
    """How far a hit stands above the third best (0 … 1)."""
    third = rivals[min(2, len(rivals) - 1)]
    return max(0.0, 1.0 - third.score / hit.score) if hit.score > 0 else 0.0
