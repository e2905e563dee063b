"""Numbers, dates, fiscal years, ages, amounts and bounds as values that can be compared.

In: text. Out: `Value`s in the order they stand. 令和7年度, 2025年度 and "fiscal year 2025" are one value; 61歳未満 and
60歳まで are one value; ２３．５万円 and 235,000 yen are one value. It reads what is written and infers nothing: 「若い」
has no value, and a bare number has no unit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Literal

from rag.language.normalise import Normalised, normalise

ValueKind = Literal["date", "fiscal_year", "time", "number"]
ERA_START = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911}
_MONTHS = {
    name: n
    for n, names in enumerate(
        (
            ("january", "jan"), ("february", "feb"), ("march", "mar"), ("april", "apr"), ("may",), ("june", "jun"),
            ("july", "jul"), ("august", "aug"), ("september", "sept", "sep"), ("october", "oct"),
            ("november", "nov"), ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_KANJI = {c: n for n, c in enumerate("〇一二三四五六七八九")}
_SCALE = {"十": 10, "百": 100, "千": 1000}
_BIG = {"千": 1000, "万": 10_000, "億": 100_000_000, "thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000}

# what counts as one unit; the first name stands for all
_UNITS = {
    "yen": ("円", "yen", "jpy"),
    "age": ("歳", "才", "years old", "years of age", "year-olds", "year-old"),
    "percent": ("%", "パーセント", "percent", "per cent", "割"),
    "person": ("人", "名", "people", "persons", "staff members", "staff", "employees", "recruits", "applicants"),
    "year": ("年間", "年", "years", "year"),
    "month": ("か月分", "カ月分", "ヶ月分", "ヵ月分", "月分", "か月", "カ月", "ヶ月", "ヵ月", "ケ月", "箇月", "months", "month"),
    "week": ("週間", "週", "weeks", "week"),
    "day": ("日間", "日", "days", "day"),
    "hour": ("時間", "hours", "hour"),
    "minute": ("分間", "分", "minutes", "minute"),
    "times": ("回", "times"),
    "ratio": ("倍",),
    "item": ("項目", "skill items", "items"),
    "type": ("種類", "つのジョブタイプ", "のジョブタイプ", "ジョブタイプ", "job types", "types"),
    "case": ("件", "cases"),
    "company": ("社", "companies"),
    "point": ("点", "points"),
    "class": ("期生", "期"),
    "page": ("ページ", "pages"),
    "question": ("問", "questions"),
    "character": ("字", "characters"),
    "municipality": ("区市町村", "市区町村", "municipalities"),
    "facility": ("施設", "facilities"),
}  # fmt: skip
_UNIT_OF = {word: unit for unit, words in _UNITS.items() for word in words}
_UNIT = "|".join(re.escape(w) for w in sorted(_UNIT_OF, key=len, reverse=True))
_INTEGER_UNITS = frozenset({"age", "person", "year", "month", "day", "times", "item", "type"})

_DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:千?[万億]|千)?(?:(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)千?万?)?"
_KANJI_NUMBER = (
    r"(?<![数何])(?:[一二三四五六七八九十百千][一二三四五六七八九十百千万億]{0,11}(?=円|年|か月|カ月|ヶ月|ヵ月|週間|日間|回|人|名|歳|割|つの|種類|項目|倍|時間)"
    r"|[一二三四五六七八九十百千][一二三四五六七八九十百千万億]{1,11}(?=本|件|社|日|字|点|問|つ|期|施設|ページ)"  # 「一本化」 counts nothing
    r"|[二三四五六七八九十](?=本柱|本の柱|段階))"
)
_NUM = f"{_DIGITS}|{_KANJI_NUMBER}"
_YEAR = r"\d{4}|[一二][〇一二三四五六七八九]{3}"
_PATTERNS = (
    ("era", r"(?P<era>令和|平成|昭和|大正)(?P<era_year>元|\d{1,2}|[一二三四五六七八九十]{1,3})年(?P<era_fy>度)?(?:(?P<era_month>\d{1,2})月(?:(?P<era_day>\d{1,2})日)?)?"),
    ("fy", rf"(?:fy|fiscal(?: year)?) ?(?P<fy>\d{{4}})|(?P<fy_ja>{_YEAR})年度"),
    ("ymd", rf"(?P<y>{_YEAR})年(?:(?P<m>\d{{1,2}})月(?:(?P<d>\d{{1,2}})日)?)?(?!間|以[上下内]|未満|目)"),
    ("iso", r"(?<![\d.])(?P<iy>(?:19|20)\d\d)[-/](?P<im>\d{1,2})(?:[-/](?P<id>\d{1,2}))?(?![\d])"),
    ("en_dmy", rf"\b(?P<ed>\d{{1,2}})(?:st|nd|rd|th)? (?P<em>{_MONTH})\.?,? (?P<ey>\d{{4}})"),
    ("en_mdy", rf"\b(?P<fm>{_MONTH})\.? (?P<fd>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<fyear>\d{{4}})"),
    # "people under 30 may apply" names no day
    ("en_dm", rf"\b(?P<hd>[12]?\d|3[01])(?:(?:st|nd|rd|th) | (?!may))(?P<hm>{_MONTH})\b|\b(?P<jm>{_MONTH})\.? (?P<jd>[12]?\d|3[01])(?:st|nd|rd|th)?(?![\d,.]*\d| ?(?:{_UNIT}))"),
    ("en_my", rf"\b(?P<gm>{_MONTH})\.?,? (?P<gy>\d{{4}})"),
    ("md", r"(?P<mm>\d{1,2})月(?P<md>\d{1,2})日|(?<![\d/])(?P<sm>\d{1,2})/(?P<sd>\d{1,2})(?![\d/])"),
    ("month", r"(?P<only_m>1[0-2]|0?[1-9])月(?!間|額|分)"),
    ("clock", r"(?P<h>\d{1,2}):(?P<min>\d{2})|(?P<noon>午前|午後)?(?P<hj>\d{1,2})時(?!間|点)(?:(?P<minj>\d{1,2})分|(?P<half>半))?"),
    ("en_year", r"\b(?:in|since|from|by|of|until|the) (?P<en_year>(?:19|20)\d\d)\b(?! ?(?:yen|people|staff|%))"),
    ("number", rf"(?P<low>{_NUM}) ?(?P<unit1>{_UNIT})?(?: ?(?:~|-|から|to) ?(?:約)?(?P<high>{_NUM}))? ?(?P<big>thousand|million|billion)? ?(?P<unit>{_UNIT})?"),
)  # fmt: skip
_SCANNER = re.compile("|".join(f"(?P<k_{name}>{pattern})" for name, pattern in _PATTERNS))
_AFTER = re.compile(
    r"(?P<lt>未満|を下回(?!ら)|に満たな|に達していな)|(?P<le>以下|以内|まで(?!に?(?:増|減|伸び|拡大|縮|上が|上昇|下が|低下))|or under|or younger|or less|at most|or fewer)"
    r"|(?P<ge>以上|から|or over|or older|or more|\+)|(?P<gt>超|を超え|を上回(?!ら)|より多)"
)
_DAY = re.compile(r"([12]?\d|3[01])日(?:まで)?")
_TO_DAY = re.compile(r" ?(?:から|~|-) ?")
_TOLD_TO_THE_DAY = re.compile(r"(?:\d{4}|-)-\d\d-\d\d")
_RANGE_END = re.compile("まで|以下")
_BEFORE = re.compile(
    r"(?:(?P<lt>(?<!not )under|(?<!no )(?<!not )younger than|(?<!no )(?<!not )less than|below|(?<!no )(?<!not )fewer than)|(?P<le>up to|(?:no|not) (?:more|older|later) than|at most|within|until)"
    r"|(?P<ge>at least|(?:no|not) (?:less|fewer|younger) than|minimum of|(?<!rose )(?<!risen )(?<!grew )(?<!grown )(?<!increased )(?<!fell )(?<!fallen )(?<!decreased )from)|(?P<gt>(?<!not )over|(?<!no )(?<!not )more than|above|(?<!no )(?<!not )older than))(?: the age of| age)? $"
)


@dataclass(frozen=True, kw_only=True)
class Value:
    """One value. `low` and `high` are inclusive bounds (None = open); equal for an exact value.

    For dates `low` and `high` are ISO strings of the precision written (YYYY, YYYY-MM, YYYY-MM-DD or --MM-DD).
    `start`, `end` are offsets in the text that was read; `written` are the words there.
    """

    kind: ValueKind
    low: Decimal | str | None
    high: Decimal | str | None
    unit: str | None
    written: str
    start: int
    end: int

    def same(self, other: Value) -> bool:
        """Equal by value; a number without a unit equals one with any unit, years equal years of either kind."""
        if {self.kind, other.kind} == {"date", "fiscal_year"}:
            return False
        if self.kind != other.kind or (self.low, self.high) != (other.low, other.high):
            return False
        return self.unit == other.unit or self.unit is None or other.unit is None


def read_number(text: str) -> Decimal | None:
    """23.5万 = 235000, 23万5千 = 235000, 1,500 = 1500, 十二 = 12; None where it is no number."""
    text = text.replace(",", "")
    if text and all(c in _KANJI or c in _SCALE or c in "万億" for c in text):
        return _read_kanji(text)
    total = Decimal(0)
    for piece, *big in re.findall(r"([\d.]+)(千(?=[万億]))?([千万億])?", text):
        try:
            total += Decimal(piece) * _BIG.get(big[0], 1) * _BIG.get(big[1], 1)
        except InvalidOperation:
            return None
    return total.normalize() if total else Decimal(0)


def _read_kanji(text: str) -> Decimal:
    total, part, digit = 0, 0, 0
    for c in text:
        if c in _SCALE:
            part += (digit or 1) * _SCALE[c]
            digit = 0
        elif c in _BIG:
            total += (part + digit or 1) * _BIG[c]
            part, digit = 0, 0
        else:
            digit = digit * 10 + _KANJI[c]
    return Decimal(total + part + digit)


def read_values(text: str) -> tuple[Value, ...]:
    """Every value in `text`, in order."""
    normal = normalise(text)
    return tuple(_scan(normal, text))


def _scan(normal: Normalised, original: str) -> Iterator[Value]:
    at = 0
    day_of: tuple[str, int] | None = None  # the last date told to the day, and where it ends
    while match := _SCANNER.search(normal.text, at):
        at = max(match.end(), match.start() + 1)
        kind = next(name for name, _ in _PATTERNS if match[f"k_{name}"] is not None)
        start, end = match.span()
        while normal.text[end - 1] == " ":
            end -= 1
        if kind == "number":
            low, high, unit, end = _number(match, normal.text, end)
            at = max(end, match.start() + 1)
            if low is None and high is None:
                continue
            found: tuple[ValueKind, Decimal | str | None, Decimal | str | None] = ("number", low, high)
            day = _DAY.fullmatch(normal.text[start:end])
            if day_of and day and _TO_DAY.fullmatch(normal.text[day_of[1] : start]):
                written = f"{day_of[0].rpartition('-')[0]}-{int(day[1]):02d}"  # 「3月11日〜24日」
                unit, found = None, ("date", written, written)
        else:
            unit = None
            found = _calendar(match, kind)
            day_of = (found[1], end) if _TOLD_TO_THE_DAY.fullmatch(str(found[1])) else None
        begin, stop = normal.original(start, end)
        yield Value(
            kind=found[0], low=found[1], high=found[2], unit=unit,
            written=original[begin:stop], start=begin, end=stop,
        )  # fmt: skip


def _calendar(match: re.Match[str], kind: str) -> tuple[ValueKind, str, str]:
    g = match.groupdict()
    if kind == "clock":
        hour = int(g["h"] or g["hj"])
        hour += 12 if g["noon"] == "午後" and hour < 12 else 0
        written = f"{hour:02d}:{int(g['min'] or g['minj'] or (30 if g['half'] else 0)):02d}"
        return "time", written, written
    if kind == "fy" or (kind == "era" and g["era_fy"]):
        year = g["fy"] or _digits(g["fy_ja"]) or str(_western(g["era"], g["era_year"]))
        return "fiscal_year", year, year
    parts = {
        "era": (str(_western(g["era"], g["era_year"])) if kind == "era" else "", g["era_month"], g["era_day"]),
        "ymd": (_digits(g["y"]), g["m"], g["d"]),
        "iso": (g["iy"], g["im"], g["id"]),
        "en_dmy": (g["ey"], g["em"], g["ed"]),
        "en_mdy": (g["fyear"], g["fm"], g["fd"]),
        "en_dm": ("-", g["hm"] or g["jm"], g["hd"] or g["jd"]),
        "en_my": (g["gy"], g["gm"], None),
        "md": ("-", g["mm"] or g["sm"], g["md"] or g["sd"]),
        "month": ("-", g["only_m"], None),
        "en_year": (g["en_year"], None, None),
    }[kind]
    year, month, day = parts
    number = _MONTHS.get(month, 0) or int(month) if month else 0
    written = (year or "") + (f"-{number:02d}" if number else "") + (f"-{int(day):02d}" if day else "")
    return "date", written, written


def _digits(year: str | None) -> str:
    """二〇二五 -> 2025."""
    return "".join(str(_KANJI.get(c, c)) for c in year or "")


def _western(era: str, year: str) -> int:
    return ERA_START[era] + (1 if year == "元" else int(read_number(year) or 0))


def _number(match: re.Match[str], text: str, end: int) -> tuple[Decimal | None, Decimal | None, str | None, int]:
    if not match["high"] and match["unit1"] and match["unit"]:
        end = match.end("unit1")  # 「2回分」「1人年間3回」: the unit that stands first counts
    written_unit = match["unit1"] if match["unit1"] and not match["high"] else match["unit"] or match["unit1"]
    unit = _UNIT_OF.get(written_unit) if written_unit else None
    low, high = read_number(match["low"]), read_number(match["high"] or match["low"])
    if low is None or high is None:
        return None, None, None, end
    factor = _BIG.get(match["big"] or "", 1) * (10 if written_unit == "割" else 1)
    low, high = _share_scale(low, high, match) * factor, high * factor
    closed = _RANGE_END.match(text, end)
    if match["high"] and match["unit1"] and unit != "age" and "から" in match[0] and not closed:
        # 「59人から220人超」 tells two numbers, not a range; 「22歳から29歳」 is one
        return _bounded(low, _UNIT_OF[match["unit1"]], text, match.start(), match.end("unit1"))
    if match["high"]:
        return low, high, unit, closed.end() if closed else end
    return _bounded(low, unit, text, match.start(), end)


def _share_scale(low: Decimal, high: Decimal, match: re.Match[str]) -> Decimal:
    """「25~30万円」 begins at 250,000: a bare lower end takes the scale of the upper one."""
    scale = re.search("[千万億]$", match["high"] or "")
    if scale is None or match["unit1"] or not match["low"].isdigit() or low * _BIG[scale[0]] > high:
        return low
    return low * _BIG[scale[0]]


def _bounded(
    number: Decimal, unit: str | None, text: str, start: int, end: int
) -> tuple[Decimal | None, Decimal | None, str | None, int]:
    """The bound that stands right after (Japanese) or before (English) a number."""
    after = _AFTER.match(text, end) or _AFTER.match(text, end + 1 if text[end : end + 1] == " " else end)
    before = _BEFORE.search(text[max(0, start - 30) : start])
    found = after or before
    if found is None:
        return number, number, unit, end
    name = found.lastgroup
    if after is not None and after.group() == "から" and unit not in {"age", "year"}:
        return number, number, unit, end
    if after is not None and after.group() == "まで" and text[max(0, start - 1)] == "第":
        return number, number, unit, end  # 「第4期まで」 numbers a thing and sets no limit
    stop = after.end() if after else end
    whole = unit in _INTEGER_UNITS or (unit is None and number == number.to_integral_value())
    step = Decimal(1) if whole else Decimal(0)
    bounds = {
        "lt": (None, number - step), "le": (None, number), "ge": (number, None), "gt": (number + step, None),
    }  # fmt: skip
    low, high = bounds[name or "le"]
    return low, high, unit, stop


def missing_values(needed: Iterable[Value], present: Iterable[Value]) -> tuple[Value, ...]:
    """Those of `needed` for which no value of `present` is the same, be it told as a range or end by end.

    「22歳以上30歳未満」 and 「1,000字から1,500字」 tell 「22〜29歳」 and 「1,000〜1,500字」, each only with both ends.
    """
    told, have = tuple(needed), tuple(present)
    return tuple(
        v
        for v in told
        if not any(v.same(other) or _tells_an_end(v, other, told) for other in have)
        and not any(_tell_both_ends(v, one, other) for one, other in pairwise(have))
    )


def _tell_both_ends(value: Value, one: Value, other: Value) -> bool:
    """「小学1年から3年まで」 for 「小学1年から小学3年」: the ends of a range stand side by side."""
    if value.kind != "number" or None in {value.low, value.high} or value.low == value.high:
        return False
    if not (value.kind == one.kind == other.kind and value.unit == one.unit == other.unit):
        return False
    return (one.low, other.high) == (value.low, value.high) and one.high is None and other.low in {None, other.high}


def _tells_an_end(value: Value, whole: Value, told: Iterable[Value]) -> bool:
    ends = _ends(value)
    if whole.kind != "number" or None in {whole.low, whole.high} or whole.low == whole.high or ends is None:
        return False
    if not ends[2] & {None, whole.unit}:
        return False
    others = [e for e in map(_ends, told) if e is not None and e[2] & {None, whole.unit}]
    lower = any(low == whole.low and high in {None, low} for low, high, _ in others)
    upper = any(high == whole.high and low in {None, high} for low, high, _ in others)
    own = (ends[0] == whole.low and ends[1] in {None, ends[0]}) or (
        ends[1] == whole.high and ends[0] in {None, ends[1]}
    )
    return own and lower and upper


def _ends(value: Value) -> tuple[Decimal | None, Decimal | None, frozenset[str | None]] | None:
    """The bounds of a value as numbers, with the units they may have; a calendar year is the number of a year."""
    if value.kind == "number" and not isinstance(value.low, str) and not isinstance(value.high, str):
        return value.low, value.high, frozenset({value.unit})
    if value.kind == "date" and isinstance(value.low, str) and value.low.isdigit():
        return Decimal(value.low), Decimal(value.low), frozenset({"year"})
    return None


def years_named(text: str) -> frozenset[int]:
    """The fiscal or calendar years that a text names, Western."""
    years = set()
    for value in read_values(text):
        if value.kind in {"date", "fiscal_year"} and isinstance(value.low, str) and value.low[:4].isdigit():
            years.add(int(value.low[:4]))
    return frozenset(years)


def fiscal_year_of(day: date) -> int:
    """Japan's fiscal year: April to March."""
    return day.year if day.month >= 4 else day.year - 1


def era_year(year: int) -> str:
    """2025 -> 令和7, 2018 -> 平成30 (the era that most of the fiscal year lies in)."""
    era = next((name for name, start in ERA_START.items() if year > start), None)
    if era is None:
        return str(year)
    number = year - ERA_START[era]
    return f"{era}{'元' if number == 1 else number}"
