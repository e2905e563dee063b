"""Counts that are no values of their own: "six American companies", twice, 隔週.

In: readings of a sentence and of its quotes. Out: whether the sentence counts what the quotes count, and otherwise than
they do. A thing that the quotes do not count may be counted freely: what it adds is for others to judge. Pure.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from rag.answer.reading import Reading
from rag.language.tokens import stem

_NUMBERS = {
    word: n
    for n, word in enumerate(("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), start=2)
}  # fmt: skip
_SPELLED = "|".join(_NUMBERS)
_THINGS = re.compile(rf"(?<![\d.,-])\b(\d{{1,2}}|{_SPELLED}) (?:(?!of\b)[a-z-]+ )?([a-z]{{3,}}s)\b(?!')")
_TIMES = re.compile(rf"\b(once|twice|(?:\d{{1,2}}|{_SPELLED}) times)\b(?! or more)")
_RATES = re.compile(
    r"(?P<each>隔|毎)(?P<unit>[週月年日])(?!度)"
    r"|(?P<n>\d{1,2})?(?P<per>[週月年日])(?:間|か月)?(?:に|あたり)?(?P<times>\d{1,2})(?:回|度)"
)


def counts_otherwise(sentence: Reading, quotes: Sequence[Reading]) -> bool:
    """Whether something is counted that the quotes count, and by none of their numbers."""
    quoted: dict[str, set[str]] = defaultdict(set)
    for quote in quotes:
        for thing, number in _read_counts(quote.folded):
            quoted[thing].add(number)
    return any(quoted[thing] and number not in quoted[thing] for thing, number in _read_counts(sentence.folded))


def _read_counts(folded: str) -> Iterator[tuple[str, str]]:
    """What is counted, and its number: things by their stem, times in all, rates by how often in one unit."""
    for found in _THINGS.finditer(folded):
        yield stem(found[2]), str(_NUMBERS.get(found[1], found[1]))
    for found in _TIMES.finditer(folded):
        word = found[1].split()[0]
        yield "times", {"once": "1", "twice": "2"}.get(word, str(_NUMBERS.get(word, word)))
    for found in _RATES.finditer(folded):
        if found["each"]:
            yield f"rate {found['unit']}", f"1/{2 if found['each'] == '隔' else 1}"
        else:
            yield f"rate {found['per']}", f"{found['times']}/{found['n'] or 1}"
