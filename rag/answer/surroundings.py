"""What stands around a place of a text, and how alike two places are by it.

In: a reading and a place in it. Out: the words and figures around it, each with its say: most in its own clause and
near by. Pure. It decides nothing: figures' rivals are checks.py's, names' exchanges names.py's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rag.answer.denials import Atom
from rag.answer.reading import Reading

NEAR = 0.25  # how fast a word's say fades with each word between
FIGURE = 1.5  # the say of a figure
CLAUSE_AWAY = 0.45  # what a word of another clause has to say, for each clause between
FARTHEST = 3  # clauses away, beyond which nothing fades further


@dataclass(frozen=True, kw_only=True)
class Said:
    """A word or figure by its keys, and how much it has to say."""

    keys: frozenset[str]
    say: float


def surround(
    start: int, clause: int, reading: Reading, *, but: Collection[Atom] = (), key: str = "", common: Counter[str]
) -> list[Said]:
    """The words and figures around a place, without the words of `but` and the figures of that key.

    `common` says in how many places of the kind a word stands: what stands at all of them tells none from another.
    """
    others = [(a.keys, a.start, a.clause) for a in reading.atoms if a not in but]
    others += [(frozenset({f.key}), f.start, f.clause) for f in reading.figures if f.key != key]
    others.sort(key=lambda o: o[1])
    at = sum(1 for o in others if o[1] < start)
    found = []
    for number, (keys, _, there) in enumerate(others):
        distance = at - 1 - number if number < at else number - at
        say = CLAUSE_AWAY ** min(abs(there - clause), FARTHEST) / (1 + NEAR * distance)
        weight = FIGURE if any(k.startswith("v:") for k in keys) else 1.0
        found.append(Said(keys=keys, say=say * weight / max(max((common[k] for k in keys), default=0), 1)))
    return found


def likeness(said: Sequence[Said], quoted: Sequence[Said]) -> float:
    """How alike two surroundings are: shared words by their say in both, over the lengths of the two (0 … 1)."""
    shared = sum(s.say * max((q.say for q in quoted if q.keys & s.keys), default=0.0) for s in said)
    length = sum(s.say**2 for s in said) ** 0.5 * sum(q.say**2 for q in quoted) ** 0.5
    return shared / length if length else 0.0
