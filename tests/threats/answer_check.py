"""What an answer may consist of: words of its release, and the fixed words of its replies; nothing of anyone else's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from rag.corpus.replies import Replies
from rag.records import read_passages, read_sources
from rag.releases import ReleaseStore
from rag.types import Answer

FILLED = re.compile(r"\\\{(\w+)\\\}")


class Vocabulary:
    """Everything that a release and its replies can say."""

    def __init__(self, home: Path, replies: Replies) -> None:
        folder = ReleaseStore(home).folder(ReleaseStore(home).current())
        self.passages = {p.id: p for p in read_passages(folder / "passages.jsonl")}
        self.sources = {s.id: s for s in read_sources(folder / "sources.jsonl")}
        self.text = "\n".join(p.text for p in self.passages.values())
        said = [r.of(lang) for r in replies.abstentions.values() for lang in ("ja", "en")]  # type: ignore[arg-type]
        said += [g.of(lang) for g in replies.gaps for lang in ("ja", "en")]  # type: ignore[arg-type]
        routes = "|".join(re.escape(r.of(lang)) for r in replies.routes for lang in ("ja", "en"))  # type: ignore[arg-type]
        filled = rf"(?:\\d{{0,5}}|{routes.replace(chr(92), chr(92) * 2)})"
        self.messages = [re.compile(FILLED.sub(filled, re.escape(s))) for s in said]
        self.links = {s.url for s in self.sources.values()}
        self.links |= {contact.url for contact in replies.contacts}

    def find_foreign(self, answer: Answer) -> Iterator[str]:
        """Everything in an answer that is not of here."""
        for sentence in answer.sentences:
            if sentence.text not in self.text:
                yield f"sentence: {sentence.text}"
            for citation in sentence.citations:
                if citation.quote not in self.passages[citation.passage.id].text:
                    yield f"quote: {citation.quote}"
                if citation.source.url not in self.links:
                    yield f"link: {citation.source.url}"
        if answer.abstained:
            if not any(form.fullmatch(answer.abstained.message) for form in self.messages):
                yield f"message: {answer.abstained.message}"
            if answer.abstained.contact.url not in self.links:
                yield f"link: {answer.abstained.contact.url}"
        for related in answer.related:
            if related.passage_id not in self.passages or related.url not in self.links:
                yield f"related: {related}"


def shown_words(answer: Answer) -> str:
    """All that is shown of an answer, the question as typed left out."""
    parts = [s.text + (s.label or "") + "".join(c.quote for c in s.citations) for s in answer.sentences]
    parts += [n.message for n in answer.notices] + [r.question + r.title + r.url for r in answer.related]
    parts += [answer.abstained.message + answer.abstained.contact.url] if answer.abstained else []
    return "\n".join(parts)
