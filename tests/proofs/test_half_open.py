"""Thousands of connections that never finish what they begin: players do not notice."""

import asyncio
import selectors
import socket
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec import Struct

from server.connection import CLOSE_S, FIRST_MESSAGE_S
from server.handshake import HANDSHAKE_S
from tests.integration.clients import run
from tests.integration.games import SIMPLE
from tests.proofs.ledger import Proof
from tests.proofs.phones import handshake, split_frames, text
from tests.proofs.pulse import beating
from tests.proofs.servers import WatchedServer, has_files, open_hunt, worse

pytestmark = pytest.mark.proof

TRICKLE_S = 1.0
"""Seconds between two bytes of a slow sender."""

LATE_S = 1.0
"""What may be lost on the way to a deadline."""


class Idler:
    """One connection that begins something and does not end it."""

    def __init__(self, port: int, kind: str) -> None:
        self.kind = kind
        """silent, header (trickled), frame (trickled, after the handshake)"""
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=10.0)
        self.opened = time.monotonic()
        self.ended: float | None = None
        """When the server said or showed that it is over."""
        self.code = 0
        self._left = handshake(port)
        self._read = b""
        if kind == "frame":
            self.sock.sendall(self._left)
            self._left = text({"t": "watch", "hunt": "x" * 100})
        self.sock.setblocking(False)

    def trickle(self) -> None:
        """One byte more."""
        if self.kind != "silent" and self.ended is None and len(self._left) > 1:
            try:
                self.sock.send(self._left[:1])
            except OSError:
                return
            self._left = self._left[1:]

    def look(self, now: float) -> bool:
        """Read; whether the connection is over."""
        try:
            data = self.sock.recv(65_536)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        self._read += data
        frames, _ = split_frames(self._read.partition(b"\r\n\r\n")[2])
        for first, body in frames:
            if first == 0x88:
                self.code = int.from_bytes(body[:2], "big")
        if self.ended is None and (not data or self.code):
            self.ended = now - self.opened
        return not data


class Ended(Struct):
    """What became of all of them."""

    latest_s: dict[str, float]
    """By kind, when the last one was told that it is over."""
    alive: int
    codes: set[int]


def watch(idlers: Sequence[Idler], seconds: float) -> Ended:
    """Trickle and read until all are gone, or the time is over."""
    selector = selectors.DefaultSelector()
    for idler in idlers:
        selector.register(idler.sock, selectors.EVENT_READ, idler)
    until, next_trickle, open_ = time.monotonic() + seconds, 0.0, len(idlers)
    while open_ and time.monotonic() < until:
        for key, _ in selector.select(0.1):
            if key.data.look(time.monotonic()):
                selector.unregister(key.fileobj)
                key.data.sock.close()
                open_ -= 1
        if time.monotonic() >= next_trickle:
            next_trickle = time.monotonic() + TRICKLE_S
            for idler in idlers:
                idler.trickle()
    latest: dict[str, float] = {}
    for idler in idlers:
        ended = seconds if idler.ended is None else idler.ended
        latest[idler.kind] = max(latest.get(idler.kind, 0.0), ended)
        idler.sock.close()
    selector.close()
    return Ended(latest, open_, {idler.code for idler in idlers if idler.kind == "frame"})


async def besieged(
    server: WatchedServer, count: int, seconds: float
) -> tuple[Ended, float, float, float]:
    """What became of them, p99 before and meanwhile, and bytes of memory each."""
    game = await open_hunt(server, SIMPLE)
    kinds = ("silent", "header", "silent", "frame")
    async with beating(server.port, game.codes["terns"]) as heart:
        await asyncio.sleep(2.0)
        quiet_s, base = await heart.p99_s(), server.rss_bytes()
        idlers = await asyncio.to_thread(
            lambda: [Idler(server.port, kinds[n % len(kinds)]) for n in range(count)]
        )
        await asyncio.sleep(0.5)  # The kernel took them; now the server does.
        each = (server.rss_bytes() - base) / count
        ended = await asyncio.to_thread(watch, idlers, seconds)
        busy_s = await heart.p99_s()
    return ended, quiet_s, busy_s, each


def test_t11_half_open_connections_hold_nobody_up(tmp_path: Path, proof: Proof) -> None:
    count = proof.size(ci=4_000, long=9_000)
    proof.claims(
        "T11 half-open and slowloris",
        f"{count:,} connections that say nothing or trickle are ended within"
        f" {HANDSHAKE_S:.0f} + 1 s, after the handshake {FIRST_MESSAGE_S:.0f} + 1 s;"
        " players are answered as before",
    )
    if not has_files(proof, count + 1_000):
        return
    seconds = FIRST_MESSAGE_S + CLOSE_S + 5

    async def scenario() -> None:
        async with WatchedServer(tmp_path / "cairn.db") as server:
            ended, quiet_s, busy_s, each = await besieged(server, count, seconds)
        proof.tried(count)
        latest = ended.latest_s
        proof.figure(
            f"last ones gone after {latest['silent']:.1f} s (silent), {latest['header']:.1f} s"
            f" (headers), {latest['frame']:.1f} s (frames); p99 {quiet_s * 1e3:.1f} ->"
            f" {busy_s * 1e3:.1f} ms; {each / 1024:.0f} KiB each"
        )
        proof.expect(ended.alive == 0, f"{ended.alive} are still there")
        for kind, limit_s in (
            ("silent", HANDSHAKE_S),
            ("header", HANDSHAKE_S),
            ("frame", FIRST_MESSAGE_S),
        ):
            proof.expect(latest[kind] <= limit_s + LATE_S, f"{kind}: {latest[kind]:.1f} s")
        proof.expect(ended.codes == {4506}, f"close codes {ended.codes}")
        proof.expect(worse(quiet_s, busy_s) < 10, f"p99 {busy_s * 1e3:.1f} ms")
        proof.expect(each < 65_536, f"each takes {each / 1024:.0f} KiB")
        async with WatchedServer(tmp_path / "patient.db", "patient") as server:
            ended, _, _, _ = await besieged(server, 100, HANDSHAKE_S + 2)
        proof.bites("a handshake without a deadline", ended.alive >= 50)

    run(scenario(), limit_s=240)
