"""Statements of added originals that were withdrawn: what is said no more, in ICTNAVI_HOME/withdrawn.json.

In: home. Out: which words of which document; and passages without them. Our own sheets do not come here: a statement
of theirs is taken out of its file (rag/parse/sheet_edit.py, rag/overlay.py). An original's bytes are not ours to
change, so its sentence stays in the text and is quoted no more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rag.releases.disk import Disk, refusing
from rag.types import ContentError, Passage

FILE = "withdrawn.json"


@dataclass(frozen=True, kw_only=True)
class Withdrawn:
    """The words of one sentence, as the document has them."""

    document_id: str
    text: str


def read(home: Path) -> tuple[Withdrawn, ...]:
    """Everything withdrawn, in the order it was.

    Raises:
        ContentError: the list is damaged; a build without it would say again what was withdrawn.
    """
    try:
        return tuple(Withdrawn(**record) for record in json.loads((home / FILE).read_bytes()))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, TypeError) as error:
        raise ContentError(f"撤回した文の一覧を読めません({error})", path=str(home / FILE)) from error


def add(home: Path, gone: Iterable[Withdrawn]) -> None:
    """Withdraw more.

    Raises:
        StorageError: the list can't be written.
    """
    write(home, (*read(home), *gone))


def write(home: Path, gone: Iterable[Withdrawn]) -> None:
    """Make this the whole list."""
    records = [asdict(each) for each in dict.fromkeys(gone)]
    with refusing("撤回の記録", home / FILE):
        Disk().replace(home / FILE, json.dumps(records, ensure_ascii=False, indent=1).encode())


def leave_out(passages: Iterable[Passage], gone: Iterable[Withdrawn]) -> tuple[Passage, ...]:
    """The passages without the withdrawn sentences; one with no sentence left goes."""
    words = {(each.document_id, each.text) for each in gone}
    kept = []
    for passage in passages:
        spans = tuple(s for s in passage.sentences if (passage.document_id, passage.quote(s)) not in words)
        if len(spans) == len(passage.sentences):
            kept.append(passage)
        elif spans:
            kept.append(replace(passage, sentences=spans))
    return tuple(kept)
