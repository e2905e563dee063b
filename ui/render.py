"""An answer as the chat shows it: `Answer` in, one line of HTML out that is also safe as Gradio's Markdown.

Pure. Links come only from sources, contacts and the page's own anchors; there are no images and no Markdown. Anchors
carry the turn's number, so that those of two answers never meet (`src-3-1` is source 1 of turn 3). The sources panel
is ui/panel.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rag.types import Abstention, Answer, Citation, Contact, Language, Notice, Related, Sentence
from ui.markup import break_phrases, dates_of, escape_lines, escape_text, in_own_language, link
from ui.texts import Words

GLUED = 2  # characters of a sentence's end that stay on one line with its first numbers
KEPT_TOGETHER = 3  # numbers kept on one line


@dataclass(frozen=True, kw_only=True)
class Service:
    """Who runs the page, and where the official word on an answer stands."""

    operator: str
    official: Contact | None = None


def render_question(question: str, language: Language, words: Words) -> str:
    """What the person asked, as typed."""
    return (
        f'<div class="asked"><span class="vh">{escape_text(words.say("you"))}</span>'
        f'<div class="asked-text" lang="{language}">{escape_lines(question.strip())}</div></div>'
    )


def render_note(phrase: str, language: Language, *, css: str) -> str:
    """A remark of the page itself where an answer would stand: searching, stopped, failed."""
    return f'<div class="remark {css}" lang="{language}">{escape_text(phrase)}</div>'


def render_draft(sentences: Sequence[Sentence], words: Words) -> str:
    """What is written of an answer so far, with nothing to press; ui/static/page.js hides it from screen readers."""
    rows = "".join(
        f'<p class="sentence">{break_phrases(sentence.text.strip(), words.language)}'
        f'<sup class="ref">{"".join(f"&#91;{citation.number}&#93;" for citation in sentence.citations)}</sup></p>'
        for sentence in sentences
    )
    writing = f'<p class="searching">{escape_text(words.say("writing"))}</p>'
    return f'<div class="remark draft" lang="{words.language}">{rows}{writing}</div>'


def render_answer(answer: Answer, turn: int, words: Words, service: Service | None = None) -> str:
    """An answer or an abstention, with what is to be known about it, in the answer's own language."""
    notices = _render_notices(answer.notices, words)
    if answer.abstained:
        kind, first = "abstained", _render_abstention(answer.abstained, answer.language, words)
        rest = _render_related(answer.related, words) if answer.related else ""
        rest += _render_facts(_tell_service(answer, words, service and replace(service, official=None)))
    else:
        kind, first = "answered", _render_sentences(answer, turn)
        rest = _render_facts([_tell_dates(answer, words), *_tell_service(answer, words, service)])
        rest += _render_way_to_sources(answer, turn, words)
    attributes = f'class="answer {kind}" id="answer-{turn}" lang="{answer.language}" tabindex="-1"'
    return f"<div {attributes}>{first}{notices}{rest}</div>"


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
    marks = [_render_mark(citation, place, language) for citation in sentence.citations]
    text, spoken = sentence.text.strip(), _language_of(sentence, language)
    head, tail = break_phrases(text, spoken, keep=GLUED), escape_text(text[-GLUED:])
    lang = f' lang="{spoken}"' if spoken != language else ""
    kept, others = "".join(marks[:KEPT_TOGETHER]), "".join(marks[KEPT_TOGETHER:])
    end = f'<span class="glue"><span{lang}>{tail}</span>{kept}</span>{others}'
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


def _render_facts(facts: list[tuple[str, str]]) -> str:
    """Names and values (HTML) about an answer, one a line."""
    rows = "".join(f"<div><dt>{escape_text(name)}</dt><dd>{value}</dd></div>" for name, value in facts)
    return f'<dl class="footing">{rows}</dl>'


def _tell_dates(answer: Answer, words: Words) -> tuple[str, str]:
    citations = [citation for sentence in answer.sentences for citation in sentence.citations]
    shown = ("、" if answer.language == "ja" else "; ").join(_list_dates(citations, answer.language))
    return words.say("as_of_line"), in_own_language(shown or words.say("no_date"), answer.language)


def _tell_service(answer: Answer, words: Words, service: Service | None) -> list[tuple[str, str]]:
    """What wrote the answer, who runs it, and where the official word is."""
    language = answer.language
    mode = "mode_abstained" if answer.abstained else f"mode_{answer.mode}"
    facts = [(words.say("written_by"), break_phrases(words.say(mode), language))]
    if service:
        facts.append((words.say("operator"), in_own_language(service.operator, language)))
    if service and service.official:
        page = link(service.official.url, in_own_language(service.official.name, language))
        facts.append((words.say("official_word"), page))
    return facts


def _render_way_to_sources(answer: Answer, turn: int, words: Words) -> str:
    numbers = {citation.number for sentence in answer.sentences for citation in sentence.citations}
    see = escape_text(words.say("see_sources", count=len(numbers)))
    return f'<p class="to-sources"><a class="cite" href="#src-{turn}-{min(numbers)}">{see}</a></p>'


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
        f"<li>{link(each.url, in_own_language(each.title, language))}"
        f'<span class="related-about">{in_own_language(each.question, language)}</span></li>'
        for each in related
    )
    return f'<div class="related"><p class="related-head">{escape_text(words.say("related"))}</p><ul>{rows}</ul></div>'
