import json
import shutil
from pathlib import Path

import pytest

from scripts.bench import EXIT_DONE, main
from scripts.bench_fanout import _frame_bytes, _loop


@pytest.mark.slow
def test_an_announcement_reaches_all_and_so_does_the_bare_loop(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["fanout", "--quick", "--json", "--folder", str(tmp_path)])
    summary = json.loads(capsys.readouterr().out)
    assert code == EXIT_DONE, summary["correct"]
    cairn, bare = summary["rows"]
    assert (cairn["phones"], cairn["rounds"]) == (bare["phones"], bare["rounds"]) == (100, 3)
    assert cairn["worst_ms"] >= cairn["median_ms"] > 0
    assert bare["median_ms"] > 0
    assert cairn["claims"] > 10
    assert summary["message_bytes"] == _frame_bytes() > 126
    assert list(tmp_path.iterdir()) == []


def test_without_a_compiler_the_bare_loop_is_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    row = _loop(tmp_path, 5, 2, _frame_bytes())
    assert (row["what"], row["phones"], row["rounds"]) == ("bare loop, Python", 5, 2)
    assert [file.name for file in tmp_path.iterdir()] == ["loop.log"]
