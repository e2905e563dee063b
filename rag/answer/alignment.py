"""Which of the statements that may be quoted a sentence rests on: one, or two where one alone leaves facts open.

In: the sentence's reading, the readings of the statements it cites, the words of their headings. Out: the statements
chosen, in reading order, and the share of the sentence's content words and figures that they and their headings
hold. It judges nothing: whether what is said agrees with them is checks.py's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from rag.answer.denials import Atom, same_denial, same_topic, weigh
from rag.answer.reading import Figure, Reading
from rag.language.values import Value

MOST = 2
DENIAL = 1.5  # a negation found counts as so many words
FIGURE = 1.5  # a figure found counts as so many words
COUNTED = 0.5  # words that a figure counts as in the share of a sentence that is covered
WORTH = 2.0  # what a second statement must add, at least
FIRST_MONTH = 4  # of a fiscal year
_BARE_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, kw_only=True)
class Quotable:
    """A statement that may be quoted: `place` is (passage, sentence) of the task, `head` the keys of its headings."""

    place: tuple[int, int]
    reading: Reading
    head: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Alignment:
    """The statements that a sentence rests on, and how much of it they cover (0 … 1)."""

    quotes: tuple[Quotable, ...]
    coverage: float
    uncovered: tuple[Atom, ...]

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The figures of the quotes."""
        return tuple(f for quote in self.quotes for f in quote.reading.figures)

    @property
    def keys(self) -> frozenset[str]:
        """Every key of the quotes' own words."""
        return frozenset(key for quote in self.quotes for key in quote.reading.keys)

    @property
    def head(self) -> frozenset[str]:
        """Every key of the headings above the quotes."""
        return frozenset(key for quote in self.quotes for key in quote.head)


def align(sentence: Reading, quotables: Sequence[Quotable]) -> Alignment | None:
    """The best one or two statements; None where there is none to choose from."""
    chosen: list[Quotable] = []
    while len(chosen) < MOST:
        rest = [q for q in quotables if q not in chosen]
        if not rest:
            break
        gain, best = max(((_worth(sentence, [*chosen, q]), q) for q in rest), key=lambda pair: pair[0])
        if chosen and gain - _worth(sentence, chosen) < WORTH and not _opens_figures(sentence, chosen, best):
            break
        chosen.append(best)
    if not chosen:
        return None
    keys = frozenset().union(*(q.reading.keys | q.head for q in chosen))
    uncovered = tuple(a for a in sentence.atoms if not covers(keys, a))
    figures = [f for q in chosen for f in q.reading.figures]
    told = COUNTED * sum(stands(f, figures) for f in sentence.figures)
    total = sum(map(weigh, sentence.atoms)) + told
    share = 1.0 - sum(map(weigh, uncovered)) / total if total else 1.0
    return Alignment(quotes=tuple(sorted(chosen, key=lambda q: q.place)), coverage=share, uncovered=uncovered)


def covers(keys: frozenset[str], atom: Atom) -> bool:
    """Whether a word is met: by a key it shares, or (kanji) by being part of a word that is there."""
    if keys & atom.keys:
        return True
    own = next((key[2:] for key in atom.keys if key.startswith("k:")), "")
    return len(own) >= 2 and any(key.startswith("k:") and (own in key or key[2:] == own[:2]) for key in keys)


def same_figure(said: Figure, quoted: Figure) -> bool:
    """Equal by value, bound, unit and order; a date may be said less exactly than it is quoted."""
    if said.value.kind == "date" and _BARE_YEAR.fullmatch(quoted.value.written):
        return said.value.low == quoted.value.written  # "in 2021 are the first intake, 2022 the second"
    if said.value.kind != quoted.value.kind or (said.strict != quoted.strict and not _whole(said.value)):
        return False
    if said.value.kind != "number":
        return _same_date(str(said.value.low), str(quoted.value.low))
    if said.value.unit and quoted.value.unit and said.value.unit != quoted.value.unit:
        return False
    return same_order(said, quoted) and _ends(said.value) <= _ends(quoted.value)


def _is_span(said: Figure, quoted: Sequence[Figure]) -> bool:
    """「25歳から49歳まで」 for 「25歳以上50歳未満」: the ends of a range are bounds that stand side by side."""
    low, high = said.value.low, said.value.high
    if said.value.kind != "number" or low is None or high is None or low == high:
        return False
    bounds = [q for q in quoted if q.value.kind == "number" and q.value.unit == said.value.unit]
    return any(
        a.value.low == low and a.value.high is None and b.value.low in {None, high} and b.value.high == high
        for a, b in pairwise(bounds)
    )


def same_order(one: Figure, other: Figure) -> bool:
    """1次 is not 1級: where either counts an order, both must count the same."""
    return one.suffix == other.suffix or not any(s and s in ORDINALS for s in (one.suffix, other.suffix))


ORDINALS = "次級号期類位章条項版対目"


def _ends(value: Value) -> frozenset[tuple[str, object]]:
    """An exact number as itself; a range as its two ends, so that it may be told end by end."""
    if value.low == value.high:
        return frozenset({("is", value.low)})
    ends: set[tuple[str, object]] = set()
    if value.low is not None:
        ends.add(("from", value.low))
    if value.high is not None:
        ends.add(("to", value.high))
    return frozenset(ends)


def _whole(value: Value) -> bool:
    """Whether a strict bound was already turned into its inclusive neighbour (61歳未満 = 60歳以下)."""
    return value.unit in {"age", "person", "year", "month", "day", "times", "item", "type", None}


def _same_date(said: str, quoted: str) -> bool:
    if said == quoted or quoted.startswith(said + "-"):
        return True
    return said.startswith("-") and re.fullmatch(r"\d{4}" + re.escape(said[1:]) + r"(?:-\d\d)?", quoted) is not None


def stands(said: Figure, quoted: Sequence[Figure]) -> bool:
    """Whether a figure is among the quoted ones; the two ends of a range may be told as plain numbers in turn."""
    if any(same_figure(said, q) or _is_end(said, q) or _is_within(said, q) for q in quoted):
        return True
    return _is_span(said, quoted) or _is_month_of_year(said, quoted) or any(_is_last_before(said, q) for q in quoted)


def _is_last_before(said: Figure, quoted: Figure) -> bool:
    """「2025年3月まで」 for 「2025年4月より前」, and the reverse: the two sides of one moment."""
    sides = (said.side, quoted.side)
    if said.value.kind != quoted.value.kind or sides not in {("until", "before"), ("before", "until")}:
        return False
    last, first = (said, quoted) if said.side == "until" else (quoted, said)
    return _next_after(str(last.value.low)) == str(first.value.low)


def _next_after(written: str) -> str | None:
    """The day after a day, the month after a month, the year after a year; None where no year is told."""
    parts = [int(part) for part in written.split("-") if part]
    if not written[:1].isdigit() or not parts:
        return None
    year, month, day = (*parts, 1, 1)[:3]
    if len(parts) == 1:
        return str(year + 1)
    if len(parts) == 2:
        return f"{year + month // 12}-{month % 12 + 1:02d}"
    return (date(year, month, day) + timedelta(days=1)).isoformat()


def _is_month_of_year(said: Figure, quoted: Sequence[Figure]) -> bool:
    """「2024年6月」 for 「令和6年度(2024年度)に、6月から」: only one year is quoted, the month or the day alone."""
    written = re.fullmatch(r"(\d{4})-(\d\d)((?:-\d\d)?)", str(said.value.low))
    if said.value.kind != "date" or written is None:
        return False
    if not any(q.value.kind == "date" and str(q.value.low) == f"--{written[2]}{written[3]}" for q in quoted):
        return False
    fiscal = {str(q.value.low) for q in quoted if q.value.kind == "fiscal_year"}
    calendar = {str(q.value.low)[:4] for q in quoted if q.value.kind == "date" and str(q.value.low)[:1].isdigit()}
    if len(fiscal) == 1:
        return str(int(written[1]) - (int(written[2]) < FIRST_MONTH)) in fiscal
    return bool(written[3]) and not fiscal and calendar == {written[1]}


def _is_within(said: Figure, quoted: Figure) -> bool:
    """ "within 2 weeks" for "in 2 weeks": what is done in a time is done within it."""
    if quoted.within and said.value.kind == quoted.value.kind == "number" and said.value.unit == quoted.value.unit:
        return said.value.low is None and not said.strict and said.value.high == quoted.value.high
    return False


def _is_end(said: Figure, quoted: Figure) -> bool:
    """「1,000字から1,500字」 for 「1,000〜1,500字」: the plain number is an end of the range quoted."""
    value = said.value
    if value.kind != "number" or quoted.value.kind != "number" or value.low != value.high:
        return False
    if value.unit and quoted.value.unit and value.unit != quoted.value.unit:
        return False
    if quoted.value.low is None or quoted.value.high is None or quoted.value.low == quoted.value.high:
        return False
    return (value.low == quoted.value.low and said.side != "until") or (
        value.low == quoted.value.high and said.side != "from"
    )


def _worth(sentence: Reading, chosen: Sequence[Quotable]) -> float:
    keys = frozenset().union(*(q.reading.keys for q in chosen))
    figures = [f for q in chosen for f in q.reading.figures]
    words = sum(weigh(a) for a in sentence.atoms if covers(keys, a))
    denials = [d for q in chosen for d in q.reading.denials]
    denied = sum(any(same_denial(d, other) and same_topic(d, other) for other in denials) for d in sentence.denials)
    return words + DENIAL * denied + FIGURE * sum(stands(f, figures) for f in sentence.figures)


def _opens_figures(sentence: Reading, chosen: Sequence[Quotable], further: Quotable) -> bool:
    """Whether a further statement holds a figure that the chosen ones lack."""
    have = [f for q in chosen for f in q.reading.figures]
    return any(not stands(f, have) and stands(f, further.reading.figures) for f in sentence.figures)
