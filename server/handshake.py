"""What happens on a socket before it is a player's: one HTTP request, answered.

A good handshake puts a `GatewayConnection` in its own place, and is gone with all that it read. Any
other request is answered with a page or a refusal, and the socket closed when the client has it.
"""

import asyncio
import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import cast

from websockets import http11
from websockets.http11 import Request, Response
from websockets.protocol import OPEN
from websockets.server import ServerProtocol
from websockets.typing import StatusLike, Subprotocol

from server.connection import Connections, GatewayConnection, end_writing
from server.deadlines import Deadlines
from server.door import Door
from server.frame_protocol import QUIET
from server.pages import Pages
from server.protocol import (
    JSON_SUBPROTOCOL,
    MSGPACK_SUBPROTOCOL,
    JsonWire,
    MsgpackWire,
    Wire,
)

logger = logging.getLogger("cairn.gateway")

HANDSHAKE_S = 5.0
"""Seconds for the HTTP part; a half-open handshake costs about 3 KiB until then."""

WRITE_BUFFER_BYTES = 0
"""Bytes in a socket's write buffer from which on its outbox holds messages back: what the kernel
does not take at once is the sign of a client that does not read."""

HEAP_BYTES_MAX = 65_536
"""Bytes that may come at once before a connection is open."""

HEADERS_MAX = 32
"""Headers of a request: browsers send about 15, and proxies add a few."""

HEADER_LINE_BYTES = 4_096
"""Bytes of a request's line, and of each header: with `HEADERS_MAX`, 128 KiB of a handshake that
never ends. The library's own limits are 128 and 8 KiB."""

ANSWER_BYTES_MIN = 8_192
"""Bytes of an answer that its client must read within `CLOSE_S`, as long as not all of it is in the
kernel's hands: at this pace the largest file takes a minute."""

http11.MAX_NUM_HEADERS = HEADERS_MAX
http11.MAX_LINE_LENGTH = HEADER_LINE_BYTES
# The library takes both from the environment when it is imported, which may be before us.

WIRES: dict[str, Wire] = {JSON_SUBPROTOCOL: JsonWire(), MSGPACK_SUBPROTOCOL: MsgpackWire()}

_END_OF_HEAD = b"\r\n\r\n"


class HandshakeProtocol(ServerProtocol):
    """The library's side of a handshake. What it refuses by itself is said in our words."""

    def __init__(self, pages: Pages) -> None:
        super().__init__(logger=QUIET)
        self._pages = pages

    def reject(self, status: StatusLike, text: str) -> Response:  # noqa: ARG002
        """A refusal under the headers that all answers have."""
        return self._pages.refuse(HTTPStatus(status))

    def select_subprotocol(self, subprotocols: Sequence[Subprotocol]) -> Subprotocol | None:
        """The client's first choice that is ours; none offered, or none known, means JSON."""
        return next((name for name in subprotocols if name in WIRES), None)


class Entrance:
    """Who may come in, and what everybody else is told."""

    def __init__(self, pages: Pages, door: Door, connections: Connections) -> None:
        self.pages = pages
        self.connections = connections
        self.handshakes: Deadlines[Handshake] = Deadlines(
            connections.loop, HANDSHAKE_S, lambda one: one.transport.abort()
        )
        self.is_shut = False
        """Whether the server ends: whoever asks is answered, but nobody comes in."""
        self._door = door

    def address_of(self, request: Request, peer: str) -> str:
        """Where a client is; `peer` is the address at the other end of the socket."""
        return self._door.address_of(peer, request.headers.get_all("X-Forwarded-For"))

    def answer(self, request: Request, peer: str) -> Response | None:
        """Pages by path; a websocket handshake only on its own endpoint. None: it may be tried."""
        path = request.path.partition("?")[0]
        if path != "/ws":
            return self.pages.respond(request.method, path, request.headers, peer)
        door, headers = self._door, request.headers
        if not door.admits_origin(headers.get_all("Origin"), headers.get_all("Host")):
            return self.pages.refuse(HTTPStatus.FORBIDDEN)
        if door.is_full(self.connections.desk.counters.connections_open):
            return self.pages.refuse(HTTPStatus.SERVICE_UNAVAILABLE)
        if door.is_crowded(self.address_of(request, peer), self.connections.at_address):
            return self.pages.refuse(HTTPStatus.TOO_MANY_REQUESTS)
        return None

    def shake_hands(self, protocol: HandshakeProtocol, request: Request) -> Response:
        """The library's answer to a handshake, good or bad."""
        response = protocol.accept(request)
        if response.status_code == HTTPStatus.SWITCHING_PROTOCOLS and self.is_shut:
            return self.pages.refuse(HTTPStatus.SERVICE_UNAVAILABLE)
        self.pages.add_headers(response)
        return response


class Handshake(asyncio.Protocol):
    """One socket whose client has not shaken hands."""

    __slots__ = (
        "_entrance",
        "_is_answered",
        "_is_paused",
        "_left_bytes",
        "_protocol",
        "_tail",
        "transport",
    )

    def __init__(self, entrance: Entrance) -> None:
        self._entrance = entrance
        self._protocol: HandshakeProtocol | None = None
        self._tail = b""
        """The last bytes of what came, which may be the start of the request's end."""
        self._is_answered = False
        self._is_paused = False
        self._left_bytes = 0
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client came."""
        self.transport = cast("asyncio.Transport", transport)
        self.transport.set_write_buffer_limits(WRITE_BUFFER_BYTES)
        self._entrance.handshakes.add(self)

    def data_received(self, data: bytes) -> None:
        """Take bytes of the request; all of what came after it if it is a good handshake."""
        if self._is_answered:
            return
        if len(data) > HEAP_BYTES_MAX:
            self.transport.abort()
            return
        if self._protocol is None:
            self._protocol = HandshakeProtocol(self._entrance.pages)
        protocol = self._protocol
        head, rest = self._split(data)
        protocol.receive_data(head)
        for request in protocol.events_received():
            assert isinstance(request, Request)
            self._answer(protocol, request, rest)
        if protocol.state is not OPEN:
            self._send(protocol)

    def _split(self, data: bytes) -> tuple[bytes, bytes]:
        """The request's part of these bytes, and what comes after it.

        Frames that came along are not for the library yet: it would read, and answer, them before
        the handshake is.
        """
        seen = self._tail + data
        end = seen.find(_END_OF_HEAD)
        if end < 0:
            self._tail = seen[1 - len(_END_OF_HEAD) :]
            return data, b""
        cut = end + len(_END_OF_HEAD) - len(self._tail)
        return data[:cut], data[cut:]

    def _answer(self, protocol: HandshakeProtocol, request: Request, rest: bytes) -> None:
        entrance = self._entrance
        name = self.transport.get_extra_info("peername")
        peer = str(name[0]) if name else ""
        try:
            response = entrance.answer(request, peer)
        except Exception:
            logger.exception("no answer could be made to a request")
            response = entrance.pages.refuse(HTTPStatus.INTERNAL_SERVER_ERROR)
        if response is None:
            response = entrance.shake_hands(protocol, request)
        protocol.send_response(response)
        if protocol.state is OPEN:
            self._open(protocol, entrance.address_of(request, peer), rest)

    def _open(self, protocol: HandshakeProtocol, address: str, rest: bytes) -> None:
        """Let a connection take this one's place."""
        self.transport.write(b"".join(protocol.data_to_send()))
        self._forget()
        wire = WIRES[protocol.subprotocol or JSON_SUBPROTOCOL]
        connection = GatewayConnection(self._entrance.connections, self.transport, address, wire)
        self.transport.set_protocol(connection)
        if self._is_paused:
            connection.pause_writing()
        if rest:
            connection.data_received(rest)

    def _send(self, protocol: HandshakeProtocol) -> None:
        """Send what the library says; when that was all, wait for the client to have read it."""
        for data in protocol.data_to_send():
            if data:
                self.transport.write(data)
            else:
                end_writing(self.transport)
                self._is_answered = True
        if self._is_answered:
            self._forget()
            self._left_bytes = self.transport.get_write_buffer_size()
            self._entrance.connections.endings.add(self)

    def _forget(self) -> None:
        """Nothing of the request is needed any more."""
        self._entrance.handshakes.discard(self)
        if self._protocol is not None:
            self._protocol.parser.close()  # It holds the protocol; else only the collector would.
            self._protocol = None

    def on_not_ended(self) -> None:
        """The client is still there: wait on only while it reads what the kernel has not taken."""
        before, self._left_bytes = self._left_bytes, self.transport.get_write_buffer_size()
        if before - self._left_bytes >= ANSWER_BYTES_MIN:
            self._entrance.connections.endings.add(self)
        else:
            self.transport.abort()

    def pause_writing(self) -> None:
        """The socket is full. Over TLS it is, and is not, before there is a transport."""
        self._is_paused = True

    def resume_writing(self) -> None:
        """The socket takes bytes again."""
        self._is_paused = False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """The socket is gone."""
        self._forget()
        self._entrance.connections.endings.discard(self)
