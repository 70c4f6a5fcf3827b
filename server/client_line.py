"""One websocket connection to a server, as maps. The only part of the client that does I/O.

It imports websockets as the gateway does, since it is the other end of the same line.
"""

import asyncio
from typing import Any, Self
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from server.client_queue import Message
from server.protocol import MalformedFrame, decode_map, encode_map

GREETING_S = 10.0
"""Seconds for the handshake, and again for the welcome; a slower server counts as unreachable."""

FRAME_BYTES_MAX = 64 * 1024 * 1024
"""Largest message from the server. The snapshot of a huge hunt takes a few MiB."""

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Unreachable(Exception):
    """Nobody answered, or not in Cairn's protocol; another try may do better."""


class LineClosed(Exception):
    """The connection is closed; `code` is the websocket close code, 1006 when it just broke."""

    def __init__(self, code: int) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


class Line:
    """One connection."""

    def __init__(self, connection: ClientConnection, subprotocol: str) -> None:
        self._connection = connection
        self._subprotocol = subprotocol

    @classmethod
    async def open(cls, url: str, subprotocol: str, opening: dict[str, Any]) -> Self:
        """Connect and send the first message.

        Raises:
            Unreachable: there is no such server.
            LineClosed: it hung up at once.
        """
        try:
            connection = await connect(
                url,
                subprotocols=[Subprotocol(subprotocol)],
                compression=None,
                max_size=FRAME_BYTES_MAX,
                open_timeout=GREETING_S,
                # A proxy knows no way to this machine itself.
                proxy=None if urlsplit(url).hostname in _LOOPBACK else True,
            )
        except (OSError, WebSocketException, TimeoutError) as error:
            raise Unreachable(f"cannot reach {url}: {error or 'no answer'}") from error
        line = cls(connection, subprotocol)
        try:
            await line.send(opening)
        except BaseException:
            line.cut()
            raise
        return line

    async def send(self, message: Message) -> None:
        """Send one message; waits while the socket is full.

        Raises:
            LineClosed: there is nobody to send it to.
        """
        try:
            await self._connection.send(encode_map(self._subprotocol, message))
        except ConnectionClosed:
            raise LineClosed(self._connection.close_code or 1006) from None

    async def receive(self) -> Message:
        """Wait for the next message.

        Raises:
            LineClosed: there will be none.
            Unreachable: what came is not Cairn's protocol.
        """
        try:
            return decode_map(self._subprotocol, await self._connection.recv())
        except ConnectionClosed:
            raise LineClosed(self._connection.close_code or 1006) from None
        except MalformedFrame as error:
            raise Unreachable(f"the server does not speak {self._subprotocol}: {error}") from None

    async def receive_greeting(self) -> Message:
        """Like `receive`, but a server that stays silent is `Unreachable`."""
        try:
            async with asyncio.timeout(GREETING_S):
                return await self.receive()
        except TimeoutError:
            raise Unreachable(f"the server said nothing for {GREETING_S:.0f} seconds") from None

    def cut(self) -> None:
        """Break the connection without a word; a closing handshake would take its time."""
        self._connection.transport.abort()
