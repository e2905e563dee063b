"""The API's forms: what may be sent and what comes back, as pydantic models for checking and for /api/openapi.json.

The answer's form is DESIGN §8's and is written by `rag.types.Answer.to_json`; a test holds these models to it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictStr, model_validator

from rag.types import Kind, Language, Mode, NoticeCode, Reason, Standing, Wording


class Form(BaseModel):
    """What all forms share: no field that is not named here."""

    model_config = ConfigDict(extra="forbid")


class Asking(Form):
    """A question, or the user's questions of a conversation, oldest first, of which the last is asked."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "oneOf": [{"required": ["question"]}, {"required": ["turns"]}],
            "examples": [{"question": "キャリア活用採用選考は何歳まで受けられますか"}],
        },
    )

    question: Annotated[StrictStr | None, Field(description="One question, Japanese or English")] = None
    turns: Annotated[
        list[StrictStr] | None, Field(min_length=1, description="The user's questions, oldest first; the last is asked")
    ] = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Asking:
        if (self.question is None) == (self.turns is None):
            raise ValueError("exactly one of question and turns")
        return self

    def asked(self) -> list[str]:
        """The questions, oldest first; never empty. JSON can hold half a character, which nothing can write again."""
        return [make_whole(turn) for turn in self.turns or [self.question or ""]]


def make_whole(text: str) -> str:
    """The text with split pairs of surrogates joined, and single ones replaced by U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class CitationForm(Form):
    """A quote and where it stands; `quote` is a run of the passage, character for character."""

    number: int
    passage_id: str
    quote: str
    title: str
    url: str
    publisher: str
    kind: Kind
    standing: Standing
    wording: Wording
    as_of: Annotated[str | None, Field(description="YYYY, YYYY-MM or YYYY-MM-DD")]
    as_of_note: str | None
    fiscal_year: Annotated[int | None, Field(description="Western year: 令和6年度 is 2024")]
    speaker: str | None


class SentenceForm(Form):
    """One sentence; `label` says when and of whom it holds."""

    text: str
    label: str | None
    citations: Annotated[list[CitationForm], Field(min_length=1)]


class ContactForm(Form):
    """Where to ask on."""

    name: str
    url: str


class AbstentionForm(Form):
    """Why nothing is answered."""

    reason: Reason
    message: str
    contact: ContactForm


class NoticeForm(Form):
    """A remark that stands with an answer."""

    code: NoticeCode
    message: str


class RelatedForm(Form):
    """A pointer to material near the question."""

    passage_id: str
    question: str
    title: str
    url: str


class AnswerForm(Form):
    """An answer: `sentences`, or why there are none."""

    question: Annotated[str, Field(description="The question with personal data masked")]
    language: Language
    mode: Mode
    release: str
    sentences: list[SentenceForm]
    abstained: AbstentionForm | None
    notices: list[NoticeForm]
    related: list[RelatedForm]
    elapsed_ms: float


class ErrorDetail(Form):
    """What was wrong; `message` is one sentence in the language of Accept-Language."""

    code: Literal[
        "not_json",
        "not_a_question",
        "turn_too_long",
        "body_too_large",
        "body_too_slow",
        "headers_too_large",
        "too_many",
        "busy",
        "failed",
    ]
    message: str


class ErrorForm(Form):
    """Every answer but 200."""

    error: ErrorDetail
