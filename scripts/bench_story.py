"""`bench.py story`: synchronous engines and Cairn, on the same slow disk."""

import argparse
import asyncio
import os
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from msgspec import Struct

from scripts.bench_children import ROOT, Child, cairn, cores, on_core, running
from scripts.bench_claims import HUNT, seed_hunt, start_hunt
from scripts.bench_command import (
    Benchmark,
    Column,
    Summary,
    Tell,
    correct,
    count_to,
    ratio,
    seconds,
    target,
)
from scripts.bench_panels import Bars, bars
from scripts.bench_slow_disk import Disk
from scripts.load import Load
from scripts.load_connection import Measured
from scripts.load_figures import percentile
from scripts.load_frames import CODE, Claims, JsonEncoding, location_id

TEXT = """\
The same claims on the same disk, made slow for all by the same hook: a commit takes 50 ms longer,
then 5 s. Four servers, one after the other, on one core; the load comes from another:

synchronous  a thread of a pool of default size handles each claim in a database transaction
tuned        the same with a thread for every connection and a queue that holds everything
overlapping  the tuned one on a database whose commits overlap, as those of big servers do: 200
             transactions can wait for the disk at the same time
cairn        `python -m server` as it is

alone        one player, one claim at a time, on the disk as it is and at 50 ms
crowd        50 ms: every player keeps one claim on its way (closed loop)
stall        5 s: claims come at planned times, whether or not answers do (open loop)

A claim that was not answered when the time was over counts with the time it has waited, so the p99
of a synchronous engine is a lower bound. An `accepted` of a synchronous engine is saved; Cairn's is
followed by `saved`, whose time is in a column of its own: a disk of 5 s is waited for by nobody,
but not made faster. In the end all finds in the databases are counted.
"""

CROWD_S, STALL_S = 0.05, 5.0
"""Seconds that a commit takes longer."""

PATIENCE_S = 120.0
"""Seconds for what a synchronous engine has queued, once its disk is fast again."""

LOCATIONS = 20_000
"""Finds that a team can make: more than a player alone, or one of a crowd, has the time for."""

ENGINES = ("synchronous", "tuned", "overlapping", "cairn")
ENGINES_QUICK = ("synchronous", "cairn")

COLUMNS = (
    Column("engine", "engine"),
    Column("load", "load"),
    Column("commit_ms", "commit +ms", ",.0f"),
    Column("per_s", "claims/s", ",.1f"),
    Column("p50_ms", "p50, ms", ",.2f"),
    Column("p99_ms", "p99, ms", ",.2f"),
    Column("saved_p99_ms", "saved p99, ms", ",.0f"),
    Column("unanswered", "open at the end", ",d"),
)


class Settings(Struct, frozen=True):
    """What to measure."""

    players: int
    seconds: float
    alone_s: float
    rate_per_s: float
    folder: Path | None
    engines: tuple[str, ...] = ENGINES


class PatientLoad(Load):
    """A load that looks at what was answered in time, and then makes the disk fast again."""

    drain_s = PATIENCE_S

    def __init__(self, address: tuple[str, int], disk: Disk) -> None:
        encoding = JsonEncoding()
        super().__init__(address, encoding, Claims(encoding, LOCATIONS))
        self._disk = disk
        self.unanswered = 0

    def _drain(self) -> float:
        self.unanswered = sum(len(connection.sent_at) for connection in self._connections)
        self._disk.delay_s = 0.0
        return super()._drain()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `story`."""
    text = "default: %(default)s"
    parser.add_argument("--players", type=count_to(1_000), default=200, metavar="N", help=text)
    parser.add_argument("--seconds", type=seconds, default=10.0, help=f"of each load; {text}")
    parser.add_argument(
        "--rate", type=count_to(400), default=300, help=f"claims/s of the stall; {text}"
    )


def measure(options: argparse.Namespace, tell: Tell) -> Summary:
    """Measure every engine.

    Raises:
        LoadFailed, CannotStart, OSError: it could not be done.
    """
    settings = Settings(
        options.players, options.seconds, 1.0, options.rate, options.folder, ENGINES
    )
    if options.quick:
        settings = Settings(8, 0.4, 0.2, 20, options.folder, ENGINES_QUICK)
    return measure_engines(settings, tell)


def measure_engines(settings: Settings, tell: Tell) -> Summary:
    """Measure some engines; see `measure`."""
    rows: list[Summary] = []
    faults: list[str] = []
    with on_core(cores()[1]):
        for engine in settings.engines:
            with tempfile.TemporaryDirectory(dir=settings.folder) as folder:
                share = 1.0 / len(settings.engines)
                rows += _measure(engine, settings, Path(folder), faults, tell, share)
    text = "; ".join(faults) or "Every accepted claim is in its engine's database."
    return {
        "players": settings.players,
        "seconds": settings.seconds,
        "rate_per_s": settings.rate_per_s,
        "rows": rows,
        "targets": _targets(rows),
        "correct": correct(not faults, text),
    }


def _measure(
    engine: str, settings: Settings, folder: Path, faults: list[str], tell: Tell, share: float
) -> list[Summary]:
    disk = Disk.create(folder / "disk")
    samples: list[tuple[str, float, Measured, int]] = []
    with _started(engine, settings, folder, disk) as child:
        codes = _seed(engine, child, settings.players + 2)
        for delay_s in (0.0, CROWD_S):
            with PatientLoad(child.address, disk) as load:
                tell(f"{engine}: alone", share / 10)
                load.connect([codes.pop()], "/ws", lambda: None)
                disk.delay_s = delay_s
                measured = load.closed_loop(1, settings.alone_s)
                samples.append(("alone", delay_s, measured, load.unanswered))
        with PatientLoad(child.address, disk) as load:
            load.connect(codes, "/ws", lambda: None)
            tell(f"{engine}: crowd", share * 0.4)
            disk.delay_s = CROWD_S
            measured = load.closed_loop(1, settings.seconds)
            samples.append(("crowd", CROWD_S, measured, load.unanswered))
            tell(f"{engine}: stall", share * 0.4)
            disk.delay_s = STALL_S
            measured = load.open_loop(settings.rate_per_s, settings.seconds)
            samples.append(("stall", STALL_S, measured, load.unanswered))
        child.stop()
    accepted = sum(measured.accepted for _, _, measured, _ in samples)
    refused = sum(measured.refused for _, _, measured, _ in samples)
    if refused or accepted != (found := _finds(folder / "bench.db")):
        faults.append(f"{engine}: {accepted} accepted, {refused} refused, {found} in the database")
    return [_row(engine, *sample) for sample in samples]


@contextmanager
def _started(engine: str, settings: Settings, folder: Path, disk: Disk) -> Iterator[Child]:
    launcher = [str(ROOT / "scripts" / "bench_slow_disk.py"), str(disk.path)]
    if engine == "cairn":
        with cairn(folder, [*launcher, "server"]) as child:
            yield child
        return
    command = [sys.executable, *launcher, "scripts.bench_sync_server"]
    if engine == "overlapping":  # It waits for the disk by itself, outside its transactions.
        command = [sys.executable, "-m", "scripts.bench_sync_server", "--overlapping", launcher[1]]
    command += ["--db", str(folder / "bench.db")]
    if engine != "synchronous":
        command += ["--threads", str(settings.players), "--queue", "10000"]
    with running(command, os.environ, folder / "server.log") as child:
        yield child


def _seed(engine: str, child: Child, teams: int) -> list[str]:
    """The teams' join codes."""
    if engine != "cairn":
        return [f"team-{number}" for number in range(teams)]
    url = f"ws://{child.address[0]}:{child.address[1]}"
    codes = asyncio.run(seed_hunt(url, plan(teams)))
    asyncio.run(start_hunt(url))
    return codes


def plan(teams: int) -> dict[str, Any]:
    """The same hunt as the synchronous engine has."""
    places = range(LOCATIONS)
    return {
        "version": 1,
        "hunt": HUNT,
        "title": "The story",
        "teams": {"count": teams},
        "locations": [
            {"id": location_id(index), "name": f"Place {index}", "code": CODE, "points": 10}
            for index in places
        ],
    }


def _finds(db: Path) -> int:
    """Finds in the database of an engine that has ended."""
    with closing(sqlite3.connect(db)) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        sql = "SELECT count(*) FROM finds"
        if "events" in names:
            sql = "SELECT count(*) FROM events WHERE kind = 'location_found'"
        return int(connection.execute(sql).fetchone()[0])


def _row(engine: str, load: str, delay_s: float, measured: Measured, unanswered: int) -> Summary:
    answers, lags = sorted(measured.answer_s), sorted(measured.saved_s)
    return {
        "engine": engine,
        "load": load,
        "commit_ms": 1_000 * delay_s,
        "per_s": round(measured.answered / measured.seconds, 3),
        "p50_ms": _ms(percentile(answers, 0.5)),
        "p99_ms": _ms(percentile(answers, 0.99)),
        "saved_p99_ms": _ms(percentile(lags, 0.99)) if engine == "cairn" else None,
        "unanswered": unanswered,
    }


def _ms(value_s: float | None) -> float | None:
    return None if value_s is None else round(1_000 * value_s, 3)


def _targets(rows: list[Summary]) -> list[Summary]:
    def figure(engine: str, load: str, key: str, delay_s: float) -> float | None:
        for row in rows:
            if (row["engine"], row["load"], row["commit_ms"]) == (engine, load, 1_000 * delay_s):
                value: float | None = row[key]
                return value
        return None

    targets = []
    others = dict.fromkeys(row["engine"] for row in rows if row["engine"] != "cairn")
    for load, delay_s in (("crowd", CROWD_S), ("stall", STALL_S)):
        for other in others:
            slow, fast = (figure(name, load, "p99_ms", delay_s) for name in (other, "cairn"))
            targets.append(target(f"{load}: p99 of {other} / Cairn's", ratio(slow, fast), 100))
            fast, slow = (figure(name, load, "per_s", delay_s) for name in ("cairn", other))
            # An engine that answers nothing at all in time is counted with its first answer.
            per_s = max(slow or 0.0, 1.0 / STALL_S)
            targets.append(target(f"{load}: Cairn's claims/s / {other}", ratio(fast, per_s), 20))
    ours, theirs = (figure(name, "alone", "p50_ms", 0.0) for name in ("cairn", "synchronous"))
    what = "alone on the disk as it is: Cairn's p50 / synchronous"
    return [*targets, target(what, ratio(ours, theirs), at_most=1.0)]


def panels(summary: Summary) -> list[Bars]:
    """Throughput and latency of each engine, on each disk."""
    disks = (("crowd", "A commit takes 50 ms longer"), ("stall", "A commit takes 5 s longer"))
    result = []
    for load, disk in disks:
        rows = [row for row in summary["rows"] if row["load"] == load]
        title = f"{disk}: claims that are answered"
        result.append(bars(rows, "per_s", title, "claims/s", ",.1f", "engine"))
        title = f"{disk}: how long 99 of 100 answers take"
        result.append(bars(rows, "p99_ms", title, "ms", ",.1f", "engine"))
    return result


STORY = Benchmark(
    "story",
    "synchronous engines and Cairn on the same slow disk",
    TEXT,
    "The story: claims on a slow disk",
    COLUMNS,
    add_arguments,
    measure,
    panels,
)
