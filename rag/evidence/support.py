"""How well the best passage carries a question: one number, calibrated once, that decides between answer and abstention.

The raw BM25 score is a poor signal. What tells is coverage: the idf share of the question that the best window of two
sentences meets (with the passage's title and question), the share of its bigrams in the best sentence, the share of
its nouns anywhere in the passage, and how far the passage stands out from the third best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from rag.index import Index
from rag.retrieve import Query, QueryTerm, best_asking, bigram_share, likeness, share
from rag.types import Hit


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """A logistic regression, five-fold on the 1,200 practice questions of bench/abstain (JSQuAD), then frozen.

    There: near .88 and far .98 of the answerable are still answered when 5 % of the unanswerable slip through; at
    `threshold` .89 are answered, .06 of the near and .003 of the far falsely (docs/retrieval.md).
    """

    window: float = 3.43
    sentence: float = 3.24
    nouns: float = 0.36
    lead: float = 3.3
    asking: float = 4.16
    bias: float = -5.05
    threshold: float = 0.5
    missing_kind: float = 3.0  # taken off where the kind of fact asked for is not there


@dataclass(frozen=True, kw_only=True)
class Support:
    """`score` is in logits; `window` the best coverage (0 … 1); `unmet` the terms that stand nowhere in the passage."""

    score: float
    window: float
    unmet: tuple[QueryTerm, ...]


NONE = Support(score=-99.0, window=0.0, unmet=())


def weigh(query: Query, hit: Hit, rivals: Sequence[Hit], index: Index, calibration: Calibration) -> Support:
    """The support of one passage; `rivals` are the hits in order, among them this one."""
    at = index.position[hit.passage.id]
    asking = best_asking(query, index, at)
    head = index.terms.head(at) | asking
    sentences = index.terms.sentences(at)
    if not query.terms or not sentences:
        return NONE
    windows = [a | b | head for a, b in pairwise(sentences)] or [sentences[0] | head]
    window = max(share(query, index, w) for w in (*windows, *(s | head for s in sentences)))
    whole = head.union(*sentences)
    passage = hit.passage
    above = f"{passage.title}\n{passage.question or ''}\n{max(passage.askings, key=partial(bigram_share, query), default='')}"
    pairs = max(bigram_share(query, f"{above}\n{passage.quote(s)}") for s in passage.sentences)
    score = calibration.bias + sum(
        weight * value
        for weight, value in (
            (calibration.window, window),
            (calibration.sentence, pairs),
            (calibration.nouns, noun_share(query, index, whole)),
            (calibration.lead, lead(hit, rivals)),
            (calibration.asking, likeness(query, index, asking)),
        )
    )
    return Support(score=score, window=window, unmet=tuple(t for t in query.terms if not meets(t, index, whole)))


def meets(term: QueryTerm, index: Index, terms: frozenset[int]) -> bool:
    """Whether one of the term's full alternatives is among these term numbers."""
    vocabulary = index.terms.vocabulary
    return any(vocabulary.get(a) in terms for a, strength in term.alternatives.items() if strength >= 0.9)


def noun_share(query: Query, index: Index, terms: frozenset[int]) -> float:
    """The idf share of the question's nouns that are met; 1 where it has none."""
    nouns = [t for t in query.terms if t.noun]
    total = sum(t.idf for t in nouns)
    vocabulary = index.terms.vocabulary
    met = sum(t.idf for t in nouns if any(vocabulary.get(a) in terms for a in t.alternatives))
    return met / total if total else 1.0


def lead(hit: Hit, rivals: Sequence[Hit]) -> float:
    """How far a hit stands above the third best (0 … 1)."""
    third = rivals[min(2, len(rivals) - 1)]
    return max(0.0, 1.0 - third.score / hit.score) if hit.score > 0 else 0.0
