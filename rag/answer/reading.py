"""A sentence -> what can be compared of it: content words, figures with their bounds, negations, limits.

In: text (a model's sentence, or a quote). Out: a `Reading`, on folded text. Whatever is the same by meaning (令和7年度
and fiscal year 2025, 申込み and 申し込む, a term and its synonyms) shares a key. It compares nothing; checks.py does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from rag.answer.denials import (
    Atom,
    Denial,
    Scene,
    clause_of,
    read_contrasts,
    read_denials,
    read_inclusions,
    read_restrictions,
    read_softer,
)
from rag.answer.relative import resolve_dates
from rag.answer.vocabulary import read_vocabulary
from rag.language.normalise import fold
from rag.language.tokens import Tokenizer, Word, stem
from rag.language.values import ERA_START, Value, read_values

Side = Literal["from", "until", "before", "after"]
_COUNTS = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10",
}  # fmt: skip
_TENS = {
    "eleven": "11", "twelve": "12", "twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60",
    "seventy": "70", "eighty": "80", "ninety": "90",
}  # fmt: skip
_WORDS = _COUNTS | _TENS
_COUNTED_IN = "years?|months?|weeks?|days?|hours?|minutes?|people|persons|staff|skill items|job types"
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
_CLAUSE_END = re.compile(r"(?<!は)、|[。;；!?！？]|,(?!\d)|\.(?=\s|$)|(?<=\s)(?:and|but|while)(?=\s)")
_SAME: tuple[
    tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...
] = (  # other ways to write what values are read from; 「275人まで増えた」 and "grew from 59" set no bound
    (re.compile(r"(\d{4}年)の(?=\d{1,2}月)"), r"\1"),
    (re.compile(r"\b(\d{4}) fiscal year\b"), r"fiscal year \1"),
    (re.compile(r"(?<![\d第])1([年週日月]|か月|週間)(?=[をにで]\d)"), r"\1"),  # 「1年に4回」 is 「年4回」
    (re.compile(r"\b((?:19|20)\d\d)~((?:19|20)\d\d)年(?!間)"), r"\1年から\2年"),
    (re.compile(r"((?:最長|最大|上限)で?\d+(?:年間?|か月|週間|日間?|時間|人|回|円))まで"), r"\1"),
    (re.compile(r"(\d)種(?![類別目])"), r"\1種類"),
    (re.compile(r"(?<=に)(\d+)度(?=[のはも、]|開|行|実施|ある|あり)"), r"\1回"),
    (
        re.compile(
            r"(?<=\d)(時間|分間?|日間?|週間|か月|年間?|人|名|回|円|字|点)(?:を|が)(?:上限|限度|限り)(?:として|とし|と|に|で)?"
        ),
        r"\1以内",
    ),
    (re.compile(r"\bnothing (?:but|other than|more than)\b"), "only"),
    (re.compile(r"マンツーマン|一対一|\bone[- ](?:on|to)[- ]one\b"), "1対1"),
    (re.compile(r"(?<=\bthe )(\d{4}) (?=\((?:令和|平成)(?:\d{1,2}|元)年度\))"), r"fiscal year \1 "),
    (re.compile(r"(?<=[a-z0-9])-a\b"), "-aa"),  # a label (Type I-A), not the article
    (re.compile(r"(\d+)点満点(?:中|で)?(?:平均)?(\d+(?:\.\d+)?)"), r"\2/\1"),
    (re.compile(r"(令和|平成)(\d{1,2}|元)\((\d{4})\)年度"), r"\1\2年度(\3年度)"),
    (
        re.compile(r"(?<![一二三四五六七八九十百千])[二三四五六七八九](?=本|つ(?!の?ジョブ)|段階|本柱)"),
        lambda m: str("〇一二三四五六七八九".index(m.group())),
    ),
    (re.compile(r"(?:もう1|(?<![\d第])1|もう一|一)つは|(?:その|の)(?:うちの|中の)?(?:1|一)つ(?=[でだ])"), "一方は"),
    (re.compile(r"まで(?=に?(?:増|減|伸び|拡大|縮|上が|下が))"), "に"),
    (re.compile(r"\b(grew|grown|rose|risen|increas\w*|fell|fallen|decreas\w*) from (?=\d)"), r"\1 at "),
    (re.compile(r"(\d{1,2})月\((?=\d{1,2}日)"), r"\1月"),  # 「3月(12日から25日まで)」
    (
        re.compile(rf"\b(\d{{1,2}})(?= (?:to|until|through) \d{{1,2}} ({'|'.join(_MONTHS)})\b)"),
        r"\1 \2",
    ),  # 21 to 27 July
    (re.compile(r"(大|短大|高)(?:学|校)?(?:を?卒業(?:した|の)?(?=人|方|者|で|の|は|、)|卒(?!業))"), r"\1卒"),
    (re.compile(r"(?<!\d)1(?=(?:時間|日|か月|年)単位)"), ""),
    (re.compile(r"大学院を修了(?:した)?"), "大学院修了"),
    (re.compile(r"\breiwa (\d{1,2})(?= \(fiscal)"), lambda m: f"fiscal year {ERA_START['令和'] + int(m[1])}"),
    (
        re.compile(rf"\b(?:{'|'.join(_COUNTS)})\b(?= (?:{_COUNTED_IN})\b)|\b(?:{'|'.join(_TENS)})\b"),
        lambda m: _WORDS[m.group()],
    ),
)
_MONTH = re.compile(rf" ({'|'.join(_MONTHS)})\b(?! \d)")
_VERSION = re.compile(r"(?<![a-z])ver(?:sion|\.)? ?$")
_FACING = re.compile(r"(?:on|対)\d")
_FACED = re.compile(r"\d(?:on|対)$")
_COUNTED = re.compile(r"[つ番人件]目")
_KANJI = re.compile(r"[一-鿿々]")
_SUFFIX = re.compile(r"[一-鿿]")
_AFTER_FIGURE = re.compile(
    r"(?:目|頃|ごろ|末|分|現在|時点|生まれ)?(?:の|より|に(?:なる|達する))?(?:(?P<before>より前|前|以前)|(?P<until>まで|以内)|(?P<from>から(?!な)|以降|以後|より後|~))"
)
_BEFORE_FIGURE = re.compile(
    r"(?:\b(?:(?P<from>from|since|starting(?: in| on)?)|(?P<until>until|till|through|up to)|(?P<before>before|prior to)|(?P<after>after))"
    r"(?: (?:the|fiscal year|april|about))? |(?P<tilde>~))$"
)
_LIMIT = re.compile(
    r"(?P<until>まで|以内|以下|未満)|(?P<from>から|以降|以後|以上|を?超え)"
    r"|(?P<before>より前|以前|(?<![以午直手人名])前(?=[のにはも、]))"
    r"|(?P<after>(?<![以午直今最背老前])後(?=[のにはも、])|(?<=[たの])あと(?=[のにはも、]))"
)
_STRICT = re.compile(
    r"未満|超|より(?:多|少)|(?<!no )(?<!not )(?:under|over|more than|less than|above|below|fewer than|older than|younger than)"
)
_LETTER = re.compile(r"(?<![a-z0-9])[a-z](?=さん|氏|社|案|班|組)")
_TIMES = frozenset({"minute", "hour", "day", "week", "month"})
_DENIED_BEFORE = re.compile(r"\b(?:not|rather than|instead of)(?: (?:in|on|at|by|for|from|until|the|to|about)){0,2} $")
_DENIED_AFTER = re.compile(r"(?:から|まで|に|の)?で(?:は|も)?(?:なく|な[いか]|ありません)")
_TRIM = 26  # characters before an English figure in which its bound may stand


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A value and how it stands: `side` of a date or plain number (から, まで), `strict` of a bound, `suffix` (次, 級).

    `within`: a time in which something is done. `denied`: a negation stands right beside it ("not in 2026").
    """

    value: Value
    side: Side | None
    strict: bool
    suffix: str
    clause: int
    start: int
    end: int
    within: bool = False
    denied: bool = False

    @property
    def key(self) -> str:
        """The value as a context word of its neighbours."""
        return f"v:{self.value.kind}:{self.value.low}:{self.value.high}"


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
    softer: tuple[Denial, ...]
    inclusions: tuple[Denial, ...]
    restrictions: tuple[Denial, ...]
    contrasts: tuple[Denial, ...]
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
        folded = resolve_dates(folded)
        ends = [m.end() for m in _CLAUSE_END.finditer(folded)]
        figures = tuple(self._figures(folded, ends))
        atoms = tuple(self._atoms(folded, ends, figures))
        scene = Scene(folded=folded, ends=ends, atoms=atoms, figures=[_as_atom(f) for f in figures], words=self._words)
        return Reading(
            text=text,
            folded=folded,
            atoms=atoms,
            figures=figures,
            denials=tuple(read_denials(scene)),
            softer=tuple(read_softer(scene)),
            inclusions=tuple(read_inclusions(scene)),
            restrictions=tuple(read_restrictions(scene)),
            contrasts=tuple(read_contrasts(scene)),
            limits=tuple(_limits(folded, atoms, figures)),
            keys=frozenset(key for atom in atoms for key in atom.keys),
        )

    def _atoms(self, folded: str, ends: list[int], figures: tuple[Figure, ...]) -> Iterator[Atom]:
        concepts = self._tokenizer.concepts.find(folded)
        for word in self._tokenizer.words(folded):
            if any(f.start < word.end and word.start < f.end for f in figures):
                continue
            groups = {group for group, start, end in concepts if start <= word.start and word.end <= end}
            yield Atom(
                keys=frozenset(_keys(word, self._words.same) | groups),
                surface=word.surface,
                start=word.start,
                end=word.end,
                clause=clause_of(word.start, ends),
                noun=word.noun,
                proper=word.proper,
                light=word.token in self._words.light or (len(word.surface) == 1 and word.surface.isdigit()),
            )

        for letter in _LETTER.finditer(folded):
            yield Atom(
                keys=frozenset({f"l:{letter.group()}"}), surface=letter.group(), start=letter.start(), end=letter.end(),
                clause=clause_of(letter.start(), ends), noun=True, proper=True, light=False,
            )  # fmt: skip

    def _figures(self, folded: str, ends: list[int]) -> Iterator[Figure]:
        day_of: str | None = None
        for value in read_values(folded):
            read = _day_of_month(_with_month(value, day_of), folded[value.end :])
            if read.kind == "date" and isinstance(read.low, str) and read.low.count("-") >= 2:
                day_of = read.low
            before, after = folded[max(0, value.start - _TRIM) : value.start], folded[value.end : value.end + 10]
            yield Figure(
                value=read,
                side=None if _VERSION.search(before) else _side(before, after, value),
                strict=bool(
                    _STRICT.search(value.written) or re.search(rf"(?:{_STRICT.pattern})(?: the age of)? $", before)
                ),
                suffix=_suffix(value, before, after),
                clause=clause_of(value.start, ends),
                start=value.start,
                end=value.end,
                within=value.unit in _TIMES and bool(before.endswith(" in ") or after.startswith("で")),
                denied=bool(_DENIED_BEFORE.search(before) or _DENIED_AFTER.match(after)),
            )


def _as_atom(figure: Figure) -> Atom:
    return Atom(
        keys=frozenset({figure.key}), surface=figure.value.written, start=figure.start, end=figure.end,
        clause=figure.clause, noun=False, proper=False, light=False,
    )  # fmt: skip


def _keys(word: Word, same: Mapping[str, int]) -> set[str]:
    keys = {word.token, *word.synonyms}
    kanji = "".join(_KANJI.findall(word.surface))
    if kanji:
        keys.add(f"k:{kanji}")
    if word.surface.isascii():
        keys.update(stem(part) for part in word.surface.split() if part.isalpha())
    return keys | {f"w:{group}" for group in (same.get(key) for key in keys) if group is not None}


def _suffix(value: Value, before: str, after: str) -> str:
    """次 of 「1次」; 版 of "ver.2.0"; 対 of both numbers of "1on1"; 目 of 「1つ目」."""
    if value.unit is not None or value.kind != "number":
        return ""
    if _VERSION.search(before):
        return "版"
    if _FACING.match(after) or _FACED.search(before):
        return "対"
    found = _SUFFIX.match(after)
    return "目" if _COUNTED.match(after) else found.group() if found else ""


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
    if "日" not in value.written or "間" in value.written or number != number.to_integral_value():
        return value
    written = f"{date_before.rsplit('-', 1)[0]}-{int(number):02d}"
    return Value(
        kind="date", low=written, high=written, unit=None, written=value.written, start=value.start, end=value.end
    )


def _limits(folded: str, atoms: tuple[Atom, ...], figures: tuple[Figure, ...]) -> Iterator[Limit]:
    """What follows a figure is the side of the figure, and no limit of the word before it."""
    for found in _LIMIT.finditer(folded):
        head = next((a for a in reversed(atoms) if a.end <= found.start() and found.start() - a.end <= 5), None)
        if head is None or found.lastgroup is None:
            continue
        if not any(head.end <= f.start and f.end <= found.start() for f in figures):
            yield Limit(head=head, side=found.lastgroup)  # type: ignore[arg-type]  # the groups are named for the sides
