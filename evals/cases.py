"""Cases and sets: what is asked, and what a right answer must and must not say.

In: JSON lines (`sets/<set>.jsonl`, one object a line). Out: `CaseSet` of `Case`s, every faulty line named; and back,
byte for byte. It runs nothing and scores nothing; docs/evaluation.md tells people how to write a case.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from rag.types import ContentError, Reason, SettingError

SHIPPED = Path(__file__).resolve().parent / "sets"
HELD_APART = "holdout"  # nothing is tuned on this set, and every scoring of it is recorded
LANGUAGES = ("ja", "en")
CATEGORIES = (
    "direct", "colloquial", "typo", "paraphrase", "several_facts", "numbers", "year_conflict", "rule_or_experience",
    "false_premise", "look_alike", "ambiguous_route", "follow_up", "english", "mixed", "equal_treatment",
    "near_unanswerable", "far_unanswerable", "individual", "personal_data", "injection",
)  # fmt: skip
REASONS = tuple(reason.value for reason in Reason)
KEYS = ("id", "turns", "language", "category", "facts", "forbidden", "sources", "reason", "year", "pair", "note")


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A case that nobody has checked yet.

    `turns` are the user's, the last is asked; `facts` are key facts, each with its wordings; `reasons` are the
    acceptable reasons to abstain, none where an answer is expected. `sources` are source ids, any of which supports
    the answer. `year` is the Western fiscal year that must be shown. Cases of one `pair` must show the same facts.
    """

    id: str
    turns: tuple[str, ...]
    language: str
    category: str
    facts: tuple[tuple[str, ...], ...] = ()
    forbidden: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    year: int | None = None
    pair: str | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Case(Draft):
    """One question, fit to be asked and scored."""

    def __post_init__(self) -> None:
        """Refuse a case that could not be asked or could not fail."""
        faults = list(find_faults(self))
        if faults:
            raise ContentError(f"評価ケース {self.id or '?'}: " + "。".join(fault.message for fault in faults))

    @property
    def question(self) -> str:
        """What is asked in the end."""
        return self.turns[-1]

    @property
    def expects_answer(self) -> bool:
        """Whether the material answers it."""
        return not self.reasons

    def to_json(self) -> dict[str, Any]:
        """The case as its line in a set."""
        reason: str | list[str] | None = list(self.reasons) if len(self.reasons) > 1 else next(iter(self.reasons), None)
        return {
            "id": self.id,
            "turns": list(self.turns),
            "language": self.language,
            "category": self.category,
            "facts": [list(wordings) for wordings in self.facts],
            "forbidden": list(self.forbidden),
            "sources": list(self.sources),
            "reason": reason,
            "year": self.year,
            "pair": self.pair,
            "note": self.note,
        }


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong with a case, and at which key."""

    key: str
    message: str


def find_faults(case: Draft) -> Iterable[Fault]:
    """Everything that is wrong with the values of a case."""
    if not case.id.strip() or case.id != case.id.strip() or any(c in case.id for c in '\\/:*?"<>|\n\t'):
        yield Fault(key="id", message=f"id「{case.id}」は使えません(空白や記号を除いた1行の名前にしてください)")
    if not case.turns:
        yield Fault(key="turns", message="質問がありません")
    if case.language not in LANGUAGES:
        yield Fault(key="language", message=f"言語「{case.language}」は使えません({'・'.join(LANGUAGES)} のいずれか)")
    if case.category not in CATEGORIES:
        yield Fault(key="category", message=f"分類「{case.category}」は使えません({'・'.join(CATEGORIES)} のいずれか)")
    if any(not wordings or not all(w.strip() for w in wordings) for wordings in case.facts):
        yield Fault(key="facts", message="要点に空の言い方があります")
    if not all(words.strip() for words in case.forbidden):
        yield Fault(key="forbidden", message="言ってはいけないことに空の行があります")
    if not all(source.strip() for source in case.sources):
        yield Fault(key="sources", message="出典に空の行があります")
    yield from _find_contradictions(case)


def _find_contradictions(case: Draft) -> Iterable[Fault]:
    for reason in case.reasons:
        if reason not in REASONS:
            yield Fault(key="reason", message=f"答えない理由「{reason}」は使えません({'・'.join(REASONS)} のいずれか)")
    if case.reasons and case.facts:
        yield Fault(key="reason", message="要点があるのに、答えない理由も書かれています(どちらか一方にしてください)")
    if not case.reasons and not case.facts:
        yield Fault(key="facts", message="要点も答えない理由もないので、採点できません")
    if case.pair is not None and not case.pair.strip():
        yield Fault(key="pair", message="組の名前が空です")
    if case.year is not None and not 1990 <= case.year <= 2100:
        yield Fault(key="year", message=f"年度「{case.year}」は西暦の年度ではありません(令和6年度なら 2024)")


@dataclass(frozen=True, kw_only=True)
class CaseSet:
    """A named list of cases with unique ids."""

    name: str
    cases: tuple[Case, ...]

    def __post_init__(self) -> None:
        """Refuse two cases of one id."""
        seen: set[str] = set()
        for case in self.cases:
            if case.id in seen:
                raise ContentError(f"評価セット {self.name}: id「{case.id}」が2つあります")
            seen.add(case.id)

    def to_bytes(self) -> bytes:
        """The set as JSON lines."""
        return "".join(json.dumps(c.to_json(), ensure_ascii=False) + "\n" for c in self.cases).encode()

    @property
    def sha256(self) -> str:
        """The hash of its canonical form, in hex."""
        return sha256(self.to_bytes()).hexdigest()


def read_case(values: Mapping[str, Any], path: str = "", line: int = 0) -> Case:
    """One case from its JSON object.

    Raises:
        ContentError: a key is unknown, missing or of the wrong form; with path and line.
    """
    unknown = [key for key in values if key not in KEYS]
    if unknown:
        raise ContentError(f"知らないキー「{unknown[0]}」があります({'・'.join(KEYS)})", path=path, line=line)
    try:
        return Case(
            id=_text(values, "id"),
            turns=_texts(values, "turns"),
            language=_text(values, "language"),
            category=_text(values, "category"),
            facts=tuple(_texts({"facts": wordings}, "facts") for wordings in _list(values, "facts")),
            forbidden=_texts(values, "forbidden"),
            sources=_texts(values, "sources"),
            reasons=_reasons(values.get("reason")),
            year=_year(values.get("year")),
            pair=_text(values, "pair") if values.get("pair") is not None else None,
            note=_text(values, "note") if values.get("note") is not None else "",
        )
    except ContentError as error:
        raise ContentError(str(error), path=path, line=line) from error


def _list(values: Mapping[str, Any], key: str) -> list[Any]:
    found = values.get(key)
    if found is None:
        return []
    if not isinstance(found, list):
        raise ContentError(f"{key} は配列([ ])で書いてください")
    return found


def _texts(values: Mapping[str, Any], key: str) -> tuple[str, ...]:
    found = _list(values, key)
    if not all(isinstance(item, str) for item in found):
        raise ContentError(f"{key} の中身は文字列にしてください")
    return tuple(found)


def _text(values: Mapping[str, Any], key: str) -> str:
    found = values.get(key, "")
    if not isinstance(found, str):
        raise ContentError(f"{key} は文字列で書いてください")
    return found


def _reasons(found: object) -> tuple[str, ...]:
    if found is None:
        return ()
    return (found,) if isinstance(found, str) else _texts({"reason": found}, "reason")


def _year(found: object) -> int | None:
    if found is not None and (not isinstance(found, int) or isinstance(found, bool)):
        raise ContentError("year は西暦の数字(例 2024)か null です")
    return found


def read_lines(data: bytes, name: str, path: str) -> CaseSet:
    """A set from JSON lines. Raises ContentError with path and line."""
    cases = []
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ContentError("UTF-8 の文字ではないバイトがあります", path=path) from error
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ContentError(f"JSON として読めません({error})", path=path, line=number) from error
        if not isinstance(values, dict):
            raise ContentError("1行に1つの { } を書いてください", path=path, line=number)
        cases.append(read_case(values, path, number))
    if not cases:
        raise ContentError("ケースが1つもありません", path=path)
    return CaseSet(name=name, cases=tuple(cases))


def find_set(name: str, home: Path) -> Path:
    """Where a set lies: a path as given, else one that was imported, else a shipped one.

    Raises:
        SettingError: there is none; the message lists those there are.
    """
    places = [Path(name), home / "evals" / "sets" / f"{name}.jsonl", SHIPPED / f"{name}.jsonl"]
    for place in places:
        if place.suffix == ".jsonl" and place.is_file():
            return place
    known = "・".join(list_sets(home)) or "まだ1つもありません"
    raise SettingError(f"評価セット「{name}」がありません(あるもの: {known})")


def list_sets(home: Path) -> list[str]:
    """The names of the shipped and the imported sets."""
    folders = (SHIPPED, home / "evals" / "sets")
    return sorted({path.stem for folder in folders if folder.is_dir() for path in folder.glob("*.jsonl")})


def load_set(name: str, home: Path) -> CaseSet:
    """The set of that name (see `find_set`)."""
    path = find_set(name, home)
    return read_lines(path.read_bytes(), path.stem, path.name)
