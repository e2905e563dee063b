"""A stranger's file, read in a process of its own: bytes -> `Document`, whatever the bytes try.

In: bytes, the name they came under, ids. Out: a `Document`, or one sentence why there is none. The child may use 1 GiB
of memory, 12 s of processor and 13 s by the clock (with its start and its end nobody waits over 15), may write no file,
and hands back JSON, never code. What is in the file is `rag.parse`'s to read; nothing is fetched or kept here.

`python -m rag.parse.child` reads one line of JSON and then the bytes from standard input.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from rag.parse import parse
from rag.parse.detect import MAX_BYTES
from rag.types import ContentError, Document, Language

if sys.platform != "win32":
    import resource

MEMORY_BYTES, CPU_SECONDS, WALL_SECONDS = 1 << 30, 12, 13.0
MAX_RESULT = 16 << 20  # bytes of JSON: a document of several million characters, which nobody reads
_DOCUMENT = TypeAdapter(Document)


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to read: `name` is the file's name or address; `charset` is what a server said of the bytes."""

    name: str
    document_id: str
    source_id: str
    lang: Language | None = None
    charset: str | None = None


def parse_apart(data: bytes, request: Request, *, wall_seconds: float = WALL_SECONDS) -> Document:
    """Read an original in a limited child process.

    Raises:
        ContentError: it can't be read, or takes more memory or time than any honest file; one sentence for a person.
    """
    if len(data) > MAX_BYTES:
        raise ContentError("20 MB を超えているので、分けるか画像を減らしてください", path=request.name)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "rag.parse.child"],
            input=pack_request(data, request),
            capture_output=True,
            timeout=wall_seconds,
            check=False,
            cwd=Path(__file__).resolve().parent.parent.parent,
            env=None if sys.platform == "win32" else {"PYTHONUTF8": "1"},  # no keys of ours in a stranger's hands
        )
    except subprocess.TimeoutExpired:
        raise too_slow(request, wall_seconds) from None
    return receive(done.stdout, request)


def pack_request(data: bytes, request: Request) -> bytes:
    """What a child reads: one line of JSON, then the file."""
    return json.dumps(asdict(request)).encode() + b"\n" + data


def too_slow(request: Request, seconds: float) -> ContentError:
    """The refusal of a file that is not read in time."""
    return ContentError(f"{seconds:g}秒で読み終わらないので、ページを減らすか保存し直してください", path=request.name)


def receive(answer: bytes, request: Request) -> Document:
    """The document that a child handed back.

    Raises:
        ContentError: it refused the file, or did not live to answer.
    """
    try:
        found = json.loads(answer)
        if "refused" in found:
            raise ContentError(str(found["refused"]), path=request.name)
        return read_document(found["document"])
    except (ValueError, TypeError, KeyError):  # killed by its limits, or by what it read
        raise ContentError(
            "読むのに使うメモリか時間が多すぎるか、壊れているので、保存し直すか分けてください", path=request.name
        ) from None


def write_document(document: Document) -> dict[str, Any]:
    """The document as JSON; `read_document` is its counterpart."""
    return asdict(document)


def read_document(found: object) -> Document:
    """A document from JSON as read.

    Raises:
        ValueError: it is no document.
    """
    try:
        return _DOCUMENT.validate_python(found)
    except (ValidationError, ContentError) as error:
        raise ValueError(str(error)) from error


@lru_cache(maxsize=1)
def parser_version() -> str:
    """Changes with every change of the readers, so that what an older one read is read anew."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def limit() -> None:
    """Bind this process to what a child may use."""
    if sys.platform == "win32":  # no such limits there; the parent's clock still ends the child
        return
    for what, amount in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, most = resource.getrlimit(what)
        least = amount if most == resource.RLIM_INFINITY else min(amount, most)
        resource.setrlimit(what, (least, least))


def _answer(head: bytes, data: bytes) -> dict[str, Any]:
    request = Request(**json.loads(head))
    try:
        document = parse(
            data,
            name=request.name,
            document_id=request.document_id,
            source_id=request.source_id,
            lang=request.lang,
            charset=request.charset,
        )
        return {"document": write_document(document)}
    except ContentError as error:
        return {"refused": str(error).removeprefix(f"{error.path}: ")}
    except MemoryError:
        return {"refused": "読むのに使うメモリが多すぎるので、画像を減らすか分けてください"}
    except Exception:  # noqa: BLE001 - the outermost edge of a process that reads whatever it is given
        return {"refused": "壊れていて読めないので、もう一度保存し直してください"}


def answer_bytes(question: bytes) -> bytes:
    """What a child says to what `pack_request` made."""
    head, _, data = question.partition(b"\n")
    answer = json.dumps(_answer(head, data)).encode()
    if len(answer) > MAX_RESULT:
        return json.dumps({"refused": "本文が長すぎるので、必要なページだけに分けてください"}).encode()
    return answer


def main() -> int:
    """The child's entry."""
    limit()
    sys.stdout.buffer.write(answer_bytes(sys.stdin.buffer.read()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
