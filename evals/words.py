"""The words of reports and spreadsheets, from templates/words.toml, ja and en. It fills and looks up; no layout."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

TEMPLATES = Path(__file__).resolve().parent / "templates"


@lru_cache(maxsize=1)
def read_words() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """Group -> name -> {ja, en, …}."""
    return tomllib.loads((TEMPLATES / "words.toml").read_text("utf-8"))


def say(group: str, name: str, language: str = "ja", **values: object) -> str:
    """One phrase, its placeholders filled. KeyError where there is none."""
    return str(read_words()[group][name][language]).format(**values)


def label(group: str, name: str, language: str = "ja") -> str:
    """A phrase, or the name itself where there is none."""
    entry = read_words()[group].get(name)
    return str(entry[language]) if entry else name


def explain(code: str, detail: Sequence[str], language: str = "ja") -> str:
    """A check's reason in words; `{detail}` are its details in quotation marks, `{plain}` as they are."""
    between = "、" if language == "ja" else "; "
    quoted = between.join(f"「{item}」" if language == "ja" else f"“{item}”" for item in detail)
    words = str(read_words()["why"][code][language])
    return words.replace("{plain}", between.join(detail)).replace("{detail}", quoted)
