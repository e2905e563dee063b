"""An answer through a chat model: its sentences, each released only after it was checked against its quotes.

In: a `Task`: the question, what may be read, and the extractive sentences that stand ready. Out: sentences as they
pass, and an `Outcome`. The model changes the wording only: no evidence, no call; what it adds, alters or cannot support
is dropped and counted. The answer opens with the best evidence, in the model's words or else in the material's own.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Generator, Iterator, Sequence

from rag.answer.alignment import Alignment, Quotable, align, covers, stands
from rag.answer.chat import Chat, ChatFault
from rag.answer.checks import find_fault
from rag.answer.citing import Numbering, Quote, cite
from rag.answer.denials import weigh
from rag.answer.material import Material
from rag.answer.prompt import ask_to_write
from rag.answer.protocol import Line, LineReader
from rag.answer.reading import Reader, Reading
from rag.answer.task import Outcome, Task
from rag.answer.vocabulary import read_vocabulary
from rag.language.detect import detect
from rag.language.normalise import fold, strip_invisible
from rag.language.values import Value
from rag.types import Sentence

MOST = 6  # sentences of a model in one answer
SAID = 0.6  # share of a sentence's words that others must hold to have said it
AGAIN = 0.9  # the same for a sentence that only repeats

_ENDED = re.compile(r"[。.!?！？」』)）]$|[すたんいるだ]$")  # a fragment is no sentence


class ModelWriter:
    """Writes through one chat model; safe to share between threads."""

    def __init__(self, chat: Chat, reader: Reader) -> None:
        self._chat, self._reader = chat, reader

    def write(self, task: Task) -> Generator[Sentence, None, Outcome]:
        """The sentences of the answer, in the order in which they may be shown; never withdrawn."""
        outcome = Outcome()
        page = _Page(task, self._reader)
        if task.material:
            yield from self._from_model(task, page, outcome)
        yield from page.close(outcome)
        return outcome

    def _from_model(self, task: Task, page: _Page, outcome: Outcome) -> Iterator[Sentence]:
        try:
            for line in self._lines(task, outcome):
                yield from page.accept(line, outcome)
                if page.full:
                    return
        except ChatFault as fault:
            outcome.failure = fault.failure

    def _lines(self, task: Task, outcome: Outcome) -> Iterator[Line]:
        """What the model says, line by line; a line cut off is never given out."""
        blocks = [(m.heading, [q.text for q in m.quotes]) for m in task.material]
        pieces = self._chat.stream(ask_to_write(task.question, blocks, task.language), task.until)
        lines = LineReader()
        while True:
            began = time.monotonic()
            piece = next(pieces, None)
            outcome.waited += time.monotonic() - began
            if piece is None:
                break
            yield from lines.feed(piece)
        yield from lines.finish()


class _Page:
    """One answer as it grows: what was said, what waits, what is still open."""

    def __init__(self, task: Task, reader: Reader) -> None:
        self._task, self._read, self._numbering = task, reader.read, Numbering()
        self._quotables: dict[int, list[Quotable]] = {}  # of the passages that were cited
        self._quoted: set[tuple[str, str]] = set()
        self._waiting: list[Sentence] = []  # third parties' word comes after official word
        self._readings: list[Reading] = []
        self._early: list[tuple[str, tuple[Quote, ...]]] = []  # said before what was asked for
        self._lead_said = False
        self._official_first = any(q.official for m in task.material for q in m.quotes)
        self._routes = frozenset().union(*(self._routes_in(fold(s.text)) for s in task.written))

    @property
    def full(self) -> bool:
        """Whether no more is wanted of the model."""
        return len(self._readings) >= MOST

    def accept(self, line: Line, outcome: Outcome) -> Iterator[Sentence]:
        """The sentences that a line lets through: none, itself, or with it those that waited for the direct answer.

        One that may not be shown is counted. A third party's waits for the end where there is official word.
        """
        fault, quotes = self._check(line)
        if fault is not None:
            outcome.dropped[fault] += 1
            return
        text = strip_invisible(line.text or "")
        outcome.mode = "model"
        self._readings.append(self._read(text))
        self._quoted |= {(q.passage.id, q.text) for q in quotes}
        if self._official_first and not all(q.official for q in quotes):
            self._waiting.append(cite(text, quotes, self._task.replies, self._task.language, Numbering()))
        elif self._lead_said or self._leads(text, quotes):
            yield self._say(text, quotes)
            yield from self._say_early()
        else:
            self._early.append((text, quotes))

    def _leads(self, text: str, quotes: Sequence[Quote]) -> bool:
        """Whether this sentence says what the best evidence says, so that the answer may open with it."""
        quoted = {(q.passage.id, q.text) for q in quotes}
        self._lead_said = self._says(self._task.written[0], [self._read(text)], quoted)
        return self._lead_said

    def _say(self, text: str, quotes: Sequence[Quote]) -> Sentence:
        return cite(text, quotes, self._task.replies, self._task.language, self._numbering)

    def _say_early(self) -> Iterator[Sentence]:
        early, self._early = self._early, []
        yield from (self._say(text, quotes) for text, quotes in early)

    def close(self, outcome: Outcome) -> Iterator[Sentence]:
        """What is still owed: the extractive sentences left open, official ones before what waits."""
        open_ = self._open()
        outcome.fallback = bool(self._task.material) and bool(open_)
        official = [s for s in open_ if any(c.source.standing == "official" for c in s.citations)]
        yield from (self._numbering.renumber(s) for s in official[:1])
        yield from self._say_early()
        for sentence in (*official[1:], *self._waiting, *(s for s in open_ if s not in official)):
            yield self._numbering.renumber(sentence)

    def _check(self, line: Line) -> tuple[str | None, tuple[Quote, ...]]:
        """Why a line may not be shown, or the quotes it rests on."""
        text = strip_invisible(line.text or "")
        fault = self._form_fault(line, text)
        if fault is not None:
            return fault, ()
        reading = self._read(text)
        aligned = align(reading, [q for place in line.places for q in self._quotables_of(place)])
        if aligned is None or not reading.atoms:
            return "no_quote", ()
        quotes = tuple(self._task.material[at].quotes[number] for at, number in (q.place for q in aligned.quotes))
        return self._fault(reading, aligned, quotes), quotes

    def _form_fault(self, line: Line, text: str) -> str | None:
        """What can be told without looking at the quotes."""
        checks = (
            ("no_evidence", line.no_evidence),
            ("form", not text or not _ENDED.search(text)),
            ("foreign", bool(read_vocabulary().foreign.search(fold(text))) or any(ord(c) < 32 for c in text)),
            ("token", any(place >= len(self._task.material) for place in line.places)),
            ("language", bool(text) and detect(text) != self._task.language),
        )
        return next((name for name, found in checks if found), None)

    def _fault(self, reading: Reading, aligned: Alignment, quotes: Sequence[Quote]) -> str | None:
        fault = find_fault(reading, aligned)
        if fault is not None:
            return fault
        if len({q.official for q in quotes}) > 1:
            return "mixed_standing"
        if _generalises(reading, quotes):
            return "generalised"
        if not self._names_its_route(reading, quotes):
            return "route"
        return "repeated" if _share_said(reading, self._readings) >= AGAIN and self._says_nothing_new(reading) else None

    def _says_nothing_new(self, reading: Reading) -> bool:
        figures = [f for other in self._readings for f in other.figures]
        return all(stands(f, figures) for f in reading.figures)

    def _names_its_route(self, reading: Reading, quotes: Sequence[Quote]) -> bool:
        """Where the answer is for several routes, a sentence says for which of its quotes' routes it holds."""
        named = self._routes_in(reading.folded)
        if named and self._task.asked and not named & self._task.asked:
            return False
        if len(self._routes) < 2:
            return True
        return all(named & held for q in quotes if (held := self._routes_in(fold(q.text)) & self._routes))

    def _routes_in(self, folded: str) -> frozenset[str]:
        return frozenset(r for r, terms in self._task.routes.items() if any(term in folded for term in terms))

    def _open(self) -> tuple[Sentence, ...]:
        """The extractive sentences owed: all where nothing was said, else the first of each route that is not said."""
        written = self._task.written
        if not self._readings:
            return written
        needed, routes = [written[0]], self._routes_in(fold(written[0].text))
        for sentence in written[1:]:
            further = self._routes_in(fold(sentence.text)) - routes
            further &= self._task.asked or further
            if further:
                needed.append(sentence)
                routes |= further
        return tuple(s for s in needed if not self._says(s, self._readings, self._quoted))

    def _says(self, owed: Sentence, said: Sequence[Reading], quoted: Collection[tuple[str, str]]) -> bool:
        """Whether sentences say what an extractive one does: the kind of fact asked for, and its quote or its facts."""
        reading, wanted = self._read(owed.text), self._task.wanted
        asks = wanted is not None and wanted.strict and wanted.met_by(owed.text, _values(reading))
        if asks and wanted and not any(wanted.met_by(r.text, _values(r)) for r in said):
            return False
        if any(c.passage.id == name and (q in c.quote or c.quote in q) for c in owed.citations for name, q in quoted):
            return True
        figures = [f for other in said for f in other.figures]
        return all(stands(f, figures) for f in reading.figures) and _share_said(reading, said) >= SAID

    def _quotables_of(self, at: int) -> list[Quotable]:
        if at not in self._quotables:
            self._quotables[at] = self._read_material(at, self._task.material[at])
        return self._quotables[at]

    def _read_material(self, at: int, material: Material) -> list[Quotable]:
        passage = material.passage
        words = (passage.title, *passage.heading_path, passage.question, passage.speaker, passage.affiliation)
        head = self._read("\n".join(w for w in words if w)).keys
        return [
            Quotable(place=(at, number), reading=self._read(q.text), head=head)
            for number, q in enumerate(material.quotes)
        ]


def _values(reading: Reading) -> tuple[Value, ...]:
    return tuple(f.value for f in reading.figures)


def _share_said(reading: Reading, others: Sequence[Reading]) -> float:
    keys = frozenset(key for other in others for key in other.keys)
    total = sum(map(weigh, reading.atoms))
    return sum(weigh(a) for a in reading.atoms if covers(keys, a)) / total if total else 0.0


def _generalises(reading: Reading, quotes: Sequence[Quote]) -> bool:
    """Whether a rule is made of what one person told: ruling words, interviews alone, and nobody named."""
    if not all(s.kind == "interview" for q in quotes for s in q.sources):
        return False
    if not read_vocabulary().ruling.search(reading.folded):
        return False
    named = [q.passage.speaker for q in quotes if q.passage.speaker]
    told = any(f"{n}" in q.text for q in quotes for n in ("氏", "さん")) or bool(named)
    return told and not any(n in reading.text for n in (*named, "氏", "さん"))
