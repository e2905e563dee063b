"""Originals that a recruiter added: files and their source record, kept on the recruiter's machine.

In: a file's bytes with its source. Out: a folder `home/originals/<source id>/` holding both, and all of them as
(Source, Document) pairs for a build. Nothing here reaches the repository or the network, and nothing is served from
here: a build copies what it needs into a release.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from rag.parse import parse
from rag.releases.disk import Disk, refusing
from rag.types import ContentError, Document, Language, Source

_RECORD = "source.json"


@dataclass(frozen=True, kw_only=True)
class Original:
    """A kept file and what was said of it."""

    source: Source
    name: str
    data: bytes
    lang: Language | None

    def document(self) -> Document:
        """The file as read; its id is the source's with `-original`."""
        return parse(
            self.data,
            name=self.name,
            document_id=f"{self.source.id}-original",
            source_id=self.source.id,
            lang=self.lang,
        )


def same_page(left: str, right: str) -> bool:
    """Whether two addresses mean one page: scheme, final slash and fragment do not count."""
    return _page(left) == _page(right)


def _page(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url.strip())
    return parts.netloc.lower().rstrip("."), parts.path.rstrip("/"), parts.query


def identify(url: str, title: str, known: Iterable[Source]) -> str:
    """The id of the known source of that page, else a new one made of the address (or the title's hash)."""
    for source in known:
        if url and same_page(source.url, url):
            return source.id
    slug = re.sub(r"[^a-z0-9]+", "-", "-".join(_page(url)[1:]).lower()).strip("-")
    return (slug or "doc")[:40] + "-" + sha256(f"{url}{title}".encode()).hexdigest()[:6]


def keep(home: Path, original: Original) -> None:
    """Write file and record; an earlier original of the same source is replaced as a whole.

    Raises:
        StorageError: the folder can't be written.
    """
    disk = Disk()
    folder = home / "originals" / original.source.id
    record = {"source": asdict(original.source), "name": original.name, "lang": original.lang}
    with refusing("原文の保存", folder):
        fresh = folder.with_name(f".{folder.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        disk.make_folder(fresh)
        disk.write(fresh / f"content{Path(original.name).suffix.lower()[:8]}", original.data)
        disk.write(fresh / _RECORD, json.dumps(record, ensure_ascii=False, indent=1).encode())
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)


def remove(home: Path, source_id: str) -> bool:
    """Take an original away; False where there was none."""
    folder = home / "originals" / source_id
    if not folder.is_dir() or folder.parent != home / "originals":
        return False
    with refusing("原文の削除", folder):
        shutil.rmtree(folder)
    return True


def read_all(home: Path) -> tuple[Original, ...]:
    """Every kept original, by id.

    Raises:
        ContentError: a record is damaged; the file is named.
    """
    root = home / "originals"
    if not root.is_dir():
        return ()
    return tuple(_read(folder) for folder in sorted(root.iterdir()) if folder.is_dir() and folder.name[0] != ".")


def _read(folder: Path) -> Original:
    try:
        record: Mapping[str, object] = json.loads((folder / _RECORD).read_text("utf-8"))
        content = next(p for p in sorted(folder.iterdir()) if p.name.startswith("content"))
        return Original(
            source=Source(**record["source"]),  # type: ignore[arg-type]  # the constructor checks
            name=str(record["name"]),
            data=content.read_bytes(),
            lang=record["lang"],  # type: ignore[arg-type]
        )
    except (OSError, ValueError, KeyError, TypeError, StopIteration) as error:
        raise ContentError(
            f"追加した原文を読めません({error})。`ictnavi corpus remove {folder.name}` で外せます", path=str(folder)
        ) from error
