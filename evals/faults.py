"""Planted faults: what would happen to the scores if an answer were wrong in a known way.

In: a run's answers and the release's material. Out: copies with one fault each, to be scored again; and, over a seeded
sample of statements with a number, the share of changed numbers that some case catches. It asks no bot: a statement is
changed in the material and wherever an answer quotes it, so that quote and answer agree and only the case can tell.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evals.checks import Json, cited
from evals.compare import find_changes, find_fact_numbers
from evals.material import Material
from evals.runs import Run
from evals.score import RIGHT, Score, score_all, score_one
from rag.language.values import Value, read_values
from rag.types import Passage

SAMPLE = 50
SEED = 13


@dataclass(frozen=True, kw_only=True)
class Place:
    """One statement of a passage: what it said, what it says now."""

    passage: Passage
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Planted:
    """One changed number. Ids of cases: whose answer quotes the statement, who score lower for it, and whom a
    comparison with the run before lists under changed numbers, or flags as a key fact's number."""

    place: Place
    quoted_by: tuple[str, ...]
    caught_by: tuple[str, ...]
    listed_by: tuple[str, ...]
    flagged_by: tuple[str, ...]


def change_number(text: str, value: Value) -> str | None:
    """The text with the digits of one value made one larger; None where it has no plain digits."""
    written = text[value.start : value.end]
    at = next((n for n, c in enumerate(written) if c in "0123456789"), None)
    if at is None:
        return None
    stop = at
    while stop < len(written) and written[stop] in "0123456789,":
        stop += 1
    digits = written[at:stop].rstrip(",")
    grown = str(int(digits.replace(",", "")) + 1)
    return text[: value.start + at] + grown + text[value.start + at + len(digits) :]


def draw_statements(material: Material, *, sample: int = SAMPLE, seed: int = SEED) -> list[tuple[Passage, str]]:
    """Statements with a number, with their passages, drawn by a seed."""
    found = [
        (passage, passage.quote(span))
        for passage in material.passages.values()
        for span in passage.sentences
        if _plain_values(passage.quote(span))
    ]
    return random.Random(seed).sample(found, min(sample, len(found)))  # noqa: S311 - a sample, no secret


def _plain_values(text: str) -> list[Value]:
    return [value for value in read_values(text) if change_number(text, value)]


def plant_numbers(run: Run, material: Material, *, sample: int = SAMPLE, seed: int = SEED) -> Iterator[Planted]:
    """Each number of each drawn statement changed in turn, and who notices."""
    honest = {s.id: s for s in score_all(run.cases, run.answers, material)}
    for passage, statement in draw_statements(material, sample=sample, seed=seed):
        for value in _plain_values(statement):
            changed = change_number(statement, value)
            assert changed is not None
            yield _plant(run, honest, material, Place(passage=passage, before=statement, after=changed))


def _plant(run: Run, honest: Mapping[str, Score], material: Material, place: Place) -> Planted:
    quoted = [i for i, a in run.answers.items() if a and any(place.before in c["quote"] for c in cited(a))]
    answers = {i: _rewritten(run.answers[i], place.before, place.after) for i in quoted}
    cases = [case for case in run.cases if case.id in answers]
    after = score_all(cases, answers, _rewritten_material(material, place))
    return Planted(
        place=place,
        quoted_by=tuple(quoted),
        caught_by=tuple(s.id for s in after if is_lower(s, honest[s.id])),
        listed_by=tuple(i for i in quoted if any(n[0] == "number" for n in find_changes(run.answers[i], answers[i]))),
        flagged_by=tuple(c.id for c in cases if find_fact_numbers(c, run.answers[c.id], answers[c.id])),
    )


def is_lower(after: Score, before: Score) -> bool:
    """Whether a fault shows: a lower grade, or a check that no longer passes."""
    failed = {c.name for c in before.checks if not c.passed}
    return after.grade < before.grade or any(not c.passed and c.name not in failed for c in after.checks)


def _rewritten(answer: Json | None, old: str, new: str) -> dict[str, Any]:
    assert answer is not None
    copied = copy.deepcopy(dict(answer))
    for sentence in copied["sentences"]:
        sentence["text"] = sentence["text"].replace(old, new)
        for citation in sentence["citations"]:
            citation["quote"] = citation["quote"].replace(old, new)
    return copied


def _rewritten_material(material: Material, place: Place) -> Material:
    passage, shift = place.passage, len(place.after) - len(place.before)
    at = passage.text.index(place.before)
    spans = tuple(
        replace(s, start=s.start + shift * (s.start > at), end=s.end + shift * (s.end > at)) for s in passage.sentences
    )
    text = passage.text.replace(place.before, place.after, 1)
    changed = replace(passage, text=text, end=passage.end + shift, sentences=spans)
    return replace(material, passages={**material.passages, passage.id: changed})


# --- faults of one answer; each gives a changed copy, or None where the answer offers no place for it ---


def remove_source(answer: Json) -> Json | None:
    """A sentence loses its citations."""
    return _edited(answer, lambda copied: copied["sentences"][0].update(citations=[]))


def swap_citation(answer: Json, other: Json) -> Json | None:
    """A sentence's citation is replaced by one of another passage, its own quote kept."""
    if not cited(answer):
        return None
    strangers = [c for c in cited(other) if c["passage_id"] != answer["sentences"][0]["citations"][0]["passage_id"]]
    if not strangers:
        return None
    stranger = {**strangers[0], "quote": answer["sentences"][0]["citations"][0]["quote"]}
    return _edited(answer, lambda copied: copied["sentences"][0].update(citations=[stranger]))


def swap_source(answer: Json, other: Json) -> Json | None:
    """A sentence's citation names another source for the same quote."""
    if not cited(answer):
        return None
    mine = answer["sentences"][0]["citations"][0]
    strangers = [c for c in cited(other) if (c["title"], c["url"]) != (mine["title"], mine["url"])]
    if not strangers:
        return None
    named = {key: strangers[0][key] for key in mine if key not in {"number", "passage_id", "quote"}}
    return _edited(answer, lambda copied: copied["sentences"][0].update(citations=[{**mine, **named}]))


def change_year(answer: Json, years: int = 1) -> Json | None:
    """Every date of its sources is another year's, and the labels with them."""

    def edit(copied: dict[str, Any]) -> None:
        for sentence in copied["sentences"]:
            sentence["label"] = None
            for citation in sentence["citations"]:
                if citation["fiscal_year"]:
                    citation["fiscal_year"] += years
                if citation["as_of"]:
                    citation["as_of"] = str(int(citation["as_of"][:4]) + years) + citation["as_of"][4:]

    return _edited(answer, edit)


def unmark_third_party(answer: Json) -> Json | None:
    """The notice and the labels are gone."""

    def edit(copied: dict[str, Any]) -> None:
        copied["notices"] = [n for n in copied["notices"] if n["code"] != "third_party"]
        for sentence in copied["sentences"]:
            sentence["label"] = "2023年度"

    return _edited(answer, edit)


def abstain_instead(answer: Json, abstention: Json) -> Json:
    """An answer turned into another one's abstention."""
    return {**answer, "sentences": [], "abstained": abstention["abstained"], "notices": []}


def answer_instead(abstention: Json, answer: Json) -> Json:
    """An abstention turned into another one's answer."""
    return {**abstention, "sentences": answer["sentences"], "abstained": None, "notices": answer["notices"]}


def _edited(answer: Json, edit: Callable[[dict[str, Any]], None]) -> Json | None:
    if not answer["sentences"] or not answer["sentences"][0]["citations"]:
        return None
    copied = copy.deepcopy(dict(answer))
    edit(copied)
    return copied


@dataclass(frozen=True, kw_only=True)
class Tried:
    """One kind of fault, planted in every answer that scored rightly and offers a place for it."""

    name: str
    tried: int
    caught: int


def plant_everywhere(run: Run, material: Material) -> list[Tried]:
    """Each kind of fault in turn, in each answer of the run, and how many a check of that case then fails for."""
    honest = {s.id: s for s in run.scores if s.outcome in RIGHT and not s.wrong}
    answers = {i: a for i, a in run.answers.items() if a and i in honest}
    said = [a for a in answers.values() if not a["abstained"]]
    silent = [a for a in answers.values() if a["abstained"]]
    if not said or not silent:
        return []
    kinds: dict[str, Callable[[Json], Json | None]] = {
        "source_removed": remove_source,
        "citation_swapped": lambda a: swap_citation(a, _unlike(a, said)),
        "source_swapped": lambda a: swap_source(a, _unlike(a, said)),
        "year_changed": lambda a: change_year(a) if any(c["fiscal_year"] or c["as_of"] for c in cited(a)) else None,
        "abstained_instead": lambda a: None if a["abstained"] else abstain_instead(a, silent[0]),
        "answered_instead": lambda a: answer_instead(a, said[0]) if a["abstained"] else None,
        "third_party_unmarked": lambda a: unmark_third_party(a) if _rests_on_third_party(a) else None,
    }
    cases = {case.id: case for case in run.cases}
    out = []
    for name, plant in kinds.items():
        faulty = {i: planted for i, a in answers.items() if (planted := plant(a)) is not None}
        after = [score_one(cases[i], planted, material) for i, planted in faulty.items()]
        out.append(Tried(name=name, tried=len(after), caught=sum(is_lower(s, honest[s.id]) for s in after)))
    return out


def _unlike(answer: Json, others: Sequence[Json]) -> Json:
    """The first answer that cites none of this one's sources."""
    mine = {c["title"] for c in cited(answer)}
    return next((o for o in others if not mine & {c["title"] for c in cited(o)}), answer)


def _rests_on_third_party(answer: Json) -> bool:
    """Whether some sentence has third parties alone behind it."""
    return any(
        s["citations"] and all(c["standing"] == "third_party" for c in s["citations"]) for s in answer["sentences"]
    )


def share_caught(planted: Sequence[Planted]) -> float:
    """The share of the changed numbers that some case catches."""
    return sum(bool(p.caught_by) for p in planted) / len(planted) if planted else 0.0
