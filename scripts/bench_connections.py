"""`bench.py connections`: what a connected player costs, and how fast players join."""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

from scripts.bench_children import Child, cairn, cores, echo, on_core
from scripts.bench_claims import HUNT, seed_hunt, start_hunt
from scripts.bench_command import (
    Benchmark,
    Column,
    Summary,
    Tell,
    correct,
    count_to,
    ratio,
    target,
)
from scripts.bench_panels import Bars, Line, bars
from scripts.load import Load
from scripts.load_frames import CODE, Claims, JsonEncoding, location_id
from server.limits import raise_descriptor_limit

TEXT = """\
Seeds and starts a hunt with a team for each player, lets so many players join, one after the other,
and looks at the memory of `python -m server` before and after: the difference, divided by the
players, holds everything that a player brings, from the socket's buffers in Python to the session
and the team's knowledge of it (buffers inside the operating system are not in it). Beside it, the
same number of connections to a bare echo server of the websockets library, coroutine API.
"""

KIB_EACH_MAX = 14.0
"""KiB that a connected, joined player may take."""

ECHO_RATIO_MAX = 1.0
"""Of what the echo takes for a connection that nobody has joined on."""

LOCATIONS = 10

COLUMNS = (
    Column("server", "server"),
    Column("before_mib", "MiB before", ",.1f"),
    Column("after_mib", "MiB after", ",.1f"),
    Column("kib_each", "KiB a player", ",.2f"),
    Column("joins_per_s", "joins/s", ",.0f"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `connections`."""
    parser.add_argument(
        "--players", type=count_to(10_000), default=10_000, metavar="N", help="default: %(default)s"
    )


def measure(options: argparse.Namespace, tell: Tell) -> Summary:
    """Measure once.

    Raises:
        LoadFailed, CannotStart, OSError: it could not be done.
    """
    players = min(options.players, 200) if options.quick else options.players
    raise_descriptor_limit(players)
    with on_core(cores()[1]), tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        tell("Cairn: joining", 0.0)
        rows = [_cairn(folder, players)]
        tell("Echo: connecting", 0.5)
        rows.append(_echo(folder, players))
    ours, theirs = (row["kib_each"] for row in rows)
    return {
        "players": players,
        "rows": rows,
        "targets": [
            target("KiB of a player, absolute", ours, 0, KIB_EACH_MAX),
            target(
                "Cairn's player / the echo's connection", ratio(ours, theirs), 0, ECHO_RATIO_MAX
            ),
        ],
        "correct": correct(True, f"All {players:,} players were welcomed."),
    }


def plan(teams: int, locations: int = LOCATIONS) -> dict[str, Any]:
    """A hunt with a team for each player."""
    return {
        "version": 1,
        "hunt": HUNT,
        "title": "Connections",
        "teams": {"count": teams},
        "locations": [
            {"id": location_id(index), "name": f"Place {index}", "code": CODE, "points": 10}
            for index in range(locations)
        ],
    }


def _cairn(folder: Path, players: int) -> Summary:
    with cairn(folder) as child:
        url = f"ws://{child.address[0]}:{child.address[1]}"
        codes = asyncio.run(seed_hunt(url, plan(players)))
        asyncio.run(start_hunt(url))
        with _load(child) as load:
            load.quieten()
            before_kib, started = child.memory_kib(), time.perf_counter()
            load.connect(codes, "/ws", lambda: None)
            row = _row("cairn", child, load, players, before_kib, started)
        child.stop()
    return row


def _echo(folder: Path, players: int) -> Summary:
    with echo(folder, "asyncio") as child:
        with _load(child) as load:
            before_kib, started = child.memory_kib(), time.perf_counter()
            load.connect_to_echo(players, lambda: None)
            row = _row("echo", child, load, players, before_kib, started)
        child.stop()
    return row


def _load(child: Child) -> Load:
    encoding = JsonEncoding()
    return Load(child.address, encoding, Claims(encoding, LOCATIONS))


def _row(
    server: str, child: Child, load: Load, players: int, before_kib: int, started: float
) -> Summary:
    took_s = time.perf_counter() - started
    load.quieten()
    after_kib = child.memory_kib()
    return {
        "server": server,
        "before_mib": before_kib / 1_024,
        "after_mib": after_kib / 1_024,
        "kib_each": (after_kib - before_kib) / players,
        "joins_per_s": players / took_s,
    }


def panels(summary: Summary) -> list[Bars]:
    """Memory, and the pace of joining."""
    rows, players = summary["rows"], summary["players"]
    most = Line(KIB_EACH_MAX, f"target: {KIB_EACH_MAX:g} KiB")
    title = f"Memory of a connection, {players:,} of them"
    joining = "Joining, one after the other"
    return [
        bars(rows, "kib_each", title, "KiB each", ",.1f", "server", most),
        bars(rows, "joins_per_s", joining, "connections/s", ",.0f", "server"),
    ]


CONNECTIONS = Benchmark(
    "connections",
    "memory for each connected player, and how fast they join",
    TEXT,
    "Connected players, beside connections to a bare echo",
    COLUMNS,
    add_arguments,
    measure,
    panels,
)
