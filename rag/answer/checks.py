"""Whether a sentence says what its quotes say: each check looks for one way in which it may not.

In: the reading of a sentence and its alignment. Out: the first `Fault` found, or None. A figure must stand in the
quotes by value, and with the same words around it as there (so that another figure of the same passage is noticed);
negation, limits and opposite words must agree; names must be there; most words must be covered, in every clause. Pure.
It never mends a sentence, and knows nothing of the field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from rag.answer.alignment import Alignment, covers, same_figure, same_order, stands, weigh
from rag.answer.reading import Atom, Denial, Figure, Reading
from rag.answer.vocabulary import read_vocabulary
from rag.language.detect import detect

Fault = Literal[
    "figure", "figure_elsewhere", "limit", "negation", "opposite", "strong", "name", "uncovered", "generalised"
]

FEW = 2  # words of a clause up to which all must be met for it to be said
SAME_SIDE = 1.2  # how much better a figure fits a place where から or まで stands with it as well
TOLD_TWICE = 1  # characters between two places of one value that tell it once: 「令和6年度(2024年度)」


@dataclass(frozen=True, kw_only=True)
class Tolerance:
    """Calibrated on the first half of bench/data/paraphrases.jsonl and its mutations; the second half is the figure."""

    coverage: float = 0.62  # of the sentence's content words, at least
    clause: float = 0.3  # the same for each clause with three content words or more
    rival: float = 1.12  # a rival figure must fit so many times better to refuse the one said
    near: float = 0.25  # how fast a word's say fades with each word between it and a figure
    clause_away: float = 0.45  # what a word of another clause has to say, for each clause between


def find_fault(sentence: Reading, alignment: Alignment, tolerance: Tolerance | None = None) -> Fault | None:
    """The first way in which the sentence says what the quotes do not; None where it agrees."""
    limits = tolerance or Tolerance()
    checks: tuple[tuple[Fault, Callable[[], bool]], ...] = (
        ("figure", lambda: not all(stands(f, alignment.figures) for f in sentence.figures)),
        ("negation", lambda: _denies_otherwise(sentence, alignment)),
        ("limit", lambda: _limits_otherwise(sentence, alignment)),
        ("opposite", lambda: _says_the_opposite(sentence, alignment)),
        ("strong", lambda: _overstates(sentence, alignment)),
        ("name", lambda: _names_others(sentence, alignment)),
        ("uncovered", lambda: _adds_words(sentence, alignment, limits)),
        ("figure_elsewhere", lambda: any(_said_too_often(f, sentence, alignment) for f in sentence.figures)),
        ("figure_elsewhere", lambda: _crosses(sentence, alignment)),
        ("figure_elsewhere", lambda: any(_fits_elsewhere(f, sentence, alignment, limits) for f in sentence.figures)),
    )
    return next((fault for fault, found in checks if found()), None)


# ------------------------------------------------------------------------------------------------ figures


def _fits_elsewhere(said: Figure, sentence: Reading, alignment: Alignment, limits: Tolerance) -> bool:
    """Whether another figure of the quotes fits the words around this one better than its equal does.

    Where that other figure is said too, it is the exchange of the two that must not fit better.
    """
    places = [(f, q.reading) for q in alignment.quotes for f in q.reading.figures if _comparable(said, f)]
    equals = [place for place in places if stands(said, [place[0]])]
    if not equals:
        return False  # a range told of two bounds: its ends have no rival apart from one another
    own = max(_fit(said, sentence, f, r, limits) for f, r in equals)
    for rival, quote in (place for place in places if not stands(said, [place[0]])):
        fit = _fit(said, sentence, rival, quote, limits)
        if fit <= own * limits.rival:
            continue
        others = [f for f in sentence.figures if stands(f, [rival])]
        if len(others) < _times(rival, [f for f, _ in places]):
            return True
        there = max(_fit(f, sentence, rival, quote, limits) for f in others)
        here = max(_fit(f, sentence, p, r, limits) for f in others for p, r in places if stands(said, [p]))
        if fit + here > (own + there) * limits.rival:
            return True
    return False


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

    return any(left_out(f, other) for f in only_one) and any(left_out(f, one) for f in only_other)


def _shape(figure: Figure) -> tuple[bool, bool, bool]:
    """Exact, at least, at most: a rival bounds the same way."""
    value = figure.value
    return value.low is None, value.high is None, value.low == value.high


def _fit(said: Figure, sentence: Reading, quoted: Figure, quote: Reading, limits: Tolerance) -> float:
    alike = _likeness(_surroundings(said, sentence, limits), _surroundings(quoted, quote, limits))
    return alike * SAME_SIDE if said.side and said.side == quoted.side else alike


def _comparable(said: Figure, quoted: Figure) -> bool:
    if said.value.kind != quoted.value.kind or not same_order(said, quoted):
        return False
    return said.value.unit is None or quoted.value.unit is None or said.value.unit == quoted.value.unit


def _surroundings(figure: Figure, reading: Reading, limits: Tolerance) -> list[tuple[frozenset[str], float]]:
    """The words and other figures around a figure, each with its say: most in its own clause and near by."""
    others: list[tuple[frozenset[str], int, int]] = [(a.keys, a.start, a.clause) for a in reading.atoms]
    others += [(frozenset({f.key}), f.start, f.clause) for f in reading.figures if f.key != figure.key]
    others.sort(key=lambda o: o[1])
    at = sum(1 for o in others if o[1] < figure.start)
    found = []
    for number, (keys, _, clause) in enumerate(others):
        distance = at - 1 - number if number < at else number - at
        away = abs(clause - figure.clause)
        found.append((keys, limits.clause_away ** min(away, 3) / (1 + limits.near * distance)))
    return found


def _likeness(said: Sequence[tuple[frozenset[str], float]], quoted: Sequence[tuple[frozenset[str], float]]) -> float:
    """How alike two surroundings are: shared words by their say in both, over the lengths of the two."""
    shared = sum(w * max((v for other, v in quoted if other & keys), default=0.0) for keys, w in said)
    length = sum(w * w for _, w in said) ** 0.5 * sum(v * v for _, v in quoted) ** 0.5
    return shared / length if length else 0.0


# ------------------------------------------------------------------------------------------------ polarity


def _denies_otherwise(sentence: Reading, alignment: Alignment) -> bool:
    """Whether something is denied that the quotes do not deny, or said that they deny."""
    quoted = [(d, q.reading) for q in alignment.quotes for d in q.reading.denials]
    open_ = [d for d, _ in quoted]
    for denial in sentence.denials:
        match = next((d for d in open_ if _same_denial(denial, d)), None)
        if match is None:
            return True
        open_.remove(match)
    return any(_is_said(d, r, sentence) and not any(_same_denial(o, d) for o in sentence.denials) for d, r in quoted)


def _same_denial(one: Denial, other: Denial) -> bool:
    """Whether two negations are of the same thing: one's nearest words share a word with the words next to the other's.

    Near means the two words before it; of the other one more may be counted.
    """
    if not one.heads or not other.heads:
        return not one.heads and not other.heads
    return any(
        a.keys & b.keys
        for near, far in ((one.heads[:2], other.heads), (one.heads, other.heads[:2]))
        for a in near
        for b in far
    )


def _is_said(denial: Denial, quote: Reading, sentence: Reading) -> bool:
    """Whether the sentence speaks of what a quote denies: a word next to it, and most words of its clause."""
    if not any(covers(sentence.keys, head) or head.surface in sentence.folded for head in denial.heads[:2]):
        return False
    clause = [a for a in quote.atoms if a.clause == denial.clause]
    met = sum(weigh(a) for a in clause if covers(sentence.keys, a))
    if len(clause) <= FEW:
        return all(covers(sentence.keys, a) for a in clause)
    return met >= 0.6 * sum(map(weigh, clause))


def _limits_otherwise(sentence: Reading, alignment: Alignment) -> bool:
    """Whether まで stands where the quotes have から, at a figure or at a word."""
    if _begins_twice(sentence):
        return True
    for said in sentence.figures:
        sides = {q.side for q in alignment.figures if same_figure(said, q)}
        if said.side and sides and None not in sides and said.side not in sides:
            return True
    quoted = [limit for quote in alignment.quotes for limit in quote.reading.limits]
    for limit in sentence.limits:
        sides = {other.side for other in quoted if other.head.keys & limit.head.keys}
        if sides and limit.side not in sides:
            return True
    return False


def _begins_twice(sentence: Reading) -> bool:
    """「22歳から29歳から」: a range that ends with where it begins says something else than any range."""
    ranges = [f for f in sentence.figures if None not in {f.value.low, f.value.high} and f.value.low != f.value.high]
    if any(f.side == "from" for f in ranges):
        return True
    starts = [f for f in sentence.figures if f.side == "from"]
    return any(0 <= b.start - a.end <= 3 for a, b in pairwise(starts))


def _says_the_opposite(sentence: Reading, alignment: Alignment) -> bool:
    quoted = "\n".join(quote.reading.folded for quote in alignment.quotes)
    for pair in read_vocabulary().opposites:
        for said, other in (pair, pair[::-1]):
            if said.search(sentence.folded) and other.search(quoted) and not said.search(quoted):
                return True
    return False


def _overstates(sentence: Reading, alignment: Alignment) -> bool:
    words = read_vocabulary()
    said = words.spared.sub("", sentence.folded)
    return bool(words.strong.search(said)) and not any(words.strong.search(q.reading.folded) for q in alignment.quotes)


# ------------------------------------------------------------------------------------------------ words


def _names_others(sentence: Reading, alignment: Alignment) -> bool:
    """Whether a name, a Latin abbreviation or a term of a system is said that neither quotes nor headings hold."""
    known = alignment.keys | alignment.head
    return any(not covers(known, atom) for atom in _names(sentence))


def _names(sentence: Reading) -> Iterable[Atom]:
    endings = read_vocabulary().name_endings
    japanese = detect(sentence.text) == "ja"
    for atom in sentence.atoms:
        latin = japanese and atom.surface.isascii() and any(c.isalpha() for c in atom.surface)
        if atom.proper or latin or (not japanese and not atom.surface.isascii()):
            yield atom
    for run in _runs(sentence.atoms):
        if run[-1].keys & endings or run[-1].surface in endings:
            yield from run


def _runs(atoms: Sequence[Atom]) -> list[list[Atom]]:
    """Nouns that stand without a gap: 海外, 派遣, 研修."""
    runs: list[list[Atom]] = []
    for atom in (a for a in atoms if a.noun):
        if runs and runs[-1][-1].end == atom.start:
            runs[-1].append(atom)
        else:
            runs.append([atom])
    return runs


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
