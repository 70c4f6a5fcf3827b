"""Secrets are where they belong, and nowhere else."""

import json
from pathlib import Path

from tests.integration.canary import leaks, play
from tests.integration.clients import run


def test_no_secret_is_in_logs_output_pages_or_database(tmp_path: Path) -> None:
    traces = run(play(tmp_path))
    found = [what for what, holds in leaks(traces) if not holds]
    assert found == []
    assert {"cairn.db", "cairn.db.key"} <= traces.modes.keys()


def test_a_log_for_programs_is_an_object_on_every_line_and_holds_no_secret(tmp_path: Path) -> None:
    traces = run(play(tmp_path, options=("--log-format", "json")))
    lines = [json.loads(line) for line in traces.log.splitlines()]
    assert "recovered" in {line["message"].split()[0] for line in lines}
    assert all({"time", "level", "logger", "message"} <= line.keys() for line in lines)
    found = [what for what, holds in leaks(traces) if not holds]
    assert [what for what in found if not what.startswith("somebody wrote into the log")] == []


def test_a_server_that_logs_what_it_reads_is_found_out(tmp_path: Path) -> None:
    traces = run(play(tmp_path, "tests.integration.talkative_server"))
    assert [what for what, holds in leaks(traces) if not holds and "is in the log" in what]
