"""The page's own words: ui/texts.toml in, one `Words` per language out.

What answers say stands in the corpus' replies.toml and does not come through here. Nothing is read on import; the
file is read once, when it is first asked for.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rag.types import ContentError, Language

TEXTS = Path(__file__).with_name("texts.toml")
LANGUAGES: tuple[Language, ...] = ("ja", "en")


@dataclass(frozen=True, kw_only=True)
class Words:
    """The phrases of one language by name; a name that does not exist is a KeyError, at once."""

    language: Language
    phrases: Mapping[str, str]

    def say(self, name: str, **values: object) -> str:
        """The phrase, with its {braces} filled in."""
        phrase = self.phrases[name]
        return phrase.format(**values) if values else phrase


@cache
def read_words(language: Language) -> Words:
    """The words of one language.

    Raises:
        ContentError: texts.toml can't be read, or lacks a phrase in one language.
    """
    try:
        table = tomllib.loads(TEXTS.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ContentError(f"画面の言葉を読めません({error})。ファイルを元に戻してください", path=TEXTS.name) from error
    for name, phrase in table.items():
        if not all(isinstance(phrase.get(each), str) for each in LANGUAGES):
            raise ContentError(f"「{name}」に ja か en がありません", path=TEXTS.name)
    return Words(language=language, phrases={name: phrase[language] for name, phrase in table.items()})


def choose_language(accepted: str) -> Language:
    """The page's language for an Accept-Language header: Japanese where it comes first, else English.

    No header (a script, a monitor) counts as Japanese, the language of the material.
    """
    first = accepted.partition(",")[0].strip().lower()
    return "ja" if not first or first.startswith(("ja", "*")) else "en"
