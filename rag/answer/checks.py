"""Whether a sentence says what its quotes say: each check looks for one way in which it may not.

In: the reading of a sentence and its alignment. Out: the first `Fault` found, or None. A figure must stand in the
quotes by value, and with the same words around it as there (so that another figure of the same passage is noticed);
negation, limits and opposite words must agree; names must be there; most words must be covered, in every clause. Pure.
It never mends a sentence, and knows nothing of the field.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from rag.answer.alignment import Alignment, covers, same_order, stands
from rag.answer.binding import places_of, trades_places
from rag.answer.counts import counts_otherwise
from rag.answer.denials import weigh
from rag.answer.names import borrows_names, list_names, replaces_names, trades_names
from rag.answer.polarity import denies_otherwise, limits_otherwise, overstates, restricts_otherwise, says_the_opposite
from rag.answer.reading import Figure, Reading
from rag.answer.surroundings import likeness, surround

Fault = Literal[
    "figure", "figure_elsewhere", "limit", "negation", "opposite", "strong", "name", "name_elsewhere", "uncovered",
    "generalised",
]  # fmt: skip

SAME_SIDE = 1.2  # how much better a figure fits a place where から or まで stands with it as well
TOLD_TWICE = 1  # characters between two places of one value that tell it once: 「令和6年度(2024年度)」


@dataclass(frozen=True, kw_only=True)
class Tolerance:
    """Calibrated on the first half of bench/data/paraphrases.jsonl and its mutations; the second half is the figure."""

    coverage: float = 0.62  # of the sentence's content words, at least
    clause: float = 0.3  # the same for each clause with three content words or more
    rival: float = 1.2  # a rival figure must fit so many times better to refuse the one said


def find_fault(sentence: Reading, alignment: Alignment, tolerance: Tolerance | None = None) -> Fault | None:
    """The first way in which the sentence says what the quotes do not; None where it agrees."""
    limits = tolerance or Tolerance()
    checks: tuple[tuple[Fault, Callable[[], bool]], ...] = (
        ("figure", lambda: not all(stands(f, alignment.figures) for f in sentence.figures)),
        ("figure", lambda: counts_otherwise(sentence, [q.reading for q in alignment.quotes])),
        ("negation", lambda: any(_is_denied_only(f, alignment) for f in sentence.figures)),
        ("negation", lambda: denies_otherwise(sentence, alignment)),
        ("limit", lambda: limits_otherwise(sentence, alignment)),
        ("opposite", lambda: says_the_opposite(sentence, alignment)),
        ("strong", lambda: restricts_otherwise(sentence, alignment)),
        ("strong", lambda: overstates(sentence, alignment)),
        ("name", lambda: _names_others(sentence, alignment)),
        ("uncovered", lambda: _adds_words(sentence, alignment, limits)),
        ("figure_elsewhere", lambda: any(_said_too_often(f, sentence, alignment) for f in sentence.figures)),
        ("figure_elsewhere", lambda: _crosses(sentence, alignment)),
        ("figure_elsewhere", lambda: _joins_bounds(sentence, alignment)),
        ("figure_elsewhere", lambda: _trades(sentence, alignment)),
        ("figure_elsewhere", lambda: _borrows_a_figure(sentence, alignment)),
        ("name_elsewhere", lambda: trades_names(sentence, [q.reading for q in alignment.quotes])),
        ("name_elsewhere", lambda: replaces_names(sentence, [q.reading for q in alignment.quotes])),
        ("name_elsewhere", lambda: _borrows_a_name(sentence, alignment)),
        ("figure_elsewhere", lambda: any(_fits_elsewhere(f, sentence, alignment, limits) for f in sentence.figures)),
    )
    return next((fault for fault, found in checks if found()), None)


# ------------------------------------------------------------------------------------------------ figures


def _is_denied_only(said: Figure, alignment: Alignment) -> bool:
    """ "began in 2026" where the quotes say "in 2024, not in 2026"."""
    equals = [q for q in alignment.figures if stands(said, [q])]
    return not said.denied and bool(equals) and all(q.denied for q in equals)


def _fits_elsewhere(said: Figure, sentence: Reading, alignment: Alignment, limits: Tolerance) -> bool:
    """Whether another figure of the quotes fits the words around this one better than its equal does.

    Where that other figure is said too, it is the exchange of the two that must not fit better.
    """
    places = [(f, q.reading) for q in alignment.quotes for f in q.reading.figures if _comparable(said, f)]
    equals = [place for place in places if stands(said, [place[0]])]
    if not equals:
        return False  # a range told of two bounds: its ends have no rival apart from one another
    common = _count_common([(f, r) for f, r in places])

    def fit(figure: Figure, place: tuple[Figure, Reading]) -> float:
        return _fit(figure, sentence, *place, common)

    own = max(fit(said, place) for place in equals)
    for rival in (place for place in places if not stands(said, [place[0]])):
        there = fit(said, rival)
        if there <= own * limits.rival:
            continue
        others = [f for f in sentence.figures if stands(f, [rival[0]])]
        if len(others) < _times(rival[0], [f for f, _ in places]):
            return True
        kept = own + max(fit(f, rival) for f in others)
        exchanged = there + max(fit(f, place) for f in others for place in equals)
        if exchanged > kept * limits.rival:
            return True
    return False


def _count_common(places: Sequence[tuple[Figure, Reading]]) -> Counter[str]:
    """In how many clauses with a figure of the kind each word stands: what stands in all tells none from another."""
    clauses = {(f.clause, r.text): r for f, r in places}
    return Counter(
        key
        for (clause, _), reading in clauses.items()
        for key in {k for a in reading.atoms if a.clause == clause for k in a.keys}
    )


def _times(figure: Figure, among: Sequence[Figure]) -> int:
    """How often a value is told; 「令和6年度(2024年度)」 tells it once."""
    places = [f for f in among if f.key == figure.key and f.suffix == figure.suffix]
    return len(places) - sum(0 <= after.start - before.end <= TOLD_TWICE for before, after in pairwise(places))


def _said_too_often(said: Figure, sentence: Reading, alignment: Alignment) -> bool:
    """Whether a figure stands in more places than in the quotes, while another of its kind there is left out."""
    times = _times(said, sentence.figures)
    if times < 2 or times <= sum(_times(said, q.reading.figures) for q in alignment.quotes):
        return False
    rivals = [f for f in alignment.figures if _comparable(said, f) and not stands(said, [f])]
    return any(not any(stands(f, [r]) for f in sentence.figures) for r in rivals)


def _crosses(sentence: Reading, alignment: Alignment) -> bool:
    """Whether a year of one statement is told with the bound of another, while each has one of its own left unsaid."""
    if len(alignment.quotes) < 2:
        return False
    one, other = (q.reading.figures for q in alignment.quotes)
    only_one = [f for f in sentence.figures if stands(f, one) and not stands(f, other)]
    only_other = [f for f in sentence.figures if stands(f, other) and not stands(f, one)]

    def left_out(figure: Figure, there: Sequence[Figure]) -> bool:
        rivals = [r for r in there if _comparable(figure, r) and _shape(figure) == _shape(r)]
        return any(not any(stands(f, [r]) for f in sentence.figures) for r in rivals)

    from_one = {f.clause for f in only_one if left_out(f, other)}
    return bool(from_one & {f.clause for f in only_other if left_out(f, one)})


def _borrows_a_figure(sentence: Reading, alignment: Alignment) -> bool:
    """Whether a further quote gives nothing but a figure, where the main one has another of its kind, left unsaid."""
    main, further = _main_and_further(sentence, alignment)
    if further is None or any(a.keys & further.keys and not a.keys & main.keys for a in sentence.atoms if not a.light):
        return False
    borrowed = [f for f in sentence.figures if stands(f, further.figures) and not stands(f, main.figures)]
    unsaid = [f for f in main.figures if not any(stands(s, [f]) for s in sentence.figures)]
    return any(_comparable(b, u) and _shape(b) == _shape(u) for b in borrowed for u in unsaid)


def _borrows_a_name(sentence: Reading, alignment: Alignment) -> bool:
    return borrows_names(sentence, *_main_and_further(sentence, alignment))


def _main_and_further(sentence: Reading, alignment: Alignment) -> tuple[Reading, Reading | None]:
    """The quote that holds more of the sentence's words, and the other one, if there is one."""

    def worth(quote: Reading) -> float:
        return sum(weigh(a) for a in sentence.atoms if a.keys & quote.keys)

    readings = sorted((q.reading for q in alignment.quotes), key=worth, reverse=True)
    return readings[0], readings[1] if len(readings) > 1 else None


def _joins_bounds(sentence: Reading, alignment: Alignment) -> bool:
    """Whether the two ends of one range (22歳以上30歳未満) stand in different statements only."""
    return any(
        one.end == other.start
        and one.value.high is None
        and other.value.low is None
        and not any(stands(one, q.reading.figures) and stands(other, q.reading.figures) for q in alignment.quotes)
        for one, other in pairwise(sentence.figures)
    )


def _trades(sentence: Reading, alignment: Alignment) -> bool:
    """Whether figures are told of what other figures are told of in the quotes, by the words they are tied to."""
    quoted = [place for q in alignment.quotes for place in places_of(q.reading, _exchangeable)]
    said = places_of(sentence, _exchangeable)
    return trades_places(said, quoted, _exchangeable, lambda one, other: stands(one, [other]))


def _exchangeable(one: Figure, other: Figure) -> bool:
    """Also a fiscal year for a date of another year: 「選考は2020年度、任用は2021年4月」."""
    if {one.value.kind, other.value.kind} == {"date", "fiscal_year"}:
        years = {str(one.value.low)[:4], str(other.value.low)[:4]}
        return len(years) == 2 and all(year.isdigit() for year in years)
    return _comparable(one, other)


def _shape(figure: Figure) -> tuple[bool, bool, bool]:
    """Exact, at least, at most: a rival bounds the same way."""
    value = figure.value
    return value.low is None, value.high is None, value.low == value.high


def _fit(said: Figure, sentence: Reading, quoted: Figure, quote: Reading, common: Counter[str]) -> float:
    around = [
        surround(figure.start, figure.clause, reading, key=figure.key, common=common)
        for figure, reading in ((said, sentence), (quoted, quote))
    ]
    alike = likeness(*around)
    return alike * SAME_SIDE if said.side and said.side == quoted.side else alike


def _comparable(said: Figure, quoted: Figure) -> bool:
    if said.value.kind != quoted.value.kind or said.denied != quoted.denied or not same_order(said, quoted):
        return False
    return said.value.unit is None or quoted.value.unit is None or said.value.unit == quoted.value.unit


# ------------------------------------------------------------------------------------------------ words


def _names_others(sentence: Reading, alignment: Alignment) -> bool:
    """Whether a name, a Latin abbreviation or a term of a system is said that neither quotes nor headings hold."""
    known = alignment.keys | alignment.head
    return any(not covers(known, atom) for atom in list_names(sentence))


def _adds_words(sentence: Reading, alignment: Alignment, limits: Tolerance) -> bool:
    """Whether too many content words, in all or in one clause, stand neither in the quotes nor in their headings."""
    if alignment.coverage < limits.coverage:
        return True
    known = alignment.keys | alignment.head
    for clause in {a.clause for a in sentence.atoms}:
        inside = [a for a in sentence.atoms if a.clause == clause and not a.light]
        if len(inside) >= 3 and sum(covers(known, a) for a in inside) < limits.clause * len(inside):
            return True
    return False
