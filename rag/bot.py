"""The composition root: settings -> a `Bot` that answers; question, history and date -> `Answer`.

It opens a private copy of the served release, notices a newly published one and changes over between two questions.
What it decides by itself is only the order of the stages; it knows no screen and logs nothing.
"""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rag.answer.abstain import find_routes, write_abstention
from rag.answer.budget import Budget, DailyCount
from rag.answer.extractive import write_sentences
from rag.answer.labels import list_notices
from rag.answer.material import choose_material
from rag.answer.standing import official_first
from rag.answer.task import Outcome, Task, Writer
from rag.converse import Turn, read_turns, split_compared, split_parts, without_year
from rag.corpus import Replies
from rag.corpus.replies import Gap, Route
from rag.coverage import Reader
from rag.evidence import Candidate, Evidence, Field, add_parts, gather, join_parts
from rag.evidence.candidates import list_candidates
from rag.index import close_index
from rag.intent import Intent, continue_intent, read_intent
from rag.language.detect import detect
from rag.language.normalise import fold, strip_invisible
from rag.privacy import mask
from rag.query import Query, Weights, analyse
from rag.reasons import find_reason
from rag.releases import ReleaseStore
from rag.retrieve import retrieve
from rag.scope import (
    asks_for_stranger,
    gap_of,
    is_of_another,
    is_off_topic,
    of_language,
    on_topic,
    stands_beside,
)
from rag.served import Served, open_release
from rag.settings import Settings
from rag.types import (
    Answer,
    Hit,
    Language,
    Mode,
    Notice,
    Passage,
    Reason,
    Related,
    Sentence,
)

if TYPE_CHECKING:
    from rag.answer.chat import Chat
    from rag.answer.restate import Restater

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SAYS_SOMETHING = re.compile(r"[^\W_]")
HITS = 10
RELATED = 3
SURE = 2.0  # support (logits above the threshold) from which evidence outweighs unknown words
STRANGE_SHARE = 0.5  # known share of a question below which evidence that is not sure does not count
FIELD_SHARE = 0.65  # below this share of the question known to headings and glossary, it is off topic
_WITHOUT_RELATED = {Reason.UNSAFE, Reason.EMPTY, Reason.TOO_LONG, Reason.OFF_TOPIC, Reason.USER_PERSONAL_DATA}


class Bot:
    """Answers from the served release; safe to use from many threads. A chat model, if any, never holds the lock."""

    def __init__(self, settings: Settings, store: ReleaseStore, served: Served, chat: Chat | None = None) -> None:
        self._settings, self._store, self._served, self._chat = settings, store, served, chat
        self._pen = _make_pen(chat, served)
        self._opening = threading.Lock()  # held by the one question that opens a newly published release
        self._holding = threading.Lock()  # held for a moment, around the release, its pen and its users
        self._users: Counter[int] = Counter()  # how many questions a release is answering, by its object
        self._weights = Weights()

    @classmethod
    def open(cls, settings: Settings, *, budget: Budget | None = None) -> Bot:
        """Open what is published. `budget` counts the chat model's use; without it, this process counts its own.

        Raises:
            ReleaseError: nothing is published, or it is damaged.
            SettingError: the release was built with another embedding than the setting names, or the chat model's
                provider, package or key is missing.
        """
        store = ReleaseStore(settings.home)
        chat = open_chat(settings, budget) if settings.chat_model else None
        return cls(settings, store, open_release(store, store.current(), settings), chat)

    @property
    def release(self) -> str:
        """The id of the release that answers."""
        return self._served.id

    @property
    def replies(self) -> Replies:
        """The words of that release."""
        return self._served.replies

    def passage(self, passage_id: str) -> Passage | None:
        """A passage of that release, for showing a quote in its context."""
        at = self._served.index.position.get(passage_id)
        return None if at is None else self._served.index.passages[at]

    def ask(self, question: str, history: Sequence[str] = (), *, today: date) -> Answer:
        """One answer. `history` holds the user's former questions, oldest first; `today` is Japan's date."""
        *_, answer = self.stream(question, history, today=today)
        if not isinstance(answer, Answer):
            raise TypeError("an answer ends with its Answer")
        return answer

    def stream(self, question: str, history: Sequence[str] = (), *, today: date) -> Iterator[Sentence | Answer]:
        """The verified sentences of an answer as they come, none withdrawn later; then the `Answer` that holds them."""
        return self._stream(question, history, today, by_model=True)

    def has_answer(self, question: str, history: Sequence[str] = (), *, today: date) -> bool:
        """Whether the material answers, for offering questions; decided on the evidence alone, without a model."""
        *_, answer = self._stream(question, history, today, by_model=False)
        return isinstance(answer, Answer) and answer.abstained is None

    def _stream(
        self, question: str, history: Sequence[str], today: date, *, by_model: bool
    ) -> Iterator[Sentence | Answer]:
        with self._hold() as (served, pen):
            yield from self._on_release(question, history, today, served, pen if by_model else None)

    def _on_release(
        self, question: str, history: Sequence[str], today: date, served: Served, pen: Pen | None
    ) -> Iterator[Sentence | Answer]:
        began = time.perf_counter()
        masked = mask(_CONTROL.sub(" ", strip_invisible(question)))
        language = detect(masked.text)
        until = time.monotonic() + self._settings.chat_deadline
        blank = _Draft(question=masked.text.strip(), language=language, served=served, until=until, pen=pen)
        answer = yield from self._answer(blank, history, today)
        if masked.kinds:
            notice = Notice(
                code="personal_data_masked", message=served.replies.notices["personal_data_masked"].of(language)
            )
            answer = replace(answer, notices=(*answer.notices, notice))
        yield replace(answer, elapsed_ms=(time.perf_counter() - began) * 1000)

    def close(self) -> None:
        """Let go of the private copy."""
        self._let_go(self._served)

    @contextmanager
    def _hold(self) -> Iterator[tuple[Served, Pen | None]]:
        """The release that answers, which stays open meanwhile, and what writes on it."""
        self._change_over()
        with self._holding:
            served, pen = self._served, self._pen
            self._users[id(served)] += 1
        try:
            yield served, pen
        finally:
            with self._holding:
                self._users[id(served)] -= 1
                unused = self._is_unused(served)
            if unused:
                self._let_go(served)

    def _change_over(self) -> None:
        """Answer from what is newly published: the first question to notice opens it, the others don't wait."""
        if not self._store.changed(self._served.id) or not self._opening.acquire(blocking=False):
            return
        try:
            if not self._store.changed(self._served.id):
                return
            fresh = open_release(self._store, self._store.current(), self._settings)
            pen = _make_pen(self._chat, fresh)
            with self._holding:
                former, self._served, self._pen = self._served, fresh, pen
                unused = self._is_unused(former)
            if unused:
                self._let_go(former)
        finally:
            self._opening.release()

    def _is_unused(self, served: Served) -> bool:
        return served is not self._served and self._users[id(served)] == 0

    def _let_go(self, served: Served) -> None:
        self._users.pop(id(served), None)
        close_index(served.index)
        self._store.close_copy(served.folder)

    def _answer(self, blank: _Draft, history: Sequence[str], today: date) -> Writing:
        question, served = blank.question, blank.served
        if not _SAYS_SOMETHING.search(question):
            return blank.abstain(Reason.EMPTY)
        if len(question) > self._settings.question_limit:
            return blank.abstain(Reason.TOO_LONG, limit=self._settings.question_limit)
        former = [served.speller.mend(fold(mask(h).text)) for h in history]
        meant = served.speller.mend(fold(question))
        intent = read_intent(meant, today)
        turns = read_turns(meant, former, served.index.tokenizer, served.rivals)
        if turns[0].leans:
            intent = continue_intent(intent, read_intent(former[-1], today), meant)
            if intent.reason is None and find_reason(fold(turns[0].text)) is Reason.STAFF_PERSONAL:
                intent = replace(intent, reason=Reason.STAFF_PERSONAL)  # 「関貫さんの経歴は?」 「奥さんは?」
        if intent.reason is None:
            turns = self._restated(blank, former, turns)
        looks = [self._look(turn, blank, intent) for turn in turns[: 1 if intent.reason else None]]
        best = max(looks, key=lambda look: look.evidence.support.score + look.turn.bias)
        if intent.reason is not None:
            return best.draft.abstain(intent.reason)
        best = self._with_parts(best, blank, today)
        refusal = self._refusal(best, intent)
        if refusal is not None and refusal.reason is Reason.NO_EVIDENCE:
            best = self._with_answered_parts(best, blank, today)
        if refusal is not None and not best.evidence.missing:
            return best.draft.abstain(refusal.reason, gap=refusal.gap, **refusal.values)
        return (yield from self._from_evidence(best, intent, today))

    def _with_parts(self, look: _Look, blank: _Draft, today: date) -> _Look:
        """The look with the evidence of each part, where the question lists several things."""
        parts = split_parts(look.turn.text, blank.served.index.tokenizer)
        looks = [self._look(replace(look.turn, text=part), blank, read_intent(part, today)) for part in parts]
        looks = [each for each in looks if look.allows(each)]
        if looks:
            return replace(look, evidence=join_parts(look.evidence, [each.evidence for each in looks]))
        return self._with_compared(look, blank, today)

    def _with_answered_parts(self, look: _Look, blank: _Draft, today: date) -> _Look:
        """The look of a question without an answer, with what answers some of its parts, and the others as missing."""
        parts = split_parts(look.turn.text, blank.served.index.tokenizer, pairs=True)
        found: list[Evidence] = []
        left: list[str] = []
        for part in parts:
            intent = read_intent(part, today)
            each = self._look(Turn(question=part, text=part, carried=look.turn.carried), blank, intent)
            sure = each.evidence.support.score >= SURE and look.allows(each)
            if sure and self._refusal(each, intent) is None:
                found.append(each.evidence)
            else:
                left.append(part)
        if not found or not left:
            return look
        return replace(look, evidence=replace(add_parts(found[0], found[1:]), missing=tuple(left)))

    def _with_compared(self, look: _Look, blank: _Draft, today: date) -> _Look:
        """The look with what each compared thing is, where the sentences found speak of one of them only."""
        evidence, concepts = look.evidence, blank.served.index.tokenizer.concepts
        asked = split_compared(look.turn.text, blank.served.index.tokenizer) if evidence.chosen else {}
        named = {group for c in evidence.chosen for group, _, _ in concepts.find(fold(c.text))}
        if evidence.reason is not None or not named & set(asked):
            return look
        left = [text for group, text in asked.items() if group not in named]
        looks = [self._look(replace(look.turn, text=text), blank, read_intent(text, today)) for text in left]
        return replace(look, evidence=add_parts(evidence, [each.evidence for each in looks]))

    def _restated(self, blank: _Draft, former: Sequence[str], turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
        """A follow-up as the model completes it, before the readings of the rules; those alone where it can't."""
        first, pen = turns[0], blank.pen
        if pen is None or not first.carried:
            return turns
        text = pen.restater.restate(blank.question, former, blank.language, blank.until)
        return turns if text is None else (replace(first, text=without_year(text)), *turns)

    def _look(self, turn: Turn, blank: _Draft, intent: Intent) -> _Look:
        """What the index holds for one reading; third parties' own words count only where nothing else answers."""
        vouched = blank.served.vouched
        if vouched is not None:
            look = self._look_among(turn, blank, intent, vouched)
            if look.evidence.reason is None:
                return look
        return self._look_among(turn, blank, intent, None)

    def _look_among(self, turn: Turn, blank: _Draft, intent: Intent, among: NDArray[np.bool_] | None) -> _Look:
        served = blank.served
        query = replace(analyse(turn.text, served.index, self._weights), language=blank.language)
        hits = of_language(retrieve(query, served.index, self._weights, limit=HITS, among=among), blank.language)
        hits = on_topic(hits, query, turn, served.index)
        draft = replace(blank, hits=tuple(hits), routes=find_routes(turn.text, served.replies))
        known = Field(
            sources=served.sources,
            routes=frozenset(r.id for r in draft.routes),
            entry_routes=frozenset(r.id for r in served.replies.routes if r.entry),
        )
        evidence = gather(query, hits, served.index, intent, known)
        return _Look(turn=turn, query=query, draft=draft, evidence=evidence)

    def _refusal(self, look: _Look, intent: Intent) -> _Refusal | None:
        """Why there is no answer to what was found; None where there is one."""
        draft, evidence, turn, served = look.draft, look.evidence, look.turn, look.draft.served
        sure, gap = evidence.support.written_for, look.gap
        if gap and evidence.reason is None and not stands_beside(gap, evidence, turn, served.index.tokenizer):
            return _Refusal(reason=Reason.NO_EVIDENCE, gap=gap)
        strange = not draft.routes and is_off_topic(look.query, served.index, STRANGE_SHARE)
        if gap is None and evidence.support.score < SURE and strange:
            return _Refusal(reason=Reason.OFF_TOPIC)
        if evidence.reason is not None:
            return self._without_evidence(draft, evidence, look.query, intent, gap)
        other = is_of_another(look.query, evidence, draft.routes)
        if gap is None and not sure and (other or asks_for_stranger(look.query, served.index)):
            return _Refusal(reason=Reason.NO_EVIDENCE)
        return None

    def _from_evidence(self, look: _Look, intent: Intent, today: date) -> Writing:
        draft, served, gap = look.draft, look.draft.served, look.gap
        chosen = self._official_first(look, intent)
        sentences = write_sentences(chosen, served.replies, draft.language)
        if not sentences:
            return draft.abstain(Reason.NO_EVIDENCE, gap=gap)
        shown, outcome = yield from _write(_task(look, chosen, intent, sentences), draft.pen)
        parts = " ".join(f"「{part}」" if draft.language == "ja" else f"“{part}”" for part in look.evidence.missing)
        missing = parts or (gap.of(draft.language) if gap else None)
        notices = list_notices(shown, served.replies, draft.language, today, missing, served.touched)
        if outcome.fallback:
            message = served.replies.notices["model_fallback"].of(draft.language)
            notices = (*notices, Notice(code="model_fallback", message=message))
        return draft.answer(sentences=shown, notices=notices, mode=outcome.mode)

    def _official_first(self, look: _Look, intent: Intent) -> tuple[Candidate, ...]:
        chosen, served = look.evidence.chosen, look.draft.served
        if not chosen or chosen[0].official:
            return chosen
        routes = frozenset(r.id for r in look.draft.routes)
        ranked = list_candidates(
            look.query, look.draft.hits, served.index, intent=intent, sources=served.sources, routes=routes
        )
        reader = Reader(look.query, served.index)
        return official_first(chosen, ranked, intent, lambda c: reader.read(c.at).asking.likeness)

    def _without_evidence(
        self, draft: _Draft, evidence: Evidence, query: Query, intent: Intent, gap: Gap | None
    ) -> _Refusal:
        if evidence.nearest_year and (evidence.reason is Reason.OTHER_YEAR or gap or draft.routes):
            years = {"asked": max(intent.years), "nearest": evidence.nearest_year}
            return _Refusal(reason=Reason.OTHER_YEAR, values=years)
        if gap is None and not draft.routes and is_off_topic(query, draft.served.index, FIELD_SHARE):
            return _Refusal(reason=Reason.OFF_TOPIC)
        return _Refusal(reason=Reason.NO_EVIDENCE, gap=gap)


@dataclass(frozen=True, kw_only=True)
class _Draft:
    """What every way of ending an answer needs."""

    question: str
    language: Language
    served: Served
    hits: tuple[Hit, ...] = ()
    routes: tuple[Route, ...] = ()
    until: float = float("inf")  # of the monotonic clock: when a chat model must have answered
    pen: Pen | None = None  # None: the sentences are quoted

    def answer(
        self, *, sentences: tuple[Sentence, ...], notices: tuple[Notice, ...], mode: Mode = "extractive"
    ) -> Answer:
        return Answer(
            question=self.question,
            language=self.language,
            mode=mode,
            release=self.served.id,
            sentences=sentences,
            notices=notices,
            related=self._related(exclude={c.passage.id for s in sentences for c in s.citations}),
        )

    def abstain(self, reason: Reason, *, gap: Gap | None = None, **values: object) -> Answer:
        abstention = write_abstention(
            reason, self.served.replies, self.language, gap=gap, routes=self.routes, values=values
        )
        return Answer(
            question=self.question,
            language=self.language,
            mode="extractive",
            release=self.served.id,
            abstained=abstention,
            related=() if reason in _WITHOUT_RELATED else self._related(exclude=set()),
        )

    def _related(self, *, exclude: set[str]) -> tuple[Related, ...]:
        found: list[Related] = []
        for hit in self.hits:
            passage = hit.passage
            if passage.id in exclude or passage.lang != self.language or not passage.sentences:
                continue
            source = self.served.sources[passage.sentences[0].source_ids[0]]
            question = passage.question or passage.title
            if question not in {r.question for r in found}:
                found.append(Related(passage_id=passage.id, question=question, title=source.title, url=source.url))
        return tuple(found[:RELATED])


@dataclass(frozen=True, kw_only=True)
class _Refusal:
    """Why there is no answer; `values` stand in the words that say so."""

    reason: Reason
    gap: Gap | None = None
    values: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class _Look:
    """One reading of the question and what was found for it."""

    turn: Turn
    query: Query
    draft: _Draft
    evidence: Evidence

    @property
    def gap(self) -> Gap | None:
        """The gap of the material that the question falls into, unless a passage was written for it."""
        return None if self.evidence.support.written_for else gap_of(self.turn, self.draft.served.replies)

    def allows(self, part: _Look) -> bool:
        """Whether what was found for a part is not of another route than the question names."""
        named, found = {r.id for r in self.draft.routes}, part.evidence.chosen
        return not named or not found or found[0].hit.passage.route in {None, *named}


Writing = Generator[Sentence, None, Answer]  # sentences as they may be shown; what is returned is the whole answer


@dataclass(frozen=True, kw_only=True)
class Pen:
    """A chat model's two uses, on one release's glossary."""

    writer: Writer
    restater: Restater


def _write(task: Task, pen: Pen | None) -> Generator[Sentence, None, tuple[tuple[Sentence, ...], Outcome]]:
    """The sentences as they are shown: the extractive ones, or what the model makes of their evidence."""
    if pen is None:
        yield from task.written
        return task.written, Outcome()
    shown: list[Sentence] = []
    writing = pen.writer.write(task)
    while True:
        try:
            sentence = next(writing)
        except StopIteration as end:
            return tuple(shown), end.value
        shown.append(sentence)
        yield sentence


def open_chat(settings: Settings, budget: Budget | None) -> Chat:
    """The chat model that the settings name; raises as `Bot.open`."""
    from rag.answer.chat import Chat, ChatOptions, open_model  # LangChain's models: only where one is set

    options = ChatOptions(
        model=settings.chat_model or "",
        base_url=settings.chat_base_url,
        deadline=settings.chat_deadline,
        max_tokens=settings.chat_max_tokens,
        trace=settings.chat_trace,
    )
    counting = budget or DailyCount(calls=settings.chat_daily_calls, tokens=settings.chat_daily_tokens)
    return Chat(open_model(options), options, counting)


def _make_pen(chat: Chat | None, served: Served) -> Pen | None:
    if chat is None:
        return None
    from rag.answer.model import ModelWriter  # only where a model is set
    from rag.answer.reading import Reader
    from rag.answer.restate import Restater

    reader = Reader(served.index.tokenizer)
    return Pen(writer=ModelWriter(chat, reader), restater=Restater(chat, reader))


def _task(look: _Look, chosen: Sequence[Candidate], intent: Intent, written: tuple[Sentence, ...]) -> Task:
    draft, served = look.draft, look.draft.served
    material = choose_material(chosen, draft.hits, served.sources, draft.language)
    return Task(
        question=draft.question if look.turn.text == draft.question or not look.turn.leans else look.turn.text,
        language=draft.language,
        material=material,
        written=written,
        wanted=intent.wanted,
        replies=served.replies,
        routes={r.id: tuple(map(fold, r.terms)) for r in served.replies.routes if r.entry},
        asked=frozenset(r.id for r in draft.routes if r.entry),
        until=draft.until,
    )
