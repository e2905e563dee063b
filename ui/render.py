"""An answer as the chat shows it: `Answer` in, one line of HTML out that is also safe as Gradio's Markdown.

Pure. Links come only from sources, contacts and the page's own anchors; there are no images and no Markdown. Anchors
carry the turn's number, so that those of two answers never meet (`src-3-1` is source 1 of turn 3). The sources panel
is ui/panel.py.
"""

from __future__ import annotations

from collections.abc import Iterable

from rag.types import Abstention, Answer, Citation, Language, Notice, Related, Sentence
from ui.markup import break_phrases, dates_of, escape_lines, escape_text, in_own_language, link
from ui.texts import Words

GLUED = 2  # characters of a sentence's end that stay on one line with its first number


def render_question(question: str, language: Language, words: Words) -> str:
    """What the person asked, as typed."""
    return (
        f'<div class="asked"><span class="vh">{escape_text(words.say("you"))}</span>'
        f'<div class="asked-text" lang="{language}">{escape_lines(question.strip())}</div></div>'
    )


def render_note(phrase: str, language: Language, *, css: str) -> str:
    """A remark of the page itself where an answer would stand: searching, stopped, failed."""
    return f'<div class="remark {css}" lang="{language}">{escape_text(phrase)}</div>'


def render_answer(answer: Answer, turn: int, words: Words) -> str:
    """An answer or an abstention, with notices and related material, in the answer's own language."""
    if answer.abstained:
        body = _render_abstention(answer.abstained, answer.language, words)
    else:
        body = _render_sentences(answer, turn) + _render_footing(answer, turn, words)
    notices = _render_notices(answer.notices, words)
    related = _render_related(answer.related, words) if answer.related else ""
    kind = "abstained" if answer.abstained else "answered"
    return f'<div class="answer {kind}" id="answer-{turn}" lang="{answer.language}">{body}{notices}{related}</div>'


def distinct(values: Iterable[str]) -> list[str]:
    """The values once each, in the order they first came."""
    return list(dict.fromkeys(values))


def _render_sentences(answer: Answer, turn: int) -> str:
    return "".join(
        _render_sentence(sentence, f"{turn}-{place}", answer.language)
        for place, sentence in enumerate(answer.sentences, start=1)
    )


def _render_sentence(sentence: Sentence, place: str, language: Language) -> str:
    """`place` is turn and sentence, such as 3-1; the citations' popovers are named after it."""
    label = f'<span class="label">{in_own_language(sentence.label, language)}</span>' if sentence.label else ""
    first, *others = (_render_mark(citation, place, language) for citation in sentence.citations)
    text, spoken = sentence.text.strip(), _language_of(sentence, language)
    head, tail = break_phrases(text, spoken, keep=GLUED), escape_text(text[-GLUED:])
    lang = f' lang="{spoken}"' if spoken != language else ""
    end = f'<span class="glue">{tail}{first}</span>{"".join(others)}'
    return f'<p class="sentence"><span{lang}>{head}</span>{end}{label}</p>'


def _language_of(sentence: Sentence, language: Language) -> Language:
    """The language a sentence is in: its passage's where it is a quote, else the answer's."""
    quotes = {citation.quote: citation.passage.lang for citation in sentence.citations}
    return quotes.get(sentence.text, language)


def _render_mark(citation: Citation, place: str, language: Language) -> str:
    """The number that leads to the source, and the quote shown while it is pointed at or focused."""
    turn = place.partition("-")[0]
    name = f"{place}-{citation.number}"
    where = "・".join((citation.source.title, *dates_of(citation.source, language)))
    return (
        f'<sup class="ref"><a class="cite" id="cite-{name}" href="#src-{turn}-{citation.number}">'
        f"&#91;{citation.number}&#93;</a>"
        f'<span class="pop" id="pop-{name}" role="tooltip">'
        f'<span class="pop-quote" lang="{citation.passage.lang}">{escape_text(citation.quote)}</span>'
        f'<span class="pop-where">{in_own_language(where, language)}</span></span></sup>'
    )


def _render_footing(answer: Answer, turn: int, words: Words) -> str:
    """Under the sentences: the dates, what wrote the answer, and the way to the sources."""
    citations = [citation for sentence in answer.sentences for citation in sentence.citations]
    shown = ("、" if answer.language == "ja" else "; ").join(_list_dates(citations, answer.language))
    line = words.say("as_of_line", dates=shown or words.say("no_date"))
    numbers = {citation.number for citation in citations}
    see = words.say("see_sources", count=len(numbers))
    return (
        f'<p class="footing"><span class="as-of">{escape_text(line)}</span> '
        f'<span class="mode">{escape_text(words.say(f"mode_{answer.mode}"))}</span></p>'
        f'<p class="to-sources"><a class="cite" href="#src-{turn}-{min(numbers)}">{escape_text(see)}</a></p>'
    )


def _list_dates(citations: list[Citation], language: Language) -> list[str]:
    """Years and dates once each; a note that stands in place of a date only for sources that have neither."""
    dates: list[str] = []
    for source in (citation.source for citation in citations):
        dated = bool(source.fiscal_year or source.as_of)
        dates += dates_of(source, language)[: -1 if dated and source.as_of_note else None]
    return distinct(dates)


def _render_abstention(abstained: Abstention, language: Language, words: Words) -> str:
    message = "".join(f"<p>{break_phrases(line, language)}</p>" for line in abstained.message.splitlines() if line)
    contact = link(abstained.contact.url, in_own_language(abstained.contact.name, language))
    return (
        f'<div class="message">{message}</div>'
        f'<p class="contact"><span class="contact-head">{escape_text(words.say("contact"))}</span>{contact}</p>'
    )


def _render_notices(notices: tuple[Notice, ...], words: Words) -> str:
    if not notices:
        return ""
    rows = "".join(_render_notice(notice, words) for notice in notices)
    return f'<ul class="notices">{rows}</ul>'


def _render_notice(notice: Notice, words: Words) -> str:
    tag = f'<strong class="tag">{escape_text(words.say(f"tag_{notice.code}"))}</strong>'
    return f'<li class="notice {notice.code}">{tag}<span>{escape_text(notice.message)}</span></li>'


def _render_related(related: tuple[Related, ...], words: Words) -> str:
    language = words.language
    rows = "".join(
        f"<li>{link(each.url, in_own_language(each.question or each.title, language))}"
        f'<span class="related-title">{in_own_language(each.title if each.question else "", language)}</span></li>'
        for each in related
    )
    return f'<div class="related"><p class="related-head">{escape_text(words.say("related"))}</p><ul>{rows}</ul></div>'
