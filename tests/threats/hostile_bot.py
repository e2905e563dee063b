"""A bot all of whose material is hostile: each text stands as sentence, quote, title, publisher, speaker and question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from scripted_bot import ScriptedBot, make_passage, say

from rag.types import Answer, Citation, Contact, Notice, Reason, Related, Sentence, Source

LINK = "https://example.org/talk/"
BAD_LINKS = (
    "javascript:alert(1)",
    'https://example.org/"onmouseover=alert(1)',
    "data:text/html,<script>",
    "//evil.example/",
)


def make_hostile_answer(texts: Sequence[str], question: str, *, release: str = "hostile") -> Answer:
    """An answer with a sentence for each text, all of whose words are that text."""
    return Answer(
        question=question,
        language="ja",
        mode="extractive",
        release=release,
        sentences=tuple(_say(number, text) for number, text in enumerate(texts, start=1)),
        notices=tuple(Notice(code="no_date", message=text) for text in texts[:2]),
        related=tuple(Related(passage_id="a#1", question=t, title=t, url=BAD_LINKS[0]) for t in texts[:2]),
    )


def _say(number: int, text: str) -> Sentence:
    source = Source(
        id=f"s{number}", title=text, url=LINK if number % 2 else BAD_LINKS[number // 2 % len(BAD_LINKS)],
        publisher=text, kind="interview", standing="third_party", as_of_note=text,
    )  # fmt: skip
    passage = make_passage(
        "h", [f"{text}。"], source, title=text, heading_path=(text,), question=text, speaker=text, affiliation=text,
        wording="original" if number % 3 else "digest",
    )  # fmt: skip
    return say(Citation(number=number, passage=passage, source=source, quote=passage.quote(passage.sentences[0])), text)


class HostileBot(ScriptedBot):
    """Answers with the next texts of the list, or abstains in their words."""

    def __init__(self, texts: Sequence[str], at_once: int) -> None:
        super().__init__()
        self.batches = [list(texts[n : n + at_once]) for n in range(0, len(texts), at_once)]

    def batch(self, question: str) -> list[str]:
        """The texts that a question is answered with: its first word is their number."""
        number = question.split(maxsplit=1)[0]
        return self.batches[int(number) % len(self.batches)] if number.isdigit() else self.batches[0]

    def ask(self, question: str, history: Sequence[str] = (), *, today: date) -> Answer:
        """The hostile answer."""
        texts = self.batch(question)
        if question.endswith("?"):
            contact = Contact(name=texts[0], url=BAD_LINKS[0])
            answer = self._abstain(question, "ja", Reason.NO_EVIDENCE, texts[0])
            abstained = answer.abstained
            assert abstained is not None
            return Answer(
                question=question, language="ja", mode="extractive", release=self.release, related=answer.related,
                abstained=type(abstained)(reason=abstained.reason, message=texts[0], contact=contact),
            )  # fmt: skip
        return make_hostile_answer(texts, question, release=self.release)

    def stream(self, question: str, history: Sequence[str] = (), *, today: date) -> Iterator[Sentence | Answer]:
        """The sentences, then the answer."""
        answer = self.ask(question, history, today=today)
        yield from answer.sentences
        yield answer

    def has_answer(self, question: str, history: Sequence[str] = (), *, today: date) -> bool:
        """Everything is offered again."""
        return True
