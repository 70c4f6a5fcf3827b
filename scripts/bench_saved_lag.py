"""`bench.py saved-lag`: from `accepted` to `saved`, beside a bare loop of commits at that pace."""

import argparse
import asyncio
import sqlite3
import tempfile
import time
from contextlib import closing
from math import ceil
from pathlib import Path

from scripts.bench_children import cairn, cores, on_core
from scripts.bench_claims import seed_hunt, start_hunt
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
from scripts.bench_connections import plan
from scripts.bench_panels import Bars, Line, bars
from scripts.load import Load
from scripts.load_connection import Measured
from scripts.load_figures import percentile
from scripts.load_frames import Claims, JsonEncoding

TEXT = """\
Players claim at planned times, so many a second, whether or not answers come (open loop). Every
claim is journaled with `synchronous=FULL`; counted is the time from a claim's `accepted` to the
`saved` that covers it, as the player sees both. `saved` may ride on the next answer or wait for
others a little, as a delayed acknowledgement does.

Beside it, on the same core and the same disk, a bare loop: it commits as many rows of the same size
in the same time, all that are due in one transaction, with nothing in between.

When the server cannot keep the pace (sent/s below what was asked for, or an answer p99 that grows
with --seconds), the lag is that of an overload: read the answers' p99 first.
"""

SAVED_P99_MS_MAX = 25.0

LOOP_RATIO_MAX = 4.0
"""How many times the bare loop's p99 the saved lag may be."""

LOCATIONS_MAX = 20_000

ROW = "x" * 150
"""About what a find takes in the journal."""

COLUMNS = (
    Column("what", "what"),
    Column("per_s", "claims/s", ",.0f"),
    Column("answer_p99_ms", "answer p99, ms", ",.2f"),
    Column("saved_p50_ms", "saved p50, ms", ",.2f"),
    Column("saved_p99_ms", "saved p99, ms", ",.2f"),
    Column("saved_max_ms", "max, ms", ",.2f"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `saved-lag`."""
    text = "default: %(default)s"
    parser.add_argument(
        "--rate", type=count_to(50_000), default=10_000, help=f"claims a second; {text}"
    )
    parser.add_argument("--players", type=count_to(10_000), default=200, metavar="N", help=text)
    parser.add_argument("--seconds", type=seconds, default=10.0, help=text)


def measure(options: argparse.Namespace, tell: Tell) -> Summary:
    """Measure once.

    Raises:
        LoadFailed, CannotStart, OSError: it could not be done.
    """
    rate, players, seconds_ = options.rate, options.players, options.seconds
    if options.quick:
        rate, players, seconds_ = min(rate, 300), min(players, 20), min(seconds_, 0.5)
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        tell("Cairn", 0.1)
        with on_core(cores()[1]):
            measured, finds = _cairn(folder, players, rate, seconds_)
        tell("A bare loop of commits", 0.6)
        with on_core(cores()[0]):
            lags = commit_lags_s(folder / "bare.db", rate, seconds_)
    ours = _row("cairn", measured.answered / measured.seconds, measured.saved_s)
    ours["answer_p99_ms"] = _ms(sorted(measured.answer_s), 0.99)
    bare = _row("bare loop", len(lags) / seconds_, lags)
    is_right = finds == measured.accepted and not measured.refused
    text = f"{measured.accepted:,} accepted, {measured.refused:,} refused, {finds:,} saved."
    return {
        "rate_per_s": rate,
        "players": players,
        "seconds": seconds_,
        "rows": [ours, bare],
        "targets": [
            target("saved p99, ms, absolute", ours["saved_p99_ms"], 0, SAVED_P99_MS_MAX),
            target(
                "saved p99 / the bare loop's",
                ratio(ours["saved_p99_ms"], bare["saved_p99_ms"]),
                0,
                LOOP_RATIO_MAX,
            ),
        ],
        "correct": correct(is_right, text),
    }


def _cairn(folder: Path, players: int, rate: float, seconds_: float) -> tuple[Measured, int]:
    """What was measured, and the finds in the database afterwards."""
    locations = min(LOCATIONS_MAX, ceil(rate * seconds_ / players) + 1)
    encoding = JsonEncoding()
    with cairn(folder) as child:
        url = f"ws://{child.address[0]}:{child.address[1]}"
        codes = asyncio.run(seed_hunt(url, plan(players, locations)))
        asyncio.run(start_hunt(url))
        with Load(child.address, encoding, Claims(encoding, locations)) as load:
            load.connect(codes, "/ws", lambda: None)
            measured = load.open_loop(rate, seconds_)
        child.stop()
    with closing(sqlite3.connect(folder / "bench.db")) as connection:
        sql = "SELECT count(*) FROM events WHERE kind = 'location_found'"
        return measured, int(connection.execute(sql).fetchone()[0])


def commit_lags_s(db: Path, rate: float, seconds_: float) -> list[float]:
    """Seconds from when each row was due until it was committed, at that many rows a second."""
    lags: list[float] = []
    count = max(1, int(rate * seconds_))
    with closing(sqlite3.connect(db, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE rows (position INTEGER PRIMARY KEY, data TEXT)")
        started, done = time.perf_counter(), 0
        while done < count:
            due = min(count, int((time.perf_counter() - started) * rate) + 1)
            if due <= done:
                time.sleep(max(0.0, started + done / rate - time.perf_counter()))
                continue
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "INSERT INTO rows VALUES (?, ?)", ((number, ROW) for number in range(done, due))
            )
            connection.execute("COMMIT")
            now = time.perf_counter()
            lags += [now - started - number / rate for number in range(done, due)]
            done = due
    return lags


def _row(what: str, per_s: float, lags_s: list[float]) -> Summary:
    lags = sorted(lags_s)
    return {
        "what": what,
        "per_s": per_s,
        "saved_p50_ms": _ms(lags, 0.5),
        "saved_p99_ms": _ms(lags, 0.99),
        "saved_max_ms": _ms(lags, 1.0),
    }


def _ms(values_s: list[float], share: float) -> float | None:
    value = percentile(values_s, share)
    return None if value is None else 1_000 * value


def panels(summary: Summary) -> list[Bars]:
    """The lag as a rule, and of the slowest hundredth."""
    most = Line(SAVED_P99_MS_MAX, f"target: {SAVED_P99_MS_MAX:g} ms")
    pace = f"{summary['rate_per_s']:,} claims/s"
    return [
        bars(summary["rows"], "saved_p50_ms", f"Saved after, median, {pace}", "ms", ",.2f"),
        bars(summary["rows"], "saved_p99_ms", "99 of 100 after", "ms", ",.2f", line=most),
    ]


SAVED_LAG = Benchmark(
    "saved-lag",
    "from accepted to saved, at a steady pace",
    TEXT,
    "From accepted to saved, beside a bare loop of commits",
    COLUMNS,
    add_arguments,
    measure,
    panels,
)
