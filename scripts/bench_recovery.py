"""`bench.py recovery`: how fast a server answers again, with a long journal behind it."""

import argparse
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from scripts.bench_children import ROOT, CannotStart, Child, cairn, cores, on_core
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
from scripts.bench_panels import Bars, Line, bars
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
snapshot    `python -m server.snapshot_maker`, as a running server starts it: reads, folds, writes
with it     `python -m server` on the journal and that snapshot, to the same welcome
"""

ROWS = 1_000
"""Rows fetched at once by the bare read, as the server does."""

READY_S_MAX = 5.0
"""Seconds that a million events may take."""

BARE_READS_MAX = 6.0
"""How many times a bare read of the same rows a recovery may take."""

WITH_SNAPSHOT_S_MAX = 1.0
"""Seconds that a million events may take with a snapshot of them."""

WITH_SNAPSHOT_BARE_READS_MAX = 1.0
"""How many times a bare read a recovery with a snapshot may take: a snapshot that is no faster than
reading the rows is none."""

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
        whole = ready(folder, season.played[-1].hunt)
        tell("Making a snapshot", 0.1)
        snapshot_s = make_snapshot_s(folder / "bench.db")
        tell("Recovering with it", 0.1)
        quick = ready(folder, season.played[-1].hunt)
    return summary(season, events, (bare_s, empty_s, snapshot_s), whole, quick)


Ready = tuple[float, int, dict[str, Any]]
"""Seconds until the first welcome, KiB of memory then, and the welcome."""


def summary(
    season: Season,
    events: int,
    times_s: tuple[float, float, float],
    whole: Ready,
    quick: Ready,
) -> Summary:
    """The figures, and whether the recovered hunt is the one that was written."""
    bare_s, empty_s, snapshot_s = times_s
    rows = [
        {"what": "bare read", "events": events, "seconds": bare_s, "per_s": events / bare_s},
        {"what": "empty", "events": 0, "seconds": empty_s},
        _row("recovered", events, whole),
        {"what": "snapshot", "events": events, "seconds": snapshot_s},
        _row("recovered with a snapshot", events, quick),
    ]
    scores = sorted(season.played[-1].scores)
    is_right = all(
        sorted(row["score"] for row in welcome["leaderboard"]) == scores
        for _, _, welcome in (whole, quick)
    )
    return {
        "events": events,
        "hunts": len(season.played),
        "rows": rows,
        "targets": _targets(events, bare_s, empty_s, (whole[0], quick[0])),
        "correct": correct(
            is_right,
            "The leaderboard is what the journal adds up to."
            if is_right
            else "The leaderboard is not what the journal adds up to: please report it.",
        ),
    }


def _targets(
    events: int, bare_s: float, empty_s: float, ready_s: tuple[float, float]
) -> list[dict[str, Any]]:
    """What is aimed at: of a whole recovery, then of one with a snapshot."""
    by_bare = [ratio(one - empty_s, bare_s) for one in ready_s]
    million_s = [(one - empty_s) * 1_000_000 / events + empty_s for one in ready_s]
    most, again = WITH_SNAPSHOT_BARE_READS_MAX, WITH_SNAPSHOT_S_MAX
    return [
        target("recovery / bare read", by_bare[0], 0, BARE_READS_MAX),
        target("with a snapshot / bare read", by_bare[1], 0, most),
        target("seconds for 1,000,000 events, absolute", million_s[0], 0, READY_S_MAX),
        target("seconds for them with a snapshot, absolute", million_s[1], 0, again),
    ]


def _row(what: str, events: int, ready: Ready) -> dict[str, Any]:
    seconds, memory_kib, _ = ready
    per_s, memory_mib = events / seconds, memory_kib / 1_024
    return {
        "what": what,
        "events": events,
        "seconds": seconds,
        "per_s": per_s,
        "memory_mib": memory_mib,
    }


def make_snapshot_s(db: Path) -> float:
    """Seconds for making a snapshot, on the server's core and with a common process's niceness.

    Raises:
        CannotStart: none was made.
    """
    with on_core(cores()[0]):
        started = time.perf_counter()
        command = [sys.executable, "-m", "server.snapshot_maker", str(db)]
        made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        took_s = time.perf_counter() - started
    if made.returncode:
        raise CannotStart(f"no snapshot was made: {made.stderr}")
    return took_s


def bare_read_s(db: Path) -> float:
    """Seconds for reading the journal's rows and nothing else, on the server's core."""
    with on_core(cores()[0]), closing(sqlite3.connect(db)) as connection:
        started = time.perf_counter()
        cursor = connection.execute(f"SELECT {ROW_COLUMNS} FROM events ORDER BY position")
        while cursor.fetchmany(ROWS):
            pass
        return time.perf_counter() - started


def ready(folder: Path, hunt: str | None) -> Ready:
    """Seconds from a server's start to its first welcome, its memory in KiB, and the welcome.

    Without a hunt there is nobody to welcome: the server only has to say that it is well.
    """
    with on_core(cores()[1]):
        started = time.perf_counter()
        with cairn(folder) as child:
            welcome = watch(child, hunt) if hunt is not None else _health(child)
            took_s = time.perf_counter() - started
            memory_kib = child.memory_kib()
            child.stop()
    return took_s, memory_kib, welcome


def _health(child: Child) -> dict[str, Any]:
    with urlopen(f"http://{child.address[0]}:{child.address[1]}/healthz") as response:
        health: dict[str, Any] = json.load(response)
    return health


def watch(child: Child, hunt: str) -> dict[str, Any]:
    """The welcome of somebody who looks on.

    Raises:
        LoadFailed: the server said something else.
    """
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


def panels(summary: Summary) -> list[Bars]:
    """Seconds and memory."""
    rows = summary["rows"]
    bare, empty = rows[0]["seconds"], rows[1]["seconds"]
    most = Line(BARE_READS_MAX * bare + empty, f"target: {BARE_READS_MAX:g} bare reads")
    title = f"From the start to the first welcome, {summary['events']:,} events"
    return [
        bars(rows, "seconds", title, "s", ",.2f", line=most),
        bars(rows, "memory_mib", "Memory then", "MiB", ",.0f"),
    ]


RECOVERY = Benchmark(
    "recovery",
    "how fast a server is back with a long journal",
    TEXT,
    "Recovery, beside a bare read of the same rows",
    COLUMNS,
    add_arguments,
    measure,
    panels,
)
