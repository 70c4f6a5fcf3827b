"""One server for `bench.py capacity`, with players on it, and what they cost it."""

import asyncio
import json
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from math import ceil
from pathlib import Path
from statistics import median

from msgspec import Struct
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from scripts.bench_children import GM_TOKEN, Child, cairn
from scripts.bench_claims import HUNT, seed_hunt, start_hunt
from scripts.bench_connections import plan
from scripts.load import OFFSET, QUIET_S, Load
from scripts.load_figures import Phase
from scripts.load_frames import Claims, JsonEncoding, masked
from scripts.load_generator import Generator, Players, generator
from server.protocol import JSON_SUBPROTOCOL

TEAM_SIZE = 4
"""Players of a team where several are: what `loadtest.py` plays with, too."""

WARM_SHARE = 0.2
"""Of the measured seconds that claims come before: what happens for the first time costs more."""

PARTS = 3
"""Parts of a measurement; the median of their p99 counts, so that one hiccup of the machine does not."""

WALKERS = 40
"""Phones that send positions."""

Point = dict[str, float]
"""Figures at one size; `x` is the size."""


class Bench(Struct, frozen=True):
    """What all scenes share."""

    load: Path | None
    """The load generator in C; None: it is the one in Python."""
    folder: Path | None
    rate_per_s: float
    seconds: float
    idle_s: float
    """Seconds in which it is measured what a server does for players who do nothing."""
    rounds: int
    """Announcements of each size; the median counts."""
    faults: list[str]
    """What must not happen and did, in words."""

    @property
    def claims(self) -> int:
        """Claims of one measurement, those before it included."""
        warm_s = WARM_SHARE * self.seconds
        return int(self.rate_per_s * warm_s) + PARTS * ceil(self.rate_per_s * self.seconds / PARTS)


class Scene:
    """A server with a hunt under way and players who have joined."""

    def __init__(self, bench: Bench, child: Child, load: Generator, codes: Sequence[str]) -> None:
        self.child = child
        self.load = load
        self.codes = codes
        """Of all teams, also of those that nobody joined."""
        self.accepted = 0
        self._bench = bench

    @property
    def mib(self) -> float:
        """MiB of memory that the server holds."""
        return self.child.memory_kib() / 1_024

    def idle_share(self) -> float:
        """The share of a core, 0 to 1, that the server takes for players who do nothing."""
        used_s, started = self.child.cpu_s(), time.perf_counter()
        time.sleep(self._bench.idle_s)
        return (self.child.cpu_s() - used_s) / (time.perf_counter() - started)

    def claims(self, idle_share: float, per_s: float = 0.0) -> Point:
        """What a claim costs at a steady rate, without what the server takes anyway.

        Args:
            idle_share: What it takes anyway.
            per_s: Claims a second; 0: as many as usual.

        Raises:
            LoadFailed: the server did not do its part.
        """
        per_s, seconds = per_s or self._bench.rate_per_s, self._bench.seconds
        self.note(self.load.open_loop(per_s, WARM_SHARE * seconds))
        # Before each part the load waits until it hears nothing for a while. Leaderboards to many phones
        # go on for longer; what they take while it waits is no claim's.
        between_share = self.idle_share()
        used_s, started = self.child.cpu_s(), time.perf_counter()
        phases = [self.load.open_loop(per_s, seconds / PARTS) for _ in range(PARTS)]
        took_s = time.perf_counter() - started
        claiming_s = sum(phase.seconds + phase.drain_s for phase in phases)
        unquiet_s = max(0.0, took_s - claiming_s - PARTS * QUIET_S)
        anyway_s = idle_share * (took_s - unquiet_s) + between_share * unquiet_s
        used_s = max(0.0, self.child.cpu_s() - used_s - anyway_s)
        for phase in phases:
            self.note(phase)
        return {
            "cpu_us": 1e6 * used_s / max(1, sum(phase.accepted for phase in phases)),
            "cpu_share": used_s / claiming_s,
            "p99_ms": 1_000 * median(phase.answers.p99_s or 0.0 for phase in phases),
        }

    def note(self, phase: Phase) -> None:
        """Keep count of what was accepted: all of it must be in the database."""
        self.accepted += phase.accepted
        if phase.refused:
            self._bench.faults.append(f"{phase.refused} claims were refused")

    def position_us(self, idle_share: float) -> float:
        """Microseconds of the server's time that a phone's position costs."""
        encoding = JsonEncoding()
        address, bench = self.child.address, self._bench
        with Walkers(address, encoding, Claims(encoding, 1)) as walkers:
            walkers.connect(self.codes[:WALKERS], "/ws", lambda: None)
            walkers.quieten()
            used_s, started = self.child.cpu_s(), time.perf_counter()
            sent = walkers.walk(bench.rate_per_s, bench.seconds)
            took_s = time.perf_counter() - started
            used_s = self.child.cpu_s() - used_s - idle_share * took_s
        return 1e6 * max(0.0, used_s) / sent


class Walkers(Load):
    """Phones that only say where they are."""

    def walk(self, per_s: float, seconds: float) -> int:
        """Send so many positions a second for so long; returns how many were sent."""
        count, started = max(1, int(per_s * seconds)), time.perf_counter()
        for sent in range(count):
            while (left_s := started + sent / per_s - time.perf_counter()) > 0:
                self._pump(left_s, 0.0)
            message = {"t": "position", "lat": 57.7 + sent / 1e6, "lon": 11.9, "accuracy": 12.5}
            data = json.dumps(message, separators=(",", ":")).encode()
            connection = self._connections[sent % len(self._connections)]
            connection.socket.sendall(masked(self._encoding.opcode, data))
        self.quieten()
        return count


@contextmanager
def scene(bench: Bench, size: tuple[int, int, int], child: Child, folder: Path) -> Iterator[Scene]:
    """Seed and start a hunt on a server, and let players join, spread over the first teams.

    Args:
        bench: What all scenes share.
        size: How many players, teams and locations.
        child: The server, on `bench.db` in the folder.
        folder: Of this scene.

    Raises:
        LoadFailed: they were not all welcomed.
    """
    players, teams, locations = size
    url = f"ws://{child.address[0]}:{child.address[1]}"
    codes = asyncio.run(seed_hunt(url, plan(teams, locations)))
    asyncio.run(start_hunt(url))
    each = [codes[index % teams] for index in range(players)]
    with generator(
        bench.load, Players(child.address, "json", "/ws", each, locations), folder
    ) as load:
        result = Scene(bench, child, load, codes)
        yield result
    child.stop()
    saved = _finds(folder / "bench.db")
    if saved != result.accepted:
        bench.faults.append(f"{result.accepted:,} claims accepted, {saved:,} in the database")


@contextmanager
def on_a_server(bench: Bench, players: int, teams: int, locations: int) -> Iterator[Scene]:
    """The same on a server of its own, on an empty database."""
    with (
        tempfile.TemporaryDirectory(dir=bench.folder) as name,
        cairn(Path(name)) as child,
        scene(bench, (players, teams, locations), child, Path(name)) as result,
    ):
        yield result


@contextmanager
def looked_at(child: Child) -> Iterator[None]:
    """A game master's console and a big screen look on while the block runs."""
    url = f"ws://{child.address[0]}:{child.address[1]}/ws"
    subprotocols = [Subprotocol(JSON_SUBPROTOCOL)]
    with ExitStack() as lines:
        for opening in ({"t": "gm", "token": GM_TOKEN, "hunt": HUNT}, {"t": "watch", "hunt": HUNT}):
            line = lines.enter_context(connect(url, subprotocols=subprotocols, max_size=None))
            line.send(json.dumps(opening))
            line.recv()
            threading.Thread(target=_read_all, args=(line,), daemon=True).start()
        yield


def _read_all(line: ClientConnection) -> None:
    with suppress(ConnectionClosed):  # The block has ended.
        while True:
            line.recv()


def _finds(db: Path) -> int:
    """Finds of the benchmark's own hunt in the journal of a server that has ended."""
    with closing(sqlite3.connect(db)) as connection:
        sql = "SELECT count(*) FROM events WHERE kind = 'location_found' AND hunt = ?"
        return int(connection.execute(sql, (HUNT,)).fetchone()[0])


def places_for(sizes: Sequence[tuple[int, int]], claims: int) -> int:
    """How many locations there must be so that no two players of a team claim the same one.

    Every player claims one location after the other from an own first one. `sizes` are players and
    teams; so many claims are spread over all players.
    """
    most = max(ceil(claims / teams) for _, teams in sizes)
    places = 2 * most + 1
    while not all(_is_apart(players, teams, claims, places) for players, teams in sizes):
        places += 1
    return places


def _is_apart(players: int, teams: int, claims: int, places: int) -> bool:
    each = ceil(claims / players) + 1 + PARTS  # Each part begins with the first players.
    steps = range(teams, players, teams)
    gaps = ((OFFSET * step) % places for step in steps)
    return all(each <= gap <= places - each for gap in gaps)
