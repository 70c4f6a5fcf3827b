#!/usr/bin/env python3
"""A bare echo server on the websockets library: the benchmark's yardstick.

It does nothing but send back what comes, without compression as Cairn. As most programs are written it
uses the library's coroutine API; with `--callback` its Sans-I/O layer, which handles frames inside the
callback that brings their bytes, as Cairn does: the least that a websocket message costs in Python
with this library. It runs on asyncio's own event loop, or with `--uvloop` on the one that Cairn uses.
It prints its port and runs until it is told to stop.
"""

import asyncio
import signal
import sys
from pathlib import Path
from typing import cast

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # Runs from any checkout.

import uvloop
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from server.limits import raise_descriptor_limit

CONNECTIONS_MAX = 20_000
"""Connections that the process may hold; more than any benchmark here opens."""

BACKLOG = 4_096
"""Connections that may wait to be taken: thousands come at once."""

READ_BYTES_MAX = 65_536
"""Bytes that one read makes room for: what glibc's allocator has at hand, twice that it maps."""

HOST = "127.0.0.1"


async def echo(connection: ServerConnection) -> None:
    """Send everything back: the coroutine API."""
    try:
        async for message in connection:
            await connection.send(message)
    except ConnectionClosed:
        pass


class EchoProtocol(asyncio.Protocol):
    """Send everything back: the Sans-I/O layer, no task or queue for a connection or a message."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance.
        if hasattr(transport, "max_size"):
            # asyncio's, whose 256 KiB are mapped anew for each read.
            transport.max_size = READ_BYTES_MAX
        self._protocol = ServerProtocol()

    def data_received(self, data: bytes) -> None:
        """Take what came apart, and answer all of it with one write."""
        protocol = self._protocol
        protocol.receive_data(data)
        for event in protocol.events_received():
            if isinstance(event, Request):
                protocol.send_response(protocol.accept(event))
            elif isinstance(event, Frame):
                if event.opcode is Opcode.TEXT:
                    protocol.send_text(event.data)
                elif event.opcode is Opcode.BINARY:
                    protocol.send_binary(event.data)
        self._transport.write(b"".join(protocol.data_to_send()))
        if protocol.close_expected():
            self._transport.close()


async def listen(is_callback: bool) -> Server | asyncio.Server:
    """Start the server on a free port."""
    if is_callback:
        loop = asyncio.get_running_loop()
        return await loop.create_server(EchoProtocol, HOST, 0, backlog=BACKLOG)
    return await serve(echo, HOST, 0, compression=None, backlog=BACKLOG)


async def main(is_callback: bool) -> None:
    """Run until a signal comes."""
    raise_descriptor_limit(CONNECTIONS_MAX)
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    server = await listen(is_callback)
    print(f"Echo listens on http://{HOST}:{next(iter(server.sockets)).getsockname()[1]}/")
    sys.stdout.flush()
    await stopping.wait()
    server.close()
    if isinstance(server, Server):
        await server.wait_closed()  # Of the library: it says goodbye to everybody.


if __name__ == "__main__":
    run = uvloop.run if "--uvloop" in sys.argv else asyncio.run
    run(main("--callback" in sys.argv))
