"""What a load test came to, for people and for scripts."""

import json
from collections.abc import Mapping
from typing import Any

from msgspec import to_builtins
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from scripts.loadtest_plan import Shape, What
from scripts.loadtest_tally import Figures
from scripts.loadtest_verdict import EXPECTED, Measured, Tolerances, Verdict

_MIB = 1024 * 1024


def as_json(
    hunt: str, shape: Shape, tolerated: Tolerances, measured: Measured, verdict: Verdict
) -> str:
    """Everything as one JSON object on one line. Times in seconds."""
    whole: dict[str, Any] = {
        "hunt": hunt,
        "shape": shape,
        "tolerated": tolerated,
        "measured": measured,
        "verdict": verdict,
    }
    return json.dumps(to_builtins(whole), ensure_ascii=False, default=sorted)


def print_report(
    console: Console, shape: Shape, tolerated: Tolerances, measured: Measured, verdict: Verdict
) -> None:
    """Print tables, and the verdict last, where people look first."""
    console.print(times(measured, tolerated))
    console.print(facts(measured))
    for note in verdict.notes:
        _say(console, f"Note: {note}")
    _say(console, verdict.first)
    if verdict.is_fit:
        console.print(Text(f"Fit for {shape.players:,} players.", style="bold green"))
        return
    console.print(Text(f"Not fit for {shape.players:,} players:", style="bold red"))
    for reason in verdict.reasons:
        _say(console, f"  {reason.name}: {reason.text}")


def times(measured: Measured, tolerated: Tolerances) -> Table:
    """How long everything took."""
    table = Table(title="Seconds from the planned moment", title_justify="left", box=SIMPLE)
    table.add_column("")
    for name in ("count", "p50", "p99", "max", "p99 tolerated"):
        table.add_column(name, justify="right", no_wrap=True)
    most = dict.fromkeys(measured.answers, f"{tolerated.answer_p99_s:g}")
    most |= {What.JOIN.value: f"{tolerated.join_p99_s:g}", "comeback": ""}
    for kind, one in measured.answers.items():
        table.add_row(kind, *_cells(one), most[kind])
    table.add_row("all requests", *_cells(measured.requests), f"{tolerated.answer_p99_s:g}")
    table.add_row("saved, after", *_cells(measured.saved), f"{tolerated.saved_p99_s:g}")
    table.add_row("announced", *_cells(measured.heard), f"{tolerated.announce_p99_s:g}")
    return table


def facts(measured: Measured) -> Table:
    """What happened, and how the machines were at the worst moment."""
    table = Table(show_header=False, box=SIMPLE)
    table.add_column(no_wrap=True)
    table.add_column()
    for name, value in _facts(measured):
        table.add_row(name, Text(value))
    return table


def _facts(measured: Measured) -> list[tuple[str, str]]:
    health, machine, books = measured.health, measured.machine, measured.books
    expected = {key: n for key, n in measured.refused.items() if key in EXPECTED}
    odd = {key: n for key, n in measured.refused.items() if key not in EXPECTED}
    compared = f"{books.teams:,} teams, {books.wrong:,} differences"
    compared += f", {books.unsure:,} of them without the score" if books.unsure else ""
    compared += "; the database too" if books.journal else ""
    rows = [
        ("joined", f"{measured.joined:,} of {measured.players:,}"),
        ("accepted", _counts(measured.accepted)),
        ("refused, as planned", _counts(expected)),
        ("refused otherwise", _counts(odd)),
        ("lost and resumed", f"{measured.lost:,} and {measured.resumes:,}"),
        ("closed by the server", _counts(measured.closed | measured.gone)),
        ("failed to connect", _counts(measured.not_in)),
        ("open in the end", f"{measured.unanswered:,} answers, {measured.unsaved:,} saved"),
        ("saved exactly once", compared),
        ("waiting for the disk", f"{health.journal_lag_s:.3g} s, {health.journal_fill:.1%} full"),
        ("server's own p99", f"{health.accept_p99_s:.3g} s, network left out"),
        ("server's loop late", f"{health.loop_lag_s:.3g} s"),
        ("deepest mailbox", f"{health.mailbox_depth:,} messages"),
        ("shed", ", ".join(sorted(health.shed)) or "nothing"),
        (
            "this load generator",
            f"{machine.load_busy:.0%} of a core, steps late p99 {machine.late_p99_s:.3g} s "
            f"(max {machine.late_max_s:.3g} s), {machine.descriptors:,} files open",
        ),
    ]
    if machine.server_busy is not None and machine.server_memory_bytes is not None:
        memory = machine.server_memory_bytes / _MIB
        used = f"{machine.server_busy_average or 0:.0%} of a core, {machine.server_busy:.0%} in "
        rows.append(("server's process", f"{used}the busiest seconds, {memory:,.0f} MiB"))
    return rows


def _cells(one: Figures) -> tuple[str, str, str, str]:
    return f"{one.count:,}", f"{one.p50_s:.4f}", f"{one.p99_s:.4f}", f"{one.max_s:.4f}"


def _counts(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda one: -one[1])
    return ", ".join(f"{name} {count:,}" for name, count in ordered) or "none"


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False)
