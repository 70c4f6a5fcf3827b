#!/usr/bin/env python3
"""Start Cairn with a demo hunt and bot teams, say how to join, and run until Ctrl-C."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # Runs from any checkout.

from scripts.demo_children import ROOT, BotTeams, CannotRun, Server
from scripts.demo_hunt import DEMO_PLAN, Demo, open_demo
from scripts.demo_watch import Watch
from server.config import GM_TOKEN_VARIABLE

EXIT_STOPPED, EXIT_FAILED = 0, 1

BOT_TEAMS = 5
"""Teams played by bots: enough for a race, and the demo's other teams stay free for people."""

EPILOG = f"""\
The game master's token is taken from {GM_TOKEN_VARIABLE}, or made anew for every run. What is
played is saved in the database; running again goes on with the same hunt.
Exit codes: 0 stopped by Ctrl-C, 1 cannot start or the server failed, 2 wrong command line.
"""


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    result = argparse.ArgumentParser(prog="scripts/run", description=__doc__, epilog=EPILOG)
    result.add_argument("--no-bots", action="store_true", help="all teams are for people")
    result.add_argument(
        "--port", type=_port, default=8765, help="TCP port; 0 picks a free one (default: 8765)"
    )
    result.add_argument(
        "--db", type=Path, metavar="FILE", default=ROOT / "cairn.db", help="default: cairn.db here"
    )
    result.add_argument(
        "--fresh", action="store_true", help="start the hunt over; what was played is dropped"
    )
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo until it is stopped; return the exit code."""
    options = parser().parse_args(arguments)
    # Bots and people may watch this output through a pipe: each line counts at once.
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    watch = Watch()
    watch.listen()
    try:
        run(options, watch)
    except CannotRun as error:
        print(error, file=sys.stderr)
        return EXIT_FAILED
    except KeyboardInterrupt:
        print(f"\nStopped. The hunt is kept in {_shown(options.db)}; run again to go on.")
        return EXIT_STOPPED


def run(options: argparse.Namespace, watch: Watch) -> NoReturn:
    """Start everything and wait; what was started is stopped on the way out.

    Raises:
        CannotRun: Something cannot start, or the server ended; the text is for people.
        KeyboardInterrupt: Somebody stopped it, which is the normal end.
    """
    given = os.environ.get(GM_TOKEN_VARIABLE)
    print("Starting Cairn ...")
    with Server(options.db, options.port, given, watch) as server:
        demo = open_demo(server.address, server.token, options.fresh)
        with _bots(demo, options, watch) as is_playing:
            print(welcome(demo, server, options.db, BOT_TEAMS if is_playing else 0))
            while isinstance(child := watch.next_end(), BotTeams):
                how = f"failed (exit code {child.exit_code})" if child.exit_code else "are done"
                print(f"{child.name} {how}; the server goes on.")
    raise CannotRun("The server ended by itself; it says why above.")


@contextmanager
def _bots(demo: Demo, options: argparse.Namespace, watch: Watch) -> Iterator[bool]:
    """Bots that play while the block runs, if they are wanted and the hunt is on."""
    if options.no_bots or demo.phase != "running":
        yield False
        return
    # The first team is the visitor's.
    with BotTeams(DEMO_PLAN, demo.websocket, demo.codes_of(1, BOT_TEAMS), watch):
        yield True


def welcome(demo: Demo, server: Server, db: Path, bot_teams: int) -> str:
    """Return what a newcomer reads: where everything is, and what to try first."""
    team = demo.teams[0]
    claim = f'{{"t":"claim","n":1,"location":"{demo.location}","code":"{demo.code}"}}'
    playing = f"{bot_teams} bot teams are playing" if bot_teams else "no bots are playing"
    token = server.token if server.is_token_new else f"yours, from {GM_TOKEN_VARIABLE}"
    return f"""
Cairn is running: {demo.title}, {demo.locations} locations; {playing}.

  Play                 http://{server.address}/#join={team["code"]}
  Steer                http://{server.address}/gm
  Watch                http://{server.address}/screen#hunt={demo.hunt}
  Your team            {team["name"]}; its join code is {team["code"]}
  Game master's token  {token}
  Saved in             {_shown(db)}
{_what_now(demo)}
Open these pages in a browser. Try the code {demo.code.upper()} at the first place: one tick says that
the claim is accepted, the second that it is on disk, and then it survives anything.

Or talk to the server yourself: in a second terminal here, connect

  {_shown(Path(sys.executable))} -m websockets {demo.websocket}

and paste these two lines (a second claim of the same find is refused: "already_found"):

  {{"t":"join","code":"{team["code"]}","name":"Ada"}}
  {claim}

As game master, connect once more and paste:

  {{"t":"gm","token":"{server.token if server.is_token_new else "..."}"}}
  {{"t":"announce","n":1,"text":"Welcome to the hunt!"}}

Ctrl-C stops everything. Run it again to go on, with --fresh to start over.
"""


def _what_now(demo: Demo) -> str:
    if demo.phase == "running":
        return ""
    return f"\nThis hunt is {demo.phase}, so claims are refused. Start over: scripts/run --fresh\n"


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:
        raise argparse.ArgumentTypeError("expected a port from 0 to 65535")
    return port


def _shown(path: Path) -> str:
    """A path as short as it can be typed from here."""
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow .venv's links.
    here = Path.cwd()
    return str(absolute.relative_to(here)) if absolute.is_relative_to(here) else str(absolute)


if __name__ == "__main__":
    sys.exit(main())
