"""Tokens of texts seen in earlier builds, so that a build costs what changed: `home/cache/tokens.sqlite`.

In: texts. Out: what the tokenizer gives for them, read from the cache where dictionary, glossary and text are the same.
A cache that can't be read or written is done without. It keeps only what the last build used, overwrites what it
drops, and goes with a purge.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path

from rag.language.tokens import Tokenizer, Tokens, versions

PLACE = Path("cache") / "tokens.sqlite"


class CachingTokenizer(Tokenizer):
    """A tokenizer for one build, from one thread; `save` keeps what this build has used."""

    def __init__(self, home: Path, groups: Sequence[Sequence[str]]) -> None:
        super().__init__(groups)
        self._path = home / PLACE
        self._version = json.dumps([versions(), [list(group) for group in groups], _code()], sort_keys=True)
        self._known = _read(self._path)
        self._used: dict[str, str] = {}

    def tokens(self, text: str) -> Tokens:
        """All four kinds for one text."""
        key = sha256(f"{self._version}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()
        kept = self._used.get(key) or self._known.get(key)
        if kept is not None:
            self._used[key] = kept
            words, compounds, concepts, synonyms = map(tuple, json.loads(kept))
            return Tokens(words=words, compounds=compounds, concepts=concepts, synonyms=synonyms)
        found = super().tokens(text)
        self._used[key] = json.dumps([found.words, found.compounds, found.concepts, found.synonyms], ensure_ascii=False)
        return found

    def save(self) -> None:
        """Write what this build used, and drop the rest; a disk that refuses is no reason to fail."""
        with suppress(OSError, sqlite3.Error):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path)) as database, database:
                database.execute("pragma secure_delete = on")
                database.execute("create table if not exists tokens (key text primary key, value text not null)")
                gone = [(key,) for key in self._known if key not in self._used]
                database.executemany("delete from tokens where key = ?", gone)
                new = [(key, value) for key, value in self._used.items() if key not in self._known]
                database.executemany("insert or replace into tokens values (?, ?)", new)


def _code() -> str:
    """Changes with the tokenizer's own code."""
    folder = Path(__file__).parent / "language"
    return sha256(b"".join((folder / name).read_bytes() for name in ("tokens.py", "normalise.py"))).hexdigest()


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        with closing(sqlite3.connect(path)) as database:
            return dict(database.execute("select key, value from tokens"))
    except sqlite3.Error:
        with suppress(OSError):
            path.unlink()
        return {}


def forget_tokens(home: Path) -> None:
    """Remove the cache with every word in it. Raises OSError where the disk refuses."""
    (home / PLACE).unlink(missing_ok=True)
