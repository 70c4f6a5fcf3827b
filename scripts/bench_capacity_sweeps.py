"""What `bench.py capacity` lets grow, one thing at a time, and what is measured meanwhile."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import ceil
from pathlib import Path

from msgspec import Struct

from scripts.bench_capacity_scene import (
    PARTS,
    TEAM_SIZE,
    WARM_SHARE,
    Bench,
    Point,
    looked_at,
    on_a_server,
    places_for,
    scene,
)
from scripts.bench_children import Child, cairn
from scripts.bench_fanout import gathered
from scripts.bench_journal import Season
from scripts.bench_recovery import watch

TEAMS = 400
"""Teams, of a player each, where something else grows."""

LOCATIONS = 100
"""Locations where something else grows: those of a large hunt."""

CLOSED_PER_S = 40_000
"""Finds a second that are aimed at while finds pile up: about what a server takes when saturated."""

CLOSED_DEPTH = 8

CLOSED_S_MIN = 0.02
"""Seconds of one step on that way at least."""

FOUND_ENOUGH = 0.9
"""Of so many finds as wanted: the next step would only overshoot."""

FINDS_LOCATIONS_MAX = 20_000
"""Locations of the largest plan."""


class Sweep(Struct, frozen=True):
    """One thing that grows."""

    name: str
    across: str
    """What grows, for an axis."""
    sizes: tuple[int, ...]
    quick: tuple[int, ...]
    measure: Callable[[Bench, Sequence[int]], Iterator[Point]]


def players(bench: Bench, sizes: Sequence[int]) -> Iterator[Point]:
    """More players, in teams of four: claims, positions, memory."""
    shapes = [(size, ceil(size / TEAM_SIZE)) for size in sizes]
    places = places_for(shapes, bench.claims)
    for size, teams in shapes:
        with on_a_server(bench, size, teams, places) as one:
            point: Point = {"x": size, "idle_share": one.idle_share(), "mib": one.mib}
            # Before the claims, whose leaderboards are under way to many phones for seconds.
            point["position_us"] = one.position_us(point["idle_share"])
            yield point | one.claims(point["idle_share"])


def teams(bench: Bench, sizes: Sequence[int]) -> Iterator[Point]:
    """More teams, of which the same ones play; then also with a console and a big screen."""
    for size in sizes:
        with on_a_server(bench, min(size, TEAMS), size, _places(bench, size, 2)) as one:
            point: Point = {"x": size, "mib": one.mib} | one.claims(one.idle_share())
            with looked_at(one.child):
                watched = one.claims(one.idle_share())
            yield point | {"watched_us": watched["cpu_us"]}


def locations(bench: Bench, sizes: Sequence[int]) -> Iterator[Point]:
    """More locations, of which each is found by fewer teams."""
    for size in sizes:
        # All claims of so few locations need so many teams.
        count = max(TEAMS, ceil(bench.claims / max(1, size - 1 - PARTS)))
        with on_a_server(bench, count, count, size) as one:
            yield {"x": size, "mib": one.mib} | one.claims(one.idle_share())


def finds(bench: Bench, sizes: Sequence[int]) -> Iterator[Point]:
    """More finds in the hunt that is played, all on one server."""
    places = min(
        FINDS_LOCATIONS_MAX, 2 * ceil(max(sizes) / TEAMS) + _places(bench, TEAMS, len(sizes))
    )
    with on_a_server(bench, TEAMS, TEAMS, places) as one:
        idle = one.idle_share()
        for size in sizes:
            while one.accepted < FOUND_ENOUGH * size:
                seconds = max(CLOSED_S_MIN, (size - one.accepted) / CLOSED_PER_S)
                one.note(one.load.closed_loop(CLOSED_DEPTH, seconds))
            point: Point = {"x": one.accepted, "mib": one.mib}
            yield point | one.claims(idle)


def journal(bench: Bench, sizes: Sequence[int]) -> Iterator[Point]:
    """More events in the journal, of other hunts: the start, then claims in a hunt beside them."""
    for size in sizes:
        with tempfile.TemporaryDirectory(dir=bench.folder) as name:
            folder, season = Path(name), Season(size)
            season.write(folder / "bench.db")
            with recovered(folder, season) as (child, point):
                shape = TEAMS, TEAMS, _places(bench, TEAMS, 1)
                with scene(bench, shape, child, folder) as one:
                    yield {"x": size} | point | one.claims(one.idle_share())


@contextmanager
def recovered(folder: Path, season: Season) -> Iterator[tuple[Child, Point]]:
    """A server on a journal that was written there, how long its start took, and its memory then."""
    started = time.perf_counter()
    with cairn(folder) as child:
        watch(child, season.played[-1].hunt)
        took_s = time.perf_counter() - started
        yield child, {"recovery_s": took_s, "recovered_mib": child.memory_kib() / 1_024}


def empty(bench: Bench) -> Point:
    """What a server takes with a hunt of one team, and after a journal of one event."""
    with on_a_server(bench, 1, 1, 1) as one:
        point: Point = {"mib": one.mib}
    with tempfile.TemporaryDirectory(dir=bench.folder) as name:
        season = Season(1)
        season.write(Path(name) / "bench.db")
        with recovered(Path(name), season) as (child, found):
            child.stop()
    return point | found


def phones(bench: Bench, sizes: Sequence[int]) -> Iterator[Point]:
    """More phones that an announcement goes to."""
    for size in sizes:
        with tempfile.TemporaryDirectory(dir=bench.folder) as name, cairn(Path(name)) as child:
            with gathered(child, size) as (load, say):
                used_s = child.cpu_s()
                took_s, _ = load.announcements(say, bench.rounds, 0)
                used_s = child.cpu_s() - used_s
            child.kill()  # Nothing is looked up in its database, and farewells take a while.
        last_s = sorted(took_s)[bench.rounds // 2]
        yield {"x": size, "announce_ms": 1_000 * used_s / bench.rounds, "last_ms": 1_000 * last_s}


def rate(bench: Bench, sizes: Sequence[int]) -> Iterator[Point]:
    """More claims a second, of the same players."""
    seconds = bench.seconds * (1 + WARM_SHARE)
    places = (
        _places(bench, TEAMS, 1) + ceil(sum(sizes) * seconds / TEAMS) + (1 + PARTS) * len(sizes)
    )
    with on_a_server(bench, TEAMS, TEAMS, min(places, FINDS_LOCATIONS_MAX)) as one:
        idle = one.idle_share()
        for size in sizes:
            yield {"x": size} | one.claims(idle, size)


def _places(bench: Bench, teams: int, measurements: int) -> int:
    """Locations that keep every team busy through so many measurements."""
    playing = min(teams, TEAMS)
    return max(LOCATIONS, ceil(measurements * bench.claims / playing) + (1 + PARTS) * measurements)


SWEEPS = {
    one.name: one
    for one in (
        Sweep("players", "players", (100, 300, 1_000, 3_000, 10_000), (20, 80), players),
        Sweep("teams", "teams", (400, 1_000, 2_500, 6_000, 10_000), (20, 80), teams),
        Sweep("locations", "locations", (10, 100, 1_000, 3_000, 10_000), (20, 80), locations),
        Sweep(
            "finds", "finds", (1_000, 10_000, 100_000, 300_000, 1_000_000), (4_000, 12_000), finds
        ),
        Sweep(
            "journal",
            "events",
            (10_000, 30_000, 100_000, 300_000, 1_000_000),
            (1_000, 8_000),
            journal,
        ),
        Sweep("phones", "phones", (100, 300, 1_000, 3_000, 10_000), (20, 80), phones),
        Sweep("rate", "claims a second", (100, 300, 1_000, 3_000, 10_000, 20_000), (50, 200), rate),
    )
}
"""What can be let grow, by name, in the order of the report."""
