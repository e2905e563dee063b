"""A release that answers: opened on a private copy, checked, with all that answers depend on.

In: the store, a release's id, the settings it must fit. Out: `Served`. It publishes nothing and answers nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.corpus import Glossary, Replies, read_glossary, read_replies
from rag.drift import NAME as DRIFT
from rag.drift import Flag, read_flags
from rag.embed import STATIC, StaticEmbeddings, open_model
from rag.index import Index, open_index
from rag.language.normalise import fold
from rag.language.spelling import Speller, loanwords
from rag.language.tokens import Tokenizer, versions
from rag.probe import check_release
from rag.records import read_passages, read_sources
from rag.releases import ReleaseStore
from rag.rivals import Rivals
from rag.settings import Settings
from rag.types import Citation, ContentError, Passage, ReleaseError, SettingError, Source


@dataclass(frozen=True, kw_only=True)
class Served:
    """An opened release: everything answers depend on."""

    id: str
    folder: Path
    index: Index
    speller: Speller
    sources: Mapping[str, Source]
    replies: Replies
    glossary: Glossary
    flags: tuple[Flag, ...] = ()

    @cached_property
    def rivals(self) -> tuple[Rivals, ...]:
        """What is asked of instead of one another: routes, and the pairs that the glossary keeps apart."""
        routes = [frozenset(map(fold, route.terms)) for route in self.replies.routes]
        ways = [Rivals(one=one, other=other, always=True) for one, other in combinations(routes, 2)]
        apart = [Rivals(one=self._terms(pair.left), other=self._terms(pair.right)) for pair in self.glossary.never]
        return (*ways, *apart)

    def _terms(self, term: str) -> frozenset[str]:
        groups = (frozenset(map(fold, g.phrases)) for g in self.glossary.groups)
        return next((terms for terms in groups if fold(term) in terms), frozenset({fold(term)}))

    @cached_property
    def vouched(self) -> NDArray[np.bool_] | None:
        """For each passage whether it is an official page's or our own digest; None where all are.

        A third party's own words may be written to stand in front of everything else: they answer only where
        nothing vouched for does.
        """
        vouched = np.array([self._is_vouched(passage) for passage in self.index.passages], dtype=np.bool_)
        return None if vouched.all() else vouched

    def _is_vouched(self, passage: Passage) -> bool:
        if passage.wording == "digest":
            return True
        known = [self.sources[s] for span in passage.sentences for s in span.source_ids if s in self.sources]
        return not known or any(source.standing == "official" for source in known)

    def touched(self, citation: Citation) -> bool:
        """Whether the page of what is cited has changed since our statement was written."""
        return any(flag.touches(citation) for flag in self.flags)


def open_release(store: ReleaseStore, release_id: str, settings: Settings) -> Served:
    """A release on a private copy, probed once; raises as `Bot.open`."""
    manifest = store.manifest(release_id)
    built_with = manifest.details.get("embedding")
    if built_with != (settings.embeddings or STATIC):
        raise SettingError(
            f"公開中の資料は埋め込み {built_with} で作られていますが、設定は {settings.embeddings or STATIC} です。"
            "`ictnavi corpus build` と `ictnavi release publish` で作り直してください。"
        )
    if manifest.details.get("versions") != versions():
        raise ReleaseError(
            "公開中の資料は別の版の辞書で作られています。"
            "`ictnavi corpus build` と `ictnavi release publish` で作り直してください。"
        )
    if not store.checked(release_id):
        store.verify(release_id, check_release)
    folder = store.open_copy(release_id)
    problems: list[ContentError] = []
    replies = read_replies((folder / "replies.toml").read_bytes(), "replies.toml", problems)
    glossary = read_glossary((folder / "glossary.toml").read_bytes(), "glossary.toml", problems)
    if replies is None or glossary is None or problems:
        raise ReleaseError(f"公開データの replies.toml か glossary.toml を読めません({problems[:1]})")
    tokenizer = Tokenizer([g.phrases for g in glossary.groups])
    embeddings = (
        open_model(settings.embeddings)
        if settings.embeddings
        else StaticEmbeddings.from_file(
            lambda text: [w.token for w in tokenizer.words(text)], folder / "embedding.json"
        )
    )
    index = open_index(read_passages(folder / "passages.jsonl"), folder, tokenizer=tokenizer, embeddings=embeddings)
    sources = {s.id: s for s in read_sources(folder / "sources.jsonl")}
    written = (t.removeprefix("c:") for t in index.tables["words"].vocabulary)
    known = {t for t in written if ":" not in t}.union(*(loanwords(fold(p.text)) for p in index.passages))
    speller = Speller(tokenizer, frozenset(known))
    return Served(
        id=release_id,
        folder=folder,
        index=index,
        speller=speller,
        sources=sources,
        replies=replies,
        glossary=glossary,
        flags=read_flags(folder / DRIFT),
    )
