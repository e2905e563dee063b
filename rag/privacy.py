"""Masks for personal data, applied before a question is logged, stored or sent to a model.

In: text. Out: the text with telephone numbers, e-mail addresses, My Number, card numbers, birth dates and postal
addresses replaced by a word in brackets, and the kinds that were found. Numbers of public offices (03-5321-1111, 0570…)
and the dates, years and amounts that questions are about stay. It cannot know names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.language.normalise import Normalised, normalise

_SEP = r"[-~\s.()ー・_/]{0,2}"
_GAP = r"[-\s・_.]?"  # between the groups of a card or My Number
_DIGITS = r"(?:\d{1,4}|[〇一二三四五六七八九十百]{1,4})"
_PUBLIC = re.compile(r"^(?:0570|0120|0800|110$|119$|0353211111|0353881111)")
_PREFECTURE = "東京都|北海道|(?:京都|大阪)府|[一-鿿]{2,3}県"
# 「港区では3-4年」 counts years, it is no house number
_COUNTED = "年|か月|[ヶカヵケ箇]月|月|日|週|時間|回|人|名|歳|割|倍|%|件|社"
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "メールアドレス",
        re.compile(
            r"(?<![a-z0-9._%+-])[a-z0-9._%+-]+\s?(?:@|\[at\]|\(at\)|[☆★]|アットマーク)\s?"
            r"(?:[a-z0-9-]+(?:\.[a-z0-9-]+)+|[a-z0-9ぁ-んァ-ヶー一-鿿-]{1,30}\.[a-z]{2,})"
        ),
    ),
    (
        "カード番号",
        re.compile(
            rf"(?<![\d+])(?:(?:\d{{4}}{_GAP}){{3}}\d{{4}}|3[47]\d{{2}}{_GAP}\d{{6}}{_GAP}\d{{5}}"
            rf"|3[068]\d{{2}}{_GAP}\d{{6}}{_GAP}\d{{4}})(?!\d)"
        ),
    ),
    ("マイナンバー", re.compile(rf"(?<![\d+])\d{{4}}{_GAP}\d{{4}}{_GAP}\d{{4}}(?!\d)")),
    (
        "電話番号",
        re.compile(
            rf"(?<!\d)(?:(?:\+|00)81{_SEP}(?:\(0\))?[1-9]\d{{0,3}}|0\d{{1,4}}){_SEP}\d{{1,4}}{_SEP}\d{{3,4}}(?!\d)"
        ),
    ),
    (
        "生年月日",
        re.compile(
            r"(?:(?:19[2-9]\d|20[0-2]\d)[年/.-]\d{1,2}[月/.-]\d{1,2}日?"
            r"|(?<!\d)(?:19[2-9]\d|20[0-2]\d)[01]\d[0-3]\d"
            r"|(?:昭和|平成|令和)(?:元|\d{1,2})年\d{1,2}月\d{1,2}日"
            r"|(?<![a-z])[shr]\d{1,2}[./-]\d{1,2}[./-]\d{1,2})"
            r"(?=\s?(?:に?生|に?うま|born|[がは](?:誕生日|生年月日)))"
            r"|(?:生年月日|誕生日|生まれは|date of birth|birthday|(?<![a-z])dob(?![a-z]))(?:は|が|:|\bis\b|\s){0,3}"
            r"(?P<datum>[\d年月日/.元平成昭和令-]{4,12})"
            r"|(?<=born on )[\w ,/]{6,20}\d{4}"
        ),
    ),
    (
        "住所",
        re.compile(
            r"〒\s?\d{3}-?\d{4}|(?<=郵便番号)(?:は|:|\s){0,2}\d{3}-?\d{4}|(?<!\d)\d{3}-\d{4}(?=\s?(?:"
            + _PREFECTURE
            + "))"
        ),
    ),
    (
        "住所",
        re.compile(
            rf"(?:{_PREFECTURE})?[一-鿿ヶ]{{1,6}}[市区町村郡](?:"
            rf"[一-鿿ぁ-んァ-ヶー]{{1,20}}?\s?{_DIGITS}(?:丁目|番地?|-|の)\s?{_DIGITS}"
            rf"(?:番地?|-|の)?(?:\s?{_DIGITS})?(?:号)?(?!\d|\s?(?:{_COUNTED}))(?:[^\s、。]{{0,3}}\s?[^\s、。]{{1,12}}号室)?"
            rf"|[一-鿿ぁ-んァ-ヶー]{{1,20}}?{_DIGITS}番地|[東西南北]{_DIGITS}条[東西南北]?{_DIGITS}(?:丁目|-\d))"
        ),
    ),
)
_PUBLIC_ADDRESS = re.compile(r"西新宿\s?(?:2|二)(?:丁目|-)(?:8|八)|163-?8001")
_YEARS = re.compile(r"(?:(?:19|20)\d\d[-\s]?)+")


@dataclass(frozen=True, kw_only=True)
class Masked:
    """The text as it may be kept, and the kinds of personal data taken out of it (empty where none)."""

    text: str
    kinds: tuple[str, ...]


def mask(text: str) -> Masked:
    """Replace every personal datum by 〔kind〕; full-width, spaced and hyphened forms alike."""
    kinds: list[str] = []
    for kind, pattern in _PATTERNS:
        normal = normalise(text)
        text, found = _replace(text, normal, kind, pattern)
        if found and kind not in kinds:
            kinds.append(kind)
    return Masked(text=text, kinds=tuple(kinds))


def _replace(text: str, normal: Normalised, kind: str, pattern: re.Pattern[str]) -> tuple[str, bool]:
    found = False
    for match in reversed(list(pattern.finditer(normal.text))):
        if not _personal(kind, match.group()):
            continue
        start, end = normal.original(*match.span("datum" if match.groupdict().get("datum") else 0))
        text = f"{text[:start]}〔{kind}〕{text[end:]}"
        found = True
    return text, found


def _personal(kind: str, written: str) -> bool:
    if kind == "電話番号":
        digits = re.sub(r"\D", "", re.sub(r"^(?:\+|00)81\D*0?", "0", written))
        return len(digits) in {10, 11} and not _PUBLIC.match(digits)
    if kind == "住所":
        return not _PUBLIC_ADDRESS.search(written)
    if kind in {"カード番号", "マイナンバー"}:
        return written.isdigit() or not _YEARS.fullmatch(written)  # 「2024 2025 2026年度」 are years
    return True
