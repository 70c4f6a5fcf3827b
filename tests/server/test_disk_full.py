"""What the files beside a running server do when nothing more can be written."""

import os
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from server import store as store_module
from server.file_lock import FileLock
from server.key_file import KeyUnusable, load_key
from server.store import SqliteStore, StoreUnusable
from tests.server.test_backup import batch


@contextmanager
def nothing_can_be_written() -> Iterator[None]:
    """As on a full disk: no file of this process may have a single byte more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_lock_needs_no_room(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "cairn.db")
    with nothing_can_be_written():
        lock.acquire()
    lock.release()


def test_a_key_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    with nothing_can_be_written(), pytest.raises(KeyUnusable, match="neither read nor made: File"):
        load_key(tmp_path / "cairn.db")


def test_a_missing_directory_is_named_as_the_databases(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match=r"cairn\.db cannot be opened: No such file"):
        SqliteStore(tmp_path / "nowhere" / "cairn.db").open()


def test_a_setting_that_cannot_be_stored_is_a_sentence_and_one_that_is_there_needs_no_room(
    tmp_path: Path,
) -> None:
    with closing(SqliteStore(tmp_path / "cairn.db")) as store:
        store.open()
        store.put_setting("token", "a")
        with nothing_can_be_written():
            store.put_setting("token", "a")
            with pytest.raises(StoreUnusable, match="disk"):
                store.put_setting("token", "b")


def test_a_log_that_a_reader_holds_back_is_flushed_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a crash its commits may be in the system's memory alone."""
    monkeypatch.setattr(store_module, "BUSY_TIMEOUT_MS", 20)
    path, flushed, fsync = tmp_path / "cairn.db", list[str](), os.fsync

    def noted(descriptor: int) -> None:
        flushed.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        fsync(descriptor)

    with closing(SqliteStore(path)) as store:
        store.open()
        store.commit(batch(1, 3))
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM events").fetchone()
            store.commit(batch(4, 6))
            store.close()
            monkeypatch.setattr(os, "fsync", noted)
            store.open()
            assert [record.position for record in store.recover()] == [1, 2, 3, 4, 5, 6]
    assert f"{path}-wal" in flushed
