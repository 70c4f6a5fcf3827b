#!/usr/bin/env python3
"""Check a hunt plan, send it to a running Cairn server and print the teams' join codes."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # Runs from any checkout.

import yaml
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from actors.domain.plan_values import slug
from scripts.seed_client import PlanRefused, Seeded, SeedFailed, WrongToken, seed
from server.geojson import UnreadablePoints, plan_document_from_points, read_points
from server.plan_file import PlanErrors, PlanFile, read_plan_file

EXIT_DONE, EXIT_FAILED, EXIT_MISTAKES, EXIT_TOKEN = 0, 1, 2, 3

EXIT_CODES = """\
exit codes:
  0  done; also when it only showed what would change
  1  the server could not be reached, or refused
  2  the plan has mistakes (all are printed), or the command line has
  3  the game master's token is missing or wrong
"""

NOTHING_CHANGED = "Nothing was changed. Add --replace to drop the progress and seed this plan."

_TEAMS = 8  # A plan from GeoJSON names no teams; eight fit one table of join codes.


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    result = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    result.add_argument("plan", type=Path, help="YAML plan, or points as .geojson or .json")
    result.add_argument("--server", default="ws://127.0.0.1:8765", help="default: %(default)s")
    result.add_argument("--token", help="game master's token; default: $CAIRN_GM_TOKEN")
    result.add_argument("--replace", action="store_true", help="drop the hunt's progress")
    result.add_argument("--json", action="store_true", help="print one JSON object")
    result.add_argument("--check", action="store_true", help="only check the plan; no server")
    points = result.add_argument_group("from GeoJSON points")
    points.add_argument("--pick", type=_count, metavar="N", help="take N places; default: all")
    points.add_argument("--near", type=_position, metavar="LAT,LON", help="the N nearest to here")
    points.add_argument("--hunt", metavar="SLUG", help="the hunt's id; default: the file's name")
    points.add_argument("--title", metavar="TEXT", help="default: the hunt's id")
    points.add_argument("--teams", type=_count, metavar="N", default=_TEAMS, help="default: 8")
    points.add_argument("--write", type=Path, metavar="FILE", help="write the plan; no server")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; return its exit code."""
    options = parser().parse_args(arguments)
    try:
        file = load(options)
    except (OSError, UnicodeDecodeError, UnreadablePoints) as error:
        _complain(f"{options.plan}: {error}")
        return EXIT_MISTAKES
    if isinstance(file, PlanErrors):
        count = len(file.messages)
        _complain(*file.messages, f"{count} mistake{'s' if count > 1 else ''}; nothing was sent.")
        return EXIT_MISTAKES
    if options.write is not None:
        options.write.write_text(plan_yaml(file.document), encoding="utf-8")
    if options.check or options.write is not None:
        if options.json:
            print(json.dumps({"hunt": file.plan.hunt, "mistakes": []}))
        else:
            print(f"{options.plan}: no mistakes; {_size(file)}.")
        return EXIT_DONE
    return _send(file, options)


def load(options: argparse.Namespace) -> PlanFile | PlanErrors:
    """Read and check the plan, or make one from GeoJSON points.

    Raises:
        OSError: The file cannot be read.
        UnicodeDecodeError: It is not UTF-8.
        UnreadablePoints: It should be GeoJSON and is not.
    """
    text = options.plan.read_text(encoding="utf-8-sig")
    if options.plan.suffix.lower() not in (".geojson", ".json"):
        return read_plan_file(text, str(options.plan))
    points = read_points(text)
    hunt = options.hunt or slug(options.plan.stem)
    document = plan_document_from_points(
        points, hunt, options.title or hunt, options.pick, options.near, teams=options.teams
    )
    if points.left_out:
        _complain(*points.left_out)
    # Through the plan reader like any other plan, so that it gets the same checks.
    return read_plan_file(plan_yaml(document), f"the plan made from {options.plan}")


def plan_yaml(document: object) -> str:
    """Return a plan document as YAML, in the author's order and letters."""
    return str(yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=100))


def _send(file: PlanFile, options: argparse.Namespace) -> int:
    token = options.token or os.environ.get("CAIRN_GM_TOKEN")
    if not token:
        _complain("Give the game master's token with --token or in CAIRN_GM_TOKEN.")
        return EXIT_TOKEN
    errors = Console(stderr=True)
    try:
        with Progress(console=errors, disable=not errors.is_terminal, transient=True) as progress:
            progress.add_task(f"Seeding {_size(file)}", total=None)
            seeded = seed(options.server, token, file.document, options.replace)
    except WrongToken:
        _complain("The server does not know this token. Give the game master's token.")
        return EXIT_TOKEN
    except PlanRefused as error:
        _complain(*error.errors)
        return EXIT_MISTAKES
    except SeedFailed as error:
        _complain(f"Not seeded: {error}")
        return EXIT_FAILED
    if options.json:
        print(outcome_json(seeded))
    else:
        print_outcome(seeded, Console())
    return EXIT_DONE


def outcome_json(seeded: Seeded) -> str:
    """Return the outcome as one JSON object on one line."""
    fields = {
        "hunt": seeded.hunt,
        "applied": seeded.applied,
        "changes": seeded.changes,
        "teams": seeded.teams,
    }
    return json.dumps(fields, ensure_ascii=False)


def print_outcome(seeded: Seeded, console: Console) -> None:
    """Print what changed or would change, and the join codes, for people."""
    for change in seeded.changes:
        console.print(change, markup=False, highlight=False)
    if seeded.teams:
        table = Table(title=f"Join codes of {seeded.hunt}", title_justify="left")
        table.add_column("Team")
        table.add_column("Code", no_wrap=True)
        table.add_column("Long code", no_wrap=True)
        for team in seeded.teams:
            cells = (
                team.get("name", ""),
                team.get("code", ""),
                in_fours(team.get("long_code", "")),
            )
            table.add_row(*map(_plain, cells))
        console.print(table)
    if not seeded.applied:
        console.print(NOTHING_CHANGED, highlight=False)


def in_fours(code: str) -> str:
    """A code as people read it out."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def _plain(text: str) -> str:
    """A team may be called ``[red]``, which rich would take for a colour."""
    return text.replace("[", r"\[")


def _size(file: PlanFile) -> str:
    return f"{len(file.plan.locations):,} locations, {len(file.plan.teams):,} teams"


def _complain(*lines: str) -> None:
    print(*lines, sep="\n", file=sys.stderr)


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError("expected a number of at least 1")
    return count


def _position(text: str) -> tuple[float, float]:
    parts = text.split(",")
    if len(parts) != 2:  # Too many or too few numbers.
        raise argparse.ArgumentTypeError("expected LAT,LON such as 37.80,-122.41")
    lat, lon = map(float, parts)
    if not (abs(lat) <= 90 and abs(lon) <= 180):
        raise argparse.ArgumentTypeError("expected degrees such as 37.80,-122.41")
    return lat, lon


if __name__ == "__main__":
    sys.exit(main())
