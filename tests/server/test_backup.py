"""A copy of a database that somebody is writing to."""

import fcntl
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from actors.domain.events import HuntSeeded, Record, TeamSpoke
from actors.domain.ids import PlayerId
from server import backup
from server.backup import Backup, BackupFailed, back_up
from server.key_file import load_key
from server.store import SqliteStore
from tests.domain.given import HUNT, OTTERS, given_plan


def record(position: int) -> Record:
    if position == 1:
        return Record(1, HUNT, 1.0, HuntSeeded(given_plan()))
    said = TeamSpoke(OTTERS, PlayerId("ada"), f"hello {position}")
    return Record(position, HUNT, float(position), said)


def batch(first: int, last: int) -> list[Record]:
    return [record(position) for position in range(first, last + 1)]


@pytest.fixture
def live(tmp_path: Path) -> Iterator[SqliteStore]:
    """The store of a running server; most of what it holds is in its log."""
    (tmp_path / "copies").mkdir()
    load_key(tmp_path / "cairn.db")
    with closing(SqliteStore(tmp_path / "cairn.db")) as store:
        store.open()
        store.commit(batch(1, 100))
        yield store


def copy(folder: Path, replace: bool = False) -> Backup:
    return back_up(
        folder / "cairn.db",
        folder / "copies" / "a.db",
        replace=replace,
        progress=lambda _done, _total: None,
    )


def read(path: Path) -> list[Record]:
    with closing(SqliteStore(path)) as store:
        store.open()
        return list(store.recover())


def files(folder: Path) -> set[str]:
    return {file.name for file in (folder / "copies").iterdir()}


def test_what_is_in_the_log_is_in_the_copy_and_the_key_is_beside_it(
    live: SqliteStore, tmp_path: Path
) -> None:
    made = copy(tmp_path)
    assert (made.position, made.hunts) == (100, (HUNT,))
    assert files(tmp_path) == {"a.db", "a.db.key"}
    assert load_key(tmp_path / "copies" / "a.db") == load_key(tmp_path / "cairn.db")
    assert read(tmp_path / "copies" / "a.db") == batch(1, 100)


def test_the_copy_and_its_key_are_for_their_owner_only(live: SqliteStore, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        copy(tmp_path)
    finally:
        os.umask(before)
    for file in (tmp_path / "copies").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_what_is_saved_while_the_copy_is_made_is_not_in_it_and_not_lost(
    live: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "PAGES_PER_STEP", 3)
    told: list[tuple[int, int]] = []

    def save_more(done: int, total: int) -> None:
        live.commit(batch(live.last_position() + 1, live.last_position() + 10))
        told.append((done, total))

    made = back_up(
        tmp_path / "cairn.db", tmp_path / "copies" / "a.db", replace=False, progress=save_more
    )
    assert len(told) > 5
    assert told[-1][0] == told[-1][1]
    assert made.position == 100
    assert read(tmp_path / "copies" / "a.db") == batch(1, 100)
    assert live.last_position() == 100 + 10 * len(told)


def test_the_database_and_its_log_are_only_read(live: SqliteStore, tmp_path: Path) -> None:
    before = [(tmp_path / f"cairn.db{suffix}").read_bytes() for suffix in ("", "-wal")]
    copy(tmp_path)
    assert [(tmp_path / f"cairn.db{suffix}").read_bytes() for suffix in ("", "-wal")] == before


def test_what_a_crash_left_is_left_as_it_is(live: SqliteStore, tmp_path: Path) -> None:
    crashed = tmp_path / "crashed"
    (crashed / "copies").mkdir(parents=True)
    left = {name: (tmp_path / name).read_bytes() for name in ("cairn.db", "cairn.db-wal")}
    for name, content in left.items():
        (crashed / name).write_bytes(content)
    assert copy(crashed).position == 100
    assert {name: (crashed / name).read_bytes() for name in left} == left


def test_a_database_that_no_server_uses_can_be_copied_too(tmp_path: Path) -> None:
    (tmp_path / "copies").mkdir()
    with closing(SqliteStore(tmp_path / "cairn.db")) as store:
        store.open()
        store.commit(batch(1, 3))
    made = copy(tmp_path)
    assert (made.position, made.key) == (3, None)


def test_an_older_backup_is_replaced_only_when_told_to(live: SqliteStore, tmp_path: Path) -> None:
    copy(tmp_path)
    live.commit(batch(101, 102))
    with pytest.raises(BackupFailed, match="--force"):
        copy(tmp_path)
    assert read(tmp_path / "copies" / "a.db") == batch(1, 100)
    assert copy(tmp_path, replace=True).position == 102
    assert read(tmp_path / "copies" / "a.db") == batch(1, 102)


def test_the_log_of_a_replaced_backup_does_not_spoil_the_new_one(
    live: SqliteStore, tmp_path: Path
) -> None:
    copy(tmp_path)
    (tmp_path / "copies" / "a.db-wal").write_bytes((tmp_path / "cairn.db-wal").read_bytes())
    copy(tmp_path, replace=True)
    assert "a.db-wal" not in files(tmp_path)


def test_a_backup_that_a_server_runs_on_is_not_replaced(live: SqliteStore, tmp_path: Path) -> None:
    copy(tmp_path)
    with closing(SqliteStore(tmp_path / "copies" / "a.db")) as other:
        other.open()
        with pytest.raises(BackupFailed, match="in use"):
            copy(tmp_path, replace=True)


def test_the_database_itself_is_no_backup(live: SqliteStore, tmp_path: Path) -> None:
    (tmp_path / "copies" / "a.db").hardlink_to(tmp_path / "cairn.db")
    with pytest.raises(BackupFailed, match="another file"):
        copy(tmp_path, replace=True)


def test_a_copy_that_cannot_be_used_is_not_kept(live: SqliteStore, tmp_path: Path) -> None:
    live._connection.execute("DELETE FROM events WHERE position = 50")
    with pytest.raises(BackupFailed, match="hole"):
        copy(tmp_path)
    assert files(tmp_path) == set()


def test_what_an_interrupted_backup_left_is_no_obstacle(live: SqliteStore, tmp_path: Path) -> None:
    (tmp_path / "copies" / "a.db.partial").write_bytes(b"x" * 10_000_000)
    assert copy(tmp_path).position == 100
    assert files(tmp_path) == {"a.db", "a.db.key"}


def test_an_interrupted_backup_leaves_nothing(live: SqliteStore, tmp_path: Path) -> None:
    def interrupt(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        back_up(
            tmp_path / "cairn.db", tmp_path / "copies" / "a.db", replace=False, progress=interrupt
        )
    assert files(tmp_path) == set()


def test_two_backups_to_one_file_do_not_meet(live: SqliteStore, tmp_path: Path) -> None:
    with (tmp_path / "copies" / "a.db.partial").open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(BackupFailed, match="under way"):
            copy(tmp_path)


def test_another_programs_file_is_not_copied(tmp_path: Path) -> None:
    (tmp_path / "copies").mkdir()
    with closing(sqlite3.connect(tmp_path / "cairn.db")) as other:
        other.execute("CREATE TABLE contacts (name)")
    with pytest.raises(BackupFailed, match="not a Cairn's"):
        copy(tmp_path)
    assert files(tmp_path) == set()


@pytest.mark.parametrize(
    ("source", "target", "reason"),
    [
        ("none.db", "copies/a.db", "no database"),
        ("cairn.db", "nowhere/a.db", "no directory"),
        ("cairn.db", "copies", "is a directory"),
    ],
)
def test_a_wrong_path_is_named(
    live: SqliteStore, tmp_path: Path, source: str, target: str, reason: str
) -> None:
    with pytest.raises(BackupFailed, match=reason):
        back_up(
            tmp_path / source,
            tmp_path / target,
            replace=False,
            progress=lambda _done, _total: None,
        )
