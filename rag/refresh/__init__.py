"""Pages of the web, looked at again: what is kept of them, what no longer stands on them, and a candidate.

`refresh` is the whole of it; `fetch_page` and `keep_page` take a first page. The rest are the records that a face
shows. Nothing here touches CURRENT, and a crawl that fails deletes nothing.
"""

from rag.refresh.add import NewPage, fetch_page, keep_page
from rag.refresh.judge import GOOD, Outcome
from rag.refresh.report import PageReport, RefreshReport, as_json, read_reports
from rag.refresh.run import MakeFetcher, know, list_hosts, reach_out, refresh, watch
from rag.refresh.snapshots import Snapshots, State

__all__ = [
    "GOOD",
    "MakeFetcher",
    "NewPage",
    "Outcome",
    "PageReport",
    "RefreshReport",
    "Snapshots",
    "State",
    "as_json",
    "fetch_page",
    "keep_page",
    "know",
    "list_hosts",
    "reach_out",
    "read_reports",
    "refresh",
    "watch",
]
