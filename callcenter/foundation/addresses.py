"""Which addresses are of the public internet, and which the installation allows by name. Pure.

Whoever names a host on a page or through the API must not reach into our own network by it: every address that the name
resolves to is judged, and the connection is made to an address that was judged, never to the name again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Ways around: translations, tunnels and mapped forms that end at a v4 address inside. Python 3.11 calls them global.
_WAYS_AROUND: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", "fec0::/10", "fc00::/7",
        "192.88.99.0/24", "100.64.0.0/10", "198.18.0.0/15",
    )
)  # fmt: skip


def literal_address(host: str) -> Address | None:
    """The address that a host is written as; None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def found(entries: Iterable[tuple[Any, ...]]) -> list[Address]:
    """The addresses in what `getaddrinfo` answers, each once, without the zones of local ones."""
    return list(dict.fromkeys(ip_address(str(entry[4][0]).partition("%")[0]) for entry in entries))


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet, in whatever form it is written."""
    if any(address.version == network.version and address in network for network in _WAYS_AROUND):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def is_listed(host: str, *, allowed: Sequence[str]) -> bool:
    """Whether the installation allows this host, by its name or by a network that its literal address lies in."""
    literal = literal_address(host)
    return host.lower() in {word.lower() for word in allowed} or (literal is not None and within(literal, allowed))


def may_reach(address: Address, *, host: str, allowed: Sequence[str]) -> bool:
    """Whether we connect to this address on behalf of this host."""
    return is_public(address) or is_listed(host, allowed=allowed) or within(address, allowed)


def within(address: Address, allowed: Sequence[str]) -> bool:
    """Whether an address lies in one of the networks among these words; the others are host names."""
    for word in allowed:
        try:
            network = ip_network(word, strict=False)
        except ValueError:
            continue  # a host name
        if address.version == network.version and address in network:
            return True
    return False
