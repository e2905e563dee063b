"""What a follow-up names instead of what the question before it named: 「DQとは」 「GQは?」.

In: this turn's words, those before it, pairs of names that are not one another. Out: which of the old words go. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.language.normalise import fold
from rag.language.tokens import Tokenizer

_BARE = re.compile(
    r"^(?:the )?(.{2,40}?)(?:さん|氏)?(?:の(?:方|ほう|場合|とき))?(?:について)?(?:は|って|も|とは)?"
    r"(?:どう|どうです|どうなの|何)?(?:です|なん)?か?[?。. ]*$"
)
_PERSON = re.compile(r"(?:その|この|あの)(?:人|方(?!法|針|向)|職員)(?:たち)?|彼女?(?=[はがのをに])")


@dataclass(frozen=True, kw_only=True)
class Rivals:
    """Names (folded) of two things that are not one another; `always`: never asked of together (two routes)."""

    one: frozenset[str]
    other: frozenset[str]
    always: bool = False

    def replaces(self, text: str, word: str) -> bool:
        """Whether a text names one of the two alone, and a word from before it the other."""
        return any(
            names_any(text, new) and not names_any(text, old) and names_any(word, old)
            for new, old in ((self.one, self.other), (self.other, self.one))
        )


@dataclass(frozen=True, kw_only=True)
class Replaced:
    """The name that was replaced, and the former question about the new one."""

    name: str
    said_anew: str


def replaced_by(said: str, former: str, rivals: Sequence[Rivals], tokenizer: Tokenizer) -> Replaced | None:
    """What a turn (folded) that names a thing and no more (「GQは?」) replaces in the former question (folded).

    None where that one names no rival of it; two persons are each other's rivals.
    """
    bare = _BARE.match(said)
    new = bare[1] if bare else ""
    for old in _things(former, tokenizer) if new else ():
        if old not in new and (any(r.replaces(new, old) for r in rivals) or _are_persons(old, new, tokenizer)):
            return Replaced(name=old, said_anew=former.replace(old, new, 1))
    return None


def without_rivals(carried: tuple[str, ...], folded: str, rivals: Sequence[Rivals], *, both: bool) -> tuple[str, ...]:
    """What is carried without the names that this turn replaces; `both`: where it points back, two may be meant."""
    active = [r for r in rivals if r.always or not both]
    return tuple(word for word in carried if not any(r.replaces(folded, fold(word)) for r in active))


def name_persons(text: str, carried: tuple[str, ...], tokenizer: Tokenizer) -> str:
    """「その人」 as the person who was spoken of."""
    persons = [word for word in carried if _person(word, tokenizer)]
    return _PERSON.sub(f"{persons[0]}さん", text) if persons else text


def names_any(text: str, names: frozenset[str]) -> bool:
    """Whether a text (folded) holds one of the names."""
    return any(re.search(rf"\b{re.escape(n)}\b", text, re.ASCII) if n.isascii() else n in text for n in names)


def _things(folded: str, tokenizer: Tokenizer) -> list[str]:
    """The glossary's terms and the names of persons in a text."""
    found = [folded[start:end] for _, start, end in tokenizer.concepts.find(folded)]
    return found + [w.surface for w in tokenizer.words(folded) if w.name == "人名"]


def _are_persons(one: str, other: str, tokenizer: Tokenizer) -> bool:
    return _person(one, tokenizer) and _person(other, tokenizer)


def _person(name: str, tokenizer: Tokenizer) -> bool:
    return any(w.name == "人名" for w in tokenizer.words(name))
