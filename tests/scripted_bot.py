"""A deterministic bot for the tests of the page: real answers of rag.types, chosen by a word in the question.

No retrieval and no release behind it; what it says is invented for the tests, in the form of the shipped corpus. Only
the replies (operator, suggested questions, contacts) are the shipped ones.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

from rag.corpus.replies import Replies, read_replies
from rag.types import (
    Abstention,
    Answer,
    Citation,
    Contact,
    IctnaviError,
    Language,
    Notice,
    Passage,
    Reason,
    Related,
    Sentence,
    Source,
    Span,
    StorageError,
)

SHIPPED_REPLIES = Path(__file__).parent.parent / "corpus" / "replies.toml"
Verdict = tuple[str, str, Answer, Language]
SECRET = "外に出してはいけない言葉"
FAQ = Contact(name="東京都デジタル人材採用情報サイト「よくある質問」", url="https://example.org/faq/")
COLUMN = Source(
    id="column",
    title="公務員試験準備はどれくらい必要?キャリア活用採用編",
    url="https://example.org/interview/column-2/",
    publisher="東京都デジタルサービス局",
    kind="rule",
    standing="official",
    fiscal_year=2024,
    as_of_note="公開日の表示なし",
)
GUIDE = Source(
    id="guide",
    title="転職希望者向けページ(東京都職員採用)",
    url="https://example.org/pc/career/",
    publisher="東京都人事委員会",
    kind="rule",
    standing="official",
    as_of_note="時点の表示なし",
)
BLOG = Source(
    id="blog",
    title="キャリア活用採用選考の要点(受験情報サイト)",
    url="https://example.com/contents_023.html#c2",
    publisher="個人・受験情報サイト",
    kind="news",
    standing="third_party",
    fiscal_year=2023,
)
TALK = Source(
    id="talk",
    title="ICT職が語る、東京都で働くリアル",
    url="https://example.org/interview/talk/",
    publisher="東京都デジタルサービス局",
    kind="interview",
    standing="official",
    as_of="2024-08",
)


def make_passage(name: str, sentences: Sequence[str], source: Source, **fields: object) -> Passage:
    """A passage of the given sentences, all resting on one source."""
    text, spans = "", []
    for sentence in sentences:
        spans.append(Span(start=len(text), end=len(text) + len(sentence), source_ids=(source.id,)))
        text += sentence
    values: dict[str, object] = {
        "lang": "ja",
        "wording": "digest",
        "title": source.title,
        "heading_path": ("受験資格",),
        "question": None,
        "askings": (),
        "speaker": None,
        "affiliation": None,
        "route": None,
    }
    values |= fields
    return Passage(
        id=f"{source.id}#{name}",
        document_id=source.id,
        text=text,
        start=0,
        end=len(text),
        sentences=tuple(spans),
        **values,  # type: ignore[arg-type]
    )


AGE = make_passage(
    "age",
    [
        "キャリア活用採用選考(ICT区分)の対象年齢は、令和7年4月1日時点で61歳未満です。",
        "令和6年度の募集では、ICT区分の採用予定は30名でした。",
        "採用後は、民間などでの経歴が活きる分野を中心に担当します。",
    ],
    COLUMN,
    question="キャリア活用採用選考は何歳まで受けられますか",
)
GRADE = make_passage(
    "grade",
    [
        "キャリア活用採用選考の合格者は、主任級での採用が基本です。",
        "経験や専門性により、課長代理級で採用されることもあります。",
    ],
    GUIDE,
)
YEARS = make_passage(
    "years",
    ["受験情報サイトによると、2023年度は大卒で7年以上の職務経験が必要とされていました。"],
    BLOG,
    wording="digest",
)
ROTATION = make_passage(
    "rotation",
    [
        "最初の配属ではシステムの調達を担当し、二つ目の職場では防災のアプリを企画しました。",
        "異動の前は専門が途切れるのではと不安でしたが、いまは視野が広がったと感じています。",
    ],
    TALK,
    wording="original",
    question="ジョブローテーションはどうでしたか",
    speaker="佐藤",
    affiliation="東京都・ICT職",
)
ENGLISH = make_passage(
    "english",
    ["The career-utilisation selection (ICT) is open to people under 61 on 1 April 2025, in the FY2024 selection."],
    COLUMN,
    lang="en",
)


def cite(number: int, passage: Passage, source: Source, place: int = 0) -> Citation:
    """A citation of one of the passage's sentences, counted from 0."""
    return Citation(number=number, passage=passage, source=source, quote=passage.quote(passage.sentences[place]))


def say(citation: Citation, label: str | None = None) -> Sentence:
    """A sentence that is its quote."""
    return Sentence(text=citation.quote, label=label, citations=(citation,))


@dataclass
class ScriptedBot:
    """Answers by keyword; keeps what it was asked, so that a test can see the history."""

    release: str = "20260101T000000Z-scripted"
    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)  # opened, a question with 「ゆっくり」 is answered

    @cached_property
    def replies(self) -> Replies:
        """The shipped replies."""
        replies = read_replies(SHIPPED_REPLIES.read_bytes(), SHIPPED_REPLIES.name, [])
        assert replies is not None
        return replies

    def ask(self, question: str, history: Sequence[str] = (), *, today: date) -> Answer:
        """The scripted answer."""
        self.asked.append((question, tuple(history)))
        if "ゆっくり" in question:
            self.gate.wait(timeout=20)
        if "故障" in question:
            raise IctnaviError(f"{SECRET}: {question}")
        if len(question) > 1000:
            return self._abstain(question, "ja", Reason.TOO_LONG, "質問が長すぎるため、お答えできませんでした。")
        if "どんな仕事" in question:
            return self._answer(question, "ja", (say(cite(1, GRADE, GUIDE), "時点の表示なし"),))
        if "age" in question.lower():
            return self._answer(question, "en", (say(cite(1, ENGLISH, COLUMN), "FY2024"),))
        if "何歳" in question or "キャリア活用" in question:
            return self._answer(question, "ja", AGE_SENTENCES, notices=THIRD_PARTY)
        if "ローテーション" in question:
            return self._answer(question, "ja", ROTATION_SENTENCES, notices=EXPERIENCE)
        message = "申し訳ありません。お尋ねの内容は、手元の資料には見当たりません。下の公式ページでお確かめください。"
        return self._abstain(question, "ja", Reason.NO_EVIDENCE, message)

    def stream(self, question: str, history: Sequence[str] = (), *, today: date) -> Iterator[Sentence | Answer]:
        """The sentences, then the answer; a question with 「少しずつ」 waits at the gate after the first."""
        answer = self.ask(question, history, today=today)
        for place, sentence in enumerate(answer.sentences):
            if place and "少しずつ" in question:
                self.gate.wait(timeout=20)
            yield sentence
        yield answer

    def has_answer(self, question: str, history: Sequence[str] = (), *, today: date) -> bool:
        """Whether it has a scripted answer; what is only looked at is not kept."""
        asked = list(self.asked)
        answered = self.ask(question, history, today=today).abstained is None
        self.asked[:] = asked
        return answered

    def _answer(
        self, question: str, language: Language, sentences: tuple[Sentence, ...], notices: tuple[Notice, ...] = ()
    ) -> Answer:
        return Answer(
            question=question,
            language=language,
            mode="extractive",
            release=self.release,
            sentences=sentences,
            notices=notices,
        )

    def _abstain(self, question: str, language: Language, reason: Reason, message: str) -> Answer:
        related = Related(passage_id=AGE.id, question=AGE.question or "", title=COLUMN.title, url=COLUMN.url)
        return Answer(
            question=question,
            language=language,
            mode="extractive",
            release=self.release,
            abstained=Abstention(reason=reason, message=message, contact=FAQ),
            related=(related,),
        )


@dataclass
class FeedbackInMemory:
    """Keeps verdicts in a list; `full` makes it refuse, as a full disk would."""

    kept: list[Verdict] = field(default_factory=list)
    full: bool = False

    def keep_feedback(self, *, verdict: str, question: str, answer: Answer, language: Language) -> None:
        """Keep one verdict."""
        if self.full:
            raise StorageError("書き込めません")
        self.kept.append((verdict, question, answer, language))


AGE_SENTENCES = (
    say(cite(1, AGE, COLUMN), "令和6年度募集"),
    say(cite(2, GRADE, GUIDE), "時点の表示なし"),
    say(cite(3, YEARS, BLOG), "第三者情報・2023年度"),
)
ROTATION_SENTENCES = (
    say(cite(1, ROTATION, TALK, 0), "2024年8月時点・体験談・東京都 佐藤氏"),
    say(cite(2, ROTATION, TALK, 1), "2024年8月時点・体験談・東京都 佐藤氏"),
)
THIRD_PARTY = (
    Notice(code="third_party", message="東京都以外が公表した情報を含みます。必ず公式の案内で確かめてください。"),
    Notice(code="older_year", message="以前の年度の情報を含みます。"),
)
EXPERIENCE = (
    Notice(code="experience", message="職員個人の体験談を含みます。すべての人に当てはまるわけではありません。"),
)
