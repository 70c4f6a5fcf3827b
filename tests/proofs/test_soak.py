"""A long day, compressed: memory, descriptors and the write-ahead log stay flat.

The day is eight hours of a hunt of 2,000 players: each reports its position every five seconds
(11.5 million), and does something numbered every two minutes (480,000: claims that are wrong or
right, messages to the game masters). Every quarter of an hour a tenth of them come back on a new
connection, and every two hours a side hunt is seeded anew.
"""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec import Struct

from tests.integration.clients import Message, run
from tests.integration.games import location, plan
from tests.proofs.ledger import Proof
from tests.proofs.phones import Phone, connect_all, leave_all, settle_all, text
from tests.proofs.servers import WatchedServer, has_files, open_hunt

pytestmark = pytest.mark.proof

HOURS = 8.0
PLAYERS = 2_000
POSITIONS = PLAYERS * 3_600 * 8 // 5
NUMBERED = PLAYERS * 30 * 8
STEPS = 32
"""Quarters of an hour; memory is looked at after each."""

PLACES = 10
"""Few, so that each team has soon tried or found all of them: that much state is the hunt's own."""

WAL_BYTES_MAX = 67_108_864
SLOPE_MAX = 1.0
"""MB an hour, on a run of the whole day's volume."""

NOISE_BYTES = 4_000_000
"""By which the pools of Python and SQLite may still move after the warm-up, whatever the volume."""


class Sample(Struct):
    """The server after one step."""

    messages: int
    rss: int
    descriptors: int
    wal: int


class Day:
    """The players of one server's day."""

    def __init__(self, server: WatchedServer, share: float) -> None:
        self._server = server
        self._share = share
        self._chance = random.Random(20)
        self._players = max(100, int(PLAYERS * min(1.0, share * 10)))
        self.sent = 0
        self.samples: list[Sample] = []

    def _document(self, hunt: str) -> Message:
        places = [location(f"place-{n}") for n in range(PLACES)]
        return plan(places, {"count": self._players // 10, "size_max": 20}, hunt)

    async def open(self) -> None:
        """Seed, and let everybody in."""
        game = await open_hunt(self._server, self._document("day"))
        codes = list(game.codes.values())
        self._phones = [
            Phone({"t": "join", "code": codes[n % len(codes)], "name": f"Player {n}"})
            for n in range(self._players)
        ]
        await connect_all(self._phones, self._server.port)
        await game.gm.leave()
        lat_lon = ({"lat": 57 + n / 10_000, "lon": 11.9, "accuracy": 8.5} for n in range(200))
        self._positions = [text({"t": "position", **one}) for one in lat_lon]

    async def step(self) -> None:
        """A quarter of an hour."""
        positions, numbered = (int(n * self._share / STEPS) for n in (POSITIONS, NUMBERED))
        bursts = 20
        for _ in range(bursts):
            each = max(1, positions // bursts // len(self._phones))
            burst = b"".join(self._chance.choice(self._positions) for _ in range(each))
            for phone in self._phones:
                assert phone.line is not None
                phone.line.send(burst)
            self.sent += each * len(self._phones)
            await self._act(numbered // bursts)
        await self._churn()
        self.samples.append(self._sample())

    async def _act(self, count: int) -> None:
        acting = self._chance.choices(self._phones, k=count)
        for phone in acting:
            place = f"place-{self._chance.randrange(PLACES)}"
            code = place.upper() if self._chance.random() < 0.1 else "wrong"
            if self._chance.random() < 0.7:
                phone.act(t="claim", location=place, code=code)
            else:
                phone.act(t="say", text="How far is it to the ferry?")
        self.sent += count
        assert await settle_all(acting) == 0

    async def _churn(self) -> None:
        """A tenth come back on a new connection; now and then a side hunt is seeded anew."""
        back = self._chance.sample(self._phones, len(self._phones) // 10)
        for phone in back:
            phone.vanish()
        await connect_all(back, self._server.port)
        for phone in self._phones:
            phone.answers.clear()
        if len(self.samples) % 8 == 7:
            admin = await self._server.game_master()
            await admin.done("seed", plan=self._document("side"), replace=True)
            await admin.leave()

    def _sample(self) -> Sample:
        server = self._server
        wal = server.db.with_name(server.db.name + "-wal").stat().st_size
        return Sample(self.sent, server.rss_bytes(), server.descriptors(), wal)

    async def close(self) -> None:
        await leave_all(self._phones)


def slope_bytes(samples: Sequence[Sample]) -> float:
    """Bytes of memory a message, by least squares."""
    mean_x = sum(one.messages for one in samples) / len(samples)
    mean_y = sum(one.rss for one in samples) / len(samples)
    spread = sum((one.messages - mean_x) ** 2 for one in samples)
    return sum((one.messages - mean_x) * (one.rss - mean_y) for one in samples) / spread


async def day(server: WatchedServer, share: float, steps: int, proof: Proof) -> list[Sample]:
    """Samples of the steady half: until then, connections that come and go fill pools."""
    playing = Day(server, share)
    await playing.open()
    for number in range(steps):
        await playing.step()
        proof.progress(f"{number + 1} of {steps}")
    await playing.close()
    return playing.samples[steps // 2 :]


def growth_bytes(samples: Sequence[Sample]) -> float:
    """How much memory grew over the samples, by their slope."""
    return slope_bytes(samples) * (samples[-1].messages - samples[0].messages)


def test_t20_a_long_day_leaves_memory_flat(tmp_path: Path, proof: Proof) -> None:
    share = 1.0 if proof.is_long else 1 / 20
    proof.claims(
        "T20 soak",
        f"the messages of {HOURS:.0f} hours of {PLAYERS:,} players"
        + ("" if proof.is_long else ", a twentieth of them")
        + ": memory and descriptors stay flat, the write-ahead log under 64 MiB",
    )
    if not has_files(proof, PLAYERS + 1_000):
        return

    async def scenario() -> None:
        async with WatchedServer(tmp_path / "cairn.db") as server:
            samples = await day(server, share, STEPS, proof)
            health = await server.health()
        growth, wal = growth_bytes(samples), max(one.wal for one in samples)
        files = [one.descriptors for one in samples]
        proof.tried(samples[-1].messages)
        per_hour = slope_bytes(samples) * (POSITIONS + NUMBERED) / HOURS / 1e6
        proof.figure(
            f"{samples[-1].messages:,} messages, {health['journal_position']:,} records; memory"
            f" {samples[0].rss / 2**20:.1f} -> {samples[-1].rss / 2**20:.1f} MiB, slope"
            f" {growth / 1e6:+.2f} MB in all ({per_hour:+.1f} MB/h of that day); descriptors"
            f" {min(files)} to {max(files)}; log up to {wal / 2**20:.0f} MiB"
        )
        allowed = SLOPE_MAX * HOURS * 1e6 * share + NOISE_BYTES
        proof.expect(growth <= allowed, f"memory grew by {growth / 1e6:.1f} MB")
        proof.expect(max(files) - min(files) <= 5, f"descriptors: {files}")
        proof.expect(wal < WAL_BYTES_MAX, f"the write-ahead log grew to {wal} bytes")
        proof.expect(health["actor_failures"] == 0, "an actor failed")
        async with WatchedServer(tmp_path / "leaking.db", "leaking") as server:
            leaked = growth_bytes(await day(server, 1 / 20, STEPS, proof))
        proof.bites("a hundred bytes are kept of every message", leaked > 2 * allowed)

    run(scenario(), limit_s=proof.size(ci=300, long=7_200))
