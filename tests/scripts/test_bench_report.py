from io import StringIO

import pytest
from rich.console import Console

from scripts.bench_claims import SERVERS, Run, Sample
from scripts.bench_report import correctness, figures, phase_summary, table, targets
from scripts.load_figures import Phase, Spread, percentile, spread


def sample(per_s: int, answer_s: float = 0.001, refused: int = 0) -> Sample:
    answers, saves = spread([answer_s] * 10), spread([0.02])
    phase = Phase(1.0, 0.0, 0.5, per_s, per_s, refused, 0, answers, saves)
    return Sample(phase, server_busy=0.9)


def run(ours: int, echo: int, accepted: int = 10, journaled: int = 10) -> Run:
    samples = {who: {"depth 1": sample(per_s)} for who, per_s in (("cairn", ours), ("echo", echo))}
    return Run(samples, "some generator", accepted, journaled)


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 5.0), (0.51, 6.0), (0.99, 10.0), (1.0, 10.0), (0.0, 1.0)]
)
def test_a_percentile_is_a_value_that_was_measured(share: float, expected: float) -> None:
    assert percentile([float(value) for value in range(1, 11)], share) == expected


def test_there_is_no_percentile_of_nothing() -> None:
    assert percentile([], 0.5) is None


def test_a_spread_takes_durations_in_any_order() -> None:
    assert spread([0.3, 0.1, 0.2]) == Spread(0.2, 0.3, 0.3, 0.3)
    assert spread([]) == Spread()


def test_figures_are_in_milliseconds() -> None:
    shown = figures(sample(100, answer_s=0.0015))
    assert (shown["per_s"], shown["p99_ms"], shown["saved_p50_ms"]) == (100, 1.5, 20)
    assert (shown["server_busy"], shown["load_busy"]) == (0.9, 0.5)


def test_a_phase_shows_the_medians_of_figures_and_of_the_runs_own_ratios() -> None:
    summary = phase_summary([run(100, 400), run(300, 300), run(200, 400)], "depth 1")
    assert summary["cairn"]["per_s"] == 200
    assert summary["echo"]["per_s"] == 400
    assert summary["ratios"] == {"echo": 0.5}


def test_under_an_open_loop_the_ratio_is_of_p99() -> None:
    samples = {
        who: {"open loop": sample(100, answer_s)}
        for who, answer_s in (("cairn", 0.003), ("echo", 0.001))
    }
    summary = phase_summary([Run(samples, "some generator", 1, 1)], "open loop")
    assert (summary["ratios"], summary["ratio_of"]) == ({"echo": 3.0}, "p99_ms")


@pytest.mark.parametrize(("callback", "holds"), [(100, True), (101, False)])
def test_the_target_is_beside_the_callback_echo_with_one_in_flight(
    callback: int, holds: bool
) -> None:
    one = run(60, 10)
    one.samples["callback"] = {"depth 1": sample(callback)}
    (found,) = targets([phase_summary([one], "depth 1")])
    assert found["holds"] is holds


def test_what_was_not_measured_has_no_target() -> None:
    assert targets([phase_summary([run(60, 10)], "depth 1")]) == []


def test_a_claim_that_is_missing_in_one_run_is_not_made_up_for_by_another() -> None:
    assert correctness([run(1, 1)])["is_correct"]
    runs = [run(1, 1, journaled=9), run(1, 1, journaled=11)]
    assert not correctness(runs)["is_correct"]


def test_a_refused_claim_is_not_correct() -> None:
    lost = Run({"cairn": {"depth 1": sample(1, refused=1)}}, "some generator", 10, 10)
    assert not correctness([lost])["is_correct"]


def test_the_table_fits_a_terminal_and_names_all_servers_and_the_generator() -> None:
    one = run(12_345, 20_000)
    for who in SERVERS:
        one.samples.setdefault(who, {"depth 1": sample(1_234_567, answer_s=0.1234)})
    console = Console(file=StringIO(), width=80)
    console.print(table([phase_summary([one], "depth 1")] * 3, "some generator"))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    for words in ("12,345", "20,000", "1,234,567", "some generator", *SERVERS.values()):
        assert words in shown
    assert "…" not in shown
