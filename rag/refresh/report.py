"""What a refresh did, as records: a page each, the flags, the candidate. Data only; nobody here decides or prints."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from rag.drift import Flag
from rag.refresh.judge import GOOD, Outcome
from rag.releases.disk import Disk, refusing
from rag.types import ReleaseError

KEEP_REPORTS = 30


@dataclass(frozen=True, kw_only=True)
class PageReport:
    """One source's page. `detail` is one sentence, empty where all is well; `used`: its text goes into passages.

    `again`: it was so the last time already.
    """

    source_id: str
    title: str
    url: str
    outcome: Outcome
    detail: str = ""
    used: bool = False
    again: bool = False

    @property
    def good(self) -> bool:
        """Whether the page was read; where not, the last good text stays."""
        return self.outcome in GOOD


@dataclass(frozen=True, kw_only=True)
class RefreshReport:
    """A whole refresh. `flags` are all that hold now, `new_flags` those that were not known before.

    `candidate` is the release that was built, None where nothing that a release holds has changed; `problem` says why
    none could be built.
    """

    started: datetime
    finished: datetime
    pages: tuple[PageReport, ...]
    flags: tuple[Flag, ...]
    new_flags: tuple[Flag, ...]
    candidate: str | None = None
    problem: str | None = None

    @property
    def counts(self) -> Mapping[str, int]:
        """How many pages ended in which way."""
        outcomes = [page.outcome for page in self.pages]
        return {outcome: outcomes.count(outcome) for outcome in dict.fromkeys(outcomes)}

    @property
    def needs_attention(self) -> bool:
        """Whether something is new that a person should look at, or nothing at all could be read."""
        fresh = any(not page.good and not page.again for page in self.pages)
        none = bool(self.pages) and not any(page.good for page in self.pages)
        return fresh or none or bool(self.new_flags) or self.problem is not None


_REPORTS = TypeAdapter(RefreshReport)


def write_report(home: Path, report: RefreshReport) -> Path:
    """Keep the report; only the last ones stay. The file is returned."""
    folder = home / "refresh"
    path = folder / f"{report.started:%Y%m%dT%H%M%SZ}.json"
    body = {**as_json(report), "counts": report.counts, "needs_attention": report.needs_attention}
    with refusing("更新の記録", path):
        disk = Disk()
        disk.make_folder(folder)
        disk.replace(path, json.dumps(body, ensure_ascii=False, indent=1).encode() + b"\n")
        for old in sorted(folder.glob("*Z.json"))[:-KEEP_REPORTS]:
            disk.remove(old)
    return path


def as_json(report: RefreshReport) -> dict[str, Any]:
    """The report's fields as JSON."""
    times = {"started": report.started.isoformat(), "finished": report.finished.isoformat()}
    return {**asdict(report), **times}


def read_reports(home: Path) -> tuple[RefreshReport, ...]:
    """The kept reports, the newest first.

    Raises:
        ReleaseError: one is damaged.
    """
    found: list[RefreshReport] = []
    for path in sorted((home / "refresh").glob("*Z.json"), reverse=True):
        try:
            body = json.loads(path.read_bytes())
            found.append(_REPORTS.validate_python({k: v for k, v in body.items() if k in _FIELDS}))
        except (OSError, ValueError, ValidationError) as error:
            raise ReleaseError(f"更新の記録 {path} を読めません。消してください。") from error
    return tuple(found)


_FIELDS: Sequence[str] = tuple(RefreshReport.__dataclass_fields__)
