"""What each figure of a text is a figure of: the words and other figures that it is tied to in its own phrase.

In: the reading of a sentence and of its quotes. Out: whether figures of one kind are told in each other's places
(「新卒20人とキャリア活用10人」 for 「新卒10人とキャリア活用20人」). Only ties inside a clause count, the nearest
most, and no word beyond another figure. It looks at places only: whether a value stands at all is checks.py's. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.answer.denials import Atom
from rag.answer.reading import Figure, Reading

EXCHANGED = 0.45  # by how much the ties of two figures must fit better when exchanged
MISPLACED = 0.6  # by how much those of one figure must fit better at another's place, where they hardly fit its own
HARDLY = 0.25  # a fit that is none
REACH = 3  # words on either side
FADE = 0.6  # what each further word has to say of the one before it
LIGHT = 0.6  # what a light word has to say
LOOSE = 0.45  # what a word has to say over a particle that ends its phrase
_LEFT = re.compile(
    r"(?:[はがも=:(「『\"・の]|では|には|との?|が?約|およそ|計|合計|was|were|is|are|had|of|the|an?|about|for"
    r"|in|on|at|by|its|[ ])*"
)
_RIGHT = re.compile(
    r"(?:[のがをにへもはと=(「『)」』]|から|まで|以内|以上|以下|未満|ほど|程度|規模|ごと|毎"
    r"|in|of|for|who|that|were|was|the|[ ])*"
)
_JOINED = re.compile(r"[とかやも、,~・/ ]|または|及び|および|or|nor|and|in|から|to")
_BREAK = re.compile(r"、|。|;|,(?!\d)|\.(?=\s|$)|\band\b|\bbut\b|\bwhile\b")
_NEXT_CLAUSE = re.compile(r"\b(?:after|before|when|although|though)\b")


@dataclass(frozen=True, kw_only=True)
class Tie:
    """A word or figure tied to a figure, by its keys, and how much it has to say (0 … 1)."""

    keys: frozenset[str]
    say: float


@dataclass(frozen=True, kw_only=True)
class Place:
    """A figure and its ties."""

    figure: Figure
    ties: tuple[Tie, ...]
    follows: Figure | None


def places_of(reading: Reading, comparable: Callable[[Figure, Figure], bool]) -> list[Place]:
    """Every figure of a text with what it is tied to, in reading order."""
    before = [None, *reading.figures][: len(reading.figures)]
    return [
        Place(figure=f, ties=tuple(_ties(f, reading, comparable)), follows=b if b and _joined(b, f, reading) else None)
        for b, f in zip(before, reading.figures, strict=True)
    ]


def _joined(one: Figure, other: Figure, reading: Reading) -> bool:
    """Whether two figures are told in one breath: 「2022年度と2023年度」."""
    gap = reading.folded[one.end : other.start]
    return len(gap) < 9 and not _JOINED.sub("", gap)


def trades_places(
    said: Sequence[Place],
    quoted: Sequence[Place],
    comparable: Callable[[Figure, Figure], bool],
    equal: Callable[[Figure, Figure], bool],
) -> bool:
    """Whether some figure is told at the place of another of its kind, or two at each other's."""
    return any(
        gain >= (MISPLACED if alone else EXCHANGED) for gain, alone in find_gains(said, quoted, comparable, equal)
    )


def find_gains(
    said: Sequence[Place],
    quoted: Sequence[Place],
    comparable: Callable[[Figure, Figure], bool],
    equal: Callable[[Figure, Figure], bool],
) -> list[tuple[float, bool]]:
    """How much better each figure would fit in a rival's place, and whether that rival is left unsaid."""
    gains = []
    for one in said:
        own = [q for q in quoted if equal(one.figure, q.figure)]
        rivals = [q for q in quoted if comparable(one.figure, q.figure) and not equal(one.figure, q.figure)]
        if not own:
            continue
        here = _best(one, own)
        for rival in rivals:
            there = _fit(one, rival)
            told = [s for s in said if equal(s.figure, rival.figure)]
            if not told:
                if here <= HARDLY:
                    gains.append((there - here, True))
                continue
            home = [q for q in rivals if equal(told[0].figure, q.figure)]
            for other in told:
                if other.follows is one.figure or one.follows is other.figure:
                    continue
                exchanged = _best(one, home) + _best(other, own)
                gains.append((exchanged - here - _best(other, home), False))
    return gains


def _best(said: Place, quoted: Sequence[Place]) -> float:
    return max((_fit(said, q) for q in quoted), default=0.0)


def _fit(said: Place, quoted: Place) -> float:
    """The ties that two places share."""
    return sum(max((min(t.say, q.say) for q in quoted.ties if t.keys & q.keys), default=0.0) for t in said.ties)


@dataclass(frozen=True, kw_only=True)
class _Item:
    """A word, or a figure, beside the figure that is looked at."""

    start: int
    end: int
    keys: frozenset[str]
    weight: float
    figure: Figure | None


def _ties(figure: Figure, reading: Reading, comparable: Callable[[Figure, Figure], bool]) -> list[Tie]:
    items = [
        _Item(start=a.start, end=a.end, keys=_words(a), weight=LIGHT if a.light else 1.0, figure=None)
        for a in reading.atoms
    ]
    items += [
        _Item(start=f.start, end=f.end, keys=frozenset({f.key}), weight=1.0, figure=f)
        for f in reading.figures
        if f is not figure
    ]
    items.sort(key=lambda item: (item.start, item.end))
    before = [i for i in items if i.end <= figure.start][::-1]
    after = [i for i in items if i.start >= figure.end]
    return [*_walk(figure, before, reading.folded, comparable), *_walk(figure, after, reading.folded, comparable)]


def _words(atom: Atom) -> frozenset[str]:
    kanji = {f"c:{key[2:4]}" for key in atom.keys if key.startswith("k:") and len(key) >= 4}
    return atom.keys | kanji


def _walk(figure: Figure, items: Sequence[_Item], text: str, comparable: Callable[[Figure, Figure], bool]) -> list[Tie]:
    """The ties on one side; a run of words without a gap (採用予定) is one step, and shares one say."""
    found, say, at, steps = list[Tie](), 1.0, (figure.start, figure.end), 0
    for run in _runs(items):
        start, end = min(i.start for i in run), max(i.end for i in run)
        gap = text[end : at[0]] if end <= at[0] else text[at[1] : start]
        other = run[0].figure
        if other is not None and other.key == figure.key:  # 「令和6年度(2024年度)」: one figure
            at = (min(start, at[0]), max(end, at[1]))
            continue
        if steps == REACH or _BREAK.search(gap) or (other is not None and comparable(figure, other)):
            break
        if start >= at[1] and _NEXT_CLAUSE.search(text, at[1], end):
            break
        say *= 1.0 if (_LEFT if end <= at[0] else _RIGHT).fullmatch(gap) else LOOSE
        found.extend(Tie(keys=i.keys, say=say * i.weight / len(run)) for i in run)
        if other is not None:
            break
        steps, say, at = steps + 1, say * FADE, (start, end)
    return found


def _runs(items: Sequence[_Item]) -> list[list[_Item]]:
    runs: list[list[_Item]] = []
    for item in items:
        last = runs[-1][-1] if runs else None
        if last and not item.figure and not last.figure and (last.end == item.start or item.end == last.start):
            runs[-1].append(item)
        else:
            runs.append([item])
    return runs
