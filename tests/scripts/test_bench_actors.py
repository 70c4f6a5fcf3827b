import json

import pytest

from scripts.bench import EXIT_DONE, EXIT_FAILED, main
from scripts.bench_actors import _in_a_process
from scripts.bench_children import CannotStart


def test_actors_and_threads_are_measured_and_all_stop(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["actors", "--quick", "--json"])
    summary = json.loads(capsys.readouterr().out)
    assert code == EXIT_DONE, summary["correct"]
    actor, thread = summary["rows"]
    assert (actor["kind"], actor["count"]) == ("actor", 2_000)
    assert (thread["kind"], thread["count"]) == ("thread", 100)
    for row in (actor, thread):
        assert row["start_s"] > 0
        assert row["stop_s"] > 0
        assert row["alive_after"] == 0
    assert actor["kib_each"] > 0
    assert thread["reserved_kib_each"] > 1_000 > actor["reserved_kib_each"]


def test_what_cannot_be_started_is_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CannotStart, match="invalid literal"):
        _in_a_process("actor", "many")  # type: ignore[arg-type]

    def fail(kind: str, count: int) -> None:
        raise CannotStart(f"{count} {kind}s")

    monkeypatch.setattr("scripts.bench_actors._in_a_process", fail)
    assert main(["actors", "--quick"]) == EXIT_FAILED
    assert "Not measured: 2000 actors" in capsys.readouterr().err
