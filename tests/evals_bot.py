"""A scripted bot for the tests of the evaluation: real answers of rag.types over a small material of its own.

Each question has one answer; what it says is invented, in the form of the shipped corpus.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from evals.cases import Case, CaseSet
from evals.material import Material
from evals.runs import Conditions, Made, make_run
from evals.serving import Serving
from rag.types import (
    Abstention,
    Answer,
    Citation,
    Contact,
    IctnaviError,
    Notice,
    Passage,
    Reason,
    Sentence,
    Source,
    Span,
)

RULE = Source(
    id="rule", title="選考案内", url="https://example.org/rule", publisher="都", kind="rule", standing="official",
    fiscal_year=2024,
)  # fmt: skip
OLD_RULE = Source(
    id="old-rule", title="選考案内(前年度)", url="https://example.org/old", publisher="都", kind="rule",
    standing="official", fiscal_year=2023,
)  # fmt: skip
BLOG = Source(
    id="blog", title="受験情報サイト", url="https://example.com/blog", publisher="個人", kind="news",
    standing="third_party", fiscal_year=2023,
)  # fmt: skip
TALK = Source(
    id="talk", title="職員が語る", url="https://example.org/talk", publisher="都", kind="interview",
    standing="official", as_of="2024-08",
)  # fmt: skip
SOURCES = {s.id: s for s in (RULE, OLD_RULE, BLOG, TALK)}


def make_passage(name: str, *sentences: str, source: Source) -> Passage:
    """A passage of these sentences, all resting on one source."""
    text, spans = "", []
    for sentence in sentences:
        spans.append(Span(start=len(text), end=len(text) + len(sentence), source_ids=(source.id,)))
        text += sentence
    return Passage(
        id=name, document_id=name, lang="ja", wording="digest", title=source.title, heading_path=(), question=None,
        askings=(), text=text, start=0, end=len(text), speaker=None, affiliation=None, route=None,
        sentences=tuple(spans),
    )  # fmt: skip


AGE = make_passage(
    "age",
    "対象年齢は、令和7年4月1日時点で61歳未満です。",
    "採用予定は30名です。",
    "主任級での採用が基本です。",
    source=RULE,
)
OLD_AGE = make_passage("old-age", "2023年度の対象年齢は、60歳未満でした。", source=OLD_RULE)
YEARS = make_passage("years", "受験情報サイトによると、大卒で7年以上の職務経験が必要でした。", source=BLOG)
LIFE = make_passage("life", "最初の職場では調達を担当しました。", source=TALK)
PASSAGES = {p.id: p for p in (AGE, OLD_AGE, YEARS, LIFE)}
MATERIAL = Material(passages=PASSAGES, sources=SOURCES)
THIRD = Notice(code="third_party", message="第三者情報を含みます。")
TOLD = Notice(code="experience", message="体験談を含みます。")
LABELS = {"rule": "2024年度", "old-rule": "2023年度", "blog": "2023年度・第三者情報", "talk": "2024年8月時点・体験談"}


def say(passage: Passage, *places: int) -> tuple[Sentence, ...]:
    """The passage's sentences at these places (from 0; the first where none is given), each its own quote."""
    sentences = []
    for number, place in enumerate(places or (0,), start=1):
        span = passage.sentences[place]
        source = SOURCES[span.source_ids[0]]
        citation = Citation(number=number, passage=passage, source=source, quote=passage.quote(span))
        sentences.append(Sentence(text=citation.quote, label=LABELS[source.id], citations=(citation,)))
    return tuple(sentences)


def answer(question: str, sentences: Sequence[Sentence], *notices: Notice) -> Answer:
    """An answer of these sentences."""
    return Answer(
        question=question, language="ja", mode="extractive", release="r1", sentences=tuple(sentences),
        notices=notices, elapsed_ms=1.5,
    )  # fmt: skip


def abstain(question: str, reason: Reason = Reason.NO_EVIDENCE) -> Answer:
    """An abstention."""
    told = Abstention(
        reason=reason, message="資料に見当たりません。", contact=Contact(name="窓口", url="https://example.org/")
    )
    return Answer(question=question, language="ja", mode="extractive", release="r1", abstained=told)


CASES = CaseSet(
    name="small",
    cases=(
        Case(
            id="age", turns=("何歳まで受けられますか",), language="ja", category="numbers", facts=(("60歳まで",),),
            forbidden=("60歳未満です",), sources=("rule",), year=2024,
        ),
        Case(
            id="follow", turns=("キャリア活用って?", "採用は何人で、どの級ですか"), language="ja", category="follow_up",
            facts=(("30人",), ("主任級", "主任")), sources=("rule",),
        ),
        Case(
            id="years", turns=("経験は何年いりますか",), language="ja", category="rule_or_experience",
            facts=(("大卒で7年以上",),), sources=("blog",), year=2023,
        ),
        Case(
            id="life", turns=("最初の仕事は",), language="ja", category="direct", facts=(("調達",),), sources=("talk",)
        ),
        Case(
            id="rate", turns=("合格率は",), language="ja", category="near_unanswerable", reasons=("no_evidence",)
        ),
        Case(
            id="pair-a", turns=("女性です。何歳まで?",), language="ja", category="equal_treatment",
            facts=(("61歳未満",),), sources=("rule",), pair="eq-1",
        ),
        Case(
            id="pair-b", turns=("男性です。何歳まで?",), language="ja", category="equal_treatment",
            facts=(("61歳未満",),), sources=("rule",), pair="eq-1",
        ),
    ),
)  # fmt: skip
ANSWERS = {
    "何歳まで受けられますか": answer("", say(AGE)),
    "採用は何人で、どの級ですか": answer("", say(AGE, 1, 2)),
    "経験は何年いりますか": answer("", say(YEARS), THIRD),
    "最初の仕事は": answer("", say(LIFE), TOLD),
    "合格率は": abstain(""),
    "女性です。何歳まで?": answer("", say(AGE)),
    "男性です。何歳まで?": answer("", say(AGE)),
}


@dataclass
class ScriptedBot:
    """Answers by the question; keeps what it was asked. A question without an answer breaks it."""

    answers: Mapping[str, Answer] = field(default_factory=lambda: ANSWERS)
    asked: list[tuple[str, tuple[str, ...], date]] = field(default_factory=list)

    def ask(self, question: str, history: Sequence[str] = (), *, today: date) -> Answer:
        """The scripted answer."""
        self.asked.append((question, tuple(history), today))
        if question not in self.answers:
            raise IctnaviError("no answer is scripted")
        return self.answers[question]


def run_scripted(changes: Mapping[str, Answer] | None = None, *, without: Sequence[str] = ()) -> Made:
    """The small set asked of the scripted bot, with some answers changed or taken away."""
    answers = {k: v for k, v in {**ANSWERS, **(changes or {})}.items() if k not in without}
    serving = Serving(release="r1", bot=ScriptedBot(answers), material=MATERIAL)
    conditions = Conditions(release="r1", today="2026-11-23", settings={}, versions={"python": "3"}, commit="c0ffee")
    return make_run(CASES, serving, conditions)
