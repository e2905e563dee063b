"""Whether words say a fact: values compared as values, everything else as normalised wording.

In: a sentence as shown, and one wording of a fact. Out: yes or no. 「61歳未満」 is said by 「60歳まで」, 「2024年度」
by 「令和6年度」, 「22歳以上」 by 「22〜29歳」, 「2021年」 by 「2021年4月1日」. It understands no meaning: what counts
as saying a fact stands in the case, as alternatives. Pure.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from rag.language.normalise import fold
from rag.language.values import ERA_START, Value, read_number, read_values

_PUNCTUATION = re.compile(r"""[\s、。,.「」『』()\[\]【】〈〉《》・!?:;"'`~\-/…|]+""")
_SPACE = re.compile(r"(?<![a-z0-9]) | (?![a-z0-9])")
_PADDING = (
    "でした|です|ます|おおよそ|およそ|くらい|ぐらい|程度|前後|ほぼ|ほど|から|より|など|約|は|が|を|に|で|と|の|も|へ|や"
    "|about |around |approximately |is |are |of |for |the |a |an | or| and| about"
)  # longest first
_TRIM = re.compile(rf"^(?:{_PADDING})+|(?:{_PADDING})+$")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?[万億]?\d*")
_BOTH_YEARS = re.compile(r"(令和|平成|昭和)(元|[0-9０-９]+)[(（]([0-9０-９]{4})[)）](年度?)")  # 令和7(2025)年度
SHORT = 3  # Latin words this short must end where they end (IT is not in "items")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A text for comparison: `canonical` has a sign for each value; `pieces` are the words between the values."""

    canonical: str
    values: tuple[Value, ...]
    pieces: tuple[str, ...]


@lru_cache(maxsize=20_000)
def read(text: str) -> Reading:
    """Normalise once."""
    text = _BOTH_YEARS.sub(r"\1\2\4", text)
    values = read_values(text)
    out: list[str] = []
    pieces: list[str] = []
    at = 0
    for value in values:
        piece = _plain(text[at : value.start])
        out += [piece, _sign(value)]
        pieces.append(piece)
        at = value.end
    pieces.append(_plain(text[at:]))
    out.append(pieces[-1])
    trimmed = (_TRIM.sub("", piece.strip()) for piece in pieces)
    return Reading(canonical="".join(out), values=values, pieces=tuple(piece for piece in trimmed if piece))


def _plain(text: str) -> str:
    return _SPACE.sub("", _PUNCTUATION.sub(" ", fold(text)))


def _sign(value: Value) -> str:
    return f"\x01{value.kind}|{value.low}|{value.high}|{value.unit}\x02"


def contradicting_years(text: str) -> tuple[str, ...]:
    """The years named twice, by era and by the Western count, that are not one: 「令和6年度(2023年度)」, as written."""
    found = [m.group() for m in _BOTH_YEARS.finditer(text) if _era_year(m[1], m[2]) != int(m[3])]
    values = read_values(text)
    for one, two in itertools.pairwise(values):
        between, after = text[one.end : two.start].strip(), text[two.end : two.end + 1]
        if between in {"(", "（"} and after in {")", "）"} and _one_is_an_era(one, two) and not _is_one_year(one, two):
            found.append(text[one.start : two.end + 1])
    return tuple(found)


def _era_year(era: str, year: str) -> int:
    return ERA_START[era] + (1 if year == "元" else int(year))


def _one_is_an_era(one: Value, two: Value) -> bool:
    return one.kind == two.kind and (one.written[:2] in ERA_START) != (two.written[:2] in ERA_START)


def _is_one_year(one: Value, two: Value) -> bool:
    if not (isinstance(one.low, str) and isinstance(two.low, str)):
        return True
    return one.low.startswith(two.low) or two.low.startswith(one.low) or two.low.startswith("-")


def says(text: str, wording: str) -> bool:
    """Whether `text` (one sentence with its label) says what `wording` says.

    Contiguously; or, where the wording has values, every value by value and every piece of its words somewhere.
    """
    shown, fact = read(text), read(wording)
    if contains(shown.canonical, fact.canonical):
        return True
    if not fact.values:
        return False
    stated = all(any(states(found, needed) for found in shown.values) for needed in _united(fact.values, shown.values))
    return stated and all(contains(shown.canonical, piece) for piece in fact.pieces)


def says_forbidden(text: str, wording: str) -> bool:
    """Stricter: the very wording, contiguous, values by value, so that 「5年ではない」 does not say 「5年です」."""
    shown, fact = read(text), read(wording)
    if len(fact.values) == 1 and fact.canonical == _sign(fact.values[0]):
        return any(found.same(fact.values[0]) for found in shown.values)
    return contains(shown.canonical, fact.canonical)


def contains(text: str, words: str) -> bool:
    """Whether normalised `words` stand in normalised `text`; Latin words only from where a word begins."""
    words = words.strip()
    if not words:
        return False
    before = r"(?<![a-z0-9])" if words[0].isascii() and words[0].isalnum() else ""
    short = len(words) <= SHORT and words.isascii() and words.isalnum()
    return re.search(before + re.escape(words) + (r"(?![a-z0-9])" if short else ""), text) is not None


def states(found: Value, needed: Value) -> bool:
    """Whether a value shown states the one needed.

    It is the same; or a date more exact; or a range with that bound; or, where the one needed has no bound (「7年」),
    the number written in a bounded one (「7年以上」): a wording without a bound leaves it open.
    """
    if found.same(needed) or found.kind != needed.kind:
        return found.same(needed)
    if isinstance(found.low, str) and isinstance(needed.low, str):
        return found.kind == "date" and _refines(found.low, needed.low)
    return _same_unit(found, needed) and _bounds(found, needed)


def _bounds(found: Value, needed: Value) -> bool:
    if needed.low == needed.high:
        return None in {found.low, found.high} and _written_number(found) == needed.low
    if found.low == found.high:
        return False
    return (needed.low is None and found.high == needed.high) or (needed.high is None and found.low == needed.low)


def _written_number(value: Value) -> Decimal | None:
    digits = _NUMBER.search(fold(value.written))
    return read_number(digits.group()) if digits else None


def _refines(found: str, needed: str) -> bool:
    """2025-04-01 refines 2025, 2025-04, --04 and --04-01."""
    if not needed.startswith("-"):
        return found.startswith(needed + "-")
    return len(found) > 4 and found[4:].startswith(needed[1:]) and not found.startswith("-")


def _same_unit(one: Value, other: Value) -> bool:
    return one.unit == other.unit or one.unit is None or other.unit is None


def _united(needed: Sequence[Value], shown: Sequence[Value]) -> list[Value]:
    """The needed values, less a range whose two bounds are shown apart (「22歳以上30歳未満」 for 「22〜29歳」)."""
    return [value for value in needed if not _shown_apart(value, shown)]


def _shown_apart(value: Value, shown: Sequence[Value]) -> bool:
    if not (isinstance(value.low, Decimal) and isinstance(value.high, Decimal)) or value.low == value.high:
        return False
    fitting = [v for v in shown if v.kind == value.kind and _same_unit(v, value)]
    return any(v.low == value.low and v.high is None for v in fitting) and any(
        v.high == value.high and v.low is None for v in fitting
    )
