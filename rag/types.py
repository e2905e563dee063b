"""What flows through the product: sources, documents, passages, citations, answers, and the errors.

Pure data. Nothing here reads a file, a clock or the environment. Every invariant is checked in a constructor, so
that an answer without evidence, or a citation whose quote is not in its passage, cannot exist.

The error tree (each message is one sentence for a person; the CLI's exit code stands behind it):

    IctnaviError
    ├── SettingError      2   a wrong option or setting; names it and the fix
    ├── ContentError      1   a file that can't be read or breaks a rule of the corpus; carries path and line
    ├── ReleaseError      1   no release, or a release that is damaged or missing a file
    ├── StorageError      1   the disk: not writable, full
    └── OutsideError      1   the network or a model's provider
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, get_args

Language = Literal["ja", "en"]
Kind = Literal["rule", "faq", "statistics", "interview", "news"]
Standing = Literal["official", "third_party"]
Wording = Literal["original", "digest"]
Mode = Literal["extractive", "model"]
NoticeCode = Literal[
    "third_party",
    "experience",
    "older_year",
    "no_date",
    "maybe_outdated",
    "source_updated",
    "part_missing",
    "personal_data_masked",
    "model_fallback",
]

KINDS: tuple[str, ...] = get_args(Kind)
STANDINGS: tuple[str, ...] = get_args(Standing)
NOTICE_CODES: tuple[str, ...] = get_args(NoticeCode)
AS_OF = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")


class IctnaviError(Exception):
    """Root of what this product raises on purpose. `exit_code` is what the command line ends with."""

    exit_code = 1


class SettingError(IctnaviError):
    """A wrong option or setting; the message names it and says what to do."""

    exit_code = 2


class ContentError(IctnaviError):
    """A file that can't be read, or breaks a rule of the corpus. `line` counts from 1; 0 where none applies."""

    def __init__(self, message: str, *, path: str = "", line: int = 0) -> None:
        self.path, self.line = path, line
        place = f"{path}:{line}: " if path and line else f"{path}: " if path else ""
        super().__init__(place + message)


class ReleaseError(IctnaviError):
    """There is no release, or one is damaged, incomplete or of a foreign format."""


class StorageError(IctnaviError):
    """The disk refused: not writable, full, gone."""


class OutsideError(IctnaviError):
    """The network, or a model's provider, failed."""


class Reason(StrEnum):
    """Why an answer was withheld (DESIGN §1.8)."""

    NO_EVIDENCE = "no_evidence"
    OTHER_YEAR = "other_year"
    INDIVIDUAL = "individual"
    STAFF_PERSONAL = "staff_personal"
    OPINION = "opinion"
    USER_PERSONAL_DATA = "user_personal_data"
    UNSAFE = "unsafe"
    OFF_TOPIC = "off_topic"
    EMPTY = "empty"
    TOO_LONG = "too_long"


@dataclass(frozen=True, kw_only=True)
class Source:
    """A published page. `as_of` is YYYY, YYYY-MM or YYYY-MM-DD; `fiscal_year` is Western (令和6年度 = 2024).

    `as_of_note` says what stands in place of a date (「時点表示なし」「推定」) and is shown. `rights` is "digest" where
    only facts in our own words may be shown, "text" where the page's own words may become passages.
    """

    id: str
    title: str
    url: str
    publisher: str
    kind: Kind
    standing: Standing
    fiscal_year: int | None = None
    as_of: str | None = None
    as_of_note: str | None = None
    retrieved_at: str | None = None
    review_by: str | None = None
    rights: str = "digest"

    def __post_init__(self) -> None:
        """Refuse unknown kinds and standings, broken dates, and a rule that holds for no stated time."""
        if not self.id or not self.title:
            raise ContentError(f"出典 {self.id or '?'} に id か title がありません")
        if self.kind not in KINDS:
            raise ContentError(f"出典 {self.id} の kind「{self.kind}」は使えません({'・'.join(KINDS)} のいずれか)")
        if self.standing not in STANDINGS:
            raise ContentError(f"出典 {self.id} の standing「{self.standing}」は使えません({'・'.join(STANDINGS)})")
        if self.as_of is not None and not AS_OF.fullmatch(self.as_of):
            raise ContentError(f"出典 {self.id} の as_of「{self.as_of}」は YYYY・YYYY-MM・YYYY-MM-DD ではありません")
        if self.kind == "rule" and not (self.fiscal_year or self.as_of or self.as_of_note):
            raise ContentError(f"出典 {self.id} は規則なのに、年度・as_of・as_of_note のどれもありません")


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A run of `Document.text` (offsets of characters, end excluded) and the sources it rests on."""

    start: int
    end: int
    source_ids: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse an empty run and a statement without a source."""
        if not 0 <= self.start < self.end:
            raise ContentError(f"文の範囲 {self.start}–{self.end} が正しくありません")
        if not self.source_ids:
            raise ContentError("出典のない文があります")


@dataclass(frozen=True, kw_only=True)
class Section:
    """One heading's body, or one speaker's answer: `Document.text[start:end]`, the heading itself not included.

    `heading_path` runs from the outermost heading to the innermost. `question` is what the section answers, where it
    stands as a question; `askings` are further ways candidates ask it, `unanswered` what they ask beside it that the
    material does not answer. `affiliation` goes with `speaker`. `route` names the selection route or staff group the
    section holds for (a key of replies.toml's routes).
    """

    heading_path: tuple[str, ...]
    start: int
    end: int
    statements: tuple[Statement, ...]
    question: str | None = None
    askings: tuple[str, ...] = ()
    unanswered: tuple[str, ...] = ()
    speaker: str | None = None
    affiliation: str | None = None
    route: str | None = None


@dataclass(frozen=True, kw_only=True)
class Document:
    """A page as read: `text` is what remains after footnote marks are taken out; sections lie in it in order.

    `digest_of` is the id of the source that the whole document digests, or whose original it is.
    `sha256` is of the file's bytes, in hex.
    """

    id: str
    lang: Language
    wording: Wording
    title: str
    text: str
    sections: tuple[Section, ...]
    sha256: str
    digest_of: str | None = None
    chapter: int | None = None
    review_by: str | None = None
    path: str = ""

    def __post_init__(self) -> None:
        """Refuse sections that overlap or leave the text."""
        at = 0
        for section in self.sections:
            if not at <= section.start <= section.end <= len(self.text):
                raise ContentError(
                    f"見出し「{' > '.join(section.heading_path)}」の範囲が本文と合いません", path=self.path
                )
            at = section.end


@dataclass(frozen=True, kw_only=True)
class Span:
    """What is quoted of a passage: a sentence (of our own sheets a whole statement), by offsets, with its sources."""

    start: int
    end: int
    source_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Passage:
    """What is indexed and cited: `document.text[start:end] == text`. `sentences` are those that may be quoted."""

    id: str
    document_id: str
    lang: Language
    wording: Wording
    title: str
    heading_path: tuple[str, ...]
    question: str | None
    askings: tuple[str, ...]
    text: str
    start: int
    end: int
    speaker: str | None
    affiliation: str | None
    route: str | None
    sentences: tuple[Span, ...]
    unanswered: tuple[str, ...] = ()

    def quote(self, span: Span) -> str:
        """The words of one sentence."""
        return self.text[span.start : span.end]


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A passage found for a query. `score` is comparable only within one result list, best first."""

    passage: Passage
    score: float


@dataclass(frozen=True, kw_only=True)
class Citation:
    """A quote and where it stands. `number` counts from 1 within an answer.

    Raises:
        ContentError: the quote is empty or is not in the passage, character for character.
    """

    number: int
    passage: Passage
    source: Source
    quote: str

    def __post_init__(self) -> None:
        """Refuse a quote that the passage does not hold."""
        if not self.quote or self.quote not in self.passage.text:
            raise ContentError(f"引用「{self.quote[:30]}」は {self.passage.id} にありません")

    def to_json(self) -> dict[str, Any]:
        """The citation as DESIGN §8 gives it."""
        return {
            "number": self.number,
            "passage_id": self.passage.id,
            "quote": self.quote,
            "title": self.source.title,
            "url": self.source.url,
            "publisher": self.source.publisher,
            "kind": self.source.kind,
            "standing": self.source.standing,
            "wording": self.passage.wording,
            "as_of": self.source.as_of,
            "as_of_note": self.source.as_of_note,
            "fiscal_year": self.source.fiscal_year,
            "speaker": self.passage.speaker,
        }


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """One sentence of an answer; what comes from a source's metadata is its `label`, never its text."""

    text: str
    label: str | None
    citations: tuple[Citation, ...]

    def __post_init__(self) -> None:
        """Refuse a sentence without a citation."""
        if not self.text.strip() or not self.citations:
            raise ContentError("引用のない文は答えになりません")

    def to_json(self) -> dict[str, Any]:
        """The sentence as DESIGN §8 gives it."""
        return {"text": self.text, "label": self.label, "citations": [c.to_json() for c in self.citations]}


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Where a candidate asks on."""

    name: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Abstention:
    """Why nothing is answered, in words, and whom to ask."""

    reason: Reason
    message: str
    contact: Contact


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A remark that stands with an answer."""

    code: NoticeCode
    message: str


@dataclass(frozen=True, kw_only=True)
class Related:
    """A passage near the question, shown as a pointer and never as an answer."""

    passage_id: str
    question: str
    title: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What page, command line, evaluation and API all use; exactly one of `sentences` and `abstained` is there."""

    question: str
    language: Language
    mode: Mode
    release: str
    sentences: tuple[Sentence, ...] = ()
    abstained: Abstention | None = None
    notices: tuple[Notice, ...] = ()
    related: tuple[Related, ...] = ()
    elapsed_ms: float = field(default=0.0, compare=False)

    def __post_init__(self) -> None:
        """Refuse both or neither of an answer and an abstention."""
        if bool(self.sentences) == (self.abstained is not None):
            raise ContentError("答えには、文か、答えない理由の、どちらか一方だけがあります")

    def to_json(self) -> dict[str, Any]:
        """The one serial form (DESIGN §8)."""
        abstained: Mapping[str, Any] | None = None
        if self.abstained:
            contact = {"name": self.abstained.contact.name, "url": self.abstained.contact.url}
            abstained = {"reason": self.abstained.reason.value, "message": self.abstained.message, "contact": contact}
        return {
            "question": self.question,
            "language": self.language,
            "mode": self.mode,
            "release": self.release,
            "sentences": [s.to_json() for s in self.sentences],
            "abstained": abstained,
            "notices": [{"code": n.code, "message": n.message} for n in self.notices],
            "related": [
                {"passage_id": r.passage_id, "question": r.question, "title": r.title, "url": r.url}
                for r in self.related
            ],
            "elapsed_ms": round(self.elapsed_ms, 1),
        }
