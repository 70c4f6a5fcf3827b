"""From a benchmark's runs to its figures: medians, shares, and a table."""

from collections.abc import Sequence
from statistics import median
from typing import Any

from rich.box import SIMPLE
from rich.table import Table

from scripts.bench_claims import Run, Sample

FIGURES = {
    "per_s": "claims/s",
    "p50_ms": "answer p50, ms",
    "p99_ms": "answer p99, ms",
    "max_ms": "answer max, ms",
    "saved_p50_ms": "saved p50, ms",
    "saved_p99_ms": "saved p99, ms",
    "server_busy": "server busy",
    "load_busy": "load busy",
}
"""Figures of one server in one phase, and how the table calls them."""


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest of the sorted values that at least this share of them does not exceed.

    The nearest-rank method: always a value that was measured. None of no values.
    """
    if not values:
        return None
    rank = max(1, -int(-share * len(values) // 1))
    return values[min(rank, len(values)) - 1]


def figures(sample: Sample) -> dict[str, float | None]:
    """One phase against one server. Times in milliseconds."""
    answers, lags = sorted(sample.measured.answer_s), sorted(sample.measured.saved_s)
    return {
        "per_s": sample.per_s,
        "p50_ms": _ms(percentile(answers, 0.5)),
        "p99_ms": _ms(percentile(answers, 0.99)),
        "max_ms": _ms(percentile(answers, 1.0)),
        "saved_p50_ms": _ms(percentile(lags, 0.5)),
        "saved_p99_ms": _ms(percentile(lags, 0.99)),
        "server_busy": sample.server_busy,
        "load_busy": sample.load_busy,
    }


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else 1_000 * seconds


def phase_summary(runs: Sequence[Run], phase: str) -> dict[str, Any]:
    """One phase: the median of every figure over the runs, and of the runs' own ratios."""
    ours = [figures(run.cairn[phase]) for run in runs]
    echo = [figures(run.echo[phase]) for run in runs]
    # Under an open loop both answer as much as is asked; what differs is how long it takes.
    key = "p99_ms" if phase == "open loop" else "per_s"
    pairs = [(one[key], other[key]) for one, other in zip(ours, echo, strict=True)]
    ratios = [one / other for one, other in pairs if one is not None and other]
    exhausted = max(run.cairn[phase].measured.exhausted for run in runs)
    return {
        "phase": phase,
        "cairn": _medians(ours),
        "echo": _medians(echo),
        "ratio": round(median(ratios), 3) if ratios else None,
        "ratio_of": key,
        "ran_out_of_locations": exhausted,
    }


def _medians(all_figures: Sequence[dict[str, float | None]]) -> dict[str, float | None]:
    summary: dict[str, float | None] = {}
    for key in FIGURES:
        values = [value for one in all_figures if (value := one[key]) is not None]
        summary[key] = round(median(values), 3) if values else None
    return summary


def correctness(runs: Sequence[Run]) -> dict[str, Any]:
    """Whether every claim that was accepted is in the journal, and each only once."""
    refused = sum(sample.measured.refused for run in runs for sample in run.cairn.values())
    accepted = sum(run.accepted for run in runs)
    journaled = sum(run.journaled for run in runs)
    return {
        "accepted": accepted,
        "journaled": journaled,
        "refused": refused,
        "is_correct": all(run.accepted == run.journaled for run in runs) and refused == 0,
    }


def table(phases: Sequence[dict[str, Any]]) -> Table:
    """The figures for people: a column for each server in each phase."""
    result = Table(title="Claims, each journaled, beside a bare echo", box=SIMPLE)
    result.add_column("")
    for phase in phases:
        result.add_column(f"{phase['phase']}\nCairn", justify="right", no_wrap=True)
        result.add_column("\necho", justify="right", no_wrap=True)
    for key, name in FIGURES.items():
        cells = [_shown(key, phase[who][key]) for phase in phases for who in ("cairn", "echo")]
        result.add_row(name, *cells)
    ratios = [cell for phase in phases for cell in (_shown("ratio", phase["ratio"]), "")]
    result.add_row("ratio to the echo", *ratios)
    return result


def _shown(key: str, value: float | None) -> str:
    if value is None:
        return ""
    if key == "per_s":
        return f"{value:,.0f}"
    if key.endswith("_busy"):
        return f"{value:.0%}"
    return f"{value:.2f}"
