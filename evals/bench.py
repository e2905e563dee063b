"""`ictnavi-eval bench`: how well the product's own retrieval, quoting and evidence decision do on a BEIR folder.

In: a folder, settings. Out: the figures of DESIGN §8, all keys at the top. Off-topic and personal rules of this field
stay out; the evidence decision alone is measured, at the shipped threshold. The index lies in a folder that is removed.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from evals import ranking
from evals.beir import Collection, Question
from rag.embed import StaticEmbeddings, open_model
from rag.evidence import Field, gather
from rag.index import Index, build_index, close_index, head_text, open_index
from rag.intent import read_intent
from rag.language.normalise import fold
from rag.language.tokens import Tokenizer
from rag.query import Weights, analyse
from rag.retrieve import retrieve
from rag.settings import Settings
from rag.token_cache import CachingTokenizer

DEPTH = 10
DAY = date(2026, 4, 1)  # years named by a question play no part here, for no source has a date
ALWAYS = float("-inf")  # the support from which to answer, so that every question gets quotes
Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Found:
    """What one system gives for one question. `score` says how sure it is; `answered` what it decides."""

    ranked: tuple[str, ...]
    quotes: tuple[str, ...]
    score: float
    answered: bool
    seconds: float


@dataclass(frozen=True, kw_only=True)
class System:
    """Something to be measured, with the seconds that indexing took."""

    ask: Callable[[str], Found]
    index_s: float


def measure(collection: Collection, system: System, progress: Progress = lambda done, total: None) -> dict[str, Any]:
    """Every figure that the collection allows."""
    found: dict[str, Found] = {}
    for number, question in enumerate(collection.questions, start=1):
        found[question.id] = system.ask(question.text)
        progress(number, len(collection.questions))
    seconds = [f.seconds * 1000 for f in found.values()]
    return {
        **_retrieval(collection, found),
        **_quoting(collection, found),
        "index_s": round(system.index_s, 3),
        "p50_ms": round(ranking.percentile(seconds, 0.5), 3),
        "p95_ms": round(ranking.percentile(seconds, 0.95), 3),
        **_decisions(collection.questions, found),
    }


def _retrieval(collection: Collection, found: dict[str, Found]) -> dict[str, float]:
    judged = [q.id for q in collection.questions if collection.relevance.get(q.id)]
    if not judged:
        return {}
    pairs = [(found[i].ranked, collection.relevance[i]) for i in judged]
    out = {f"recall@{k}": sum(ranking.recall(r, g, k) for r, g in pairs) / len(pairs) for k in (1, 5, 10)}
    out["mrr@10"] = sum(ranking.reciprocal_rank(r, g, 10) for r, g in pairs) / len(pairs)
    out["ndcg@10"] = sum(ranking.ndcg(r, g, 10) for r, g in pairs) / len(pairs)
    if collection.graded:
        out |= {f"hit2@{k}": sum(ranking.hit(r, g, k, 2) for r, g in pairs) / len(pairs) for k in (1, 3, 10)}
    return _rounded(out)


def _quoting(collection: Collection, found: dict[str, Found]) -> dict[str, float]:
    asked = [q for q in collection.questions if q.answers and q.answerable is not False]
    if not asked:
        return {}
    return _rounded({f"quote{n}": sum(holds(found[q.id].quotes[:n], q) for q in asked) / len(asked) for n in (1, 2)})


def holds(quotes: Sequence[str], question: Question) -> bool:
    """Whether a quote contains one of the answers, in normal form and without white space."""
    shown = [_plain(quote) for quote in quotes]
    return any(_plain(answer) in quote for answer in question.answers for quote in shown)


def _plain(text: str) -> str:
    return re.sub(r"\s", "", fold(text))


def _decisions(questions: Sequence[Question], found: dict[str, Found]) -> dict[str, Any]:
    answerable = [found[q.id] for q in questions if q.answerable]
    kinds = sorted({q.kind for q in questions if q.answerable is False})
    if not answerable:
        return {}
    scores = [f.score for f in answerable]
    false: dict[str, float] = {}
    abstain: dict[str, dict[str, float]] = {}
    for kind in kinds:
        others = [found[q.id] for q in questions if q.answerable is False and q.kind == kind]
        false[kind] = sum(f.answered for f in others) / len(others)
        low = [f.score for f in others]
        abstain[kind] = _rounded(
            {"auroc": ranking.auroc(scores, low), "answered_at_5pct": ranking.answered_at(scores, low, 0.05)}
        )
    answered = sum(f.answered for f in answerable) / len(answerable)
    return {"answered": round(answered, 6), "false_answers": _rounded(false), "abstain": abstain}


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 6) for name, value in figures.items()}


def run_bench(
    collection: Collection, settings: Settings, progress: Progress = lambda done, total: None
) -> dict[str, Any]:
    """Index with the product's own code and settings, and measure."""
    with open_product(collection, settings) as system:
        return measure(collection, system, progress)


@contextmanager
def open_product(collection: Collection, settings: Settings) -> Iterator[System]:
    """The product's own retrieval, quoting and evidence decision over the collection, until the block ends."""
    with tempfile.TemporaryDirectory(prefix="ictnavi-bench-") as folder:
        began = time.perf_counter()
        index = _index(collection, Path(folder), settings)
        try:
            yield System(ask=lambda text: _ask(text, index), index_s=time.perf_counter() - began)
        finally:
            with suppress(OSError):  # Chroma may have let go already
                close_index(index)


def _index(collection: Collection, folder: Path, settings: Settings) -> Index:
    building, tokenizer = CachingTokenizer(folder, ()), Tokenizer()
    texts = [f"{head_text(p)}\n{p.text}" for p in collection.passages]
    embeddings = (
        open_model(settings.embeddings)
        if settings.embeddings
        else StaticEmbeddings.fit(lambda text: building.tokens(text).words, texts)
    )
    build_index(
        collection.passages, folder, tokenizer=building, embed=lambda some: embeddings.embed_documents(list(some))
    )
    if isinstance(embeddings, StaticEmbeddings):
        embeddings = embeddings.split_by(lambda text: [w.token for w in tokenizer.words(text)])
    return open_index(collection.passages, folder, tokenizer=tokenizer, embeddings=embeddings)


def _ask(text: str, index: Index) -> Found:
    weights = Weights()
    began = time.perf_counter()
    query = analyse(text, index, weights)
    hits = retrieve(query, index, weights, limit=DEPTH)
    seconds = time.perf_counter() - began
    intent, field = read_intent(text, DAY), Field(sources={})
    evidence = gather(query, hits, index, intent, field, least=ALWAYS)
    return Found(
        ranked=tuple(hit.passage.id for hit in hits),
        quotes=tuple(candidate.text for candidate in evidence.chosen),
        score=evidence.support.score,
        answered=evidence.support.score >= 0 and bool(evidence.chosen),
        seconds=seconds,
    )
