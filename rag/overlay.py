"""The corpus as this machine has it: the shipped files, and over them those that were edited in the console.

In: the corpus folder and ICTNAVI_HOME. Out: files by path, as rag/corpus reads them. An edit is a file of the same
path under `home/overlay/`; an empty one takes a sheet away. Beside each edit lies `<name>.base`, the hash of the
shipped file it was made from, so that an update of the product under an edit can be told. The shipped folder is never
written, and nothing here reaches what is served: a build does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import unified_diff
from hashlib import sha256
from pathlib import Path

from rag.corpus import Corpus, read_corpus, read_folder
from rag.corpus.load import GLOSSARY, REPLIES, SOURCES
from rag.releases.disk import Disk, refusing
from rag.types import ContentError, SettingError

FOLDER = "overlay"
SHEET = re.compile(r"(?:[a-z0-9][a-z0-9_-]{0,40}/){0,2}[a-z0-9][a-z0-9_-]{0,60}\.md")
TABLES = (SOURCES, GLOSSARY, REPLIES)
MOST_BYTES = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Edit:
    """An edited file. `outdated`: the shipped file has changed since the edit was made."""

    path: str
    change: str  # added, changed, removed
    outdated: bool


def read_edits(home: Path) -> dict[str, bytes]:
    """The edited files by path; an empty one takes a sheet away.

    Raises:
        ContentError: a file can't be read.
    """
    root = home / FOLDER
    if not root.is_dir():
        return {}
    try:
        paths = {p.relative_to(root).as_posix(): p for p in sorted(root.rglob("*")) if p.is_file()}
        return {name: path.read_bytes() for name, path in paths.items() if _is_editable(name)}
    except OSError as error:
        raise ContentError(f"編集した資料を読めません({error.strerror})", path=str(error.filename or root)) from error


def read_files(corpus: Path, home: Path) -> dict[str, bytes]:
    """Shipped and edited files together, by path.

    Raises:
        ContentError: the folder or a file can't be read.
    """
    return lay_over(read_folder(corpus), read_edits(home))


def lay_over(shipped: Mapping[str, bytes], edits: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files as they are with the edits."""
    return {path: data for path, data in {**shipped, **edits}.items() if data}


def load(corpus: Path, home: Path) -> Corpus:
    """The corpus with the edits, which must be right.

    Raises:
        ContentError: the first problem of its files.
    """
    return read_corpus(read_files(corpus, home)).corpus()


def keep(corpus: Path, home: Path, path: str, data: bytes) -> None:
    """Keep an edit; what equals the shipped file is no edit. Empty data takes the sheet away.

    Raises:
        SettingError: no file of a corpus may have that path, or it is too large.
        StorageError: it can't be written.
    """
    if not _is_editable(path) or (path in TABLES and not data):
        raise SettingError(f"「{path}」という名前では保存できません(例 policies/new-topic.md。英小文字・数字・-)")
    if len(data) > MOST_BYTES:
        raise SettingError(f"大きすぎます({MOST_BYTES:,}バイトまで)。資料を分けてください")
    shipped = read_folder(corpus).get(path)
    if data == (shipped or b""):
        drop(home, path)
        return
    disk, target = Disk(), home / FOLDER / path
    with refusing("編集の保存", target):
        for folder in (home / FOLDER, target.parent):
            folder.mkdir(parents=True, exist_ok=True)
        disk.replace(_base(target), _hash(shipped).encode())
        disk.replace(target, data)


def drop(home: Path, path: str) -> bool:
    """Go back to the shipped file; False where there was no edit."""
    target = home / FOLDER / path
    if not _is_editable(path) or not target.is_file():
        return False
    with refusing("編集の取り消し", target):
        Disk().remove(target)
        _base(target).unlink(missing_ok=True)
    return True


def list_edits(corpus: Path, home: Path) -> tuple[Edit, ...]:
    """Every edit, by path."""
    shipped = read_folder(corpus)
    return tuple(
        Edit(
            path=path,
            change="removed" if not data else "changed" if path in shipped else "added",
            outdated=_read_base(home / FOLDER / path) not in {None, _hash(shipped.get(path))},
        )
        for path, data in read_edits(home).items()
    )


def compare_tables(corpus: Path, home: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Lines of sources.toml, glossary.toml and replies.toml that were added and that were taken away, by file."""
    shipped, edits = read_folder(corpus), read_edits(home)
    added: list[str] = []
    removed: list[str] = []
    for name in (name for name in TABLES if name in edits):
        old, new = (data.decode("utf-8", "replace").splitlines() for data in (shipped.get(name, b""), edits[name]))
        for line in list(unified_diff(old, new, n=0, lineterm=""))[2:]:
            if not line.startswith("@@"):
                (added if line[0] == "+" else removed).append(f"{name}: {line[1:]}")
    return tuple(added), tuple(removed)


def _is_editable(path: str) -> bool:
    return path in TABLES or (SHEET.fullmatch(path) is not None and not path.endswith("readme.md"))


def _base(target: Path) -> Path:
    return target.with_name(target.name + ".base")


def _read_base(target: Path) -> str | None:
    try:
        return _base(target).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _hash(data: bytes | None) -> str:
    return sha256(data).hexdigest() if data is not None else "none"
