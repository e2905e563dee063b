"""What a release says of its own passages and sources, to hold an answer's citations against.

In: a release's folder. Out: `Material`. Scoring trusts nothing that the answer claims about its sources; it looks
them up here. It opens no index.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.corpus import read_replies
from rag.records import read_passages, read_sources
from rag.types import ContentError, Passage, ReleaseError, Source

CLAIMED = ("publisher", "kind", "standing", "as_of", "as_of_note", "fiscal_year")


@dataclass(frozen=True, kw_only=True)
class Material:
    """Passages and sources by id; the words that mark a third party and an experience, in all languages."""

    passages: Mapping[str, Passage]
    sources: Mapping[str, Source]
    third_party_words: tuple[str, ...] = ("第三者情報", "third-party information")
    experience_words: tuple[str, ...] = ("体験談", "personal experience")

    def find_source(self, citation: Mapping[str, Any]) -> Source | None:
        """The source that a citation (in serial form) names by title and address; one its statement rests on first."""
        named = [s for s in self.sources.values() if (s.title, s.url) == (citation["title"], citation["url"])]
        resting = self.sources_of(citation)
        return next((s for s in named if s.id in resting), named[0] if named else None)

    def sources_of(self, citation: Mapping[str, Any]) -> frozenset[str]:
        """The ids of the sources on which the quoted statements of the passage rest."""
        passage = self.passages.get(citation["passage_id"])
        quote = citation["quote"]
        if passage is None or not quote or quote not in passage.text:
            return frozenset()
        start = passage.text.index(quote)
        touched = (s for s in passage.sentences if s.start < start + len(quote) and start < s.end)
        return frozenset(i for span in touched for i in span.source_ids)


def read_material(folder: Path) -> Material:
    """The material of a release. Raises ReleaseError where it is damaged."""
    problems: list[ContentError] = []
    try:
        replies = read_replies((folder / "replies.toml").read_bytes(), "replies.toml", problems)
    except OSError as error:
        raise ReleaseError(f"公開データ replies.toml を読めません({error})") from error
    if replies is None or problems:
        raise ReleaseError(f"公開データ replies.toml を読めません({problems[:1]})")
    third, told = replies.labels["third_party"], replies.labels["experience"]
    return Material(
        passages={p.id: p for p in read_passages(folder / "passages.jsonl")},
        sources={s.id: s for s in read_sources(folder / "sources.jsonl")},
        third_party_words=(third.ja, third.en),
        experience_words=(told.ja, told.en),
    )
