"""The release store: folders of files, one of which is served.

In: a `fill` that writes a release's files, and a `check` that opens a private copy of them. Out: release ids, private
copies to read from, and `CURRENT`, the only thing that ever changes hands. What the files mean is not known here:
nothing of the corpus, Chroma or BM25.

    home/releases/<utc>-<hash8>/   files and manifest.json; never changed after the rename that made them visible
    home/CURRENT                   the id of the served release; replaced in one step
    home/log.jsonl                 what was published, rolled back and purged, when and why
    home/copies/                   private copies, for readers that write while they read
    home/checked/<id>              the manifest's hash, once the expensive check has passed
    home/.lock                     one writer at a time; readers take no lock
"""

from rag.releases.disk import Disk, FailingDisk
from rag.releases.manifest import Manifest
from rag.releases.shelf import Check, ReleaseInfo
from rag.releases.store import Fill, Holds, ReleaseStore

__all__ = ["Check", "Disk", "FailingDisk", "Fill", "Holds", "Manifest", "ReleaseInfo", "ReleaseStore"]
