"""The chat page's behaviour: a bot and its replies in, Gradio Blocks out; each event is one method of `Desk`.

Read input, one call, show output: what answers look like is ui/render.py and ui/panel.py, what a conversation holds
is ui/conversation.py, what may be asked next ui/offers.py, what stands where ui/layout.py. The history that counts
lies here on the server in gr.State; the Chatbot only displays. There is no `js=` (the page's policy forbids it); the
one script is ui/static/page.js.
"""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Protocol

import gradio as gr

from rag.corpus.replies import Replies
from rag.types import Answer, IctnaviError, Language, Reason, Sentence
from ui.conversation import Conversation, show_draft, show_messages, show_remark, show_sources
from ui.furniture import VERDICTS, Terms, furnish, write_paragraph
from ui.layout import Layout, lay_out
from ui.offers import OFFERED, choose_offers, list_candidates
from ui.texts import LANGUAGES, choose_language, read_words
from ui.watched import ServedBot

LOG = logging.getLogger(__name__)
Updates = dict[Any, Any]  # Gradio's own form: component -> update or value
Admit = Callable[[gr.Request], str | None]  # None, or the name of the phrase of texts.toml that says why not now
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
NOT_JUDGED = {Reason.EMPTY, Reason.TOO_LONG}


class FeedbackStore(Protocol):
    """Where the visitor's verdicts go; ui/state.py keeps them."""

    def keep_feedback(self, *, verdict: str, question: str, answer: Answer, language: Language) -> None:
        """Keep one verdict (one of furniture's VERDICTS) on an answer; `question` is masked already."""


def build_page(
    bot: ServedBot,
    replies: Replies,
    *,
    today: Callable[[], date],
    terms: Terms,
    feedback: FeedbackStore | None = None,
    admit: Admit | None = None,
    closed: Callable[[], str | None] = lambda: None,
) -> tuple[gr.Blocks, gr.I18n]:
    """The page and the translations to mount it with; without a store no verdict is asked for."""
    tables = {language: furnish(replies, language, terms) for language in LANGUAGES}
    translations = gr.I18n(**tables)
    with gr.Blocks(title="ICT職ナビ", analytics_enabled=False, fill_width=True) as page:
        layout = lay_out(replies, translations)
        desk = Desk(
            bot=bot,
            replies=replies,
            today=today,
            layout=layout,
            tables=tables,
            by_model=terms.by_model,
            feedback=feedback,
            admit=admit,
            closed=closed,
        )
        desk.connect(page)
    page.state_session_capacity = 500
    page.queue(api_open=False, max_size=100, default_concurrency_limit=8)
    return page, translations


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What happens on the page: each method is one event."""

    bot: ServedBot
    replies: Replies
    today: Callable[[], date]
    layout: Layout
    tables: dict[Language, dict[str, str]]
    by_model: bool = False  # a model takes seconds: what it has written is shown meanwhile
    feedback: FeedbackStore | None = None
    admit: Admit | None = None
    closed: Callable[[], str | None] = lambda: None
    answered: dict[tuple[str, Language], list[bool]] = field(default_factory=dict)  # by release: which chips are

    def connect(self, page: gr.Blocks) -> None:
        """Tie the events to their methods."""
        see = self.layout
        state: list[Any] = [see.conversation, see.language]
        events = self._connect_asking(state)
        see.stop.click(self.stop, state, self._outputs(), cancels=events, **QUIET)
        see.clear.click(self.clear, None, self._outputs(), **QUIET)
        rated = [see.conversation, see.feedback, see.thanks]
        gr.on([button.click for button in see.verdicts], self.rate, state, rated, trigger_mode="once", **QUIET)
        labels = [see.language, *{part: None for part, _, _ in see.labelled()}]
        switched = see.switch.click(self.switch, state, labels, **QUIET)
        switched.then(self.offer, state, self._offer_outputs(), **QUIET)
        page.load(self.greet, None, labels, **QUIET)
        if see.chips:
            page.load(self.check_chips, see.language, list(see.chips), **QUIET)

    def _connect_asking(self, state: list[Any]) -> list[Any]:
        """Every way to ask leads to an answer, and then to what may be asked next."""
        see = self.layout
        asking: dict[str, Any] = {"outputs": self._outputs(), "trigger_mode": "once", **QUIET}
        events = [gr.on([see.box.submit, see.send.click], self.answer, [see.box, *state], **asking)]
        if see.chips:
            events.append(gr.on([chip.click for chip in see.chips], self.answer_chip, state, **asking))
        events += [button.click(self.answer, [button, *state], **asking) for button in see.follow_ups]
        events.append(see.retry.click(self.retry, state, **asking))
        for event in events:
            event.then(self.offer, state, self._offer_outputs(), **QUIET)
        return events

    def _outputs(self) -> list[Any]:
        see = self.layout
        talk = [see.conversation, see.chat, see.sources, see.side, see.starters, see.tools]
        return [*talk, see.feedback, *see.verdicts, see.thanks, see.follow_area, see.box, see.send, see.stop]

    def _offer_outputs(self) -> list[Any]:
        see = self.layout
        return [see.follow_area, see.follow_head, *see.follow_ups]

    def _refuse(self, language: Language, request: gr.Request) -> str | None:
        """Why no question is taken now, None to go on."""
        message = self.closed()
        if message is not None:
            return read_words(language).say("closed", message=message)
        refusal = self.admit(request) if self.admit else None
        return read_words(language).say(refusal) if refusal else None

    def answer(
        self, question: str, conversation: Conversation, language: str, request: gr.Request
    ) -> Iterator[Updates]:
        """Show the question at once, then its answer; where the bot breaks, an apology with a number."""
        chosen, see = _language(language, request), self.layout
        question = str(question or "")  # a client may send anything
        waiting = replace(conversation, unanswered=question)
        remark = self._refuse(chosen, request)
        if remark is not None:
            yield self._remark(waiting, remark, chosen, css="failed") | {see.box: question}
            return
        yield self._remark(waiting, read_words(chosen).say("searching"), chosen, css="searching") | {
            see.box: "",
            see.tools: gr.update(visible=False),
            see.send: gr.update(interactive=False),
            see.stop: gr.update(visible=True),
        }
        try:
            answer = yield from self._write(waiting)
        except Exception as error:  # noqa: BLE001 - the outermost edge: logged with an id, shown without detail
            remark = read_words(chosen).say("failed", request_id=_log_failure(error))
            yield self._remark(waiting, remark, chosen, css="failed") | {see.box: question}
            return
        yield self._show(conversation.add(question, answer))

    def _write(self, waiting: Conversation) -> Generator[Updates, None, Answer]:
        """The answer; its first sentences are shown while a model writes the others."""
        question, former = waiting.unanswered, waiting.questions()
        if not self.by_model:
            return self.bot.ask(question, former, today=self.today())
        shown: list[Sentence] = []
        for part in self.bot.stream(question, former, today=self.today()):
            if isinstance(part, Answer):
                return part
            shown.append(part)
            yield {self.layout.chat: [*show_messages(waiting, self.replies), *show_draft(question, shown)]}
        raise TypeError("an answer ends with its Answer")

    def answer_chip(
        self, conversation: Conversation, language: str, event: gr.EventData, request: gr.Request
    ) -> Iterator[Updates]:
        """Ask the example question whose button was pressed."""
        place = _pressed(event, self.layout.chips)
        if place is not None:
            question = self.replies.suggestions[place].of(_language(language, request))
            yield from self.answer(question, conversation, language, request)

    def retry(self, conversation: Conversation, language: str, request: gr.Request) -> Iterator[Updates]:
        """Ask the last question once more, in place of its answer."""
        question, before = conversation.take_back()
        if question:
            yield from self.answer(question, before, language, request)

    def offer(self, conversation: Conversation, language: str, request: gr.Request) -> Updates:
        """Questions that have answers: follow-ups, or after an abstention other ways to put it."""
        see, turn = self.layout, conversation.newest
        if turn is None or conversation.unanswered:
            return {see.follow_area: gr.update(visible=False)}
        chosen, former = _language(language, request), conversation.questions()
        offered = choose_offers(
            list_candidates(self.replies.suggestions, conversation, chosen),
            lambda question: self.bot.has_answer(question, former, today=self.today()),
        )
        texts = [*offered, *[""] * (OFFERED - len(offered))]
        head = read_words(chosen).say("rewordings" if turn.answer.abstained else "follow_ups")
        return {
            see.follow_area: gr.update(visible=bool(offered)),
            see.follow_head: write_paragraph(head, chosen, css="row-head"),
        } | {b: gr.update(value=text, visible=bool(text)) for b, text in zip(see.follow_ups, texts, strict=True)}

    def rate(self, conversation: Conversation, language: str, event: gr.EventData, request: gr.Request) -> Updates:
        """Keep what the visitor thinks of the newest answer; once for each answer."""
        see, turn, place = self.layout, conversation.newest, _pressed(event, self.layout.verdicts)
        if self.feedback is None or turn is None or place is None or conversation.rated == turn.number:
            return {see.feedback: gr.update(visible=False)}
        chosen, said = _language(language, request), "feedback_thanks"
        try:
            self.feedback.keep_feedback(
                verdict=VERDICTS[place], question=turn.answer.question, answer=turn.answer, language=chosen
            )
        except IctnaviError as error:
            _log_failure(error)
            said = "feedback_failed"
        return {
            see.conversation: replace(conversation, rated=turn.number),
            see.feedback: gr.update(visible=False),
            see.thanks: write_paragraph(read_words(chosen).say(said), chosen, css="thanks"),
        }

    def stop(self, conversation: Conversation, language: str, request: gr.Request) -> Updates:
        """Back to what was answered so far, with a word on what was stopped."""
        if not conversation.unanswered:
            return self._show(conversation)
        chosen = _language(language, request)
        return self._remark(conversation, read_words(chosen).say("stopped"), chosen, css="stopped")

    def clear(self) -> Updates:
        """An empty conversation, and the example questions again."""
        return self._show(Conversation()) | {self.layout.starters: gr.update(open=True), self.layout.box: ""}

    def switch(self, conversation: Conversation, language: str, request: gr.Request) -> Updates:
        """The other language for everything but what was said already."""
        return self._relabel("en" if _language(language, request) == "ja" else "ja")

    def greet(self, request: gr.Request) -> Updates:
        """Settle the language: the labels are the browser's own already, unless the address names another."""
        chosen = _language("", request)
        asked_for = request.query_params.get("lang")
        return self._relabel(chosen) if asked_for in LANGUAGES else {self.layout.language: chosen}

    def check_chips(self, language: str, request: gr.Request) -> Updates:
        """Only example questions that the served release answers; looked at once for each release."""
        chosen = _language(language, request)
        key = (self.bot.release, chosen)
        if key not in self.answered:
            asked = [suggestion.of(chosen) for suggestion in self.replies.suggestions]
            self.answered[key] = [self.bot.has_answer(question, today=self.today()) for question in asked]
        return {chip: gr.update(visible=has) for chip, has in zip(self.layout.chips, self.answered[key], strict=True)}

    def _relabel(self, language: Language) -> Updates:
        changes: dict[Any, dict[str, Any]] = {}
        for part, name, key in self.layout.labelled():
            changes.setdefault(part, {})[name] = self.tables[language][key]
        return {self.layout.language: language} | {part: gr.update(**each) for part, each in changes.items()}

    def _show(self, conversation: Conversation) -> Updates:
        """Everything that follows the conversation."""
        see, sources, turn = self.layout, show_sources(conversation), conversation.newest
        abstained = turn.answer.abstained if turn else None
        judged = self.feedback is not None and turn is not None and conversation.rated != turn.number
        judged = judged and not (abstained and abstained.reason in NOT_JUDGED)
        offered = {"helpful", "no_answer"} if abstained else set(VERDICTS)
        return {
            see.conversation: conversation,
            see.chat: show_messages(conversation, self.replies),
            see.sources: sources,
            see.side: gr.update(visible=bool(sources)),
            see.starters: gr.update(open=False),
            see.tools: gr.update(visible=turn is not None),
            see.feedback: gr.update(visible=judged),
            see.thanks: "",
            see.follow_area: gr.update(visible=False),
            see.send: gr.update(interactive=True),
            see.stop: gr.update(visible=False),
        } | {b: gr.update(visible=name in offered) for b, name in zip(see.verdicts, VERDICTS, strict=True)}

    def _remark(self, conversation: Conversation, remark: str, language: Language, *, css: str) -> Updates:
        """The conversation, and after it the unanswered question with a remark of the page."""
        see = self.layout
        asked = show_remark(conversation.unanswered, remark, read_words(language), css=css)
        return self._show(conversation) | {
            see.chat: [*show_messages(conversation, self.replies), *asked],
            see.tools: gr.update(visible=True),
            see.feedback: gr.update(visible=False),
        }


def _pressed(event: gr.EventData, buttons: Sequence[gr.Button]) -> int | None:
    """Which of the buttons an event came from; a session may hold copies of the components, so by name."""
    names = [button.elem_id for button in buttons]
    pressed = event.target.elem_id if event.target else None
    return names.index(pressed) if pressed in names else None


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
