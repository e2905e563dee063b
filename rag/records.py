"""Records <-> the JSON lines that a release holds. Nothing else: no folder, no meaning."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from rag.types import Document, Passage, ReleaseError, Source

_SOURCES = TypeAdapter(tuple[Source, ...])
_DOCUMENTS = TypeAdapter(tuple[Document, ...])
_PASSAGES = TypeAdapter(tuple[Passage, ...])


Records = TypeVar("Records")


def write_lines(path: Path, records: Iterable[Any]) -> None:
    """One JSON object a line, keys in the records' order."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for record in records:
            file.write(json.dumps(asdict(record), ensure_ascii=False) + "\n")


def read_sources(path: Path) -> tuple[Source, ...]:
    """The sources of a release. Raises ReleaseError where the file is damaged."""
    return _read(path, _SOURCES)


def read_documents(path: Path) -> tuple[Document, ...]:
    """The documents of a release."""
    return _read(path, _DOCUMENTS)


def read_passages(path: Path) -> tuple[Passage, ...]:
    """The passages of a release, in the order of its index."""
    return _read(path, _PASSAGES)


def _read(path: Path, adapter: TypeAdapter[Records]) -> Records:
    try:
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]
        return adapter.validate_python(lines)
    except (OSError, ValueError, ValidationError) as error:
        raise ReleaseError(
            f"公開データ {path.name} を読めません。`ictnavi release verify` で確かめてください。"
        ) from error
