"""The page's furniture in one language: every label, heading and box, by name.

The release's `Replies` and the `Words` of ui/texts.toml in, a name-to-text table out. The same table serves as
Gradio's translations at the first paint and as the updates when a visitor switches the language. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

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
STATEMENTS = ("accessibility", "privacy")  # pages of ui/static, each with a part for each language
VERDICTS = ("helpful", "wrong_source", "outdated", "no_answer")


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What visitors are told of how their questions are treated; `question_limit` in characters.

    `by_model`: questions are sent to a model's provider. `keep_days`: how long masked questions are kept, 0 for not.
    """

    question_limit: int = 1000
    by_model: bool = False
    keep_days: int = 0


def list_topics(replies: Replies) -> list[tuple[Text, list[int]]]:
    """The suggested questions' topics in order, each with the places of its questions in `suggestions`."""
    grouped: dict[str, tuple[Text, list[int]]] = {}
    for place, suggestion in enumerate(replies.suggestions):
        grouped.setdefault(suggestion.topic.ja, (suggestion.topic, []))[1].append(place)
    return list(grouped.values())


def furnish(replies: Replies, language: Language, terms: Terms) -> dict[str, str]:
    """Every text of the page outside questions and answers."""
    words = read_words(language)
    table = {name: words.say(name) for name in PLAIN}
    table |= {
        "ask_placeholder": _page_text(replies, "placeholder", language),
        "masthead": _masthead(replies, language),
        "notice": _notice(replies, words, terms),
        "ask_hint": _ask_hint(words, terms),
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


def _ask_hint(words: Words, terms: Terms) -> str:
    """How to send, and where a question goes when a model of someone else's is asked."""
    hint = write_paragraph(words.say("ask_hint", limit=f"{terms.question_limit:,}"), words.language, css="hint")
    sent = write_paragraph(words.say("sent_to_model"), words.language, css="hint") if terms.by_model else ""
    return hint + sent


def _notice(replies: Replies, words: Words, terms: Terms) -> str:
    """What to know before the first question; the rest unfolds."""
    gap = "" if words.language == "ja" else " "

    def say(name: str) -> str:
        return escape_text(_page_text(replies, name, words.language))

    lead = f"<p><strong>{say('ai_notice')}</strong>{gap}{say('not_official')}</p><p>{say('no_personal_data')}</p>"
    more = f"<p>{say('audience')}{gap}{say('official_word')}</p>"
    return (
        f'<div class="notice-box" lang="{words.language}">{lead}'
        f"<details><summary>{escape_text(words.say('notice_more'))}</summary>{more}"
        f"{_official_pages(replies, words)}<p>{_run_by(replies, words)}</p>{_keeping(words, terms)}</details></div>"
    )


def _keeping(words: Words, terms: Terms) -> str:
    """What is kept of a question, with the way to the whole statement."""
    kept = words.say("questions_kept", days=terms.keep_days) if terms.keep_days else words.say("questions_not_kept")
    return f"<p>{escape_text(kept)} {_statement('privacy', words)}</p>"


def _statement(name: str, words: Words) -> str:
    """A link to a page of ui/static; in a new tab, so that the talk is not lost."""
    new = f'<span class="vh">（{escape_text(words.say("new_window"))}）</span>'
    address = f"ui/{name}.html#{words.language}"
    return f'<a href="{address}" target="_blank" rel="noopener">{escape_text(words.say(name))}{new}</a>'


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
    statements = "".join(f"<p>{_statement(name, words)}</p>" for name in STATEMENTS)
    return (
        f'<div class="colophon" lang="{words.language}"><p>{_run_by(replies, words)}</p><p>{official}</p>'
        f"{statements}</div>"
    )
