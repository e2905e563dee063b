"""The sources panel: turns in, one line of HTML out. The newest turn's sources are open, earlier ones fold away.

Each source shows its quoted words marked in their context, and every label a reader needs to judge it: kind,
standing, wording, date, fiscal year, speaker, link. Pure; nothing is decided here, only shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.types import Answer, Citation, Language, Source
from ui.markup import (
    address_of_words,
    escape_lines,
    escape_text,
    format_date,
    format_fiscal_year,
    in_own_language,
    link,
)
from ui.texts import Words

WINDOW = 140  # characters of context kept on either side of the quoted words, at most
SENTENCE_END = re.compile(r"[。！？\n]|[.!?]\s")


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A question as asked and its answer; `number` counts from 1 within a conversation."""

    number: int
    question: str
    answer: Answer


def render_panel(turns: Sequence[Turn], words_of: dict[Language, Words]) -> str:
    """The sources of every answered turn, newest first; empty where nothing was cited.

    Only those of the last turn stand open: an abstention must not look as if it rested on the answer before it.
    """
    cited = [turn for turn in reversed(turns) if turn.answer.sentences]
    return "".join(_render_turn(turn, words_of[turn.answer.language], newest=turn is turns[-1]) for turn in cited)


def _render_turn(turn: Turn, words: Words, *, newest: bool) -> str:
    cards = "".join(_render_card(turn, cited, words) for cited in group_by_number(turn.answer))
    lang = turn.answer.language
    if newest:
        return f'<section class="turn-sources" id="sources-{turn.number}" lang="{lang}">{cards}</section>'
    short = turn.question if len(turn.question) <= 30 else turn.question[:30] + "…"
    heading = escape_text(words.say("earlier_sources", question=short))
    return (
        f'<details class="turn-sources" id="sources-{turn.number}" lang="{lang}">'
        f"<summary>{heading}</summary>{cards}</details>"
    )


def group_by_number(answer: Answer) -> list[list[Citation]]:
    """An answer's citations by number, ascending; equal ones once."""
    groups: dict[int, list[Citation]] = {}
    for sentence in answer.sentences:
        for citation in sentence.citations:
            known = groups.setdefault(citation.number, [])
            if citation not in known:
                known.append(citation)
    return [groups[number] for number in sorted(groups)]


def _render_card(turn: Turn, cited: list[Citation], words: Words) -> str:
    first = cited[0]
    title = link(_address(first), in_own_language(first.source.title, words.language), css="src-title")
    return (
        f'<article class="src" id="src-{turn.number}-{first.number}" tabindex="-1">'
        f'<h3><span class="src-number">{first.number}</span> {title}</h3>'
        f"{_render_tags(first, words)}{_render_contexts(cited)}"
        f'<p class="wording-note">{escape_text(words.say(f"{first.passage.wording}_note"))}</p>'
        f"{_render_facts(first, words)}{_render_ways(turn, first, words)}</article>"
    )


def _render_contexts(cited: list[Citation]) -> str:
    """The passages, one for each, with all words marked that were quoted from it."""
    by_passage: dict[str, list[Citation]] = {}
    for citation in cited:
        by_passage.setdefault(citation.passage.id, []).append(citation)
    return "".join(
        f'<blockquote lang="{group[0].passage.lang}">'
        f"{mark_quotes(group[0].passage.text, [each.quote for each in group])}</blockquote>"
        for group in by_passage.values()
    )


def mark_quotes(text: str, quotes: Sequence[str]) -> str:
    """The text around the quotes as HTML, each quote in <mark>; what is left out shows as …"""
    spans = _merge_spans([(text.index(quote), text.index(quote) + len(quote)) for quote in quotes])
    first, last = _open_window(text, spans[0][0]), _close_window(text, spans[-1][1])
    pieces, at = ["…" if first else ""], first
    for start, end in spans:
        pieces += [escape_lines(text[at:start]), "<mark>", escape_lines(text[start:end]), "</mark>"]
        at = end
    return "".join([*pieces, escape_lines(text[at:last]), "…" if last < len(text) else ""])


def _open_window(text: str, start: int) -> int:
    """Where the context before a quote begins: at a sentence, where one begins within the window."""
    first = max(0, start - WINDOW)
    ended = SENTENCE_END.search(text, first, start) if first else None
    return ended.end() if ended else first


def _close_window(text: str, end: int) -> int:
    """Where the context after a quote ends: with a sentence, where one ends within the window."""
    last = min(len(text), end + WINDOW)
    ends = [found.end() for found in SENTENCE_END.finditer(text, end, last)]
    return ends[-1] if ends and last < len(text) else last


def _merge_spans(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def kind_name(source: Source, words: Words) -> str:
    """規則・FAQ・統計・体験談; news is 発表 where official, 報道 where a third party's."""
    press = source.kind == "news" and source.standing == "third_party"
    return words.say("kind_press" if press else f"kind_{source.kind}")


def _render_tags(citation: Citation, words: Words) -> str:
    tags = (
        ("kind", kind_name(citation.source, words)),
        (citation.source.standing, words.say(f"standing_{citation.source.standing}")),
        (citation.passage.wording, words.say(f"wording_{citation.passage.wording}")),
    )
    rows = "".join(f'<li class="tag {css}">{escape_text(name)}</li>' for css, name in tags)
    return f'<ul class="tags">{rows}</ul>'


def _render_facts(citation: Citation, words: Words) -> str:
    source, passage, lang = citation.source, citation.passage, words.language
    date = _date(source, lang) + _bracket(source.as_of_note, source.as_of)
    year = format_fiscal_year(source.fiscal_year, lang) if source.fiscal_year else ""
    who = (passage.speaker or "") + _bracket(passage.affiliation, passage.speaker)
    facts = (
        ("publisher", source.publisher),
        ("as_of", date or ("" if year else words.say("no_date"))),
        ("fiscal_year", year),
        ("speaker", who),
    )
    rows = "".join(
        f"<dt>{escape_text(words.say(name))}</dt><dd>{in_own_language(value, lang)}</dd>"
        for name, value in facts
        if value
    )
    return f'<dl class="facts">{rows}</dl>'


def _date(source: Source, language: Language) -> str:
    return format_date(source.as_of, language) if source.as_of else ""


def _bracket(text: str | None, beside: str | None) -> str:
    """The text, in brackets where something stands before it."""
    return "" if not text else f"（{text}）" if beside else text


def _render_ways(turn: Turn, citation: Citation, words: Words) -> str:
    """The way out to the page, and the way back to the sentence."""
    new = f'<span class="vh">（{escape_text(words.say("new_window"))}）</span>'
    out = link(_address(citation), escape_text(words.say("open_source")) + new, css="out")
    back = f'<a class="back" href="#answer-{turn.number}">{escape_text(words.say("back_to_answer"))}</a>'
    return f'<p class="ways">{out} {back}</p>'


def _address(citation: Citation) -> str:
    """The page; for an original, with a fragment that lands on the quoted words."""
    url = citation.source.url
    return address_of_words(url, citation.quote) if citation.passage.wording == "original" else url
