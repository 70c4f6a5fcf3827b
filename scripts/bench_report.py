"""From a benchmark's runs to its figures: medians, shares, and a table."""

from collections.abc import Sequence
from statistics import median
from typing import Any

from rich.box import SIMPLE
from rich.table import Table

from scripts.bench_claims import OPEN_LOOP, SERVERS, Run, Sample
from scripts.bench_command import target
from scripts.bench_panels import Bars, Line, bars

CALLBACK_SHARE_MIN = 0.6
"""What of the callback echo's messages a second Cairn should answer in claims, with one in flight: the
rest is the room for rules, actors and journal."""

FIGURES = {
    "per_s": "claims\n/s",
    "p50_ms": "answer\np50",
    "p99_ms": "\np99",
    "max_ms": "\nmax",
    "saved_p50_ms": "saved\np50",
    "saved_p99_ms": "\np99",
    "server_busy": "server\nbusy",
    "load_busy": "load\nbusy",
}
"""Figures of one server in one phase, and how the table calls them."""


def figures(sample: Sample) -> dict[str, float | None]:
    """One phase against one server. Times in milliseconds."""
    answers, saves = sample.phase.answers, sample.phase.saves
    return {
        "per_s": sample.phase.per_s,
        "p50_ms": _ms(answers.p50_s),
        "p99_ms": _ms(answers.p99_s),
        "max_ms": _ms(answers.max_s),
        "saved_p50_ms": _ms(saves.p50_s),
        "saved_p99_ms": _ms(saves.p99_s),
        "server_busy": sample.server_busy,
        "load_busy": sample.phase.busy,
    }


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else 1_000 * seconds


def phase_summary(runs: Sequence[Run], phase: str) -> dict[str, Any]:
    """One phase: the median of every figure over the runs, and of the runs' own ratios."""
    measured = {
        who: [figures(run.samples[who][phase]) for run in runs]
        for who in SERVERS
        if all(who in run.samples for run in runs)
    }
    # Under an open loop all answer as much as is asked; what differs is how long it takes.
    key = "p99_ms" if phase == OPEN_LOOP else "per_s"
    ratios = {
        who: _ratio(key, measured["cairn"], theirs)
        for who, theirs in measured.items()
        if who != "cairn"
    }
    exhausted = max(run.samples["cairn"][phase].phase.exhausted for run in runs)
    return {
        "phase": phase,
        **{who: _medians(theirs) for who, theirs in measured.items()},
        "ratios": ratios,
        "ratio_of": key,
        "ran_out_of_locations": exhausted,
    }


def _ratio(
    key: str, ours: Sequence[dict[str, float | None]], theirs: Sequence[dict[str, float | None]]
) -> float | None:
    pairs = [(one[key], other[key]) for one, other in zip(ours, theirs, strict=True)]
    ratios = [one / other for one, other in pairs if one is not None and other]
    return round(median(ratios), 3) if ratios else None


def _medians(all_figures: Sequence[dict[str, float | None]]) -> dict[str, float | None]:
    summary: dict[str, float | None] = {}
    for key in FIGURES:
        values = [value for one in all_figures if (value := one[key]) is not None]
        summary[key] = round(median(values), 3) if values else None
    return summary


def targets(phases: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What Cairn should reach beside its anchors."""
    return [
        target("depth 1: Cairn / callback echo", one["ratios"]["callback"], CALLBACK_SHARE_MIN)
        for one in phases
        if one["phase"] == "depth 1" and "callback" in one["ratios"]
    ]


def correctness(runs: Sequence[Run]) -> dict[str, Any]:
    """Whether every claim that was accepted is in the journal, and each only once."""
    samples = [sample for run in runs for sample in run.samples["cairn"].values()]
    refused = sum(sample.phase.refused for sample in samples)
    accepted = sum(run.accepted for run in runs)
    journaled = sum(run.journaled for run in runs)
    return {
        "accepted": accepted,
        "journaled": journaled,
        "refused": refused,
        "is_correct": all(run.accepted == run.journaled for run in runs) and refused == 0,
    }


def panels(phases: Sequence[dict[str, Any]]) -> tuple[Bars, ...]:
    """The figures for the eye: a panel for each phase."""
    return tuple(_panel(one) for one in phases)


def _panel(phase: dict[str, Any]) -> Bars:
    rows = [{"what": called, **phase[who]} for who, called in SERVERS.items() if who in phase]
    if phase["phase"] == OPEN_LOOP:
        title = "Open loop, claims at planned times: how long 99 of 100 answers take"
        return bars(rows, "p99_ms", title, "ms", ",.2f")
    line = None
    if phase["phase"] == "depth 1" and "callback" in phase:
        least = CALLBACK_SHARE_MIN * phase["callback"]["per_s"]
        line = Line(least, f"target: {CALLBACK_SHARE_MIN:g} of the callback echo")
    title = f"Closed loop, {phase['phase'].removeprefix('depth ')} in flight on each connection"
    return bars(rows, "per_s", title, "claims or echoes a second", ",.0f", line=line)


def table(phases: Sequence[dict[str, Any]], generator: str) -> Table:
    """The figures for people: a line for each server in each phase."""
    title = f"Claims, each journaled, beside bare echoes\nTimes in ms; load generator: {generator}"
    result = Table(title=title, box=SIMPLE, padding=0)
    result.add_column("", no_wrap=True)
    for heading in FIGURES.values():
        result.add_column(heading, justify="right", no_wrap=True)
    result.add_column("Cairn\n/ it", justify="right", no_wrap=True)
    for phase in phases:
        result.add_row(phase["phase"], style="bold")
        for who, called in SERVERS.items():
            if who in phase:
                cells = [_shown(key, phase[who][key]) for key in FIGURES]
                result.add_row(called, *cells, _shown("ratio", phase["ratios"].get(who)))
    return result


def _shown(key: str, value: float | None) -> str:
    if value is None:
        return ""
    if key == "per_s":
        return f"{value:,.0f}"
    if key.endswith("_busy"):
        return f"{value:.0%}"
    return f"{value:.{2 if value < 10 else 1 if value < 100 else 0}f}"
