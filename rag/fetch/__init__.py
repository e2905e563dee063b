"""The one way out: an address on the web -> its bytes, guarded.

In: a URL, what is known of it from last time. Out: a `Fetched`, or a FetchError in one sentence. Only http and https,
only the policy's hosts and ports; a name is resolved once, each of its addresses checked, the connection pinned to the
checked one; every redirect goes through the same again. One deadline, one size for the unpacked bytes, the site's
robots.txt and its wish for pauses; no proxy, cookie or password from anywhere. It reads no page: that is rag.parse's.
"""

from __future__ import annotations

import re
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

import httpcore
import httpx

from rag.fetch.body import ACCEPT_ENCODING, unpack
from rag.fetch.connection import Clock, PinnedTransport, Resolve, find_address, system_resolve
from rag.fetch.policy import FetchError, Policy, Target, read_url
from rag.fetch.robots import Rules, Turns

__all__ = ["FetchError", "Fetched", "Fetcher", "Policy", "Validators", "read_url"]

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{2,40})", re.I)
_ACCEPT = "text/html,application/xhtml+xml,application/pdf,text/plain,*/*;q=0.5"


@dataclass(frozen=True, kw_only=True)
class Validators:
    """What a page said of its own version the last time."""

    etag: str | None = None
    last_modified: str | None = None

    def headers(self) -> dict[str, str]:
        """The conditions of a request."""
        said = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in said.items() if value}


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """What came back. `url` is where it came from in the end; `moved_to` is set where the way there is permanent.

    `status` is the last answer's; `data` is empty where it is 304 (nothing new) or an error.
    """

    url: str
    status: int
    data: bytes
    media_type: str
    charset: str | None
    validators: Validators
    moved_to: str | None = None


@dataclass(frozen=True, kw_only=True)
class _Reply:
    """One hop's answer."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class Fetcher:
    """Fetches pages under one policy; safe to use from many threads."""

    def __init__(
        self,
        policy: Policy,
        *,
        resolve: Resolve = system_resolve,
        clock: Clock = time.monotonic,
        turns: Turns | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._policy, self._resolve, self._clock = policy, resolve, clock
        self._tls = tls or httpx.create_ssl_context(trust_env=False)
        self._turns = turns or Turns()
        self._rules: dict[str, Rules] = {}
        self._rules_lock = threading.Lock()

    def fetch(self, url: str, known: Validators | None = None) -> Fetched:
        """A page, or that it has not changed since `known`.

        Raises:
            FetchError: refused by the policy or robots.txt, not reachable, too slow, too large, or sent in a circle.
        """
        target = self._policy.target(url)
        rules = self._rules_of(target)
        self._obey(target, rules)
        self._turns.wait(target.host, self._pause(rules))
        return self._follow(target, (known or Validators()).headers(), self._clock() + self._policy.seconds)

    def _pause(self, rules: Rules) -> float:
        return min(max(self._policy.pause, rules.pause(self._policy.agent)), self._policy.longest_pause)

    def _follow(self, target: Target, conditions: Mapping[str, str], deadline: float, *, obey: bool = True) -> Fetched:
        seen, permanent = {target.url}, True
        for _ in range(self._policy.max_redirects + 1):
            reply = self._request(target, conditions, deadline)
            place = reply.headers.get("location", "")
            if reply.status not in _REDIRECTS or not place:
                return _describe(target, reply, moved=permanent and len(seen) > 1)
            permanent = permanent and reply.status in _PERMANENT
            onward = self._policy.target(urljoin(target.url, place))
            if onward.url in seen:
                raise FetchError(f"{target.url}: 転送が同じページを回っています", cause="redirects")
            if obey and onward.origin != target.origin:
                self._obey(onward, self._rules_of(onward))
            elif obey:
                self._obey(onward, self._rules_of(target))
            seen.add(onward.url)
            target = onward
        raise FetchError(f"{target.url}: 転送が{self._policy.max_redirects}回を超えました", cause="redirects")

    def _obey(self, target: Target, rules: Rules) -> None:
        if rules.problem:
            raise FetchError(f"{target.host} の robots.txt を確かめられません({rules.problem})", cause="unreachable")
        if not rules.allow(target.url, self._policy.agent):
            raise FetchError(f"{target.url}: サイトの robots.txt が取り込みを断っています", cause="robots")

    def _rules_of(self, target: Target) -> Rules:
        """The site's rules, fetched once. Without such a file everything is allowed; where it fails, nothing."""
        with self._rules_lock:
            rules = self._rules.get(target.origin)
        if rules is None:  # fetched without the lock: one slow site must not hold up the others
            rules = self._fetch_rules(target)
            with self._rules_lock:
                self._rules[target.origin] = rules
        return rules

    def _fetch_rules(self, target: Target) -> Rules:
        place = self._policy.target(urljoin(target.url, "/robots.txt"))
        try:
            found = self._follow(place, {}, self._clock() + self._policy.seconds, obey=False)
        except FetchError as error:
            return Rules(problem=str(error))
        if found.status >= 500:
            return Rules(problem=f"サーバーの失敗 {found.status}")
        return Rules(text=found.data.decode("utf-8", "replace") if found.status == 200 else "")

    def _request(self, target: Target, conditions: Mapping[str, str], deadline: float) -> _Reply:
        address = find_address(target, self._policy, self._resolve, deadline - self._clock())
        transport = PinnedTransport(address, deadline=deadline, clock=self._clock, tls=self._tls)
        headers = {
            "User-Agent": self._policy.agent,
            "Accept": _ACCEPT,
            "Accept-Language": "ja,en;q=0.5",
            "Accept-Encoding": ACCEPT_ENCODING,
            "Connection": "close",
            **conditions,
        }
        try:
            with (
                httpx.Client(transport=transport, trust_env=False, follow_redirects=False) as client,
                client.stream("GET", target.url, headers=headers) as response,
            ):
                return _Reply(
                    status=response.status_code,
                    headers={name.lower(): value for name, value in response.headers.items()},
                    data=self._read(response, target.url),
                )
        except (httpcore.TimeoutException, TimeoutError):
            raise FetchError(
                f"{target.url}: {self._policy.seconds:g}秒で取り込めません(返事が遅い)", cause="too_slow"
            ) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpx.HTTPError, OSError) as error:
            raise FetchError(f"{target.url}: 接続できません({_first_line(error)})", cause="unreachable") from error

    def _read(self, response: httpx.Response, url: str) -> bytes:
        if response.status_code != 200:
            return b""
        encoding = response.headers.get("content-encoding", "")
        return unpack(response.iter_raw(), encoding=encoding, max_bytes=self._policy.max_bytes, url=url)


def _describe(target: Target, reply: _Reply, *, moved: bool) -> Fetched:
    media_type, _, rest = reply.headers.get("content-type", "").partition(";")
    charset = _CHARSET.search(rest)
    return Fetched(
        url=target.url,
        status=reply.status,
        data=reply.data,
        media_type=media_type.strip().lower(),
        charset=charset.group(1) if charset else None,
        validators=Validators(etag=reply.headers.get("etag"), last_modified=reply.headers.get("last-modified")),
        moved_to=target.url if moved else None,
    )


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0] or type(error).__name__
