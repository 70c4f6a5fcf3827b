"""A million malformed frames and messages: nothing dies, nothing is kept, others are served."""

import asyncio
import contextlib
import json
import random
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from actors.domain.hunt import ANNOUNCEMENTS_MAX
from scripts.load_frames import BINARY, PING, PONG, masked
from server.protocol import MSGPACK_SUBPROTOCOL, encode_map
from tests.integration.clients import Message, run
from tests.integration.games import SIMPLE, Game
from tests.integration.harness import GM_TOKEN
from tests.proofs import garbage
from tests.proofs.ledger import Proof
from tests.proofs.phones import Phone, connect_all, handshake, leave_all, split_frames, text
from tests.proofs.pulse import beating
from tests.proofs.servers import WatchedServer, has_files, open_hunt

pytestmark = pytest.mark.proof

JSON = "cairn.v1.json"
DISTINCT = 150
"""Different blobs of each kind."""

WARM_UP_ENDINGS = 6_000
"""Connections that come and go before memory is measured: until then its pools fill."""

SAID = 12_000
"""Messages that are journaled before that: the database is larger than SQLite's cache of 2 MiB
then, which therefore grows no more."""

SAID_AT_ONCE = 400

GROWTH_MAX = 0.05

PING_HEAD = 0x89
"""The first byte of a ping in one frame (RFC 6455, section 5.2)."""


class Vandal:
    """A blocking socket that is welcomed, then sends garbage; answers are read and dropped."""

    def __init__(self, port: int, opening: Message | None, subprotocol: str = JSON) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=20.0)
        self.sock.sendall(handshake(port, subprotocol))
        data = b""
        while b"\r\n\r\n" not in data:
            data += self.sock.recv(65_536)
        self._rest = data.partition(b"\r\n\r\n")[2]
        self.sent = 7_000_000
        self.welcome = b""
        if opening is not None and subprotocol == JSON:
            self.fire(text(opening))
        elif opening is not None:
            packed = encode_map(subprotocol, opening)
            assert isinstance(packed, bytes)
            self.fire(masked(BINARY, packed))

    def fire(self, data: bytes) -> None:
        """Send, and wait until the server has read it all: it answers the ping behind it."""
        self.sock.sendall(data + masked(PING, b"mark"))
        while True:
            frames, self._rest = split_frames(self._rest + self.sock.recv(262_144))
            self.welcome = self.welcome or next(
                (body for _, body in frames if b'"welcome"' in body[:20]), b""
            )
            for first, body in frames:
                if first == PING_HEAD:  # Of the server's keep-alive, when it takes that long.
                    self.sock.sendall(masked(PONG, body))
            if any(first == 0x8A and body == b"mark" for first, body in frames):
                return
            if any(first == 0x88 for first, body in frames):
                raise ConnectionError(f"closed: {frames[-2:]}")

    def end(self, data: bytes) -> None:
        """Send what must end the connection, and read to its end."""
        with contextlib.suppress(OSError):
            self.sock.sendall(data)
            self.sock.settimeout(0.5)
            self.sock.shutdown(socket.SHUT_WR)
            while self.sock.recv(65_536):
                pass
        self.sock.close()


class Attack:
    """Everything that is thrown at one server."""

    def __init__(self, server: WatchedServer, game: Game) -> None:
        self._port = server.port
        self._chance = random.Random(10)
        player: Message = {"t": "join", "code": game.codes["otters"], "name": "Vandal"}
        staff: Message = {"t": "gm", "token": GM_TOKEN, "hunt": game.hunt}
        self._players = [Vandal(self._port, player) for _ in range(6)]
        self._staff = Vandal(self._port, staff)
        self._packed = Vandal(self._port, player, MSGPACK_SUBPROTOCOL)
        player_again = {"t": "join", "session": self._session_of(player)}
        self._openings: list[Message | None] = [
            None,
            player_again,
            {"t": "watch", "hunt": game.hunt},
        ]
        self._json = garbage.json_blobs("player", 1, DISTINCT)
        self._staff_json = garbage.json_blobs("gm", 2, DISTINCT)
        self._msgpack = garbage.msgpack_blobs("player", 3, DISTINCT)
        self._fatal = [list(garbage.fatal(random.Random(seed))) for seed in range(50)]
        self._ended = 0

    def _session_of(self, player: Message) -> str:
        vandal = Vandal(self._port, player)
        while not vandal.welcome:
            vandal.fire(b"")
        vandal.sock.close()
        return str(json.loads(vandal.welcome)["session"])

    def round(self) -> int:
        """Some of everything; how many frames and messages it was."""
        count = 0
        for vandal in [*self._players, self._staff]:
            blobs = self._staff_json if vandal is self._staff else self._json
            vandal.fire(garbage.numbered(self._chance.choice(blobs), vandal.sent))
            vandal.sent += garbage.BLOB
            count += garbage.BLOB
        self._packed.fire(self._chance.choice(self._msgpack))
        odd = [frame for _ in range(8) for frame in garbage.odd_frames(self._chance)]
        self._players[0].fire(b"".join(odd))
        return count + garbage.BLOB + len(odd)

    def endings(self, count: int) -> int:
        """Connections that are ended by what they send, before and after the first message."""
        for _ in range(count):
            kinds = self._fatal[self._ended // len(self._fatal[0]) % len(self._fatal)]
            data = kinds[self._ended % len(kinds)]
            Vandal(self._port, self._openings[self._ended % 3]).end(data)
            self._ended += 1
        return count

    def throw(self, total: int, say: Callable[[str], None]) -> int:
        """Throw so much; returns how much it was."""
        done = 0
        while done < total:
            for _ in range(20):
                done += self.round()
            done += self.endings(20)
            say(f"{done:,}")
        return done

    def leave(self) -> None:
        for vandal in [*self._players, self._staff, self._packed]:
            vandal.sock.close()


async def fill(server: WatchedServer, game: Game) -> None:
    """Let a hunt hold, and the database's cache keep, as much as they ever do."""
    player = Phone({"t": "join", "code": game.codes["terns"], "name": "Filler"})
    staff = Phone({"t": "gm", "token": GM_TOKEN, "hunt": game.hunt})
    await connect_all([player, staff], server.port)
    for _ in range(ANNOUNCEMENTS_MAX):
        staff.act(t="announce", text="News. " * 20, to="all")
    for _ in range(SAID // SAID_AT_ONCE):
        for _ in range(SAID_AT_ONCE):
            player.act(t="say", text="Something that was said. " * 4)
        assert await player.settled()
    assert await staff.settled()
    await leave_all([player, staff])


async def attacked(
    server: WatchedServer, total: int, proof: Proof
) -> tuple[int, float, float, float]:
    """How much was thrown, growth of memory as a share, and p99 before and meanwhile."""
    game = await open_hunt(server, SIMPLE)
    await game.gm.leave()
    await fill(server, game)
    async with beating(server.port, game.codes["terns"]) as heart:
        attack = await asyncio.to_thread(Attack, server, game)
        await asyncio.sleep(1.0)
        quiet_s = await heart.p99_s()
        await asyncio.to_thread(attack.endings, WARM_UP_ENDINGS)
        await asyncio.to_thread(attack.throw, total // 20, proof.progress)
        before, files = server.rss_bytes(), server.descriptors()
        await heart.latencies()
        thrown = await asyncio.to_thread(attack.throw, total, proof.progress)
        busy_s = await heart.p99_s()
        growth = server.rss_bytes() / before - 1
        proof.expect(server.descriptors() <= files + 5, "descriptors were leaked")
        attack.leave()
        left = await server.connections(1, 20.0)
        proof.expect(left == 1, f"{left - 1} connections are left over")
    return thrown, growth, quiet_s, busy_s


def test_t10_malformed_frames_and_messages_change_nothing(tmp_path: Path, proof: Proof) -> None:
    total = proof.size(ci=1_000_000, long=10_000_000)
    proof.claims(
        "T10 malformed input",
        "broken frames and almost valid messages of players, game masters, watchers and strangers:"
        " no crash, no traceback, memory within 5 %, others are served",
    )
    if not has_files(proof, 1_000):
        return

    async def scenario() -> None:
        async with WatchedServer(tmp_path / "cairn.db") as server:
            thrown, growth, quiet_s, busy_s = await attacked(server, total, proof)
            health, log = await server.health(), server.log.read_text()
            rss = server.rss_bytes()
        proof.tried(thrown)
        proof.figure(
            f"{thrown:,} frames and messages; memory {growth:+.1%} of {rss / 2**20:.0f} MiB; a healthy"
            f" player's p99 {quiet_s * 1e3:.1f} -> {busy_s * 1e3:.1f} ms"
        )
        proof.expect(growth <= GROWTH_MAX, f"memory grew by {growth:.1%}")
        proof.expect(health["actor_failures"] == 0, "an actor failed")
        proof.expect("Traceback" not in log, f"the log holds a traceback: {log[-2000:]}")
        proof.expect(busy_s < 0.5, f"a healthy player waited {busy_s * 1e3:.0f} ms")
        async with WatchedServer(tmp_path / "hoarding.db", "hoarding") as server:
            _, growth, _, _ = await attacked(server, 100_000, proof)
        proof.bites("every frame is kept", growth > GROWTH_MAX)

    run(scenario(), limit_s=proof.size(ci=300, long=3_600))
