#!/usr/bin/env python3
"""Play simulated hunts in which everything goes wrong, and check every invariant.

Each seed is one run: the real rules, actors, sessions and persistence actor on virtual time, with
phones, game masters, a disk and links that misbehave, and a server that dies at any moment. The
same seed plays the same run, bit for bit.

    scripts/simulate.py --seeds 1000           a thousand runs, on all cores
    scripts/simulate.py --deliveries 5000000   as many runs as that takes
    scripts/simulate.py --seed 4711            one run, twice, and whether both were the same
"""

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from itertools import count, islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # Runs from any checkout.

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from server.simulation.run import Result, simulate

EXIT_HOLDS, EXIT_VIOLATED, EXIT_WRONG = 0, 1, 2

FAILURES_SHOWN = 10
"""Failing seeds that are printed; one is enough to begin with."""

BATCH = 32
"""Runs that are handed to the processes at a time."""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/simulate.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Exit codes: 0 every invariant held, 1 one did not, 2 wrong arguments.",
    )
    parser.add_argument("--seeds", type=int, default=100, help="runs (default: 100)")
    parser.add_argument("--deliveries", type=int, help="go on until so many deliveries were made")
    parser.add_argument("--first", type=int, default=0, help="number of the first seed")
    parser.add_argument("--seed", help="play this one seed twice and compare the traces")
    parser.add_argument(
        "--processes", type=int, default=os.cpu_count() or 1, help="default: one for each core"
    )
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")
    return parser


class Tally:
    """What all runs together came to."""

    def __init__(self) -> None:
        self.runs = 0
        self.deliveries = 0
        self.records = 0
        self.lives = 0
        self.virtual_s = 0.0
        self.kinds: Counter[str] = Counter()
        self.failed: list[Result] = []
        self._began = time.monotonic()

    def take(self, result: Result) -> None:
        """One more run."""
        self.runs += 1
        self.deliveries += result.deliveries
        self.records += result.records
        self.lives += result.lives
        self.virtual_s += result.virtual_s
        self.kinds.update(result.kinds)
        if result.violations:
            self.failed.append(result)

    @property
    def rate(self) -> float:
        """Deliveries a second of real time."""
        return self.deliveries / max(time.monotonic() - self._began, 0.001)

    def as_dict(self) -> dict[str, object]:
        """For `--json`."""
        return {
            "runs": self.runs,
            "deliveries": self.deliveries,
            "deliveries_per_s": round(self.rate),
            "server_lives": self.lives,
            "records": self.records,
            "virtual_hours": round(self.virtual_s / 3_600, 1),
            "faults": dict(self.kinds),
            "failed_seeds": [one.seed for one in self.failed],
            "violations": [
                {"seed": one.seed, "invariant": v.invariant, "text": v.text, "at": v.at}
                for one in self.failed
                for v in one.violations
            ],
        }


def results(chosen: argparse.Namespace) -> Iterator[Result]:
    """Play seed after seed, on several processes, until the caller has enough."""
    numbers = count(chosen.first)
    if chosen.deliveries is None:
        numbers = iter(range(chosen.first, chosen.first + chosen.seeds))  # type: ignore[assignment]
    if chosen.processes == 1:
        yield from (simulate(str(number)) for number in numbers)
        return
    with multiprocessing.get_context("spawn").Pool(chosen.processes) as pool:
        # Submitted bit by bit: `imap` would take an endless iterator in whole.
        while batch := [str(number) for number in islice(numbers, BATCH)]:
            played = pool.imap_unordered(simulate, batch)
            try:
                yield from played
            except GeneratorExit:
                # The caller has enough. A process that is ended while it hands over a result can
                # hang the pool for ever: let them all come to their end.
                deque(played, maxlen=0)
                raise


def play_all(chosen: argparse.Namespace, console: Console) -> Tally:
    """Play, and show how far it is."""
    tally = Tally()
    goal = chosen.deliveries or chosen.seeds
    columns = (
        TextColumn("simulating"),
        BarColumn(),
        TextColumn("{task.fields[runs]:,} runs, {task.fields[deliveries]:,} deliveries"),
        TextColumn("{task.fields[rate]:,.0f}/s  [red]{task.fields[failed]}[/red]"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=goal, runs=0, deliveries=0, rate=0.0, failed="")
        for result in results(chosen):
            tally.take(result)
            done = tally.deliveries if chosen.deliveries else tally.runs
            failed = f"{len(tally.failed)} failed" if tally.failed else ""
            progress.update(
                task,
                completed=done,
                runs=tally.runs,
                deliveries=tally.deliveries,
                rate=tally.rate,
                failed=failed,
            )
            if chosen.deliveries and done >= chosen.deliveries:
                break
    return tally


def report(tally: Tally, console: Console) -> None:
    """Say what was found, and how to see it again."""
    console.print(
        f"{tally.runs:,} runs, {tally.deliveries:,} deliveries ({tally.rate:,.0f}/s), "
        f"{tally.lives:,} lives of the server, {tally.records:,} records, "
        f"{tally.virtual_s / 3_600:,.1f} hours of play: {len(tally.failed)} runs failed.",
        highlight=False,
    )
    for failed in tally.failed[:FAILURES_SHOWN]:
        console.print(f"Seed {failed.seed} ({', '.join(failed.kinds)}):", highlight=False)
        for violation in failed.violations[:3]:
            text = f"  {violation.invariant} at {violation.at:.3f} s: {violation.text}"
            console.print(text, markup=False, highlight=False)
        console.print(f"  Again: scripts/simulate.py --seed {failed.seed}", highlight=False)


def play_one(seed: str, console: Console) -> Tally:
    """Play one seed twice; a difference between both is a violation of its own."""
    tally = Tally()
    first, second = simulate(seed), simulate(seed)
    tally.take(first)
    console.print(f"{first.deliveries:,} deliveries, trace {first.trace}", highlight=False)
    if first.trace != second.trace:
        console.print(f"The second run's trace is {second.trace}: the seed does not replay.")
        tally.failed.append(second)
    return tally


def main(arguments: Sequence[str]) -> int:
    """Run; returns the exit code."""
    chosen = parser().parse_args(arguments)
    if (
        chosen.seeds < 1
        or chosen.processes < 1
        or (1 if chosen.deliveries is None else chosen.deliveries) < 1
    ):
        print("--seeds, --deliveries and --processes must be at least 1.", file=sys.stderr)
        return EXIT_WRONG
    console = Console(stderr=chosen.json, soft_wrap=True)
    tally = play_one(chosen.seed, console) if chosen.seed is not None else play_all(chosen, console)
    if chosen.json:
        print(json.dumps(tally.as_dict()))
    else:
        report(tally, console)
    return EXIT_VIOLATED if tally.failed else EXIT_HOLDS


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
