"""Passages -> a folder with BM25 tables and a Chroma store over the same passages, and back.

In: passages, a tokenizer, an embedding. Out: `bm25/` (words, heads and bigrams, each a bm25s table, and the terms of
every sentence), `classifier/` (which passage a way of asking means) and `chroma/` (two collections: passages, and the
questions they answer), all in a new folder. It never changes an index in place and decides nothing about ranking: that
is retrieve's.
"""

from __future__ import annotations

import json
import os
import re
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import chromadb
import numpy as np
from chromadb.config import Settings as ChromaSettings
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from rag.classifier import Classifier, Row, train
from rag.language.detect import has_japanese
from rag.language.normalise import fold
from rag.language.tokens import Tokenizer, bigrams
from rag.types import Passage, ReleaseError

if TYPE_CHECKING:
    from langchain_chroma import Chroma

PASSAGES, QUESTIONS = "passages", "questions"
FIELDS = ("words", "heads", "askings", "bigrams")
K1, B = 1.2, 0.75  # Robertson & Zaragoza 2009, the usual values
_HNSW_FORMAT = 1  # of the header.bin that the pinned chromadb writes
_BATCH = 4000  # Chroma takes at most 5,461 a call

# Chroma's own defaults miss a neighbour in a thousand here, and with 16 neighbours one build in two still missed 6 of
# 5,000: the probe rightly refuses both
HNSW = {"space": "cosine", "max_neighbors": 32, "ef_construction": 200, "ef_search": 400}

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class Table:
    """One field's BM25 scores, as bm25s computed them when the index was built (a sparse matrix by columns).

    Column n holds, for the term of number n, the rows in which it stands (`indices`) and what it adds to each one's
    score (`data`), from `indptr[n]` to `indptr[n + 1]`.
    """

    data: NDArray[np.float32]
    indices: NDArray[np.int32]
    indptr: NDArray[np.int64]
    vocabulary: Mapping[str, int]
    size: int

    def scores(self, weights: Mapping[str, float]) -> NDArray[np.float32]:
        """A score for every row: the weighted sum of its terms' scores."""
        total = np.zeros(self.size, dtype=np.float32)
        for term, weight in weights.items():
            number = self.vocabulary.get(term)
            if number is not None:
                begin, end = self.indptr[number], self.indptr[number + 1]
                total[self.indices[begin:end]] += weight * self.data[begin:end]
        return total

    def frequency(self, term: str) -> int:
        """In how many rows the term stands."""
        number = self.vocabulary.get(term)
        return 0 if number is None else int(self.indptr[number + 1] - self.indptr[number])


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The parts of some passages, one after the other; those of one are its head, its ways of asking, its sentences."""

    terms: NDArray[np.int64]  # the term numbers of all parts, one part after the other
    sizes: NDArray[np.int64]  # how many of them each part has
    plain: NDArray[np.int64]  # how many of those are words, rather than compounds, concepts or groups
    heads: NDArray[np.int64]  # where among the parts those of each passage begin, and where the last one's end
    asked: NDArray[np.int64]  # how many ways of asking each passage has


class PassageTerms:
    """For each passage the sets of term numbers of its parts: its head, its askings, its sentences.

    The numbers are those of one vocabulary for all three kinds (`terms.json`), so that parts can be united.
    """

    def __init__(self, arrays: Mapping[str, NDArray[np.int64]], vocabulary: Mapping[str, int]) -> None:
        self._rows, self._asked = arrays["rows"], arrays["asked"]
        self._terms, self._flat = arrays["terms"], arrays["flat"]
        self.vocabulary = vocabulary
        words = np.array([":" not in term for term in vocabulary], dtype=np.int64)
        self._words = np.concatenate([[0], np.cumsum(words[self._flat])])  # up to each place of `flat`

    def parts(self, passages: Sequence[int]) -> Parts:
        """All parts of these passages (at least one) at once."""
        chosen = np.asarray(passages, dtype=np.int64)
        firsts, counts = self._rows[chosen], self._rows[chosen + 1] - self._rows[chosen]
        heads = np.concatenate([[0], np.cumsum(counts)])
        rows = np.arange(heads[-1]) + np.repeat(firsts - heads[:-1], counts)
        begins, ends = self._terms[rows], self._terms[rows + 1]
        spans = zip(begins[heads[:-1]].tolist(), ends[heads[1:] - 1].tolist(), strict=True)
        return Parts(
            terms=np.concatenate([self._flat[begin:end] for begin, end in spans]),
            sizes=ends - begins,
            plain=self._words[ends] - self._words[begins],
            heads=heads,
            asked=self._asked[chosen],
        )

    def head(self, passage: int) -> frozenset[int]:
        """The terms of the passage's title and question."""
        return self._row(int(self._rows[passage]))

    def askings(self, passage: int) -> list[frozenset[int]]:
        """One set a way of asking, the question first."""
        first = int(self._rows[passage]) + 1
        return [self._row(n) for n in range(first, first + int(self._asked[passage]))]

    def sentences(self, passage: int) -> list[frozenset[int]]:
        """One set a quotable sentence, in order."""
        first = int(self._rows[passage]) + 1 + int(self._asked[passage])
        return [self._row(n) for n in range(first, int(self._rows[passage + 1]))]

    def whole(self, passage: int) -> frozenset[int]:
        """The terms of the passage's head, askings and sentences together."""
        return self.head(passage).union(*self.askings(passage), *self.sentences(passage))

    def _row(self, number: int) -> frozenset[int]:
        return frozenset(self._flat[self._terms[number] : self._terms[number + 1]].tolist())


@dataclass(frozen=True, kw_only=True)
class Index:
    """An opened index. Position n in every table is `passages[n]`."""

    passages: Sequence[Passage]
    position: Mapping[str, int]
    tables: Mapping[str, Table]
    asked: NDArray[np.int64]  # the passage of each row of the table of askings
    terms: PassageTerms
    nearest: Mapping[str, Any]  # chromadb's collections of passages and of questions, untyped
    entries: Mapping[str, int]  # how many vectors each of them has
    embeddings: Embeddings
    tokenizer: Tokenizer
    client: Any  # chromadb's, untyped
    classifier: Classifier


def head_text(passage: Passage) -> str:
    """What stands above a passage: title, headings, the question it answers, who speaks."""
    speaker = f"{passage.speaker}氏" if passage.speaker else ""
    parts = (passage.title, *passage.heading_path, passage.question or "", speaker)
    return "\n".join(dict.fromkeys(part for part in parts if part))


def askings(passages: Sequence[Passage]) -> list[tuple[int, str]]:
    """(passage number, asking) for every way the passages are asked for, questions first."""
    return [(number, asking) for number, passage in enumerate(passages) for asking in ways_of_asking(passage)]


def ways_of_asking(passage: Passage) -> list[str]:
    """How a passage may be asked for: its question first, then its askings."""
    return [asking for asking in dict.fromkeys((passage.question or "", *passage.askings)) if asking]


def passage_terms(tokenizer: Tokenizer, text: str) -> list[str]:
    """The terms of the word tables: words, compounds, concepts and Sudachi's groups, told apart by prefix."""
    tokens = tokenizer.tokens(text)
    return [*tokens.words, *tokens.compounds, *tokens.concepts, *tokens.synonyms]


_WORD = re.compile(r"[a-z0-9]+")


def classified_terms(tokenizer: Tokenizer, text: str) -> list[str]:
    """The terms of the classifier: those of the word tables, the bigrams, and in English the pairs of words.

    In Japanese the bigrams hold how a thing is asked (とは, いつ); in English the words that tables leave out do.
    """
    pairs = [] if has_japanese(text) else pairwise(("", *_WORD.findall(fold(text))))
    return [
        *passage_terms(tokenizer, text),
        *(f"b:{pair}" for pair in bigrams(text)),
        *(f"e:{one} {other}" for one, other in pairs),
    ]


def build_index(
    passages: Sequence[Passage],
    folder: Path,
    *,
    tokenizer: Tokenizer,
    embed: Callable[[Sequence[str]], Sequence[Sequence[float]]],
    progress: Progress = lambda stage, done, total: None,
) -> None:
    """Write `bm25/` and `chroma/` into `folder`. `embed` may read a cache; it gives one vector a text."""
    if not passages:
        raise ReleaseError("索引に入れる文章が1つもありません。資料(corpus)を確かめてください。")
    tables = folder / "bm25"
    tables.mkdir(parents=True)
    progress("words", 0, len(passages))
    bodies = [passage_terms(tokenizer, p.text) for p in passages]
    _write_table(bodies, tables / "words")
    _write_table([passage_terms(tokenizer, head_text(p)) for p in passages], tables / "heads")
    _write_table([passage_terms(tokenizer, asking) for _, asking in askings(passages)], tables / "askings")
    _write_table([bigrams(head_text(p) + "\n" + p.text) for p in passages], tables / "bigrams")
    _write_terms(passages, tokenizer, tables)
    train(_rows(passages, tokenizer), folder / "classifier")
    progress("vectors", 0, len(passages))
    _write_chroma(passages, folder / "chroma", embed, progress)


def _rows(passages: Sequence[Passage], tokenizer: Tokenizer) -> list[Row]:
    """What the classifier learns from: the ways of asking a passage, its sentences, and what is asked beside it."""
    rows: list[Row] = []
    for number, passage in enumerate(passages):
        ways = ways_of_asking(passage)
        for asking in ways:
            rows.append(Row(passage=number, terms=classified_terms(tokenizer, asking), kind="asked"))
        for asking in passage.unanswered if ways else ():
            rows.append(Row(passage=number, terms=classified_terms(tokenizer, asking), kind="beside"))
        for span in passage.sentences if ways else ():
            rows.append(Row(passage=number, terms=classified_terms(tokenizer, passage.quote(span)), kind="said"))
    return rows


def _write_table(token_lists: Sequence[Sequence[str]], path: Path) -> None:
    import bm25s  # with scipy half a second, which answering does not need

    vocabulary: dict[str, int] = {}
    numbered = [[vocabulary.setdefault(t, len(vocabulary)) for t in tokens] for tokens in token_lists]
    if not vocabulary:
        vocabulary, numbered = {"\0": 0}, [[0], *numbered[1:]]
    model = bm25s.BM25(k1=K1, b=B, method="lucene")
    model.index((numbered, vocabulary), show_progress=False, create_empty_token=False)
    path.mkdir()
    np.savez(path / "scores.npz", **{name: model.scores[name] for name in ("data", "indices", "indptr")})
    (path / "terms.json").write_text(json.dumps(list(vocabulary), ensure_ascii=False), "utf-8")


def _write_terms(passages: Sequence[Passage], tokenizer: Tokenizer, folder: Path) -> None:
    vocabulary: dict[str, int] = {}
    rows, asked, terms, flat = [0], list[int](), [0], list[int]()
    for passage in passages:
        ways = ways_of_asking(passage)
        head = f"{passage.title}\n{passage.question or ''}\n{passage.speaker or ''}"
        parts = (head, *ways, *map(passage.quote, passage.sentences))
        for part in parts:
            flat += sorted({vocabulary.setdefault(t, len(vocabulary)) for t in passage_terms(tokenizer, part)})
            terms.append(len(flat))
        asked.append(len(ways))
        rows.append(len(terms) - 1)
    arrays = {"rows": rows, "asked": asked, "terms": terms, "flat": flat}
    np.savez(folder / "terms.npz", allow_pickle=False, **{n: np.asarray(a, dtype=np.int64) for n, a in arrays.items()})
    (folder / "terms.json").write_text(json.dumps(list(vocabulary), ensure_ascii=False), "utf-8")


def _write_chroma(
    passages: Sequence[Passage],
    folder: Path,
    embed: Callable[[Sequence[str]], Sequence[Sequence[float]]],
    progress: Progress,
) -> None:
    client = _client(folder)
    rows = [(p.id, head_text(p) + "\n" + p.text, p.text, p.id) for p in passages]
    asked = [(f"{p.id}?{n}", asking, asking, p.id) for p in passages for n, asking in enumerate(ways_of_asking(p))]
    total, done = len(rows) + len(asked), 0
    for name, entries in ((PASSAGES, rows), (QUESTIONS, asked)):
        collection = client.create_collection(name, embedding_function=None, configuration={"hnsw": HNSW})
        for batch in _batches(entries):
            vectors = np.asarray(embed([entry[1] for entry in batch]), dtype=np.float32)
            kept = _distinct(batch, vectors) if name == QUESTIONS else range(len(batch))
            if kept:
                collection.add(
                    ids=[batch[n][0] for n in kept],
                    embeddings=vectors[list(kept)],
                    documents=[batch[n][2] for n in kept],
                    metadatas=[{"passage_id": batch[n][3]} for n in kept],
                )
            done += len(batch)
            progress("vectors", done, total)
    close_chroma(client)
    _blank_unused(folder)


def _distinct(batch: Sequence[tuple[str, str, str, str]], vectors: NDArray[np.float32]) -> list[int]:
    """The entries worth a place: those with a vector at all, and of a passage's equal ones the first.

    What is at no distance from dozens of others can cut a part of the graph off from the rest.
    """
    first = {
        (entry[3], vector.tobytes()): n
        for n, (entry, vector) in reversed([*enumerate(zip(batch, vectors, strict=True))])
    }
    return sorted(n for n in first.values() if vectors[n].any())


def _blank_unused(folder: Path) -> None:
    """Overwrite the room that hnswlib wrote without having used it.

    It writes that room as the process's memory happens to be, which may hold words of a withdrawn document.
    """
    for header in folder.glob("*/header.bin"):
        version, _, _, used, size = struct.unpack_from("<i4Q", header.read_bytes())
        if version != _HNSW_FORMAT:
            raise ReleaseError(f"ベクトル索引の形式 {version} は知りません。chromadb の版を確かめてください。")
        for name, width in (("data_level0.bin", size), ("length.bin", 4)):
            with header.with_name(name).open("r+b") as file:
                room = file.seek(0, os.SEEK_END) - file.seek(used * width)
                file.write(bytes(max(0, room)))


def _batches(entries: Sequence[tuple[str, str, str, str]]) -> Iterable[Sequence[tuple[str, str, str, str]]]:
    for at in range(0, len(entries), _BATCH):
        yield entries[at : at + _BATCH]


def _client(folder: Path) -> Any:
    return chromadb.PersistentClient(str(folder), settings=ChromaSettings(anonymized_telemetry=False))


def close_chroma(client: Any) -> None:
    """Let go of the folder's files (chromadb caches one system a path until told)."""
    client.close()


def open_index(passages: Sequence[Passage], folder: Path, *, tokenizer: Tokenizer, embeddings: Embeddings) -> Index:
    """Open what `build_index` wrote. Chroma writes even when it only reads: give it a private copy.

    Raises:
        ReleaseError: a table is missing or does not fit the passages.
    """
    asked = np.asarray([number for number, _ in askings(passages)], dtype=np.int64)
    tables = {
        name: _read_table(folder / "bm25" / name, (len(asked) or 1) if name == "askings" else len(passages))
        for name in FIELDS
    }
    terms = _read_terms(folder / "bm25", len(passages))
    client = _client(folder / "chroma")
    nearest = {name: client.get_collection(name, embedding_function=None) for name in (PASSAGES, QUESTIONS)}
    return Index(
        passages=passages,
        position={p.id: n for n, p in enumerate(passages)},
        tables=tables,
        asked=asked,
        terms=terms,
        nearest=nearest,
        entries={name: collection.count() for name, collection in nearest.items()},
        embeddings=embeddings,
        tokenizer=tokenizer,
        client=client,
        classifier=_read_classifier(folder / "classifier", len(passages)),
    )


def as_vector_store(index: Index) -> Chroma:
    """The passages as LangChain's vector store, for those who compose their own chains."""
    from langchain_chroma import Chroma  # a second of imports that answering does not need

    return Chroma(
        client=index.client,
        collection_name=PASSAGES,
        embedding_function=index.embeddings,
        create_collection_if_not_exists=False,
    )


def close_index(index: Index) -> None:
    """Let go of an index's files."""
    close_chroma(index.client)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        said = str(error).partition("\n")[0]
        raise ReleaseError(
            f"索引 {path.parent.name}/{path.name} を読めません({said})。`ictnavi corpus build` で作り直してください。"
        ) from error


def _read_arrays(path: Path, *names: str) -> dict[str, NDArray[Any]]:
    with _reading(path), np.load(path) as arrays:
        return {name: arrays[name] for name in names}


def _read_vocabulary(path: Path) -> dict[str, int]:
    with _reading(path):
        return {term: number for number, term in enumerate(json.loads(path.read_text("utf-8")))}


def _read_terms(folder: Path, size: int) -> PassageTerms:
    arrays = _read_arrays(folder / "terms.npz", "rows", "asked", "terms", "flat")
    vocabulary = _read_vocabulary(folder / "terms.json")
    if len(arrays["asked"]) != size or arrays["flat"].max(initial=-1) >= len(vocabulary):
        raise ReleaseError("索引 terms が文章と合いません。`ictnavi corpus build` で作り直してください。")
    return PassageTerms(arrays, vocabulary)


def _read_table(path: Path, size: int) -> Table:
    arrays = _read_arrays(path / "scores.npz", "data", "indices", "indptr")
    vocabulary = _read_vocabulary(path / "terms.json")
    if len(vocabulary) + 1 != len(arrays["indptr"]) or arrays["indices"].max(initial=-1) >= size:
        raise ReleaseError(f"索引 {path.name} が文章と合いません。`ictnavi corpus build` で作り直してください。")
    return Table(**arrays, vocabulary=vocabulary, size=size)


def _read_classifier(path: Path, size: int) -> Classifier:
    arrays = _read_arrays(
        path / "weights.npz",
        "data",
        "indices",
        "indptr",
        "idf",
        "bias",
        "passages",
        "answered",
        "answered_bias",
    )
    vocabulary = _read_vocabulary(path / "terms.json")
    fits = len(vocabulary) + 1 == len(arrays["indptr"]) and arrays["passages"].max(initial=-1) < size
    if not fits or {len(arrays["idf"]), len(arrays["answered"])} != {len(vocabulary)}:
        raise ReleaseError("索引 classifier が文章と合いません。`ictnavi corpus build` で作り直してください。")
    return Classifier(**arrays, vocabulary=vocabulary)
