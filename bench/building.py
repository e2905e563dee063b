"""How long a release takes to build: the shipped corpus, and many passages recombined from its sentences."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bench.figures import Figure, find_percentile
from rag.build import build_checked, gather_material, publish
from rag.embed import StaticEmbeddings
from rag.index import build_index, close_index, head_text, open_index
from rag.language.tokens import Tokenizer
from rag.query import Weights, analyse
from rag.retrieve import retrieve
from rag.settings import Settings
from rag.types import Passage, Span

SENTENCES = (2, 4)  # of a recombined passage, at least and at most


def build_shipped(settings: Settings) -> Iterator[Figure]:
    """Check, build and publish the shipped corpus into an empty folder."""
    began = time.perf_counter()
    release_id = build_checked(settings)
    yield Figure(name="同梱の資料から候補を作る", value=time.perf_counter() - began, unit="s", goal=30)
    began = time.perf_counter()
    publish(settings, release_id, reason="bench")
    yield Figure(name="確かめて公開する", value=time.perf_counter() - began, unit="s")


def recombine(passages: Sequence[Passage], *, count: int, seed: int) -> tuple[Passage, ...]:
    """`count` passages whose sentences, title and question come from passages of one language drawn by `seed`.

    Every text holds two to four sentences of different passages, so that words and lengths are those of the corpus.
    Askings are left out: a corpus grows that large by originals, and those carry none.
    """
    draw = random.Random(seed)
    by_language = [group for lang in ("ja", "en") if (group := [p for p in passages if p.lang == lang and p.sentences])]
    weights = [len(group) for group in by_language]
    made = []
    for number in range(count):
        (group,) = draw.choices(by_language, weights)
        parts = draw.sample(group, min(draw.randint(*SENTENCES), len(group)))
        made.append(_join(f"recombined#{number}", draw.choice(group), [(p, draw.choice(p.sentences)) for p in parts]))
    return tuple(made)


def _join(passage_id: str, head: Passage, parts: Sequence[tuple[Passage, Span]]) -> Passage:
    text, spans = "", []
    for passage, span in parts:
        text += "\n" if text else ""
        begin = len(text)
        text += passage.quote(span)
        spans.append(Span(start=begin, end=len(text), source_ids=span.source_ids))
    return replace(
        head,
        id=passage_id,
        document_id=passage_id,
        askings=(),
        text=text,
        start=0,
        end=len(text),
        sentences=tuple(spans),
    )


def index_recombined(
    settings: Settings, questions: Sequence[str], *, folder: Path, count: int, seed: int
) -> Iterator[Figure]:
    """Fit, index and search `count` recombined passages with the product's own code."""
    material = gather_material(settings)
    passages = recombine(material.passages, count=count, seed=seed)
    tokenizer = Tokenizer([g.phrases for g in material.corpus.glossary.groups])
    began = time.perf_counter()
    embeddings = StaticEmbeddings.fit(
        lambda text: tokenizer.tokens(text).words, [f"{head_text(p)}\n{p.text}" for p in passages]
    )
    folder.mkdir(parents=True)
    build_index(passages, folder, tokenizer=tokenizer, embed=lambda texts: embeddings.embed_documents(list(texts)))
    yield Figure(name=f"{count:,}文章の索引を作る", value=time.perf_counter() - began, unit="s", goal=60)
    index = open_index(passages, folder, tokenizer=tokenizer, embeddings=embeddings)
    weights, times = Weights(), []
    try:
        for question in questions:
            began = time.perf_counter()
            retrieve(analyse(question, index, weights), index, weights)
            times.append((time.perf_counter() - began) * 1000)
    finally:
        close_index(index)
    yield Figure(name=f"{count:,}文章の検索(p50)", value=find_percentile(times, 50), unit="ms")
    yield Figure(name=f"{count:,}文章の検索(p95)", value=find_percentile(times, 95), unit="ms")
