"""Dates told by another date (翌年, 同年9月, the year before, 「2か月後の9月」) -> the dates they mean.

In: folded text. Out: the text with each such word replaced by the year, or the year and month, that it means by the
last date before it; what only repeats a date beside it (翌2022年) goes, if it reckons rightly. The rest stays as it is.
"""

from __future__ import annotations

import re

from rag.language.values import read_values

_STEPS = {
    "翌々年": 2, "翌年": 1, "前年": -1, "同年": 0, "同じ年": 0, "その年": 0, "翌月": 1, "前月": -1, "同月": 0,
    "same": 0, "following": 1, "next": 1, "previous": -1, "after": 1, "before": -1, "later": 1, "earlier": -1,
}  # fmt: skip
_RELATIVE = re.compile(
    r"(?P<beside>(?:その)?翌(?:年の)?)(?=(?P<year>\d{4})年)"
    r"|(?P<since>(?:その)?(?P<months>\d{1,2})(?:か|カ|ヶ|ヵ|ケ|箇)月後の)(?=(?P<month>\d{1,2})月)"
    r"|(?P<in_month>翌月|同月|前月)の?(?=\d{1,2}日)"
    r"|(?P<ja>翌々年|翌年|前年|(?:同|同じ|その)年(?=度?の?\d{1,2}月))(?P<fiscal>度)?(?:の(?=\d{1,2}月))?"
    r"|\b(?:(?:of|in) )?(?:(?:the|that) (?P<en>same|following|next|previous) (?:fiscal )?year"
    r"|(?:the|a|one) year (?P<by>after|before|later|earlier))(?= *(?:[,.;:)(]|and\b|$))"
)


def resolve_dates(folded: str) -> str:
    """The text with the dates that its relative words mean."""
    at = 0
    while found := _RELATIVE.search(folded, at):
        meant = _reckon(found, folded[: found.start()])
        at = found.end() if meant is None else found.start() + len(meant)
        if meant is not None:
            folded = folded[: found.start()] + meant + folded[found.end() :]
    return folded


def _reckon(found: re.Match[str], before: str) -> str | None:
    """What stands for the words found; None where the text before names no date that they can be told by."""
    dates = [v for v in read_values(before) if v.kind in {"date", "fiscal_year"} and str(v.low)[:1].isdigit()]
    if not dates:
        return None
    year, month = int(str(dates[-1].low)[:4]), int(str(dates[-1].low)[5:7] or 0)
    fiscal = dates[-1].kind == "fiscal_year"
    if found["beside"] or found["since"]:
        return "" if _reckons(found, year, month) else None
    if found["in_month"]:
        return _write_month(year, month, _STEPS[found["in_month"]]) if month else None
    if found["ja"]:
        return f"{year + _STEPS[found['ja']]}年{found['fiscal'] or ''}" if fiscal == bool(found["fiscal"]) else None
    of_month, year = found.group().startswith("of "), year + _STEPS[found["en"] or found["by"]]
    return str(year) if of_month else f"in {'fiscal year ' if fiscal else ''}{year}"


def _reckons(found: re.Match[str], year: int, month: int) -> bool:
    """Whether the year or month that is told beside the words is the one they mean."""
    if found["beside"]:
        return int(found["year"]) == year + 1
    return bool(month) and (month + int(found["months"]) - 1) % 12 + 1 == int(found["month"])


def _write_month(year: int, month: int, step: int) -> str:
    later, number = divmod(month - 1 + step, 12)
    return f"{year + later}年{number + 1}月"
