#!/usr/bin/env python3
"""Try before the event whether a server holds the players that you expect.

It seeds a hunt of its own, lets N phones play it like people do, and says whether the server is
fit for them, how long everything took, and what would give way first with more of them.

    scripts/loadtest.py --server wss://hunt.example --players 500
    scripts/loadtest.py --local --players 2000 --seconds 60
"""

import argparse
import asyncio
import os
import re
import secrets
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # Runs from any checkout.

import uvloop
from msgspec import Struct
from rich.console import Console

from scripts.bench_children import GM_TOKEN, CannotStart, Child, cairn, cores, on_core
from scripts.loadtest_display import Display
from scripts.loadtest_line import NoSuchServer, target
from scripts.loadtest_machine import descriptors_max
from scripts.loadtest_master import NotPrepared, players_in_running_hunts
from scripts.loadtest_plan import Shape
from scripts.loadtest_report import as_json, print_report
from scripts.loadtest_run import LoadTest, Setting, with_journal
from scripts.loadtest_strain import in_words, strains
from scripts.loadtest_tally import Tally
from scripts.loadtest_verdict import Measured, Tolerances, Verdict, notes, reasons
from server.client import ClientClosed
from server.config import GM_TOKEN_VARIABLE
from server.limits import DESCRIPTORS_RESERVED, raise_descriptor_limit

EXIT_FIT, EXIT_NOT_FIT, EXIT_WRONG, EXIT_NO_SERVER = 0, 1, 2, 3

PLAYERS_MAX = 20_000
"""Players of one load generator: more than one core can play, and than one server lets in."""

SECONDS_MAX = 3_600.0
"""Seconds of a test at most: the times of every answer are kept in memory."""

PATIENCE_S = 30.0
"""Seconds that answers, and their `saved`, may take after the last step: as long as Cairn lets a
stuck disk be before it turns players away."""

LET_GO_S = 0.05
"""Seconds for connections that were cut to be let go of before their event loop ends."""

HOW_IT_PLAYS = """\
what the phones do:
  everybody joins within 5 s; a second later every phone claims at the first location within 2 s;
  from then on each acts at its own pace: right codes, mistyped ones, hints, messages. Positions
  come every 5 s, a game master announces something every 20 s, which teams confirm, and phones
  lose their connection every 2 min on average and go on with their session.
  All of it is planned beforehand and done at its time, whether or not answers come; times count
  from the planned moment. So a server that stalls cannot hide it by slowing the questions.

what you get:
  the time from each request to its answer and from there to `saved`; refusals and close codes;
  whether every answer is what the server has in the end, exactly once; and what would give way
  first: the disk, the processor, a limit of connections, or this load generator itself. Run it
  from another machine than the server's, near enough that the network is not what is measured.

many connections:
  All phones have one address, and a server takes 4,000 of one. For more, start it for the test
  with `--connections-per-address 6000`, or run this script on the server's own machine, which is
  not limited. Behind a proxy the server needs --behind-proxy to tell addresses apart; then the
  limit holds for this machine in the same way. Each phone is an open file: `ulimit -n` here.

what stays on the server:
  the hunt `loadtest-…`, over, with one team; its records stay in the journal, which Cairn never
  shortens. No other hunt is touched. To have a file without it, take a backup before the test
  (scripts/backup.py) and put it back after it, or test on a database of its own, with --db.

exit codes:
  0  fit for so many players
  1  not fit; the reasons are named
  2  the command line cannot be used, or people are playing and --yes is missing
  3  the server cannot be reached, does not know the token, or does not take the hunt
"""


class Refused(Exception):
    """The test must not run; the text says why and what to do."""


class Server(Struct):
    """The server that is tested."""

    url: str
    token: str
    pid: int | None = None
    """Its process, when it is ours."""
    child: Child | None = None
    db: Path | None = None


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    result = argparse.ArgumentParser(
        description=__doc__, epilog=HOW_IT_PLAYS, formatter_class=argparse.RawTextHelpFormatter
    )
    text, lenient = "default: %(default)s", Tolerances()
    which = result.add_mutually_exclusive_group(required=True)
    which.add_argument("--server", type=_address, metavar="URL", help="such as wss://hunt.example")
    which.add_argument(
        "--local", action="store_true", help="start one here, on a temporary database, and stop it"
    )
    result.add_argument("--token", help=f"game master's token; default: ${GM_TOKEN_VARIABLE}")
    result.add_argument("--yes", action="store_true", help="even while people are playing there")
    result.add_argument("--players", type=_players, default=200, metavar="N", help=text)
    result.add_argument("--seconds", type=_seconds, default=60.0, metavar="S", help=text)
    result.add_argument("--team-size", type=_team_size, default=4, metavar="N", help=text)
    result.add_argument(
        "--pace", type=_pace, default="6/min", help=f"a phone's actions per s, min or h; {text}"
    )
    result.add_argument("--seed", type=int, default=1, help=f"the same seed plans the same; {text}")
    result.add_argument(
        "--patience",
        type=_seconds,
        default=PATIENCE_S,
        metavar="S",
        help=f"wait so long at the end for answers and saved; {text}",
    )
    result.add_argument("--json", action="store_true", help="print one JSON object")
    most = result.add_argument_group("what is tolerated, in seconds for 99 of 100")
    for name, default in (
        ("answer", lenient.answer_p99_s),
        ("join", lenient.join_p99_s),
        ("saved", lenient.saved_p99_s),
        ("announce", lenient.announce_p99_s),
    ):
        most.add_argument(f"--{name}-p99", type=_seconds, default=default, metavar="S", help=text)
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; return its exit code."""
    options = parser().parse_args(arguments)
    errors = Console(stderr=True)
    try:
        _require_descriptors(options.players)
        with _server(options) as server:
            if server.child is None:
                _require_quiet(server, options.yes, errors)
            setting = _setting(options, server)
            measured = _run(setting, errors)
            if server.child is not None and server.db is not None:
                server.child.stop()
                measured = with_journal(measured, server.db)
    except Refused as error:
        print(error, file=sys.stderr)
        return EXIT_WRONG
    except (ClientClosed, NoSuchServer, NotPrepared, CannotStart) as error:
        print(f"Not tested: {error}", file=sys.stderr)
        return EXIT_NO_SERVER
    return _tell(options, setting, measured)


def verdict_on(
    measured: Measured, tolerated: Tolerances, players: int, is_own_machine: bool
) -> Verdict:
    """Judge."""
    why = reasons(measured, tolerated)
    ordered = strains(
        measured.health,
        measured.machine,
        saved_share=measured.saved.p99_s / tolerated.saved_p99_s,
        is_unsaved=measured.unsaved > measured.unanswered,
        not_in=measured.not_in,
        players=players,
        is_own_machine=is_own_machine,
    )
    return Verdict(not why, why, notes(measured, tolerated), ordered, in_words(ordered, players))


def _tell(options: argparse.Namespace, setting: Setting, measured: Measured) -> int:
    tolerated = Tolerances(
        options.answer_p99, options.join_p99, options.saved_p99, options.announce_p99
    )
    shape = setting.shape
    verdict = verdict_on(measured, tolerated, shape.players, setting.target.is_loopback)
    if options.json:
        print(as_json(setting.hunt, shape, tolerated, measured, verdict))
    else:
        print_report(Console(), shape, tolerated, measured, verdict)
    return EXIT_FIT if verdict.is_fit else EXIT_NOT_FIT


# The server ---------------------------------------------------------------------------------


@contextmanager
def _server(options: argparse.Namespace) -> Iterator[Server]:
    """The server that is named, or one of our own on a core of its own.

    Raises:
        Refused: there is no token.
        CannotStart: ours does not start.
    """
    if not options.local:
        token = options.token or os.environ.get(GM_TOKEN_VARIABLE)
        if not token:
            text = f"Give the game master's token with --token or in {GM_TOKEN_VARIABLE}."
            raise Refused(text)
        yield Server(options.server, token)
        return
    _, core = cores()
    with tempfile.TemporaryDirectory(prefix="cairn-loadtest-") as name, cairn(Path(name)) as child:
        url = f"ws://{child.address[0]}:{child.address[1]}"
        with on_core(core):
            yield Server(url, GM_TOKEN, child.pid, child, Path(name) / "bench.db")


def _require_descriptors(players: int) -> None:
    """Let this process open as many connections.

    Raises:
        Refused: it may not.
    """
    raise_descriptor_limit(players)
    wanted, allowed = players + DESCRIPTORS_RESERVED, descriptors_max()
    if allowed < wanted:
        raise Refused(
            f"This machine lets a process open {allowed:,} files; {players:,} phones need "
            f"{wanted:,}. Raise it (ulimit -Hn {wanted} as root), or take fewer phones."
        )


def _require_quiet(server: Server, is_sure: bool, errors: Console) -> None:
    """Leave people alone who are playing just now.

    Raises:
        Refused: they are there, and nobody said that it is all right.
        CannotConnect: the server is not there, or does not know the token.
    """
    playing = asyncio.run(_players_there(server))
    if not playing or is_sure:
        return
    hunts = ", ".join(f"{hunt} ({count:,} phones)" for hunt, count in playing.items())
    warning = f"People are playing on this server now: {hunts}."
    if errors.is_terminal and sys.stdin.isatty():
        errors.print(f"{warning} Test it all the same? Type yes:", markup=False, highlight=False)
        if input().strip().lower() == "yes":
            return
    raise Refused(f"{warning} Nothing was done. Come back later, or say --yes.")


async def _players_there(server: Server) -> dict[str, int]:
    try:
        return await players_in_running_hunts(server.url, server.token)
    finally:
        await asyncio.sleep(LET_GO_S)


def _setting(options: argparse.Namespace, server: Server) -> Setting:
    shape = Shape(options.players, options.seconds, options.team_size, options.pace, options.seed)
    hunt = f"loadtest-{secrets.token_hex(4)}"
    where = target(server.url)
    return Setting(server.url, server.token, hunt, where, shape, options.patience, server.pid)


def _run(setting: Setting, errors: Console) -> Measured:
    tally = Tally()
    where = f"{setting.target.name}:{setting.target.port}, hunt {setting.hunt}"

    async def run(display: Display) -> Measured:
        loop = asyncio.get_running_loop()
        test = LoadTest(
            setting,
            tally,
            lambda phase, at, machine: display.show(phase, at, loop.time(), machine),
        )
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(ValueError):  # Signals belong to the main thread; tests use others.
                loop.add_signal_handler(number, test.stop.set)
        try:
            measured = await test.run()
        finally:
            await asyncio.sleep(LET_GO_S)
        if not test.is_cleared_up:
            errors.print(
                f"The hunt {setting.hunt} could not be ended: finish it at /gm.", highlight=False
            )
        return measured

    with Display(errors, setting.shape, tally, where) as display:
        return uvloop.run(run(display))


# The command line's small languages ---------------------------------------------------------

_PER_S = {"s": 1.0, "min": 60.0, "h": 3_600.0}


def _address(text: str) -> str:
    if not re.fullmatch(r"wss?://[^\s/]+(/\S*)?", text):
        raise argparse.ArgumentTypeError("expected an address such as wss://hunt.example")
    return text


def _players(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,4}", text) or int(text) > PLAYERS_MAX:
        raise argparse.ArgumentTypeError(f"expected a number from 1 to {PLAYERS_MAX}")
    return int(text)


def _team_size(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d?", text) or int(text) > 64:
        raise argparse.ArgumentTypeError("expected a number from 1 to 64")
    return int(text)


def _seconds(text: str) -> float:
    if not re.fullmatch(r"\d+(\.\d+)?", text) or not 0 < float(text) <= SECONDS_MAX:
        raise argparse.ArgumentTypeError(f"expected seconds, at most {SECONDS_MAX:.0f}")
    return float(text)


def _pace(text: str) -> float:
    """Actions a second in `6/min`."""
    count, _, unit = text.partition("/")
    if unit not in _PER_S or not re.fullmatch(r"\d+(\.\d+)?", count) or float(count) <= 0:
        raise argparse.ArgumentTypeError("expected a pace such as 6/min, 2/s or 90/h")
    return float(count) / _PER_S[unit]


if __name__ == "__main__":
    sys.exit(main())
