"""The chat page's behaviour: a bot and its replies in, Gradio Blocks out; each event is one method of `Desk`.

Read input, one call, show output: what answers look like is ui/render.py and ui/panel.py, what a conversation holds
is ui/conversation.py, what stands where is ui/layout.py. The history that counts lies here on the server in gr.State;
the Chatbot only displays. There is no `js=` (the page's policy forbids it); the one script is ui/static/page.js.
"""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import gradio as gr

from rag.corpus.replies import Replies
from rag.types import Answer, Language
from ui.conversation import (
    FOLLOW_UPS,
    Conversation,
    choose_follow_ups,
    show_failure,
    show_messages,
    show_pending,
    show_sources,
)
from ui.furniture import furnish
from ui.layout import Layout, lay_out
from ui.texts import LANGUAGES, choose_language, read_words

LOG = logging.getLogger(__name__)
Updates = dict[Any, Any]  # Gradio's own form: component -> update or value


class AskingBot(Protocol):
    """What the page needs of rag/bot.py."""

    def ask(self, question: str, history: Sequence[str] = (), *, today: date) -> Answer:
        """The answer to a question, given the user's former ones."""


class FeedbackStore(Protocol):
    """Where a visitor's word on an answer goes."""

    def keep_feedback(self, *, verdict: str, question: str, answer: Answer, language: str) -> None:
        """Keep it; never raises, never waits."""


Admit = Callable[[gr.Request], "str | None"]  # None to go on, else the phrase of ui/texts.toml to show


def build_page(
    bot: AskingBot,
    replies: Replies,
    *,
    today: Callable[[], date],
    question_limit: int,
    feedback: FeedbackStore | None = None,
    admit: Admit | None = None,
) -> tuple[gr.Blocks, gr.I18n]:
    """The page and the translations to mount it with."""
    tables = {language: furnish(replies, language, question_limit) for language in LANGUAGES}
    translations = gr.I18n(**tables)
    with gr.Blocks(title="ICT職ナビ", analytics_enabled=False, fill_width=True) as page:
        layout = lay_out(replies, translations)
        desk = Desk(bot=bot, replies=replies, today=today, layout=layout, tables=tables, feedback=feedback, admit=admit)
        desk.connect(page)
    page.state_session_capacity = 500
    page.queue(api_open=False, max_size=100, default_concurrency_limit=8)
    return page, translations


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What happens on the page: each method is one event."""

    bot: AskingBot
    replies: Replies
    today: Callable[[], date]
    layout: Layout
    tables: dict[Language, dict[str, str]]
    feedback: FeedbackStore | None = None
    admit: Admit | None = None

    def connect(self, page: gr.Blocks) -> None:
        """Tie the events to their methods."""
        see = self.layout
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        state: list[Any] = [see.conversation, see.language]
        shown = self._answer_outputs()
        asking: dict[str, Any] = {"outputs": shown, "trigger_mode": "once", **quiet}
        typed = gr.on([see.box.submit, see.send.click], self.answer, [see.box, *state], **asking)
        events = [typed]
        if see.chips:
            events.append(gr.on([chip.click for chip in see.chips], self.answer_chip, state, **asking))
        events += [button.click(self.answer, [button, *state], **asking) for button in see.follow_ups]
        see.stop.click(self.stop, state, shown, cancels=events, **quiet)
        see.clear.click(self.clear, None, [*shown, see.starters], **quiet)
        labels = [see.language, *{part: None for part, _, _ in see.labelled()}, *see.follow_ups]
        see.switch.click(self.switch, state, labels, **quiet)
        page.load(self.greet, None, labels, **quiet)

    def _answer_outputs(self) -> list[Any]:
        see = self.layout
        return [
            see.conversation,
            see.chat,
            see.sources,
            see.side,
            see.follow_area,
            *see.follow_ups,
            see.starters,
            see.tools,
            see.box,
            see.send,
            see.stop,
        ]

    def answer(
        self, question: str, conversation: Conversation, language: str, request: gr.Request
    ) -> Iterator[Updates]:
        """Show the question at once, then its answer; where the bot breaks, an apology with a number."""
        chosen, see = _language(language, request), self.layout
        question = str(question or "")  # a client may send anything
        words = read_words(chosen)
        refusal = self.admit(request) if self.admit else None
        if refusal is not None:
            refused = show_pending(conversation, question, refusal, words)
            yield self._show(conversation, chosen) | {see.chat: refused, see.box: question}
            return
        yield {
            see.chat: show_pending(conversation, question, "searching", words),
            see.box: "",
            see.starters: gr.update(open=False),
            see.follow_area: gr.update(visible=False),
            see.send: gr.update(interactive=False),
            see.stop: gr.update(visible=True),
        }
        try:
            answer = self.bot.ask(question, conversation.questions(), today=self.today())
        except Exception as error:  # noqa: BLE001 - the outermost edge: logged with an id, shown without detail
            request_id = _log_failure(error)
            failed = show_failure(conversation, question, request_id, words)
            yield self._show(conversation, chosen) | {see.chat: failed, see.box: question}
            return
        yield self._show(conversation.add(question, answer), chosen)

    def answer_chip(
        self, conversation: Conversation, language: str, event: gr.EventData, request: gr.Request
    ) -> Iterator[Updates]:
        """Ask the example question whose button was pressed."""
        names = [chip.elem_id for chip in self.layout.chips]  # a session may hold copies of the components
        pressed = event.target.elem_id if event.target else None
        if pressed not in names:
            return
        place = names.index(pressed)
        question = self.replies.suggestions[place].of(_language(language, request))
        yield from self.answer(question, conversation, language, request)

    def stop(self, conversation: Conversation, language: str, request: gr.Request) -> Updates:
        """Back to what was answered so far."""
        return self._show(conversation, _language(language, request))

    def clear(self) -> Updates:
        """An empty conversation, and the example questions again."""
        fresh = self._show(Conversation(), "ja")
        return fresh | {self.layout.starters: gr.update(open=True), self.layout.box: ""}

    def switch(self, conversation: Conversation, language: str, request: gr.Request) -> Updates:
        """The other language for everything but what was said already."""
        other: Language = "en" if _language(language, request) == "ja" else "ja"
        return self._relabel(other) | self._offer(conversation, other)

    def greet(self, request: gr.Request) -> Updates:
        """Settle the language: the labels are the browser's own already, unless the address names another."""
        chosen = _language("", request)
        asked_for = request.query_params.get("lang")
        return self._relabel(chosen) if asked_for in LANGUAGES else {self.layout.language: chosen}

    def _relabel(self, language: Language) -> Updates:
        changes: dict[Any, dict[str, Any]] = {}
        for part, name, key in self.layout.labelled():
            changes.setdefault(part, {})[name] = self.tables[language][key]
        return {self.layout.language: language} | {part: gr.update(**each) for part, each in changes.items()}

    def _show(self, conversation: Conversation, language: Language) -> Updates:
        """Everything that follows the conversation."""
        see, sources = self.layout, show_sources(conversation)
        talking = bool(conversation.turns)
        return self._offer(conversation, language) | {
            see.conversation: conversation,
            see.chat: show_messages(conversation),
            see.sources: sources,
            see.side: gr.update(visible=bool(sources)),
            see.follow_area: gr.update(visible=talking),
            see.tools: gr.update(visible=talking),
            see.send: gr.update(interactive=True),
            see.stop: gr.update(visible=False),
        }

    def _offer(self, conversation: Conversation, language: Language) -> Updates:
        """The follow-up questions on their buttons."""
        offered = choose_follow_ups(self.replies.suggestions, conversation, language)
        texts = [*offered, *[""] * (FOLLOW_UPS - len(offered))]
        return {
            button: gr.update(value=text, visible=bool(text))
            for button, text in zip(self.layout.follow_ups, texts, strict=True)
        }


def _language(kept: str, request: gr.Request) -> Language:
    """The language switched to, else the one the address names, else the browser's."""
    for asked_for in (kept, request.query_params.get("lang")):
        if asked_for in LANGUAGES:
            return "en" if asked_for == "en" else "ja"
    return choose_language(request.headers.get("accept-language", ""))


def _log_failure(error: Exception) -> str:
    """Log what broke without its message, which may repeat the question; the id is shown to the visitor."""
    request_id = secrets.token_hex(4)
    where = "".join(traceback.format_tb(error.__traceback__))
    LOG.error("answering failed, request %s: %s\n%s", request_id, type(error).__name__, where)
    return request_id
