"""What a model may read and quote for one question: the passages of the evidence, and official ones near them.

In: the sentences that evidence chose, the hits, the sources. Out: `Material`s, best first. Of a third party only what
evidence chose is let through, and nothing that speaks to a model; passages of a route that the evidence is not about,
or in another language than the answer, stay out. It calls no model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rag.answer.citing import Quote, find_sources
from rag.answer.vocabulary import read_vocabulary
from rag.evidence import Candidate
from rag.language.normalise import fold
from rag.types import Hit, Language, Passage, Source

MOST = 5  # passages
NEAR = 0.55  # share of the best score from which an official passage goes along


@dataclass(frozen=True, kw_only=True)
class Material:
    """One passage and those of its statements that may be read and quoted."""

    passage: Passage
    quotes: tuple[Quote, ...]

    @property
    def heading(self) -> str:
        """What stands above the statements."""
        passage = self.passage
        words = (passage.title, *passage.heading_path[-1:], passage.speaker or "")
        return " / ".join(dict.fromkeys(w for w in words if w))


def choose_material(
    chosen: Sequence[Candidate], hits: Sequence[Hit], sources: Mapping[str, Source], language: Language
) -> tuple[Material, ...]:
    """At most `MOST` passages; empty where the evidence speaks another language than the answer."""
    picked = {(c.hit.passage.id, c.span.start, c.span.end) for c in chosen}
    routes = {None, *(c.hit.passage.route for c in chosen)}
    passages = list(dict.fromkeys(c.hit.passage for c in chosen))
    best = max((h.score for h in hits), default=0.0)
    passages += [
        h.passage for h in hits if h.passage not in passages and h.score >= NEAR * best and h.passage.route in routes
    ]
    found = []
    for passage in (p for p in passages if p.lang == language):
        quotes = tuple(_quotes(passage, picked, sources))
        if quotes:
            found.append(Material(passage=passage, quotes=quotes))
    return tuple(found[:MOST]) if chosen and chosen[0].hit.passage.lang == language else ()


def _quotes(passage: Passage, picked: set[tuple[str, int, int]], sources: Mapping[str, Source]) -> Iterator[Quote]:
    commands = read_vocabulary().commands
    chosen = [(start, end) for name, start, end in picked if name == passage.id]
    for span in passage.sentences:
        quote = Quote(passage=passage, span=span, sources=find_sources(span, sources))
        is_chosen = any(start <= span.start and span.end <= end for start, end in chosen)
        if quote.sources and (quote.official or (is_chosen and not commands.search(fold(quote.text)))):
            yield quote
