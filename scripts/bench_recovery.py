"""`bench.py recovery`: how fast a server answers again, with a long journal behind it."""

import argparse
import json
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from scripts.bench_children import Child, cairn, cores, on_core
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
from scripts.bench_journal import Season
from scripts.load_connection import LoadFailed, shake_hands
from scripts.load_frames import JsonEncoding, masked
from server.records import ROW_COLUMNS

TEXT = """\
Writes a journal of so many events, of hunts of 200 teams and 50 locations as people play them
(joins, finds, wrong codes, hints, messages, announcements that are read), into a temporary
database. Then, on one core:

bare read   a loop that reads the same rows from SQLite and does nothing with them
empty       `python -m server` on an empty database, from its start to its first welcome
recovered   the same on the journal: checked, read, folded, 252 actors a hunt started. The welcome
            must show the leaderboard that the journal's events add up to.
"""

ROWS = 1_000
"""Rows fetched at once by the bare read, as the server does."""

READY_S_MAX = 5.0
"""Seconds that a million events may take."""

BARE_READS_MAX = 6.0
"""How many times a bare read of the same rows a recovery may take."""

COLUMNS = (
    Column("what", "what"),
    Column("events", "events", ",d"),
    Column("seconds", "s", ",.2f"),
    Column("per_s", "events/s", ",.0f"),
    Column("memory_mib", "MiB", ",.0f"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `recovery`."""
    parser.add_argument(
        "--events",
        type=count_to(3_000_000),
        default=1_000_000,
        metavar="N",
        help="default: %(default)s",
    )


def measure(options: argparse.Namespace, tell: Tell) -> Summary:
    """Measure once.

    Raises:
        LoadFailed, CannotStart, OSError: it could not be done.
    """
    events = min(options.events, 30_000) if options.quick else options.events
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        tell("Writing the journal", 0.1)
        season = Season(events)
        season.write(folder / "bench.db")
        tell("Reading it bare", 0.5)
        bare_s = bare_read_s(folder / "bench.db")
        tell("Starting without a journal", 0.1)
        (folder / "empty").mkdir()
        empty_s, _, _ = ready(folder / "empty", None)
        tell("Recovering", 0.1)
        ready_s, memory_kib, welcome = ready(folder, season.played[-1].hunt)
    return summary(season, events, (bare_s, empty_s, ready_s), memory_kib, welcome)


def summary(
    season: Season,
    events: int,
    times_s: tuple[float, float, float],
    memory_kib: int,
    welcome: dict[str, Any],
) -> Summary:
    """The figures, and whether the recovered hunt is the one that was written."""
    bare_s, empty_s, ready_s = times_s
    rows = [
        {"what": "bare read", "events": events, "seconds": bare_s, "per_s": events / bare_s},
        {"what": "empty", "events": 0, "seconds": empty_s},
        {
            "what": "recovered",
            "events": events,
            "seconds": ready_s,
            "per_s": events / ready_s,
            "memory_mib": memory_kib / 1_024,
        },
    ]
    shown = sorted(row["score"] for row in welcome["leaderboard"])
    is_right = shown == sorted(season.played[-1].scores)
    million_s = (ready_s - empty_s) * 1_000_000 / events + empty_s
    return {
        "events": events,
        "hunts": len(season.played),
        "rows": rows,
        "targets": [
            target("recovery / bare read", ratio(ready_s - empty_s, bare_s), 0, BARE_READS_MAX),
            target("seconds for 1,000,000 events, absolute", million_s, 0, READY_S_MAX),
        ],
        "correct": correct(
            is_right,
            "The leaderboard is what the journal adds up to."
            if is_right
            else "The leaderboard is not what the journal adds up to: please report it.",
        ),
    }


def bare_read_s(db: Path) -> float:
    """Seconds for reading the journal's rows and nothing else, on the server's core."""
    with on_core(cores()[0]), closing(sqlite3.connect(db)) as connection:
        started = time.perf_counter()
        cursor = connection.execute(f"SELECT {ROW_COLUMNS} FROM events ORDER BY position")
        while cursor.fetchmany(ROWS):
            pass
        return time.perf_counter() - started


def ready(folder: Path, hunt: str | None) -> tuple[float, int, dict[str, Any]]:
    """Seconds from a server's start to its first welcome, its memory in KiB, and the welcome.

    Without a hunt there is nobody to welcome: the server only has to say that it is well.
    """
    with on_core(cores()[1]):
        started = time.perf_counter()
        with cairn(folder) as child:
            welcome = _watch(child, hunt) if hunt is not None else _health(child)
            took_s = time.perf_counter() - started
            memory_kib = child.memory_kib()
            child.stop()
    return took_s, memory_kib, welcome


def _health(child: Child) -> dict[str, Any]:
    with urlopen(f"http://{child.address[0]}:{child.address[1]}/healthz") as response:
        health: dict[str, Any] = json.load(response)
    return health


def _watch(child: Child, hunt: str) -> dict[str, Any]:
    encoding = JsonEncoding()
    with closing(shake_hands(child.address, "/ws", encoding.subprotocol)) as sock:
        opening = json.dumps({"t": "watch", "hunt": hunt}).encode()
        sock.sendall(masked(encoding.opcode, opening))
        with sock.makefile("rb") as file:
            length = file.read(2)[1]
            if length >= 126:
                length = int.from_bytes(file.read(2 if length == 126 else 8), "big")
            welcome: dict[str, Any] = json.loads(file.read(length))
    if welcome["t"] != "welcome":
        raise LoadFailed(f"expected a welcome, found {welcome}")
    return welcome


RECOVERY = Benchmark(
    "recovery",
    "how fast a server is back with a long journal",
    TEXT,
    "Recovery, beside a bare read of the same rows",
    COLUMNS,
    add_arguments,
    measure,
)
