"""The head of one of our sheets: the YAML between the two `---` lines.

In: its text, and where it stands. Out: a FrontMatter, and every problem found, each with path and line.
It does not read the body, nor does it know which sources and routes exist (rag/corpus checks that).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

import yaml

from rag.types import ContentError, Language

KEYS = ("id", "title", "lang", "chapter", "route", "review_by", "digest_of", "speakers")
REQUIRED = ("id", "title", "lang")
LANGUAGES = ("ja", "en")
_ID = re.compile(r"[0-9A-Za-z]+(?:-[0-9A-Za-z]+)*")
_FIRST_LINE = 2  # line 1 is the opening ---


@dataclass(frozen=True, kw_only=True)
class FrontMatter:
    """What a sheet says about itself. `speakers` gives each speaker's affiliation; `lines` counts from 1."""

    id: str
    title: str
    lang: Language
    speakers: Mapping[str, str | None]
    lines: Mapping[str, int]
    chapter: int | None = None
    route: str | None = None
    review_by: str | None = None
    digest_of: str | None = None


def read_front_matter(text: str, path: str, problems: list[ContentError]) -> FrontMatter | None:
    """Read the YAML; append what is wrong to `problems`. None where it can't be read or a required key is missing."""
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.SafeLoader)):
            problems.append(ContentError("先頭の YAML では別名(*)を使えません", path=path, line=1))
            return None
        node = yaml.compose(text, yaml.SafeLoader)
        values = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + _FIRST_LINE if error.problem_mark else 1
        problems.append(
            ContentError(f"先頭の YAML が読めません({error.problem or error.context})", path=path, line=line)
        )
        return None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = str(error).partition("\n")[0]
        problems.append(ContentError(f"先頭の YAML が読めません({reason})", path=path, line=1))
        return None
    if not isinstance(values, dict) or not isinstance(node, yaml.MappingNode):
        problems.append(ContentError("先頭の YAML は「名前: 値」の形で書いてください", path=path, line=_FIRST_LINE))
        return None
    return _Reader(values, _key_lines(node, path, problems), path, problems).read()


def _key_lines(node: yaml.MappingNode, path: str, problems: list[ContentError]) -> dict[str, int]:
    """The line of every key; a key given twice is a problem, for YAML would silently keep the last."""
    lines: dict[str, int] = {}
    for key, _ in node.value:
        line = key.start_mark.line + _FIRST_LINE
        if key.value in lines:
            problems.append(
                ContentError(f"「{key.value}」が2回書かれています。1つにしてください", path=path, line=line)
            )
        lines[str(key.value)] = line
    return lines


class _Reader:
    """Takes the keys one by one out of what YAML gave (of any type, hence `Any`), noting problems as it goes."""

    def __init__(self, values: dict[Any, Any], lines: dict[str, int], path: str, problems: list[ContentError]) -> None:
        self.values, self.lines, self.path, self.problems = values, lines, path, problems

    def read(self) -> FrontMatter | None:
        for key in self.values:
            if key not in KEYS:
                self.refuse(str(key), f"「{key}」は使えない名前です。使えるのは {'・'.join(KEYS)} です")
        for key in REQUIRED:
            if self.values.get(key) is None:
                self.refuse(key, f"先頭の YAML に {key} がありません")
        identifier, title, lang = self.identifier("id"), self.text("title"), self.text("lang")
        if lang is not None and lang not in LANGUAGES:
            self.refuse("lang", f"lang「{lang}」は使えません。ja か en にしてください")
            lang = None
        optional = {
            "chapter": self.number("chapter"),
            "route": self.identifier("route"),
            "review_by": self.date("review_by"),
            "digest_of": self.identifier("digest_of"),
            "speakers": self.speakers(),
        }
        if identifier is None or title is None or lang is None:
            return None
        # the four values have the types of their fields: each came out of a typed method just above
        fields = cast("dict[str, Any]", optional)
        return FrontMatter(id=identifier, title=title, lang=cast("Language", lang), lines=self.lines, **fields)

    def refuse(self, key: str, message: str) -> None:
        self.problems.append(ContentError(message, path=self.path, line=self.lines.get(key, 1)))

    def text(self, key: str) -> str | None:
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            self.refuse(key, f"{key} は文字で書いてください(数字だけのときは引用符で囲みます)")
            return None
        return value.strip()

    def identifier(self, key: str) -> str | None:
        value = self.text(key)
        if value is not None and not _ID.fullmatch(value):
            self.refuse(key, f"{key}「{value[:40]}」は使えません。英数字とハイフンで書いてください")
            return None
        return value

    def number(self, key: str) -> int | None:
        value = self.values.get(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        self.refuse(key, f"{key} は整数で書いてください")
        return None

    def date(self, key: str) -> str | None:
        value = self.values.get(key)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value.isoformat()
        if value is not None:
            self.refuse(key, f"{key} は 2027-03-31 の形の日付で書いてください")
        return None

    def speakers(self) -> dict[str, str | None]:
        value = self.values.get("speakers")
        if value is None:
            return {}
        if isinstance(value, dict) and all(_is_speaker(name, where) for name, where in value.items()):
            return dict(value)
        self.refuse("speakers", "speakers は「話し手: 所属」の組で書いてください")
        return {}


def _is_speaker(name: object, affiliation: object) -> bool:
    return isinstance(name, str) and (affiliation is None or isinstance(affiliation, str))
