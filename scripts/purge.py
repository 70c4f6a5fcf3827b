#!/usr/bin/env python3
"""Take people's names and words out of a database, when a hunt is over.

    scripts/purge.py --db harbour.db --hunt harbour --dry-run   what would be purged
    scripts/purge.py --db harbour.db --hunt harbour             one hunt
    scripts/purge.py --db harbour.db --all --older-than 30d     for a timer, every night

The server must be stopped. What goes: players' names, what they wrote, game masters' reasons and
announcements, and the sessions of phones. What stays: scores, finds, times, the plan with the
teams' names. Players become Player 1, Player 2 ... of their team. There is no way back; copies of
the file (backups) are not touched.

Exit codes: 0 done (also when there was nothing to do), 1 it cannot be done, 2 wrong arguments.
"""

import argparse
import json
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from msgspec import to_builtins

from server.purge import CannotPurge, Purged, purge

UNITS_S = {"d": 86_400, "h": 3_600, "m": 60}


def age_s(text: str) -> float:
    """A span as `30d`, `12h` or `90m`, in seconds."""
    match = re.fullmatch(r"(\d{1,6})([dhm])", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"expected a span as 30d, 12h or 90m, found {text!r}")
    return int(match[1]) * UNITS_S[match[2]]


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/purge.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--db", type=Path, default=Path("cairn.db"), help="default: cairn.db")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--hunt", metavar="ID", help="purge this hunt")
    which.add_argument("--all", action="store_true", help="purge every hunt that is over")
    parser.add_argument(
        "--older-than", type=age_s, metavar="SPAN", help="leave alone what ended since: 30d, 12h"
    )
    parser.add_argument("--dry-run", action="store_true", help="change nothing, only say what")
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON")
    return parser


def main(arguments: Sequence[str]) -> int:
    """Purge; returns the exit code."""
    chosen = parser().parse_args(arguments)
    before = None if chosen.older_than is None else time.time() - chosen.older_than
    try:
        outcome = purge(chosen.db, chosen.hunt, before, chosen.dry_run)
    except CannotPurge as error:
        print(f"purge: {error}", file=sys.stderr)
        return 1
    if chosen.json:
        print(json.dumps({**to_builtins(outcome), "is_dry_run": chosen.dry_run}))
    else:
        say(outcome, chosen.dry_run)
    return 0


def say(outcome: Purged, is_dry_run: bool) -> None:
    """Say what was done, for people."""
    if not outcome.rounds:
        print("Nothing to purge: no hunt that is over, or none that is old enough.")
        return
    for one in outcome.rounds:
        ended = time.strftime("%Y-%m-%d %H:%M", time.gmtime(one.ended_at))
        print(f"{one.hunt}: over since {ended} UTC, {one.players} devices joined")
    verb = "would be" if is_dry_run else "were"
    print(f"{outcome.records} records {verb} changed, {outcome.sessions} sessions {verb} deleted.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
