"""What the console does with sources and releases: plain values in, a sentence or rows out. It knows no page.

Each function is one call of the library that the command line makes too; nothing live is modified, a candidate is
built beside.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rag import originals
from rag.build import build_checked, publish
from rag.drift import NAME as DRIFT
from rag.drift import read_flags
from rag.index import Progress
from rag.probe import check_release
from rag.records import read_sources
from rag.releases import ReleaseStore
from rag.releases.shelf import ReleaseInfo
from rag.settings import Settings
from rag.types import AS_OF, SettingError
from ui.adding import Answers, add_file, add_page
from ui.purging import purge_document
from ui.staff.verdict import require_reason
from ui.staff.views import list_sources
from ui.staff.words import say

NEEDED = ("title", "publisher", "kind", "standing", "rights")


@dataclass(frozen=True, kw_only=True)
class Added:
    """A source that was added, and the candidate that holds it."""

    source_id: str
    title: str
    candidate: str


def describe_sources(settings: Settings, today: date) -> list[list[str]]:
    """The served release's sources and those that wait as originals, with their state."""
    store = ReleaseStore(settings.home)
    folder = store.folder(store.current())
    served = {source.id: source for source in read_sources(folder / "sources.jsonl")}
    kept = {original.source.id: original.source for original in originals.read_all(settings.home)}
    held = {
        i: say(f"sources.{s.rights}") + ("" if served.get(i) == s else say("sources.unpublished"))
        for i, s in kept.items()
    }
    flagged = {flag.source_id for flag in read_flags(folder / DRIFT)}
    return list_sources({**served, **kept}.values(), held, flagged, today)


def add_source(settings: Settings, file: str | None, given: Answers, progress: Progress) -> Added:
    """Take a file, or the page at the URL, and build a candidate with it.

    Raises:
        SettingError: something that must be said is missing.
        ContentError: the file can't be read.
    """
    _require(given)
    if file is not None:
        original = add_file(settings, Path(file), given, prompt=_ask)
    else:
        original = add_page(settings, given.url or "", given, prompt=_ask)
    candidate = build_checked(settings, progress=progress)
    return Added(source_id=original.source.id, title=original.source.title, candidate=candidate)


def _require(given: Answers) -> None:
    if not (given.url or "").startswith(("http://", "https://")):
        raise SettingError(say("material.needs_url"))
    missing = [say(f"material.{name}") for name in NEEDED if not getattr(given, name)]
    if missing:
        raise SettingError(say("material.needs", fields="・".join(missing)))
    if given.as_of and given.as_of.lower() != "none" and not AS_OF.fullmatch(given.as_of):
        raise SettingError(say("material.wrong_as_of"))


def _ask(option: str, *, default: str | None) -> str:
    """Nobody is there to be asked: of all that `_require` lets be left out, only the as-of date may be missing."""
    raise SettingError(say("material.needs_as_of"))


def remove_source(settings: Settings, source_id: str, progress: Progress) -> str:
    """Take an added original away and build a candidate without it; the candidate's id."""
    if source_id not in {original.source.id for original in originals.read_all(settings.home)}:
        raise SettingError(say("material.choose_held"))
    originals.remove(settings.home, source_id)
    return build_checked(settings, progress=progress)


def find_listed(settings: Settings, release_id: str | None) -> ReleaseInfo:
    """The release of that id, where there is one: what a browser sends is not believed."""
    for info in ReleaseStore(settings.home).releases():
        if info.id == release_id:
            return info
    raise SettingError(say("material.choose_release"))


def publish_release(settings: Settings, release_id: str | None, reason: str) -> str:
    """Serve a release from now on; past a gate that it does not pass only with a reason."""
    info = find_listed(settings, release_id)
    if info.current:
        raise SettingError(say("material.served_already"))
    return publish(settings, info.id, reason=require_reason(settings, info.id, reason))


def roll_back(settings: Settings, reason: str) -> str:
    """Serve what was served before; the reason is kept."""
    if not reason.strip():
        raise SettingError(say("material.needs_reason"))
    return ReleaseStore(settings.home).rollback(check_release, reason=" ".join(reason.split()))


def purge(settings: Settings, document_id: str, again: str) -> tuple[str, ...]:
    """Remove a withdrawn document from every release, once its id was typed twice."""
    if not document_id.strip() or document_id.strip() != again.strip():
        raise SettingError(say("material.needs_id_twice"))
    return purge_document(settings.home, document_id.strip())
