"""`scripts/backup.py` as people run it."""

import json
import subprocess
import sys
from pathlib import Path

from scripts import backup
from server.store import SqliteStore
from tests.server.test_backup import batch

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "scripts" / "backup.py", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def database(folder: Path) -> Path:
    store = SqliteStore(folder / "cairn.db")
    store.open()
    store.commit(batch(1, 12))
    store.close()
    return folder / "cairn.db"


def test_it_says_what_is_in_the_backup(tmp_path: Path) -> None:
    done = run(database(tmp_path), tmp_path / "copy.db")
    assert done.returncode == backup.EXIT_DONE, done.stderr
    assert "12 records (harbour)" in done.stdout
    assert "no key file" in done.stdout


def test_scripts_get_json(tmp_path: Path) -> None:
    done = run(database(tmp_path), tmp_path / "copy.db", "--json")
    assert json.loads(done.stdout) == {
        "database": str(tmp_path / "copy.db"),
        "key": None,
        "position": 12,
        "hunts": ["harbour"],
        "bytes": (tmp_path / "copy.db").stat().st_size,
    }


def test_a_failure_has_a_code_and_a_sentence(tmp_path: Path) -> None:
    done = run(tmp_path / "none.db", tmp_path / "copy.db")
    assert done.returncode == backup.EXIT_FAILED
    assert done.stderr == f"backup: There is no database {tmp_path / 'none.db'}.\n"


def test_the_help_teaches_how_to_restore() -> None:
    shown = run("--help").stdout
    assert "To restore" in shown
    assert "exit codes" in shown
