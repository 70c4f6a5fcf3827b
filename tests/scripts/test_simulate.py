import json

import pytest

from scripts.simulate import EXIT_HOLDS, EXIT_VIOLATED, EXIT_WRONG, main
from tests.simulation.mutations import MUTATIONS

BUG = next(one for one in MUTATIONS if one.name == "saved-at-once")


def test_runs_without_violations_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", "2", "--processes", "1", "--json"]) == EXIT_HOLDS
    told = json.loads(capsys.readouterr().out)
    assert told["runs"] == 2
    assert told["deliveries"] > 1_000
    assert told["failed_seeds"] == told["violations"] == []


def test_a_violation_is_told_with_its_seed(capsys: pytest.CaptureFixture[str]) -> None:
    with BUG.planted():
        assert main(["--seeds", "2", "--first", "7", "--processes", "1"]) == EXIT_VIOLATED
    told = capsys.readouterr().out
    assert "Seed 7 (" in told
    assert "I1 at" in told
    assert "Again: scripts/simulate.py --seed 7" in told


def test_violations_are_listed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    with BUG.planted():
        assert main(["--seeds", "1", "--processes", "1", "--json"]) == EXIT_VIOLATED
    told = json.loads(capsys.readouterr().out)
    assert told["failed_seeds"] == ["0"]
    assert {one["invariant"] for one in told["violations"]} >= {"I1"}


def test_one_seed_is_played_twice_and_compared(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "4711"]) == EXIT_HOLDS
    assert "trace" in capsys.readouterr().out
    unseeded = next(one for one in MUTATIONS if one.name == "chance-without-seed")
    with unseeded.planted():
        assert main(["--seed", "4711"]) == EXIT_VIOLATED
    assert "does not replay" in capsys.readouterr().out


def test_as_many_seeds_are_played_as_the_deliveries_take(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--deliveries", "20000", "--processes", "2", "--json"]) == EXIT_HOLDS
    told = json.loads(capsys.readouterr().out)
    assert told["deliveries"] >= 20_000
    assert told["runs"] > 1


@pytest.mark.parametrize("wrong", [["--seeds", "0"], ["--processes", "0"], ["--deliveries", "0"]])
def test_numbers_must_make_sense(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(wrong) == EXIT_WRONG
    assert "at least 1" in capsys.readouterr().err
