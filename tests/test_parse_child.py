"""Strangers' files in child processes: the same reading as in this one, and limits that hold whatever they try."""

from __future__ import annotations

import io
import resource
import signal
import subprocess
import sys
import threading
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from page_forms import FORMS, Form

from rag.originals import Original, keep, load_document, read_all
from rag.parse import parse
from rag.parse.child import Request, parse_apart, read_document, write_document
from rag.parse.nursery import Nursery
from rag.types import ContentError, Document, Source

ROOT = Path(__file__).parent.parent
READABLE = [form for form in FORMS if not form.refused][::6]


def request(name: str, charset: str | None = None) -> Request:
    return Request(name=name, document_id="page", source_id="source", charset=charset)


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as running:
        yield running


@pytest.mark.parametrize("form", READABLE, ids=lambda form: form.name)
def test_a_child_reads_what_this_process_reads(form: Form, nursery: Nursery) -> None:
    here = parse(form.data, name=form.file, document_id="page", source_id="source", charset=form.charset)
    asked = request(form.file, form.charset)
    assert parse_apart(form.data, asked) == here == nursery.parse(form.data, asked)


@pytest.mark.parametrize("form", [f for f in FORMS if f.refused], ids=lambda form: form.name)
def test_a_child_says_why_it_refuses(form: Form, nursery: Nursery) -> None:
    for read in (parse_apart, nursery.parse):
        with pytest.raises(ContentError, match=form.refused) as caught:
            read(form.data, request(form.file))
        assert str(caught.value).count(form.file) == 1


def zip_bomb(members: int, size: int, head: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", head + bytes(size))
        for number in range(members):
            archive.writestr(f"word/{number}.xml", b"x")
    return out.getvalue()


def billion_laughs() -> bytes:
    entities = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 11))
    return zip_bomb(0, 0, f"<!DOCTYPE x [<!ENTITY a0 'ha'>{entities}]><x>&a10;</x>".encode())


def pdf_of(stream: bytes, *, pages: int = 1, extra: str = "") -> bytes:
    """A PDF by hand: one packed content stream under so many pages."""
    kids = " ".join(["3 0 R"] * pages)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode(),
        f"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /MediaBox [0 0 600 800] {extra} >>".encode(),
        f"<< /Length {len(stream)} /Filter /FlateDecode >>\nstream\n".encode() + stream + b"\nendstream",
    ]
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = len(out)
    out += f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    return bytes(out) + f"trailer << /Size 5 /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n".encode()


def nested_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.docx", zip_bomb(0, 30 << 20))
    return out.getvalue()


BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "docx unpacking to 300 MB": ("a.docx", lambda: zip_bomb(0, 300 << 20)),
    "docx of 5,000 members": ("a.docx", lambda: zip_bomb(5000, 10)),
    "docx of entities": ("a.docx", billion_laughs),
    "zip in a zip": ("a.docx", nested_zip),
    "flate of 2 GB": ("a.pdf", lambda: pdf_of(zlib.compress(zlib.compress(bytes(64 << 20)) * 1, 9))),
    "flate of spaces": ("a.pdf", lambda: pdf_of(zlib.compress(b" " * (400 << 20), 9))),
    "text of one page over and over": ("a.pdf", lambda: pdf_of(zlib.compress(b"BT (x) Tj ET\n" * 2_000_000))),
    "100,000 pages": ("a.pdf", lambda: pdf_of(zlib.compress(b"BT ET"), pages=100_000)),
    "pages in a circle": ("a.pdf", lambda: pdf_of(b"", extra="/Kids [2 0 R 3 0 R]").replace(b"[3 0 R]", b"[2 0 R]")),
    "xref in a circle": ("a.pdf", lambda: pdf_of(b"").replace(b"/Root 1 0 R", b"/Root 1 0 R /Prev 9")),
    "html a million deep": ("a.html", lambda: b"<div>" * 1_000_000 + b"x"),
    "html of 19 MB of tags": ("a.html", lambda: b"<p>a</p>" * 2_300_000),
    "table that spans": ("a.html", lambda: b"<table>" + b"<tr><td rowspan=9999 colspan=9999>x</td></tr>" * 9999),
    "text of 19 MB": ("a.txt", lambda: "あ".encode() * 6_300_000),
    "more than 20 MB": ("a.txt", lambda: b"x" * (21 << 20)),
    "a name that leads elsewhere": ("../../../etc/passwd\0.html", lambda: b"<h1>x</h1><p>y</p>"),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_read_or_refused_and_this_process_stays_small(bomb: str, nursery: Nursery) -> None:
    name, make = BOMBS[bomb]
    data = make()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    said = ""
    try:
        assert isinstance(nursery.parse(data, request(name)), Document)
    except ContentError as error:
        said = str(error)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown <= 150 << 10, f"{grown >> 10} MB"  # the bytes themselves and one answer of at most 16 MB as objects
    assert "\n" not in said
    assert nursery.parse(b"<h1>a</h1><p>after</p>", request("b.html")).title == "a"


def test_a_file_that_takes_too_long_is_refused() -> None:
    began = time.monotonic()
    with pytest.raises(ContentError, match=r"0\.01秒で読み終わらない"):
        parse_apart(b"<p>x</p>", request("a.html"), wall_seconds=0.01)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("attempt", "ended"),
    [
        ("bytearray(2 << 30)", 1),
        ("\nwhile True: pass", -signal.SIGXCPU),
        ("open('made', 'w').write('x' * 9999)", 1),
    ],
)
def test_the_limits_of_a_child_hold(attempt: str, ended: int, tmp_path: Path) -> None:
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\nimport rag.parse.child as c\nc.CPU_SECONDS = 1\nc.limit()\n"
    )
    done = subprocess.run([sys.executable, "-c", script + attempt], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode in (ended, -signal.SIGXFSZ, -signal.SIGKILL) and not list(tmp_path.glob("made?*"))


def test_a_child_that_dies_takes_nobody_along(nursery: Nursery) -> None:
    """The helper is killed from outside: that file is refused, the next is read."""
    assert nursery.parse(b"<h1>a</h1><p>b</p>", request("a.html")).title == "a"
    assert nursery._helper is not None
    nursery._helper.kill()
    nursery._helper.wait()
    assert nursery.parse(b"<h1>c</h1><p>d</p>", request("a.html")).title == "c"


def test_many_threads_share_a_nursery(nursery: Nursery) -> None:
    titles: dict[int, str] = {}

    def read(number: int) -> None:
        titles[number] = nursery.parse(f"<h1>{number}</h1><p>本文</p>".encode(), request("a.html")).title

    threads = [threading.Thread(target=read, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert titles == {n: str(n) for n in range(12)}


def test_no_key_of_the_environment_reaches_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    with Nursery() as running:
        running.parse(b"<h1>a</h1><p>b</p>", request("a.html"))
        assert running._helper is not None
        assert b"secret" not in Path(f"/proc/{running._helper.pid}/environ").read_bytes()


def test_a_document_survives_the_way_through_json() -> None:
    document = parse(b"<h1>a</h1><p>b</p>", name="a.html", document_id="page", source_id="source")
    assert read_document(write_document(document)) == document
    with pytest.raises(ValueError, match="text"):
        read_document({"id": "x"})


def test_an_original_is_read_once_and_again_when_its_bytes_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Source(id="a", title="a", url="https://example.org/", publisher="p", kind="news", standing="official")
    first = Original(source=source, name="a.html", data=b"<h1>a</h1><p>one</p>", lang=None)
    keep(tmp_path, first)
    assert "one" in load_document(tmp_path, first).text
    with monkeypatch.context() as patch:
        patch.setattr(Original, "document", lambda self: pytest.fail("read twice"))
        assert "one" in load_document(tmp_path, read_all(tmp_path)[0]).text
    second = Original(source=source, name="a.html", data=b"<h1>a</h1><p>two</p>", lang=None)
    keep(tmp_path, second)
    assert read_all(tmp_path) == (second,)
    assert "two" in load_document(tmp_path, second).text
