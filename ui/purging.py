"""Withdrawing a document for good: an id in, the releases that went out. The served release must not hold it."""

from __future__ import annotations

from pathlib import Path

from rag import withdrawn
from rag.build import holds_document
from rag.refresh import Snapshots
from rag.releases import ReleaseStore
from rag.token_cache import forget_tokens


def purge_document(home: Path, document_id: str) -> tuple[str, ...]:
    """Remove every release that holds it, the kept copies of its page, what was withdrawn and the words cached of it.

    Raises:
        ReleaseError: the served release holds it; nothing was removed.
    """
    gone = ReleaseStore(home).purge(document_id, holds_document)
    Snapshots(home).forget(document_id.removesuffix("-original"))
    forget_tokens(home)
    held = withdrawn.read(home)
    kept = [each for each in held if document_id not in {each.document_id, each.document_id.removesuffix("-original")}]
    if len(kept) < len(held):
        withdrawn.write(home, kept)
    return gone
