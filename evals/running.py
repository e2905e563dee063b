"""A set, a release and the settings -> a run that is made and kept: what the command line and the console both call."""

from __future__ import annotations

from evals.cases import CaseSet
from evals.judge import open_judge
from evals.program import find_commit, list_versions
from evals.runs import Conditions, Made, Progress, RunShelf, make_run
from evals.serving import open_serving
from rag.settings import Settings

PRIVATE = {
    "home",
    "corpus",
    "host",
    "port",
    "root_path",
    "chat_base_url",
}  # say where, not what; no figure depends on them


def run_set(
    case_set: CaseSet,
    settings: Settings,
    *,
    today: str,
    release: str | None = None,
    judge: str | None = None,
    progress: Progress = lambda done, total: None,
) -> tuple[str, Made]:
    """Ask a release (by default the served one) the whole set; the kept run's id, and the run.

    Raises:
        IctnaviError: the release can't be served, or the judge not be opened.
    """
    reader = open_judge(judge) if judge else None
    with open_serving(settings, release) as serving:
        conditions = Conditions(
            release=serving.release,
            today=today,
            settings=settings.model_dump(mode="json", exclude=PRIVATE),
            versions=list_versions(),
            commit=find_commit(),
            judge=judge,
        )
        made = make_run(case_set, serving, conditions, reader=reader, progress=progress)
    return RunShelf(settings.home).keep(made), made
