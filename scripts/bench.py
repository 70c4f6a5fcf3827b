#!/usr/bin/env python3
"""Measure Cairn on this machine, beside a yardstick that is measured in the same run.

claims       how many claims a second, how fast answered, how soon saved
story        synchronous engines and Cairn on the same slow disk
recovery     how fast a server is back with a long journal
actors       what 100,000 team and location actors cost, beside threads
connections  memory for each connected player, and how fast they join
fanout       an announcement to thousands of phones
saved-lag    from accepted to saved, at a steady pace
peers        the same claims on Socket.IO and Colyseus, servers of Node
capacity     how everything grows, and how many players a machine holds
gate         a minute's worth of all that, which fails on ratios only
"""

import argparse
import json
import re
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # Runs from any checkout.

from rich.console import Console
from rich.progress import Progress

from scripts import bench_command, bench_plot
from scripts.bench_actors import ACTORS
from scripts.bench_capacity import CAPACITY
from scripts.bench_children import CannotStart
from scripts.bench_claims import ANCHORS, FLOORS, Run, Settings, one_run, phase_names
from scripts.bench_command import EXIT_DONE, EXIT_FAILED, EXIT_LOST, EXIT_WRONG
from scripts.bench_connections import CONNECTIONS
from scripts.bench_fanout import FANOUT
from scripts.bench_gate import GATE
from scripts.bench_panels import Picture, small_print
from scripts.bench_peers import PEERS_BENCHMARK
from scripts.bench_recovery import RECOVERY
from scripts.bench_report import correctness, panels, phase_summary, table, targets
from scripts.bench_saved_lag import SAVED_LAG
from scripts.bench_story import STORY
from scripts.load_connection import LoadFailed
from scripts.load_generator import KINDS
from server.limits import raise_descriptor_limit

__all__ = ["EXIT_DONE", "EXIT_FAILED", "EXIT_LOST", "EXIT_WRONG", "main", "parser"]

BENCHMARKS = {
    one.name: one
    for one in (
        STORY,
        RECOVERY,
        ACTORS,
        CONNECTIONS,
        FANOUT,
        SAVED_LAG,
        PEERS_BENCHMARK,
        CAPACITY,
        GATE,
    )
}
"""The subcommands beside `claims`."""

CLAIMS_TEXT = """\
Starts `python -m server` without any settings on a temporary database, and after it, one at a time,
the anchors: bare echo servers, each on the same core; the load comes from another core. Every
connection is a team, and every claim finds a new location: it passes three actors, is journaled with
full synchronisation, and must be accepted. In the end the finds in the database are counted.

callback echo   the websockets library's Sans-I/O layer inside the callback that brings the bytes, on
                asyncio: the least that a message costs in Python with this library. Cairn should
                reach 0.6 of it with one claim in flight
coroutine echo  the library's coroutine API, as most programs are written
C echo          the least that a message costs at all: what the load generator can ask for
frames … wire … journal   with --floor: echoes made of Cairn's own parts, each of which does more than
                the one before. What Cairn takes beyond the last are its rules, actors and sessions

closed loop  each connection keeps DEPTH claims on their way
open loop    claims are sent at planned times, whether or not answers come; latency counts from
             the planned time, so a server that stalls cannot hide it
Cairn / it   Cairn's claims/s by the anchor's; for the open loop, Cairn's p99 by the anchor's
busy         share of the time that a core worked. When neither is near 100 % under a closed loop,
             other programs were in the way: read the ratios, or come back later. The load generator
             was the limit where it was busy and the server was not.
"""

EPILOG = """\
The load generator is scripts/load.c where there is a C compiler (cc or gcc), else it is Python, which
can ask for far less; the table says which. With any other: start `python -m server` by hand, seed a
plan with scripts/seed.py, and let connections join and claim.

exit codes:
  0  measured; everything that was accepted is in the database
  1  a server failed, or this machine cannot hold so many connections
  2  the command line cannot be used
  3  measured, but accepted claims are missing in the database, or claims were refused
"""


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    shape = argparse.RawDescriptionHelpFormatter
    result = argparse.ArgumentParser(description=__doc__, formatter_class=shape)
    commands = result.add_subparsers(dest="command", required=True)
    claims = commands.add_parser(
        "claims",
        help="claims a second, latency, saved lag",
        description=CLAIMS_TEXT,
        epilog=EPILOG,
        formatter_class=shape,
    )
    _add_claims_arguments(claims)
    for benchmark in BENCHMARKS.values():
        bench_command.add_parser(commands, benchmark)
    return result


def _add_claims_arguments(claims: argparse.ArgumentParser) -> None:
    text = "default: %(default)s"
    claims.add_argument("--connections", type=_count, default=200, metavar="N", help=text)
    claims.add_argument("--depth", type=_depths, default="1,8", metavar="D,D", help=text)
    claims.add_argument("--seconds", type=_seconds, default=5.0, help=f"of each phase; {text}")
    claims.add_argument(
        "--rate", type=_rate, default=2000.0, help=f"of the open loop, claims/s; 0: none; {text}"
    )
    claims.add_argument(
        "--connections-open", type=_count, default=10_000, metavar="N", help=f"of it; {text}"
    )
    claims.add_argument("--runs", type=_count, default=3, help=f"medians are shown; {text}")
    claims.add_argument("--encoding", choices=("json", "msgpack"), default="json", help=text)
    claims.add_argument(
        "--echo-loop",
        choices=("asyncio", "uvloop"),
        default="asyncio",
        help="what the coroutine echo runs on; default: asyncio, as the library does by itself",
    )
    claims.add_argument(
        "--callback-uvloop", action="store_true", help="measure the callback echo on uvloop, too"
    )
    claims.add_argument(
        "--floor", action="store_true", help="measure echoes made of Cairn's own parts, too"
    )
    claims.add_argument(
        "--generator", choices=KINDS, default="auto", help=f"of the load; {text}: C if possible"
    )
    claims.add_argument(
        "--folder", type=Path, help="for the temporary database; default: the system's"
    )
    claims.add_argument("--json", action="store_true", help="print one JSON object")
    bench_plot.add_plot_argument(claims)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; return its exit code."""
    options = parser().parse_args(arguments)
    if options.command in BENCHMARKS:
        return bench_command.run(BENCHMARKS[options.command], options)
    settings = Settings(
        options.connections,
        options.depth,
        options.seconds,
        options.connections_open,
        options.rate,
        options.encoding,
        options.echo_loop,
        options.folder,
        _anchors(options),
        options.generator,
    )
    raise_descriptor_limit(max(settings.connections, settings.open_connections))
    try:
        runs = measure(settings, options.runs, Console(stderr=True))
    except (LoadFailed, CannotStart, OSError) as error:
        print(f"Not measured: {error}", file=sys.stderr)
        return EXIT_FAILED
    summary = report(settings, runs)
    if options.json:
        print(json.dumps(summary))
    else:
        console = Console()
        console.print(table(summary["phases"], summary["generator"]))
        for one in summary["targets"]:
            console.print(bench_command.target_line(one), highlight=False)
        console.print(_verdict(summary["correct"]), highlight=False)
    if options.plot is not None:
        foot = small_print(summary["machine"], False)
        picture = Picture("Claims, each journaled", panels(summary["phases"]), foot)
        if not bench_command.draw(picture, options.plot):
            return EXIT_FAILED
    return EXIT_DONE if summary["correct"]["is_correct"] else EXIT_LOST


def _anchors(options: argparse.Namespace) -> tuple[str, ...]:
    on_uvloop = ("callback_uvloop",) if options.callback_uvloop else ()
    return (*ANCHORS, *on_uvloop, *(FLOORS if options.floor else ()))


def measure(settings: Settings, runs: int, console: Console) -> list[Run]:
    """Measure so many times, with a progress bar on a terminal.

    Raises:
        LoadFailed, CannotStart, OSError: it could not be done.
    """
    servers = 1 + len(settings.anchors)
    steps = servers * (1 + len(settings.depths) + (2 if settings.open_rate_per_s else 0))
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("Starting", total=runs * steps)
        return [
            one_run(
                settings,
                lambda what, share, run=run: progress.update(  # type: ignore[misc]
                    task, description=f"Run {run} of {runs}. {what}", advance=share
                ),
            )
            for run in range(1, runs + 1)
        ]


def report(settings: Settings, runs: Sequence[Run]) -> dict[str, Any]:
    """Everything that was measured, as plain values."""
    phases = [phase_summary(runs, phase) for phase in phase_names(settings)]
    return {
        "benchmark": "claims",
        "runs": len(runs),
        "connections": settings.connections,
        "seconds": settings.seconds,
        "encoding": settings.encoding,
        "echo_loop": settings.echo_loop,
        "open_loop": {
            "connections": settings.open_connections,
            "rate_per_s": settings.open_rate_per_s,
        },
        "generator": runs[0].generator,
        "machine": bench_command.machine(),
        "phases": phases,
        "targets": targets(phases),
        "correct": correctness(runs),
    }


def _verdict(correct: dict[str, Any]) -> str:
    text = f"{correct['accepted']:,} claims accepted, {correct['journaled']:,} in the database"
    if correct["is_correct"]:
        return f"{text}: nothing lost, nothing twice."
    return f"{text}, {correct['refused']:,} refused: this must not happen, please report it."


# The command line's small languages ---------------------------------------------------------


def _count(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,4}", text):
        raise argparse.ArgumentTypeError("expected a number from 1 to 99999")
    return int(text)


def _depths(text: str) -> tuple[int, ...]:
    if not re.fullmatch(r"[1-9]\d?(,[1-9]\d?)*", text):
        raise argparse.ArgumentTypeError("expected depths from 1 to 99, such as 1,8")
    return tuple(dict.fromkeys(int(depth) for depth in text.split(",")))


def _seconds(text: str) -> float:
    if not re.fullmatch(r"\d+(\.\d+)?", text) or not 0 < float(text) <= 3_600:
        raise argparse.ArgumentTypeError("expected seconds, at most 3600")
    return float(text)


def _rate(text: str) -> float:
    if not re.fullmatch(r"\d{1,6}(\.\d+)?", text):
        raise argparse.ArgumentTypeError("expected claims a second, such as 2000")
    return float(text)


def _on_terminate(number: int, _frame: object) -> None:
    """Leave as after Ctrl-C: the servers are ended, and the temporary files go."""
    sys.exit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _on_terminate)
    sys.exit(main())
