"""The websockets shell: sockets in, sessions told, bytes out. No rule, no message type here.

Frames are handled where they arrive, inside the connection's data callback: no task, queue or
coroutine per message. The library keeps the handshake, origins, keep-alive, closing and TLS.
"""

import asyncio
import logging
import socket
import ssl
from collections import Counter
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, cast

from websockets import http11
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import OPEN, Event
from websockets.typing import StatusLike, Subprotocol

from server.close_codes import CloseCode
from server.desk import Desk
from server.door import Door
from server.frame_reader import FrameReader
from server.outbox import Flusher, Outbox
from server.pages import Pages
from server.protocol import (
    FRAME_BYTES_MAX,
    JSON_SUBPROTOCOL,
    MSGPACK_SUBPROTOCOL,
    SEED_FRAME_BYTES_MAX,
    JsonWire,
    MsgpackWire,
    Wire,
)
from server.session import Session

logger = logging.getLogger("cairn.gateway")

FIRST_MESSAGE_S = 10.0
"""Seconds a client has to say who it is."""

HANDSHAKE_S = 5.0
"""Seconds for the HTTP part; a half-open handshake costs about 15 KiB until then."""

KEEPALIVE_INTERVAL_S = 20.0
"""Seconds between pings: under the idle limit of every common proxy (60 s)."""

KEEPALIVE_TIMEOUT_S = 20.0
"""Seconds for the pong: a phone in a tunnel comes back, a dead one is noticed within 40 s."""

CLOSE_S = 5.0
"""Seconds for the client's part of the closing handshake."""

WRITE_BUFFER_BYTES = 0
"""Bytes in a socket's write buffer from which on its outbox holds messages back: what the kernel
does not take at once is the sign of a client that does not read."""

SEND_BUFFER_BYTES = 131_072
"""Bytes that the kernel is asked to hold for one client (Linux takes twice that, for its own
book-keeping). Left to itself it grows to 4 MiB for a client that never reads."""

SLOW_CONSUMER_S = 10.0
"""Seconds a socket may stay full without taking `SLOW_CONSUMER_BYTES`; then it is cut off."""

SLOW_CONSUMER_BYTES = 32_768
"""Bytes that a slow client must read within `SLOW_CONSUMER_S`: a big welcome over a bad link does
it ten times over."""

HEAP_BYTES_MAX = 65_536
"""Bytes that may come at once before a connection is open, or after it was closed."""

PONG_BYTES_MAX = 32_768
"""Bytes of answers to pings that may pile up for a client that does not read them."""

BACKLOG = 4_096
"""Connections the kernel may queue: everybody reconnects at once after a restart."""

HEADERS_MAX = 32
"""Headers of a request: browsers send about 15, and proxies add a few."""

HEADER_LINE_BYTES = 4_096
"""Bytes of a request's line, and of each header: with `HEADERS_MAX`, 128 KiB of a handshake that
never ends. The library's own limits are 128 and 8 KiB."""

http11.MAX_NUM_HEADERS = HEADERS_MAX
http11.MAX_LINE_LENGTH = HEADER_LINE_BYTES
# The library takes both from the environment when it is imported, which may be before us.

WIRES: dict[str, Wire] = {JSON_SUBPROTOCOL: JsonWire(), MSGPACK_SUBPROTOCOL: MsgpackWire()}


class GatewayConnection(ServerConnection):
    """One client's socket. It is its outbox's `Port` and its session's `Connection`."""

    desk: Desk
    flusher: Flusher
    pages: Pages

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # What the library refuses by itself is said in our words, under our headers.
        setattr(self.protocol, "reject", self._reject)  # noqa: B010 - mypy forbids the assignment.
        self.session: Session | None = None
        self.address = ""
        self._reader: FrameReader | None = None
        self._fragments = bytearray()  # A list of them would take many times their size.
        self._fragments_are_text = False
        self._deadline: asyncio.TimerHandle | None = None
        self._patience: asyncio.TimerHandle | None = None
        self._full_bytes = 0
        self._closing: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client came. Over TLS the library pauses and resumes writing before it has set this."""
        self.transport = cast("asyncio.Transport", transport)
        super().connection_made(transport)

    @classmethod
    def _reject(cls, status: StatusLike, _text: str) -> Response:
        return cls.pages.refuse(HTTPStatus(status))

    # Frames in ------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Take bytes: once the handshake is done, simple frames go the short way."""
        if self.response is None or self.protocol.state is not OPEN:
            self._leave_to_library(data)
            return
        if self._reader is None:
            if self.protocol.reader.buffer:
                # Frames came along with the handshake: the library is in the middle of one.
                self._leave_to_library(data)
                return
            size_max = self.protocol.max_message_size or FRAME_BYTES_MAX
            self._reader = FrameReader(self._on_message, self._pass_on, size_max)
        if self._reader.feed(data):
            self.transport.pause_reading()
            self.loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        """Handle more of what a flooding client sent; the others had their chance meanwhile."""
        if self.transport.is_closing():
            return
        is_open = self._reader is not None and self.protocol.state is OPEN
        if is_open and self._reader.feed(b""):  # type: ignore[union-attr]
            self.loop.call_soon(self._go_on)
        else:
            self.transport.resume_reading()

    def _leave_to_library(self, data: bytes) -> None:
        """Outside an open connection's usual frames, which nobody has reason to send in heaps."""
        if len(data) > HEAP_BYTES_MAX:
            self.transport.abort()
        else:
            super().data_received(data)

    def _pass_on(self, data: bytes) -> None:
        """Let the library read a frame. It answers pings past the outbox, read or not."""
        super().data_received(data)
        if self.paused and self._waiting_bytes() > self._full_bytes + PONG_BYTES_MAX:
            self._cut()

    def process_event(self, event: Event) -> None:
        """Take the complete data messages of other frames; leave the rest to the library."""
        if isinstance(event, Frame) and event.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            self._on_data(event)
        else:
            super().process_event(event)

    def _on_data(self, event: Frame) -> None:
        opcode = event.opcode
        if event.fin and opcode is not Opcode.CONT:
            self._on_message(bytes(event.data), opcode is Opcode.TEXT)
            return
        if opcode is not Opcode.CONT:
            self._fragments_are_text = opcode is Opcode.TEXT
        self._fragments += event.data
        if event.fin:
            data = bytes(self._fragments)
            self._fragments.clear()
            self._on_message(data, self._fragments_are_text)

    def _on_message(self, data: bytes, is_text: bool) -> None:
        session = self.session or self.open_session()
        try:
            session.on_frame(data, is_text)
        except Exception:
            logger.exception("a session failed on a frame of %d bytes", len(data))
            session.close(CloseCode.INTERNAL_ERROR, "Cairn made a mistake; connect again.")

    def open_session(self) -> Session:
        """Begin the session; the handshake is done."""
        if self.session is None:
            wire = WIRES[self.subprotocol or JSON_SUBPROTOCOL]
            outbox = Outbox(self, self.flusher)
            self.session = Session(self.desk, wire, outbox, self)
            self._deadline = self.loop.call_later(FIRST_MESSAGE_S, self.session.on_auth_deadline)
        return self.session

    # Bytes out ------------------------------------------------------------------------------

    @property
    def can_write(self) -> bool:
        """Whether the socket is open and its buffer low."""
        return not self.paused and self.protocol.state is OPEN

    def write(self, data: bytes) -> None:
        """Send whole frames."""
        self.transport.write(data)

    def pause_writing(self) -> None:
        """The kernel takes no more: from now on the client's patience with us is ours with it."""
        super().pause_writing()
        self._full_bytes = self._waiting_bytes()
        if self._patience is None:
            self._patience = self.loop.call_later(SLOW_CONSUMER_S, self._on_slow)

    def resume_writing(self) -> None:
        """The client reads again: send what was held back."""
        super().resume_writing()
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        if self.session is not None:
            self.session.on_writable()

    def _waiting_bytes(self) -> int:
        """Bytes that the kernel has not taken."""
        return int(self.transport.get_write_buffer_size())

    def _on_slow(self) -> None:
        """The socket was full all the time: go on only with a client that reads at all."""
        self._patience = None
        before, self._full_bytes = self._full_bytes, self._waiting_bytes()
        if before - self._full_bytes < SLOW_CONSUMER_BYTES:
            self._cut()
        else:
            self._patience = self.loop.call_later(SLOW_CONSUMER_S, self._on_slow)

    def _cut(self) -> None:
        if self.session is not None:
            self.session.on_slow()
        self._abort_later()

    def _abort_later(self) -> None:
        """End the connection whatever its client does.

        The library's close waits for a full socket to be read first, which may never be.
        """
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(CLOSE_S, self.transport.abort)

    # The session's `Connection` -------------------------------------------------------------

    def allow_large_frames(self) -> None:
        """Accept a game master's plan."""
        self.protocol.max_message_size = SEED_FRAME_BYTES_MAX
        if self._reader is not None:
            self._reader.size_max = SEED_FRAME_BYTES_MAX

    def hang_up(self, code: CloseCode) -> None:
        """Close after what waits in the outbox; the library sees to the handshake."""
        if self._closing is None:
            self._closing = self.loop.create_task(self._close_after_flush(code))
            self._abort_later()

    async def _close_after_flush(self, code: CloseCode) -> None:
        if self.session is not None:
            self.session.flush()
        await self.close(int(code), code.name.lower())

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone."""
        super().connection_lost(exc)
        if self.session is not None:
            self.session.on_disconnected()
        for timer in (self._deadline, self._patience):
            if timer is not None:
                timer.cancel()  # It holds the connection, and would for seconds.
        self._deadline = self._patience = None
        # Connection, session, outbox and reader hold each other; letting go here spares the
        # collector the work, and the memory is free at once.
        self.session = self._reader = None


class Gateway:
    """Listens; makes a session of every connection."""

    def __init__(self, desk: Desk, flusher: Flusher, pages: Pages, door: Door) -> None:
        self._desk = desk
        self._pages = pages
        self._door = door
        self._at_address: Counter[str] = Counter()
        self._server: Server | None = None
        self._connection_class = type(
            "BoundGatewayConnection",
            (GatewayConnection,),
            {"desk": desk, "flusher": flusher, "pages": pages},
        )

    async def listen(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Open the port; returns its number (useful when 0 was asked for).

        Raises:
            OSError: the address cannot be used.
        """
        self._server = await serve(
            self._serve_connection,
            host,
            port,
            create_connection=self._connection_class,
            process_request=self._on_request,
            process_response=self._on_response,
            select_subprotocol=_select_subprotocol,
            compression=None,
            open_timeout=HANDSHAKE_S,
            ping_interval=KEEPALIVE_INTERVAL_S,
            ping_timeout=KEEPALIVE_TIMEOUT_S,
            close_timeout=CLOSE_S,
            max_size=FRAME_BYTES_MAX,
            write_limit=WRITE_BUFFER_BYTES,
            server_header=None,
            backlog=BACKLOG,
            ssl=tls,
            logger=_quiet_logger(),
        )
        for listening in self._server.sockets:  # Accepted sockets inherit it.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        return int(next(iter(self._server.sockets)).getsockname()[1])

    def _on_request(self, connection: ServerConnection, request: Request) -> Response | None:
        """Pages by path; a websocket handshake only on its own endpoint."""
        path = request.path.partition("?")[0]
        peer = connection.remote_address
        address = str(peer[0]) if peer else ""
        if path != "/ws":
            return self._pages.respond(request.method, path, request.headers, address)
        assert isinstance(connection, GatewayConnection)
        door, headers = self._door, request.headers
        if not door.admits_origin(headers.get_all("Origin"), headers.get_all("Host")):
            return self._pages.refuse(HTTPStatus.FORBIDDEN)
        connection.address = door.address_of(address, headers.get_all("X-Forwarded-For"))
        if door.is_full(self._desk.counters.connections_open):
            return self._pages.refuse(HTTPStatus.SERVICE_UNAVAILABLE)
        if door.is_crowded(connection.address, self._at_address):
            return self._pages.refuse(HTTPStatus.TOO_MANY_REQUESTS)
        return None

    def _on_response(
        self, _connection: ServerConnection, _request: Request, response: Response
    ) -> None:
        self._pages.add_headers(response)

    async def _serve_connection(self, connection: ServerConnection) -> None:
        assert isinstance(connection, GatewayConnection)
        counters = self._desk.counters
        counters.connections_open += 1
        counters.connections_total += 1
        self._at_address[connection.address] += 1
        try:
            connection.open_session()
            await connection.wait_closed()
        except ConnectionClosed:
            pass
        finally:
            counters.connections_open -= 1
            self._at_address[connection.address] -= 1
            if not self._at_address[connection.address]:
                del self._at_address[connection.address]

    async def stop(self, drain_batch: int, drain_pause_s: float) -> None:
        """Accept nobody any more; close connections in batches with 1012 (service restart)."""
        if self._server is None:
            return
        self._server.close(close_connections=False)
        connections = [one for one in self._server.connections if one.protocol.state is OPEN]
        for start in range(0, len(connections), drain_batch):
            batch = connections[start : start + drain_batch]
            closing = [
                asyncio.create_task(ServerConnection.close(one, 1012, "restarting"))
                for one in batch
            ]
            await asyncio.wait(closing, timeout=CLOSE_S)
            if start + drain_batch < len(connections):
                await asyncio.sleep(drain_pause_s)
        for one in list(self._server.all_connections):
            one.transport.abort()  # It had its time; one that never reads would hold up the exit.
        await self._server.wait_closed()


def _select_subprotocol(
    _connection: ServerConnection, offered: Sequence[Subprotocol]
) -> Subprotocol | None:
    """The client's first choice that is ours; none offered, or none known, means JSON."""
    return next((name for name in offered if name in WIRES), None)


def _quiet_logger() -> logging.Logger:
    """The library logs a traceback for every client that leaves abruptly: noise, not news."""
    quiet = logging.getLogger("cairn.websockets")
    quiet.setLevel(logging.CRITICAL)
    return quiet
