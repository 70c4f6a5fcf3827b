"""One connection of the load generator, and what a phase of load measures."""

import socket
from collections import deque

from msgspec import Struct

SOCKET_S = 20.0
"""Seconds after which a silent server fails the run instead of holding it up for ever."""

_HEAD_BYTES_MAX = 8_192


class LoadFailed(Exception):
    """The server did not do its part; figures would be worthless."""


class Measured(Struct):
    """What one phase of load measured. Times are seconds."""

    seconds: float = 0.0
    """How long claims were sent."""
    drain_s: float = 0.0
    """How long the last answers, and their `saved`, took after that."""
    answered: int = 0
    """Answers within that time."""
    accepted: int = 0
    refused: int = 0
    answer_s: list[float] = []
    """From the claim, or from when it was planned, to its answer."""
    saved_s: list[float] = []
    """From `accepted` to the `saved` that covers it."""
    exhausted: int = 0
    """Connections that had found everything when the time was over: too few locations."""


class Connection:
    """One player's socket."""

    __slots__ = ("accepted_at", "offset", "rest", "saved", "sent", "sent_at", "socket")

    def __init__(self, sock: socket.socket, offset: int) -> None:
        self.socket = sock
        self.offset = offset
        """The index of its first location, so that teams spread over the map."""
        self.rest = b""
        self.sent = 0
        self.saved = 0
        self.sent_at: deque[float] = deque()
        self.accepted_at: deque[float] = deque()


def shake_hands(address: tuple[str, int], path: str, subprotocol: str) -> socket.socket:
    """Open a websocket.

    Raises:
        LoadFailed: the server did not answer as it should.
        OSError: there is no server.
    """
    sock = socket.create_connection(address, timeout=SOCKET_S)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: {address[0]}:{address[1]}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: Q2Fpcm4ncyBsb2FkIGdlbg==",
        f"Sec-WebSocket-Protocol: {subprotocol}",
    )
    sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = sock.recv(1)  # Byte by byte, so that no frame behind it is swallowed.
        head += byte
        if not byte or len(head) > _HEAD_BYTES_MAX:
            sock.close()
            raise LoadFailed("the server did not shake hands")
    if not head.startswith(b"HTTP/1.1 101"):
        sock.close()
        raise LoadFailed(f"the server said {head.splitlines()[0].decode()!r}")
    return sock
