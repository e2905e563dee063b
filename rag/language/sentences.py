"""Where the sentences of a text begin and end.

In: Japanese or English text. Out: slices of that very text, in order, without overlap; every character that is not
white space lies in exactly one of them, and white space around a sentence lies outside it.
It does not change, join or judge sentences, and it loads no dictionary.

A sentence ends at a line's end, after 。 ． ｡ ！ ？ ! ?, and after an English full stop that white space and a
capital follow. No mark ends one inside a pair of brackets that both stand in the same line, in a URL, in a number or
after an abbreviation. Marks and closing brackets that follow the end belong to the sentence before them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LINE = re.compile(r"[^\n\r\v\f\x85\u2028\u2029]+")
_URL = re.compile(r"(?:https?://|www\.)[!-~]*[0-9A-Za-z/#=&_-]")
_END = re.compile(r"[。．｡！？!?.]")
_TAIL = re.compile(r"[。．｡！？!?.…)\]」』】〕）］｣》〉”’\"']*")
_PAIRS = dict(zip(")]」』】〕）］｣》〉”", "([「『【〔（［｢《〈“", strict=True))
_OPENERS = frozenset(_PAIRS.values())
_WORD = re.compile(r"(?<![0-9A-Za-z/?=&_#%-])[A-Za-z][A-Za-z.]*$")
_INITIALS = re.compile(r"(?:[A-Za-z]\.)*[A-Za-z]")
_ABBREVIATIONS = frozenset(
    {
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "st",
        "vs",
        "cf",
        "fig",
        "figs",
        "vol",
        "approx",
        "ca",
        "dept",
        "gov",
        "ph.d",
        "co",
    }
    | {"jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"}
)
_LONGEST_WORD = 16
_NUMBERING = re.compile(r"\s*[(（\[]?(?:[0-9０-９]{1,3}|[A-Za-z])")
_LONGEST_NUMBERING = 8
_NOTHING = re.compile(r"\s*$")
_CAPITAL = re.compile(r"\s+[\"'“‘(\[「『（]*[^\W\d_a-zぁ-ん]")
_SMALL = re.compile(r"\s+[a-z]")


@dataclass(frozen=True, kw_only=True)
class Slice:
    """`text[start:end]`: offsets of characters, base 0, end excluded."""

    start: int
    end: int


def split_sentences(text: str) -> list[Slice]:
    """The sentences of `text`, first to last; none where there is only white space."""
    found: list[Slice] = []
    for line in _LINE.finditer(text):
        begin = 0
        for end in [*_ends(line.group()), len(line.group())]:
            found += _trimmed(text, line.start() + begin, line.start() + end)
            begin = end
    return found


def _trimmed(text: str, start: int, end: int) -> list[Slice]:
    """The slice without the white space at both ends; nothing if nothing remains."""
    words = text[start:end]
    begin = start + len(words) - len(words.lstrip())
    stop = start + len(words.rstrip())
    return [Slice(start=begin, end=stop)] if begin < stop else []


def _ends(line: str) -> Iterator[int]:
    """Offsets just behind the sentences of one line, the last sentence without an end mark left out."""
    enclosed = _enclosed(line)
    begin = at = 0
    while mark := _END.search(line, at):
        at = mark.end()
        if enclosed[mark.start()] or not _ends_here(line, begin, mark.start()):
            continue
        at = begin = _before_quotation(line, at, _behind_tail(line, mark.start()))
        yield at


def _before_quotation(line: str, start: int, end: int) -> int:
    """A straight quotation mark behind white space or before a word opens the next sentence: stop in front of it."""
    while end > start and line[end - 1] in "\"'" and line[end : end + 1].isalnum():
        end -= 1
    return end


def _enclosed(line: str) -> list[bool]:
    """For every character: does it lie within a pair of brackets? Brackets without a partner enclose nothing."""
    depth_changes = [0] * (len(line) + 1)
    opened: list[int] = []
    for at, character in enumerate(line):
        if character in _OPENERS:
            opened.append(at)
        elif character in _PAIRS:
            depth = len(opened) - 1
            while depth >= 0 and line[opened[depth]] != _PAIRS[character]:
                depth -= 1
            if depth >= 0:
                depth_changes[opened[depth]] += 1
                depth_changes[at] -= 1
                del opened[depth:]
    return _positive_sums(depth_changes, _url_places(line))


def _positive_sums(changes: list[int], also: set[int]) -> list[bool]:
    """Where the running sum is above zero, or the place is one of `also`."""
    inside, depth = [], 0
    for at, change in enumerate(changes):
        depth += change
        inside.append(depth > 0 or at in also)
    return inside


def _url_places(line: str) -> set[int]:
    """Offsets of the characters of URLs; punctuation behind a URL is not part of it."""
    return {at for url in _URL.finditer(line) for at in range(url.start(), url.end())}


def _ends_here(line: str, begin: int, at: int) -> bool:
    """Does the mark at `at` end the sentence that began at `begin`?"""
    mark, following = line[at], line[at + 1 : at + 2]
    if mark in "。｡！？":
        return True
    if mark in "!?":
        return not (following.isascii() and following.isalnum()) and not _SMALL.match(line, _behind_tail(line, at))
    if _numbers(line, begin, at):
        return False
    return _wide_stop(line, at) if mark == "．" else _full_stop(line, at)


def _behind_tail(line: str, at: int) -> int:
    """The offset behind the mark at `at` and the marks and closing brackets that follow it."""
    tail = _TAIL.match(line, at + 1)
    return tail.end() if tail else at + 1


def _numbers(line: str, begin: int, at: int) -> bool:
    """Is the point part of a number, or of a numbering at the head of a sentence (「1. 概要」)?"""
    if line[at - 1 : at].isdigit() and line[at + 1 : at + 2].isdigit():
        return True
    at_head = at - begin <= _LONGEST_NUMBERING and _NUMBERING.fullmatch(line, begin, at)
    return bool(at_head) and not _NOTHING.match(line, at + 1)


def _wide_stop(line: str, at: int) -> bool:
    """Is the full-width point a full stop, and not one between letters (a file's name)?"""
    around = line[at - 1 : at] + line[at + 1 : at + 2]
    return not (len(around) == 2 and around.isascii() and around.isalnum())


def _full_stop(line: str, at: int) -> bool:
    """Is the point a full stop: the line's end behind it, or a capital and no abbreviation before it?"""
    rest = _behind_tail(line, at)
    if _NOTHING.match(line, rest):
        return True
    word = _WORD.search(line[max(0, at - _LONGEST_WORD) : at])
    return bool(_CAPITAL.match(line, rest)) and not (word and _abbreviates(word.group()))


def _abbreviates(word: str) -> bool:
    """Does a point behind `word` belong to it («Dr», «U.S», «e.g», an initial)?"""
    return word.lower() in _ABBREVIATIONS or _INITIALS.fullmatch(word) is not None
