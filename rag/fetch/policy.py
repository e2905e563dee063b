"""What may be fetched: which addresses on the web, how much, for how long.

In: a URL as typed or as a redirect gives it. Out: a `Target` that can be connected to, or an OutsideError in one
sentence. Names are resolved elsewhere; every address they resolve to is put before `Policy.allows`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

from rag.fetch.addresses import is_public
from rag.types import OutsideError

Cause = Literal["refused", "unreachable", "too_large", "too_slow", "redirects", "robots"]

_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_][a-z0-9_-]{0,62})*")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\]")
_PORTS = {"http": 80, "https": 443}


class FetchError(OutsideError):
    """A page could not be fetched; `cause` says what kind of failure it was."""

    def __init__(self, message: str, *, cause: Cause) -> None:
        self.cause: Cause = cause
        super().__init__(message)


@dataclass(frozen=True, kw_only=True)
class Target:
    """A place to connect to. `host` is lower case and ASCII, without brackets; `url` is without a fragment."""

    url: str
    scheme: str
    host: str
    port: int

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{self.scheme}://{bracketed(self.host)}:{self.port}"


@dataclass(frozen=True, kw_only=True)
class Policy:
    """`hosts`: the only ones reached. Seconds are for one page with all its redirects, bytes are unpacked ones.

    `networks` are allowed besides the public ones, and `ports` besides 80 and 443: both are for a server of one's own
    (tests), given in code and never from the environment. `pause` is the least time between two pages of one host,
    in seconds; a site's own wish (robots.txt) counts up to `longest_pause`.
    """

    hosts: frozenset[str]
    ports: frozenset[int] = frozenset({80, 443})
    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    seconds: float = 20.0
    max_bytes: int = 10 << 20
    max_redirects: int = 3
    pause: float = 1.0
    longest_pause: float = 30.0
    agent: str = field(default="ictnavi-refresh/1.0")

    def allows(self, address: str) -> bool:
        """Whether one may connect to an address."""
        if is_public(address):
            return True
        return bool(self.networks) and any(ip_address(address) in net for net in self.networks)

    def target(self, url: str) -> Target:
        """The place a URL means.

        Raises:
            FetchError: not http or https, another port, a user's name in it, an unknown host, or no URL at all.
        """
        target = read_url(url)
        if target.port not in self.ports:
            raise FetchError(
                f"{_shown(url)}: ポート {target.port} へは接続しません(80 と 443 だけです)", cause="refused"
            )
        if target.host not in self.hosts:
            raise FetchError(f"{_shown(url)}: {target.host} は出典に登録されたサイトではありません", cause="refused")
        return target


def read_url(url: str) -> Target:
    """The parts of an http or https address.

    Raises:
        FetchError: it is none, or one that different readers would read differently.
    """
    if _FORBIDDEN.search(url):
        raise FetchError(f"{_shown(url)}: 空白や「\\」の入ったURLは使えません", cause="refused")
    try:
        parts = urlsplit(url)
        host, port = _ascii_host(parts.hostname or ""), parts.port
    except ValueError:
        raise FetchError(f"{_shown(url)}: URLとして読めません", cause="refused") from None
    if parts.scheme not in _PORTS:
        raise FetchError(f"{_shown(url)}: http と https だけを使えます", cause="refused")
    if "@" in parts.netloc:
        raise FetchError(f"{_shown(url)}: 利用者名の入ったURLは使えません", cause="refused")
    if not host:
        raise FetchError(f"{_shown(url)}: サイトの名前が正しくありません", cause="refused")
    port = _PORTS[parts.scheme] if port is None else port
    place = bracketed(host) + ("" if port == _PORTS[parts.scheme] else f":{port}")
    path = _escape(parts.path) or "/"
    return Target(
        url=urlunsplit((parts.scheme, place, path, _escape(parts.query), "")), scheme=parts.scheme, host=host, port=port
    )


def _ascii_host(host: str) -> str:
    """The host's name as DNS knows it, or an address literal; empty where it is neither."""
    if ":" in host:
        return "" if "%" in host else str(ip_address(host))
    try:
        name = host.lower().encode("idna").decode("ascii").removesuffix(".")
    except UnicodeError:
        return ""
    return name if _HOST.fullmatch(name) else ""


def bracketed(host: str) -> str:
    """The host as it stands in a URL."""
    return f"[{host}]" if ":" in host else host


def _escape(text: str) -> str:
    """Characters outside ASCII as percent signs, those inside as they are."""
    return "".join(c if c.isascii() else "".join(f"%{b:02X}" for b in c.encode()) for c in text)


def _shown(url: str) -> str:
    return re.sub(r"[^!-~ぁ-ヿ一-鿿]", "?", url)[:120]
