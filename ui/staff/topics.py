"""Questions -> groups by what they are about, each under its most telling word. It reads nothing and knows no page.

A word tells the more, the more questions hold it and the fewer passages do: count × log((passages + 1) / (passages with
it + 1)), the inverse document frequency of Spärck Jones (1972). The most telling word takes its questions, then the
next of what is left. Terms of one synonym group of the glossary count as one word, in both languages.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rag.corpus import Glossary
from rag.language.normalise import fold
from rag.language.tokens import Tokenizer

LEAST = 2  # questions of a group; the rest stand together


@dataclass(frozen=True, kw_only=True)
class Topic:
    """Questions that share a word; `word` is empty for those that share none."""

    word: str
    questions: tuple[str, ...]


def group_questions(questions: Iterable[str], glossary: Glossary, passages: Sequence[str]) -> tuple[Topic, ...]:
    """Every question in one group, the largest first, the ungrouped last."""
    tokenizer = Tokenizer([group.phrases for group in glossary.groups])
    forms = {q: dict(_list_words(q, glossary, tokenizer)) for q in dict.fromkeys(questions)}
    folded = [fold(passage) for passage in passages]
    weights = {word: _weigh(found, folded) for each in forms.values() for word, found in each.items()}
    topics, left = [], dict(forms)
    while (word := _most_telling(left, weights)) is not None:
        topics.append(Topic(word=word, questions=tuple(q for q, words in left.items() if word in words)))
        left = {q: words for q, words in left.items() if word not in words}
    topics.sort(key=lambda topic: -len(topic.questions))
    return (*topics, *([Topic(word="", questions=tuple(left))] if left else []))


def _list_words(question: str, glossary: Glossary, tokenizer: Tokenizer) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each word as a person reads it, with the forms it takes in passages."""
    for concept in tokenizer.tokens(question).concepts:
        group = glossary.groups[int(concept.partition(":")[2])]
        yield group.terms[0], tuple(map(fold, group.phrases))
    for word in tokenizer.words(question):
        yield word.surface, (word.surface,)


def _weigh(forms: tuple[str, ...], passages: Sequence[str]) -> float:
    having = sum(any(form in passage for form in forms) for passage in passages)
    return math.log((len(passages) + 1) / (having + 1))


def _most_telling(left: Mapping[str, Mapping[str, object]], weights: Mapping[str, float]) -> str | None:
    counts: dict[str, int] = {}
    for words in left.values():
        for word in words:
            counts[word] = counts.get(word, 0) + 1
    shared = {word: count * weights[word] for word, count in counts.items() if count >= LEAST and weights[word] > 0}
    return max(shared, key=lambda word: (shared[word], word), default=None)
