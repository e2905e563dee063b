"""glossary.toml -> synonym groups of this field, and pairs that must never be taken for one another.

In: the file's bytes. Out: a Glossary. It matches nothing itself (rag/language/tokens.py does).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.corpus.tables import Table, read_toml
from rag.language.normalise import fold
from rag.types import ContentError


@dataclass(frozen=True, kw_only=True)
class SynonymGroup:
    """Words that mean the same here. `english`: what English questions say; `weight` (0 … 1]: of a match."""

    terms: tuple[str, ...]
    english: tuple[str, ...] = ()
    weight: float = 1.0

    @property
    def phrases(self) -> tuple[str, ...]:
        """All words of the group, Japanese first."""
        return self.terms + self.english


@dataclass(frozen=True, kw_only=True)
class NeverMerge:
    """Two things that are easily taken for one another and are not the same; `note` says why."""

    left: str
    right: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Glossary:
    """In the file's order."""

    groups: tuple[SynonymGroup, ...] = ()
    never: tuple[NeverMerge, ...] = ()


def read_glossary(data: bytes, path: str, problems: list[ContentError]) -> Glossary | None:
    """Read the file, noting every problem; None where it isn't TOML at all."""
    top = read_toml(data, path, problems)
    if top is None:
        return None
    home: dict[str, int] = {}
    groups = tuple(_read_group(table, home) for table in top.entries("group"))
    same = [frozenset(map(fold, group.phrases)) for group in groups]
    never = tuple(pair for table in top.entries("never") if (pair := _read_pair(table, same)))
    top.refuse_unread()
    return Glossary(groups=groups, never=never)


def _read_group(table: Table, home: dict[str, int]) -> SynonymGroup:
    """One group; `home` holds the line of the group each word has been seen in."""
    group = SynonymGroup(
        terms=table.texts("terms"), english=table.texts("english", required=False), weight=table.weight("weight")
    )
    for word in {fold(phrase): phrase for phrase in group.phrases}.items():
        if home.setdefault(word[0], table.line) != table.line:
            table.refuse(f"語「{word[1]}」は {home[word[0]]} 行目の組にもあります。どちらか1つにしてください")
    table.refuse_unread()
    return group


def _read_pair(table: Table, same: Sequence[frozenset[str]]) -> NeverMerge | None:
    """One pair; refused where one of the groups, whose folded phrases are `same`, makes the two the same."""
    pair, note = table.texts("pair"), table.optional_text("note") or ""
    table.refuse_unread()
    if len(pair) != 2 or fold(pair[0]) == fold(pair[1]):
        table.refuse("pair は違う語を2つ並べてください")
        return None
    if any({fold(pair[0]), fold(pair[1])} <= group for group in same):
        table.refuse(f"pair「{pair[0]}」と「{pair[1]}」が、同じ同義語の組に入っています")
    return NeverMerge(left=pair[0], right=pair[1], note=note)
