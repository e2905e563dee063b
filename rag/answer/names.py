"""The names of a text, and whether two of them are told in each other's places (DQ for GQ, one bureau for another).

In: readings of a sentence and of its quotes. Out: names, each a run of words without a gap; whether an exchange of two
fits what stands around them in the quotes clearly better than what is said. Pure. It knows no name beforehand.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import NamedTuple

from rag.answer.denials import Atom
from rag.answer.reading import Reading
from rag.answer.surroundings import Said, likeness, surround
from rag.answer.vocabulary import read_vocabulary
from rag.language.detect import detect

GAIN = 0.2  # by how much the exchange must fit better; set on the paraphrases and on their names exchanged
RATIO = 1.35  # and how many times better

_LIST = re.compile(r"(?:\([^()]*\))?(?:[、,・やとか]|及び|および|または| and | or )")
_CAPITAL = re.compile(r"(?<=[a-z0-9,)] )[A-Z][A-Za-z]+")
Name = tuple[Atom, ...]


def list_names(reading: Reading) -> Iterable[Atom]:
    """The words that are a name, a Latin abbreviation or part of the name of a system (海外派遣研修)."""
    japanese = detect(reading.text) == "ja"
    capital = frozenset[str]() if japanese else _capitals(reading.text)
    yield from (a for a in reading.atoms if not a.light and (_is_named(a, japanese) or a.surface in capital))
    for run in _runs(reading.atoms):
        if _ends_a_name(run[-1]) and not all(a.light for a in run):
            yield from run


def trades_names(sentence: Reading, quotes: Sequence[Reading]) -> bool:
    """Whether two names of the sentence would fit the quotes clearly better in each other's places."""
    said, quoted = _by_writing([sentence]), _by_writing(quotes)
    both = [written for written in said if written in quoted]
    common = Counter(key for quote in quotes for atom in quote.atoms for key in atom.keys)
    return any(
        _exchange_fits(_Pair(said[one], said[other]), _Pair(quoted[one], quoted[other]), common)
        for one, other in combinations(both, 2)
        if one not in other and other not in one and not _listed(said[one], said[other])
    )


def replaces_names(sentence: Reading, quotes: Sequence[Reading]) -> bool:
    """Whether a name is told more often than in the quotes, and one of its kind less often (主事級 for 主任級)."""
    said, quoted = _by_writing([sentence]), _by_writing(quotes)
    more = [w for w in said if w in quoted and len(said[w]) > len(quoted[w])]
    less = [w for w in quoted if 0 < len(said.get(w, ())) < len(quoted[w])]
    return any(_kind(said[one][0].name) == _kind(quoted[other][0].name) for one in more for other in less)


def borrows_names(sentence: Reading, main: Reading, further: Reading | None) -> bool:
    """Whether a name is told of what the main quote tells of another of its kind, which the sentence leaves out.

    The name stands in a heading only, or in a further quote that gives the sentence nothing else.
    """
    said, there = _by_writing([sentence]), _by_writing([main])
    foreign = [w for w in said if any(not a.light and not a.keys & main.keys for a in said[w][0].name)]
    left_out = {_kind(there[w][0].name) for w in there if w not in sentence.folded}
    if further is not None:
        own = {a for w in foreign for p in said[w] for a in p.name}
        given = [a for a in sentence.atoms if not a.light and a not in own and not a.keys & main.keys]
        if any(a.keys & further.keys for a in given):
            return False
    return any(_kind(said[w][0].name) in left_out for w in foreign)


def _kind(name: Name) -> str:
    """What two names must share to stand for one another: 氏, 級, 局; else that both are proper."""
    last = name[-1].surface
    return "proper" if name[-1].proper and len(name) == 1 else last


def _capitals(text: str) -> frozenset[str]:
    """Words that English writes with a capital inside a sentence, in lower case."""
    return frozenset(word.lower() for word in _CAPITAL.findall(text))


@dataclass(frozen=True, kw_only=True)
class _Place:
    name: Name
    reading: Reading


class _Pair(NamedTuple):
    """Where two names stand, in the sentence or in the quotes."""

    one: Sequence[_Place]
    other: Sequence[_Place]


def _listed(one: Sequence[_Place], other: Sequence[_Place]) -> bool:
    """「住居手当、扶養手当」: members of one list may be told in any order."""
    return any(
        _LIST.fullmatch(a.reading.folded[a.name[-1].end : b.name[0].start]) is not None
        for a, b in (*product(one, other), *product(other, one))
    )


def _exchange_fits(said: _Pair, quoted: _Pair, common: Counter[str]) -> bool:
    def fit(here: Sequence[_Place], there: Sequence[_Place]) -> float:
        arounds = [_around(place, quoted, common) for place in there]
        return max(likeness(_around(place, said, common), around) for place in here for around in arounds)

    kept = fit(said.one, quoted.one) + fit(said.other, quoted.other)
    exchanged = fit(said.one, quoted.other) + fit(said.other, quoted.one)
    return exchanged - kept > GAIN and exchanged > RATIO * kept


def _around(place: _Place, pair: _Pair, common: Counter[str]) -> list[Said]:
    first, but = place.name[0], {a for p in (*pair.one, *pair.other) for a in p.name}
    return surround(first.start, first.clause, place.reading, but=but, common=common)


def _by_writing(readings: Iterable[Reading]) -> dict[str, list[_Place]]:
    places: dict[str, list[_Place]] = {}
    for reading in readings:
        for name in _whole_names(reading):
            places.setdefault("".join(a.surface for a in name), []).append(_Place(name=name, reading=reading))
    return places


def _whole_names(reading: Reading) -> Iterable[Name]:
    """Japanese names are runs with a word that is one, or that end as names do; in English, words of another script."""
    if detect(reading.text) != "ja":
        return ((a,) for a in reading.atoms if _is_named(a, japanese=False))
    runs = _runs(reading.atoms)
    return (tuple(r) for r in runs if _ends_a_name(r[-1]) or any(_is_named(a, japanese=True) for a in r))


def _is_named(atom: Atom, japanese: bool) -> bool:
    latin = atom.surface.isascii() and any(c.isalpha() for c in atom.surface)
    if not japanese:
        return not atom.surface.isascii()
    return atom.proper or latin


def _ends_a_name(last: Atom) -> bool:
    endings = read_vocabulary().name_endings
    return bool(last.keys & endings and not last.surface.endswith("ed")) or last.surface in endings  # allowed


def _runs(atoms: Sequence[Atom]) -> list[list[Atom]]:
    """Nouns that stand without a gap: 海外, 派遣, 研修."""
    runs: list[list[Atom]] = []
    for atom in (a for a in atoms if a.noun):
        if runs and runs[-1][-1].end == atom.start:
            runs[-1].append(atom)
        else:
            runs.append([atom])
    return runs
