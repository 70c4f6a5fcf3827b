from io import StringIO

import pytest
from rich.console import Console

from scripts.bench_claims import Run, Sample
from scripts.bench_report import correctness, figures, percentile, phase_summary, table
from scripts.load_connection import Measured


def sample(per_s: int, answer_s: float = 0.001, refused: int = 0) -> Sample:
    measured = Measured(
        seconds=1.0, answered=per_s, refused=refused, answer_s=[answer_s] * 10, saved_s=[0.02]
    )
    return Sample(measured, server_busy=0.9, load_busy=0.5)


def run(ours: int, echo: int, accepted: int = 10, journaled: int = 10) -> Run:
    return Run({"depth 1": sample(ours)}, {"depth 1": sample(echo)}, accepted, journaled)


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 5.0), (0.51, 6.0), (0.99, 10.0), (1.0, 10.0), (0.0, 1.0)]
)
def test_a_percentile_is_a_value_that_was_measured(share: float, expected: float) -> None:
    assert percentile([float(value) for value in range(1, 11)], share) == expected


def test_there_is_no_percentile_of_nothing() -> None:
    assert percentile([], 0.5) is None


def test_figures_are_in_milliseconds() -> None:
    shown = figures(sample(100, answer_s=0.0015))
    assert (shown["per_s"], shown["p99_ms"], shown["saved_p50_ms"]) == (100, 1.5, 20)


def test_a_phase_shows_the_medians_of_figures_and_of_the_runs_own_ratios() -> None:
    summary = phase_summary([run(100, 400), run(300, 300), run(200, 400)], "depth 1")
    assert summary["cairn"]["per_s"] == 200
    assert summary["echo"]["per_s"] == 400
    assert summary["ratio"] == 0.5


def test_under_an_open_loop_the_ratio_is_of_p99() -> None:
    loads = Run({"open loop": sample(100, 0.003)}, {"open loop": sample(100, 0.001)}, 1, 1)
    summary = phase_summary([loads], "open loop")
    assert (summary["ratio"], summary["ratio_of"]) == (3.0, "p99_ms")


def test_a_claim_that_is_missing_in_one_run_is_not_made_up_for_by_another() -> None:
    assert correctness([run(1, 1)])["is_correct"]
    runs = [run(1, 1, journaled=9), run(1, 1, journaled=11)]
    assert not correctness(runs)["is_correct"]


def test_a_refused_claim_is_not_correct() -> None:
    lost = Run({"depth 1": sample(1, refused=1)}, {"depth 1": sample(1)}, 10, 10)
    assert not correctness([lost])["is_correct"]


def test_the_table_fits_a_terminal_and_names_both_servers() -> None:
    phases = [phase_summary([run(12_345, 20_000)], "depth 1")] * 3
    console = Console(file=StringIO(), width=80)
    console.print(table(phases))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "12,345" in shown
    assert "20,000" in shown
    assert "…" not in shown
