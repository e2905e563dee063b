"""A sentence -> what can be compared of it: content words, figures with their bounds, negations, limits.

In: text (a model's sentence, or a quote). Out: a `Reading`, on folded text. Whatever is the same by meaning (令和7年度
and fiscal year 2025, 申込み and 申し込む, a term and its synonyms) shares a key. It compares nothing; checks.py does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from rag.answer.vocabulary import Vocabulary, read_vocabulary
from rag.language.normalise import fold
from rag.language.tokens import Tokenizer, Word, stem
from rag.language.values import Value, read_values

Side = Literal["from", "until", "before", "after"]
_CLAUSE_END = re.compile(r"(?<!は)、|[。;；!?！？]|,(?!\d)|\.(?=\s|$)|(?<=\s)(?:and|but|while)(?=\s)")
_SAME = (  # other ways to write what values are read from; 「275人まで増えた」 and "grew from 59" set no bound
    (re.compile(r"(\d{4}年)の(?=\d{1,2}月)"), r"\1"),
    (re.compile(r"\b(\d{4}) fiscal year\b"), r"fiscal year \1"),
    (re.compile(r"まで(?=に?(?:増|減|伸び|拡大|縮|上が|下が))"), "に"),
    (re.compile(r"\b(grew|grown|rose|risen|increas\w*|fell|fallen|decreas\w*) from (?=\d)"), r"\1 at "),
)
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTH = re.compile(rf" ({'|'.join(_MONTHS)})\b(?! \d)")
_VERSION = re.compile(r"\bver(?:sion|\.)? ?$")
_KANJI = re.compile(r"[一-鿿々]")
_SUFFIX = re.compile(r"[一-鿿]")
_AFTER_FIGURE = re.compile(
    r"(?:目|頃|ごろ|末|分|現在|時点|生まれ)?(?:の|より)?(?:(?P<before>より前|前|以前)|(?P<until>まで|以内)|(?P<from>から(?!な)|以降|以後|より後|~))"
)
_BEFORE_FIGURE = re.compile(
    r"(?:\b(?:(?P<from>from|since|starting(?: in| on)?)|(?P<until>until|till|through|up to)|(?P<before>before|prior to)|(?P<after>after))"
    r"(?: (?:the|fiscal year|april|about))? |(?P<tilde>~))$"
)
_LIMIT = re.compile(r"(?P<until>まで|以内|以下|未満)|(?P<from>から|以降|以後|以上|を?超え)|(?P<before>より前|以前)")
_STRICT = re.compile(
    r"未満|超|より(?:多|少)|(?:under|over|more than|less than|above|below|fewer than|older than|younger than)"
)
_VERB = re.compile(r"(?P<stem>[一-鿿])[ぁ-ん]{1,12}$")
_TRIM = 26  # characters before an English figure in which its bound may stand


@dataclass(frozen=True, kw_only=True)
class Atom:
    """A content word: every key by which it can be met, its place, and whether it is a noun, a name, a light word."""

    keys: frozenset[str]
    surface: str
    start: int
    end: int
    clause: int
    noun: bool
    proper: bool
    light: bool


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A value and how it stands: `side` of a date or plain number (から, まで), `strict` of a bound, `suffix` (次, 級)."""

    value: Value
    side: Side | None
    strict: bool
    suffix: str
    clause: int
    start: int
    end: int

    @property
    def key(self) -> str:
        """The value as a context word of its neighbours."""
        return f"v:{self.value.kind}:{self.value.low}:{self.value.high}"


@dataclass(frozen=True, kw_only=True)
class Denial:
    """A negation; `heads` are the content words nearest to it, the likeliest first."""

    heads: tuple[Atom, ...]
    clause: int
    start: int


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A word of limit (まで, から) and the content word it follows."""

    head: Atom
    side: Side


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Everything comparable in one text."""

    text: str
    folded: str
    atoms: tuple[Atom, ...]
    figures: tuple[Figure, ...]
    denials: tuple[Denial, ...]
    limits: tuple[Limit, ...]
    keys: frozenset[str]


class Reader:
    """Reads texts by one tokenizer; what was read is kept. Safe to share between threads."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer, self._words = tokenizer, read_vocabulary()
        self.read = lru_cache(maxsize=4096)(self._read)

    def _read(self, text: str) -> Reading:
        folded = fold(text)
        for pattern, written in _SAME:
            folded = pattern.sub(written, folded)
        ends = [m.end() for m in _CLAUSE_END.finditer(folded)]
        figures = tuple(self._figures(folded, ends))
        atoms = tuple(self._atoms(folded, ends, figures))
        return Reading(
            text=text,
            folded=folded,
            atoms=atoms,
            figures=figures,
            denials=tuple(_denials(folded, ends, atoms, self._words)),
            limits=tuple(_limits(folded, atoms)),
            keys=frozenset(key for atom in atoms for key in atom.keys),
        )

    def _atoms(self, folded: str, ends: list[int], figures: tuple[Figure, ...]) -> Iterator[Atom]:
        concepts = self._tokenizer.concepts.find(folded)
        for word in self._tokenizer.words(folded):
            if any(f.start < word.end and word.start < f.end for f in figures):
                continue
            groups = {group for group, start, end in concepts if start <= word.start and word.end <= end}
            yield Atom(
                keys=frozenset(_keys(word) | groups),
                surface=word.surface,
                start=word.start,
                end=word.end,
                clause=_clause(word.start, ends),
                noun=word.noun,
                proper=word.proper,
                light=word.token in self._words.light or (len(word.surface) == 1 and word.surface.isdigit()),
            )

    def _figures(self, folded: str, ends: list[int]) -> Iterator[Figure]:
        day_of: str | None = None
        for value in read_values(folded):
            read = _day_of_month(_with_month(value, day_of), folded[value.end :])
            if read.kind == "date" and isinstance(read.low, str) and read.low.count("-") >= 2:
                day_of = read.low
            before, after = folded[max(0, value.start - _TRIM) : value.start], folded[value.end : value.end + 10]
            suffix = _SUFFIX.match(after)
            yield Figure(
                value=read,
                side=None if _VERSION.search(before) else _side(before, after, value),
                strict=bool(
                    _STRICT.search(value.written) or re.search(rf"(?:{_STRICT.pattern})(?: the age of)? $", before)
                ),
                suffix=_suffix(value, before, suffix.group() if suffix else ""),
                clause=_clause(value.start, ends),
                start=value.start,
                end=value.end,
            )


def _keys(word: Word) -> set[str]:
    keys = {word.token, *word.synonyms}
    kanji = "".join(_KANJI.findall(word.surface))
    if kanji:
        keys.add(f"k:{kanji}")
    if word.surface.isascii() and word.surface.isalpha():
        keys.add(stem(word.surface))
    return keys


def _clause(at: int, ends: list[int]) -> int:
    return sum(1 for end in ends if end <= at)


def _suffix(value: Value, before: str, after: str) -> str:
    """次 of 「1次」; 版 of "ver.2.0"."""
    if value.unit is not None or value.kind != "number":
        return ""
    return "版" if _VERSION.search(before) else after


def _day_of_month(value: Value, after: str) -> Value:
    """ "30 May" is a date, like 5月30日."""
    month = _MONTH.match(after)
    day = value.low
    if (
        month is None
        or value.kind != "number"
        or day != value.high
        or not isinstance(day, Decimal)
        or not 1 <= day <= 31
    ):
        return value
    written = f"--{_MONTHS.index(month[1]) + 1:02d}-{int(day):02d}"
    return Value(
        kind="date", low=written, high=written, unit=None, written=value.written, start=value.start, end=value.end
    )


def _side(before: str, after: str, value: Value) -> Side | None:
    """から, まで and the like, right after a figure; from, until and ~ right before it ("from 11 to 24" is a range)."""
    if re.search(r"\bfrom $", before) and None not in {value.low, value.high} and value.low != value.high:
        return None
    written = value.written
    for found in (_AFTER_FIGURE.match(after), _BEFORE_FIGURE.search(before)):
        if found is not None and found.lastgroup is not None:
            return "until" if found.lastgroup == "tilde" else found.lastgroup  # type: ignore[return-value]  # the groups are named for the sides
    return "until" if written.endswith("まで") else "from" if written.endswith("から") else None


def _with_month(value: Value, date_before: str | None) -> Value:
    """「3月12日から25日まで」: the day that follows a date is a date of that month."""
    number = value.high if value.low is None else value.low
    if date_before is None or value.unit != "day" or not isinstance(number, Decimal) or not 1 <= number <= 31:
        return value
    if "間" in value.written or number != number.to_integral_value():
        return value
    written = f"{date_before.rsplit('-', 1)[0]}-{int(number):02d}"
    return Value(
        kind="date", low=written, high=written, unit=None, written=value.written, start=value.start, end=value.end
    )


def _denials(folded: str, ends: list[int], atoms: tuple[Atom, ...], words: Vocabulary) -> Iterator[Denial]:
    masked = words.idioms.sub(lambda m: "・" * len(m.group()), folded)
    for found in words.negation.finditer(masked):
        clause = _clause(found.start(), ends)
        others = [a for a in atoms if not words.negation.fullmatch(a.surface)]
        inside = [a for a in others if a.clause == clause] or [a for a in others if a.clause < clause]
        if found.group().isascii():
            near = sorted(inside, key=lambda a: abs(a.start - found.end()) + (8 if a.start < found.start() else 0))
        else:
            near = sorted((a for a in inside if a.start < found.start()), key=lambda a: -a.end)
            near = [*_bare_verb(folded, found.start(), near[0].end if near else 0, clause), *near]
        yield Denial(heads=tuple(near[:3]), clause=clause, start=found.start())
    for word, denied in words.denying.items():
        at = masked.find(word)
        if at >= 0:
            head = Atom(
                keys=frozenset({denied, f"k:{denied}"}), surface=denied, start=at, end=at + len(word),
                clause=_clause(at, ends), noun=True, proper=False, light=False,
            )  # fmt: skip
            yield Denial(heads=(head,), clause=head.clause, start=at)


def _bare_verb(folded: str, at: int, after: int, clause: int) -> list[Atom]:
    """A verb that is no content word (行ける) and yet is what a negation denies."""
    found = _VERB.search(folded, max(after, at - 14), at)
    if found is None or _CLAUSE_END.search(found.group()):
        return []
    stem_ = found["stem"]
    return [
        Atom(
            keys=frozenset({f"k:{stem_}"}), surface=stem_, start=found.start(), end=found.end(), clause=clause,
            noun=False, proper=False, light=True,
        )
    ]  # fmt: skip


def _limits(folded: str, atoms: tuple[Atom, ...]) -> Iterator[Limit]:
    for found in _LIMIT.finditer(folded):
        head = next((a for a in reversed(atoms) if a.end <= found.start() and found.start() - a.end <= 5), None)
        if head is not None and found.lastgroup is not None:
            yield Limit(head=head, side=found.lastgroup)  # type: ignore[arg-type]  # the groups are named for the sides
