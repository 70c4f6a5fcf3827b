"""One client that asks as much as it can: the others hardly notice."""

import asyncio
import socket
import sys
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from tests.integration.clients import PATIENCE_S, run
from tests.integration.games import location, plan
from tests.integration.harness import REPOSITORY
from tests.proofs.ledger import Proof
from tests.proofs.phones import handshake, text
from tests.proofs.pulse import beating
from tests.proofs.servers import WatchedServer, open_hunt, worse

pytestmark = pytest.mark.proof

FLOODERS = 3
KINDS = ("position", "claim")


def flood(port: int, code: str, kind: str, stop: threading.Event, sent: list[int]) -> None:
    """Write requests as fast as the server takes them, and read what comes only to drop it."""
    sock = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    sock.sendall(handshake(port))
    sock.recv(4_096)
    sock.sendall(text({"t": "join", "code": code, "name": "Flood"}))
    sock.recv(65_536)
    sock.settimeout(0.2)  # So that the end of the flood is noticed; the others flood already.
    reader = threading.Thread(target=drain, args=(sock,))
    reader.start()
    n = 0
    position = text({"t": "position", "lat": 57.7, "lon": 11.97, "accuracy": 8.0}) * 128
    while not stop.is_set():
        if kind == "position":
            data = position
        else:
            asked = (
                {"t": "claim", "n": n + 1 + i, "location": "pier", "code": "no"} for i in range(128)
            )
            data = b"".join(map(text, asked))
            n += 128
        if not write(sock, data, stop):
            break
        sent[0] += 128
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    reader.join()
    sock.close()


def write(sock: socket.socket, data: bytes, stop: threading.Event) -> bool:
    """Write all of it, frames whole; whether that was done before the flood or the connection ended."""
    while data:
        try:
            data = data[sock.send(data) :]
        except TimeoutError:
            pass
        except OSError:
            return False  # The server threw it out; what it sent until then counts.
        if stop.is_set():
            return False
    return True


def drain(sock: socket.socket) -> None:
    """Read what comes until the connection ends: who stops before is a slow consumer."""
    while True:
        try:
            if not sock.recv(262_144):
                return
        except TimeoutError:
            continue
        except OSError:
            return


@asynccontextmanager
async def flooding(port: int, kind: str, codes: Sequence[str]) -> AsyncIterator[list[int]]:
    """Floods from a process of their own while the block runs; then, how much was sent."""
    sent: list[int] = []
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.proofs.test_flood", str(port), kind, *codes),
        cwd=REPOSITORY,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield sent
        async with asyncio.timeout(PATIENCE_S):
            out, _ = await process.communicate(b"\n")
        sent.append(int(out))
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def measured(server: WatchedServer, seconds: float) -> dict[str, tuple[float, int]]:
    """Latency of a healthy player, alone and beside each kind of flood: p99, and what was sent."""
    game = await open_hunt(server, plan([location("pier")], {"count": FLOODERS + 1}))
    *flooders, healthy = game.codes.values()
    found: dict[str, tuple[float, int]] = {}
    async with beating(server.port, healthy) as heart:
        await asyncio.sleep(seconds)
        found["alone"] = (await heart.p99_s(), 0)
        for kind in KINDS:
            async with flooding(server.port, kind, flooders) as sent:
                await asyncio.sleep(1.0)
                await heart.latencies()
                await asyncio.sleep(seconds)
                p99_s = await heart.p99_s()
            found[kind] = (p99_s, sent[0])
    return found


def test_t9b_clients_that_flood_slow_nobody_else_down(tmp_path: Path, proof: Proof) -> None:
    proof.claims(
        "T9b flooding clients",
        f"{FLOODERS} clients that send positions, or claims, without end slow nobody else down",
    )
    seconds = proof.size(ci=4, long=60)

    async def scenario() -> None:
        async with WatchedServer(tmp_path / "cairn.db") as server:
            found = await measured(server, seconds)
            health = await server.health()
        alone_s = found["alone"][0]
        for kind in KINDS:
            p99_s, sent = found[kind]
            proof.tried(sent)
            proof.expect(sent > 20_000 * seconds / 4, f"only {sent} were sent: no flood of {kind}s")
            proof.expect(worse(alone_s, p99_s) < 10, f"{kind}s: p99 {p99_s * 1e3:.1f} ms")
        proof.expect(health["actor_failures"] == 0, "an actor failed")
        proof.expect("closed" in health and not health["closed"], f"thrown out: {health['closed']}")
        shown = (f"{kind}s {p99 * 1e3:.1f} ms, {n:,} sent" for kind, (p99, n) in found.items() if n)
        proof.figure(f"p99 {alone_s * 1e3:.1f} ms alone; {'; '.join(shown)}")
        async with WatchedServer(tmp_path / "greedy.db", "greedy") as greedy:
            found = await measured(greedy, 2)
        proof.bites(
            "whatever one client sent is handled before the others get a chance",
            worse(found["alone"][0], found["position"][0]) >= 10,
        )

    run(scenario(), limit_s=120 + 5 * seconds)


def main() -> None:
    """Flood until a line comes in, then print how much was sent."""
    stop, sent = threading.Event(), [0]
    port, kind, *codes = sys.argv[1:]
    threads = [
        threading.Thread(target=flood, args=(int(port), code, kind, stop, sent)) for code in codes
    ]
    for thread in threads:
        thread.start()
    sys.stdin.readline()
    stop.set()
    for thread in threads:
        thread.join()
    print(sent[0])  # noqa: T201


if __name__ == "__main__":
    main()
