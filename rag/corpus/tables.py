"""Strict reading of a TOML file's tables, for the corpus's three data files.

In: bytes. Out: a `Table` whose methods take one key each and note every problem with path and line: a missing key, a
wrong type, an unknown key. It goes on after a problem (with an empty value), so that a checker sees all of them; a
caller that needs a right file looks at `problems`. It knows nothing of what the keys mean.
"""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from rag.types import AS_OF, ContentError, Language

_LINE = re.compile(r"at line (\d+)")
_ENTRY = re.compile(r"\s*\[\[([^\]]+)\]\]")
_YEAR_FIRST = 1000


@dataclass(frozen=True, kw_only=True)
class Text:
    """The same words in both languages: `text.of("ja")`, `text["ja"]`."""

    ja: str
    en: str

    def of(self, language: Language) -> str:
        """The words in one language."""
        return self.ja if language == "ja" else self.en

    def __getitem__(self, language: Language) -> str:
        return self.of(language)


@dataclass(frozen=True, kw_only=True)
class TomlFile:
    """A file being read: where it lies, its lines (to point at), and where problems are noted."""

    path: str
    lines: tuple[str, ...]
    problems: list[ContentError]

    def refuse(self, message: str, line: int) -> None:
        """Note a problem."""
        self.problems.append(ContentError(message, path=self.path, line=line))

    def line_of_entry(self, name: str, number: int) -> int:
        """The line (from 1) of the `number`th (from 0) `[[name]]`; 0 where it isn't written that way."""
        found = self._entries.get(name, [])
        return found[number] if number < len(found) else 0

    @cached_property
    def _entries(self) -> dict[str, list[int]]:
        """The lines of each `[[name]]`."""
        found: dict[str, list[int]] = {}
        for at, line in enumerate(self.lines, start=1):
            if header := _ENTRY.match(line):
                found.setdefault(header[1].strip(), []).append(at)
        return found

    def line_of_table(self, name: str) -> int:
        """The line (from 1) of `[name]`, or of the first key below it; 0 where there is none."""
        header = re.compile(rf"\s*\[\s*{re.escape(name)}\b")
        return next((at for at, line in enumerate(self.lines, start=1) if header.match(line)), 0)


def read_toml(data: bytes, path: str, problems: list[ContentError]) -> Table | None:
    """The file's top table; None where it is not UTF-8 or not TOML, which is noted."""
    try:
        text = data.decode("utf-8-sig")
        values = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problems.append(ContentError("UTF-8 として読めません。UTF-8 で保存し直してください", path=path, line=line))
        return None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = _LINE.search(str(error))
        line = int(place[1]) if place else data.count(b"\n") + 1
        problems.append(ContentError(f"TOML として読めません({error})", path=path, line=line))
        return None
    return Table(values, TomlFile(path=path, lines=tuple(text.split("\n")), problems=problems), name="", line=1)


class Table:
    """One table. Its values are of any type until a method has checked them, hence `Any`."""

    def __init__(self, values: Mapping[str, Any], file: TomlFile, *, name: str, line: int) -> None:
        self.values, self.file, self.name, self.line = values, file, name, line
        self.read: set[str] = set()

    def refuse(self, message: str) -> None:
        """Note a problem of this table."""
        self.file.refuse(f"[{self.name}] の{message}" if self.name else message, self.line)

    def take(self, key: str, *, required: bool = False) -> Any:
        """The raw value, None where there is none; the key counts as known from here on."""
        self.read.add(key)
        value = self.values.get(key)
        if value is None and required:
            self.refuse(f"{key} がありません")
        return value

    def text(self, key: str) -> str:
        """A text that must be there; "" where it isn't."""
        if self.take(key, required=True) is None:
            return ""
        return self.optional_text(key) or ""

    def optional_text(self, key: str) -> str | None:
        """A text, or None."""
        value = self.take(key)
        if value is None or (isinstance(value, str) and value.strip()):
            return value
        self.refuse(f"{key} は空でない文字で書いてください")
        return None

    def texts(self, key: str, *, required: bool = True) -> tuple[str, ...]:
        """A list of texts."""
        value = self.take(key, required=required)
        if value is None:
            return ()
        if _is_text_list(value):
            return tuple(value)
        self.refuse(f'{key} は空でない文字の並び ["…", "…"] で書いてください')
        return ()

    def text_lists(self, key: str) -> tuple[tuple[str, ...], ...]:
        """A list of lists of texts, none of them empty."""
        value = self.take(key, required=True)
        if value is None:
            return ()
        if isinstance(value, list) and value and all(_is_text_list(each) for each in value):
            return tuple(map(tuple, value))
        self.refuse(f'{key} は、空でない文字の並びの並び [["…", "…"], ["…"]] で書いてください')
        return ()

    def number(self, key: str) -> int | None:
        """A whole number, or None."""
        value = self.take(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        self.refuse(f"{key} は整数で書いてください")
        return None

    def weight(self, key: str) -> float:
        """A share above 0 and up to 1; 1 where nothing is said."""
        value = self.take(key)
        if value is None:
            return 1.0
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1:
            return float(value)
        self.refuse(f"{key} は 0 より大きく 1 以下の数で書いてください")
        return 1.0

    def flag(self, key: str) -> bool:
        """True or false; false where nothing is said."""
        value = self.take(key)
        if value is None or isinstance(value, bool):
            return bool(value)
        self.refuse(f"{key} は true か false で書いてください")
        return False

    def day(self, key: str, *, whole: bool) -> str | None:
        """A date that exists, as YYYY-MM-DD; unless `whole`, YYYY-MM and YYYY too. None where there is none."""
        value = self.take(key)
        if isinstance(value, date):
            value = str(value)
        if value is None or (isinstance(value, str) and _is_day(value, whole)):
            return value
        form = "YYYY-MM-DD" if whole else "YYYY・YYYY-MM・YYYY-MM-DD"
        self.refuse(f"{key}「{str(value)[:20]}」は実在する日付({form})ではありません")
        return None

    def both(self, placeholders: Collection[str] = ()) -> Text:
        """The table's own `ja` and `en`; anything in braces must be one of `placeholders`."""
        text = Text(ja=self.text("ja"), en=self.text("en"))
        for words in (text.ja, text.en):
            if trouble := _misplaced(words, placeholders):
                self.refuse(trouble)
        return text

    def entries(self, key: str) -> list[Table]:
        """The tables written as `[[key]]`; an `id` given twice is noted."""
        value = self.take(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self.refuse(f"{key} は [[{key}]] の形で並べてください")
            return []
        tables = [
            Table(each, self.file, name=f"{key} {each.get('id', n + 1)}", line=self.file.line_of_entry(key, n))
            for n, each in enumerate(value)
        ]
        first: dict[str, Table] = {}
        for table in tables:
            earlier = first.setdefault(str(table.values.get("id", id(table))), table)
            if earlier is not table:
                table.refuse(f"id は {earlier.line} 行目にもあります。別の id にしてください")
        return tables

    def table(self, key: str) -> Table | None:
        """The table `[key]`, None (noted) where there is none."""
        value = self.take(key)
        name = f"{self.name}.{key}" if self.name else key
        if isinstance(value, dict):
            return Table(value, self.file, name=name, line=self.file.line_of_table(name) or self.line)
        where = key if self.name else f"[{key}]"
        self.refuse(f"{where} がありません" if value is None else f"{where} は表 [{name}] で書いてください")
        return None

    def refuse_unread(self) -> None:
        """Refuse every key that nothing has asked for: it is a slip of the pen."""
        for key in self.values:
            if key not in self.read:
                self.refuse(f"{key} は使えない名前です(使えるのは {'・'.join(sorted(self.read))})")


def _is_text_list(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) and each.strip() for each in value)


def _is_day(value: str, whole: bool) -> bool:
    if not AS_OF.fullmatch(value) or (whole and len(value) < len("YYYY-MM-DD")):
        return False
    try:
        date.fromisoformat(value + "0000-01-01"[len(value) :])
    except ValueError:
        return False
    return int(value[:4]) >= _YEAR_FIRST


def _misplaced(words: str, placeholders: Collection[str]) -> str | None:
    """What is wrong with the braces of a template, if anything."""
    try:
        names = [name for _, name, _, _ in string.Formatter().parse(words) if name is not None]
    except ValueError:
        return "波括弧 { } の対応が正しくありません"
    unknown = sorted(set(names) - set(placeholders))
    if not unknown:
        return None
    known = "・".join(f"{{{name}}}" for name in sorted(placeholders)) or "ありません"
    return f"差し込み {{{unknown[0]}}} は使えません(使えるのは {known})"
