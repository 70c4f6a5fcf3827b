import argparse
import json
from pathlib import Path

import pytest

from scripts import bench_gate
from scripts.bench import BENCHMARKS, EXIT_DONE, EXIT_LOST, main
from scripts.bench_command import Summary, Tell
from scripts.bench_gate import CHECKS, Check, Floor, measure_checks


def check(values: list[float], is_correct: bool = True, is_least: bool = True) -> Check:
    """One whose ratio is each of these, one after the other."""
    left = iter(values)

    def measure(_options: argparse.Namespace, _tell: Tell) -> Summary:
        targets = [{"what": "speed", "value": next(left)}]
        return {"targets": targets, "correct": {"is_correct": is_correct, "text": "lost 1"}}

    return Check("made up", measure, {}, (Floor("speed", 2.0, is_least),))


def judged(one: Check, is_quick: bool = False) -> Summary:
    return measure_checks([one], None, is_quick, lambda _what, _share: None)


@pytest.mark.parametrize(
    ("values", "is_least", "holds"),
    [
        ([2.0], True, True),
        ([1.9, 2.0], True, True),
        ([1.9, 1.8], True, False),
        ([2.0], False, True),
        ([2.1, 1.0], False, True),
        ([2.1, 2.2], False, False),
    ],
)
def test_a_missed_floor_fails_unless_a_second_try_holds(
    values: list[float], is_least: bool, holds: bool
) -> None:
    summary = judged(check(values, is_least=is_least))
    assert summary["correct"]["is_correct"] is holds
    assert ("made up: speed" in summary["correct"]["text"]) is not holds


def test_what_was_lost_fails_however_fast_it_was() -> None:
    assert judged(check([9.0], is_correct=False))["correct"]["text"] == "made up: lost 1"


def test_quick_compares_nothing() -> None:
    summary = judged(check([0.1]), is_quick=True)
    assert summary["correct"]["is_correct"]
    assert summary["rows"][0]["verdict"] == "not compared"


def test_a_failure_is_told_by_the_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_gate, "CHECKS", (check([1.0, 1.0]),))
    assert main(["gate"]) == EXIT_LOST


def test_every_floor_is_a_ratio() -> None:
    names = [floor.what for one in CHECKS for floor in one.floors]
    assert all("/" in name and "absolute" not in name for name in names)
    assert len(names) == len(set(names))
    assert {one.benchmark for one in CHECKS} <= set(BENCHMARKS) | {"claims"}


@pytest.mark.slow
@pytest.mark.parametrize("name", [one.benchmark for one in CHECKS])
def test_every_floor_is_of_something_that_is_measured(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["gate", "--quick", "--json", "--only", name, "--folder", str(tmp_path)])
    summary = json.loads(capsys.readouterr().out)
    assert code == EXIT_DONE, summary["correct"]
    assert summary["rows"]
    assert all(row["value"] is not None for row in summary["rows"])
