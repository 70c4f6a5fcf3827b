import json
from pathlib import Path

import pytest

from scripts.bench import EXIT_DONE, main
from scripts.bench_connections import plan
from server.plan_desk import check
from server.requests import Seed


@pytest.mark.slow
def test_connections_to_both_servers_are_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["connections", "--quick", "--json", "--folder", str(tmp_path)])
    summary = json.loads(capsys.readouterr().out)
    assert code == EXIT_DONE
    assert summary["players"] == 200
    assert [row["server"] for row in summary["rows"]] == ["cairn", "echo"]
    for row in summary["rows"]:
        assert row["joins_per_s"] > 0
        assert row["after_mib"] >= row["before_mib"] > 0
    assert list(tmp_path.iterdir()) == []


def test_the_plan_is_one_that_the_server_takes() -> None:
    assert "mistakes" not in str(check(Seed(1, plan(3))))
