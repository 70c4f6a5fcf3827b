"""A websocket connection that costs a load generator little: one protocol object, no tasks.

It knows as much of RFC 6455 as a client needs. Thousands of them share one event loop, so frames
are taken apart in place and only handed on; what is in them is for the phone to look at.
"""

import asyncio
import socket
import ssl
import struct
from typing import Protocol, cast
from urllib.parse import urlsplit

from msgspec import Struct

from scripts.load_frames import PING, PONG, TEXT, masked
from server.protocol import JSON_SUBPROTOCOL

BROKEN = 1006
"""The close code of a connection that ended without one (RFC 6455, section 7.4.1)."""

HEAD_BYTES_MAX = 16_384
"""Bytes of a handshake's answer; the server's own has a few hundred."""

_CLOSE, _CONTINUATION = 0x88, 0x00
_FINAL = 0x80
_SUBJECT = 0x0F


class NoSuchServer(Exception):
    """The address is none, or names nobody; the text says so."""


class Target(Struct, frozen=True):
    """Where a server is: looked up once, not for every phone."""

    host: str
    """An address, not a name."""
    port: int
    name: str
    """What `Host` and the certificate say."""
    path: str
    tls: ssl.SSLContext | None

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine itself, whose connections the server does not limit."""
        return self.host.startswith("127.") or self.host == "::1"


def target(server: str) -> Target:
    """Look a `ws://` or `wss://` address up.

    Raises:
        NoSuchServer: it cannot be used.
    """
    parts = urlsplit(server)
    if parts.scheme not in ("ws", "wss") or not parts.hostname:
        raise NoSuchServer(f"{server} is not a websocket address like ws://127.0.0.1:8765")
    is_secure = parts.scheme == "wss"
    try:
        port = parts.port or (443 if is_secure else 80)
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (ValueError, OSError) as error:
        raise NoSuchServer(f"{server} cannot be looked up: {error}") from error
    path = parts.path if parts.path not in ("", "/") else "/ws"
    tls = ssl.create_default_context() if is_secure else None
    return Target(str(found[0][4][0]), port, parts.hostname, path, tls)


class Lost(Struct, frozen=True):
    """How a connection ended, or why there was none."""

    code: int = BROKEN
    """The websocket close code."""
    http: int = 0
    """The HTTP status, when the handshake was refused."""
    error: str = ""
    """What the operating system says, when there was no connection."""


class Owner(Protocol):
    """Whose line it is."""

    def on_open(self) -> None:
        """The handshake is done."""

    def on_text(self, data: bytes) -> None:
        """A whole message came."""

    def on_lost(self, lost: Lost) -> None:
        """It is over; called once."""


class Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, target: Target, owner: Owner) -> None:
        self._target = target
        self._owner = owner
        self._transport: asyncio.Transport | None = None
        self._rest = b""
        self._parts: list[bytes] = []
        self._is_open = self._is_over = False
        self._lost = Lost()

    # What asyncio calls ---------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for a websocket."""
        # uvloop's transports are no subclass of asyncio's.
        self._transport = connected = cast("asyncio.Transport", transport)
        lines = (
            f"GET {self._target.path} HTTP/1.1",
            f"Host: {self._target.name}:{self._target.port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: Q2Fpcm4ncyBsb2FkIGdlbg==",
            f"Sec-WebSocket-Protocol: {JSON_SUBPROTOCOL}",
        )
        connected.write(("\r\n".join(lines) + "\r\n\r\n").encode())

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more will come."""
        self._transport = None
        self.fail(self._lost if exc is None else Lost(error=str(exc)))

    def data_received(self, data: bytes) -> None:
        """Take apart what came."""
        if self._rest:
            data = self._rest + data
        position = 0
        if not self._is_open:
            position = self._shake_hands(data)
            if position == 0:
                self._rest = data
                return
        end = len(data)
        while end - position >= 2 and self._transport is not None:
            length, start = data[position + 1], position + 2
            if length >= 126:
                width = 2 if length == 126 else 8
                length = int.from_bytes(data[start : start + width], "big")
                start += width
            stop = start + length
            if start > end or stop > end:
                break
            self._on_frame(data[position], data[start:stop])
            position = stop
        self._rest = data[position:]

    def _shake_hands(self, data: bytes) -> int:
        """Where the first frame begins; 0 while the head is not whole."""
        end = data.find(b"\r\n\r\n")
        if end < 0:
            if len(data) > HEAD_BYTES_MAX:
                self.cut(Lost(error="the answer to the handshake has no end"))
            return 0
        status = data[9:12]
        if status != b"101":
            self.cut(Lost(http=int(status) if status.isdigit() else 0, error="no websocket"))
            return 0
        self._is_open = True
        self._owner.on_open()
        return end + 4

    def _on_frame(self, head: int, payload: bytes) -> None:
        if head == TEXT:
            self._owner.on_text(payload)
        elif head == PING:
            self._write(masked(PONG, payload))
        elif head == _CLOSE:
            code = struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else 1005
            self._write(masked(_CLOSE, payload[:2]))
            self.close(Lost(code))
        elif head & _SUBJECT in (_CONTINUATION, TEXT & _SUBJECT):  # A proxy may cut messages up.
            self._parts.append(payload)
            if head & _FINAL:
                whole, self._parts = b"".join(self._parts), []
                self._owner.on_text(whole)

    # What the owner calls -------------------------------------------------------------------

    def fail(self, lost: Lost) -> None:
        """Tell the owner that it is over, once."""
        if not self._is_over:
            self._is_over = True
            self._owner.on_lost(lost)

    def send(self, data: bytes) -> None:
        """Send one message, if there is still somebody to send it to."""
        self._write(masked(TEXT, data))

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def cut(self, lost: Lost | None = None) -> None:
        """Break the connection without a word, as in a tunnel."""
        self._lost = lost or self._lost
        if self._transport is not None:
            self._transport.abort()

    def close(self, lost: Lost | None = None) -> None:
        """Close it once everything is sent."""
        self._lost = lost or self._lost
        if self._transport is not None:
            self._transport.close()
