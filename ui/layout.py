"""The chat page's components, in reading order: replies and a translator in, a `Layout` out.

Only what stands where, and which text it carries; what happens is ui/page.py, how it looks is ui/static/page.css.
There is no gr.HTML: it would need script evaluation, which the page's policy forbids, and shows markup unsanitised.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from rag.corpus.replies import Replies
from ui.conversation import Conversation
from ui.furniture import VERDICTS, list_topics
from ui.offers import OFFERED

SESSION_SECONDS = 2 * 60 * 60  # how long a conversation is kept after it was last touched
TYPED_LIMIT = 5000  # characters the box takes; how many are answered is the bot's own limit


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The page's components by name."""

    conversation: gr.State
    language: gr.State
    masthead: gr.Markdown
    switch: gr.Button
    notice: gr.Markdown
    chat: gr.Chatbot
    feedback: gr.Row
    feedback_head: gr.Markdown
    verdicts: tuple[gr.Button, ...]
    thanks: gr.Markdown
    follow_area: gr.Column
    follow_head: gr.Markdown
    follow_ups: tuple[gr.Button, ...]
    box: gr.Textbox
    hint: gr.Markdown
    send: gr.Button
    stop: gr.Button
    tools: gr.Row
    retry: gr.Button
    copy: gr.Button
    share: gr.Button
    print: gr.Button
    clear: gr.Button
    starters: gr.Accordion
    topic_heads: tuple[gr.Markdown, ...]
    chips: tuple[gr.Button, ...]
    side: gr.Column
    sources_head: gr.Markdown
    close_sources: gr.Button
    sources: gr.Markdown
    colophon: gr.Markdown

    def labelled(self) -> list[tuple[Any, str, str]]:
        """Component, property and the furniture's name of every text that follows the language."""
        values = ["masthead", "notice", "sources_head", "colophon", "send", "stop"]
        values += ["retry", "copy", "share", "print", "clear", "close_sources"]
        rows: list[tuple[Any, str, str]] = [(getattr(self, name), "value", name) for name in values]
        rows += [(self.feedback_head, "value", "feedback_ask"), (self.hint, "value", "ask_hint")]
        rows += [(b, "value", f"verdict_{name}") for b, name in zip(self.verdicts, VERDICTS, strict=True)]
        rows += [(self.switch, "value", "switch_language")]
        rows += [(self.box, "label", "ask_label"), (self.box, "placeholder", "ask_placeholder")]
        rows += [(self.starters, "label", "starters"), (self.chat, "label", "chat_label")]
        rows += [(head, "value", f"topic_{n}") for n, head in enumerate(self.topic_heads)]
        return rows + [(chip, "value", f"suggestion_{n}") for n, chip in enumerate(self.chips)]


def lay_out(replies: Replies, say: Callable[[str], Any]) -> Layout:
    """The components in reading order; on a wide screen CSS sets the sources beside the chat."""
    parts: dict[str, Any] = {
        "conversation": gr.State(Conversation(), time_to_live=SESSION_SECONDS),
        "language": gr.State("", time_to_live=SESSION_SECONDS),
    }
    with gr.Row(elem_id="top"):
        parts["masthead"] = _text(say("masthead"), "masthead")
        parts["switch"] = _button(say("switch_language"), "switch", css="quiet")
    with gr.Row(elem_id="desk", equal_height=False):
        parts["notice"] = _text(say("notice"), "notice")
        with gr.Column(elem_id="talk", scale=1, min_width=0):
            parts |= _lay_out_talk(replies, say)
        parts["side"] = gr.Column(elem_id="side", scale=1, min_width=0, visible=False)
        with parts["side"]:
            with gr.Row(elem_id="side-top"):
                parts["sources_head"] = _text(say("sources_head"), "sources-head")
                parts["close_sources"] = _button(say("close_sources"), "close-sources", css="quiet")
            parts["sources"] = _text("", "sources")
    parts["colophon"] = _text(say("colophon"), "colophon")
    return Layout(**parts)


def _lay_out_talk(replies: Replies, say: Callable[[str], Any]) -> dict[str, Any]:
    """The chat, what may be asked next, what is thought of it, its tools, the box and the example questions."""
    parts: dict[str, Any] = {}
    parts["chat"] = gr.Chatbot(
        elem_id="chat",
        label=say("chat_label"),
        show_label=False,
        container=False,
        height="auto",
        autoscroll=False,
        buttons=[],
        feedback_options=None,
        latex_delimiters=[],
        placeholder="",
        group_consecutive_messages=False,
        allow_file_downloads=False,
    )
    parts["follow_area"] = gr.Column(elem_id="follow", visible=False, min_width=0)
    with parts["follow_area"]:
        parts["follow_head"] = _text("", "follow-head")
        parts["follow_ups"] = tuple(_button("", f"follow-{n}", css="chip") for n in range(OFFERED))
    parts |= _lay_out_feedback(say)
    parts["tools"] = gr.Row(elem_id="tools", visible=False)
    with parts["tools"]:
        for name in ("retry", "copy", "share", "print", "clear"):
            parts[name] = _button(say(name), f"tool-{name}", css="quiet")
    with gr.Column(elem_id="composer", min_width=0):
        parts |= _lay_out_composer(say)
    return parts | _lay_out_starters(replies, say)


def _lay_out_feedback(say: Callable[[str], Any]) -> dict[str, Any]:
    parts: dict[str, Any] = {"feedback": gr.Row(elem_id="feedback", visible=False)}
    with parts["feedback"]:
        parts["feedback_head"] = _text(say("feedback_ask"), "feedback-head")
        parts["verdicts"] = tuple(_button(say(f"verdict_{v}"), f"verdict-{v}", css="quiet") for v in VERDICTS)
    parts["thanks"] = _text("", "thanks")
    return parts


def _lay_out_composer(say: Callable[[str], Any]) -> dict[str, Any]:
    with gr.Row(elem_id="ask-row"):
        box = gr.Textbox(
            elem_id="ask",
            label=say("ask_label"),
            placeholder=say("ask_placeholder"),
            lines=1,
            max_lines=6,
            max_length=TYPED_LIMIT,
            container=True,
            autoscroll=False,
            min_width=0,
        )
        send = _button(say("send"), "send", css="primary")
        stop = _button(say("stop"), "stop", css="quiet", visible=False)
    hint = _text(say("ask_hint"), "hint")
    return {"box": box, "hint": hint, "stop": stop, "send": send}


def _lay_out_starters(replies: Replies, say: Callable[[str], Any]) -> dict[str, Any]:
    """The example questions by topic; the accordion is open until the first answer."""
    heads: list[gr.Markdown] = []
    chips: dict[int, gr.Button] = {}
    with gr.Accordion(say("starters"), elem_id="starters", open=True) as starters, gr.Row(elem_id="topics"):
        for number, (_, places) in enumerate(list_topics(replies)):
            with gr.Column(elem_classes="topic", min_width=0):
                heads.append(_text(say(f"topic_{number}"), f"topic-{number}"))
                for place in places:
                    chips[place] = _button(say(f"suggestion_{place}"), f"suggestion-{place}", css="chip")
    ordered = tuple(chips[place] for place in sorted(chips))
    return {"starters": starters, "topic_heads": tuple(heads), "chips": ordered}


def _text(value: Any, elem_id: str) -> gr.Markdown:
    """A block of our own markup; the sanitiser stays on."""
    return gr.Markdown(value, elem_id=elem_id, latex_delimiters=[], buttons=[])


def _button(value: Any, elem_id: str, *, css: str, visible: bool = True) -> gr.Button:
    variant: Any = "primary" if css == "primary" else "secondary"
    return gr.Button(
        value, elem_id=elem_id, elem_classes=css, variant=variant, visible=visible, size="sm", scale=0, min_width=0
    )
