"""Scoring's figures: one formula a function, its source beside it. Pure; every score is 0 … 1, 1 is best.

A missing result never vanishes from a mean: the caller gives it as 0 (ir_measures does so with an unanswered query).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rag.language.values import missing_values, read_values


def share(hits: Sequence[bool]) -> float:
    """The share of True; 1 where there is nothing that could fail."""
    return sum(hits) / len(hits) if hits else 1.0


def mean(values: Sequence[float]) -> float | None:
    """The arithmetic mean; None where nothing was to be measured."""
    return sum(values) / len(values) if values else None


def fact_recall(said_in: Sequence[Collection[int]]) -> float:
    """Key facts said / key facts asked for: nugget recall (Lin & Demner-Fushman 2005, "Automatically evaluating
    answers to definition questions"). `said_in` has, for each fact, the sentences that say it."""
    return share([bool(places) for places in said_in])


def citation_recall(said_in: Sequence[Collection[int]], supported: Collection[int]) -> float:
    """Key facts said in a sentence that an accepted source supports / key facts asked for: ALCE's citation recall
    (Gao et al. 2023, "Enabling large language models to generate text with citations"), with the case's sources in
    place of a model. `supported` are the numbers of the sentences with such a citation."""
    return share([any(place in supported for place in places) for places in said_in])


def citation_precision(accepted: Sequence[bool]) -> float:
    """Citations of an accepted source / citations (the same paper); 0 where there are none."""
    return share(accepted) if accepted else 0.0


def quote_exactness(quotes: Sequence[tuple[str, str | None]]) -> float:
    """Quotes that stand in the passage they name, character for character / quotes. Pairs of quote and the passage's
    text, None where there is no such passage; 0 where there are none."""
    return share([bool(quote) and text is not None and quote in text for quote, text in quotes]) if quotes else 0.0


def number_exactness(sentences: Sequence[tuple[str, Sequence[str]]]) -> float:
    """Sentences whose every value stands, by value, in the words they quote / sentences (DESIGN §1.2)."""
    return share([not unquoted_values(text, quotes) for text, quotes in sentences])


def unquoted_values(text: str, quotes: Sequence[str]) -> tuple[str, ...]:
    """The values of a sentence, as written, that stand in none of its quotes."""
    present = [value for quote in quotes for value in read_values(quote)]
    return tuple(value.written for value in missing_values(read_values(text), present))
