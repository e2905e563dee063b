"""Quotes -> the citations and the label of a sentence, numbered in reading order over one answer.

Equal (passage, quote, source) share a number. It decides nothing about what may be said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rag.answer.labels import write_label
from rag.corpus.replies import Replies
from rag.types import Citation, Language, Passage, Sentence, Source, Span


@dataclass(frozen=True, kw_only=True)
class Quote:
    """Words of a passage that carry a sentence, and the sources they rest on."""

    passage: Passage
    span: Span
    sources: tuple[Source, ...]

    @property
    def text(self) -> str:
        """The words."""
        return self.passage.quote(self.span)

    @property
    def official(self) -> bool:
        """Whether an official source stands behind them."""
        return any(s.standing == "official" for s in self.sources)


class Numbering:
    """Gives each citation of one answer its number."""

    def __init__(self) -> None:
        self._given: dict[tuple[str, str, str], int] = {}

    def number(self, citation: Citation) -> Citation:
        """The citation under its number in this answer."""
        key = (citation.passage.id, citation.quote, citation.source.id)
        return replace(citation, number=self._given.setdefault(key, len(self._given) + 1))

    def renumber(self, sentence: Sentence) -> Sentence:
        """A sentence whose citations were numbered elsewhere."""
        return replace(sentence, citations=tuple(map(self.number, sentence.citations)))


def cite(text: str, quotes: Sequence[Quote], replies: Replies, language: Language, numbering: Numbering) -> Sentence:
    """A sentence on its quotes; labels that differ stand one after the other."""
    labels = [write_label(q.passage, q.sources, replies, language) for q in quotes]
    separator = "／" if language == "ja" else " / "
    return Sentence(
        text=text,
        label=separator.join(dict.fromkeys(label for label in labels if label)) or None,
        citations=tuple(
            numbering.number(Citation(number=1, passage=q.passage, source=source, quote=q.text))
            for q in quotes
            for source in q.sources
        ),
    )


def find_sources(span: Span, sources: Mapping[str, Source]) -> tuple[Source, ...]:
    """The sources of a statement that the release holds."""
    return tuple(sources[s] for s in span.source_ids if s in sources)
