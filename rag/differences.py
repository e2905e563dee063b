"""What changed from one release to another, in words a person can read: documents, passages, years and numbers.

In: the documents, passages, sources and flags of both. Out: a `Preview`. Passages are paired by what they say and not
by their number, so that a paragraph put in at the top is one addition and not a page of changes. Pure: it opens no
release, and what the change does to answers is measured by evals.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from difflib import SequenceMatcher
from typing import Literal

from rapidfuzz import fuzz, process

from rag.drift import Flag
from rag.language.values import read_values
from rag.types import Document, Passage, Source

Change = Literal["added", "changed", "removed"]
PieceKind = Literal["same", "added", "removed"]

ALIKE = 55.0  # likeness (0 … 100) from which two passages are one that was rewritten
_WORD = re.compile(r"\d[\d,.]*|[A-Za-zＡ-Ｚａ-ｚ]+|[ァ-ヺー]+|[\u3400-\u9fff々〆]+|[ぁ-ゖ]+|\s+|.", re.S)
_SHOWN_FIELDS = ("title", "url", "kind", "standing", "fiscal_year", "as_of", "as_of_note", "rights", "review_by")


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A run of words: on both sides, only on the new one, or only on the old one."""

    kind: PieceKind
    text: str


@dataclass(frozen=True, kw_only=True)
class PassageChange:
    """A passage that came, went or was rewritten. `values_lost` and `values_won` are its years, dates and numbers."""

    change: Change
    heading: str
    before: str
    after: str
    pieces: tuple[Piece, ...]
    values_lost: tuple[str, ...]
    values_won: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class DocumentChange:
    """A document with what happened to its passages."""

    change: Change
    document_id: str
    title: str
    passages: tuple[PassageChange, ...]


@dataclass(frozen=True, kw_only=True)
class SourceChange:
    """A source's record: each field with what it was and is; both are empty where the source came or went."""

    change: Change
    source_id: str
    title: str
    fields: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Content:
    """What is compared of a release."""

    documents: Sequence[Document]
    passages: Sequence[Passage]
    sources: Sequence[Source]
    flags: Sequence[Flag]


@dataclass(frozen=True, kw_only=True)
class Preview:
    """All differences of two releases. `flags` are statements whose page has changed, new in the second release."""

    old: str
    new: str
    documents: tuple[DocumentChange, ...]
    sources: tuple[SourceChange, ...]
    flags: tuple[Flag, ...]

    @property
    def empty(self) -> bool:
        """Whether a reader would see no difference."""
        return not (self.documents or self.sources or self.flags)

    @property
    def counts(self) -> Mapping[Change, int]:
        """How many passages came, were rewritten, went."""
        found = Counter(p.change for d in self.documents for p in d.passages)
        return {"added": found["added"], "changed": found["changed"], "removed": found["removed"]}


def compare_contents(old: Content, new: Content, *, ids: tuple[str, str]) -> Preview:
    """The differences; `ids` are the releases' names, the old one first."""
    before, after = _by_document(old), _by_document(new)
    documents = []
    for document in {d.id: d for d in (*old.documents, *new.documents)}.values():
        if change := _compare_document(document, before.get(document.id), after.get(document.id)):
            documents.append(change)
    return Preview(
        old=ids[0],
        new=ids[1],
        documents=tuple(documents),
        sources=tuple(_compare_sources(old.sources, new.sources)),
        flags=tuple(f for f in new.flags if f not in old.flags),
    )


def _by_document(content: Content) -> dict[str, list[Passage]]:
    """Every document's quotable passages; a document without any is there too."""
    found: dict[str, list[Passage]] = {d.id: [] for d in content.documents}
    for passage in content.passages:
        if passage.sentences:
            found.setdefault(passage.document_id, []).append(passage)
    return found


def _compare_document(
    document: Document, before: Sequence[Passage] | None, after: Sequence[Passage] | None
) -> DocumentChange | None:
    change: Change = "added" if before is None else "removed" if after is None else "changed"
    passages = tuple(_compare_passages(before or (), after or ()))
    if change == "changed" and not passages:
        return None
    return DocumentChange(change=change, document_id=document.id, title=document.title, passages=passages)


def _compare_passages(before: Sequence[Passage], after: Sequence[Passage]) -> list[PassageChange]:
    """Those that say the same are passed over; the rest are paired by likeness, in the order of the new document."""
    kept = Counter(map(_said, before)) & Counter(map(_said, after))
    old, new = _leave_out(before, kept), _leave_out(after, kept)
    changes = []
    for passage in new:
        twin = _find_twin(passage, old)
        if twin is not None:
            old.remove(twin)
        changes.append(_describe(twin, passage))
    return [*changes, *(_describe(passage, None) for passage in old)]


def _leave_out(passages: Sequence[Passage], kept: Counter[str]) -> list[Passage]:
    left = Counter(kept)
    rest = []
    for passage in passages:
        if left[_said(passage)] > 0:
            left[_said(passage)] -= 1
        else:
            rest.append(passage)
    return rest


def _find_twin(passage: Passage, old: Sequence[Passage]) -> Passage | None:
    found = process.extractOne(_said(passage), [_said(o) for o in old], scorer=fuzz.ratio, score_cutoff=ALIKE)
    return old[found[2]] if found else None


def _said(passage: Passage) -> str:
    """What a reader may be shown of a passage."""
    return "\n".join((passage.question or "", *map(passage.quote, passage.sentences)))


def _quoted(passage: Passage | None) -> str:
    return "".join(map(passage.quote, passage.sentences)) if passage else ""


def _describe(before: Passage | None, after: Passage | None) -> PassageChange:
    shown = after or before
    was, now = _quoted(before), _quoted(after)
    lost, won = _values(was), _values(now)
    return PassageChange(
        change="changed" if before and after else "added" if after else "removed",
        heading=(shown.question or " > ".join(shown.heading_path)) if shown else "",
        before=was,
        after=now,
        pieces=compare_words(was, now),
        values_lost=tuple(v for v in lost if v not in won),
        values_won=tuple(v for v in won if v not in lost),
    )


def _values(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value.written for value in read_values(text)))


def compare_words(before: str, after: str) -> tuple[Piece, ...]:
    """The two texts as one run of pieces: without the added ones it is `before`, without the removed ones `after`."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    pieces: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece(kind="same", text="".join(old[a:b])))
            continue
        if b > a:
            pieces.append(Piece(kind="removed", text="".join(old[a:b])))
        if d > c:
            pieces.append(Piece(kind="added", text="".join(new[c:d])))
    return tuple(pieces)


def _compare_sources(old: Iterable[Source], new: Iterable[Source]) -> list[SourceChange]:
    before, after = {s.id: s for s in old}, {s.id: s for s in new}
    changes = [SourceChange(change="added", source_id=i, title=s.title) for i, s in after.items() if i not in before]
    for source_id, was in before.items():
        now = after.get(source_id)
        if now is None:
            changes.append(SourceChange(change="removed", source_id=source_id, title=was.title))
        elif different := _different(was, now):
            changes.append(SourceChange(change="changed", source_id=source_id, title=now.title, fields=different))
    return changes


def _different(was: Source, now: Source) -> tuple[tuple[str, str, str], ...]:
    names = [f.name for f in fields(Source) if f.name in _SHOWN_FIELDS]
    pairs = [(name, _text(getattr(was, name)), _text(getattr(now, name))) for name in names]
    return tuple(pair for pair in pairs if pair[1] != pair[2])


def _text(value: object) -> str:
    return "" if value is None else str(value)
