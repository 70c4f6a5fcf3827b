"""One client that asks as much as it can: the others hardly notice."""

import asyncio
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.clients import run
from tests.integration.games import location, plan
from tests.proofs.ledger import Proof
from tests.proofs.phones import handshake, text
from tests.proofs.pulse import beating
from tests.proofs.servers import WatchedServer, open_hunt, worse

pytestmark = pytest.mark.proof

FLOODERS = 3


def flood(port: int, code: str, kind: str, stop: threading.Event, sent: list[int]) -> None:
    """Write requests as fast as the server takes them, and read what comes only to drop it."""
    sock = socket.create_connection(("127.0.0.1", port))
    sock.settimeout(0.2)
    sock.sendall(handshake(port))
    sock.recv(4_096)
    sock.sendall(text({"t": "join", "code": code, "name": "Flood"}))
    sock.recv(65_536)
    reader = threading.Thread(target=drain, args=(sock, stop))
    reader.start()
    n = 0
    position = text({"t": "position", "lat": 57.7, "lon": 11.97, "accuracy": 8.0}) * 128
    while not stop.is_set():
        if kind == "position":
            data = position
        else:
            asked = ({"t": "claim", "n": n + i, "location": "pier", "code": "no"} for i in range(128))
            data = b"".join(map(text, asked))
            n += 128
        try:
            sock.sendall(data)
        except TimeoutError:
            continue
        sent[0] += 128
    reader.join()
    sock.close()


def drain(sock: socket.socket, stop: threading.Event) -> None:
    """Read what comes."""
    while not stop.is_set():
        try:
            if not sock.recv(262_144):
                return
        except TimeoutError:
            continue


if __name__ == "__main__":
    halt, count = threading.Event(), [0]
    threads = [
        threading.Thread(target=flood, args=(int(sys.argv[1]), code, sys.argv[2], halt, count))
        for code in sys.argv[3:]
    ]
    for thread in threads:
        thread.start()
    sys.stdin.readline()
    halt.set()
    for thread in threads:
        thread.join()
    print(count[0])  # noqa: T201
