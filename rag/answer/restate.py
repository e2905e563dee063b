"""A follow-up completed by the model from the turns before it, if it adds nothing to them.

In: the question and the user's former questions. Out: the restated question, or None, and then the rules of converse
stand. It takes over no number, name or other word that nobody said.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from rag.answer.alignment import covers, stands
from rag.answer.chat import Chat, ChatFault
from rag.answer.prompt import ask_to_restate
from rag.answer.reading import Reader
from rag.answer.vocabulary import read_vocabulary
from rag.language.detect import detect
from rag.language.normalise import fold
from rag.types import Language

TURNS = 3  # former questions the model sees
LONGEST = 300  # characters
SECONDS = 6.0  # of the answer's deadline


class Restater:
    """Restates through one chat model; safe to share between threads."""

    def __init__(self, chat: Chat, reader: Reader) -> None:
        self._chat, self._read = chat, reader.read

    def restate(self, question: str, history: Sequence[str], language: Language, until: float) -> str | None:
        """The question as it stands alone; None where the model failed, or said what nobody asked."""
        turns = list(history)[-TURNS:]
        messages = ask_to_restate(question, turns, language)
        try:
            written = "".join(self._chat.stream(messages, min(until, time.monotonic() + SECONDS))).strip()
        except ChatFault:
            return None
        return written if self._adds_nothing(written, [*turns, question], language) else None

    def _adds_nothing(self, written: str, turns: Sequence[str], language: Language) -> bool:
        if not written or len(written) > LONGEST or "\n" in written or detect(written) != language:
            return False
        if read_vocabulary().foreign.search(fold(written)):
            return False
        reading, said = self._read(written), [self._read(turn) for turn in turns]
        keys = frozenset(key for turn in said for key in turn.keys)
        figures = [f for turn in said for f in turn.figures]
        if not all(stands(f, figures) for f in reading.figures):
            return False
        return all(covers(keys, atom) for atom in reading.atoms if not atom.light or atom.proper)
