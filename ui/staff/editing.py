"""What the console does with the corpus's own files: paths and text in, problems, saved edits or differences out.

It knows no page. A file is kept as an edit (rag/overlay.py) only where the whole corpus is right with it; nothing
served changes until a release is built and published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import unified_diff
from hashlib import sha256

from rag import overlay
from rag.corpus import CheckReport, Problem, check_files, read_folder
from rag.corpus.load import GLOSSARY, REPLIES, SOURCES
from rag.parse.markdown import Sheet, read_sheet
from rag.settings import Settings
from rag.types import ContentError, SettingError
from ui.staff.words import say

NEW = "new"  # the stamp of a file that is not there yet


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A file as it is now; `stamp` tells whether somebody else has changed it since."""

    path: str
    text: str
    stamp: str


@dataclass(frozen=True, kw_only=True)
class Named:
    """A file and what a person calls it."""

    path: str
    name: str


def list_files(settings: Settings) -> tuple[Named, ...]:
    """The replies, the glossary, the list of sources and every sheet; edited ones are marked."""
    files = overlay.read_files(settings.corpus, settings.home)
    edits = {edit.path: edit for edit in overlay.list_edits(settings.corpus, settings.home)}
    paths = [REPLIES, GLOSSARY, SOURCES, *sorted(path for path in {**files, **edits} if path.endswith(".md"))]
    return tuple(Named(path=path, name=_name(path, files) + _mark(edits.get(path))) for path in paths)


def _name(path: str, files: Mapping[str, bytes]) -> str:
    if path in overlay.TABLES:
        return say(f"editor.{path.removesuffix('.toml')}") + f"({path})"
    document = read_sheet(files[path], path=path).document if path in files else None
    return f"{document.title}({path})" if document else path


def _mark(edit: overlay.Edit | None) -> str:
    if edit is None:
        return ""
    return " " + say("editor.outdated" if edit.outdated else f"editor.is_{edit.change}")


def open_file(settings: Settings, path: str | None) -> Opened:
    """A file of the corpus as it is now.

    Raises:
        SettingError: there is none of that path.
    """
    files = overlay.read_files(settings.corpus, settings.home)
    if not path or (path not in files and path not in overlay.read_edits(settings.home)):
        raise SettingError(say("editor.choose"))
    data = files.get(path, b"")
    return Opened(path=path, text=data.decode("utf-8-sig", "replace"), stamp=_stamp(data))


def begin_sheet(settings: Settings, name: str, title: str) -> Opened:
    """The first lines of a new sheet; nothing is kept yet."""
    path = f"policies/{name.strip().removesuffix('.md')}.md"
    if not overlay.SHEET.fullmatch(path) or not title.strip():
        raise SettingError(say("editor.needs_name"))
    if path in overlay.read_files(settings.corpus, settings.home):
        raise SettingError(say("editor.exists", path=path))
    text = say("editor.template", id=path[len("policies/") : -len(".md")], title=" ".join(title.split()))
    return Opened(path=path, text=text, stamp=NEW)


def check_text(settings: Settings, path: str, text: str, today: date) -> CheckReport:
    """The whole corpus with this text in the file's place: every problem, and what is doubtful in this file."""
    files = {**overlay.read_files(settings.corpus, settings.home), path: text.encode()}
    report = check_files({p: data for p, data in files.items() if data}, today=today, edited=True)
    doubtful = tuple(warning for warning in report.warnings if warning.path == path)
    return CheckReport(problems=report.problems, warnings=doubtful, coverage=report.coverage)


def save(settings: Settings, opened: Opened, today: date) -> None:
    """Keep the text as an edit.

    Raises:
        SettingError: the file has changed meanwhile, or may not have that name.
        ContentError: something in it is wrong; the first problem, with how many there are.
    """
    _refuse_changed(settings, opened)
    problems = check_text(settings, opened.path, opened.text, today).problems
    if problems:
        first: Problem = problems[0]
        raise ContentError(say("editor.not_saved", count=len(problems), first=first.message), path=first.path)
    overlay.keep(settings.corpus, settings.home, opened.path, opened.text.encode())


def _refuse_changed(settings: Settings, opened: Opened) -> None:
    held = overlay.read_files(settings.corpus, settings.home).get(opened.path)
    if opened.stamp != (NEW if held is None and opened.stamp == NEW else _stamp(held or b"")):
        raise SettingError(say("editor.changed_meanwhile"))


def _stamp(data: bytes) -> str:
    return sha256(data).hexdigest()[:16]


def take_away(settings: Settings, path: str, today: date) -> None:
    """Use a sheet no more."""
    if not path.endswith(".md"):
        raise SettingError(say("editor.only_sheets"))
    open_file(settings, path)
    save(settings, Opened(path=path, text="", stamp=open_file(settings, path).stamp), today)


def revert(settings: Settings, path: str) -> None:
    """Go back to the shipped file."""
    if not overlay.drop(settings.home, path):
        raise SettingError(say("editor.no_edit"))


def compare(settings: Settings, path: str) -> tuple[str, ...]:
    """The lines in which the edited file differs from the shipped one, with + and - in front."""
    shipped = read_folder(settings.corpus).get(path, b"").decode("utf-8-sig", "replace")
    lines = unified_diff(shipped.splitlines(), open_file(settings, path).text.splitlines(), n=0, lineterm="")
    return tuple(line for line in list(lines)[2:] if not line.startswith("@@"))


def list_headings(settings: Settings, path: str | None) -> tuple[str, ...]:
    """The headings of a sheet that hold statements, in their order."""
    if not path or not path.endswith(".md"):
        return ()
    document = _read(open_file(settings, path)).document
    return tuple(dict.fromkeys(s.heading_path[-1] for s in document.sections)) if document else ()


def draft(settings: Settings, path: str | None, question: str, heading: str | None) -> Opened:
    """The sheet with a question in it: as an asking of a heading, or as a new heading that waits for its statement."""
    opened = open_file(settings, path)
    if not opened.path.endswith(".md"):
        raise SettingError(say("editor.only_sheets"))
    question = " ".join(question.split()).lstrip("#-").strip()
    if not heading:
        text = opened.text.rstrip("\n") + "\n\n" + say("editor.draft", question=question) + "\n"
    else:
        text = _add_asking(opened, heading, question)
    return Opened(path=opened.path, text=text, stamp=opened.stamp)


def _add_asking(opened: Opened, heading: str, question: str) -> str:
    """The text with one more asking under the heading, which may have none so far."""
    lines = opened.text.split("\n")
    at = next((n for n, line in enumerate(lines) if line.lstrip("#").strip() == heading and line.startswith("#")), None)
    if at is None:
        raise SettingError(say("editor.choose"))
    end = next((n for n in range(at + 1, len(lines)) if lines[n].startswith("#")), len(lines))
    asks = next((n for n in range(at + 1, end) if lines[n].strip() in {"questions:", "questions："}), None)
    new = [f"- {question}"] if asks is not None else ["questions:", f"- {question}", ""]
    place = at + 1 if asks is None else asks + 1
    return "\n".join([*lines[:place], *new, *lines[place:]])


def _read(opened: Opened) -> Sheet:
    return read_sheet(opened.text.encode(), path=opened.path)
