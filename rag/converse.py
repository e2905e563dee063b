"""Follow-ups: what this turn asks, given the turns before it, without a model.

In: the question and the user's former questions, oldest first. Out: `Turn`: the question as retrieval should read it,
and the words carried over. A question that stands by itself drops the old topic. It carries only nouns, never answers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.language.detect import detect
from rag.language.normalise import fold
from rag.language.tokens import Tokenizer

_POINTS_BACK = re.compile(
    r"それ(?!ぞれ)|そこ|その(?!他|ほか)|この|これ|あれ|あの|そちら|同じ|彼|前の|さっき|先ほど|今の|上の"
    r"|\b(?:it|its|that|this|those|these|they|them|their|there|he|his|she|her|one|ones|former|latter|same)\b"
)
_CONTINUES = re.compile(
    r"^(?:じゃあ|じゃ|では|でも|ちなみに|あと|それと|それから|他に|他は|ほかに|ほかは|もっと|詳しく|具体的|なぜ|どうして|例えば|つまり"
    r"|what about|how about|and\b|so\b|then\b|also\b|why\b|more\b|any other|anything else|what else)"
)
_ASKS = re.compile(r"(?:は|って|も)?(?:何|いつ|いくら|どこ|誰|どう|どの|どれ|なぜ|ある|あり|でき|必要)")
TURNS = 3
CARRIED = 3


@dataclass(frozen=True, kw_only=True)
class Turn:
    """`text` is what to retrieve for: the carried words and the question; `carried` is empty where it stands alone."""

    question: str
    text: str
    carried: tuple[str, ...] = ()


def resolve(question: str, history: Sequence[str], tokenizer: Tokenizer) -> Turn:
    """Complete a follow-up by the topic of the turns before it."""
    if not history or not _leans_back(question, tokenizer):
        return Turn(question=question, text=question)
    own = {w.token for w in tokenizer.words(question)} | {g for g, _, _ in tokenizer.concepts.find(fold(question))}
    carried = tuple(t for t in _topic(history, tokenizer) if fold(t) not in own)
    if not carried:
        return Turn(question=question, text=question)
    joined = " ".join(carried)
    text = f"{question} ({joined})" if detect(question) == "en" else f"{joined} {question}"
    return Turn(question=question, text=text, carried=carried)


def _leans_back(question: str, tokenizer: Tokenizer) -> bool:
    folded = fold(question).strip()
    if _CONTINUES.search(folded) or _POINTS_BACK.search(folded):
        return True
    nouns = [w for w in tokenizer.words(folded) if w.noun]
    concepts = tokenizer.concepts.find(folded)
    # 「任期は?」「いつからですか」: short, and about something not named
    return len(nouns) <= 1 and not concepts and len(folded) <= 14


def _topic(history: Sequence[str], tokenizer: Tokenizer) -> tuple[str, ...]:
    """The nouns of the nearest earlier question that names a topic: its concepts first, then its other nouns."""
    for position in range(len(history) - 1, max(-1, len(history) - 1 - TURNS), -1):
        question = history[position]
        words = _nouns(question, tokenizer)
        leaning = _leans_back(question, tokenizer)
        if words and not (leaning and position > 0):
            return words
        if words:
            earlier = _topic(history[:position], tokenizer)
            return tuple(dict.fromkeys((*earlier, *words)))[:CARRIED]
    return ()


def _nouns(question: str, tokenizer: Tokenizer) -> tuple[str, ...]:
    folded = fold(question)
    spans = [(start, end) for _, start, end in tokenizer.concepts.find(folded)]
    found = [folded[start:end] for start, end in spans]
    run: list[tuple[int, int]] = []
    for word in tokenizer.words(folded):
        inside = any(start <= word.start and word.end <= end for start, end in spans)
        if not word.noun or inside or word.surface.isdigit() or _ASKS.fullmatch(word.surface):
            continue
        if run and run[-1][1] == word.start:
            run[-1] = (run[-1][0], word.end)
        else:
            run.append((word.start, word.end))
    found += [folded[start:end] for start, end in run if end - start >= 2]
    return tuple(dict.fromkeys(found))[:CARRIED]
