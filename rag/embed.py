"""Text -> vectors: the packaged static word vectors, or the model that the operator configured.

Both are LangChain `Embeddings`, so that every other room sees one seam. The static vectors need no network: they are
read from the package ja-ginza (chiVe, pruned to 20,000 rows for 480,000 words) without importing spaCy. A text's
vector is the mean of its words' vectors weighted by a/(a+p(word)), less its share of the first principal component
(Arora, Liang, Ma 2017, "A simple but tough-to-beat baseline for sentence embeddings").

The rows are shared by unlike words (賞与 and 初任給 are one row), so these vectors may help a ranking and never decide
an answer. It does not cache: that is build's business.
"""

from __future__ import annotations

import importlib.util
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import srsly
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from rag.types import OutsideError, SettingError

STATIC = "static:ja-ginza-5.3.0"
SMOOTHING = 1e-3  # `a` of the paper; the paper's range is 1e-4 … 1e-3
_MIX, _MASK = 0xC6A4A7935BD1E995, (1 << 64) - 1

Vectors = NDArray[np.float32]


def murmur(word: str, seed: int = 1) -> int:
    """MurmurHash64A of the UTF-8 bytes: the key under which the package stores a word."""
    data = word.encode()
    size = len(data)
    mixed = (seed ^ (size * _MIX)) & _MASK
    for at in range(0, size - size % 8, 8):
        block = int.from_bytes(data[at : at + 8], "little") * _MIX & _MASK
        block = (block ^ block >> 47) * _MIX & _MASK
        mixed = (mixed ^ block) * _MIX & _MASK
    if size % 8:
        mixed = (mixed ^ int.from_bytes(data[size - size % 8 :], "little")) * _MIX & _MASK
    mixed = (mixed ^ mixed >> 47) * _MIX & _MASK
    return mixed ^ mixed >> 47


@dataclass(frozen=True, kw_only=True)
class WordVectors:
    """`rows[key_to_row[murmur(word)]]` is a word's vector (300 floats)."""

    rows: Vectors
    key_to_row: Mapping[int, int]


@lru_cache(maxsize=100_000)
def find_row(word: str) -> int | None:
    """The word's row in the packaged vectors, None where the package does not know it."""
    return read_word_vectors().key_to_row.get(murmur(word))


@lru_cache(maxsize=1)
def read_word_vectors() -> WordVectors:
    """The vectors as the package ships them, mapped from its files.

    Raises:
        SettingError: ja-ginza is not installed, or holds no vectors.
    """
    spec = importlib.util.find_spec("ja_ginza")
    folders = sorted(Path(spec.origin).parent.glob("ja_ginza-*/vocab")) if spec and spec.origin else []
    if not folders:
        raise SettingError(
            "単語ベクトルのパッケージ ja-ginza==5.3.0 が見つかりません。`make setup` をやり直してください。"
        )
    rows = np.load(folders[-1] / "vectors", mmap_mode="r")
    return WordVectors(rows=rows, key_to_row=srsly.read_msgpack(folders[-1] / "key2row"))


class StaticEmbeddings(Embeddings):
    """Weighted mean of word vectors; `frequency` maps a token to its share of the corpus, 0 … 1."""

    def __init__(
        self,
        split: Callable[[str], Sequence[str]],
        *,
        frequency: Mapping[str, float] | None = None,
        component: Vectors | None = None,
    ) -> None:
        self._split = split
        self.frequency = dict(frequency or {})
        self.component = component

    @classmethod
    def fit(cls, split: Callable[[str], Sequence[str]], texts: Sequence[str]) -> StaticEmbeddings:
        """Word frequencies and the first principal component of these texts."""
        token_lists = [split(text) for text in texts]
        counts = Counter(token for tokens in token_lists for token in tokens)
        total = sum(counts.values()) or 1
        plain = cls(split, frequency={token: n / total for token, n in counts.items()})
        vectors = plain._means(token_lists)
        if len(vectors) < 2 or not vectors.any():
            return plain
        _, _, axes = np.linalg.svd(vectors[:5000], full_matrices=False)
        return cls(split, frequency=plain.frequency, component=axes[0].astype(np.float32))

    def split_by(self, split: Callable[[str], Sequence[str]]) -> StaticEmbeddings:
        """The same for texts split by another, as a build's tokenizer keeps all it has seen."""
        return StaticEmbeddings(split, frequency=self.frequency, component=self.component)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector of 300 a text, of length 1; all zero where no word is known."""
        rows: list[list[float]] = self.matrix(texts).tolist()
        return rows

    def embed_query(self, text: str) -> list[float]:
        """The same for one query."""
        return self.embed_documents([text])[0]

    def matrix(self, texts: Sequence[str]) -> Vectors:
        """The vectors as rows of one array."""
        vectors = self._means([self._split(text) for text in texts])
        if self.component is not None:
            vectors = vectors - np.outer(vectors @ self.component, self.component)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 1e-9)
        return unit.astype(np.float32, copy=False)

    def _means(self, token_lists: Sequence[Sequence[str]]) -> Vectors:
        package = read_word_vectors()
        out = np.zeros((len(token_lists), package.rows.shape[1]), dtype=np.float32)
        for number, tokens in enumerate(token_lists):
            rows, weights = [], []
            for token in tokens:
                row = find_row(token)
                if row is not None:
                    rows.append(row)
                    weights.append(SMOOTHING / (SMOOTHING + self.frequency.get(token, 0.0)))
            if rows:
                out[number] = np.average(package.rows[rows], axis=0, weights=weights)
        return out

    def state(self) -> dict[str, Any]:
        """What a release keeps, so that queries are embedded as its passages were."""
        component = None if self.component is None else [float(x) for x in self.component]
        return {"frequency": self.frequency, "component": component}

    @classmethod
    def from_file(cls, split: Callable[[str], Sequence[str]], path: Path) -> StaticEmbeddings:
        """The counterpart of `state`, read from a release."""
        state = json.loads(path.read_text("utf-8"))
        component = state["component"]
        return cls(
            split,
            frequency=state["frequency"],
            component=None if component is None else np.asarray(component, dtype=np.float32),
        )


class ProviderEmbeddings(Embeddings):
    """A configured model whose failures are told in one sentence.

    Raises:
        OutsideError: the provider can't be reached, or refuses.
    """

    def __init__(self, model: Embeddings, setting: str) -> None:
        self._model, self._setting = model, setting

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector a text."""
        with self._telling():
            return self._model.embed_documents(texts)

    def embed_query(self, text: str) -> list[float]:
        """The vector of a query."""
        with self._telling():
            return self._model.embed_query(text)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            # every provider's package has errors of its own, with no common root
            raise OutsideError(
                f"埋め込みモデル {self._setting} が答えません({type(error).__name__})。接続とキーを確かめてください。"
            ) from error


def open_model(setting: str) -> Embeddings:
    """The model that `ICTNAVI_EMBEDDINGS=provider:name` names, through LangChain.

    Raises:
        SettingError: no such provider, its package is missing, or its key is.
    """
    from langchain.embeddings import init_embeddings  # 1 s of imports that the embedded default does not need

    provider = setting.partition(":")[0]
    extra: dict[str, Any] = {"check_embedding_ctx_length": False} if provider == "openai" else {}
    try:
        return ProviderEmbeddings(init_embeddings(setting, **extra), setting)
    except ImportError as error:
        raise SettingError(
            f"ICTNAVI_EMBEDDINGS={setting}: {provider} のパッケージがありません({_first_line(error)})。"
        ) from error
    except Exception as error:
        raise SettingError(
            f"ICTNAVI_EMBEDDINGS={setting} は使えません({_first_line(error)})。"
            "「provider:name」の形と、そのプロバイダーのキーを確かめてください。"
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].strip()
