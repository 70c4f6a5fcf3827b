"""The experiment behind `bench.py claims`: one run, Cairn and then its anchors, one at a time."""

import asyncio
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from math import ceil
from pathlib import Path
from typing import Any

from msgspec import Struct

from scripts.bench_children import (
    GM_TOKEN,
    Child,
    c_echo,
    cairn,
    compiled,
    cores,
    echo,
    floor,
    on_core,
)
from scripts.load_connection import LoadFailed
from scripts.load_figures import Phase
from scripts.load_frames import CODE, location_id
from scripts.load_generator import ECHO_SUFFIX, Generator, Players, generator, name, program
from server.client import Client, game_master

CLAIMS_PER_S_MAX = 150_000
"""Claims a second for which there are locations: more than Cairn can answer on a core."""

LOCATIONS_MAX = 20_000
"""Locations of the largest plan that a server takes."""

ECHO_LOCATIONS = 99_999
"""Locations that an echo hears of, which needs no plan: as many as an id has digits for."""

HUNT = "bench"

OPEN_LOOP = "open loop"
"""The name of that phase; the others are named after their depth."""

SERVERS = {
    "cairn": "Cairn",
    "callback": "callback echo",
    "callback_uvloop": "callback, uvloop",
    "echo": "coroutine echo",
    "c_echo": "C echo",
    "frames": "frames alone",
    "wire": "frames, wire",
    "journal": "frames, wire, journal",
}
"""Cairn and its anchors, in the order of the table, and how that calls them."""

ANCHORS = ("callback", "echo", "c_echo")
"""Those that are measured without being asked for."""

FLOORS = ("frames", "wire", "journal")
"""Those that are made of Cairn's own parts, without what decides; see `scripts/bench_floor.py`."""


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
    """Of the coroutine echo."""
    folder: Path | None = None
    """Where the temporary database goes; None: where the system keeps temporary files."""
    anchors: tuple[str, ...] = ANCHORS
    generator: str = "auto"
    """See `load_generator.KINDS`."""


class Sample(Struct, frozen=True):
    """One phase against one server."""

    phase: Phase
    server_busy: float
    """Share of the time, 0 to 1, that the server's core worked for it. Well below 1 under a closed
    loop, something else was the limit: the load's core, or other programs on this machine."""


class Run(Struct, frozen=True):
    """One run: server -> phase name -> sample, and whether nothing was lost."""

    samples: dict[str, dict[str, Sample]]
    generator: str
    """Which one made the load, in words."""
    accepted: int
    """Claims that clients saw accepted."""
    journaled: int
    """Finds in the database afterwards."""


Tell = Callable[[str, float], None]
"""Told what is being done, and how much of the run (0 to 1) that step is."""


class Programs(Struct, frozen=True):
    """The benchmark's own, compiled; None: there is no compiler, or no wish for it."""

    load: Path | None
    c_echo: Path | None


class _Part(Struct, frozen=True):
    """The closed loops of a run, or its open loop: what all servers are measured with."""

    settings: Settings
    is_open: bool
    folder: Path
    programs: Programs
    samples: dict[str, dict[str, Sample]]
    tell: Tell


def one_run(settings: Settings, tell: Tell) -> Run:
    """Measure once.

    Raises:
        LoadFailed, CannotStart: a server did not do its part.
    """
    _, core = cores()
    samples: dict[str, dict[str, Sample]] = {}
    accepted = journaled = 0
    with on_core(core), tempfile.TemporaryDirectory(dir=settings.folder) as built:
        programs = _programs(settings, Path(built))
        for is_open in (False, True) if settings.open_rate_per_s else (False,):
            with tempfile.TemporaryDirectory(dir=settings.folder) as folder:
                part = _Part(settings, is_open, Path(folder), programs, samples, tell)
                found, saved = _measure_cairn(part)
                accepted, journaled = accepted + found, journaled + saved
                for anchor in settings.anchors:
                    _measure_anchor(part, anchor)
    return Run(samples, name(programs.load), accepted, journaled)


def _programs(settings: Settings, folder: Path) -> Programs:
    wants_echo = "c_echo" in settings.anchors
    return Programs(
        program(settings.generator, folder),
        compiled("bench_echo.c", folder) if wants_echo else None,
    )


def phase_names(settings: Settings) -> list[str]:
    """The phases in order: `depth 1`, `depth 8`, `open loop`."""
    closed = [f"depth {depth}" for depth in settings.depths]
    return [*closed, OPEN_LOOP] if settings.open_rate_per_s else closed


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
            for index in range(locations(settings, is_open))
        ],
    }


def locations(settings: Settings, is_open: bool) -> int:
    """How many there are: more than each team can find in time."""
    if is_open:
        claims = settings.open_rate_per_s * settings.seconds
        return min(LOCATIONS_MAX, ceil(claims / settings.open_connections) + 1)
    claims = CLAIMS_PER_S_MAX * settings.seconds * len(settings.depths)
    return min(LOCATIONS_MAX, ceil(claims / settings.connections))


def _measure_cairn(part: _Part) -> tuple[int, int]:
    """Claims that were accepted, and finds in the database."""
    document = plan(part.settings, part.is_open)
    with cairn(part.folder) as child:
        part.tell("Cairn: seeding", 0.0)
        url = f"ws://{child.address[0]}:{child.address[1]}"
        codes = asyncio.run(seed_hunt(url, document))
        part.tell("Cairn: joining", 0.0)
        count = locations(part.settings, part.is_open)
        players = Players(child.address, part.settings.encoding, "/ws", codes, count)
        with generator(part.programs.load, players, part.folder) as load:
            part.tell("Cairn: joined", 1.0)
            asyncio.run(start_hunt(url))
            _phases(part, "cairn", child, load)
        child.stop()
    return _accepted(part, "cairn"), _finds(part.folder / "bench.db")


def _accepted(part: _Part, who: str) -> int:
    """Messages that were answered in this part of the run."""
    return sum(
        sample.phase.accepted
        for phase, sample in part.samples[who].items()
        if (phase == OPEN_LOOP) is part.is_open
    )


def _measure_anchor(part: _Part, who: str) -> None:
    settings = part.settings
    if who == "c_echo" and part.programs.c_echo is None:
        part.tell("No C compiler, no C echo", 1.0 + _steps(part))
        return
    count = settings.open_connections if part.is_open else settings.connections
    with _anchor(part, who) as child:
        part.tell(f"{SERVERS[who]}: connecting", 0.0)
        wire = settings.encoding + ECHO_SUFFIX
        players = Players(child.address, wire, "/ws", [""] * count, ECHO_LOCATIONS)
        with generator(part.programs.load, players, part.folder) as load:
            part.tell(f"{SERVERS[who]}: connected", 1.0)
            _phases(part, who, child, load)
        child.stop()
    if who == "journal":
        _check_floor(part)


def _check_floor(part: _Part) -> None:
    """Nothing may be left out of what the journal's price is measured with."""
    asked = _accepted(part, "journal")
    saved = _finds(part.folder / "floor.db")
    if saved != asked:
        raise LoadFailed(f"{asked} messages were answered, and only {saved} are in the database")


def _anchor(part: _Part, who: str) -> AbstractContextManager[Child]:
    if who == "c_echo":
        assert part.programs.c_echo is not None
        return c_echo(part.programs.c_echo, part.folder)
    if who in FLOORS:
        return floor(part.folder, who)
    if who == "echo":
        return echo(part.folder, part.settings.echo_loop)
    return echo(part.folder, "uvloop" if who == "callback_uvloop" else "asyncio", True)


def _steps(part: _Part) -> int:
    return 1 if part.is_open else len(part.settings.depths)


def _phases(part: _Part, who: str, child: Child, load: Generator) -> None:
    settings = part.settings
    for depth in (0,) if part.is_open else settings.depths:
        phase = f"depth {depth}" if depth else OPEN_LOOP
        part.tell(f"{SERVERS[who]}: {phase}", 0.0)
        server_s = child.cpu_s()
        if depth:
            measured = load.closed_loop(depth, settings.seconds)
        else:
            measured = load.open_loop(settings.open_rate_per_s, settings.seconds)
        server_s = child.cpu_s() - server_s
        busy = min(1.0, server_s / (measured.seconds + measured.drain_s))
        part.samples.setdefault(who, {})[phase] = Sample(measured, busy)
        part.tell(f"{SERVERS[who]}: {phase}", 1.0)


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
