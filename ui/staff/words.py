"""The console's own words: ui/staff/words.toml in, a phrase by its name out («editor.save»).

The file is read once, when it is first asked for. A name that does not exist is a KeyError, at once; a test asks for
every name that the code holds.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from rag.types import ContentError

WORDS = Path(__file__).with_name("words.toml")


@cache
def read_words() -> Mapping[str, str]:
    """Every phrase by its name.

    Raises:
        ContentError: the file can't be read.
    """
    try:
        tables = tomllib.loads(WORDS.read_text("utf-8"))
        return {f"{table}.{name}": str(phrase) for table, names in tables.items() for name, phrase in names.items()}
    except (OSError, ValueError, AttributeError) as error:
        raise ContentError(
            f"管理画面の言葉を読めません({error})。ファイルを元に戻してください", path=WORDS.name
        ) from error


def say(name: str, /, **values: object) -> str:
    """The phrase, with its {braces} filled in."""
    phrase = read_words()[name]
    return phrase.format(**values) if values else phrase
