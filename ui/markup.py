"""Safe pieces of markup: plain text in, HTML out that neither a browser nor Gradio's Markdown reads as anything else.

Also how dates and fiscal years are written for people. Pure. It decides nothing about what is shown.
"""

from __future__ import annotations

import html
import re
from calendar import month_name
from functools import cache, lru_cache
from urllib.parse import quote as percent
from urllib.parse import urlsplit

import budoux

from rag.types import Language, Source

# Signs that HTML or Markdown reads; as character references they are letters and nothing else.
_REFERENCES = {ord(sign): f"&#{ord(sign)};" for sign in "&<>\"'\\`*_{}[]()#+-.!|~$:/@=^"}
# Invisible signs that carry hidden text or turn the reading direction; one ideographic variation selector
# (U+E0100–E01EF) stays, since they tell people's names apart.
_INVISIBLE = (
    *range(0x20),
    *range(0x7F, 0xA0),
    0x00AD,
    0x034F,
    0x061C,
    0x115F,
    0x1160,
    *range(0x180B, 0x1810),
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    *range(0xFE00, 0xFE10),
    0x3164,
    0xFEFF,
    0xFFA0,
    *range(0xFFF9, 0xFFFC),
    *range(0xE0000, 0xE0100),
    *range(0xE01F0, 0xE1000),
)
_DROPPED = dict.fromkeys(_INVISIBLE) | {ord("\n"): " ", ord("\t"): " "}
_MORE_SELECTORS = re.compile("(?<=[\U000e0100-\U000e01ef])[\U000e0100-\U000e01ef]+")
_JAPANESE = re.compile(r"[\u3041-\u30ff\u3400-\u9fff]")
_MONTHS = tuple(month_name)[1:]


def escape_text(text: str) -> str:
    """Text as HTML: never an element, a link, an image or Markdown; invisible and control characters dropped."""
    return _drop_invisible(text).translate(_REFERENCES)


def _drop_invisible(text: str) -> str:
    return _MORE_SELECTORS.sub("", text.translate(_DROPPED))


def escape_lines(text: str) -> str:
    """Text as HTML that keeps its line breaks, those at its ends too."""
    return "<br>".join(escape_text(line) for line in text.split("\n"))


@cache
def _phrase_parser() -> budoux.Parser:
    """The phrase splitter; loading its model takes a millisecond, once."""
    return budoux.load_default_japanese_parser()


def break_phrases(text: str, language: Language, *, keep: int = 0) -> str:
    """Text as HTML in which Japanese lines may break only between phrases; copying gives the text unchanged.

    The last `keep` characters are left out, for the caller to set.
    """
    shown = _drop_invisible(text)
    shown = shown[: len(shown) - keep]
    if language != "ja" or not shown:
        return escape_text(shown)
    return _cut(shown)


@lru_cache(maxsize=4096)  # of the material alone: what a visitor writes is not cut
def _cut(text: str) -> str:
    """A conversation is drawn anew with every question, and its answers' words are the same few thousand."""
    return "<wbr>".join(escape_text(phrase) for phrase in _phrase_parser().parse(text))


def in_own_language(text: str, around: Language) -> str:
    """A name or a date as HTML, marked where it is in another language than what stands around it."""
    own: Language = "ja" if _JAPANESE.search(text) else "en"
    shown = break_phrases(text, own)
    return f'<span lang="ja">{shown}</span>' if own == "ja" and around == "en" else shown


def link(url: str, label_html: str, *, css: str = "") -> str:
    """A link to a source or a contact in a new tab; a URL that is not http(s) leaves only its label."""
    if not is_web_address(url):
        return label_html
    attribute = f' class="{css}"' if css else ""
    return f'<a href="{html.escape(url)}"{attribute} target="_blank" rel="noopener noreferrer">{label_html}</a>'


def is_web_address(url: str) -> bool:
    """Whether the URL may be linked: http or https, a host, and no sign that could end the attribute."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not any(sign in url for sign in ' "<>\\`\n')


def address_of_words(url: str, words: str) -> str:
    """The URL with a text fragment that lands on the quoted words (https://wicg.github.io/scroll-to-text-fragment/)."""
    words = " ".join(words.split())
    ends = [words] if len(words) <= 40 else [words[:16], words[-16:]]
    directive = ",".join(percent(end, safe="").replace("-", "%2D") for end in ends)
    return f"{url}{':~:' if '#' in url else '#:~:'}text={directive}"


def format_date(date: str, language: Language) -> str:
    """`YYYY`, `YYYY-MM` or `YYYY-MM-DD` as people write it: 2024年8月, August 2024."""
    parts = [int(part) for part in date.split("-")]
    if language == "ja":
        return "".join(f"{part}{unit}" for part, unit in zip(parts, "年月日", strict=False))
    month = [_MONTHS[parts[1] - 1]] if len(parts) > 1 else []
    day = [str(parts[2])] if len(parts) > 2 else []
    return " ".join([*day, *month, str(parts[0])])


def format_fiscal_year(year: int, language: Language) -> str:
    """A fiscal year, which begins in April: 令和6年度(2024年度), FY2024."""
    if language == "en":
        return f"FY{year}"
    era, first = ("令和", 2018) if year >= 2019 else ("平成", 1988)
    number = "元" if year - first == 1 else str(year - first)
    return f"{era}{number}年度（{year}年度）"


def dates_of(source: Source, language: Language) -> tuple[str, ...]:
    """What a source holds for: its fiscal year, its date, or what stands in place of one."""
    shown = []
    if source.fiscal_year:
        shown.append(format_fiscal_year(source.fiscal_year, language))
    if source.as_of:
        date = format_date(source.as_of, language)
        shown.append(f"{date}時点" if language == "ja" else date)
    if source.as_of_note:
        shown.append(source.as_of_note)
    return tuple(shown)
