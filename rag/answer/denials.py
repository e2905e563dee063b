"""What a text denies or restricts: the negation, and the words that it bears on.

In: folded text, its content words, where its clauses end. Out: `Denial`s, in reading order. Two negations that undo
each other (不要ではない) are none; だけでなく and に限らない say more, not less, and are none. It compares nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from rag.answer.vocabulary import Vocabulary

TOPIC = 0.5  # share of a clause that another must hold to be about the same
LIGHT = 0.2  # what a light word counts
HEADS = 3  # content words kept of those before a negation
PAIR = 9  # characters before it in which its opposite makes a pair with it (有利になったり不利)
UNDONE = 6  # characters between a word that denies (不要) and a negation that undoes it
_VERB = re.compile(r"(?P<stem>[一-鿿])[ぁ-ん]{1,12}$")
_ASIDE = re.compile(r"\([^()]*\)?")
_ONLY = re.compile(r"しか[^。、]{0,14}?(?:ませんでした|ません|ない|なかっ|なく)")  # a restriction, no negation
_ZERO = re.compile(r"0(?![.\d])")
_STOP = re.compile(r"[、。;；!?！？]")


@dataclass(frozen=True, kw_only=True)
class Atom:
    """A content word: every key by which it can be met, its place, and whether it is a noun, a name, a light word."""

    keys: frozenset[str]
    surface: str
    start: int
    end: int
    clause: int
    noun: bool
    proper: bool
    light: bool


@dataclass(frozen=True, kw_only=True)
class Denial:
    """A negation or restriction; `heads` are the content words nearest to it, the likeliest first.

    `topic` are the content words of its clause. `contrary`: it may be told without a negation (同じではない, 別).
    """

    heads: tuple[Atom, ...]
    topic: tuple[Atom, ...]
    clause: int
    start: int
    contrary: bool = False


def clause_of(at: int, ends: Sequence[int]) -> int:
    """The number, from 0, of the clause in which a place lies."""
    return sum(1 for end in ends if end <= at)


@dataclass(kw_only=True)
class Scene:
    """One folded text and what was read of it. `ends` are where clauses end; `figures` stand as words."""

    folded: str
    ends: Sequence[int]
    atoms: Sequence[Atom]
    figures: Sequence[Atom]
    words: Vocabulary

    @cached_property
    def masked(self) -> str:
        """The text without the phrases that deny nothing."""
        included = self.words.inclusion.sub(_blank, self.folded)
        return self.words.idioms.sub(_blank, included)

    @cached_property
    def _asides(self) -> list[tuple[int, int]]:
        return [m.span() for m in _ASIDE.finditer(self.folded)]

    @cached_property
    def clauses(self) -> dict[int, int]:
        """The clause of each offset at which a word stands, words in parentheses apart."""
        return {a.start: self.clause_at(a.start) for a in (*self.atoms, *self.figures)}

    def clause_at(self, at: int) -> int:
        """The clause of any offset, numbered like `clauses`: below 0 in parentheses, which part no clause in two."""
        aside = next((n for n, (start, end) in enumerate(self._asides) if start <= at < end), None)
        if aside is not None:
            return -1 - aside
        outside = [end for end in self.ends if not any(start < end < stop for start, stop in self._asides)]
        return clause_of(at, outside)


def read_denials(scene: Scene) -> Iterator[Denial]:
    """Every negation, and every word that denies by itself, unless the one undoes the other."""
    found = list(scene.words.negation.finditer(_ONLY.sub(_blank, scene.masked)))
    for word, denied in ((w, d) for w, d in scene.words.denying.items() if w in scene.masked):
        for at in (m.start() for m in re.finditer(re.escape(word), scene.masked)):
            if denied in scene.masked[max(0, at - PAIR) : at]:
                continue  # 有利不利: the pair names what is talked of
            undoing = next((m for m in found if 0 <= m.start() - at - len(word) <= UNDONE), None)
            if undoing is None:
                yield _denying_word(denied, at, at + len(word), scene)
            else:
                found.remove(undoing)
    contraries = [m.span() for m in scene.words.contraries.finditer(scene.folded)]
    for negation in found:
        contrary = any(start <= negation.start() < end for start, end in contraries)
        yield replace(_denial(negation, scene), contrary=contrary)


def read_softer(scene: Scene) -> Iterator[Denial]:
    """不明, 誤り, refuse, rather than and the like: they may tell a negation, or be told as one."""
    for found in scene.words.soft.finditer(scene.masked):
        yield _denial(found, scene)


def read_restrictions(scene: Scene) -> Iterator[Denial]:
    """だけ, のみ, に限る and the like, and a zero: they deny without a negation; 「1回だけ」 says 「1回」."""
    ends = {f.end for f in scene.figures}
    for found in scene.words.restriction.finditer(scene.masked):
        if found.start() not in ends and not any(0 <= f.start - found.end() <= 1 for f in scene.figures):
            yield _denial(found, scene)
    for zero in (f for f in scene.figures if _ZERO.match(f.surface)):
        clause = scene.clause_at(zero.start)
        yield Denial(heads=(), topic=_inside(clause, scene), clause=clause, start=zero.start)


def read_inclusions(scene: Scene) -> Iterator[Denial]:
    """だけでなく, に限らない and the like: what may be told as a negation of the restriction."""
    for found in scene.words.inclusion.finditer(scene.folded):
        yield _denial(found, scene)


def read_contrasts(scene: Scene) -> Iterator[Denial]:
    """就学前 (not yet), 「50人以上から100人以上に変わる」 (no longer): may be told as a negation of the word before."""
    for found in scene.words.contrast.finditer(scene.masked):
        clause = scene.clause_at(found.start())
        topic = _inside(clause, scene)
        near = sorted((a for a in topic if a.end <= found.start()), key=lambda a: -a.end)
        if near:
            yield Denial(heads=tuple(near[:1]), topic=topic, clause=clause, start=found.start())


def _blank(found: re.Match[str]) -> str:
    return "・" * len(found.group())


def _inside(clause: int, scene: Scene) -> tuple[Atom, ...]:
    return tuple(a for a in (*scene.atoms, *scene.figures) if scene.clauses[a.start] == clause)


def _denying_word(denied: str, start: int, end: int, scene: Scene) -> Denial:
    clause = scene.clause_at(start)
    head = Atom(
        keys=frozenset({denied, f"k:{denied}"}), surface=denied, start=start, end=end, clause=clause, noun=True,
        proper=False, light=False,
    )  # fmt: skip
    return Denial(heads=(head,), topic=_inside(clause, scene), clause=clause, start=start)


def _denial(found: re.Match[str], scene: Scene) -> Denial:
    clause = scene.clause_at(found.start())
    topic = tuple(a for a in _inside(clause, scene) if not scene.words.negation.fullmatch(a.surface))
    words = tuple(a for a in topic if a in scene.atoms)
    inside = words or tuple(a for a in scene.atoms if scene.clauses[a.start] < clause)
    if found.group().isascii():
        near = sorted(inside, key=lambda a: abs(a.start - found.end()) + (8 if a.start < found.start() else 0))
    else:
        near = sorted((a for a in inside if a.start < found.start()), key=lambda a: -a.end)
        near = [*_bare_verb(scene.folded, found.start(), near[0].end if near else 0, clause), *near]
    return Denial(heads=tuple(near[:HEADS]), topic=topic, clause=clause, start=found.start())


def _bare_verb(folded: str, at: int, after: int, clause: int) -> list[Atom]:
    """A verb that is no content word (行ける) and yet is what a negation denies."""
    found = _VERB.search(folded, max(after, at - 14), at)
    if found is None or _STOP.search(found.group()):
        return []
    stem_ = found["stem"]
    return [
        Atom(
            keys=frozenset({f"k:{stem_}"}), surface=stem_, start=found.start(), end=found.end(), clause=clause,
            noun=False, proper=False, light=True,
        )
    ]  # fmt: skip


def same_denial(one: Denial, other: Denial) -> bool:
    """Whether two negations are of the same thing: one's nearest words meet a word next to the other's.

    Near means the two words before it; of the other one more may be counted.
    """
    if not one.heads or not other.heads:
        return not one.heads and not other.heads
    return any(
        meet(a, b) and not (a.light and b.light and (a, b) != (one.heads[0], other.heads[0]))
        for near, far in ((one.heads[:2], other.heads), (one.heads, other.heads[:2]))
        for a in near
        for b in far
    )


def meet(one: Atom, other: Atom) -> bool:
    """Whether two words share a key, or one is written with a character of the other (示す, 表示)."""
    if one.keys & other.keys:
        return True
    written = [{c for key in atom.keys if key.startswith("k:") for c in key[2:]} for atom in (one, other)]
    return min(map(len, written)) == 1 and bool(written[0] & written[1])


def same_topic(said: Denial, quoted: Denial) -> bool:
    """Whether the clause of a negation is about what another's clause is about."""
    return bool(said.topic) and _share(said.topic, quoted.topic) >= TOPIC


def _share(part: Sequence[Atom], whole: Sequence[Atom]) -> float:
    """Share, by weight, of words that meet one of others."""
    met = sum(weigh(a) for a in part if any(meet(a, b) for b in whole))
    return met / sum(map(weigh, part))


def weigh(atom: Atom) -> float:
    """What a word counts towards coverage."""
    return LIGHT if atom.light else 1.0
