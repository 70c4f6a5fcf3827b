import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from scripts.bench import EXIT_DONE, main
from scripts.bench_saved_lag import commit_lags_s


@pytest.mark.slow
def test_the_lag_is_measured_and_everything_is_saved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["saved-lag", "--quick", "--json", "--folder", str(tmp_path)])
    summary = json.loads(capsys.readouterr().out)
    assert code == EXIT_DONE, summary["correct"]
    for row in summary["rows"]:
        assert row["saved_max_ms"] >= row["saved_p99_ms"] >= row["saved_p50_ms"] > 0
    assert summary["correct"]["text"].startswith("150 accepted, 0 refused")
    assert list(tmp_path.iterdir()) == []


def test_the_bare_loop_commits_every_row_after_it_is_due(tmp_path: Path) -> None:
    lags = commit_lags_s(tmp_path / "bare.db", 1_000, 0.05)
    assert len(lags) == 50
    assert min(lags) > 0
    with closing(sqlite3.connect(tmp_path / "bare.db")) as connection:
        assert connection.execute("SELECT count(*) FROM rows").fetchone() == (50,)
