import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from scripts import bench_story
from scripts.bench import EXIT_DONE, EXIT_FAILED, EXIT_LOST, main
from scripts.bench_slow_disk import ROOT, Disk, slow_connection
from scripts.bench_story import Settings, _finds, measure_engines, plan
from scripts.bench_sync_server import Engine
from server.plan_desk import check
from server.requests import Seed


@pytest.mark.slow
def test_the_story_is_told_of_a_synchronous_engine_and_of_cairn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["story", "--quick", "--json", "--folder", str(tmp_path)])
    summary = json.loads(capsys.readouterr().out)
    assert code == EXIT_DONE, summary["correct"]
    loads = ["alone", "alone", "crowd", "stall"]
    rows = summary["rows"]
    assert [(row["engine"], row["load"]) for row in rows] == [
        (engine, load) for engine in ("synchronous", "cairn") for load in loads
    ]
    slow = {(row["engine"], row["load"]): row for row in rows if row["commit_ms"]}
    # No commit of 5 s ends within the phase, so none who waits for it is answered.
    assert slow["synchronous", "stall"]["per_s"] == 0
    assert slow["synchronous", "alone"]["p50_ms"] >= 50
    assert slow["cairn", "stall"]["unanswered"] < slow["synchronous", "stall"]["unanswered"]
    assert slow["cairn", "crowd"]["saved_p99_ms"] >= 50
    assert all(one["value"] is not None for one in summary["targets"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["tuned", "overlapping"])
def test_the_other_engines_are_measured_as_well(engine: str, tmp_path: Path) -> None:
    settings = Settings(6, 0.3, 0.2, 20, tmp_path, (engine,))
    summary = measure_engines(settings, lambda _what, _share: None)
    assert summary["correct"]["is_correct"], summary["correct"]
    crowd = next(row for row in summary["rows"] if row["load"] == "crowd")
    assert crowd["per_s"] > 0
    assert crowd["p50_ms"] >= 50


@pytest.mark.slow
def test_a_find_that_is_missing_is_told_by_the_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench_story, "_finds", lambda db: _finds(db) - 1)
    monkeypatch.setattr(bench_story, "ENGINES_QUICK", ("synchronous",))
    assert main(["story", "--quick", "--folder", str(tmp_path)]) == EXIT_LOST
    assert "in the database" in capsys.readouterr().out


def test_a_folder_that_is_not_there_is_a_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["story", "--quick", "--folder", str(tmp_path / "absent")]) == EXIT_FAILED
    assert "Not measured:" in capsys.readouterr().err


def test_the_plan_is_one_that_the_server_takes() -> None:
    assert "mistakes" not in str(check(Seed(1, plan(3))))


def test_only_commits_wait_and_only_as_long_as_the_disk_is_slow(tmp_path: Path) -> None:
    disk = Disk.create(tmp_path / "disk")
    factory = slow_connection(disk)
    with closing(sqlite3.connect(":memory:", factory=factory, isolation_level=None)) as connection:
        disk.delay_s = 0.1
        assert Disk(tmp_path / "disk").delay_s == 0.1
        took_s = []
        for sql in ("BEGIN", "CREATE TABLE t (x)", "COMMIT"):
            started = time.perf_counter()
            connection.execute(sql)
            took_s.append(time.perf_counter() - started)
        assert took_s[2] >= 0.1 > max(took_s[:2])


def test_the_launcher_runs_a_module_as_python_does(tmp_path: Path) -> None:
    disk = Disk.create(tmp_path / "disk")
    command = [sys.executable, str(ROOT / "scripts" / "bench_slow_disk.py"), str(disk.path)]
    command += ["server", "--port", "x", "--db", str(tmp_path / "no.db")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    assert done.returncode == 2
    assert "cairn:" in done.stderr


def test_the_synchronous_engine_decides_as_cairn_does(tmp_path: Path) -> None:
    engine = Engine(tmp_path / "engine.db", None)
    for team in ("otters", "terns"):
        engine.join(team)
    first, second = (json.loads(engine.claim(team, 1, "p00001")) for team in ("otters", "terns"))
    again = json.loads(engine.claim("otters", 2, "p00001"))
    assert (first["t"], first["rank"], first["score"], first["saved"]) == ("accepted", 1, 10, 1)
    assert second["rank"] == 2
    assert (again["t"], again["reason"]) == ("refused", "already_found")
    assert _finds(tmp_path / "engine.db") == 2
