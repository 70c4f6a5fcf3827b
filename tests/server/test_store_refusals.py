"""Files that a store must refuse at its start, with words that help."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from actors.domain import events
from actors.domain.events import AnyEvent, Record
from actors.domain.ids import HuntId
from server.records import encode_batch, insert_sql
from server.store import SqliteStore, StoreUnusable


def record(position: int, event: AnyEvent) -> Record:
    return Record(position=position, hunt=HuntId("harbour"), at=float(position), event=event)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cairn.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore(path)) as store:
        store.open()
        yield store


def test_a_second_store_on_the_file_is_refused(store: SqliteStore, path: Path) -> None:
    with pytest.raises(StoreUnusable, match="Another Cairn server uses this file"):
        SqliteStore(path).open()


def test_another_programs_file_is_refused_and_not_touched(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE contacts (name)")
    before = path.read_bytes()
    with pytest.raises(StoreUnusable, match="another program"):
        SqliteStore(path).open()
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused_and_not_touched(path: Path) -> None:
    path.write_bytes(b"Dear diary, " * 1_000)
    with pytest.raises(StoreUnusable, match="not a SQLite file"):
        SqliteStore(path).open()
    assert path.read_bytes() == b"Dear diary, " * 1_000


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="Does its directory exist"):
        SqliteStore(tmp_path / "nowhere" / "cairn.db").open()


def test_a_damaged_file_is_refused_at_the_start(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        store.open()
        store.commit([record(position, events.HuntPaused()) for position in range(1, 2_001)])
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4_096 * 4_096
    content[middle : middle + 4_096] = b"\xff" * 4_096
    path.write_bytes(content)
    with pytest.raises(StoreUnusable, match="damaged"):
        SqliteStore(path).open()


def test_rows_that_break_the_schema_are_found_at_the_start(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        store.open()
        store.commit([record(1, events.HuntStarted())])
    # The row stays readable: only a check of the whole file can tell.
    with closing(sqlite3.connect(path)) as vandal:
        vandal.execute("PRAGMA writable_schema = ON")
        vandal.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'team\" TEXT', 'team\" TEXT NOT NULL')"
            " WHERE name = 'events'"
        )
        vandal.commit()
    with pytest.raises(StoreUnusable, match=r"damaged.*events\.team"):
        SqliteStore(path).open()


def test_a_refused_file_is_free_for_others(path: Path) -> None:
    path.write_bytes(b"Dear diary, " * 1_000)
    with pytest.raises(StoreUnusable):
        SqliteStore(path).open()
    path.unlink()
    with closing(SqliteStore(path)) as store:
        store.open()


def test_a_hole_in_the_journal_is_refused(store: SqliteStore, path: Path) -> None:
    batch = [record(position, events.HuntPaused()) for position in (1, 3)]
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(insert_sql(len(batch)), encode_batch(batch))
    with pytest.raises(StoreUnusable, match="hole in its journal"):
        list(store.recover())


def test_a_record_of_a_newer_version_is_refused(store: SqliteStore, path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute(
            "INSERT INTO events (position, hunt, at, kind, data)"
            " VALUES (1, 'harbour', 1.0, 'dragon_seen', '{\"kind\":\"dragon_seen\"}')"
        )
        other.commit()
    with pytest.raises(StoreUnusable, match="newer Cairn"):
        list(store.recover())
