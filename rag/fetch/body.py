"""A response's body, unpacked while it streams and counted as it comes out.

In: raw pieces and the content encoding. Out: bytes, at most so many; a page that unpacks to more, or that ends before
its end, is an error. Only gzip and deflate are asked for, and only they are understood.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rag.fetch.policy import FetchError

if TYPE_CHECKING:
    from zlib import _Decompress

ACCEPT_ENCODING = "gzip, deflate"
_PIECE = 64 << 10


def unpack(pieces: Iterable[bytes], *, encoding: str, max_bytes: int, url: str) -> bytes:
    """The whole body.

    Raises:
        FetchError: larger than `max_bytes` when unpacked, packed in an unknown manner, damaged or cut off.
    """
    whole = bytearray()
    for piece in _unpacked(pieces, encoding.strip().lower(), url):
        whole += piece
        if len(whole) > max_bytes:
            raise FetchError(f"{url}: {max_bytes >> 20} MB を超えるので、取り込みません", cause="too_large")
    return bytes(whole)


def _unpacked(pieces: Iterable[bytes], encoding: str, url: str) -> Iterator[bytes]:
    if encoding in ("", "identity"):
        yield from pieces
        return
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise FetchError(f"{url}: 圧縮の形「{encoding[:20]}」は読めません", cause="unreachable")
    unpacker: _Decompress | None = None
    try:
        for piece in pieces:
            unpacker = unpacker or _choose(encoding, piece)
            rest = piece
            while rest and not unpacker.eof:
                yield unpacker.decompress(rest, _PIECE)
                rest = unpacker.unconsumed_tail
        if unpacker is not None and not unpacker.eof:
            yield unpacker.flush()  # the little that zlib itself still held back
    except zlib.error:
        raise FetchError(f"{url}: 圧縮が壊れています", cause="unreachable") from None
    if unpacker is not None and not unpacker.eof:
        raise FetchError(f"{url}: 途中で切れています", cause="unreachable")


def _choose(encoding: str, first: bytes) -> _Decompress:
    """Some servers' deflate is without the zlib frame."""
    if encoding != "deflate":
        return zlib.decompressobj(zlib.MAX_WBITS | 16)
    framed = first[:1] and first[0] & 0x0F == 8
    return zlib.decompressobj(zlib.MAX_WBITS if framed else -zlib.MAX_WBITS)
