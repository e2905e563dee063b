"""The page's furniture in one language: every label, heading and box, by name.

The release's `Replies` and the `Words` of ui/texts.toml in, a name-to-text table out. The same table serves as
Gradio's translations at the first paint and as the updates when a visitor switches the language. Pure.
"""

from __future__ import annotations

from rag.corpus.replies import Replies
from rag.corpus.tables import Text
from rag.types import Answer, Contact, Language, Reason
from ui.markup import escape_text, in_own_language, link
from ui.render import Service
from ui.texts import Words, read_words

PLAIN = (
    "switch_language",
    "ask_label",
    "send",
    "stop",
    "starters",
    "retry",
    "clear",
    "copy",
    "share",
    "print",
    "chat_label",
    "close_sources",
)
VERDICTS = ("helpful", "wrong_source", "outdated", "no_answer")


def list_topics(replies: Replies) -> list[tuple[Text, list[int]]]:
    """The suggested questions' topics in order, each with the places of its questions in `suggestions`."""
    grouped: dict[str, tuple[Text, list[int]]] = {}
    for place, suggestion in enumerate(replies.suggestions):
        grouped.setdefault(suggestion.topic.ja, (suggestion.topic, []))[1].append(place)
    return list(grouped.values())


def furnish(replies: Replies, language: Language, question_limit: int) -> dict[str, str]:
    """Every text of the page outside questions and answers; `question_limit` in characters."""
    words = read_words(language)
    table = {name: words.say(name) for name in PLAIN}
    table |= {
        "ask_placeholder": _page_text(replies, "placeholder", language),
        "masthead": _masthead(replies, language),
        "notice": _notice(replies, words),
        "ask_hint": write_paragraph(words.say("ask_hint", limit=f"{question_limit:,}"), language, css="hint"),
        "feedback_ask": write_paragraph(words.say("feedback_ask"), language, css="row-head"),
        "sources_head": f'<h2 lang="{language}">{escape_text(words.say("sources"))}</h2>',
        "colophon": _colophon(replies, words),
    }
    table |= {name: words.say(name) for name in (f"verdict_{verdict}" for verdict in VERDICTS)}
    for place, (topic, _) in enumerate(list_topics(replies)):
        table[f"topic_{place}"] = f'<h3 lang="{language}">{escape_text(topic.of(language))}</h3>'
    for place, suggestion in enumerate(replies.suggestions):
        table[f"suggestion_{place}"] = suggestion.of(language)
    return table


def write_paragraph(text: str, language: Language, *, css: str) -> str:
    """A line of the page's own."""
    return f'<p class="{css}" lang="{language}">{escape_text(text)}</p>'


def _page_text(replies: Replies, name: str, language: Language) -> str:
    """A text of replies.toml's [page]; nothing where an older release lacks it."""
    text = replies.page.get(name)
    return text.of(language) if text else ""


def _masthead(replies: Replies, language: Language) -> str:
    """The name and what it is for; the class tells the page's script which language is shown."""
    title, tagline = (escape_text(_page_text(replies, name, language)) for name in ("title", "tagline"))
    skip = f'<a class="skip" href="#ask">{escape_text(read_words(language).say("skip"))}</a>'
    return f'<div class="masthead in-{language}" lang="{language}">{skip}<h1>{title}</h1><p>{tagline}</p></div>'


def _notice(replies: Replies, words: Words) -> str:
    """What to know before the first question; the rest unfolds."""
    gap = "" if words.language == "ja" else " "

    def say(name: str) -> str:
        return escape_text(_page_text(replies, name, words.language))

    lead = f"<p><strong>{say('ai_notice')}</strong>{gap}{say('not_official')}</p><p>{say('no_personal_data')}</p>"
    more = f"<p>{say('audience')}{gap}{say('official_word')}</p>"
    return (
        f'<div class="notice-box" lang="{words.language}">{lead}'
        f"<details><summary>{escape_text(words.say('notice_more'))}</summary>{more}"
        f"{_official_pages(replies, words)}<p>{_run_by(replies, words)}</p></details></div>"
    )


def _run_by(replies: Replies, words: Words) -> str:
    return escape_text(words.say("run_by", operator=replies.operator.of(words.language)))


def _official_pages(replies: Replies, words: Words) -> str:
    """Where the official word stands: the general contact, and that of each way into the job."""
    rows = "".join(
        f"<li>{link(page.url, in_own_language(page.name, words.language))}</li>"
        for page in list_official_pages(replies, words.language)
    )
    return f"<p><strong>{escape_text(words.say('official_links'))}</strong></p><ul>{rows}</ul>" if rows else ""


def list_official_pages(replies: Replies, language: Language) -> list[Contact]:
    """The general contact, then the contacts of the routes that lead into the job, once each."""
    general = replies.abstentions.get(Reason.NO_EVIDENCE)
    names = [general.contact] if general else []
    names += [route.contact for route in replies.routes if route.entry]
    return [replies.contact(name, language) for name in dict.fromkeys(names)]


def name_service(replies: Replies, answer: Answer) -> Service:
    """Who runs the page, and the official page on what an answer is about: its route's, else the general one."""
    routes = {c.passage.route for sentence in answer.sentences for c in sentence.citations}
    contacts = [route.contact for route in replies.routes if routes == {route.id}]
    general = replies.abstentions.get(Reason.NO_EVIDENCE)
    name = contacts[0] if contacts else general.contact if general else ""
    official = replies.contact(name, answer.language) if name else None
    return Service(operator=replies.operator.of(answer.language), official=official)


def _colophon(replies: Replies, words: Words) -> str:
    """The last line of the page: who runs it, and that the official word stands elsewhere."""
    official = escape_text(_page_text(replies, "official_word", words.language))
    new = f'<span class="vh">（{escape_text(words.say("new_window"))}）</span>'  # so that the talk is not lost
    name = escape_text(words.say("accessibility"))
    statement = f'<a href="ui/accessibility.html#{words.language}" target="_blank" rel="noopener">{name}{new}</a>'
    return (
        f'<div class="colophon" lang="{words.language}"><p>{_run_by(replies, words)}</p><p>{official}</p>'
        f"<p>{statement}</p></div>"
    )
