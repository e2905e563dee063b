"""The words that comparing sentences needs, from words.toml, compiled once. It holds no knowledge of the field."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

WORDS = Path(__file__).with_name("words.toml")


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """Patterns for folded text. `denying` maps a word that denies by itself (不要) to what it denies (必要).

    `same` gives the number of the group of everyday words to which a word (normal form, or English stem) belongs.
    """

    same: Mapping[str, int]
    light: frozenset[str]
    name_endings: frozenset[str]
    ordinals: str
    negation: re.Pattern[str]
    idioms: re.Pattern[str]
    contraries: re.Pattern[str]
    soft: re.Pattern[str]
    inclusion: re.Pattern[str]
    restriction: re.Pattern[str]
    contrast: re.Pattern[str]
    denying: Mapping[str, str]
    opposites: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]
    strong: re.Pattern[str]
    spared: re.Pattern[str]
    ruling: re.Pattern[str]
    commands: re.Pattern[str]
    foreign: re.Pattern[str]


@lru_cache(maxsize=1)
def read_vocabulary() -> Vocabulary:
    """The packaged table."""
    table = tomllib.loads(WORDS.read_text("utf-8"))
    return Vocabulary(
        same={word: number for number, group in enumerate(table["same"]) for word in group.split()},
        light=frozenset(table["light"].split()),
        name_endings=frozenset(table["name_endings"].split()),
        ordinals=table["ordinals"],
        negation=_both(table["negation"]),
        idioms=re.compile("|".join(table["negation"]["idioms"])),
        contraries=re.compile("|".join(table["negation"]["contraries"])),
        soft=re.compile(f"{table['negation']['soft_ja']}|{table['negation']['soft_en']}"),
        inclusion=_both(table["inclusion"]),
        restriction=_both(table["restriction"]),
        contrast=_both(table["contrast"]),
        denying=table["negation"]["words"],
        opposites=tuple((re.compile(p["one"]), re.compile(p["other"])) for p in table["opposites"]),
        strong=_both(table["strong"]),
        spared=re.compile(table["strong"]["spare"]),
        ruling=_both(table["ruling"]),
        commands=_both(table["commands"]),
        foreign=re.compile(table["foreign"]["pattern"]),
    )


def _both(table: Mapping[str, str]) -> re.Pattern[str]:
    return re.compile(f"{table['ja']}|{table['en']}")
