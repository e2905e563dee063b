"""Opens a private copy of a release and proves its index, in a process of its own: `python -m rag.probe FOLDER`.

A damaged HNSW segment may answer wrongly or kill the process (notes: chroma#7238), so this never runs in the server.
1,000 seeded stored vectors must come back at distance ≤ 1e-5 (their own id where the vector is unique), and the first
five must equal exact search, ties by distance. Ends with 0, or with 1 and one sentence on standard error.
"""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import chromadb
import numpy as np
from chromadb.config import Settings as ChromaSettings
from numpy.typing import NDArray

from rag.index import PASSAGES, QUESTIONS
from rag.records import read_passages
from rag.types import ReleaseError

SAMPLE, SEED, NEAR, TOP, PAGE = 1000, 20261123, 1e-5, 5, 5000
TOP_SHARE = 0.999


def probe(folder: Path) -> None:
    """Raises ReleaseError where the index does not give back what was put in."""
    passages = read_passages(folder / "passages.jsonl")
    client = chromadb.PersistentClient(str(folder / "chroma"), settings=ChromaSettings(anonymized_telemetry=False))
    for name in (PASSAGES, QUESTIONS):
        collection = client.get_collection(name, embedding_function=None)
        ids, vectors = _read(collection)
        if name == PASSAGES and sorted(ids) != sorted(p.id for p in passages):
            raise ReleaseError("ベクトル索引の文章が、文章の一覧と一致しません")
        _prove(collection, ids, vectors)


def _read(collection: Any) -> tuple[list[str], NDArray[np.float32]]:
    ids: list[str] = []
    rows: list[Any] = []
    for offset in range(0, collection.count(), PAGE):
        page = collection.get(limit=PAGE, offset=offset, include=["embeddings"])
        ids += page["ids"]
        rows.append(np.asarray(page["embeddings"], dtype=np.float32))
    return ids, np.concatenate(rows) if rows else np.zeros((0, 1), dtype=np.float32)


def _prove(collection: Any, ids: list[str], vectors: NDArray[np.float32]) -> None:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    usable = np.flatnonzero(lengths[:, 0] > 0)
    chosen = random.Random(SEED).sample(usable.tolist(), min(SAMPLE, len(usable)))  # noqa: S311 - a sample, no secret
    right = asked = 0
    for at in chosen:
        found = collection.query(query_embeddings=[vectors[at]], n_results=min(TOP, len(ids)), include=["distances"])
        distances = np.asarray(found["distances"][0])
        if not len(distances) or distances[0] > NEAR:
            raise ReleaseError(f"ベクトル索引が {ids[at]} を見つけられません")
        exact = 1.0 - unit @ unit[at]
        alike = int((exact <= NEAR).sum())
        if alike == 1 and found["ids"][0][0] != ids[at]:
            raise ReleaseError(f"ベクトル索引が {ids[at]} の代わりに {found['ids'][0][0]} を返します")
        best = np.sort(exact)[: len(distances)]
        right += int((distances <= best + 1e-4).sum())
        asked += len(distances)
    if asked and right < TOP_SHARE * asked:
        raise ReleaseError(f"ベクトル索引の上位5件が正確な検索と合いません({right}/{asked})")


def check_release(folder: Path) -> None:
    """Probe a private copy of a release in a child process, which a damaged index may kill.

    Raises:
        ReleaseError: the probe failed; what it said.
    """
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "rag.probe", str(folder)],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        cwd=Path(__file__).resolve().parent.parent,
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [f"終了コード {done.returncode}"])[-1]
        raise ReleaseError(f"索引の確認に失敗しました: {said}。`ictnavi corpus build` で作り直してください。")


def main() -> int:
    """The child process's entry."""
    try:
        probe(Path(sys.argv[1]))
    except Exception as error:  # noqa: BLE001 - the outermost edge of a process whose only word is this sentence
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
