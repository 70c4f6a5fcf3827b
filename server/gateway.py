"""The websockets shell: listens, and says goodbye. No rule, no message type here.

What comes in is a `Handshake` first (`server.handshake`); a good one becomes a `GatewayConnection`
(`server.connection`).
"""

import asyncio
import socket
import ssl
from collections.abc import Collection
from contextlib import suppress
from typing import Any

from server.connection import Connections, GatewayConnection
from server.desk import Desk
from server.door import Door
from server.handshake import Entrance, Handshake
from server.outbox import Flusher
from server.pages import Pages

SEND_BUFFER_BYTES = 131_072
"""Bytes that the kernel is asked to hold for one client (Linux takes twice that, for its own
book-keeping). Left to itself it grows to 4 MiB for a client that never reads."""

BACKLOG = 4_096
"""Connections the kernel may queue: everybody reconnects at once after a restart."""


class Gateway:
    """Listens; makes a session of every connection."""

    def __init__(self, desk: Desk, flusher: Flusher, pages: Pages, door: Door) -> None:
        """To be made where the event loop runs."""
        self.connections = Connections(asyncio.get_running_loop(), desk, flusher)
        self.entrance = Entrance(pages, door, self.connections)
        self._server: asyncio.Server | None = None

    async def listen(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Open the port; returns its number (useful when 0 was asked for).

        Raises:
            OSError: the address cannot be used.
        """
        patience: dict[str, Any] = {}
        if tls is not None:
            patience["ssl_handshake_timeout"] = self.entrance.handshakes.limit_s
            patience["ssl_shutdown_timeout"] = self.connections.endings.limit_s
        self._server = await self.connections.loop.create_server(
            lambda: Handshake(self.entrance), host, port, backlog=BACKLOG, ssl=tls, **patience
        )
        for listening in self._server.sockets:  # Accepted sockets inherit it.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        self.connections.open.start()
        return int(next(iter(self._server.sockets)).getsockname()[1])

    async def stop(self, drain_batch: int, drain_pause_s: float) -> None:
        """Accept nobody any more; close connections in batches with 1012 (service restart)."""
        if self._server is None:
            return
        self._server.close()
        self.entrance.is_shut = True
        connections = list(self.connections.open)
        for start in range(0, len(connections), drain_batch):
            batch = connections[start : start + drain_batch]
            for one in batch:
                one.restart()
            await self._until_gone(batch)
            if start + drain_batch < len(connections):
                await asyncio.sleep(drain_pause_s)
        await self._abort_all()
        self.connections.stop()
        self.entrance.handshakes.stop()
        await self._server.wait_closed()

    async def _until_gone(self, batch: Collection[GatewayConnection]) -> None:
        """Wait until these are gone, but no longer than they have for their part of closing."""
        someone_left = self.connections.someone_left
        with suppress(TimeoutError):
            async with asyncio.timeout(self.connections.endings.limit_s):
                while any(one.session is not None for one in batch):
                    someone_left.clear()
                    await someone_left.wait()

    async def _abort_all(self) -> None:
        """Who is still there had its time; one that never reads would hold up the exit."""
        connections = list(self.connections.open)
        for one in (*connections, *self.connections.endings, *self.entrance.handshakes):
            one.transport.abort()
        await self._until_gone(connections)
