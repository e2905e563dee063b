"""How long a refresh's build takes when one page of a large corpus has changed: `python -m bench.refreshing [PAGES]`.

Pages are made of the shipped corpus's own sentences, ten passages each, kept as originals with their reading noted, as
a refresh leaves them. Printed: the first build, the build after one page has changed, by stage, and publishing.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path

from rag import originals
from rag.build import build_release, gather_material, publish
from rag.originals import Original
from rag.parse import parse
from rag.settings import Settings
from rag.types import Source

PASSAGES = 10


def make_page(number: int, sentences: list[str], seed: int) -> Original:
    """A page of ten headings, three sentences under each."""
    draw = random.Random(seed)
    body = "".join(
        f"<h2>{number}の{n}について</h2><p>{''.join(draw.choices(sentences, k=3))}</p>" for n in range(PASSAGES)
    )
    source = Source(
        id=f"page-{number}", title=f"ページ{number}", url=f"https://example.org/{number}/", publisher="p", kind="news",
        standing="official", as_of="2026-11", rights="text",
    )  # fmt: skip
    data = f"<main><h1>ページ{number}</h1>{body}</main>".encode()
    return Original(source=source, name="page.html", data=data, lang="ja", fetched=True)


def keep_page(home: Path, page: Original) -> None:
    """Keep it as a refresh does."""
    ids = {"document_id": f"{page.source.id}-original", "source_id": page.source.id}
    originals.keep(home, page, parse(page.data, name=page.name, lang=page.lang, **ids))


def time_build(settings: Settings, what: str) -> str:
    """Build and say how long each stage took."""
    began = time.perf_counter()
    marks: dict[str, float] = {}
    release_id = build_release(
        settings, progress=lambda stage, done, total: marks.setdefault(stage, time.perf_counter() - began) and None
    )
    stages = " ".join(f"{stage} from {at:.1f} s" for stage, at in marks.items())
    print(f"{what}: {time.perf_counter() - began:.1f} s ({stages})", flush=True)
    return release_id


def main(pages: int) -> None:
    """Measure with so many pages."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder) / "home")
        material = gather_material(settings)
        sentences = [p.quote(s) for p in material.passages if p.lang == "ja" for s in p.sentences]
        for number in range(pages):
            keep_page(settings.home, make_page(number, sentences, number))
        publish(settings, time_build(settings, f"{pages * PASSAGES:,} passages, first build"))
        keep_page(settings.home, make_page(0, sentences, -1))
        release_id = time_build(settings, "one page changed")
        began = time.perf_counter()
        publish(settings, release_id)
        print(f"publish: {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
