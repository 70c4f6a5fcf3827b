#!/usr/bin/env python3
"""Try every promise on the real thing, and print what was found as one table.

    scripts/prove.py                the size for every change: some minutes
    scripts/prove.py --long         the size of a recorded run: hours
    scripts/prove.py --only T1,T4   some claims
    scripts/prove.py --json         for scripts

Exit codes: 0 no violation, 1 a violation or a proof that broke off (with --no-skips also one that
this machine cannot try), 2 wrong arguments.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
PROOFS = "tests/proofs"
POLL_S = 0.2

ENDING_S = 20.0
"""Seconds that the proofs have to stop their servers when the run is ended early."""

Line = dict[str, Any]


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/prove.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--long", action="store_true", help="the size of a recorded run")
    parser.add_argument("--only", default="", help="claims to try, as in the table: T1,T4")
    parser.add_argument("--list", action="store_true", help="name the proofs, try nothing")
    parser.add_argument("--json", action="store_true", help="print outcomes as JSON")
    parser.add_argument("--log", type=Path, help="write what pytest says to this file")
    parser.add_argument(
        "--no-skips", action="store_true", help="fail when a proof cannot be tried on this machine"
    )
    return parser


def pytest_command(options: Sequence[str]) -> list[str]:
    """Proofs are tests, run by pytest."""
    # One -q wherever the settings come from: what is collected is read from its output.
    return [sys.executable, "-m", "pytest", "-o", "addopts=-q", "-m", "proof", PROOFS, *options]


def selection(only: str) -> list[str]:
    """The option that selects claims: `T1` is tried by `test_t1_…`."""
    names = [name.strip().lower() for name in only.split(",") if name.strip()]
    return ["-k", " or ".join(f"test_{name}_" for name in names)] if names else []


def collect(only: str) -> list[str]:
    """The tests that will run."""
    listed = subprocess.run(
        pytest_command(["--collect-only", *selection(only)]),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return [line for line in listed.stdout.splitlines() if "::" in line]


class Ledger:
    """The file that proofs write to, read while it grows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0
        self.outcomes: list[Line] = []

    def news(self) -> Iterator[Line]:
        """Lines that came since the last look."""
        if not self._path.exists():
            return
        with self._path.open(encoding="utf-8") as file:
            file.seek(self._read)
            while (line := file.readline()).endswith("\n"):
                self._read = file.tell()
                message: Line = json.loads(line)
                if message["kind"] == "outcome":
                    self.outcomes.append(message)
                yield message


def run(
    arguments: argparse.Namespace, tests: Sequence[str], console: Console
) -> tuple[int, Ledger]:
    """Run the proofs with a progress display; returns pytest's exit code and what they found."""
    with tempfile.TemporaryDirectory() as scratch:
        ledger = Ledger(Path(scratch) / "ledger.jsonl")
        log_path = arguments.log or Path(scratch) / "pytest.log"
        options = ["--ledger", str(Path(scratch) / "ledger.jsonl"), *selection(arguments.only)]
        options += ["--long"] if arguments.long else []
        with log_path.open("w", encoding="utf-8") as log:
            process = subprocess.Popen(
                pytest_command(options),
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                watch(process, ledger, len(tests), console)
            except BaseException:
                end(process)
                raise
        if process.returncode:
            console.print(log_path.read_text(encoding="utf-8"), markup=False, highlight=False)
        return process.returncode, ledger


def end(process: subprocess.Popen[bytes]) -> None:
    """Let pytest end in order; whatever it started ends with it, one way or the other."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(ENDING_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def on_terminate(number: int, _frame: object) -> None:
    """End as on Ctrl-C: in order."""
    sys.exit(128 + number)


def watch(process: subprocess.Popen[bytes], ledger: Ledger, total: int, console: Console) -> None:
    """Show how far it is until the process ends."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
    )
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        task = progress.add_task("proving", total=total)
        while process.poll() is None:
            show(ledger, progress, task, console)
            time.sleep(POLL_S)
        show(ledger, progress, task, console)


def show(ledger: Ledger, progress: Progress, task: TaskID, console: Console) -> None:
    """Bring the display up to date."""
    for line in ledger.news():
        if line["kind"] == "progress":
            progress.update(
                task, description=f"{line['test'].removeprefix('test_')[:40]}: {line['text']}"
            )
            continue
        progress.advance(task)
        if not console.is_terminal:  # A log has no progress bar; each result is a sign of life.
            console.print(
                f"{line['seconds']:7.1f} s  {verdict(line):9} {line['name']}", highlight=False
            )


def verdict(outcome: Line) -> str:
    """In a word."""
    if outcome["violations"]:
        return "VIOLATED"
    return "skipped" if outcome["is_skipped"] else "holds"


def table(outcomes: Sequence[Line]) -> Table:
    """One line for each claim."""
    shown = Table(title="What was tried, and what was found", show_lines=False)
    for heading in ("claim", "tries", "violations", "figure", "seen to fail on"):
        shown.add_column(heading, justify="right" if heading in ("tries", "violations") else "left")
    for one in outcomes:
        tries = "skipped" if one["is_skipped"] else f"{one['tries']:,}"
        shown.add_row(
            f"[bold]{one['name']}[/bold]: {one['claim']}",
            tries,
            f"[red]{one['violations']}[/red]" if one["violations"] else "0",
            one["figure"],
            one["bite"],
        )
    return shown


def main(arguments: Sequence[str]) -> int:
    """Run; returns the exit code."""
    chosen = parser().parse_args(arguments)
    console = Console(stderr=chosen.json, width=None if sys.stdout.isatty() else 160)
    tests = collect(chosen.only)
    if not tests:
        console.print(f"No proof is called {chosen.only!r}; --list names them all.")
        return 2
    if chosen.list:
        print("\n".join(tests))
        return 0
    code, ledger = run(chosen, tests, console)
    if chosen.json:
        print(
            json.dumps([{k: v for k, v in one.items() if k != "kind"} for one in ledger.outcomes])
        )
    else:
        console.print(table(ledger.outcomes))
    violations = sum(one["violations"] for one in ledger.outcomes)
    skipped = sum(one["is_skipped"] for one in ledger.outcomes)
    tried = len(ledger.outcomes) - skipped
    console.print(f"{tried} claims tried, {skipped} skipped, {violations} violations.")
    is_whole = len(ledger.outcomes) == len(tests) and not (chosen.no_skips and skipped)
    return 1 if code or violations or not is_whole else 0


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    signal.signal(signal.SIGTERM, on_terminate)
    sys.exit(main(sys.argv[1:]))
