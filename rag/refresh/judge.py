"""Whether what came back for a page may replace what we have of it.

In: a fetched page and its reading, the last good reading. Out: a `Verdict`: an outcome and one sentence. Pure; when in
doubt the old text stays, for a person can accept the new one and nobody can bring back a lost one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from rag.fetch import Fetched
from rag.types import Document

Outcome = Literal[
    "new", "same", "changed",
    "moved", "gone", "empty", "soft_404", "shorter", "cut", "unreadable",
    "refused", "unreachable", "too_large", "too_slow", "redirects", "robots",
]  # fmt: skip
GOOD: frozenset[str] = frozenset({"new", "same", "changed"})

FAR_SHORTER = 0.5  # share of the last good text's length
LEAST_TEXT = 20  # characters below which a page says nothing
SHORT_PAGE = 600  # characters up to which a page may be nothing but a message
_NOT_FOUND = re.compile(
    r"(?:ページ|ファイル|記事|コンテンツ|URL)(?:は|が|を)[^。\n]{0,20}(?:見つかり|みつかり|存在し|ござい|表示でき)ま(?:せん|せんでした)"
    r"|お探しの(?:ページ|記事|情報)|(?:削除|移動)された(?:可能性|か)|公開(?:を|は)終了|掲載(?:を|は)終了"
    r"|ページが見つかりません|page (?:was |is )?not (?:be )?found|page (?:can ?not|could not) be found|\b404\b",
    re.I,
)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """An outcome, and what to tell a person about it."""

    outcome: Outcome
    detail: str = ""


def judge_status(fetched: Fetched) -> Verdict | None:
    """What the server's answer settles by itself; None where the text must be looked at."""
    if fetched.status in (404, 410):
        return Verdict(outcome="gone", detail=f"ページがありません({fetched.status})")
    if fetched.status != 200:
        return Verdict(outcome="unreachable", detail=f"サーバーが {fetched.status} を返しました")
    if not fetched.data.strip():
        return Verdict(outcome="empty", detail="ページが空です")
    return None


def judge_text(url: str, fetched: Fetched, document: Document, last: Document | None, last_data: bytes) -> Verdict:
    """What a page's text says about itself, beside the last good one."""
    if len(_words(document.text)) < LEAST_TEXT:
        return Verdict(outcome="empty", detail="本文がほとんどありません")
    if is_not_found(document) or _fell_to_the_top(url, fetched):
        return Verdict(outcome="soft_404", detail="「見つかりません」のページか、トップページに変わっています")
    if fetched.moved_to and not _same_place(url, fetched.moved_to):
        return Verdict(outcome="moved", detail=f"恒久的に移りました: {fetched.moved_to}")
    return Verdict(outcome="new") if last is None else _compare(fetched, document, last, last_data)


def _compare(fetched: Fetched, document: Document, last: Document, last_data: bytes) -> Verdict:
    text, before = _words(document.text), _words(last.text)
    if _is_cut(fetched.data, last_data):
        return Verdict(outcome="cut", detail="ページが途中で切れています")
    if len(text) < FAR_SHORTER * len(before):
        return Verdict(outcome="shorter", detail=f"本文が急に短くなりました({len(before):,}字 → {len(text):,}字)")
    return Verdict(outcome="same" if text == before else "changed")


def is_not_found(document: Document) -> bool:
    """Whether the page only says that there is no such page, whatever its status says."""
    if _NOT_FOUND.search(document.title):
        return True
    return len(document.text) <= SHORT_PAGE and bool(_NOT_FOUND.search(document.text))


def _fell_to_the_top(url: str, fetched: Fetched) -> bool:
    """Whether a page deep in a site has led to the site's front page."""
    return urlsplit(url).path.strip("/") != "" and urlsplit(fetched.url).path.strip("/") in ("", "index.html")


def _same_place(left: str, right: str) -> bool:
    """http to https, a final slash and a leading www. are no move."""
    (one, other) = (urlsplit(u) for u in (left, right))
    hosts = {(p.hostname or "").removeprefix("www.") for p in (one, other)}
    return len(hosts) == 1 and one.path.rstrip("/") == other.path.rstrip("/") and one.query == other.query


def _is_cut(data: bytes, last: bytes) -> bool:
    """Whether a page that used to be closed no longer is."""
    return b"</html" in last[-2000:].lower() and b"</html" not in data[-2000:].lower() and b"<" in data[:200]


def _words(text: str) -> str:
    return re.sub(r"\s+", "", text)
