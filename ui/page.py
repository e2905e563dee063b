"""The chat page's behaviour: a bot and its replies in, Gradio Blocks out; each event is one method of `Desk`.

Read input, one call, show output: what is shown of a conversation is ui/screen.py, what it holds ui/conversation.py,
what may be asked next ui/offers.py, how many at once ui/turnstile.py, what stands where ui/layout.py. The history that
counts lies here on the server in gr.State; the Chatbot only displays. There is no `js=` (the page's policy forbids
it); the one script is ui/static/page.js.
"""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol

import gradio as gr

from rag.corpus.replies import Replies
from rag.types import Answer, IctnaviError, Language, Sentence
from ui.conversation import Conversation
from ui.furniture import VERDICTS, Terms, furnish, write_paragraph
from ui.layout import lay_out
from ui.offers import Judge, choose_offers, list_candidates
from ui.screen import Screen, Updates
from ui.texts import LANGUAGES, choose_language, read_words
from ui.turnstile import QUOTING, Turnstile
from ui.watched import ServedBot

LOG = logging.getLogger(__name__)
Admit = Callable[[gr.Request], str | None]  # None, or the name of the phrase of texts.toml that says why not now
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
MOST_WAITING = 60  # questions being answered or waiting for a thread; the last of them waits some fifteen seconds


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
    turnstile: Turnstile | None = None,
) -> tuple[gr.Blocks, gr.I18n]:
    """The page and the translations to mount it with; without a store no verdict is asked for."""
    tables = {language: furnish(replies, language, terms) for language in LANGUAGES}
    translations = gr.I18n(**tables)
    with gr.Blocks(title="ICT職ナビ", analytics_enabled=False, fill_width=True) as page:
        layout = lay_out(replies, translations)
        screen = Screen(layout=layout, replies=replies, tables=tables, takes_verdicts=feedback is not None)
        desk = Desk(
            bot=bot,
            replies=replies,
            today=today,
            screen=screen,
            judge=Judge(bot, today),
            turnstile=turnstile or Turnstile(threads=QUOTING, most=MOST_WAITING),
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
    screen: Screen
    judge: Judge
    turnstile: Turnstile
    by_model: bool = False  # a model takes seconds: what it has written is shown meanwhile
    feedback: FeedbackStore | None = None
    admit: Admit | None = None
    closed: Callable[[], str | None] = lambda: None

    def connect(self, page: gr.Blocks) -> None:
        """Tie the events to their methods."""
        see = self.screen.layout
        state: list[Any] = [see.conversation, see.language]
        events = self._connect_asking(state)
        see.stop.click(self.stop, state, self.screen.outputs(), cancels=events, **QUIET)
        see.clear.click(self.clear, None, self.screen.outputs(), **QUIET)
        rated = [see.conversation, see.feedback, see.thanks]
        gr.on([button.click for button in see.verdicts], self.rate, state, rated, trigger_mode="once", **QUIET)
        labels = [see.language, *{part: None for part, _, _ in see.labelled()}]
        switched = see.switch.click(self.switch, state, labels, **QUIET)
        switched.then(self.offer, state, self.screen.offer_outputs(), **QUIET)
        page.load(self.greet, None, labels, **QUIET)
        if see.chips:
            page.load(self.check_chips, see.language, list(see.chips), **QUIET)

    def _connect_asking(self, state: list[Any]) -> list[Any]:
        """Every way to ask leads to an answer, and then to what may be asked next."""
        see = self.screen.layout
        # without a limit of Gradio's, whose queue would let even a refusal wait: the turnstile holds the answers back
        asking: dict[str, Any] = {
            "outputs": self.screen.outputs(),
            "trigger_mode": "once",
            "concurrency_limit": None,
            **QUIET,
        }
        events = [gr.on([see.box.submit, see.send.click], self.answer, [see.box, *state], **asking)]
        if see.chips:
            events.append(gr.on([chip.click for chip in see.chips], self.answer_chip, state, **asking))
        events += [button.click(self.answer, [button, *state], **asking) for button in see.follow_ups]
        events.append(see.retry.click(self.retry, state, **asking))
        for event in events:
            event.then(self.offer, state, self.screen.offer_outputs(), **QUIET)
        return events

    def _refuse(self, language: Language, request: gr.Request) -> str | None:
        """Why no question is taken now, None to go on."""
        message = self.closed()
        if message is not None:
            return read_words(language).say("closed", message=message)
        refusal = self.admit(request) if self.admit else None
        return read_words(language).say(refusal) if refusal else None

    async def answer(
        self, question: str, conversation: Conversation, language: str, request: gr.Request
    ) -> AsyncIterator[Updates]:
        """Show the question at once, then its answer; where the bot breaks, an apology with a number."""
        chosen, screen = _language(language, request), self.screen
        waiting = replace(conversation, unanswered=str(question or ""))  # a client may send anything
        remark = self._refuse(chosen, request)
        if remark is not None:
            yield screen.refuse(waiting, remark, chosen)
            return
        with self.turnstile.passing() as has_room:
            if not has_room:
                yield screen.refuse(waiting, read_words(chosen).say("busy"), chosen)
                return
            yield screen.search(waiting, chosen)
            try:
                async with aclosing(self._write(waiting)) as coming:
                    async for updates in coming:
                        yield updates
            except Exception as error:  # noqa: BLE001 - the outermost edge: logged with an id, shown without detail
                remark = read_words(chosen).say("failed", request_id=_log_failure(error))
                yield screen.refuse(waiting, remark, chosen)

    async def _write(self, waiting: Conversation) -> AsyncGenerator[Updates]:
        """The page with the answer; its first sentences are shown while a model writes the others."""
        question, former = waiting.unanswered, waiting.questions()
        if not self.by_model:
            ask = lambda: self.screen.show(waiting.add(question, self.bot.ask(question, former, today=self.today())))  # noqa: E731
            yield await self.turnstile.run(ask)
            return
        shown: list[Sentence] = []
        parts = self.bot.stream(question, former, today=self.today())
        async with aclosing(self.turnstile.iterate(parts)) as coming:
            async for part in coming:
                if isinstance(part, Answer):
                    yield self.screen.show(waiting.add(question, part))
                    return
                shown.append(part)
                yield self.screen.draft(waiting, shown)
        raise TypeError("an answer ends with its Answer")

    async def answer_chip(
        self, conversation: Conversation, language: str, event: gr.EventData, request: gr.Request
    ) -> AsyncIterator[Updates]:
        """Ask the example question whose button was pressed."""
        place = _pressed(event, self.screen.layout.chips)
        if place is not None:
            question = self.replies.suggestions[place].of(_language(language, request))
            async for updates in self.answer(question, conversation, language, request):
                yield updates

    async def retry(self, conversation: Conversation, language: str, request: gr.Request) -> AsyncIterator[Updates]:
        """Ask the last question once more, in place of its answer."""
        question, before = conversation.take_back()
        if question:
            async for updates in self.answer(question, before, language, request):
                yield updates

    def offer(self, conversation: Conversation, language: str, request: gr.Request) -> Updates:
        """Questions that have answers: follow-ups, or after an abstention other ways to put it."""
        turn = conversation.newest
        if turn is None or conversation.unanswered:
            return {self.screen.layout.follow_area: gr.update(visible=False)}
        chosen, former = _language(language, request), conversation.questions()
        candidates = list_candidates(self.replies.suggestions, conversation, chosen)
        offered = choose_offers(candidates, lambda question: self.judge.has_answer(question, former))
        return self.screen.offer(offered, "rewordings" if turn.answer.abstained else "follow_ups", chosen)

    def rate(self, conversation: Conversation, language: str, event: gr.EventData, request: gr.Request) -> Updates:
        """Keep what the visitor thinks of the newest answer; once for each answer."""
        see, turn, place = self.screen.layout, conversation.newest, _pressed(event, self.screen.layout.verdicts)
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
            return self.screen.show(conversation)
        chosen = _language(language, request)
        return self.screen.remark(conversation, read_words(chosen).say("stopped"), chosen, css="stopped")

    def clear(self) -> Updates:
        """An empty conversation, and the example questions again."""
        return self.screen.show(Conversation()) | {
            self.screen.layout.starters: gr.update(open=True),
            self.screen.layout.box: "",
        }

    def switch(self, conversation: Conversation, language: str, request: gr.Request) -> Updates:
        """The other language for everything but what was said already."""
        return self.screen.relabel("en" if _language(language, request) == "ja" else "ja")

    def greet(self, request: gr.Request) -> Updates:
        """Settle the language: the labels are the browser's own already, unless the address names another."""
        chosen = _language("", request)
        asked_for = request.query_params.get("lang")
        return self.screen.relabel(chosen) if asked_for in LANGUAGES else {self.screen.layout.language: chosen}

    def check_chips(self, language: str, request: gr.Request) -> Updates:
        """Only example questions that the served release answers; looked at once for each release and day."""
        chosen = _language(language, request)
        has = self.judge.have_answers([suggestion.of(chosen) for suggestion in self.replies.suggestions])
        return {chip: gr.update(visible=each) for chip, each in zip(self.screen.layout.chips, has, strict=True)}


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
