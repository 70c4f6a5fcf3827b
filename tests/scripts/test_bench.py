import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from scripts import bench_claims
from scripts.bench import EXIT_DONE, EXIT_FAILED, EXIT_LOST, EXIT_WRONG, main, parser
from scripts.bench_children import (
    ROOT,
    START_S,
    STOP_S,
    CannotStart,
    cairn,
    cores,
    echo,
    on_core,
    running,
)
from scripts.bench_claims import ANCHORS, FLOORS, Settings, phase_names, plan
from scripts.load_frames import CODE
from server.plan_desk import check
from server.requests import Seed

HAS_COMPILER = shutil.which("cc") is not None or shutil.which("gcc") is not None

SMALL = ("claims", "--connections", "40", "--seconds", "0.2", "--runs", "1", "--json")


@pytest.mark.slow
def test_a_small_benchmark_measures_cairn_and_its_anchors_and_loses_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    open_loop = ("--rate", "100", "--connections-open", "20")
    more = ("--callback-uvloop", "--folder", str(tmp_path))
    code = main([*SMALL, *open_loop, "--depth", "1,4", *more])
    summary = json.loads(capsys.readouterr().out)
    assert code == EXIT_DONE
    assert [phase["phase"] for phase in summary["phases"]] == ["depth 1", "depth 4", "open loop"]
    for phase in summary["phases"]:
        assert phase["cairn"]["per_s"] > 0
        assert phase["cairn"]["saved_p99_ms"] >= phase["cairn"]["p50_ms"]
        for who in [*ANCHORS, "callback_uvloop"] if HAS_COMPILER else ["callback", "echo"]:
            assert phase[who]["per_s"] > 0
            assert phase["ratios"][who] > 0
    correct = summary["correct"]
    assert correct["is_correct"]
    assert correct["accepted"] == correct["journaled"] > 20
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_msgpack_can_be_measured_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main([*SMALL, "--rate", "0", "--encoding", "msgpack", "--folder", str(tmp_path)])
    summary = json.loads(capsys.readouterr().out)
    assert (code, summary["encoding"], len(summary["phases"])) == (EXIT_DONE, "msgpack", 2)
    assert summary["correct"]["is_correct"]


@pytest.mark.slow
def test_echoes_of_cairns_own_parts_can_be_measured_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--rate", "100", "--connections-open", "20", "--floor", "--folder", str(tmp_path))
    assert main([*SMALL, "--depth", "2", *options]) == EXIT_DONE
    summary = json.loads(capsys.readouterr().out)
    for phase in summary["phases"]:
        for who in FLOORS:
            assert phase[who]["per_s"] > 0
            assert phase["ratios"][who] > 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_an_echo_that_did_not_commit_everything_is_no_measurement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    count = bench_claims._finds
    monkeypatch.setattr(
        bench_claims, "_finds", lambda db: count(db) - (1 if db.name == "floor.db" else 0)
    )
    options = ("--rate", "0", "--depth", "1", "--floor", "--folder", str(tmp_path))
    assert main([*SMALL, *options]) == EXIT_FAILED
    assert "are in the database" in capsys.readouterr().err


@pytest.mark.slow
def test_the_load_can_be_made_in_python(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--rate", "0", "--depth", "1", "--generator", "python", "--folder", str(tmp_path))
    assert main([*SMALL, *options]) == EXIT_DONE
    summary = json.loads(capsys.readouterr().out)
    assert summary["generator"].startswith("Python")
    assert summary["phases"][0]["cairn"]["load_busy"] > 0


@pytest.mark.slow
def test_a_find_that_is_missing_in_the_database_is_told_by_the_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    count = bench_claims._finds

    def lose_one(db: Path) -> int:
        with closing(sqlite3.connect(db)) as connection, connection:
            connection.execute("DELETE FROM events WHERE kind = 'location_found' AND n = 1")
        return count(db)

    monkeypatch.setattr(bench_claims, "_finds", lose_one)
    assert main([*SMALL, "--rate", "0", "--depth", "1", "--folder", str(tmp_path)]) == EXIT_LOST
    assert not json.loads(capsys.readouterr().out)["correct"]["is_correct"]


def test_a_folder_that_is_not_there_is_a_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*SMALL, "--folder", str(tmp_path / "absent")]) == EXIT_FAILED
    assert "Not measured:" in capsys.readouterr().err


def test_the_plan_is_one_that_the_server_takes_with_places_for_everybody() -> None:
    settings = Settings(200, (1, 8), 5.0, 10_000, 2_000.0, "json")
    for is_open, teams in ((False, 200), (True, 10_000)):
        document = plan(settings, is_open)
        assert "mistakes" not in str(check(Seed(1, document)))
        assert document["teams"]["count"] == teams
        assert len(document["locations"]) * teams >= 10_000
        assert document["locations"][0]["code"] == CODE


def test_without_a_rate_there_is_no_open_loop() -> None:
    assert phase_names(Settings(1, (1, 8), 1.0, 1, 0.0, "json")) == ["depth 1", "depth 8"]


def test_the_server_runs_on_its_core_and_is_gone_afterwards(tmp_path: Path) -> None:
    server_core, _ = cores()
    with cairn(tmp_path) as child:
        (pid,) = [int(pid) for pid in _children()]
        assert os.sched_getaffinity(pid) == {server_core}
        assert child.cpu_s() > 0
        child.stop()
    assert _children() == []


def test_a_server_that_starts_while_the_load_keeps_to_its_core_has_its_own(tmp_path: Path) -> None:
    server_core, load_core = cores()
    with on_core(load_core), echo(tmp_path, "asyncio") as child:
        assert os.sched_getaffinity(child.pid) == {server_core}
        child.stop()


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGKILL, -signal.SIGKILL)],
)
def test_whoever_ends_the_benchmark_ends_its_server(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    command = [sys.executable, str(ROOT / "scripts" / "bench.py"), *SMALL, "--rate", "0"]
    with subprocess.Popen([*command, "--folder", str(tmp_path)]) as bench:
        try:
            until = time.monotonic() + START_S
            while not (servers := [pid for pid in _children(bench.pid) if _is_server(pid)]):
                assert time.monotonic() < until
            # However early it comes: Python may not know yet that there is a server.
            bench.send_signal(number)
            assert bench.wait(STOP_S) == code
        finally:
            bench.kill()
    until = time.monotonic() + STOP_S
    while any(map(_is_server, servers)):
        assert time.monotonic() < until


def _is_server(pid: str) -> bool:
    with suppress(FileNotFoundError, ProcessLookupError):  # It has ended by now.
        return "server" in Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return False


def _children(parent: int | None = None) -> list[str]:
    pid = os.getpid() if parent is None else parent
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def test_the_load_keeps_to_its_core_only_for_the_while() -> None:
    before = os.sched_getaffinity(0)
    _, core = cores()
    with on_core(core):
        assert os.sched_getaffinity(0) == {core}
    assert os.sched_getaffinity(0) == before


def test_a_server_that_does_not_start_is_explained_in_its_own_words(tmp_path: Path) -> None:
    command = ["sh", "-c", "echo the disk is on fire >&2"]
    with (
        pytest.raises(CannotStart, match="the disk is on fire"),
        running(command, os.environ, tmp_path / "log"),
    ):
        pass


@pytest.mark.parametrize(
    "arguments",
    [
        ["--depth", "0"],
        ["--depth", "1,x"],
        ["--connections", "0"],
        ["--seconds", "-1"],
        ["--rate", "many"],
        ["--runs", "0"],
    ],
)
def test_a_wrong_command_line_is_explained(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        parser().parse_args(["claims", *arguments])
    assert caught.value.code == EXIT_WRONG
    assert "expected" in capsys.readouterr().err
