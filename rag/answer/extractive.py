"""Chosen candidates -> sentences of an answer, in the passages' own words. No model.

Each sentence's text is its quote, so that nothing can be said that the passage does not say. Equal (passage, quote,
source) citations share a number; a sentence has one citation for each source it rests on.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.answer.labels import write_label
from rag.answer.verify import holds
from rag.answer.vocabulary import read_vocabulary
from rag.corpus.replies import Replies
from rag.evidence import Candidate
from rag.language.normalise import fold
from rag.types import Citation, Language, Sentence


def write_sentences(chosen: Sequence[Candidate], replies: Replies, language: Language) -> tuple[Sentence, ...]:
    """The verified sentences, citations numbered from 1 in the order of reading."""
    sentences: list[Sentence] = []
    number = 0
    for candidate in chosen:
        citations = []
        for source in candidate.sources:
            number += 1
            citations.append(
                Citation(number=number, passage=candidate.hit.passage, source=source, quote=candidate.text)
            )
        label = write_label(candidate.hit.passage, candidate.sources, replies, language)
        sentence = Sentence(text=candidate.text, label=label, citations=tuple(citations))
        if holds(sentence) and not _commands(candidate):
            sentences.append(sentence)
        else:
            number -= len(citations)
    return tuple(sentences)


def _commands(candidate: Candidate) -> bool:
    """Whether a third party's words speak to a machine instead of telling something."""
    return not candidate.official and bool(read_vocabulary().commands.search(fold(candidate.text)))
