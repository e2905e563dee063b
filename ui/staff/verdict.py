"""Whether a release may be published: its id in, what of the gate it misses out.

It reads runs that were kept; it runs nothing. Only a run of the shipped set counts, so that nobody opens the gate with
an easier set of the same name.
"""

from __future__ import annotations

from evals.cases import SHIPPED, read_lines
from evals.gate import Failure, find_failures, read_gate
from evals.runs import RunShelf
from rag.settings import Settings
from rag.types import SettingError
from ui.staff.words import say

GATE_SET = "practice"
LEAST_REASON = 10  # characters


def judge_release(settings: Settings, release_id: str) -> tuple[Failure, ...] | None:
    """The figures that miss their thresholds in the newest run of the release; None where it was never measured."""
    path = SHIPPED / f"{GATE_SET}.jsonl"
    wanted = read_lines(path.read_bytes(), path.stem, path.name).sha256
    shelf = RunShelf(settings.home)
    for run_id in reversed([i for i in shelf.list_ids() if f"-{GATE_SET}-" in i]):
        run = shelf.read(run_id).run
        if run.conditions.release == release_id and run.set_sha256 == wanted:
            return find_failures(run.summary, read_gate(GATE_SET))
    return None


def require_reason(settings: Settings, release_id: str, reason: str) -> str | None:
    """The reason to be kept with a publication; None where none was given and none is needed.

    Raises:
        SettingError: the gate is not passed and no reason was typed.
    """
    reason = " ".join(reason.split())
    failures = judge_release(settings, release_id)
    if failures == () or len(reason) >= LEAST_REASON:
        return reason or None
    why = say("verdict.not_measured") if failures is None else say("verdict.not_passed", count=len(failures))
    raise SettingError(say("verdict.needs_reason", why=why, least=LEAST_REASON))
