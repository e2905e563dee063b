"""What a page says of the time it holds for: its date, and the fiscal year it is about.

In: a page as read. Out: a date (YYYY-MM or YYYY-MM-DD), a Western fiscal year, or None. It never infers: a page that
does not say is not dated.
"""

from __future__ import annotations

import re
import unicodedata

from rag.parse.detect import stated_as_of
from rag.types import Document

__all__ = ["stated_as_of", "stated_fiscal_year"]

_ERAS = {"令和": 2018, "平成": 1988}
_FISCAL_YEAR = re.compile(
    r"(?:(?P<era>令和|平成)\s*(?P<counted>元|\d{1,2})|(?P<year>(?:19|20)\d\d))\s*年度(?!末|の?実績|まで|から|以[前降来後])"
    r"|(?:fiscal year|FY)\s*(?P<english>20\d\d)",
    re.I,
)
_TOP_LINES = 4


def stated_fiscal_year(document: Document) -> int | None:
    """The fiscal year in the title; else the one that the top lines and headings name, where it is one alone."""
    if (titled := _years(document.title)) and len(titled) == 1:
        return titled.pop()
    top = document.text.split("\n")[:_TOP_LINES]
    headings = [h for section in document.sections[:2] for h in section.heading_path]
    named = {year for line in (*top, *headings) if len(line) <= 60 for year in _years(line)}
    return named.pop() if len(named) == 1 else None


def _years(text: str) -> set[int]:
    return {_read(found) for found in _FISCAL_YEAR.finditer(unicodedata.normalize("NFKC", text))}


def _read(found: re.Match[str]) -> int:
    if found["era"]:
        return _ERAS[found["era"]] + (1 if found["counted"] == "元" else int(found["counted"]))
    return int(found["year"] or found["english"])
