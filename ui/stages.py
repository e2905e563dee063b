"""The names of long work's stages, as people read them beside a bar."""

from __future__ import annotations

from collections.abc import Mapping

STAGES: Mapping[str, str] = {
    "pages": "ページの見直し",
    "backup": "写す",
    "restore": "戻す",
    "words": "語の索引",
    "vectors": "ベクトルの索引",
}
