"""Corpus + originals + settings -> a candidate release, and the differences of two releases.

The one place where parsing, chunking, embedding, indexing and the release store meet. It publishes nothing.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from langchain_core.embeddings import Embeddings

from rag import originals, overlay, withdrawn
from rag.chunk import cut
from rag.corpus import Corpus, check_files, load_corpus, read_corpus
from rag.differences import Content, Preview, compare_contents
from rag.drift import NAME as DRIFT
from rag.drift import Flag, dump_flags, read_flags
from rag.embed import STATIC, StaticEmbeddings, open_model
from rag.index import Progress, build_index, head_text
from rag.language.tokens import Tokenizer, versions
from rag.probe import check_release
from rag.records import read_documents, read_passages, read_sources, write_lines
from rag.releases import ReleaseStore
from rag.settings import Settings
from rag.token_cache import CachingTokenizer
from rag.types import ContentError, Document, Language, Passage, ReleaseError, Source

FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class Material:
    """Everything a release is made of. `tables`: glossary.toml and replies.toml as they are kept with it."""

    corpus: Corpus
    tables: Mapping[str, bytes]
    sources: Mapping[str, Source]
    documents: tuple[Document, ...]
    passages: tuple[Passage, ...]
    flags: tuple[Flag, ...]
    inputs_hash: str


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What changed from one release to another: document ids, and passage ids with their texts."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]


def gather_material(settings: Settings) -> Material:
    """Read the corpus, its edits and the originals; digests of sources whose original is held step back.

    Raises:
        ContentError: a file breaks a rule; file and line are named.
    """
    files = overlay.read_files(settings.corpus, settings.home)
    corpus = read_corpus(files).corpus()
    held = tuple(o for o in originals.read_all(settings.home) if o.source.rights == "text")
    sources = {**corpus.sources, **{o.source.id: o.source for o in held}}
    added = tuple(originals.load_document(settings.home, o) for o in held)
    spoken = {(d.digest_of, d.lang) for d in added}
    documents = (*(d for d in corpus.documents if (d.digest_of, d.lang) not in spoken), *added)
    passages = tuple(
        kept for document in documents for passage in cut(document) if (kept := _step_back(passage, spoken)) is not None
    )
    passages = withdrawn.leave_out(passages, withdrawn.read(settings.home))
    gone = tuple(p for d in corpus.documents if d not in documents for p in cut(d))
    passages = hand_over(gone, passages, Tokenizer([g.phrases for g in corpus.glossary.groups]))
    return Material(
        corpus=corpus,
        tables={name: files[name] for name in ("glossary.toml", "replies.toml")},
        sources=sources,
        documents=documents,
        passages=passages,
        flags=read_flags(settings.home / DRIFT),
        inputs_hash=hash_inputs(settings),
    )


def _step_back(passage: Passage, spoken: set[tuple[str | None, Language]]) -> Passage | None:
    """A digest's sentences that rest only on sources whose original is held are no longer quoted."""
    if passage.wording == "original":
        return passage
    kept = tuple(s for s in passage.sentences if not all((i, passage.lang) in spoken for i in s.source_ids))
    if not kept:
        return None
    return passage if len(kept) == len(passage.sentences) else replace(passage, sentences=kept)


def hand_over(gone: Sequence[Passage], passages: tuple[Passage, ...], tokenizer: Tokenizer) -> tuple[Passage, ...]:
    """The questions of digests that stepped back go on to the original's passage that says the same.

    The same is what shares most words with the digest's passage (cosine of counts), of the same speaker where the
    digest names one. Without this an original, which nobody wrote askings for, would be harder to find than its digest.
    """
    if not gone:
        return passages
    originals_of = [p for p in passages if p.wording == "original"]
    words = {p.id: Counter(tokenizer.tokens(p.text).words) for p in (*gone, *originals_of)}
    further: dict[str, list[str]] = {}
    for passage in gone:
        fitting = [o for o in originals_of if o.lang == passage.lang and passage.speaker in {None, o.speaker}]
        best = max(fitting, key=lambda o: _cosine(words[passage.id], words[o.id]), default=None)
        if best is not None and _cosine(words[passage.id], words[best.id]) >= SAME_MATTER:
            further.setdefault(best.id, []).extend(a for a in (passage.question, *passage.askings) if a)
    return tuple(replace(p, askings=(*p.askings, *further[p.id])) if p.id in further else p for p in passages)


SAME_MATTER = 0.25  # cosine from which a digest's passage and an original's speak of one thing


def _cosine(left: Counter[str], right: Counter[str]) -> float:
    product = sum(n * right[w] for w, n in left.items())
    lengths = math.sqrt(sum(n * n for n in left.values()) * sum(n * n for n in right.values()))
    return product / lengths if lengths else 0.0


def hash_inputs(settings: Settings) -> str:
    """Everything a release would be made of, as one hash: corpus, edits, originals, what was withdrawn, flags,
    versions."""
    digest = sha256(json.dumps([FORMAT, settings.embeddings or STATIC, versions()], sort_keys=True).encode())
    for path in sorted(p for p in settings.corpus.rglob("*") if p.suffix in {".md", ".toml"}):
        digest.update(str(path.relative_to(settings.corpus)).encode() + b"\0" + path.read_bytes() + b"\0")
    for original in (o for o in originals.read_all(settings.home) if o.source.rights == "text"):
        digest.update(repr((original.source, original.lang, original.charset)).encode() + original.data)
    for name, data in overlay.read_edits(settings.home).items():
        digest.update(f"overlay/{name}".encode() + b"\0" + data + b"\0")
    if gone := withdrawn.read(settings.home):
        digest.update(repr(gone).encode())
    if flags := read_flags(settings.home / DRIFT):
        digest.update(dump_flags(flags))
    return digest.hexdigest()


def find_release(settings: Settings) -> str | None:
    """The served release or the newest candidate, where it is made of exactly what a build would take now."""
    store, wanted = ReleaseStore(settings.home), hash_inputs(settings)
    candidate = store.newest_candidate()
    current = next((info for info in store.releases() if info.current), None)
    latest = candidate or current
    return latest.id if latest is not None and latest.inputs_hash == wanted else None


def build_release(
    settings: Settings,
    *,
    progress: Progress = lambda stage, done, total: None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> str:
    """Build a candidate beside what is served; its id."""
    material = gather_material(settings)
    store = ReleaseStore(settings.home)
    return store.build(
        lambda folder: _fill(folder, material, settings, progress), inputs_hash=material.inputs_hash, created=clock()
    )


def build_checked(settings: Settings, *, progress: Progress = lambda stage, done, total: None) -> str:
    """Check the corpus with its edits first, so that nothing wrong becomes a candidate; then build.

    Raises:
        ContentError: the first problem, with how many there are.
    """
    edited = bool(overlay.read_edits(settings.home))
    problems = check_files(overlay.read_files(settings.corpus, settings.home), edited=edited).problems
    if problems:
        more = f"(ほかに {len(problems) - 1}件。`ictnavi corpus check` で見られます)" if len(problems) > 1 else ""
        raise ContentError(problems[0].message + more, path=problems[0].path, line=problems[0].line)
    return build_release(settings, progress=progress)


def publish(settings: Settings, release_id: str | None, *, reason: str | None = None) -> str:
    """Serve a release (by default the newest candidate), once files and index are proven; its id."""
    store = ReleaseStore(settings.home)
    if release_id is None:
        candidate = store.newest_candidate()
        if candidate is None:
            raise ReleaseError("公開できる候補がありません。`ictnavi corpus build` で作ってください。")
        release_id = candidate.id
    store.publish(release_id, reason=reason, check=check_release)
    return release_id


def _fill(folder: Path, material: Material, settings: Settings, progress: Progress) -> Mapping[str, Any]:
    write_lines(folder / "sources.jsonl", material.sources.values())
    write_lines(folder / "documents.jsonl", material.documents)
    write_lines(folder / "passages.jsonl", material.passages)
    (folder / DRIFT).write_bytes(dump_flags(material.flags))
    for name, data in material.tables.items():
        (folder / name).write_bytes(data)
    tokenizer = CachingTokenizer(settings.home, [g.phrases for g in material.corpus.glossary.groups])
    embeddings, state = _fit(settings, tokenizer, material.passages)
    (folder / "embedding.json").write_text(json.dumps(state, ensure_ascii=False), "utf-8")
    build_index(
        material.passages,
        folder,
        tokenizer=tokenizer,
        embed=lambda texts: embeddings.embed_documents(list(texts)),
        progress=progress,
    )
    tokenizer.save()
    return {
        "embedding": settings.embeddings or STATIC,
        "versions": versions(),
        "counts": {
            "sources": len(material.sources),
            "documents": len(material.documents),
            "passages": len(material.passages),
            "sentences": sum(len(p.sentences) for p in material.passages),
        },
    }


def _fit(settings: Settings, tokenizer: Tokenizer, passages: Sequence[Passage]) -> tuple[Embeddings, dict[str, Any]]:
    if settings.embeddings:
        return open_model(settings.embeddings), {}
    static = StaticEmbeddings.fit(
        lambda text: tokenizer.tokens(text).words, [f"{head_text(p)}\n{p.text}" for p in passages]
    )
    return static, static.state()


def holds_document(folder: Path, document_id: str) -> bool:
    """Whether a release holds a document (or one of the source of that id); True where it can't be read."""
    try:
        documents = read_documents(folder / "documents.jsonl")
    except ReleaseError:
        return True
    return any(document_id in {d.id, d.digest_of} for d in documents)


def compare_with(settings: Settings, old: str | None, new: str | None) -> Difference:
    """What changed from one release (by default the served one) to another (the newest candidate, or else it)."""
    store = ReleaseStore(settings.home)
    old = old or store.current()
    if new is None:
        candidate = store.newest_candidate()
        new = candidate.id if candidate else store.current()
    before, after = (read_passages(store.folder(i) / "passages.jsonl") for i in (old, new))
    return compare_passages(before, after)


def preview(settings: Settings, old: str | None = None, new: str | None = None) -> Preview:
    """The same in words for people: what came, went and was rewritten, word by word, with years and numbers.

    Raises:
        ReleaseError: one of the two is missing or can't be read.
    """
    store = ReleaseStore(settings.home)
    old = old or store.current()
    if new is None:
        candidate = store.newest_candidate()
        new = candidate.id if candidate else store.current()
    return compare_contents(_read_content(store.folder(old)), _read_content(store.folder(new)), ids=(old, new))


def _read_content(folder: Path) -> Content:
    return Content(
        documents=read_documents(folder / "documents.jsonl"),
        passages=read_passages(folder / "passages.jsonl"),
        sources=read_sources(folder / "sources.jsonl"),
        flags=read_flags(folder / DRIFT),
    )


def compare_shipped(settings: Settings) -> Difference:
    """Where a build would differ now from the shipped corpus alone: edits, originals, digests stepped back."""
    shipped = tuple(p for d in load_corpus(settings.corpus).documents for p in cut(d))
    passages = compare_passages(shipped, gather_material(settings).passages)
    added, removed = overlay.compare_tables(settings.corpus, settings.home)
    return replace(passages, added=(*passages.added, *added), removed=(*passages.removed, *removed))


def compare_passages(old: Iterable[Passage], new: Iterable[Passage]) -> Difference:
    """Passages by id: added, removed, and those whose words or quotable sentences changed."""
    before, after = {p.id: p for p in old}, {p.id: p for p in new}
    return Difference(
        added=tuple(f"{i}: {after[i].text}" for i in after if i not in before),
        removed=tuple(f"{i}: {before[i].text}" for i in before if i not in after),
        changed=tuple(
            f"{i}: {_quotable(before[i])} → {_quotable(after[i])}"
            for i in after
            if i in before and _quotable(before[i]) != _quotable(after[i])
        ),
    )


def _quotable(passage: Passage) -> str:
    return "".join(passage.quote(span) for span in passage.sentences)
