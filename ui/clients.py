"""Who asks: the address and scheme of a request in, those of the visitor behind the operator's proxies out.

`FindClient` is a pure-ASGI wrapper, the only place that reads X-Forwarded-For, X-Forwarded-Proto and a proxy's login,
and it believes them from the named proxies alone. `identify` names the client that limits count. No address is kept or
logged here.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.types import ASGIApp, Receive, Scope, Send

Address = IPv4Address | IPv6Address
USER = "ictnavi.user"  # in a request's scope, where no visitor can write
CLIENT_PREFIX = 64  # bits: what one IPv6 subscriber is given at least


class FindClient:
    """Sets a request's client and scheme to what the trusted proxies say; `proxies` are addresses and networks.

    With `user_header` it also sets USER to the name that such a proxy has checked: whose console it is.
    """

    def __init__(self, app: ASGIApp, proxies: Sequence[str] = (), user_header: str | None = None) -> None:
        self.app, self.user_header = app, (user_header or "").lower().encode()
        self.trusted: tuple[IPv4Network | IPv6Network, ...] = tuple(ip_network(each, strict=False) for each in proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with the client and scheme of the visitor where a trusted proxy names them."""
        if scope["type"] == "http" and self.trusted and self._trusts(_peer(scope)):
            scope = {**scope, "client": self._find_client(scope), "scheme": _find_scheme(scope)}
            names = [value for key, value in scope["headers"] if self.user_header and key == self.user_header]
            if len(names) == 1:  # of two, one may be a visitor's own
                scope[USER] = names[0].decode("latin-1").strip()
        await self.app(scope, receive, send)

    def _trusts(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self.trusted)

    def _find_client(self, scope: Scope) -> tuple[str, int]:
        """The rightmost address no trusted proxy has; what stands left of it, anyone may have written."""
        nearest = _peer(scope)
        for written in reversed(_values(scope, b"x-forwarded-for")):
            address = parse_address(written)
            if address is None:
                break
            nearest = address
            if not self._trusts(address):
                break
        return str(nearest), 0


def identify(host: str | None) -> str:
    """The name limits count a client by: an IPv4 address, the /64 of an IPv6 address, or one name for all others."""
    address = parse_address(host or "")
    if address is None:
        return "unknown"
    if isinstance(address, IPv6Address):
        return str(ip_network((address, CLIENT_PREFIX), strict=False))
    return str(address)


def parse_address(written: str) -> Address | None:
    """An address, also with a port, in brackets, with a zone, or IPv4 within IPv6; None where it is none."""
    bare = written.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _peer(scope: Scope) -> Address | None:
    client = scope.get("client")
    return parse_address(client[0]) if client else None


def _values(scope: Scope, name: bytes) -> list[str]:
    """The values of a header that may come several times, each a list by commas."""
    joined = ",".join(value.decode("latin-1") for key, value in scope["headers"] if key == name)
    return [value.strip() for value in joined.split(",") if value.strip()]


def _find_scheme(scope: Scope) -> str:
    """What the nearest proxy says, else the connection's own."""
    said = [value for value in _values(scope, b"x-forwarded-proto") if value in {"http", "https"}]
    return said[-1] if said else str(scope["scheme"])
