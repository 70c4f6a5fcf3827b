"""Who may shake hands at all: the page a browser comes from, and how many connect at once."""

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from server.addresses import Network, client_address, is_loopback


class Door(Struct, frozen=True):
    """What the settings say about new connections."""

    connections_max: int
    connections_per_address: int
    origins: frozenset[str] = frozenset()
    """Origins of pages that may connect beside the server's own."""
    trusted_proxies: tuple[Network, ...] = ()
    """Whose `X-Forwarded-For` is believed; none unless the server is behind a proxy."""

    def admits_origin(self, origins: Sequence[str], hosts: Sequence[str]) -> bool:
        """Whether a page with these `Origin` headers may connect to a server of these `Host`s.

        Only browsers say from which page they come, and they always do: who sends no origin is a
        script or an app, which could name any. A page of the server itself has the server's own
        host and port in its origin; the scheme may differ, since a proxy may do the TLS.
        """
        if not origins:
            return True
        if len(origins) > 1:
            return False
        origin = origins[0]
        if origin in self.origins:
            return True
        scheme, _, place = origin.lower().partition("://")
        return scheme in ("http", "https") and len(hosts) == 1 and place == hosts[0].lower() != ""

    def address_of(self, peer: str, forwarded: Sequence[str]) -> str:
        """The client's address; see `client_address`."""
        return client_address(peer, forwarded, self.trusted_proxies) if forwarded else peer

    def is_full(self, open_now: int) -> bool:
        """Whether all connections are taken."""
        return open_now >= self.connections_max

    def is_crowded(self, address: str, at_address: Counter[str]) -> bool:
        """Whether this address holds as many connections as one may; this machine may hold all."""
        return at_address[address] >= self.connections_per_address and not is_loopback(address)
