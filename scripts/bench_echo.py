#!/usr/bin/env python3
"""A bare echo server on the coroutine API of the websockets library: the benchmark's yardstick.

It does nothing but send back what comes, without compression as Cairn. It runs on asyncio's own
event loop, as the library does by itself, or with `--uvloop` on the one that Cairn uses. It prints
its port and runs until it is told to stop.
"""

import asyncio
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # Runs from any checkout.

import uvloop
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from server.limits import raise_descriptor_limit

CONNECTIONS_MAX = 20_000
"""Connections that the process may hold; more than any benchmark here opens."""


async def echo(connection: ServerConnection) -> None:
    """Send everything back."""
    try:
        async for message in connection:
            await connection.send(message)
    except ConnectionClosed:
        pass


async def main() -> None:
    """Listen on a free port until a signal comes."""
    raise_descriptor_limit(CONNECTIONS_MAX)
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with serve(echo, "127.0.0.1", 0, compression=None, backlog=4_096) as server:
        print(f"Echo listens on http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/")
        sys.stdout.flush()
        await stopping.wait()


if __name__ == "__main__":
    if "--uvloop" in sys.argv:
        uvloop.run(main())
    else:
        asyncio.run(main())
