"""Where a client is: its address behind proxies, and what counts as one place.

Addresses are used for limits only (guessing, connections), never to say who somebody is.
"""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

FORWARDED_HOPS_MAX = 16
"""Entries of `X-Forwarded-For` that are looked at, from the right: no chain of proxies is longer,
and what stands further left was written by the client."""

SITE_PREFIX_BITS = 64
"""Bits of an IPv6 address that stand for one place: a household or phone is given 64 and can use
any address within."""

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def parse_address(text: str) -> Address | None:
    """An address as text, as sockets and proxies write it; None when it is none.

    A port (``192.0.2.1:80``, ``[2001:db8::1]:80``) and a zone (``fe80::1%eth0``) are left out, and
    an IPv4 address that was mapped into IPv6 is itself again.
    """
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def parse_networks(text: str) -> tuple[Network, ...]:
    """Addresses and networks (``10.0.0.0/8``), separated by commas.

    Raises:
        ValueError: one of them is neither.
    """
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def is_loopback(address: str) -> bool:
    """Whether this is an address of this machine itself."""
    parsed = parse_address(address)
    return parsed is not None and parsed.is_loopback


def binds_loopback_only(host: str) -> bool:
    """Whether whoever listens on `host`, a name or an address, is out of reach for other machines.

    Names are looked up; one that nobody knows cannot be listened on and harms nobody.
    """
    if parse_address(host) is not None:
        return is_loopback(host)
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return True
    return all(is_loopback(str(entry[4][0])) for entry in found)


def client_address(peer: str, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """The address a client has for limits.

    `peer` is the socket's other end; `forwarded` are the `X-Forwarded-For` headers. A proxy adds
    the address it saw at the right end, so the client is the last entry that no trusted proxy
    stands for; whatever is left of it may be made up.
    """
    client = parse_address(peer)
    if client is None:
        return peer
    hops = [hop for header in forwarded for hop in header.split(",")]
    for hop in reversed(hops[-FORWARDED_HOPS_MAX:]):
        if not _is_in(client, trusted):
            break
        seen = parse_address(hop)
        if seen is None:
            break
        client = seen
    return str(client)


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


def site(address: str) -> str:
    """What counts as one place for guessing: an IPv4 address, or the /64 of an IPv6 one."""
    parsed = parse_address(address)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, SITE_PREFIX_BITS), strict=False))
    return address
