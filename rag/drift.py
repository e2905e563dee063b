"""What our own statements say that their page no longer says: numbers, dates and names.

In: statements with their sources, and each source's page as it was at the baseline and as it is now. Out: `Flag`s.
Only what stood on the page at the baseline can be missed: a value that we took from elsewhere never raises a flag.
It fetches nothing and changes no statement; whether a flag matters is for a person to say.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from rag.language.normalise import fold
from rag.language.tokens import Tokenizer
from rag.language.values import Value, read_values
from rag.releases.disk import Disk, refusing
from rag.types import Citation, ContentError, Document, ReleaseError

NAME = "drift.json"
LEAST_NAME = 2  # characters


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One of our statements."""

    document_id: str
    text: str
    source_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Flag:
    """A statement whose `missing` words (as we wrote them) no longer stand on the page of its source."""

    source_id: str
    document_id: str
    statement: str
    missing: tuple[str, ...]

    def touches(self, citation: Citation) -> bool:
        """Whether what is cited rests on this statement."""
        if citation.source.id != self.source_id or citation.passage.document_id != self.document_id:
            return False
        return citation.quote in self.statement or self.statement in citation.quote


_FLAGS = TypeAdapter(tuple[Flag, ...])


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a page says, for looking values and names up."""

    folded: str
    values: tuple[Value, ...]

    @classmethod
    def read(cls, text: str) -> Facts:
        """The facts of a page's text."""
        return cls(folded=fold(text), values=read_values(text))

    def states(self, value: Value) -> bool:
        """Whether the value stands there with the same unit."""
        return any(value.same(other) and value.unit == other.unit for other in self.values)


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A source's page at the baseline and now."""

    baseline: Facts
    now: Facts


def list_claims(documents: Iterable[Document]) -> Iterator[Claim]:
    """Every statement of our own sheets."""
    for document in documents:
        if document.wording != "digest":
            continue
        for section in document.sections:
            for statement in section.statements:
                text = document.text[statement.start : statement.end]
                yield Claim(document_id=document.id, text=text, source_ids=statement.source_ids)


def find_drift(claims: Iterable[Claim], pages: Mapping[str, Watched], tokenizer: Tokenizer) -> tuple[Flag, ...]:
    """A flag for each source of each statement that no longer bears it out, in the order of the statements.

    What another source of the same statement still says is not missing.
    """
    found = []
    for claim in claims:
        watched = [i for i in claim.source_ids if i in pages]
        if not watched:
            continue
        values, names = read_values(claim.text), list_names(claim.text, tokenizer)
        for source_id in watched:
            others = [pages[i] for i in watched if i != source_id]
            missing = _missing(values, names, pages[source_id], others)
            if missing:
                found.append(
                    Flag(source_id=source_id, document_id=claim.document_id, statement=claim.text, missing=missing)
                )
    return tuple(found)


def _missing(
    values: Sequence[Value], names: Sequence[str], page: Watched, others: Sequence[Watched]
) -> tuple[str, ...]:
    lost = [v.written for v in values if page.baseline.states(v) and not page.now.states(v)
            and not any(other.now.states(v) for other in others)]  # fmt: skip
    lost += [n for n in names if n in page.baseline.folded and n not in page.now.folded
             and not any(n in other.now.folded for other in others)]  # fmt: skip
    return tuple(dict.fromkeys(lost))


def list_names(text: str, tokenizer: Tokenizer) -> tuple[str, ...]:
    """The proper names in a text, folded; neighbouring ones (GovTech東京) are one."""
    folded = fold(text)
    names: list[tuple[int, int]] = []
    for word in tokenizer.words(text):
        if not (word.proper or (word.unknown and word.noun)):
            continue
        if names and names[-1][1] == word.start:
            names[-1] = (names[-1][0], word.end)
        else:
            names.append((word.start, word.end))
    return tuple(dict.fromkeys(folded[a:b] for a, b in names if b - a >= LEAST_NAME))


def write_flags(path: Path, flags: Sequence[Flag]) -> None:
    """Replace the file in one step. Raises StorageError where the disk refuses."""
    with refusing("出典の変化の記録", path):
        Disk().make_folder(path.parent)
        Disk().replace(path, dump_flags(flags))


def dump_flags(flags: Sequence[Flag]) -> bytes:
    """The flags as they are stored, in a release too."""
    return json.dumps([asdict(f) for f in flags], ensure_ascii=False, indent=1).encode() + b"\n"


def read_flags(path: Path) -> tuple[Flag, ...]:
    """The flags of a data folder or a release; none where there is no such file.

    Raises:
        ReleaseError: the file is damaged.
    """
    try:
        return _FLAGS.validate_python(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, ValidationError, ContentError) as error:
        raise ReleaseError(f"出典の変化の記録 {path} を読めません。消せば、次の更新で作り直します。") from error
