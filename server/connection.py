"""One open connection, and all of them: frames in, sessions told, bytes out. No message type here.

Frames are handled where they arrive, inside the data callback: no task, queue or coroutine per
message, and none per connection. Whatever takes time has one timer for all (`server.deadlines`,
`server.keepalive`), and the library's own state is made when a frame needs it
(`server.frame_protocol`), so that a player who is there costs little.
"""

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from typing import Protocol

from websockets.protocol import OPEN

from server.close_codes import CloseCode
from server.deadlines import Deadlines
from server.desk import Desk
from server.frame_protocol import PING_FRAME, FrameProtocol, is_pong
from server.frame_reader import FrameReader
from server.keepalive import Keepalive
from server.outbox import Flusher, Outbox
from server.protocol import FRAME_BYTES_MAX, SEED_FRAME_BYTES_MAX, Wire
from server.session import Session

logger = logging.getLogger("cairn.gateway")

FIRST_MESSAGE_S = 10.0
"""Seconds a client has to say who it is."""

CLOSE_S = 5.0
"""Seconds for the client's part of the closing handshake."""

SLOW_CONSUMER_S = 10.0
"""Seconds a socket may stay full without taking `SLOW_CONSUMER_BYTES`; then it is cut off."""

SLOW_CONSUMER_BYTES = 32_768
"""Bytes that a slow client must read within `SLOW_CONSUMER_S`: a big welcome over a bad link does
it ten times over."""

PONG_BYTES_MAX = 32_768
"""Bytes of answers to pings that may pile up for a client that does not read them."""

_NO_PONG = (1011, "keepalive ping timeout")
_RESTARTING = (1012, "restarting")


class Ending(Protocol):
    """A socket on which all was said, and that waits for its client to hear it."""

    transport: asyncio.Transport

    def on_not_ended(self) -> None:
        """The client had its time."""


class Connections:
    """All open connections, what they share, and what is waited for."""

    def __init__(self, loop: asyncio.AbstractEventLoop, desk: Desk, flusher: Flusher) -> None:
        self.loop = loop
        self.desk = desk
        self.flusher = flusher
        self.open: Keepalive[GatewayConnection] = Keepalive(loop)
        self.at_address: Counter[str] = Counter()
        self.openings: Deadlines[GatewayConnection] = Deadlines(
            loop, FIRST_MESSAGE_S, GatewayConnection.on_no_first_message
        )
        self.slow: Deadlines[GatewayConnection] = Deadlines(
            loop, SLOW_CONSUMER_S, GatewayConnection.on_still_full
        )
        self.endings: Deadlines[Ending] = Deadlines(loop, CLOSE_S, lambda one: one.on_not_ended())
        self.someone_left = asyncio.Event()

    def add(self, connection: "GatewayConnection") -> None:
        """It is open."""
        counters = self.desk.counters
        counters.connections_open += 1
        counters.connections_total += 1
        self.at_address[connection.address] += 1
        self.open.add(connection)
        self.openings.add(connection)

    def discard(self, connection: "GatewayConnection") -> None:
        """Its socket is gone."""
        self.desk.counters.connections_open -= 1
        self.at_address[connection.address] -= 1
        if not self.at_address[connection.address]:
            del self.at_address[connection.address]
        self.open.discard(connection)
        self.openings.discard(connection)
        self.slow.discard(connection)
        self.endings.discard(connection)
        self.someone_left.set()

    def stop(self) -> None:
        """Wait for nothing any more."""
        self.open.stop()
        for deadlines in (self.openings, self.slow, self.endings):
            deadlines.stop()


class GatewayConnection(FrameReader, asyncio.Protocol):
    """One client's socket. It is its outbox's `Port` and its session's `Connection`."""

    __slots__ = (
        "_all",
        "_full_bytes",
        "_is_open",
        "_is_paused",
        "_is_pong_due",
        "_protocol",
        "address",
        "can_write",
        "keepalive_stop",
        "session",
        "transport",
    )

    def __init__(
        self, connections: Connections, transport: asyncio.Transport, address: str, wire: Wire
    ) -> None:
        """The handshake is done; nothing was read after it yet."""
        super().__init__(FRAME_BYTES_MAX)
        self._all = connections
        self.transport = transport
        self.address = address
        self.keepalive_stop = 0
        self._is_open = True
        """Whether the closing handshake has not begun."""
        self._is_paused = False
        self._is_pong_due = False
        self._full_bytes = 0
        self._protocol: FrameProtocol | None = None
        self.can_write = True
        """Whether the socket is open and its buffer low."""
        outbox = Outbox(self, connections.flusher)
        self.session: Session | None = Session(connections.desk, wire, outbox, self)
        connections.add(self)

    # Frames in ------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Take bytes."""
        if self.feed(data):
            self.transport.pause_reading()
            self._all.loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        """Handle more of what a flooding client sent; the others had their chance meanwhile."""
        if self.transport.is_closing():
            return
        if self.feed(b""):
            self._all.loop.call_soon(self._go_on)
        else:
            self.transport.resume_reading()

    def on_message(self, payload: bytes, is_text: bool) -> None:
        """Tell the session; whatever it fails on ends this connection alone."""
        session = self.session
        if session is None:
            return
        try:
            session.on_frame(payload, is_text)
        except Exception:
            logger.exception("a session failed on a frame of %d bytes", len(payload))
            session.close(CloseCode.INTERNAL_ERROR, "Cairn made a mistake; connect again.")

    def pass_on(self, data: bytes) -> None:
        """Let the library read a frame. It answers pings past the outbox, read or not."""
        if self._is_paused and self._waiting_bytes() > self._full_bytes + PONG_BYTES_MAX:
            self._cut()
        elif is_pong(data):
            self._is_pong_due = False
        else:
            protocol = self._library()
            messages = protocol.read(data)
            self._send(protocol)
            for payload, is_text in messages:
                self.on_message(payload, is_text)
            if protocol.is_at_rest:
                self._let_go()

    def _library(self) -> FrameProtocol:
        if self._protocol is None:
            self._protocol = FrameProtocol(self.size_max)
        return self._protocol

    def _let_go(self) -> None:
        if self._protocol is not None:
            self._protocol.let_go()
            self._protocol = None

    # Bytes out ------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Send whole frames."""
        self.transport.write(data)

    def _send(self, protocol: FrameProtocol) -> None:
        """Send what the library has to say, and notice what it means."""
        for data in protocol.data_to_send():
            if data:
                self.transport.write(data)
            else:  # Nothing more will be said, or listened to.
                self.leave_to_library()
                end_writing(self.transport)
        if protocol.state is not OPEN:
            self._is_open = self.can_write = False
            self._all.endings.add(self)

    def pause_writing(self) -> None:
        """The kernel takes no more: from now on the client's patience with us is ours with it."""
        self._is_paused, self.can_write = True, False
        self._full_bytes = self._waiting_bytes()
        self._all.slow.add(self)

    def resume_writing(self) -> None:
        """The client reads again: send what was held back."""
        self._is_paused, self.can_write = False, self._is_open
        self._all.slow.discard(self)
        if self.session is not None:
            self.session.on_writable()

    def _waiting_bytes(self) -> int:
        """Bytes that the kernel has not taken."""
        return int(self.transport.get_write_buffer_size())

    def on_still_full(self) -> None:
        """The socket was full all the time: go on only with a client that reads at all."""
        before, self._full_bytes = self._full_bytes, self._waiting_bytes()
        if before - self._full_bytes < SLOW_CONSUMER_BYTES:
            self._cut()
        else:
            self._all.slow.add(self)

    def _cut(self) -> None:
        """End it, whatever the client does: a full socket may never be read."""
        if self.session is not None:
            self.session.on_slow()
        self._all.endings.add(self)

    def keep_alive(self) -> None:
        """Send a ping, past the outbox, or end the connection if the last one was not answered."""
        if not self._is_open:
            return
        if self._is_pong_due:
            protocol = self._library()
            protocol.fail(*_NO_PONG)
            self._send(protocol)
        elif self.can_write:  # Who does not read is cut off sooner, see `on_still_full`.
            self._is_pong_due = True
            self.transport.write(PING_FRAME)

    # The session's `Connection` -------------------------------------------------------------

    def allow_large_frames(self) -> None:
        """Accept a game master's plan."""
        self.size_max = SEED_FRAME_BYTES_MAX
        if self._protocol is not None:
            self._protocol.max_message_size = SEED_FRAME_BYTES_MAX

    def hang_up(self, code: CloseCode) -> None:
        """Close after what waits in the outbox, and when this turn is over."""
        self._all.loop.call_soon(self._close, int(code), code.name.lower())
        self._all.endings.add(self)

    # The end --------------------------------------------------------------------------------

    def on_no_first_message(self) -> None:
        """The client had its time to say who it is."""
        if self.session is not None:
            self.session.on_auth_deadline()

    def restart(self) -> None:
        """The server ends: close, so that the client comes back."""
        self._close(*_RESTARTING)

    def _close(self, code: int, reason: str) -> None:
        """Begin the closing handshake, after what waits in the outbox."""
        if self.session is not None:
            self.session.flush()
        if self._is_open:
            protocol = self._library()
            protocol.send_close(code, reason)
            self._send(protocol)

    def on_not_ended(self) -> None:
        """The client did not do its part of the closing handshake."""
        self.transport.abort()

    def eof_received(self) -> None:
        """The client sends nothing more; what it was still to get is sent, and that is all."""
        self._is_open = self.can_write = False
        self._all.endings.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """The socket is gone."""
        self._is_open = self.can_write = False
        session, self.session = self.session, None
        if session is not None:
            session.on_disconnected()
        # Connection and session hold each other; letting go here spares the collector the work,
        # and the memory is free at once.
        self._let_go()
        self._all.discard(self)


def end_writing(transport: asyncio.Transport) -> None:
    """Say that nothing more will come, after all that is on its way."""
    if transport.can_write_eof():
        with suppress(OSError, RuntimeError):  # It may be closing already.
            transport.write_eof()
    else:
        transport.close()  # TLS has no half-closed connections.
