"""How well the best passage carries a question: one number, calibrated once, that decides whether to answer.

The raw BM25 score is a poor signal. What tells is coverage: the idf share of the question that the best window of two
sentences meets (with the passage's title, question and most alike asking), its bigrams in the best sentence, how far
the passage stands out from the others, and how like the question its best asking is. `Signs` are those numbers,
`Calibration` weighs them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import partial

import numpy as np

from rag.classifier import Nearness
from rag.coverage import Coverage, Reader, bigram_share, unknown_share
from rag.index import Index
from rag.query import Query, QueryTerm
from rag.types import Hit


@dataclass(frozen=True, kw_only=True)
class Signs:
    """What is measured of a question and a passage. Shares run from 0 to 1."""

    window: float  # idf share of the question that the best two neighbouring sentences meet, heads included
    own: float  # the same of one sentence by itself
    sentence: float  # share of the question's bigrams in the best sentence, heads included
    words: float  # BM25 of the passage over the idf of the question
    lead: float  # how far the passage stands above the third best
    pairs_lead: float  # how far the best list of bigrams stands above its second
    asking: float  # likeness of the best way of asking
    complete: float  # 1 where one window meets every word
    stranger: float  # 1 where a name in the question (大阪, 警視庁) stands nowhere in the passage
    meant: float  # the classifier's nearness of the passage
    rival: float  # the same of the nearest other passage
    answered: float  # the classifier's margin of being answered at all
    unknown: float  # share of the question's rarity in words that stand nowhere in the material
    brief: float  # 1 over the number of its terms: one word alone meets much by chance


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Weights of the signs in logits, from a logistic regression, then frozen (docs/retrieval.md has the figures).

    Two of them: a sheet or an interview knows what it is asked, a plain text does not.
    """

    weights: tuple[float, ...]
    bias: float
    threshold: float

    def score(self, signs: Signs) -> float:
        """The support of a passage with these signs, in logits."""
        return self.bias + sum(
            w * float(getattr(signs, f.name)) for w, f in zip(self.weights, fields(signs), strict=True)
        )


# found on the 1,200 questions of bench/abstain
PLAIN = Calibration(
    weights=(2.47, 1.79, 3.28, 2.71, 2.39, 2.47, 0.0, 0.33, -1.19, 0.0, 0.0, 0.0, 0.0, 0.0), bias=-7.13, threshold=0.7
)
# found on the sets practice, dev, fresh and oblique; but for `stranger` (-0.8 there): it keeps other organisations out
ASKED = Calibration(
    weights=(2.6, 0.0, 1.22, 0.0, 0.0, 0.0, 1.06, 0.0, -1.5, 2.73, 2.85, 1.29, -8.55, -2.28), bias=-4.03, threshold=-0.5
)
MISSING_KIND = 6.0  # taken off where a kind of fact that must be there is not


@dataclass(frozen=True, kw_only=True)
class Support:
    """`score` is in logits above the threshold; `window` the best coverage; `unmet` the terms that stand nowhere."""

    score: float
    window: float
    unmet: tuple[QueryTerm, ...]
    signs: Signs | None = None

    @property
    def written_for(self) -> bool:
        """Whether the passage was written for this very question: one of its ways of asking is nearly the same."""
        return self.signs is not None and self.signs.asking >= THE_SAME


THE_SAME = 0.95  # likeness of an asking from which only little words differ
WHOLE = 0.999
MET = 0.9  # the strength from which a term counts as met: a concept or a mended slip, not Sudachi's loose group
NONE = Support(score=-99.0, window=0.0, unmet=())


def weigh(query: Query, hit: Hit, rivals: Sequence[Hit], index: Index) -> Support:
    """The support of one passage; `rivals` are the hits in order, among them this one."""
    if not query.terms or not hit.passage.sentences:
        return NONE
    reader = Reader(query, index)
    coverage = reader.read(index.position[hit.passage.id])
    signs = read_signs(query, hit, rivals, index, reader, coverage)
    unmet = tuple(term for term, met in zip(query.terms, coverage.whole, strict=True) if met < MET)
    calibration = ASKED if hit.passage.askings or hit.passage.question else PLAIN
    return Support(
        score=calibration.score(signs) - calibration.threshold, window=signs.window, unmet=unmet, signs=signs
    )


def read_signs(
    query: Query, hit: Hit, rivals: Sequence[Hit], index: Index, reader: Reader, coverage: Coverage
) -> Signs:
    """The signs of one passage that has sentences."""
    passage, sentences = hit.passage, coverage.sentences
    windows = np.maximum(np.vstack([sentences, np.maximum(sentences[:-1], sentences[1:])]), coverage.above)
    window = float(reader.share(windows).max())
    closest = max(passage.askings, key=partial(bigram_share, query), default="")
    above = f"{passage.title}\n{passage.question or ''}\n{closest}"
    return Signs(
        window=window,
        own=float(reader.share(sentences).max()),
        sentence=bigram_share(query, *(f"{above}\n{passage.quote(s)}" for s in passage.sentences)),
        words=float(index.tables["words"].scores(query.weights)[index.position[passage.id]]) / query.total_idf,
        lead=lead(hit, rivals),
        pairs_lead=_pairs_lead(query, index),
        asking=coverage.asking.likeness,
        complete=float(window >= WHOLE),
        stranger=float(any(t.proper and met < MET for t, met in zip(query.terms, coverage.whole, strict=True))),
        **_nearness(query.nearness, index.position[passage.id]),
        unknown=unknown_share(query, index),
        brief=1 / len(query.terms),
    )


def _nearness(near: Nearness, at: int) -> dict[str, float]:
    meant = np.nan_to_num(near.meant)
    others = np.delete(meant, at)
    return {
        "meant": float(meant[at]),
        "rival": float(others.max(initial=0.0)),
        "answered": near.answered,
    }


def meets(term: QueryTerm, index: Index, terms: frozenset[int]) -> bool:
    """Whether one of the term's full alternatives is among these term numbers."""
    vocabulary = index.terms.vocabulary
    return any(vocabulary.get(a) in terms for a, strength in term.alternatives.items() if strength >= MET)


def lead(hit: Hit, rivals: Sequence[Hit]) -> float:
    """How far a hit stands above the third best (0 … 1)."""
    third = rivals[min(2, len(rivals) - 1)]
    return max(0.0, 1.0 - third.score / hit.score) if hit.score > 0 else 0.0


def _pairs_lead(query: Query, index: Index) -> float:
    scores = index.tables["bigrams"].scores(dict.fromkeys(sorted(query.bigrams), 1.0))
    if len(scores) < 2:
        return 1.0
    second, first = np.partition(scores, -2)[-2:]
    return float(1.0 - second / first) if first > 0 else 0.0
