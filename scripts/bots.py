#!/usr/bin/env python3
"""Let bot teams play a running hunt, over real connections, for a demo or for load.

They know the plan's answers. At the chosen pace each team claims, mistypes, falls for near
misses, buys hints, reads announcements, writes to the game masters and walks from place to place
at walking speed, reporting its position. They play until everything is found, the hunt is over,
the duration is, or Ctrl-C.
"""

import argparse
import asyncio
import json
import re
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # Runs from any checkout.

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from actors.domain.plan import HuntPlan
from actors.domain.plan_values import duration_s
from scripts.bots_mind import Traits, solution
from scripts.bots_play import Game, Pace, Seat, Tally, play
from scripts.bots_walk import WALKING_M_PER_S
from server.client import CannotConnect
from server.plan_file import PlanErrors, read_plan_text

EXIT_DONE, EXIT_FAILED, EXIT_WRONG = 0, 1, 2

EPILOG = """\
example:
  scripts/seed.py docs/examples/golden-gate.yaml --json > seed.json
  scripts/bots.py --plan docs/examples/golden-gate.yaml --codes seed.json --pace 30/min

exit codes:
  0  played to the end, for the whole duration, or until Ctrl-C
  1  the server could not be reached, or let nobody in or everybody down
  2  the plan, the codes or the command line cannot be used
"""

REFRESH_S = 0.5
"""Seconds between two looks at the progress."""

_PER_S = {"s": 1.0, "min": 60.0, "h": 3_600.0}


class Unusable(Exception):
    """A file cannot be used; the text says why."""


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    result = argparse.ArgumentParser(
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    text = "default: %(default)s"
    result.add_argument("--server", default="ws://127.0.0.1:8765", help=text)
    result.add_argument("--plan", type=Path, required=True, help="the hunt's YAML plan")
    result.add_argument(
        "--codes", required=True, metavar="FILE", help="output of seed.py --json; - reads stdin"
    )
    result.add_argument("--teams", type=_count, metavar="N", help="the first N teams; default: all")
    result.add_argument(
        "--pace", type=_pace, default="6/min", help=f"a team's actions per s, min or h; {text}"
    )
    result.add_argument(
        "--solve", type=_share, default=0.7, help=f"share of tries that are right; {text}"
    )
    result.add_argument(
        "--walk",
        type=_speed,
        default=WALKING_M_PER_S,
        metavar="M_PER_S",
        help=f"speed on foot; {text}",
    )
    result.add_argument(
        "--duration", type=_duration, metavar="TIME", help="such as 10m; default: until the end"
    )
    result.add_argument(
        "--seed", type=int, default=1, help=f"the same seed decides the same; {text}"
    )
    result.add_argument("--json", action="store_true", help="print the summary as one JSON object")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; return its exit code."""
    options = parser().parse_args(arguments)
    errors = Console(stderr=True)
    try:
        plan = read_plan(options.plan)
        seats = read_seats(options.codes, plan)[: options.teams]
    except (OSError, UnicodeDecodeError, Unusable) as error:
        print(error, file=sys.stderr)
        return EXIT_WRONG
    unsolvable = [place.id for place in plan.locations if solution(place) is None]
    if unsolvable:
        print(f"Bots cannot work out the answer of: {', '.join(unsolvable)}.", file=sys.stderr)
    game = Game(
        options.server,
        plan,
        seats,
        Traits(options.solve, options.walk),
        Pace(options.pace),
        options.seed,
    )
    tally = Tally()
    try:
        why = asyncio.run(_run(game, tally, options.duration, errors))
    except CannotConnect as error:
        print(f"No bot could join: {error}", file=sys.stderr)
        return EXIT_FAILED
    _report({"hunt": plan.hunt, "teams": len(seats), "ended": why} | tally.summary(), options.json)
    return EXIT_FAILED if why == "closed" else EXIT_DONE


def read_plan(path: Path) -> HuntPlan:
    """Read the plan that the bots know the answers from.

    Raises:
        OSError, UnicodeDecodeError: the file cannot be read.
        Unusable: it has mistakes; the text lists them.
    """
    plan = read_plan_text(path.read_text(encoding="utf-8-sig"), str(path))
    if isinstance(plan, PlanErrors):
        raise Unusable("\n".join(plan.messages))
    return plan


def read_seats(source: str, plan: HuntPlan) -> list[Seat]:
    """Read teams and join codes as `seed.py --json` prints them.

    Raises:
        OSError: the file cannot be read.
        Unusable: it is something else, or about another hunt.
    """
    text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
    try:
        seeded = json.loads(text)
        hunt, teams = seeded["hunt"], seeded["teams"]
        seats = [{"name": str(team["name"]), "code": str(team["code"])} for team in teams]
    except (ValueError, TypeError, KeyError):
        raise Unusable(f"{source}: expected the output of seed.py --json") from None
    if hunt != plan.hunt:
        raise Unusable(f"{source}: expected the codes of {plan.hunt}, found those of {hunt}")
    if not seats:
        raise Unusable(f"{source}: expected at least one team, found none")
    return seats


async def _run(game: Game, tally: Tally, seconds: float | None, console: Console) -> str:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(ValueError):  # Signals belong to the main thread; tests use others.
            loop.add_signal_handler(number, stop.set)
    showing = asyncio.create_task(_show(tally, console))
    try:
        return await play(game, tally, stop, seconds)
    finally:
        showing.cancel()
        with suppress(asyncio.CancelledError):
            await showing


async def _show(tally: Tally, console: Console) -> None:
    """Keep one line about the game up to date, on a terminal only."""
    if not console.is_terminal:
        return
    with Live(console=console, transient=True, auto_refresh=False) as live:
        while True:
            line = f"{tally.connected} bots, {tally.requests:,} requests, "
            line += f"{tally.accepted['claim']:,} finds, {tally.refused.total():,} refused"
            live.update(Text(line), refresh=True)
            await asyncio.sleep(REFRESH_S)


def _report(summary: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(summary, ensure_ascii=False))
        return
    table = Table(title=f"Bots in {summary['hunt']}", title_justify="left", show_header=False)
    table.add_column()
    table.add_column()
    for key, value in summary.items():
        table.add_row(key.replace("_", " "), Text(_plain(value)))
    Console().print(table)


def _plain(value: object) -> str:
    match value:
        case dict():
            return ", ".join(f"{name} {number}" for name, number in value.items())
        case list():
            return "\n".join(map(str, value))
        case _:
            return str(value)


# The command line's small languages ---------------------------------------------------------


def _pace(text: str) -> float:
    """Actions a second in `6/min`."""
    count, _, unit = text.partition("/")
    if unit not in _PER_S or not re.fullmatch(r"\d+(\.\d+)?", count) or float(count) <= 0:
        raise argparse.ArgumentTypeError("expected a pace such as 6/min, 2/s or 90/h")
    return float(count) / _PER_S[unit]


def _duration(text: str) -> float:
    if not re.fullmatch(r"(\d+(\.\d+)?[dhms])+", text) or duration_s(text) <= 0:
        raise argparse.ArgumentTypeError("expected a time such as 90s, 10m or 1h30m")
    return duration_s(text)


def _share(text: str) -> float:
    if not re.fullmatch(r"0(\.\d+)?|1(\.0+)?", text):
        raise argparse.ArgumentTypeError("expected a share from 0 to 1, such as 0.7")
    return float(text)


def _speed(text: str) -> float:
    if not re.fullmatch(r"\d+(\.\d+)?", text) or float(text) <= 0:
        raise argparse.ArgumentTypeError("expected metres a second, such as 1.4")
    return float(text)


def _count(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d*", text):
        raise argparse.ArgumentTypeError("expected a number of at least 1")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
