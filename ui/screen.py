"""What the page shows of a conversation: state in, Gradio's updates of the components out.

Only which component takes which value; what answers look like is ui/render.py, what happens when is ui/page.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from rag.corpus.replies import Replies
from rag.types import Language, Reason, Sentence
from ui.conversation import Conversation, show_draft, show_messages, show_remark, show_sources
from ui.furniture import VERDICTS, write_paragraph
from ui.layout import Layout
from ui.offers import OFFERED
from ui.texts import read_words

Updates = dict[Any, Any]  # Gradio's own form: component -> update or value
NOT_JUDGED = {Reason.EMPTY, Reason.TOO_LONG}


@dataclass(frozen=True, kw_only=True)
class Screen:
    """The components, and how each follows the conversation; `takes_verdicts`: there is a store to keep them."""

    layout: Layout
    replies: Replies
    tables: dict[Language, dict[str, str]]
    takes_verdicts: bool = False

    def outputs(self) -> list[Any]:
        """What an answer may change."""
        see = self.layout
        talk = [see.conversation, see.chat, see.sources, see.side, see.starters, see.tools]
        return [*talk, see.feedback, *see.verdicts, see.thanks, see.follow_area, see.box, see.send, see.stop]

    def offer_outputs(self) -> list[Any]:
        """What stands below an answer."""
        see = self.layout
        return [see.follow_area, see.follow_head, *see.follow_ups]

    def relabel(self, language: Language) -> Updates:
        """Everything in the language but what was said already."""
        changes: dict[Any, dict[str, Any]] = {}
        for part, name, key in self.layout.labelled():
            changes.setdefault(part, {})[name] = self.tables[language][key]
        return {self.layout.language: language} | {part: gr.update(**each) for part, each in changes.items()}

    def show(self, conversation: Conversation) -> Updates:
        """Everything that follows the conversation."""
        see, sources, turn = self.layout, show_sources(conversation), conversation.newest
        abstained = turn.answer.abstained if turn else None
        judged = self.takes_verdicts and turn is not None and conversation.rated != turn.number
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

    def remark(self, conversation: Conversation, remark: str, language: Language, *, css: str) -> Updates:
        """The conversation, and after it the unanswered question with a remark of the page."""
        see = self.layout
        asked = show_remark(conversation.unanswered, remark, read_words(language), css=css)
        return self.show(conversation) | {
            see.chat: [*show_messages(conversation, self.replies), *asked],
            see.tools: gr.update(visible=True),
            see.feedback: gr.update(visible=False),
        }

    def draft(self, waiting: Conversation, sentences: Sequence[Sentence]) -> Updates:
        """The conversation, the question that waits, and its answer's first sentences."""
        drafted = show_draft(waiting.unanswered, sentences)
        return {self.layout.chat: [*show_messages(waiting, self.replies), *drafted]}

    def search(self, waiting: Conversation, language: Language) -> Updates:
        """The conversation and the question that is being looked for; it may be stopped."""
        return self.remark(waiting, read_words(language).say("searching"), language, css="searching") | {
            self.layout.box: "",
            self.layout.tools: gr.update(visible=False),
            self.layout.send: gr.update(interactive=False),
            self.layout.stop: gr.update(visible=True),
        }

    def refuse(self, waiting: Conversation, remark: str, language: Language) -> Updates:
        """Why there is no answer; the question is back in the box."""
        return self.remark(waiting, remark, language, css="failed") | {self.layout.box: waiting.unanswered}

    def offer(self, offered: Sequence[str], heading: str, language: Language) -> Updates:
        """Questions to ask next, below their heading."""
        see, texts = self.layout, [*offered, *[""] * (OFFERED - len(offered))]
        return {
            see.follow_area: gr.update(visible=bool(offered)),
            see.follow_head: write_paragraph(read_words(language).say(heading), language, css="row-head"),
        } | {b: gr.update(value=text, visible=bool(text)) for b, text in zip(see.follow_ups, texts, strict=True)}
