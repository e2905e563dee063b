"""How well the check of a model's sentences tells true ones from altered ones.

True: paraphrases of the corpus's statements. bench/data/paraphrases.jsonl is by the check's author, before there was
one; paraphrases2.jsonl by someone else, who had not read it; the others by those who then mended the check, each
before reading it or after mending it. Altered: the same sentences with one number, bound or negation changed at a
time, to a foreign value or to another value of the same passage, and untrue wordings that a person wrote. Every one of
these files has been looked at by now; docs/models.md tells what each gave when it was unseen. paraphrases8.jsonl is by
someone who never saw the check, true rows and untrue ones with the kind of what is wrong. The first hex digit of
sha256(id) halves it: even is `tune`, whose failures were mended; odd is `held`, of which only the shares were looked at.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.answer.alignment import Quotable, align
from rag.answer.checks import Tolerance, find_fault
from rag.answer.reading import Reader
from rag.language.values import Value, read_values
from rag.types import Passage

DATA = Path(__file__).with_name("data")
FILES = ("paraphrases.jsonl", "paraphrases2.jsonl", "paraphrases3.jsonl")
LATER = ("paraphrases4.jsonl", "paraphrases5.jsonl", "paraphrases6.jsonl", "paraphrases7.jsonl")
HALVES = "paraphrases8.jsonl"
SEED = 20261127


@dataclass(frozen=True, kw_only=True)
class True_:
    """A sentence that says what statements of `passages` say. `number` is its line, from 0, in `file`."""

    file: str
    number: int
    text: str
    language: str
    passages: tuple[Passage, ...]
    untrue: str | None


@dataclass(frozen=True, kw_only=True)
class Altered:
    """A sentence with one thing changed. `kind`: foreign, swap, bound, negation; `what` says from what to what.

    Of kind written: the untrue wording that a person wrote, with values of the passage in wrong places.
    """

    of: True_
    kind: str
    text: str
    what: str


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A row of the halved file: `kind` is true, or what is wrong with it (number, year, bound, negation, name, scope)."""

    half: str
    kind: str
    text: str
    passages: tuple[Passage, ...]


def read_halves(passages: Sequence[Passage]) -> list[Judged]:
    """The rows of paraphrases8.jsonl whose statements still stand in the corpus, with the half they fall into."""
    found = []
    for line in (DATA / HALVES).read_text("utf-8").splitlines():
        record = json.loads(line)
        homes = [next((p for p in passages if s in p.text), None) for s in record["statements"]]
        if None not in homes:
            even = int(hashlib.sha256(record["id"].encode()).hexdigest()[0], 16) % 2 == 0
            found.append(
                Judged(
                    half="tune" if even else "held",
                    kind=record.get("kind", "true"),
                    text=record.get("paraphrase") or record["untrue"],
                    passages=tuple(dict.fromkeys(h for h in homes if h)),
                )
            )
    return found


def read_paraphrases(passages: Sequence[Passage], files: Sequence[str] = FILES) -> list[True_]:
    """The paraphrases whose statements still stand in the corpus."""
    return [sentence for file in files for sentence in _read_file(file, passages)]


def _read_file(file: str, passages: Sequence[Passage]) -> list[True_]:
    found = []
    for number, line in enumerate((DATA / file).read_text("utf-8").splitlines()):
        record = json.loads(line)
        homes = [next((p for p in passages if s in p.text), None) for s in record["statements"]]
        if None not in homes:
            found.append(
                True_(
                    file=file,
                    number=number,
                    text=record["paraphrase"],
                    language=record["language"],
                    passages=tuple(dict.fromkeys(h for h in homes if h)),
                    untrue=record.get("swap"),
                )
            )
    return found


class Judge:
    """The check as the product runs it, on whole passages."""

    def __init__(self, reader: Reader, tolerance: Tolerance | None = None) -> None:
        self._reader, self._tolerance = reader, tolerance

    def fault(self, text: str, passages: Sequence[Passage]) -> str | None:
        """Why the sentence would be dropped; None where it would be shown."""
        quotables = [
            Quotable(place=(at, number), reading=self._reader.read(p.quote(span)), head=self._head(p))
            for at, p in enumerate(passages)
            for number, span in enumerate(p.sentences)
        ]
        reading = self._reader.read(text)
        aligned = align(reading, quotables)
        return "no_quote" if aligned is None else find_fault(reading, aligned, self._tolerance)

    def _head(self, passage: Passage) -> frozenset[str]:
        words = "\n".join((passage.title, *passage.heading_path, passage.question or "", passage.speaker or ""))
        return self._reader.read(words).keys


def alter(sentences: Sequence[True_], *, seed: int = SEED) -> Iterator[Altered]:
    """Every number, bound and negation of every sentence, changed one at a time."""
    rng = random.Random(seed)
    for sentence in sentences:
        if sentence.untrue:
            yield Altered(of=sentence, kind="written", text=sentence.untrue, what="values exchanged")
        for value in read_values(sentence.text):
            yield from _other_numbers(sentence, value, rng)
        for kind, pattern, other in CHANGES:
            for found in pattern.finditer(sentence.text):
                new = found.expand(other)
                text = sentence.text[: found.start()] + new + sentence.text[found.end() :]
                yield Altered(of=sentence, kind=kind, text=text, what=f"{found.group()} → {new}")


def _other_numbers(sentence: True_, value: Value, rng: random.Random) -> Iterator[Altered]:
    """The value with its last number changed to one that stands nowhere, and to each other one of its kind there."""
    passage_values = [v for p in sentence.passages for s in p.sentences for v in read_values(p.quote(s))]
    numbers = list(re.finditer(r"\d[\d,]*(?:\.\d+)?", value.written))
    if not numbers:
        return
    last = numbers[-1]
    known = {n.replace(",", "") for p in sentence.passages for n in re.findall(r"\d[\d,]*(?:\.\d+)?", p.text)}
    foreign = _foreign(last.group(), known, rng)
    yield _replaced(sentence, value, last.span(), foreign, "foreign")
    same_kind = [v for v in passage_values if v.kind == value.kind and v.unit == value.unit and not v.same(value)]
    spare = {re.findall(r"\d[\d,]*(?:\.\d+)?", v.written)[-1] for v in same_kind if re.search(r"\d", v.written)}
    for other in sorted(spare - {last.group()}):
        changed = _replaced(sentence, value, last.span(), other, "swap")
        yield changed


def _foreign(number: str, known: set[str], rng: random.Random) -> str:
    plain = number.replace(",", "")
    while True:
        size = len(plain.partition(".")[0])
        if size == 1:
            candidate = str(rng.randint(2, 29))
        elif "." in plain:
            candidate = f"{rng.randint(1, 99)}.{rng.randint(1, 9)}"
        else:
            candidate = str(rng.randint(10 ** (size - 1), 10**size - 1))
            if size == 4 and plain[:2] in {"19", "20"}:
                candidate = str(rng.randint(1991, 2039))
        if candidate not in known and candidate != plain:
            return candidate


def _replaced(sentence: True_, value: Value, span: tuple[int, int], new: str, kind: str) -> Altered:
    start, end = value.start + span[0], value.start + span[1]
    return Altered(
        of=sentence, kind=kind, text=sentence.text[:start] + new + sentence.text[end:],
        what=f"{sentence.text[start:end]} → {new}",
    )  # fmt: skip


def _changes() -> tuple[tuple[str, re.Pattern[str], str], ...]:
    bounds = (
        (r"以上", "未満"), (r"未満", "以上"), (r"以下", "超"), (r"以内", "以上"), (r"(?<=[\d歳日月年度])まで", "から"),
        (r"(?<=就学する)まで|(?<=なる)まで", "から"), (r"(?<=[日月])から(?=\d)", "まで"), (r"以降", "以前"), (r"より前", "以降"), (r"超え", "下回"),
        (r"以前(?=の)", "以降"), (r"\bunder\b", "over"), (r"\bover(?= \d)", "under"), (r"\bat least\b", "at most"), (r"\bor younger\b", "or older"),
        (r"\bmore than\b", "less than"), (r"\bor less\b", "or more"), (r"\bor more\b", "or less"), (r"\bbelow\b", "above"),
    )  # fmt: skip
    negations = (
        (r"できます", "できません"), (r"できません", "できます"), (r"ありません", "あります"), (r"(?<!では)(?<!しか)あります", "ありません"), (r"なりました", "なりませんでした"),
        (r"(?<![あな])りません", "ります"), (r"いません", "います"), (r"ています(?=。|。$|\()", "ていません"), (r"でした(?=。|が|$)", "ではありませんでした"),
        (r"必要です", "不要です"), (r"必要があります", "必要はありません"), (r"です(?=。|$|が)", "ではありません"), (r"されます", "されません"), (r"取れます", "取れません"),
        (r"られます", "られません"), (r"しました(?=。)", "しませんでした"), (r"対象(?=とな|で|に)", "対象外"), (r"なければなりません", "なくてもかまいません"),
        (r"\bhad to be\b", "did not have to be"), (r"\bcannot\b", "can"), (r"\bcan\b", "cannot"), (r"\bare\b", "are not"), (r"\bis not\b", "is"), (r"\bshould not\b", "should"),
        (r"\bwas\b", "was not"), (r"\bmust\b", "need not"), (r"\bhad over\b", "did not have over"),
    )  # fmt: skip
    return tuple(
        (kind, re.compile(p), new) for kind, pairs in (("bound", bounds), ("negation", negations)) for p, new in pairs
    )


CHANGES = _changes()
