"""Who may read `/metrics`, and how often it is made."""

import time
from collections.abc import Callable, Sequence
from enum import StrEnum

from server.addresses import is_loopback

METRICS_KEPT_S = 1.0
"""Seconds for which a page of metrics is good: whoever asks in a loop costs no more than one that
is made each second."""

FORWARDING_HEADERS = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")
"""What proxies add to a request that they hand on: one of them is enough to come from elsewhere."""


class Exposure(StrEnum):
    """Who may read the metrics."""

    OPEN = "open"
    """Whoever reaches the server."""
    LOOPBACK = "loopback"
    """Programs on this machine, and nobody through a proxy on it."""
    OFF = "off"
    """Nobody."""


class MetricsPage:
    """The page, and its door."""

    def __init__(
        self,
        render: Callable[[], bytes],
        exposure: Exposure,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._render = render
        self._exposure = exposure
        self._monotonic = monotonic
        self._made = b""
        self._made_at = float("-inf")

    def admits(self, peer: str, hosts: Sequence[str], is_forwarded: bool) -> bool:
        """Whether this request is answered.

        A proxy on this machine has a loopback address as well, so what it hands on must be told
        apart: by what it adds, or else by the name that the client asked for. The name keeps web
        pages out, too, whose own name somebody made lead to this machine.

        Args:
            peer: The address at the other end of the socket.
            hosts: The `Host` headers.
            is_forwarded: Whether it has one of `FORWARDING_HEADERS`.
        """
        if self._exposure is not Exposure.LOOPBACK:
            return self._exposure is Exposure.OPEN
        return is_loopback(peer) and not is_forwarded and _is_this_machine(hosts)

    def body(self) -> bytes:
        """The page, at most `METRICS_KEPT_S` old."""
        now = self._monotonic()
        if now - self._made_at >= METRICS_KEPT_S:
            self._made, self._made_at = self._render(), now
        return self._made


def _is_this_machine(hosts: Sequence[str]) -> bool:
    if len(hosts) != 1:
        return False
    return hosts[0].lower().partition(":")[0] == "localhost" or is_loopback(hosts[0])
