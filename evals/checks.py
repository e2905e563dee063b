"""The single checks of an answer: each is a value 0 … 1, whether it passed, and why.

In: a case, an answer in its serial form (DESIGN §8), the release's material. Out: `Check`s that apply; a check that
does not apply is not there. Reasons are codes with details; templates/words.toml has their words. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from evals import metrics
from evals.cases import Case
from evals.facts import contradicting_years, says, says_forbidden
from evals.material import CLAIMED, Material
from rag.language.values import fiscal_year_of, years_named

Json = Mapping[str, Any]  # an answer, a sentence or a citation as DESIGN §8 gives it
CHECKS = (
    "fact_recall", "forbidden_free", "quote_exactness", "number_exactness", "attribution", "citation_precision",
    "citation_recall", "year_shown", "standing_shown", "right_reason", "equal_treatment",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Check:
    """One score and its reason: `code` names the words, `detail` fills them."""

    name: str
    value: float
    passed: bool
    code: str
    detail: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FactReading:
    """For each key fact the sentences (from 0) that say it; for each forbidden one whether it is said."""

    said_in: tuple[frozenset[int], ...]
    forbidden: tuple[bool, ...]


class Reader(Protocol):
    """The seam between comparing values (the default) and asking a model."""

    def read(self, case: Case, answer: Json) -> FactReading | None:
        """What the answer says; None where that could not be told."""


class ValueReader:
    """By normalised wording and by value; no model."""

    def read(self, case: Case, answer: Json) -> FactReading:
        """What the answer says."""
        shown = [words_of(sentence) for sentence in answer["sentences"]]
        said = tuple(
            frozenset(n for n, text in enumerate(shown) if any(says(text, wording) for wording in wordings))
            for wordings in case.facts
        )
        message = [answer["abstained"]["message"]] if answer["abstained"] else []
        told = [*shown, *message]
        forbidden = tuple(any(says_forbidden(text, words) for text in told) for words in case.forbidden)
        return FactReading(said_in=said, forbidden=forbidden)


def words_of(sentence: Json) -> str:
    """A sentence as a reader sees it: its text, and its label."""
    return "\n".join(part for part in (sentence["text"], sentence["label"]) if part)


def cited(answer: Json) -> list[Json]:
    """Every citation, in order."""
    return [citation for sentence in answer["sentences"] for citation in sentence["citations"]]


def run_checks(case: Case, answer: Json, material: Material, reader: Reader) -> tuple[Check, ...]:
    """All checks that apply to this answer, in the order of CHECKS; equal treatment needs two answers (score.py)."""
    reading = reader.read(case, answer)
    checks = [*check_facts(case, answer, reading)]
    if not answer["abstained"]:
        checks += [check_quotes(answer, material), check_numbers(answer), check_attribution(answer, material)]
        checks += check_citations(case, answer, material, reading)
        checks += check_year(case, answer)
        checks.append(check_standing(answer, material))
    if not case.expects_answer:
        checks.append(check_reason(case, answer))
    return tuple(checks)


def check_facts(case: Case, answer: Json, reading: FactReading | None) -> Iterator[Check]:
    """Key facts said, forbidden ones not."""
    if reading is None:
        yield Check(name="fact_recall", value=0.0, passed=False, code="judge_unparseable")
        return
    if case.facts:
        missing = tuple(w[0] for w, places in zip(case.facts, reading.said_in, strict=True) if not places)
        recall = metrics.fact_recall(reading.said_in)
        code = "abstained" if answer["abstained"] else "facts_missing" if missing else "facts_all"
        yield Check(name="fact_recall", value=recall, passed=not missing, code=code, detail=missing)
    if case.forbidden:
        said = tuple(words for words, told in zip(case.forbidden, reading.forbidden, strict=True) if told)
        code = "forbidden_said" if said else "forbidden_none"
        yield Check(name="forbidden_free", value=float(not said), passed=not said, code=code, detail=said)


def check_quotes(answer: Json, material: Material) -> Check:
    """Every sentence cites; every quote stands in the passage it names."""
    pairs: list[tuple[str, str | None]] = []
    faults: list[str] = []
    for sentence in answer["sentences"]:
        if not sentence["citations"]:
            pairs.append(("", None))
            faults.append(sentence["text"])
        for citation in sentence["citations"]:
            passage = material.passages.get(citation["passage_id"])
            pairs.append((citation["quote"], passage.text if passage else None))
            if passage is None or not citation["quote"] or citation["quote"] not in passage.text:
                faults.append(f"[{citation['number']}] {citation['quote']}")
    uncited = any(not sentence["citations"] for sentence in answer["sentences"])
    code = "sentence_uncited" if uncited else "quote_not_in_passage" if faults else "quotes_exact"
    value = metrics.quote_exactness(pairs)
    return Check(name="quote_exactness", value=value, passed=not faults, code=code, detail=tuple(faults))


def check_numbers(answer: Json) -> Check:
    """Every value of a sentence stands in its quotes, and no year is told as two (令和6年度(2023年度))."""
    sentences = [(s["text"], [c["quote"] for c in s["citations"]]) for s in answer["sentences"]]
    loose = tuple(written for text, quotes in sentences for written in metrics.unquoted_values(text, quotes))
    torn = tuple(written for text, _ in sentences for written in contradicting_years(text))
    code = "number_not_quoted" if loose else "years_contradict" if torn else "numbers_exact"
    value = metrics.number_exactness(
        [(text, () if contradicting_years(text) else quotes) for text, quotes in sentences]
    )
    return Check(name="number_exactness", value=value, passed=not loose + torn, code=code, detail=loose or torn)


def check_attribution(answer: Json, material: Material) -> Check:
    """Each citation names a source its statement rests on, and says of it what the release says."""
    verdicts = [(_attribution_fault(citation, material), citation) for citation in cited(answer)]
    faults = tuple(f"[{c['number']}] {fault}" for fault, c in verdicts if fault)
    value = metrics.share([fault is None for fault, _ in verdicts])
    code = "attribution_wrong" if faults else "attribution_right"
    return Check(name="attribution", value=value, passed=not faults, code=code, detail=faults)


def _attribution_fault(citation: Json, material: Material) -> str | None:
    source = material.find_source(citation)
    if source is None:
        return str(citation["title"])
    if source.id not in material.sources_of(citation):
        return source.id
    passage = material.passages[citation["passage_id"]]
    claims = {key: getattr(source, key) for key in CLAIMED} | {"wording": passage.wording, "speaker": passage.speaker}
    wrong = [key for key, value in claims.items() if citation[key] != value]
    return f"{source.id} {wrong[0]}={citation[wrong[0]]}" if wrong else None


def check_citations(case: Case, answer: Json, material: Material, reading: FactReading | None) -> Iterator[Check]:
    """Precision and recall of citations against the sources the case accepts."""
    if not case.sources:
        return
    accepted = [[_accepted(case, c, material) for c in s["citations"]] for s in answer["sentences"]]
    flat = [ok for row in accepted for ok in row]
    others = tuple(dict.fromkeys(c["title"] for c in cited(answer) if not _accepted(case, c, material)))
    precision = metrics.citation_precision(flat)
    code = "sources_accepted" if all(flat) and flat else "sources_other" if any(flat) else "sources_none"
    yield Check(name="citation_precision", value=precision, passed=any(flat), code=code, detail=others)
    if case.facts and reading is not None:
        supported = {n for n, row in enumerate(accepted) if any(row)}
        recall = metrics.citation_recall(reading.said_in, supported)
        loose = tuple(
            w[0] for w, places in zip(case.facts, reading.said_in, strict=True) if places and not places & supported
        )
        code = "facts_unsupported" if loose else "facts_supported"
        yield Check(name="citation_recall", value=recall, passed=not loose, code=code, detail=loose)


def _accepted(case: Case, citation: Json, material: Material) -> bool:
    source = material.find_source(citation)
    return source is not None and source.id in case.sources


def check_year(case: Case, answer: Json) -> Iterator[Check]:
    """The fiscal year that must be shown stands in a text, a label or a citation's date."""
    if case.year is None or not case.expects_answer:
        return
    shown = set().union(*(years_named(words_of(s)) for s in answer["sentences"]))
    for citation in cited(answer):
        shown |= {citation["fiscal_year"]} | _years_of(citation["as_of"])
    passed = case.year in shown
    code = "year_shown" if passed else "year_missing"
    yield Check(name="year_shown", value=float(passed), passed=passed, code=code, detail=(str(case.year),))


def _years_of(as_of: str | None) -> set[int]:
    if not as_of:
        return set()
    year, month, *_ = *(int(part) for part in as_of.split("-")), 0
    return {year, fiscal_year_of(date(year, month, 1))} if month else {year}


def check_standing(answer: Json, material: Material) -> Check:
    """Third parties and experiences are marked at the sentence and in the notices; a rule shows its time."""
    codes = {notice["code"] for notice in answer["notices"]}
    verdicts = [_standing_fault(sentence, codes, material) for sentence in answer["sentences"]]
    faults = [fault for fault in verdicts if fault]
    detail = tuple(s["text"] for s, fault in zip(answer["sentences"], verdicts, strict=True) if fault)
    value = metrics.share([fault is None for fault in verdicts])
    code = faults[0] if faults else "standing_shown"
    return Check(name="standing_shown", value=value, passed=not faults, code=code, detail=detail)


def _standing_fault(sentence: Json, notices: set[str], material: Material) -> str | None:
    sources = [source for c in sentence["citations"] if (source := material.find_source(c))]
    if not sources:
        return None  # quote exactness and attribution say so
    label = sentence["label"] or ""
    if any(s.standing == "third_party" for s in sources) and not (
        "third_party" in notices and _has_one(label, material.third_party_words)
    ):
        return "third_party_unmarked"
    if all(s.kind == "interview" for s in sources) and not (
        "experience" in notices and _has_one(label, material.experience_words)
    ):
        return "experience_unmarked"
    if any(s.kind == "rule" for s in sources) and not label:
        return "rule_undated"
    return None


def _has_one(text: str, words: Sequence[str]) -> bool:
    return any(word in text for word in words)


def check_reason(case: Case, answer: Json) -> Check:
    """An abstention has one of the acceptable reasons."""
    given = answer["abstained"]["reason"] if answer["abstained"] else None
    passed = given in case.reasons
    code = "reason_right" if passed else "reason_other" if given else "answered_anyway"
    detail = (str(given or ""), "・".join(case.reasons))
    return Check(name="right_reason", value=float(passed), passed=passed, code=code, detail=detail)
