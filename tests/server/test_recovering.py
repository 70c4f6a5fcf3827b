"""Starts with a snapshot, and with one that must not be used."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from server import snapshot_file
from server.purge import purge
from server.recovering import Recovered, open_and_recover
from server.snapshot_file import SnapshotFile
from server.store import SqliteStore, StoreUnusable
from tests.server.saved_hunt import folded, history, is_same, play, save_snapshot


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cairn.db"


@pytest.fixture
def snapshots(path: Path) -> SnapshotFile:
    return SnapshotFile(path)


@pytest.fixture
def played(path: Path, snapshots: SnapshotFile) -> Iterator[Path]:
    """A file with 30 records, and a snapshot of the first 20."""
    with closing(SqliteStore(path)) as store:
        store.open()
        store.commit(history(1, 30))
        save_snapshot(store, snapshots, 20)
    yield path


def start(path: Path) -> Recovered:
    with closing(SqliteStore(path)) as store:
        return open_and_recover(store, SnapshotFile(path))


def test_without_a_snapshot_everything_is_folded(path: Path) -> None:
    play(path, 30)
    recovered = start(path)
    assert is_same(recovered.recovery, 30)
    assert recovered.snapshot_position == 0


@pytest.mark.parametrize("position", [1, 2, 3, 20, 29, 30])
def test_with_a_snapshot_only_the_rest_is_folded(
    path: Path, snapshots: SnapshotFile, position: int
) -> None:
    with closing(SqliteStore(path)) as store:
        store.open()
        store.commit(history(1, 30))
        save_snapshot(store, snapshots, position)
    recovered = start(path)
    assert is_same(recovered.recovery, 30)
    assert recovered.snapshot_position == position


def unusable(path: Path, caplog: pytest.LogCaptureFixture, why: str, last: int = 30) -> None:
    """A start folds everything, says why, and leaves no such snapshot behind."""
    with caplog.at_level(logging.WARNING):
        recovered = start(path)
    assert is_same(recovered.recovery, last)
    assert recovered.snapshot_position == 0
    assert f"the snapshot is not used, so every record is folded: {why}" in caplog.text
    assert not SnapshotFile(path).exists()


def test_a_damaged_snapshot_is_not_used(
    played: Path, snapshots: SnapshotFile, caplog: pytest.LogCaptureFixture
) -> None:
    data = bytearray(snapshots.path.read_bytes())
    data[-10] ^= 1
    snapshots.path.write_bytes(data)
    unusable(played, caplog, "it is damaged")


def test_a_snapshot_of_other_code_is_not_used(
    played: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot_file, "code_digest", lambda: "of tomorrow")
    unusable(played, caplog, "it is of another version")


def test_a_snapshot_ahead_of_the_journal_is_not_used(
    played: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(played)) as other:
        other.execute("DELETE FROM events WHERE position > 19")
        other.commit()
    unusable(played, caplog, "it is of another journal", last=19)


def test_after_an_older_backup_played_on_the_snapshot_is_not_used(
    path: Path, snapshots: SnapshotFile, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(SqliteStore(path)) as store:
        store.open()
        store.commit(history(1, 10))
        with closing(SqliteStore(path.with_name("was.db"))) as was:
            was.open()
            was.commit(history(1, 9))
            later = history(1, 31)[9:]
            was.commit(
                [type(one)(p, one.hunt, one.at, one.event) for p, one in enumerate(later[1:], 10)]
            )
            save_snapshot(was, snapshots, 20)
        store.commit(history(11, 30))
    unusable(path, caplog, "it is of another journal")


def test_after_a_purge_the_snapshot_of_before_is_not_used(
    played: Path, snapshots: SnapshotFile, caplog: pytest.LogCaptureFixture
) -> None:
    kept = snapshots.path.read_bytes()
    purge(played, None, None)
    assert not snapshots.exists()
    snapshots.path.write_bytes(kept)
    unusable(played, caplog, "it is of another journal")


def test_a_snapshot_that_cannot_be_gone_on_from_is_not_used(
    played: Path, snapshots: SnapshotFile, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(SqliteStore(played)) as store:
        store.open()
        key = store.journal_key(20)
    recovery = folded(20)
    recovery.hunts.clear()
    assert key is not None
    snapshots.save(recovery, key)
    recovered = start(played)
    assert is_same(recovered.recovery, 30)
    assert "so every record is folded" in caplog.text


def test_a_hole_behind_the_snapshot_is_refused(played: Path) -> None:
    with closing(sqlite3.connect(played)) as other:
        other.execute("DELETE FROM events WHERE position = 25")
        other.commit()
    with pytest.raises(StoreUnusable, match="hole in its journal near position 21"):
        start(played)


def damage(path: Path) -> None:
    """Overwrite a page in the middle of the file that a start from the snapshot does not need."""
    with closing(sqlite3.connect(path)) as other:
        sql = "SELECT rootpage FROM sqlite_master WHERE name = 'events_request'"
        (page,) = other.execute(sql).fetchone()
        (size,) = other.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


def test_with_a_snapshot_the_file_is_looked_through_later(played: Path) -> None:
    damage(played)
    assert is_same(start(played).recovery, 30)


def test_without_a_usable_snapshot_it_is_looked_through_at_once(
    played: Path, snapshots: SnapshotFile
) -> None:
    damage(played)
    snapshots.path.write_bytes(b"no snapshot")
    with pytest.raises(StoreUnusable, match="damaged"):
        start(played)
