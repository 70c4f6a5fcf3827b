"""The yardstick of `bench.py fanout` where there is no C compiler: `bench_fanout.c` in Python."""

import socket
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # Runs from any checkout.

from server.limits import raise_descriptor_limit


def main(arguments: Sequence[str]) -> None:
    """Write so many bytes to so many connections whenever the last connection says so."""
    connections, size = map(int, arguments)
    raise_descriptor_limit(connections)
    start = b'\x81\x7e%b{"t":"announcement"' % (size - 4).to_bytes(2, "big")
    frame = start.ljust(size)
    with socket.create_server(("127.0.0.1", 0), backlog=4_096) as server:
        port = server.getsockname()[1]
        print(f"The yardstick listens on http://127.0.0.1:{port}/", flush=True)
        sockets = [server.accept()[0] for _ in range(connections)]
        for sock in sockets:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wishes = server.accept()[0]
    sends = [sock.send for sock in sockets]
    while wishes.recv(1):
        for send in sends:
            send(frame)


if __name__ == "__main__":
    main(sys.argv[1:])
