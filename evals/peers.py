"""What a user would otherwise build from LangChain's parts, measured on the same collection in the same run.

In: a collection. Out: one `System` each for BM25Retriever with its default split, with janome and with Sudachi, for
EnsembleRetriever of the last and Chroma, and for Chroma alone with the static vectors. The packages of the optional
group `peers` are imported here alone and only when asked for; the product never does.

A peer has no evidence decision: it answers whenever it finds anything, and its score is that of its best hit. It
quotes the sentences of its best passage that share most tokens with the question.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import chromadb
from chromadb.config import Settings as ChromaSettings
from langchain_chroma import Chroma
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings

from evals.beir import Collection
from evals.bench import DEPTH, Found, System
from rag.embed import StaticEmbeddings
from rag.index import close_chroma, head_text
from rag.language.tokens import Tokenizer
from rag.types import Passage, SettingError

Split = Callable[[str], list[str]]
Search = Callable[[str], list[tuple[str, float]]]  # ids with scores, best first
ENSEMBLE_RANK = 60  # EnsembleRetriever's own constant c of reciprocal rank fusion


@dataclass(frozen=True, kw_only=True)
class Packages:
    """The optional packages, imported. Any: they are not installed where the types are checked."""

    bm25: Any
    ensemble: Any
    janome: Any


def import_packages() -> Packages:
    """Import the group `peers`.

    Raises:
        SettingError: one is missing; the message names the command that installs it.
    """
    try:
        from janome.tokenizer import Tokenizer as Janome  # noqa: PLC0415 - optional
        from langchain_classic.retrievers import EnsembleRetriever  # noqa: PLC0415 - optional
        from langchain_community.retrievers import BM25Retriever  # noqa: PLC0415 - optional
    except ImportError as error:
        raise SettingError(
            f"--peers に要るパッケージ {error.name} がありません。"
            '`.venv/bin/pip install -e ".[peers]"` で入れてください。'
        ) from error
    return Packages(bm25=BM25Retriever, ensemble=EnsembleRetriever, janome=Janome)


@contextmanager
def open_peers(collection: Collection) -> Iterator[dict[str, Callable[[], System]]]:
    """Each peer by name, made when called; Chroma's folder lasts until the block ends."""
    packages = import_packages()
    tokenizer, janome = Tokenizer(), packages.janome()
    passages = collection.passages

    def sudachi(text: str) -> list[str]:
        return list(tokenizer.tokens(text).words)

    def split_by_janome(text: str) -> list[str]:
        return list(janome.tokenize(text, wakati=True))

    with TemporaryDirectory(prefix="ictnavi-peers-") as folder, _open_chroma(folder, passages, sudachi) as chroma:
        yield {
            "BM25Retriever (default split)": lambda: _system(passages, str.split, _bm25(packages, passages, None)),
            "BM25Retriever (janome)": lambda: _system(
                passages, split_by_janome, _bm25(packages, passages, split_by_janome)
            ),
            "BM25Retriever (Sudachi)": lambda: _system(passages, sudachi, _bm25(packages, passages, sudachi)),
            "EnsembleRetriever (BM25 Sudachi + Chroma)": lambda: _system(
                passages, sudachi, _ensemble(packages, passages, sudachi, chroma)
            ),
            "Chroma (static vectors)": lambda: _system(passages, sudachi, lambda: _vectors(chroma())),
        }


def _document(passage: Passage) -> Document:
    return Document(page_content=f"{head_text(passage)}\n{passage.text}", metadata={"id": passage.id})


def _retriever(packages: Packages, passages: Sequence[Passage], split: Split | None) -> Any:
    documents = [_document(p) for p in passages]
    how = {} if split is None else {"preprocess_func": split}
    retriever = packages.bm25.from_documents(documents, **how)
    retriever.k = DEPTH
    return retriever


def _bm25(packages: Packages, passages: Sequence[Passage], split: Split | None) -> Callable[[], Search]:
    def prepare() -> Search:
        retriever = _retriever(packages, passages, split)

        def search(text: str) -> list[tuple[str, float]]:
            hits = retriever.invoke(text)
            best = float(max(retriever.vectorizer.get_scores(retriever.preprocess_func(text)), default=0.0))
            return [(hit.metadata["id"], best) for hit in hits]

        return search

    return prepare


def _ensemble(
    packages: Packages, passages: Sequence[Passage], split: Split, chroma: Callable[[], Chroma]
) -> Callable[[], Search]:
    def prepare() -> Search:
        words = _retriever(packages, passages, split)
        vectors = chroma().as_retriever(search_kwargs={"k": DEPTH})
        both = packages.ensemble(retrievers=[words, vectors], weights=[0.5, 0.5], id_key="id")

        def search(text: str) -> list[tuple[str, float]]:
            lists = [[hit.metadata["id"] for hit in r.invoke(text)] for r in (words, vectors)]
            return [(i, _fused(i, lists)) for i in (hit.metadata["id"] for hit in both.invoke(text))][:DEPTH]

        return search

    return prepare


def _fused(identifier: str, lists: Sequence[Sequence[str]]) -> float:
    """The score that EnsembleRetriever ranks by and does not return."""
    return sum(0.5 / (ENSEMBLE_RANK + ids.index(identifier) + 1) for ids in lists if identifier in ids)


def _vectors(store: Chroma) -> Search:
    def search(text: str) -> list[tuple[str, float]]:
        hits = store.similarity_search_with_score(text, k=DEPTH)
        return [(document.metadata["id"], 1.0 - distance) for document, distance in hits]

    return search


@contextmanager
def _open_chroma(folder: str, passages: Sequence[Passage], split: Split) -> Iterator[Callable[[], Chroma]]:
    client = chromadb.PersistentClient(str(Path(folder)), settings=ChromaSettings(anonymized_telemetry=False))
    number = iter(range(10))

    def fill() -> Chroma:
        texts = [_document(p).page_content for p in passages]
        embeddings: Embeddings = StaticEmbeddings.fit(split, texts)
        store = Chroma(
            client=client, collection_name=f"peer-{next(number)}", embedding_function=embeddings,
            collection_metadata={"hnsw:space": "cosine"},
        )  # fmt: skip
        for at in range(0, len(passages), 4000):
            store.add_documents([_document(p) for p in passages[at : at + 4000]])
        return store

    try:
        yield fill
    finally:
        close_chroma(client)


def _system(passages: Sequence[Passage], split: Split, prepare: Callable[[], Search]) -> System:
    began = time.perf_counter()
    search = prepare()
    index_s = time.perf_counter() - began
    by_id = {p.id: p for p in passages}

    def ask(text: str) -> Found:
        started = time.perf_counter()
        hits = search(text)
        seconds = time.perf_counter() - started
        quotes = _quote(text, by_id[hits[0][0]], split) if hits else []
        return Found(
            ranked=tuple(i for i, _ in hits), quotes=tuple(quotes), score=hits[0][1] if hits else 0.0,
            answered=bool(hits), seconds=seconds,
        )  # fmt: skip

    return System(ask=ask, index_s=index_s)


def _quote(text: str, passage: Passage, split: Split) -> list[str]:
    asked = set(split(text))
    sentences = [passage.quote(span) for span in passage.sentences]
    return sorted(sentences, key=lambda sentence: -len(asked & set(split(sentence))))[:2]
