"""The classifier of ways of asking: against scikit-learn's own decision, and what it says of the unknown."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from rag.classifier import ANSWERED_COST, COST, FAINT, SEED, TOLERANCE, Classifier, Row, train

LEAVE, PAY, TRAINING = 0, 2, 3  # passage 1 has no way of asking
ASKED = {
    LEAVE: ("休み 何日", "有休 日数", "休暇 何日 もらえる", "休み 取れる"),
    PAY: ("給料 いくら", "初任給 額", "月給 いくら", "給料 もらえる"),
    TRAINING: ("研修 どんな", "研修 内容", "学ぶ 場", "研修 受ける"),
}
BESIDE = {LEAVE: ("休み 理由 書く",), PAY: ("給料 振込 日", "給料 理由"), TRAINING: ("研修 費用 誰",)}
ROWS = [
    *(Row(passage=p, terms=text.split(), kind="asked") for p, texts in ASKED.items() for text in texts),
    *(Row(passage=p, terms=text.split(), kind="beside") for p, texts in BESIDE.items() for text in texts),
    Row(passage=PAY, terms=["初任給", "額", "円"], kind="said"),
]


def open_trained(rows: list[Row], folder: Path) -> Classifier:
    train(rows, folder / "classifier")
    with np.load(folder / "classifier" / "weights.npz") as arrays:
        terms = json.loads((folder / "classifier" / "terms.json").read_text("utf-8"))
        return Classifier(**arrays, vocabulary={term: n for n, term in enumerate(terms)})


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    return open_trained(ROWS, tmp_path_factory.mktemp("trained"))


@pytest.mark.parametrize("question", ["休み 何日", "給料 給料 いくら", "研修 理由", "知らない 言葉", ""])
def test_nearness_is_scikit_learns_margin(classifier: Classifier, question: str) -> None:
    vectorizer = TfidfVectorizer(analyzer=str.split, sublinear_tf=True)
    rows = vectorizer.fit_transform([" ".join(row.terms) for row in ROWS])
    options = {"tol": TOLERANCE, "dual": True, "random_state": SEED}
    sections = LinearSVC(C=COST, **options).fit(rows, [-1 if r.kind == "beside" else r.passage for r in ROWS])
    asked = np.array([row.kind != "said" for row in ROWS])
    answered = LinearSVC(C=ANSWERED_COST, class_weight="balanced", **options).fit(
        rows[asked], [row.kind == "asked" for row in ROWS if row.kind != "said"]
    )
    features = vectorizer.transform([question])
    margins = dict(zip(sections.classes_.tolist(), sections.decision_function(features)[0], strict=True))
    found = classifier.read(question.split(), 4)
    for passage in (LEAVE, PAY, TRAINING):
        assert found.meant[passage] == pytest.approx(max(0.0, margins[passage] + 1), abs=3 * FAINT)
    assert found.answered == pytest.approx(answered.decision_function(features)[0], abs=1e-4)


def test_another_wording_is_nearest_to_what_is_asked_so(classifier: Classifier) -> None:
    for question, passage in (("休み 日数", LEAVE), ("月給 額", PAY), ("研修 学ぶ", TRAINING)):
        assert np.nanargmax(classifier.read(question.split(), 4).meant) == passage


def test_what_is_asked_beside_a_section_is_rather_not_answered(classifier: Classifier) -> None:
    assert classifier.read(["給料", "理由"], 4).answered < 0 < classifier.read(["給料", "いくら"], 4).answered


def test_of_a_passage_without_a_way_of_asking_nothing_is_known(classifier: Classifier) -> None:
    assert np.isnan(classifier.read(["休み"], 4).meant).tolist() == [False, True, False, False]


def test_two_passages_are_told_apart(tmp_path: Path) -> None:
    opened = open_trained([row for row in ROWS if row.passage != TRAINING and row.kind == "asked"], tmp_path)
    meant = opened.read(["給料", "いくら"], 4).meant
    assert meant[PAY] > 1 > meant[LEAVE]
    assert opened.read(["給料"], 4).answered == 0.0  # nothing beside them is known


@pytest.mark.parametrize("rows", [[], ROWS[:4]])
def test_fewer_than_two_passages_leave_no_opinion(rows: list[Row], tmp_path: Path) -> None:
    found = open_trained(rows, tmp_path).read(["休み"], 4)
    assert np.isnan(found.meant).all() and found.answered == 0.0


def test_training_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        train(ROWS, tmp_path / name)
    with np.load(tmp_path / "one" / "weights.npz") as one, np.load(tmp_path / "two" / "weights.npz") as two:
        assert all(np.array_equal(one[name], two[name]) for name in one)
