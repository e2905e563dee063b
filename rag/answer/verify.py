"""The last check before a sentence is shown: what it says must stand in what it quotes.

In: a sentence's text and its citations. Out: whether it may be shown. A sentence that fails is removed by the caller,
never repaired. It does not judge style or relevance.
"""

from __future__ import annotations

from rag.language.values import missing_values, read_values
from rag.types import Sentence


def holds(sentence: Sentence) -> bool:
    """Every number, date, age, amount and 年度 of the text stands, by value, in the words it quotes."""
    quoted = [value for citation in sentence.citations for value in read_values(citation.quote)]
    return not missing_values(read_values(sentence.text), quoted)
