"""What the console does with evaluation sets and runs: names in, runs, reports and files out. It knows no page."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from evals.cases import SHIPPED, Case, CaseSet, list_sets, load_set
from evals.compare import compare_runs
from evals.files import keep_set, read_set_file
from evals.holdout import is_held_apart
from evals.report import write_report
from evals.runs import RunShelf
from rag.language.detect import detect
from rag.privacy import mask
from rag.types import ContentError, SettingError
from ui.staff.words import say

FROM_QUESTIONS = "from-questions"


def choose_sets(home: Path) -> list[str]:
    """The sets that may be run here: all but the one held apart, whose every scoring counts."""
    return [name for name in list_sets(home) if not is_held_apart(name)]


def find_set(home: Path, name: str | None) -> CaseSet:
    """A set by its name: what a browser sends is not believed to be one."""
    if name not in choose_sets(home):
        raise SettingError(say("evaluation.choose_set"))
    return load_set(str(name), home)


def find_run(home: Path, run_id: str | None) -> str:
    """A run by its id."""
    if run_id not in choose_runs(home):
        raise SettingError(say("evaluation.choose_run"))
    return str(run_id)


def choose_runs(home: Path) -> list[str]:
    """The kept runs, newest first; those of the set held apart are left out."""
    ids = RunShelf(home).list_ids()
    return [i for i in reversed(ids) if not is_held_apart(i.split("-", 1)[1].rpartition("-")[0])]


def make_report(home: Path, run_id: str) -> bytes:
    """The report of a run, compared with the one before of the same set."""
    shelf = RunShelf(home)
    made, earlier = shelf.read(run_id), shelf.before(run_id)
    comparison = compare_runs(shelf.read(earlier).run, made.run) if earlier else None
    return write_report(made, comparison, "ja").encode()


def take_set(home: Path, file: str | None) -> CaseSet:
    """Take a spreadsheet over as a set.

    Raises:
        SettingError: no file, or the name of a shipped set.
        ContentError: it breaks the form; every faulty cell is named.
    """
    if file is None:
        raise SettingError(say("evaluation.choose_file"))
    case_set = read_set_file(Path(file))
    if (SHIPPED / f"{case_set.name}.jsonl").exists():
        raise SettingError(say("evaluation.shipped_name", name=case_set.name))
    keep_set(case_set, home)
    return case_set


def add_case(home: Path, question: str, facts: str, sources: str, reason: str | None) -> Case:
    """Append a question to the set of those that visitors asked; facts are a line each.

    Raises:
        ContentError: it could not be scored.
    """
    question = mask(question.strip()).text
    case = Case(
        id=f"q-{sha256(question.encode()).hexdigest()[:10]}",
        turns=(question,) if question else (),
        language=detect(question),
        category="direct" if not reason else "near_unanswerable",
        facts=tuple((line.strip(),) for line in facts.splitlines() if line.strip()),
        sources=tuple(part for part in sources.replace("、", ",").replace(",", " ").split() if part),
        reasons=(reason,) if reason else (),
        note=say("questions.origin"),
    )
    held = load_set(FROM_QUESTIONS, home).cases if FROM_QUESTIONS in list_sets(home) else ()
    if case.id in {other.id for other in held}:
        raise ContentError(say("questions.made_already"))
    keep_set(CaseSet(name=FROM_QUESTIONS, cases=(*held, case)), home)
    return case
