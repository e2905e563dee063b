"""How long a release takes to build: the shipped corpus, and many passages recombined from its sentences."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bench.answering import WARM_UP
from bench.figures import Figure, find_percentile
from bench.serving import read_memory
from rag.build import build_checked, gather_material, publish
from rag.embed import StaticEmbeddings
from rag.index import build_index, close_index, head_text, open_index
from rag.language.tokens import Tokenizer, Tokens
from rag.query import Weights, analyse
from rag.retrieve import retrieve
from rag.settings import Settings
from rag.token_cache import CachingTokenizer
from rag.types import Passage, Span

SENTENCES = (2, 4)  # of a recombined passage, at least and at most


@dataclass(frozen=True, kw_only=True)
class Size:
    """So many passages, and what was promised: seconds to index them, milliseconds (p95) to search them.

    Where no time to index was promised, the shipped passages with all their askings are among the recombined ones.
    """

    count: int
    index_s: float | None = None
    search_ms: float | None = None


SIZES = (Size(count=2_000, index_s=10, search_ms=10), Size(count=10_000, index_s=60), Size(count=100_000, search_ms=40))


def build_shipped(settings: Settings) -> Iterator[Figure]:
    """Check, build and publish the shipped corpus into an empty folder."""
    began = time.perf_counter()
    release_id = build_checked(settings)
    yield Figure(name="同梱の資料から候補を作る", value=time.perf_counter() - began, unit="s", goal=30)
    began = time.perf_counter()
    publish(settings, release_id, reason="bench")
    yield Figure(name="確かめて公開する", value=time.perf_counter() - began, unit="s")


def recombine(passages: Sequence[Passage], *, count: int, seed: int) -> tuple[Passage, ...]:
    """`count` passages whose sentences and title come from passages of one language drawn by `seed`.

    Every text holds two to four sentences of different passages, so that words and lengths are those of the corpus.
    Questions and askings are left out: a corpus grows that large by originals, and those carry none.
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
        question=None,
        askings=(),
        unanswered=(),
        text=text,
        start=0,
        end=len(text),
        sentences=tuple(spans),
    )


class LineTokenizer(Tokenizer):
    """Cuts each line once, for texts of few different lines, as recombined ones are, each of one language."""

    def __init__(self, groups: Sequence[Sequence[str]]) -> None:
        super().__init__(groups)
        self._line = lru_cache(maxsize=None)(super().tokens)

    def tokens(self, text: str) -> Tokens:
        """All four kinds for one text, line by line."""
        lines = [self._line(line) for line in text.split("\n")]
        return Tokens(**{f.name: tuple(t for line in lines for t in getattr(line, f.name)) for f in fields(Tokens)})


@dataclass(frozen=True, kw_only=True)
class Search:
    """What a process of its own needs to open an index and to search it."""

    passages: tuple[Passage, ...]
    folder: Path
    groups: tuple[tuple[str, ...], ...]
    state: Mapping[str, Any]  # of the embeddings
    questions: tuple[str, ...]


def search_index(search: Search) -> tuple[list[float], float]:
    """The milliseconds that each question took, and the memory (MiB) that the process then holds."""
    tokenizer = Tokenizer(search.groups)
    embeddings = StaticEmbeddings(lambda text: [w.token for w in tokenizer.words(text)], **search.state)
    index = open_index(search.passages, search.folder, tokenizer=tokenizer, embeddings=embeddings)
    weights, times = Weights(), []
    try:
        for question in (*search.questions[:WARM_UP], *search.questions):
            began = time.perf_counter()
            retrieve(analyse(question, index, weights), index, weights)
            times.append((time.perf_counter() - began) * 1000)
        memory = read_memory(os.getpid())
    finally:
        close_index(index)
    return times[WARM_UP:], memory


def index_recombined(
    settings: Settings, questions: Sequence[str], *, folder: Path, size: Size, seed: int
) -> Iterator[Figure]:
    """Fit, index and search recombined passages with the product's own code, the search in a process of its own."""
    material = gather_material(settings)
    beside = material.passages if size.index_s is None else ()
    passages = (*beside, *recombine(material.passages, count=size.count - len(beside), seed=seed))
    groups = tuple(g.phrases for g in material.corpus.glossary.groups)
    tokenizer = LineTokenizer(groups) if size.index_s is None else CachingTokenizer(folder, groups)
    began = time.perf_counter()
    embeddings = StaticEmbeddings.fit(
        lambda text: tokenizer.tokens(text).words, [f"{head_text(p)}\n{p.text}" for p in passages]
    )
    folder.mkdir(parents=True)
    build_index(passages, folder, tokenizer=tokenizer, embed=lambda texts: embeddings.embed_documents(list(texts)))
    seconds, how = time.perf_counter() - began, "" if size.index_s else "(語は行ごとに一度)"
    yield Figure(name=f"{size.count:,}文章の索引を作る{how}", value=seconds, unit="s", goal=size.index_s)
    search = Search(
        passages=passages,
        folder=folder,
        groups=groups,
        state={"frequency": embeddings.frequency, "component": embeddings.component},
        questions=tuple(questions),
    )
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        times, memory = alone.submit(search_index, search).result()
    yield Figure(name=f"{size.count:,}文章の検索(p50)", value=find_percentile(times, 50), unit="ms")
    yield Figure(
        name=f"{size.count:,}文章の検索(p95)", value=find_percentile(times, 95), unit="ms", goal=size.search_ms
    )
    yield Figure(name=f"{size.count:,}文章の検索のメモリー", value=memory, unit="MiB")
