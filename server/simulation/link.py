"""A simulated connection: frames arrive late and in order, twice, or from some moment on never.

Both ends learn of its end on their own: a cut may be noticed at once by one and, half open, only
by the heartbeat of the other.
"""

import random
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from actors.simulation.timeline import Timeline
from server.close_codes import CloseCode
from server.outbox import Outbox
from server.session import Session

LATENCY_MIN_S = 0.002
"""Seconds that a frame takes on the best of links."""

HEARTBEAT_S = 30.0
"""Seconds after which a client's heartbeat notices a dead link."""

KEEPALIVE_S = 40.0
"""Seconds after which the server's keep-alive notices one: ping interval and timeout together."""

SEND_BUFFER_BYTES = 32_768
"""Bytes under way to a client from which on its socket takes no more."""

Message = dict[str, Any]


class LinkTrouble:
    """How all links are at the moment."""

    def __init__(self) -> None:
        self.latency_s = 0.02
        """Mean seconds beyond the least."""
        self.duplicates = 0.0
        """Chance that a frame arrives twice."""

    def heal(self) -> None:
        """Back to normal."""
        self.latency_s, self.duplicates = 0.02, 0.0


class ClientEnd(Protocol):
    """Who holds the client's end."""

    def on_message(self, link: "Link", message: Message, /) -> None:
        """A message came in."""

    def on_closed(self, link: "Link", code: int, /) -> None:
        """The link is over; 0 without a close code."""


class ServerEnd(Protocol):
    """The machine at the other end."""

    def receive(self, link: "Link", data: bytes, /) -> None:
        """A frame came in."""

    def disconnected(self, link: "Link", /) -> None:
        """The socket is gone."""

    def sent(self, link: "Link", message: Message, payload: bytes, /) -> None:
        """The server has just written this."""


class Link:
    """One connection; to the session it is the `Connection`, to its outbox the `Port`."""

    def __init__(
        self,
        timeline: Timeline,
        chance: random.Random,
        trouble: LinkTrouble,
        client: ClientEnd,
        server: ServerEnd,
        address: str,
    ) -> None:
        self._timeline = timeline
        self._chance = chance
        self._trouble = trouble
        self._client = client
        self._server = server
        self.address = address
        self.session: Session | None = None
        self.outbox: Outbox | None = None
        self.is_up = True
        """Whether frames still pass."""
        self._client_is_open = self._server_is_open = True
        self._up_at = self._down_at = 0.0
        self._clogged_until = 0.0
        self._deaf_until = 0.0
        self._under_way = 0

    # The client's end -----------------------------------------------------------------------

    def send(self, message: Message) -> None:
        """Send a message to the server."""
        data = msgspec.json.encode(message)
        may_repeat = "n" in message  # A connection has one first message, whatever goes wrong.
        self._up_at = self._pass(self._up_at, lambda: self._arrive_at_server(data), may_repeat)

    def cut_by_client(self, is_noticed: bool) -> None:
        """The client lets go; the server hears of it now or by its keep-alive."""
        self._client_is_open = False
        self._go_down()
        self._tell_server(self._latency() if is_noticed else KEEPALIVE_S)

    # The network ----------------------------------------------------------------------------

    def cut(self, client_s: float, server_s: float) -> None:
        """The link goes dead; each end notices after so many seconds."""
        if self.is_up:
            self._go_down()
            self._tell_client(0, self._timeline.now + client_s)
            self._tell_server(server_s)

    @property
    def is_quiet(self) -> bool:
        """Whether frames pass and none is on its way to the client."""
        return self.is_up and self._client_is_open and not self._under_way

    def clog(self, seconds: float) -> None:
        """Nothing passes for a while; then all of it does."""
        self._clogged_until = self._timeline.now + seconds

    def go_deaf(self, seconds: float) -> None:
        """The client reads nothing for a while, and buffers on the way are full at once."""
        self.clog(seconds)
        self._deaf_until = self._clogged_until
        self._timeline.call_at(self._deaf_until, self._hear_again)

    def _hear_again(self) -> None:
        if self.can_write and self.session is not None:
            self.session.on_writable()

    # The server's end -----------------------------------------------------------------------

    @property
    def can_write(self) -> bool:
        """Whether the socket is open and its buffer low."""
        is_deaf = self._timeline.now < self._deaf_until
        return self._server_is_open and not is_deaf and self._under_way < SEND_BUFFER_BYTES

    def write(self, data: bytes) -> None:
        """Send whole frames."""
        for payload in payloads(data):
            message: Message = msgspec.json.decode(payload)
            self._server.sent(self, message, payload)
            self._under_way += len(payload)
            arrive = self._arrival(message, len(payload))
            self._down_at = self._pass(self._down_at, arrive, may_repeat="n" in message)

    def hang_up(self, code: CloseCode | int) -> None:
        """Close after what waits in the outbox; as the gateway does, once this turn is over."""
        self._timeline.call_later(0.0, lambda: self._close_after_flush(code))

    def _close_after_flush(self, code: CloseCode | int) -> None:
        if self.session is not None:
            self.session.flush()
        if self.is_up:
            self._tell_client(int(code), max(self._down_at, self._timeline.now + self._latency()))
            self._go_down()
        self._tell_server(self._latency())

    def server_died(self, client_s: float) -> None:
        """The server's process is gone, without a word; the client notices after so long."""
        self._server_is_open = False
        self.session = None
        if self.is_up:
            self._go_down()
            self._tell_client(0, self._timeline.now + client_s)

    def allow_large_frames(self) -> None:
        """Nothing to do: frames are not measured here."""

    # Inside ---------------------------------------------------------------------------------

    def _latency(self) -> float:
        return LATENCY_MIN_S + self._chance.expovariate(1 / self._trouble.latency_s)

    def _pass(self, last_at: float, arrive: Callable[[], None], may_repeat: bool) -> float:
        """Let something arrive behind everything before it; returns when."""
        if not self.is_up:
            return last_at
        due = max(last_at, self._clogged_until, self._timeline.now + self._latency())
        self._timeline.call_at(due, arrive)
        if may_repeat and self._chance.random() < self._trouble.duplicates:
            self._timeline.call_at(due, arrive)
        return due

    def _arrive_at_server(self, data: bytes) -> None:
        if self.is_up and self._server_is_open:
            self._server.receive(self, data)

    def _arrival(self, message: Message, size: int) -> Callable[[], None]:
        """A frame's arrival at the client, if that still listens; what was under way may come."""
        has_arrived = False

        def arrive() -> None:
            nonlocal has_arrived
            if not has_arrived:
                has_arrived = True
                self._drain(size)
            if self._client_is_open:
                self._client.on_message(self, message)

        return arrive

    def _drain(self, size: int) -> None:
        was_full = self._under_way >= SEND_BUFFER_BYTES
        self._under_way -= size
        if was_full and self.can_write and self.session is not None:
            self.session.on_writable()

    def _go_down(self) -> None:
        self.is_up = False

    def _tell_client(self, code: int, due: float) -> None:
        def close() -> None:
            if self._client_is_open:
                self._client_is_open = False
                self._client.on_closed(self, code)

        self._timeline.call_at(due, close)

    def _tell_server(self, delay_s: float) -> None:
        def close() -> None:
            if self._server_is_open:
                self._server_is_open = False
                self._server.disconnected(self)

        self._timeline.call_later(delay_s, close)


def payloads(data: bytes) -> list[bytes]:
    """The payloads of whole, unmasked frames (RFC 6455, section 5.2)."""
    found, start, end = [], 0, len(data)
    while start < end:
        length, head = data[start + 1], start + 2
        if length >= 126:
            size = 2 if length == 126 else 8
            length, head = int.from_bytes(data[head : head + size], "big"), head + size
        start = head + length
        found.append(data[head:start])
    return found
