"""The experiment behind `bench.py claims`: one run, Cairn and then the echo, never both at once."""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from math import ceil
from pathlib import Path
from typing import Any

from msgspec import Struct

from scripts.bench_children import GM_TOKEN, Child, cairn, cores, echo, on_core
from scripts.load import Load
from scripts.load_connection import LoadFailed, Measured
from scripts.load_frames import CODE, ENCODINGS, Claims, location_id
from server.client import Client, game_master

CLAIMS_PER_S_MAX = 150_000
"""Claims a second for which there are locations: more than a core can answer, echo included."""

LOCATIONS_MAX = 20_000
"""Locations of the largest plan that a server takes."""

HUNT = "bench"


class Settings(Struct, frozen=True):
    """What to measure."""

    connections: int
    depths: tuple[int, ...]
    seconds: float
    open_connections: int
    open_rate_per_s: float
    """0: no open loop."""
    encoding: str
    echo_loop: str = "asyncio"
    folder: Path | None = None
    """Where the temporary database goes; None: where the system keeps temporary files."""


class Sample(Struct, frozen=True):
    """One phase against one server."""

    measured: Measured
    server_busy: float
    """Share of the time, 0 to 1, that the server's core worked for it. Well below 1 under a closed
    loop, something else was the limit: the load's core, or other programs on this machine."""
    load_busy: float
    """The same of the load generator's core."""

    @property
    def per_s(self) -> float:
        """Answers a second."""
        return self.measured.answered / self.measured.seconds


class Run(Struct, frozen=True):
    """One run: phase name -> the two servers' samples, and whether nothing was lost."""

    cairn: dict[str, Sample]
    echo: dict[str, Sample]
    accepted: int
    """Claims that clients saw accepted."""
    journaled: int
    """Finds in the database afterwards."""


Tell = Callable[[str, float], None]
"""Told what is being done, and how much of the run (0 to 1) that step is."""


def one_run(settings: Settings, tell: Tell) -> Run:
    """Measure once.

    Raises:
        LoadFailed, CannotStart: a server did not do its part.
    """
    _, core = cores()
    cairns: dict[str, Sample] = {}
    echoes: dict[str, Sample] = {}
    accepted = journaled = 0
    with on_core(core):
        for is_open in (False, True) if settings.open_rate_per_s else (False,):
            with tempfile.TemporaryDirectory(dir=settings.folder) as folder:
                found, saved = _measure_cairn(settings, is_open, Path(folder), cairns, tell)
                accepted, journaled = accepted + found, journaled + saved
                _measure_echo(settings, is_open, Path(folder), echoes, tell)
    return Run(cairns, echoes, accepted, journaled)


def phase_names(settings: Settings) -> list[str]:
    """The phases in order: `depth 1`, `depth 8`, `open loop`."""
    closed = [f"depth {depth}" for depth in settings.depths]
    return [*closed, "open loop"] if settings.open_rate_per_s else closed


def plan(settings: Settings, is_open: bool) -> dict[str, Any]:
    """A hunt with a team for each connection, and more locations than it can find in time."""
    teams = settings.open_connections if is_open else settings.connections
    return {
        "version": 1,
        "hunt": HUNT,
        "title": "Benchmark",
        "scoring": {"finder_bonus": [20, 10, 5]},
        "teams": {"count": teams},
        "locations": [
            {"id": location_id(index), "name": f"Place {index}", "code": CODE, "points": 10}
            for index in range(_locations(settings, is_open))
        ],
    }


def _locations(settings: Settings, is_open: bool) -> int:
    if is_open:
        claims = settings.open_rate_per_s * settings.seconds
        return min(LOCATIONS_MAX, ceil(claims / settings.open_connections) + 1)
    claims = CLAIMS_PER_S_MAX * settings.seconds * len(settings.depths)
    return min(LOCATIONS_MAX, ceil(claims / settings.connections))


def _measure_cairn(
    settings: Settings, is_open: bool, folder: Path, samples: dict[str, Sample], tell: Tell
) -> tuple[int, int]:
    document = plan(settings, is_open)
    with cairn(folder) as child:
        tell("Cairn: seeding", 0.0)
        url = f"ws://{child.address[0]}:{child.address[1]}"
        codes = asyncio.run(seed_hunt(url, document))
        with _load(settings, is_open, child) as load:
            each = 1.0 / len(codes)
            load.connect(codes, "/ws", lambda: tell("Cairn: joining", each))
            asyncio.run(start_hunt(url))
            _phases(settings, is_open, "Cairn", child, load, samples, tell)
        child.stop()
    accepted = sum(
        sample.measured.accepted
        for name, sample in samples.items()
        if (name == "open loop") is is_open
    )
    return accepted, _finds(folder / "bench.db")


def _measure_echo(
    settings: Settings, is_open: bool, folder: Path, samples: dict[str, Sample], tell: Tell
) -> None:
    count = settings.open_connections if is_open else settings.connections
    with echo(folder, settings.echo_loop) as child:
        with _load(settings, is_open, child) as load:
            load.connect_to_echo(count, lambda: tell("Echo: connecting", 1.0 / count))
            _phases(settings, is_open, "Echo", child, load, samples, tell)
        child.stop()


@contextmanager
def _load(settings: Settings, is_open: bool, child: Child) -> Iterator[Load]:
    encoding = ENCODINGS[settings.encoding]()
    with Load(child.address, encoding, Claims(encoding, _locations(settings, is_open))) as load:
        yield load


def _phases(
    settings: Settings,
    is_open: bool,
    who: str,
    child: Child,
    load: Load,
    samples: dict[str, Sample],
    tell: Tell,
) -> None:
    load.quieten()
    for depth in (0,) if is_open else settings.depths:
        name = f"depth {depth}" if depth else "open loop"
        tell(f"{who}: {name}", 0.0)
        server_s, load_s = child.cpu_s(), time.process_time()
        if depth:
            measured = load.closed_loop(depth, settings.seconds)
        else:
            measured = load.open_loop(settings.open_rate_per_s, settings.seconds)
        server_s, load_s = child.cpu_s() - server_s, time.process_time() - load_s
        took_s = measured.seconds + measured.drain_s
        samples[name] = Sample(measured, min(1.0, server_s / took_s), min(1.0, load_s / took_s))
        tell(f"{who}: {name}", 1.0)


async def seed_hunt(url: str, document: dict[str, Any]) -> list[str]:
    """Put a plan in force; the teams' join codes."""
    async with Client(url, game_master(GM_TOKEN)) as staff:
        seeded = await staff.request({"t": "seed", "plan": document})
        await staff.saved()
        if seeded["t"] == "accepted":
            return [team["code"] for team in seeded["teams"]]
        if seeded["reason"] != "already_applied":
            raise LoadFailed(f"the benchmark's plan was refused: {seeded}")
    # The codes of thousands of teams may not fit into a game master's outbox beside what else is
    # told of a new hunt: the connection ends, and the next one asks for them again.
    async with Client(url, game_master(GM_TOKEN, document["hunt"])) as staff:
        cards = await staff.request({"t": "cards"})
        if cards["t"] != "accepted":
            raise LoadFailed(f"the join codes cannot be had: {cards}")
        return [team["code"] for team in cards["teams"]]


async def start_hunt(url: str) -> None:
    """Let the teams of that plan claim."""
    async with Client(url, game_master(GM_TOKEN, HUNT)) as staff:
        await staff.request({"t": "start"})
        await staff.saved()


def _finds(db: Path) -> int:
    """Finds in the journal of a server that has ended."""
    with closing(sqlite3.connect(db)) as connection:
        query = "SELECT count(*) FROM events WHERE kind = 'location_found'"
        (count,) = connection.execute(query).fetchone()
        return int(count)
