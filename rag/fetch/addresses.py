"""Which network addresses the fetcher may connect to: its own table, because the stock ones let some through.

In: an address as text. Out: whether it is a public one. It resolves no name and opens no connection.

The ranges are those of IANA's special-purpose registries for IPv4 and IPv6 (RFC 6890 and what came after), multicast,
the reserved rest, and the address of one cloud's host services. An IPv6 address that carries an IPv4 address
(IPv4-mapped, NAT64, ISATAP) is judged by what it carries; 6to4, Teredo and site-local NAT64 are refused altogether.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_REFUSED_V4 = tuple(
    IPv4Network(net)
    for net in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared between providers (CGNAT); clouds put metadata here too
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's host services, on a public address
        "169.254.0.0/16",  # link-local; cloud metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_GLOBAL_V6 = IPv6Network("2000::/3")  # everything else is loopback, local, multicast, mapped, discarded or unassigned
_REFUSED_V6 = tuple(
    IPv6Network(net)
    for net in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",  # AS112
        "3ffe::/16",  # the former 6bone
        "3fff::/20",  # documentation
    )
)
_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})


def is_public(address: str) -> bool:
    """Whether the address is one of the public internet; False for what is no address."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return _is_public_v4(found) if isinstance(found, IPv4Address) else _is_public_v6(found)


def _is_public_v4(address: IPv4Address) -> bool:
    return not any(address in net for net in _REFUSED_V4)


def _is_public_v6(address: IPv6Address) -> bool:
    if address.scope_id:
        return False
    carried = IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _MAPPED or address in _NAT64:
        return _is_public_v4(carried)
    if address not in _GLOBAL_V6 or any(address in net for net in _REFUSED_V6):
        return False
    return (int(address) >> 32) & 0xFFFFFFFF not in _ISATAP or _is_public_v4(carried)
