"""New sections that ask what is answered already and say something else: a page made to stand before other answers.

In: the release that answers now, and a candidate's passages. Out: a `Takeover` for each document most of
whose new sections are such. A question of a year is answered now only where the section that would answer names that
year or rests on a source of it. It judges no truth and refuses nothing: a person reads the warning before publishing.
What a document says in a few of many sections, or without asking anything, it does not see.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rag.evidence.candidates import source_years, values_of
from rag.evidence.support import weigh
from rag.index import Index, close_index
from rag.language.normalise import fold
from rag.query import Weights, analyse
from rag.records import read_passages
from rag.releases import ReleaseStore
from rag.retrieve import retrieve
from rag.scope import of_language
from rag.served import open_release
from rag.settings import Settings
from rag.types import Passage, ReleaseError, SettingError, Source

ANSWERED = -1.0  # support from which a question counts: below the bot's own 0, as other wordings of it pass that
ALIKE = 0.2  # share (by rarity) of the shorter text that both say, below which they speak of different things
NEAR = 0.4  # the classifier's nearness from which the section that answers now is meant
MOST = 0.5  # share of a document's new questions above which it is named
FEWEST = 2  # such questions
HITS = 10


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A question of a new section, and the section that answers it now."""

    question: str
    answered_by: Passage


@dataclass(frozen=True, kw_only=True)
class Takeover:
    """A document, its new sections that stand as a question (a number), and those of them that are answered now."""

    document_id: str
    title: str
    asked: int
    taken: tuple[Taken, ...]


def find_takeovers(index: Index, sources: Mapping[str, Source], passages: Iterable[Passage]) -> tuple[Takeover, ...]:
    """The documents among a candidate's passages that would take the place of what `index` answers from `sources`."""
    found = []
    for sections in _new_sections(index.passages, passages).values():
        taken = tuple(t for t in (_find_taken(index, sources, section) for section in sections) if t is not None)
        if len(taken) >= FEWEST and len(taken) > MOST * len(sections):
            first = sections[0]
            found.append(Takeover(document_id=first.document_id, title=first.title, asked=len(sections), taken=taken))
    return tuple(found)


def _new_sections(before: Sequence[Passage], after: Iterable[Passage]) -> Mapping[str, list[Passage]]:
    """By document, the sections with a question whose document did not ask it before."""
    seen = {(p.document_id, p.question) for p in before}
    new: dict[str, list[Passage]] = {}
    for passage in after:
        if passage.question and passage.sentences and (passage.document_id, passage.question) not in seen:
            seen.add((passage.document_id, passage.question))  # of a long section the beginning counts
            new.setdefault(passage.document_id, []).append(passage)
    return new


def _find_taken(index: Index, sources: Mapping[str, Source], section: Passage) -> Taken | None:
    """What answers the section's question now, where that says something else."""
    question, weights = section.question or "", Weights()
    query = analyse(question, index, weights)
    hits = of_language(retrieve(query, index, weights, limit=HITS), section.lang)
    if not hits or weigh(query, hits[0], hits, index).score < ANSWERED:
        return None
    best = hits[0].passage
    if np.nan_to_num(query.nearness.meant)[index.position[best.id]] < NEAR:
        return None
    asked = _named_years(question)
    if asked and not asked & _years(best, sources):
        return None
    return None if _alike(index, question, section, best) >= ALIKE else Taken(question=question, answered_by=best)


def _years(passage: Passage, sources: Mapping[str, Source]) -> frozenset[int]:
    """The years a section names, and those that its sources hold for."""
    cited = {source for span in passage.sentences for source in span.source_ids if source in sources}
    return _named_years(passage.text).union(*(source_years(sources[source]) for source in cited))


def _named_years(text: str) -> frozenset[int]:
    years = (str(v.low)[:4] for v in values_of(fold(text)) if v.kind in {"date", "fiscal_year"})
    return frozenset(int(year) for year in years if year.isdigit())


def _alike(index: Index, question: str, one: Passage, other: Passage) -> float:
    """The share (0 … 1, by rarity) of the shorter text's words that the other has too, those of the question apart."""
    asked = set(index.tokenizer.tokens(fold(question)).words)
    left, right = (set(index.tokenizer.tokens(_said(p)).words) - asked for p in (one, other))
    return _weight(index, left & right) / max(min(_weight(index, left), _weight(index, right)), 1e-9)


def _said(passage: Passage) -> str:
    return "\n".join(map(passage.quote, passage.sentences))


def _weight(index: Index, words: Iterable[str]) -> float:
    table = index.tables["words"]
    return sum(math.log(1 + (table.size + 1) / (table.frequency(word) + 0.5)) for word in words)


def check_candidate(settings: Settings, old: str, new: str) -> tuple[Takeover, ...] | None:
    """The same of two releases, the one that answers first; None where that one can't be opened to ask it.

    Raises:
        ReleaseError: the new one can't be read.
    """
    store = ReleaseStore(settings.home)
    passages = read_passages(store.folder(new) / "passages.jsonl")
    if not _new_sections(read_passages(store.folder(old) / "passages.jsonl"), passages):
        return ()
    try:
        served = open_release(store, old, settings)
    except (ReleaseError, SettingError):  # made with another dictionary or embedding: publishing renews it
        return None
    try:
        return find_takeovers(served.index, served.sources, passages)
    finally:
        close_index(served.index)
        store.close_copy(served.folder)
