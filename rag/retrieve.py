"""A question -> passages, best first: BM25 over words, heads and bigrams, dense vectors, best-sentence re-score.

In: a `Query` and an opened index. Out: `Hit`s. Every list is divided by its own maximum and added with `Weights`; the
first are re-scored by their best sentence. Equal-weight reciprocal-rank fusion of the same lists is worse than BM25
alone (docs/retrieval.md). It never decides whether to answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from rag.coverage import Reader, bigram_share
from rag.index import PASSAGES, QUESTIONS, Index
from rag.query import Query, Weights, close_gaps
from rag.types import Hit

Scores = NDArray[np.float32]
NEAREST = 50  # entries of a dense collection that count


def asked_for(query: Query, index: Index) -> Scores:
    """For each passage the score of its best asking: many ways of asking must not dilute one another."""
    scores = np.zeros(len(index.passages), dtype=np.float32)
    if len(index.asked):
        np.maximum.at(scores, index.asked, index.tables["askings"].scores(query.weights))
    return scores


def dense(name: str, index: Index, vector: Sequence[float], depth: int) -> Scores:
    """Cosine similarity of the nearest `depth` entries of a collection, each passage by its best entry; 0 elsewhere."""
    scores = np.zeros(len(index.passages), dtype=np.float32)
    depth = min(depth, index.entries[name])
    if not depth:
        return scores
    found = index.nearest[name].query(query_embeddings=[list(vector)], n_results=depth, include=["distances"])
    for entry, distance in zip(found["ids"][0], found["distances"][0], strict=True):
        at = index.position[entry.rpartition("?")[0] if name == QUESTIONS else entry]
        scores[at] = max(scores[at], 1.0 - distance)
    return scores


def fuse(lists: Iterable[tuple[Scores, float]]) -> Scores:
    """Each list divided by its own maximum, times its weight, added."""
    total: Scores | None = None
    for scores, weight in lists:
        top = float(scores.max(initial=0.0))
        part = scores * (weight / top) if top > 0 else scores * 0
        total = part if total is None else total + part
    if total is None:
        raise ValueError("nothing to fuse")
    return total


def best_places(scores: Scores, count: int) -> list[int]:
    """The places of the `count` best scores above 0, best first, of equal ones the first first."""
    least = np.partition(scores, -count)[-count] if count < len(scores) else 0.0
    near = np.flatnonzero((scores >= least) & (scores > 0))  # few of many, so that they alone need sorting
    places: list[int] = near[np.argsort(-scores[near], kind="stable")][:count].tolist()
    return places


def retrieve(
    query: Query, index: Index, weights: Weights, *, limit: int = 10, among: NDArray[np.bool_] | None = None
) -> list[Hit]:
    """The best passages, at most `per_source` of one document among them; `among` masks those that may be found."""
    lists = [
        (index.tables["words"].scores(query.weights), weights.words),
        (index.tables["heads"].scores(query.weights), weights.heads),
        (asked_for(query, index), weights.askings),
        (index.tables["bigrams"].scores(dict.fromkeys(query.bigrams, 1.0)), weights.bigrams),
    ]
    if weights.dense_passage or weights.dense_question:
        vector = index.embeddings.embed_query(close_gaps(query.text))
        if any(vector):
            lists.append((dense(PASSAGES, index, vector, NEAREST), weights.dense_passage))
            lists.append((dense(QUESTIONS, index, vector, NEAREST), weights.dense_question))
    lists.append((np.nan_to_num(query.nearness.meant), weights.classifier))
    if among is not None:
        lists = [(scores * among, weight) for scores, weight in lists]
    fused = fuse(lists)
    meant = _unknown_as_found(query.nearness.meant, fused)
    order = best_places(fused, weights.depth)
    found = [float(fused[at]) + weights.meant * float(meant[at]) for at in order]
    scores = _rescored(query, index, order, found, weights)
    scored = sorted(zip(scores, order, strict=True), key=lambda pair: (-pair[0], pair[1]))
    hits = (Hit(passage=index.passages[at], score=score) for score, at in scored)
    return _capped(hits, weights.per_source, limit)


def _unknown_as_found(meant: Scores, fused: Scores) -> Scores:
    """The classifier's opinion; a passage that it has none on stands where the other lists put it."""
    best, top = float(np.nanmax(meant, initial=0.0)), float(fused.max(initial=0.0)) or 1.0
    return np.where(np.isnan(meant), best * fused / top, meant)


def _rescored(
    query: Query, index: Index, places: Sequence[int], found: Sequence[float], weights: Weights
) -> list[float]:
    """What was `found` of the passage at each place, with what its best sentence and its best asking add."""
    reader, scores = Reader(query, index), []
    for at, before, coverage in zip(places, found, reader.read_all(places), strict=True):
        passage = index.passages[at]
        words = reader.share(np.maximum(coverage.sentences, coverage.above)).max(initial=0.0)
        pairs = bigram_share(query, *map(passage.quote, passage.sentences))
        score = before + weights.sentence_words * float(words) + weights.sentence_bigrams * pairs
        score += weights.asking * coverage.asking.likeness
        scores.append(score if passage.lang == query.language else score * weights.other_language)
    return scores


def _capped(found: Iterable[Hit], per_source: int, limit: int) -> list[Hit]:
    taken: dict[str, int] = {}
    hits: list[Hit] = []
    for hit in found:
        document = hit.passage.document_id
        taken[document] = taken.get(document, 0) + 1
        if taken[document] <= per_source:
            hits.append(hit)
        if len(hits) == limit:
            break
    return hits
