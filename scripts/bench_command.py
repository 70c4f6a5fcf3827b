"""What every subcommand of the benchmark is made of: how it is called, and how it is told.

Each measures, beside itself and in the same run, an anchor: something simple that shows what this
machine can do today. Its targets are ratios to that, never absolute times.
"""

import argparse
import json
import os
import platform
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from rich.box import SIMPLE
from rich.console import Console, RenderableType
from rich.progress import Progress
from rich.table import Table

from scripts import bench_plot
from scripts.bench_children import CannotStart, cores
from scripts.bench_panels import Panel, Picture, small_print
from scripts.load_connection import LoadFailed

EXIT_DONE, EXIT_FAILED, EXIT_WRONG, EXIT_LOST = 0, 1, 2, 3

EPILOG = """\
exit codes:
  0  measured; everything that was accepted is in the database
  1  a server failed, or this machine cannot hold so much
  2  the command line cannot be used
  3  measured, but something that must not happen did: the last line says what

A missed target does not change the exit code: other programs may have been in the way.
"""

WIDTH = 120
"""Characters of a line in a file or a pipe, which have no width of their own."""

Tell = Callable[[str, float], None]
"""Told what is being done, and how much of all there is to do (0 to 1) was done just now."""

Summary = dict[str, Any]
"""Everything that was measured, as plain values."""


class Column(Struct, frozen=True):
    """A figure of each row: its key, its heading, and how it is written (a format)."""

    key: str
    heading: str
    form: str = ""


def no_more(_summary: Summary) -> Sequence[RenderableType]:
    """Say that the rows are all that there is."""
    return ()


class Benchmark(Struct, frozen=True):
    """One subcommand."""

    name: str
    help: str
    text: str
    """For `--help`: what is done, and what the figures mean."""
    title: str
    """Of the table."""
    columns: tuple[Column, ...]
    add_arguments: Callable[[argparse.ArgumentParser], None]
    measure: Callable[[argparse.Namespace, Tell], Summary]
    """Returns `rows`, `targets` (see `target`), `correct`, and whatever else is worth knowing."""
    panels: Callable[[Summary], Sequence[Panel]]
    """What `--plot` draws of it."""
    more: Callable[[Summary], Sequence[RenderableType]] = no_more
    """What is printed below the table."""


def target(what: str, value: float | None, at_least: float = 0, at_most: float = 0) -> Summary:
    """A ratio with what it should be: at least or at most something."""
    limit = at_least or at_most
    holds = value is not None and (value >= limit if at_least else value <= limit)
    bound = "at least" if at_least else "at most"
    rounded = None if value is None else round(value, 4)
    return {"what": what, "value": rounded, "bound": bound, "limit": limit, "holds": holds}


def ratio(one: float | None, other: float | None) -> float | None:
    """One by the other, where there is something to divide."""
    return one / other if one is not None and other else None


def correct(is_correct: bool, text: str) -> Summary:
    """Whether everything was as it must be, in words."""
    return {"is_correct": is_correct, "text": text}


def add_parser(commands: Any, benchmark: Benchmark) -> None:
    """Add the subcommand to the command line."""
    parser = commands.add_parser(
        benchmark.name,
        help=benchmark.help,
        description=benchmark.text,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    benchmark.add_arguments(parser)
    parser.add_argument(
        "--quick", action="store_true", help="small and short, to see that it works"
    )
    parser.add_argument(
        "--folder", type=Path, help="for temporary databases; default: the system's"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    bench_plot.add_plot_argument(parser)


def run(benchmark: Benchmark, options: argparse.Namespace) -> int:
    """Measure and print; return the exit code."""
    console = Console(stderr=True)
    try:
        with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
            task = bar.add_task("Starting", total=1.0)
            summary = benchmark.measure(
                options, lambda what, share: bar.update(task, description=what, advance=share)
            )
    except (LoadFailed, CannotStart, OSError) as error:
        print(f"Not measured: {error}", file=sys.stderr)
        return EXIT_FAILED
    head = {"benchmark": benchmark.name, "quick": options.quick, "machine": machine()}
    if options.json:
        print(json.dumps(head | summary))
    else:
        show(benchmark, summary)
    if options.plot is not None:
        foot = small_print(head["machine"], options.quick)
        picture = Picture(benchmark.title, tuple(benchmark.panels(summary)), foot)
        if not draw(picture, options.plot):
            return EXIT_FAILED
    return EXIT_DONE if summary["correct"]["is_correct"] else EXIT_LOST


def draw(picture: Picture, file: Path) -> bool:
    """Draw; whether that could be done. The figures are printed before, so none is lost."""
    try:
        bench_plot.write(picture, file)
    except OSError as error:
        print(f"Not drawn: {error}", file=sys.stderr)
        return False
    return True


def machine() -> Summary:
    """What the figures come from."""
    server_core, load_core = cores()
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "server_core": server_core,
        "load_core": load_core,
        "load_average": round(os.getloadavg()[0], 2),
    }


def show(benchmark: Benchmark, summary: Summary) -> None:
    """Print for people."""
    console = Console()
    if not console.is_terminal:
        console.width = WIDTH
    console.print(table(benchmark, summary["rows"]))
    for further in benchmark.more(summary):
        console.print(further, highlight=False)
    for one in summary["targets"]:
        console.print(target_line(one), highlight=False)
    console.print(summary["correct"]["text"], highlight=False)


def target_line(one: Summary) -> str:
    """A target, in words."""
    value = "none" if one["value"] is None else f"{one['value']:,.3g}"
    verdict = "holds" if one["holds"] else "missed"
    return f"{one['what']}: {value} (target: {one['bound']} {one['limit']:g}, {verdict})"


def table(benchmark: Benchmark, rows: Sequence[Summary]) -> Table:
    """The rows, with the benchmark's columns."""
    result = Table(title=benchmark.title, box=SIMPLE)
    for column in benchmark.columns:
        result.add_column(column.heading, justify="right" if column.form else "left")
    for row in rows:
        result.add_row(*(_shown(row.get(column.key), column.form) for column in benchmark.columns))
    return result


def _shown(value: Any, form: str) -> str:
    return "" if value is None else format(value, form)


# The command line's small languages ---------------------------------------------------------


def count_to(most: int) -> Callable[[str], int]:
    """Reads a whole number from 1 to `most`."""

    def count(text: str) -> int:
        if not re.fullmatch(r"[1-9]\d{0,8}", text) or int(text) > most:
            raise argparse.ArgumentTypeError(f"expected a number from 1 to {most}")
        return int(text)

    return count


def seconds(text: str) -> float:
    """Reads seconds, at most an hour of them."""
    if not re.fullmatch(r"\d+(\.\d+)?", text) or not 0 < float(text) <= 3_600:
        raise argparse.ArgumentTypeError("expected seconds, at most 3600")
    return float(text)
