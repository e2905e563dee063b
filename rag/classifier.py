"""Ways of asking -> a linear classifier over passages, and back: which one is meant, learned from how each is asked.

In: rows of terms, each with its passage, and whether the passage answers it or it is only asked beside it. Out:
`classifier/` in a new folder, or an opened `Classifier`. Linear support vector machines over TF-IDF (Fan et al. 2008,
LIBLINEAR; scikit-learn trains, nothing of it is needed to answer): one a passage against the rest, one for what is
asked beside each, and one for whether a question has an answer at all. It knows nothing of texts, and has no opinion on
a passage that nobody wrote a way of asking for.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]

COST = 1.0  # LinearSVC's own default
ANSWERED_COST = 0.3  # of the machine for whether there is an answer: from what one section lacks to what others do
TOLERANCE = 0.1  # a thousandth of it costs half the time again, and ranks alike
COMMON = 2  # rows in which a term must stand, where there are MANY
MANY = 100
FAINT = 0.02  # weights nearer to 0 are left out: fourteen of fifteen, without an effect on the ranking
SEED = 0


@dataclass(frozen=True, kw_only=True)
class Row:
    """The terms of one way of asking a passage, of what is asked beside it, or of one of its sentences."""

    passage: int
    terms: Sequence[str]
    kind: Literal["asked", "beside", "said"]


@dataclass(frozen=True, kw_only=True)
class Nearness:
    """For each passage how near a question is: 0 like any other, 1 at the border, more inside (margin + 1, at least 0).

    `meant` is NaN for a passage that nobody wrote a way of asking for; `beside` is 0 where nothing beside it is known.
    `answered` is the margin of being answered at all: below 0 what is asked so is rather not; 0 where nothing is known.
    """

    meant: Scores
    beside: Scores
    answered: float


@dataclass(frozen=True, kw_only=True)
class Classifier:
    """The weights by term (a sparse matrix by columns, as in `rag.index.Table`); rows are the classes.

    `idf` and `answered` (the weights of being answered) have one value a term; `bias`, `passages` (whose class it is)
    and `beside` have one a class; `answered_bias` has one.
    """

    data: NDArray[np.float32]
    indices: NDArray[np.int32]
    indptr: NDArray[np.int64]
    idf: NDArray[np.float32]
    bias: NDArray[np.float32]
    passages: NDArray[np.int64]
    beside: NDArray[np.bool_]
    answered: NDArray[np.float32]
    answered_bias: NDArray[np.float32]
    vocabulary: Mapping[str, int]

    def read(self, terms: Iterable[str], size: int) -> Nearness:
        """How near a question of these terms is to each of `size` passages."""
        numbers, weights = self._weigh(terms)
        margins = self.bias.copy()
        for number, weight in zip(numbers, weights, strict=True):
            begin, end = self.indptr[number], self.indptr[number + 1]
            margins[self.indices[begin:end]] += weight * self.data[begin:end]
        near = np.maximum(0, margins + 1)
        meant, beside = np.full(size, np.nan, dtype=np.float32), np.zeros(size, dtype=np.float32)
        meant[self.passages[~self.beside]] = near[~self.beside]
        beside[self.passages[self.beside]] = near[self.beside]
        answered = float(weights @ self.answered[numbers] + self.answered_bias[0])
        return Nearness(meant=meant, beside=beside, answered=answered)

    def _weigh(self, terms: Iterable[str]) -> tuple[NDArray[np.int64], Scores]:
        """The numbers of the known terms, and the TF-IDF weight of each: a vector of length 1."""
        counts = Counter(number for term in terms if (number := self.vocabulary.get(term)) is not None)
        numbers = np.fromiter(counts, dtype=np.int64)
        weights = (1 + np.log(np.fromiter(counts.values(), dtype=np.float32))) * self.idf[numbers]
        return numbers, weights / (float(np.sqrt(weights @ weights)) or 1.0)


def train(rows: Sequence[Row], folder: Path) -> None:
    """Write the classifier of these rows; with fewer than two passages among them, one that has no opinion."""
    folder.mkdir()
    known = len(set(map(_class_of, rows))) > 1
    arrays, vocabulary = _fit(rows) if known else (_NOTHING, list[str]())
    np.savez(folder / "weights.npz", allow_pickle=False, **arrays)
    (folder / "terms.json").write_text(json.dumps(vocabulary, ensure_ascii=False), "utf-8")


_NOTHING: Mapping[str, NDArray[Any]] = {
    "data": np.zeros(0, np.float32),
    "indices": np.zeros(0, np.int32),
    "indptr": np.zeros(1, np.int64),
    "idf": np.zeros(0, np.float32),
    "bias": np.zeros(0, np.float32),
    "passages": np.zeros(0, np.int64),
    "beside": np.zeros(0, np.bool_),
    "answered": np.zeros(0, np.float32),
    "answered_bias": np.zeros(1, np.float32),
}


def _class_of(row: Row) -> int:
    return 2 * row.passage + (row.kind == "beside")


def _fit(rows: Sequence[Row]) -> tuple[Mapping[str, NDArray[Any]], list[str]]:
    from scipy.sparse import csc_array  # with scikit-learn two seconds of imports, which answering does not need
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    vectorizer = TfidfVectorizer(analyzer=list, min_df=COMMON if len(rows) >= MANY else 1, sublinear_tf=True)
    features = vectorizer.fit_transform([row.terms for row in rows])
    learned = LinearSVC(C=COST, tol=TOLERANCE, random_state=SEED).fit(features, [*map(_class_of, rows)])
    weights, bias = learned.coef_, learned.intercept_
    if len(learned.classes_) == 2:  # scikit-learn keeps one machine for two classes
        weights, bias = np.vstack([-weights, weights]), np.concatenate([-bias, bias])
    sparse = csc_array(np.where(np.abs(weights) < FAINT, 0, weights).astype(np.float32))
    answered, answered_bias = np.zeros(features.shape[1]), np.zeros(1)
    asked = np.array([row.kind for row in rows])
    if "beside" in asked:
        machine = LinearSVC(C=ANSWERED_COST, tol=TOLERANCE, random_state=SEED, class_weight="balanced")
        machine.fit(features[asked != "said"], asked[asked != "said"] == "asked")
        answered, answered_bias = machine.coef_[0], machine.intercept_
    arrays = {
        "data": sparse.data,
        "indices": sparse.indices.astype(np.int32),
        "indptr": sparse.indptr.astype(np.int64),
        "idf": vectorizer.idf_.astype(np.float32),
        "bias": bias.astype(np.float32),
        "passages": learned.classes_.astype(np.int64) // 2,
        "beside": learned.classes_ % 2 == 1,
        "answered": answered.astype(np.float32),
        "answered_bias": answered_bias.astype(np.float32),
    }
    return arrays, vectorizer.get_feature_names_out().tolist()
