"""bench on a small BEIR folder: keys exact, figures those of ir-measures, peers or a clear sentence."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import ir_measures
import pytest
from ir_measures import RR, R, Success, nDCG

from evals.beir import read_collection
from evals.bench import Found, System, measure, open_product, run_bench
from evals.peers import open_peers
from rag.settings import Settings
from rag.types import ContentError, SettingError

ROWS = [
    ("d1", "年次有給休暇", "常勤職員には年20日の年次有給休暇があります。残りは翌年に繰り越せます。"),
    ("d2", "時差勤務", "勤務の始まりは午前7時から午前11時の間で選べます。"),
    ("d3", "初任給", "大学を出た人の初任給は月270,600円です。地域手当を含みます。"),
    ("d4", "研修", "新しく入った職員は、配属の前に2週間の研修を受けます。"),
    ("d5", "海外研修", "海外の都市に3か月滞在して学ぶ研修があります。"),
    ("d6", "テレワーク", "自宅で働くテレワークは週に何日でも使えます。"),
]
ASKED = [
    ("q1", "有給休暇は年に何日ありますか", {"answers": ["20日"], "answerable": True, "kind": "answerable"}),
    ("q2", "初任給はいくらですか", {"answers": ["270,600円", "27万円"], "answerable": True, "kind": "answerable"}),
    ("q3", "海外の研修は何か月ですか", {"answers": ["3か月"], "answerable": True, "kind": "answerable"}),
    ("q4", "火星の気温は何度ですか", {"answers": [], "answerable": False, "kind": "far"}),
    ("q5", "時差勤務の給与はいくらですか", {"answers": [], "answerable": False, "kind": "near"}),
]
GRADES = [("q1", "d1", 2), ("q2", "d3", 1), ("q3", "d5", 2), ("q3", "d4", 1)]
ALWAYS = {"recall@1", "recall@5", "recall@10", "mrr@10", "ndcg@10", "quote1", "quote2", "index_s", "p50_ms", "p95_ms"}


def write_folder(folder: Path, *, graded: bool = True, judged: bool = True) -> Path:
    corpus = [json.dumps({"_id": i, "title": t, "text": x}, ensure_ascii=False) for i, t, x in ROWS]
    queries = [
        json.dumps({"_id": i, "text": t, "metadata": m if judged else {"answers": m["answers"]}}, ensure_ascii=False)
        for i, t, m in ASKED
    ]
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text("\n".join(corpus) + "\n", "utf-8")
    (folder / "queries.jsonl").write_text("\n".join(queries), "utf-8")
    lines = [f"{q}\t{d}\t{g if graded else 1}" for q, d, g in GRADES]
    (folder / "qrels" / "test.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *lines]) + "\n", "utf-8")
    return folder


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    folder = write_folder(tmp_path_factory.mktemp("beir") / "graded")
    return run_bench(read_collection(folder), Settings())


def test_the_products_own_code_finds_quotes_and_declines(figures: dict[str, object]) -> None:
    assert figures.keys() == ALWAYS | {"hit2@1", "hit2@3", "hit2@10", "answered", "false_answers", "abstain"}
    assert figures["recall@10"] == 1.0
    assert figures["quote2"] == 1.0
    assert figures["false_answers"]["far"] == 0.0  # type: ignore[index]
    abstain = figures["abstain"]
    assert abstain["far"].keys() == {"auroc", "answered_at_5pct"}  # type: ignore[index]
    assert abstain["far"]["auroc"] == 1.0  # type: ignore[index]
    assert all(figures[key] > 0 for key in ("index_s", "p50_ms", "p95_ms"))  # type: ignore[operator]


def test_keys_follow_what_the_folder_says(tmp_path: Path) -> None:
    collection = read_collection(write_folder(tmp_path / "plain", graded=False, judged=False))
    system = System(ask=scripted, index_s=0.5)
    assert measure(collection, system).keys() == ALWAYS


def scripted(text: str) -> Found:
    """A ranking fixed by the question's length, so that figures can be asserted."""
    ids = [f"d{n}" for n in range(1, 7)]
    at = len(text) % 6
    ranked = (*ids[at:], *ids[:at])
    return Found(
        ranked=ranked, quotes=("年20日です。", "月270,600 円です。"), score=float(at), answered=at > 2, seconds=0.01
    )


def test_figures_are_those_of_ir_measures(tmp_path: Path) -> None:
    collection = read_collection(write_folder(tmp_path / "graded"))
    found = measure(collection, System(ask=scripted, index_s=0.5))
    run = {i: {d: 10.0 - n for n, d in enumerate(scripted(t).ranked)} for i, t, _ in ASKED}
    qrels: dict[str, dict[str, int]] = {}
    for question, passage, grade in GRADES:
        qrels.setdefault(question, {})[passage] = grade
    names = {
        "recall@1": R @ 1, "recall@5": R @ 5, "recall@10": R @ 10, "mrr@10": RR @ 10, "ndcg@10": nDCG @ 10,
        "hit2@1": Success(rel=2) @ 1, "hit2@3": Success(rel=2) @ 3, "hit2@10": Success(rel=2) @ 10,
    }  # fmt: skip
    oracle = ir_measures.calc_aggregate(list(names.values()), qrels, {q: run[q] for q in qrels})
    assert {name: found[name] for name in names} == {
        name: pytest.approx(oracle[measure_], abs=1e-6) for name, measure_ in names.items()
    }
    assert (found["quote1"], found["quote2"]) == (pytest.approx(1 / 3, abs=1e-6), pytest.approx(2 / 3, abs=1e-6))
    assert (found["p50_ms"], found["index_s"]) == (10.0, 0.5)
    scores = {i: len(t) % 6 for i, t, _ in ASKED}
    assert found["answered"] == pytest.approx(sum(scores[q] > 2 for q in ("q1", "q2", "q3")) / 3, abs=1e-6)
    assert found["false_answers"] == {"far": float(scores["q4"] > 2), "near": float(scores["q5"] > 2)}


def test_the_products_figures_are_those_of_ir_measures(figures: dict[str, object], tmp_path: Path) -> None:
    collection = read_collection(write_folder(tmp_path / "graded"))
    with open_product(collection, Settings()) as system:
        run = {q: {d: 10.0 - n for n, d in enumerate(system.ask(text).ranked)} for q, text, _ in ASKED[:3]}
    qrels = {q: {d: g for asked, d, g in GRADES if asked == q} for q in run}
    oracle = ir_measures.calc_aggregate([R @ 1, R @ 5, RR @ 10, nDCG @ 10, Success(rel=2) @ 1], qrels, run)
    ours = [figures[key] for key in ("recall@1", "recall@5", "mrr@10", "ndcg@10", "hit2@1")]
    theirs = [oracle[m] for m in (R @ 1, R @ 5, RR @ 10, nDCG @ 10, Success(rel=2) @ 1)]
    assert ours == pytest.approx(theirs, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("corpus.jsonl", '{"_id": "a"}\n', "corpus.jsonl:1"),
        ("corpus.jsonl", '{"_id": "a", "text": "い"}\n{"_id": "a", "text": "ろ"}\n', "同じ _id"),
        ("queries.jsonl", "[]\n", "queries.jsonl:1"),
        ("qrels/test.tsv", "query\tid\tscore\nq1 d1 1\n", "qrels/test.tsv:2"),
    ],
)
def test_a_folder_of_another_layout_is_named_with_file_and_line(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    folder = write_folder(tmp_path / "beir")
    (folder / name).write_text(text, "utf-8")
    with pytest.raises(ContentError, match=message):
        read_collection(folder)
    (folder / name).unlink()
    with pytest.raises(ContentError, match="BEIR の形"):
        read_collection(folder)


def test_peers_are_measured_with_the_same_keys_or_missing_packages_are_named(tmp_path: Path) -> None:
    collection = read_collection(write_folder(tmp_path / "beir"))
    if importlib.util.find_spec("janome") is None or importlib.util.find_spec("langchain_community") is None:
        with pytest.raises(SettingError, match=r"\.\[peers\]"), open_peers(collection):
            pass
        return
    with open_peers(collection) as systems:
        found = {name: measure(collection, make()) for name, make in systems.items()}
    assert len(found) == 5
    assert len({frozenset(values) for values in found.values()}) == 1
    assert found["BM25Retriever (default split)"]["recall@1"] < found["BM25Retriever (Sudachi)"]["recall@1"]
    assert found["BM25Retriever (janome)"]["false_answers"] == {"far": 1.0, "near": 1.0}  # a peer always answers
