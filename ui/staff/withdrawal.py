"""Withdrawing: words in, the statements that hold them out; chosen ones in, a published release without them.

A statement of our own sheets is taken out of its file (an edit, rag/overlay.py), a sentence of an added original is
quoted no more (rag/withdrawn.py). It knows no page.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from hashlib import sha256

from rag import originals, overlay, withdrawn
from rag.build import build_checked, hash_inputs, publish
from rag.chunk import cut
from rag.index import Progress
from rag.language.normalise import fold
from rag.parse.markdown import read_sheet
from rag.parse.sheet_edit import drop_statements
from rag.releases import ReleaseStore
from rag.settings import Settings
from rag.types import IctnaviError, SettingError
from ui.staff.verdict import LEAST_REASON
from ui.staff.words import say

MOST_FOUND = 60


@dataclass(frozen=True, kw_only=True)
class Said:
    """A statement as it would be published now; `path` is its sheet's, empty for an original's."""

    text: str
    path: str
    document_id: str
    title: str

    @property
    def key(self) -> str:
        """What a browser sends for it."""
        return sha256(f"{self.document_id}\0{self.text}".encode()).hexdigest()[:16]


def find_statements(settings: Settings, words: str) -> tuple[Said, ...]:
    """The statements that hold all of the words; in both languages, from sheets and originals.

    Raises:
        SettingError: no words, or too many statements hold them.
    """
    wanted = fold(words).split()
    if not wanted:
        raise SettingError(say("withdrawal.needs_words"))
    found = tuple(s for s in _list_statements(settings) if all(word in fold(s.text) for word in wanted))
    if len(found) > MOST_FOUND:
        raise SettingError(say("withdrawal.too_many", count=len(found), most=MOST_FOUND))
    return found


def _list_statements(settings: Settings) -> Iterator[Said]:
    for path, data in overlay.read_files(settings.corpus, settings.home).items():
        document = read_sheet(data, path=path).document if path.endswith(".md") else None
        for section in document.sections if document else ():
            for span in section.statements:
                text = document.text[span.start : span.end] if document else ""
                yield Said(text=text, path=path, document_id=document.id if document else "", title=path)
    gone = withdrawn.read(settings.home)
    for original in (o for o in originals.read_all(settings.home) if o.source.rights == "text"):
        document = originals.load_document(settings.home, original)
        for passage in withdrawn.leave_out(cut(document), gone):
            for sentence in passage.sentences:
                text = passage.quote(sentence)
                yield Said(text=text, path="", document_id=document.id, title=original.source.title)


def withdraw(
    settings: Settings, keys: Collection[str], reason: str, *, with_drafts: bool, progress: Progress
) -> tuple[str, int]:
    """Publish a release without the chosen statements; its id, and how many went.

    The typed reason stands for the gate, and is kept. What else waits unpublished would go along: only `with_drafts`.

    Raises:
        SettingError: nothing was chosen, no reason was typed, or other changes wait; nothing was changed.
        IctnaviError: no release could be built; the statements stay out of the next one.
    """
    chosen = [said for said in _list_statements(settings) if said.key in keys]
    if not chosen:
        raise SettingError(say("withdrawal.choose"))
    reason = " ".join(reason.split())
    if len(reason) < LEAST_REASON:
        raise SettingError(say("withdrawal.needs_reason", least=LEAST_REASON))
    if not with_drafts and has_drafts(settings):
        raise SettingError(say("withdrawal.drafts"))
    _take_out(settings, chosen)
    try:
        return publish(settings, build_checked(settings, progress=progress), reason=reason), len(chosen)
    except IctnaviError as error:
        raise type(error)(say("withdrawal.unpublished", error=error)) from error


def has_drafts(settings: Settings) -> bool:
    """Whether a build now would hold other material than what is served."""
    served = next((info for info in ReleaseStore(settings.home).releases() if info.current), None)
    return served is None or served.inputs_hash != hash_inputs(settings)


def _take_out(settings: Settings, chosen: list[Said]) -> None:
    files = overlay.read_files(settings.corpus, settings.home)
    for path in dict.fromkeys(said.path for said in chosen if said.path):
        data = drop_statements(files[path], {said.text for said in chosen if said.path == path})
        overlay.keep(settings.corpus, settings.home, path, data)
    rest = [withdrawn.Withdrawn(document_id=s.document_id, text=s.text) for s in chosen if not s.path]
    if rest:
        withdrawn.add(settings.home, rest)


def list_withdrawn(settings: Settings) -> tuple[withdrawn.Withdrawn, ...]:
    """The sentences of originals that are quoted no more."""
    return withdrawn.read(settings.home)


def say_again(settings: Settings, number: int | None, progress: Progress) -> str:
    """Take one sentence of an original off the list and build a candidate with it; the candidate's id."""
    gone = withdrawn.read(settings.home)
    if number is None or not 0 <= number < len(gone):
        raise SettingError(say("withdrawal.choose"))
    withdrawn.write(settings.home, (*gone[:number], *gone[number + 1 :]))
    return build_checked(settings, progress=progress)
