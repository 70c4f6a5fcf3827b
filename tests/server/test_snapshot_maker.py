"""The child that makes snapshots, on the file of a store that is open and writes."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from server.recovering import open_and_recover
from server.snapshot_file import SnapshotFailed, SnapshotFile
from server.snapshot_maker import (
    EXIT_ABANDONED,
    EXIT_DAMAGED,
    EXIT_DONE,
    EXIT_FAILED,
    Damaged,
    Made,
    main,
    make,
)
from server.store import SqliteStore, StoreUnusable
from tests.markdown import ROOT
from tests.server.saved_hunt import history, is_same, save_snapshot
from tests.server.test_recovering import damage


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cairn.db"


@pytest.fixture
def live(path: Path) -> Iterator[SqliteStore]:
    """The store of a running server; all that it holds is in its log."""
    with closing(SqliteStore(path)) as store:
        store.open()
        store.commit(history(1, 30))
        yield store


def test_what_is_committed_is_in_the_snapshot(live: SqliteStore, path: Path) -> None:
    made = make(path, 1, is_checking=True)
    assert made == Made(30, made.bytes)
    assert made.bytes > 1_000
    assert is_same(SnapshotFile(path).load(live.journal_key), 30)


def test_it_begins_with_the_snapshot_before(live: SqliteStore, path: Path) -> None:
    save_snapshot(live, SnapshotFile(path), 20)
    with closing(sqlite3.connect(path)) as other:  # What is before it is not read any more.
        other.execute("UPDATE events SET data = 'nothing' WHERE position = 10")
        other.commit()
    assert make(path, 10, is_checking=False).position == 30
    assert is_same(SnapshotFile(path).load(live.journal_key), 30)


def test_a_few_new_records_are_not_worth_it(live: SqliteStore, path: Path) -> None:
    assert make(path, 31, is_checking=False) == Made(0, 0)
    assert not SnapshotFile(path).exists()
    save_snapshot(live, SnapshotFile(path), 20)
    assert make(path, 11, is_checking=False) == Made(20, 0)


def test_an_empty_journal_has_no_snapshot(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        store.open()
        assert make(path, 0, is_checking=True) == Made(0, 0)


def test_an_unusable_snapshot_is_replaced(live: SqliteStore, path: Path) -> None:
    SnapshotFile(path).path.write_bytes(b"no snapshot")
    assert make(path, 30, is_checking=False).position == 30


def test_the_database_is_only_read(live: SqliteStore, path: Path) -> None:
    before = [path.with_name(path.name + suffix).read_bytes() for suffix in ("", "-wal")]
    make(path, 1, is_checking=True)
    assert [path.with_name(path.name + suffix).read_bytes() for suffix in ("", "-wal")] == before


def test_saving_goes_on_meanwhile(live: SqliteStore, path: Path) -> None:
    live.commit(history(31, 3_000))
    reader = SnapshotFile(path)
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr("server.journal_file.RECOVERY_ROWS", 500)
        patches.setattr(
            "server.snapshot_maker.check_pages", lambda _: live.commit(history(3_001, 3_100))
        )
        assert make(path, 1, is_checking=True).position == 3_100
    assert is_same(reader.load(live.journal_key), 3_100)


def test_damage_is_told_from_what_may_pass(live: SqliteStore, path: Path) -> None:
    live.close()
    damage(path)
    with pytest.raises(Damaged, match="Restore it from a backup"):
        make(path, 1, is_checking=True)
    assert main([str(path), "--check"]) == EXIT_DAMAGED


def test_after_damage_the_next_start_trusts_no_snapshot(live: SqliteStore, path: Path) -> None:
    """Else a server that is started again and again would play half a minute each time."""
    make(path, 1, is_checking=False)
    live.close()
    damage(path)
    assert main([str(path), "--check"]) == EXIT_DAMAGED
    with pytest.raises(StoreUnusable, match="damaged"):
        open_and_recover(SqliteStore(path), SnapshotFile(path))


def test_a_file_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE mine (x)")
    with pytest.raises(StoreUnusable):
        make(other, 1, is_checking=False)
    assert main([str(other)]) == EXIT_FAILED
    assert main([str(tmp_path / "none.db")]) == EXIT_FAILED


def test_what_cannot_be_written_is_told(
    live: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.snapshot_file.SPARE_BYTES", 1 << 62)
    with pytest.raises(SnapshotFailed):
        make(path, 1, is_checking=False)
    assert main([str(path)]) == EXIT_FAILED


def test_it_says_what_it_made(
    live: SqliteStore, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(path)]) == EXIT_DONE
    assert json.loads(capsys.readouterr().out)["position"] == 30


def test_it_ends_with_its_server(live: SqliteStore, path: Path) -> None:
    command = [sys.executable, "-m", "server.snapshot_maker", str(path), "--child"]
    with (path.parent / "cairn.db.snapshot.partial").open("wb"):
        child = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL)
        assert child.wait(30) in (EXIT_ABANDONED, EXIT_DONE)
