"""Pings to all connections, by one timer that goes round: no task, timer or future for each.

The round takes `KEEPALIVE_INTERVAL_S` and has many small stops, so that pings are spread over time
even if all clients came in the same moment.
"""

import asyncio
from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

KEEPALIVE_INTERVAL_S = 20.0
"""Seconds between pings: under the idle limit of every common proxy (60 s). The pong is due before
the next one: a phone in a tunnel comes back, a dead one is noticed within 40 s."""

KEEPALIVE_STOPS = 80
"""Stops of a round: with 10,000 connections 125 pings every 0.25 s, about half a millisecond."""

KEEPALIVE_SPREAD = 20
"""Stops over which those are spread who come at once: 5 s."""


class Pinged(Protocol):
    """A connection that goes along in the round."""

    keepalive_stop: int
    """Where in the round it is pinged; the keep-alive's own."""

    def keep_alive(self) -> None:
        """Send a ping, or end the connection if the last one was not answered."""


Connection = TypeVar("Connection", bound=Pinged)


class Keepalive(Generic[Connection]):
    """All open connections, by when they are pinged."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, interval_s: float = KEEPALIVE_INTERVAL_S
    ) -> None:
        self._loop = loop
        self._pause_s = interval_s / KEEPALIVE_STOPS
        self._stops: list[set[Connection]] = [set() for _ in range(KEEPALIVE_STOPS)]
        self._at = 0
        self._due = 0.0
        self._was_late = False
        self._next = 0
        self._timer: asyncio.TimerHandle | None = None

    def __iter__(self) -> Iterator[Connection]:
        for stop in self._stops:
            yield from tuple(stop)

    def __len__(self) -> int:
        return sum(map(len, self._stops))

    def start(self) -> None:
        """Begin to go round."""
        now = self._loop.time()
        self._set_timer(now, now + self._pause_s)

    def stop(self) -> None:
        """Ping nobody any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def add(self, connection: Connection) -> None:
        """Ping it from now on, the first time when nearly a round is over.

        Newcomers are dealt out over the last `KEEPALIVE_SPREAD` stops: after a restart all of them
        come within a second.
        """
        self._next = (self._next + 1) % KEEPALIVE_SPREAD
        connection.keepalive_stop = (self._at - 1 - self._next) % KEEPALIVE_STOPS
        self._stops[connection.keepalive_stop].add(connection)

    def discard(self, connection: Connection) -> None:
        """It is gone."""
        self._stops[connection.keepalive_stop].discard(connection)

    def _go_on(self) -> None:
        now = self._loop.time()
        is_late = now > self._due + self._pause_s
        if is_late and not self._was_late:
            # The loop was held up, and pongs wait in the sockets: they are read first.
            self._was_late = True
            self._set_timer(now, now + self._pause_s)
            return
        self._was_late = False
        stop = self._stops[self._at]
        self._at = (self._at + 1) % KEEPALIVE_STOPS
        self._set_timer(now, max(self._due + self._pause_s, now))
        for connection in tuple(stop):
            connection.keep_alive()

    def _set_timer(self, now: float, due: float) -> None:
        self._due = due
        self._timer = self._loop.call_later(due - now, self._go_on)
