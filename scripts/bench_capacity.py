"""`bench.py capacity`: how what Cairn takes grows, and how many players a machine therefore holds."""

import argparse
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct, structs

from scripts.bench_capacity_growth import CONSTANT, LINEAR, growth
from scripts.bench_capacity_price import (
    Behaviour,
    Costs,
    first_to_give_way,
    holds,
    machines,
    player_us_per_h,
)
from scripts.bench_capacity_report import panels, tables
from scripts.bench_capacity_scene import Bench, Point
from scripts.bench_capacity_sweeps import SWEEPS, empty
from scripts.bench_children import cores, on_core
from scripts.bench_command import Benchmark, Column, Summary, Tell, correct, count_to, seconds
from scripts.load_generator import program
from server.limits import raise_descriptor_limit

TEXT = """\
Lets one thing grow at a time on a real `python -m server`, on its core, with the load from another,
and measures what it takes. Every size of a curve is a server of its own but for `finds` and `rate`.

players    100 to 10,000, in teams of four: a claim's and a position's time of the processor, answers,
           memory
teams      400 to 10,000, of which 400 play, and again while a game master's console and a big screen
           look on
locations  10 to 10,000
finds      up to 1,000,000 in the hunt that is played
journal    up to 1,000,000 events of other hunts: the start, then claims beside them
phones     100 to 10,000 that an announcement goes to: the processor's time, and when the last has it
rate       100 to 20,000 claims a second: the share of a core

Claims come at planned times (open loop), --rate of them a second, well below what a server can do; what
the server takes while nobody does anything is subtracted. Claims that are far apart cost several times
what they do under full load: each wakes the loop, the disk's thread and the loop again for itself.

The exponent e says that a figure grows as size^e: the slope of a line on log axes, least squares over
the upper half of the sizes (three at least). From memory and from the start's seconds, what a server takes
with one team, or after a journal of one event, is subtracted first; from the others nothing. Answers
within a millisecond count as one of a millisecond: such differences are the machine's. Up to 0.15 that is
called constant, up to 0.85 less than linear, up to 1.15 linear, and beyond worse than linear: 0.15 over a
factor of ten is 40 %, which two runs on a shared machine can differ by. What one claim takes should be
constant, for then a hunt takes as much more as it has more claims. A curve that grows faster than it
should is told.

From all that and from what is assumed about players (options) follows how many of them one server on
one core holds, what gives way first, and what a thousand of them cost in an hour.
"""

CONNECTIONS_MAX = 10_000
"""The most of any curve."""

TOO_FAST = "too fast"

GOOD_P99_MS = 50.0
"""Of answers at the highest rate that counts as held."""


class Figure(Struct, frozen=True):
    """One curve: of which sweep, and how fast it may grow."""

    sweep: str
    key: str
    title: str
    unit: str
    should_be: str = CONSTANT
    fixed: str = ""
    """The figure of an empty server that is in it."""
    noise: float = 0.0
    """What is less than this counts as this: it is the machine's."""


_CPU = ("cpu_us", "CPU of a claim", "us")
_P99 = ("p99_ms", "p99 of answers", "ms", CONSTANT, "", 1.0)
_MEMORY = ("mib", "Memory", "MiB", LINEAR, "mib")

FIGURES = (
    Figure("players", *_CPU),
    Figure("players", *_P99),
    Figure("players", *_MEMORY),
    Figure("players", "position_us", "CPU of a position", "us"),
    Figure("teams", *_CPU),
    Figure("teams", *_P99),
    Figure("teams", *_MEMORY),
    Figure("teams", "watched_us", "CPU of a claim, watched", "us"),
    Figure("locations", *_CPU),
    Figure("locations", *_P99),
    Figure("locations", *_MEMORY),
    Figure("finds", *_CPU),
    Figure("finds", *_P99),
    Figure("finds", *_MEMORY),
    Figure("journal", "recovered_mib", "Memory after it", "MiB", LINEAR, "recovered_mib"),
    Figure("journal", "recovery_s", "Start to a welcome", "s", LINEAR, "recovery_s"),
    Figure("journal", *_CPU),
    Figure("journal", *_P99),
    Figure("phones", "announce_ms", "CPU of announcing", "ms", LINEAR),
    Figure("phones", "last_ms", "Last phone has it", "ms", LINEAR),
    Figure("rate", "cpu_share", "Share of a core", "cores", LINEAR),
)

COLUMNS = (
    Column("across", "against"),
    Column("from_x", "from", ",.0f"),
    Column("to_x", "to", ",.0f"),
    Column("what", "figure"),
    Column("first", "first", ",.4g"),
    Column("last", "last", ",.4g"),
    Column("exponent", "e", ".2f"),
    Column("verdict", "grows"),
    Column("remark", ""),
)


ASSUMED = (
    ("--claims", 40.0, "N", "a player's requests in an hour"),
    ("--positions", 720.0, "N", "a player's positions in an hour: one every 5 s"),
    ("--announcements", 12.0, "N", "to all, in an hour"),
    ("--headroom", 3.0, "N", "how many times the average must be free for the busiest minutes"),
    ("--memory", 2.0, "GIB", "for each server"),
    ("--price", 0.04, "P", "of a core for an hour, in any currency"),
)
"""Options, what they are without being given, and what they mean."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `capacity`."""
    text = "default: %(default)s"
    parser.add_argument(
        "--only", type=_names, default=tuple(SWEEPS), metavar="NAME,NAME", help="of these curves"
    )
    parser.add_argument("--rate", type=count_to(5_000), default=1_000, help=f"claims/s; {text}")
    parser.add_argument("--seconds", type=seconds, default=3.0, help=f"of each measurement; {text}")
    assumed = parser.add_argument_group("what is assumed about players and prices")
    for name, default, unit, meaning in ASSUMED:
        assumed.add_argument(
            name, type=_positive, default=default, metavar=unit, help=f"{meaning}; {text}"
        )


def measure(options: argparse.Namespace, tell: Tell) -> Summary:
    """Measure the wanted curves.

    Raises:
        LoadFailed, CannotStart, OSError: it could not be done.
    """
    sizes = {
        name: SWEEPS[name].quick if options.quick else SWEEPS[name].sizes for name in options.only
    }
    raise_descriptor_limit(CONNECTIONS_MAX)
    share = 1.0 / (1 + sum(map(len, sizes.values())))
    points: dict[str, list[Point]] = {}
    faults: list[str] = []
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        rate, length, idle_s, rounds = (
            (200, 0.2, 0.5, 1) if options.quick else (options.rate, options.seconds, 1.0, 5)
        )
        with on_core(cores()[1]):
            bench = Bench(
                program("auto", folder), options.folder, rate, length, idle_s, rounds, faults
            )
            tell("An empty server", share)
            base = empty(bench)
            for sweep, wanted in sizes.items():
                points[sweep] = []
                tell(f"{sweep}: {wanted[0]:,}", 0.0)
                for index, point in enumerate(SWEEPS[sweep].measure(bench, wanted), 1):
                    points[sweep].append(point)
                    following = f"{wanted[index]:,}" if index < len(wanted) else "done"
                    tell(f"{sweep}: {following}", share)
    return summary(options, base, points, faults)


def summary(
    options: argparse.Namespace,
    base: Point,
    points: dict[str, list[Point]],
    faults: Sequence[str],
) -> Summary:
    """What the points add up to."""
    rows = [row(figure, points[figure.sweep], base) for figure in FIGURES if figure.sweep in points]
    behaviour = Behaviour(
        options.claims,
        options.positions,
        options.announcements,
        options.headroom,
        options.price,
        options.memory,
    )
    told = [
        f"{one['title']} against {one['across']} (should be {one['should_be']})"
        for one in rows
        if one["remark"]
    ]
    grows = (
        f"Faster than they should grow: {'; '.join(told)}."
        if told
        else "Nothing grows faster than it should."
    )
    return {
        "rows": rows,
        "points": points,
        "empty": base,
        "capacity": capacity(points, base, behaviour),
        "targets": [],
        "correct": correct(
            not faults, f"{'; '.join(faults) or 'All that was accepted was saved.'} {grows}"
        ),
    }


def row(figure: Figure, points: Sequence[Point], base: Point) -> Summary:
    """One curve, with what its growth is called."""
    curve = [(one["x"], one[figure.key]) for one in points]
    fitted = [(x, max(value, figure.noise)) for x, value in curve]
    grows = growth(fitted, base.get(figure.fixed, 0.0))
    (from_x, first), (to_x, last) = curve[0], curve[-1]
    return {
        "sweep": figure.sweep,
        "key": figure.key,
        "title": figure.title,
        "across": SWEEPS[figure.sweep].across,
        "unit": figure.unit,
        "what": f"{figure.title}, {figure.unit}",
        "from_x": from_x,
        "to_x": to_x,
        "first": first,
        "last": last,
        "curve": curve,
        "line": () if grows.verdict == CONSTANT else grows.line,
        "exponent": grows.exponent,
        "verdict": grows.verdict,
        "should_be": figure.should_be,
        "remark": TOO_FAST if grows.exceeds(figure.should_be) else None,
    }


def capacity(points: dict[str, list[Point]], base: Point, behaviour: Behaviour) -> Summary | None:
    """How many players one server holds; None where not all that it takes was measured."""
    if not {"players", "phones", "rate"} <= points.keys():
        return None
    few, many, phones = points["players"][0], points["players"][-1], points["phones"][-1]
    held = [one["x"] for one in points["rate"] if one["p99_ms"] <= GOOD_P99_MS]
    more = many["x"] - few["x"]
    costs = Costs(
        claim_us=max(one["cpu_us"] for one in (*points["players"], *points["rate"])),
        position_us=max(one["position_us"] for one in points["players"]),
        phone_us=1_000 * phones["announce_ms"] / phones["x"],
        idle_us_per_s=1e6 * many["idle_share"] / many["x"],
        base_mib=base["mib"],
        player_kib=1_024 * (many["mib"] - few["mib"]) / more if more else 0.0,
        phones_per_s=1_000 * phones["x"] / phones["last_ms"],
        claims_per_s=max(held, default=0.0),
    )
    limits = holds(costs, behaviour)
    what, players = first_to_give_way(limits)
    return {
        "assumed": structs.asdict(behaviour),
        "costs": structs.asdict(costs),
        "player_core_ms_per_h": player_us_per_h(costs, behaviour) / 1_000,
        "limits": limits,
        "first_to_give_way": what,
        "players": players,
        "machines": machines(costs, behaviour),
    }


# The command line's small languages ---------------------------------------------------------


def _names(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(text.split(",")))
    if not set(names) <= SWEEPS.keys():
        raise argparse.ArgumentTypeError(f"expected some of {','.join(SWEEPS)}")
    return tuple(name for name in SWEEPS if name in names)


def _positive(text: str) -> float:
    if not re.fullmatch(r"\d{1,6}(\.\d+)?", text) or not float(text):
        raise argparse.ArgumentTypeError("expected a number above 0, such as 40 or 0.05")
    return float(text)


CAPACITY = Benchmark(
    "capacity",
    "how everything grows, and how many players a machine holds",
    TEXT,
    "Capacity: how what Cairn takes grows",
    COLUMNS,
    add_arguments,
    measure,
    panels,
    tables,
)
