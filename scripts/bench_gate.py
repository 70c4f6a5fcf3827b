"""`bench.py gate`: a minute of everything, for continuous integration; fails on ratios only."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct

from scripts import (
    bench_actors,
    bench_claims,
    bench_connections,
    bench_fanout,
    bench_recovery,
    bench_report,
    bench_story,
)
from scripts.bench_command import Benchmark, Column, Summary, Tell, correct
from scripts.bench_panels import Bar, Bars, Line

TEXT = """\
Runs small versions of the other subcommands and compares ratios to the anchors of the same run with
floors that leave room for a noisy machine: what one with five others at work on two cores showed, and
half as much again. It is there to catch what makes Cairn several times slower or bigger, such as waiting for the disk, a task for each
message or a thread for each actor; it does not tell a few percent. What misses a floor is measured
once more, and the better ratio counts. No absolute time can fail it.

Exit code 3 says that a floor was missed twice, or that something accepted was not saved.
"""

CONNECTIONS, CLAIMS_S = 100, 2.0
"""Of the claims beside the echo."""

COLUMNS = (
    Column("benchmark", "benchmark"),
    Column("what", "ratio"),
    Column("value", "measured", ",.3g"),
    Column("bound", "must be"),
    Column("limit", "floor", "g"),
    Column("verdict", "verdict"),
)


class Floor(Struct, frozen=True):
    """One ratio and what it must be."""

    what: str
    """As the subcommand calls it among its targets."""
    limit: float
    is_least: bool = True

    def holds(self, value: float | None) -> bool:
        """Whether a measured ratio is good enough."""
        if value is None:
            return False
        return value >= self.limit if self.is_least else value <= self.limit


class Check(Struct, frozen=True):
    """One small measurement with its floors."""

    benchmark: str
    measure: Callable[[argparse.Namespace, Tell], Summary]
    options: Summary
    floors: tuple[Floor, ...]


def measure_claims(options: argparse.Namespace, tell: Tell) -> Summary:
    """`bench.py claims`, its ratios named as targets are."""
    settings = bench_claims.Settings(
        connections=CONNECTIONS,
        depths=(1, 8),
        seconds=options.seconds,
        open_connections=CONNECTIONS,
        open_rate_per_s=0.0,
        encoding="json",
        folder=options.folder,
        anchors=("echo",),
    )
    run = bench_claims.one_run(settings, tell)
    phases = [bench_report.phase_summary([run], name) for name in ("depth 1", "depth 8")]
    targets = [{"what": f"{one['phase']} / echo", "value": one["ratios"]["echo"]} for one in phases]
    figures = bench_report.correctness([run])
    text = f"{figures['accepted']} accepted, {figures['journaled']} saved"
    return {"targets": targets, "correct": correct(figures["is_correct"], text)}


def measure_story(options: argparse.Namespace, tell: Tell) -> Summary:
    """`bench.py story`, shorter, with the two engines that matter most."""
    engines = ("synchronous", "cairn")
    players = 10 if options.quick else 100
    settings = bench_story.Settings(players, options.seconds, 0.3, 100, options.folder, engines)
    return bench_story.measure_engines(settings, tell)


CHECKS = (
    Check(
        "claims",
        measure_claims,
        {"seconds": CLAIMS_S},
        (Floor("depth 1 / echo", 0.35), Floor("depth 8 / echo", 0.3)),
    ),
    Check(
        "story",
        measure_story,
        {"seconds": 3.0, "quick": False},
        (
            Floor("crowd: p99 of synchronous / Cairn's", 5),
            Floor("crowd: Cairn's claims/s / synchronous", 100),
            Floor("stall: p99 of synchronous / Cairn's", 20),
            Floor("stall: Cairn's claims/s / synchronous", 100),
        ),
    ),
    Check(
        "actors",
        bench_actors.measure,
        {"actors": 20_000, "threads": 500, "quick": False},
        (
            Floor("an actor's memory / a thread's", 0.5, False),
            Floor("an actor's start / a thread's", 2.0, False),
        ),
    ),
    Check(
        "recovery",
        bench_recovery.measure,
        {"events": 100_000, "quick": False},
        (Floor("recovery / bare read", 10, False),),
    ),
    Check(
        "connections",
        bench_connections.measure,
        {"players": 1_000, "quick": False},
        (Floor("Cairn's player / the echo's connection", 0.6, False),),
    ),
    Check(
        "fanout",
        bench_fanout.measure,
        {"phones": 1_000, "rounds": 5, "rate": 200, "quick": False},
        (Floor("Cairn / the bare loop", 5, False),),
    ),
)
"""What is measured, and the floors. `docs/performance.md` says what they were taken from."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `gate`."""
    names = [check.benchmark for check in CHECKS]
    parser.add_argument(
        "--only", choices=names, action="append", help="only this one; can be given again"
    )


def measure(options: argparse.Namespace, tell: Tell) -> Summary:
    """Measure everything.

    Raises:
        LoadFailed, CannotStart, OSError: it could not be done.
    """
    checks = [check for check in CHECKS if not options.only or check.benchmark in options.only]
    return measure_checks(checks, options.folder, options.quick, tell)


def measure_checks(
    checks: Sequence[Check], folder: Path | None, is_quick: bool, tell: Tell
) -> Summary:
    """Measure some; see `measure`. Quick: too short for the floors, which are not compared."""
    rows: list[Summary] = []
    faults: list[str] = []
    for check in checks:
        tell(check.benchmark, 1.0 / len(checks))
        values = _values(check, folder, is_quick, faults)
        if not is_quick and not all(floor.holds(values.get(floor.what)) for floor in check.floors):
            values = _better(check, values, _values(check, folder, is_quick, faults))
        rows += [_row(check, floor, values.get(floor.what), is_quick) for floor in check.floors]
    missed = [f"{row['benchmark']}: {row['what']}" for row in rows if row["verdict"] == "missed"]
    faults += [f"missed twice: {one}" for one in missed]
    return {
        "rows": rows,
        "targets": [],
        "correct": correct(not faults, "; ".join(faults) or "Every ratio is good enough."),
    }


def _values(
    check: Check, folder: Path | None, is_quick: bool, faults: list[str]
) -> dict[str, float | None]:
    options = check.options | {"folder": folder}
    if is_quick:
        options |= {"quick": True, "seconds": 0.4}
    summary = check.measure(argparse.Namespace(**options), lambda _what, _share: None)
    if not summary["correct"]["is_correct"]:
        faults.append(f"{check.benchmark}: {summary['correct']['text']}")
    return {one["what"]: one["value"] for one in summary["targets"]}


def _better(
    check: Check, first: dict[str, float | None], second: dict[str, float | None]
) -> dict[str, float | None]:
    values: dict[str, float | None] = {}
    for floor in check.floors:
        both = [value for one in (first, second) if (value := one.get(floor.what)) is not None]
        best = max if floor.is_least else min
        values[floor.what] = best(both) if both else None
    return values


def _row(check: Check, floor: Floor, value: float | None, is_quick: bool) -> Summary:
    verdict = "holds" if floor.holds(value) else "missed"
    return {
        "benchmark": check.benchmark,
        "what": floor.what,
        "value": value,
        "bound": "at least" if floor.is_least else "at most",
        "limit": floor.limit,
        "verdict": "not compared" if is_quick else verdict,
    }


def panels(summary: Summary) -> list[Bars]:
    """How much better every ratio is than it must be; below 1 the gate fails."""
    shown = tuple(
        Bar(f"{row['benchmark']}: {row['what']}", _margin(row), True)
        for row in summary["rows"]
        if (row["value"] or 0) > 0
    )
    title, unit = "Every ratio beside its floor", "times better than the floor"
    return [Bars(title, unit, shown, ",.2f", Line(1.0, "floor"))]


def _margin(row: Summary) -> float:
    value, limit = float(row["value"]), float(row["limit"])
    return value / limit if row["bound"] == "at least" else limit / value


GATE = Benchmark(
    "gate",
    "a minute's worth of all that, which fails on ratios only",
    TEXT,
    "The gate: ratios to anchors of the same run",
    COLUMNS,
    add_arguments,
    measure,
    panels,
)
