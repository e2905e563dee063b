"""Originals that a recruiter added: files and their source record, kept on the recruiter's machine.

In: a file's bytes with its source. Out: a folder `home/originals/<source id>/` holding both, and all of them as
(Source, Document) pairs for a build. Nothing here reaches the repository or the network, and nothing is served from
here: a build copies what it needs into a release.

    source.json          what was said of it, and which content counts: replaced in one step, so that a process killed
                         at any moment leaves the old original or the new one
    content-<hash8>.pdf  the bytes as they came
    document.json        how they were read last (in a limited child process); read anew when the readers change
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from rag.parse.child import Request, parse_apart, parser_version, read_document, write_document
from rag.releases.disk import Disk, refusing
from rag.types import ContentError, Document, Language, Source

_RECORD, _READ = "source.json", "document.json"


@dataclass(frozen=True, kw_only=True)
class Original:
    """A kept file and what was said of it. `fetched`: it came from its own address, and a refresh may replace it."""

    source: Source
    name: str
    data: bytes
    lang: Language | None
    charset: str | None = None
    fetched: bool = False

    def document(self) -> Document:
        """The file as read, in a child process; its id is the source's with `-original`."""
        request = Request(
            name=self.name,
            document_id=f"{self.source.id}-original",
            source_id=self.source.id,
            lang=self.lang,
            charset=self.charset,
        )
        return parse_apart(self.data, request)


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


def keep(home: Path, original: Original, document: Document | None = None) -> None:
    """Write file and record; an earlier original of the same source is replaced as a whole.

    `document` is what was read of it, where that is known already.

    Raises:
        StorageError: the folder can't be written.
    """
    disk = Disk()
    folder = home / "originals" / original.source.id
    content = f"content-{sha256(original.data).hexdigest()[:8]}{Path(original.name).suffix.lower()[:8]}"
    record = {
        "source": asdict(original.source),
        "name": original.name,
        "lang": original.lang,
        "charset": original.charset,
        "fetched": original.fetched,
        "content": content,
    }
    with refusing("原文の保存", folder):
        disk.make_folder(folder)
        disk.replace(folder / content, original.data)
        disk.replace(folder / _RECORD, json.dumps(record, ensure_ascii=False, indent=1).encode())
        disk.remove(folder / _READ)
        for stale in folder.glob("content*"):
            if stale.name != content:
                disk.remove(stale)
        if document is not None:
            _note(folder, original, document)


def load_document(home: Path, original: Original) -> Document:
    """The original as read; what was read before is taken as long as neither bytes nor readers have changed.

    Raises:
        ContentError: it can't be read.
    """
    folder = home / "originals" / original.source.id
    with suppress(OSError, ValueError, KeyError, TypeError):
        noted = json.loads((folder / _READ).read_bytes())
        if noted["key"] == _key(original):
            return read_document(noted["document"])
    document = original.document()
    with suppress(OSError):  # a note that can't be written is read again next time
        _note(folder, original, document)
    return document


def _note(folder: Path, original: Original, document: Document) -> None:
    noted = {"key": _key(original), "document": write_document(document)}
    Disk().replace(folder / _READ, json.dumps(noted).encode())


def _key(original: Original) -> str:
    said = json.dumps([parser_version(), original.name, original.lang, original.charset, original.source.id])
    return sha256(said.encode() + original.data).hexdigest()


def remove(home: Path, source_id: str) -> bool:
    """Take an original away; False where there was none."""
    folder = home / "originals" / source_id
    if not folder.is_dir() or folder.parent != home / "originals":
        return False
    with refusing("原文の削除", folder):
        gone = folder.with_name(f".{folder.name}.removing")  # out of sight in one step, then off the disk
        shutil.rmtree(gone, ignore_errors=True)
        folder.rename(gone)
        shutil.rmtree(gone)
    return True


def read_all(home: Path) -> tuple[Original, ...]:
    """Every kept original, by id.

    Raises:
        ContentError: a record is damaged; the file is named.
    """
    root = home / "originals"
    if not root.is_dir():
        return ()
    return tuple(_read(folder) for folder in sorted(root.iterdir()) if _is_kept(folder))


def _is_kept(folder: Path) -> bool:
    """Whether it holds an original: no hidden folder, and not one whose first keeping was cut short."""
    if not folder.is_dir() or folder.name.startswith("."):
        return False
    return (folder / _RECORD).exists() or not all(p.name.startswith((".", "content-")) for p in folder.iterdir())


def _read(folder: Path) -> Original:
    try:
        record: Mapping[str, object] = json.loads((folder / _RECORD).read_text("utf-8"))
        content = record.get("content") or next(p.name for p in sorted(folder.iterdir()) if p.match("content*"))
        return Original(
            source=Source(**record["source"]),  # type: ignore[arg-type]  # the constructor checks
            name=str(record["name"]),
            data=(folder / Path(str(content)).name).read_bytes(),
            lang=record["lang"],  # type: ignore[arg-type]
            charset=record.get("charset"),  # type: ignore[arg-type]
            fetched=bool(record.get("fetched")),
        )
    except (OSError, ValueError, KeyError, TypeError, StopIteration) as error:
        raise ContentError(
            f"追加した原文を読めません({error})。`ictnavi corpus remove {folder.name}` で外せます", path=str(folder)
        ) from error
