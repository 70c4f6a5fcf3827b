"""The journal on SQLite: one file, one connection, one writer.

WAL with `synchronous=FULL`: with NORMAL, a power cut loses commits that were reported as saved.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from actors.domain.events import Record
from actors.domain.ids import HuntId
from actors.persistence import CommitFailed, JournalConflict, ReadFailed, StoreFailed
from server.file_lock import FileLock, FileLocked
from server.journal_file import BUSY_TIMEOUT_MS, check_pages, journal_key, read_journal
from server.records import (
    COLUMNS,
    ROW_COLUMNS,
    decode_rows,
    encode_batch,
    insert_sql,
    portions,
)
from server.schema import StoreUnusable, check_ours, migrate
from server.sqlite_errors import explain, may_pass

__all__ = ["SqliteStore", "StoreUnusable"]

WAL_BYTES_MAX = 64 * 1024 * 1024
"""What the write-ahead log is cut back to after a checkpoint that a long reader had held up."""

CHECKPOINT_PAGES = 4_000
"""Pages of 4 KiB in the log before a commit moves them into the file: four times SQLite's own
figure costs a fifth less per record, and 16 MiB are read back in a moment after a crash."""

SYNCHRONOUS_FULL = 2
"""What `PRAGMA synchronous` answers when it is FULL."""


class SqliteStore:
    """The journal in a SQLite file; a `JournalStore`.

    Open it, recover from it and read settings in one thread, then hand it to the thread that
    commits (its own `open` finds it open). It must never be used by two threads at a time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = FileLock(path)
        self._opened: sqlite3.Connection | None = None
        self._last_position = 0

    def open(self, *, is_trusted: bool = False) -> None:
        """Lock, open, check and migrate the file, unless it is open. Makes a missing file.

        A trusted file is not looked through for damage: who says so calls `check_pages`, or has
        that done before long.

        Raises:
            StoreUnusable: with what is wrong and what to do.
        """
        if self._opened is not None:
            return
        try:
            self._lock.acquire()
            try:
                self._opened = self._open_checked(is_trusted)
            except BaseException:
                self._lock.release()
                raise
        except FileLocked as error:
            raise StoreUnusable(str(error)) from None
        except OSError as error:
            raise StoreUnusable(
                f"{self._path} cannot be opened: {error.strerror}. Does its directory exist, and "
                "may this user write there?"
            ) from error
        except sqlite3.Error as error:
            raise StoreUnusable(f"{self._path}: {explain(error)}") from error

    def check_pages(self) -> None:
        """Look through a trusted file for damage after all.

        Raises:
            StoreUnusable: when there is some.
        """
        try:
            check_pages(self._connection)
        except sqlite3.Error as error:
            raise StoreUnusable(f"{self._path}: {explain(error)}") from error

    def recover(self, after: int = 0) -> Iterator[Record]:
        """Every record behind a position, in order. Read it to the end before anything else.

        Raises:
            StoreUnusable: at a hole in the journal, or a record that cannot be read.
        """
        return read_journal(self._connection, self._path, after)

    def journal_key(self, position: int) -> str | None:
        """What tells this journal from others; see `server.journal_file`."""
        try:
            return journal_key(self._connection, position)
        except sqlite3.Error as error:
            raise StoreUnusable(f"{self._path}: {explain(error)}") from error

    def last_position(self) -> int:
        """The position of the last saved record; 0 for an empty journal."""
        return self._last_position

    def commit(self, batch: Sequence[Record]) -> None:
        """Save all of the batch or nothing; what is saved already is left alone.

        The positions must follow on those saved, without gaps.

        Raises:
            CommitFailed: when the batch is not known to be saved.
            JournalConflict: when the file holds another record than ours at a position, or a
                request is in the journal twice.
        """
        if not batch:
            return
        self._check_positions(batch)
        try:
            self._save(batch)
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise CommitFailed(explain(error), retriable=may_pass(error)) from error
        self._last_position = max(self._last_position, batch[-1].position)

    def read_hunt(self, hunt: HuntId) -> list[Record]:
        """The hunt's records since it was last seeded, in order; none if it never was.

        Raises:
            ReadFailed: when they cannot be read, for now or for good.
        """
        try:
            rows = self._connection.execute(
                f"SELECT {ROW_COLUMNS} FROM events WHERE hunt = :hunt AND position >="
                " (SELECT seeded_position FROM hunts WHERE hunt = :hunt) ORDER BY position",
                {"hunt": hunt},
            )
            return decode_rows(rows)
        except sqlite3.Error as error:
            raise ReadFailed(explain(error), retriable=may_pass(error)) from error

    def get_setting(self, key: str) -> str | None:
        """What `put_setting` stored last; None if nothing.

        Raises:
            StoreUnusable: when it cannot be read.
        """
        sql = "SELECT value FROM server WHERE key = ?"
        try:
            row = self._connection.execute(sql, (key,)).fetchone()
        except sqlite3.Error as error:
            raise StoreUnusable(f"{self._path}: {explain(error)}") from error
        return None if row is None else str(row[0])

    def put_setting(self, key: str, value: str) -> None:
        """Store one of the server's own settings; it is on disk when this returns.

        Raises:
            StoreUnusable: when it cannot be stored.
        """
        if self.get_setting(key) == value:
            return  # A full disk must not keep a server from starting with what it has.
        try:
            self._connection.execute("REPLACE INTO server (key, value) VALUES (?, ?)", (key, value))
        except sqlite3.Error as error:
            raise StoreUnusable(f"{self._path}: {explain(error)}") from error

    def close(self) -> None:
        """Checkpoint, close, and let go of the lock; without effect when not open.

        The file alone is a whole copy then, unless somebody else was reading it.

        Raises:
            StoreFailed: when the checkpoint failed; the store is closed all the same, and what is
                in the log is moved at the next start.
        """
        if self._opened is None:
            return
        try:
            _checkpoint(self._opened)
        except sqlite3.Error as error:
            raise StoreFailed(explain(error), retriable=may_pass(error)) from error
        finally:
            self._opened.close()
            self._opened = None
            self._lock.release()

    @property
    def _connection(self) -> sqlite3.Connection:
        if self._opened is None:
            raise RuntimeError("The store is not open; call open() first.")
        return self._opened

    def _open_checked(self, is_trusted: bool) -> sqlite3.Connection:
        # Made by us if it is missing, since SQLite would let everybody read it, and it holds the
        # hunt's answers. SQLite gives its -wal and -shm files the same rights.
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(
            self._path,
            timeout=BUSY_TIMEOUT_MS / 1000,
            # Every statement is its own transaction; the module must not begin any by itself.
            isolation_level=None,
            # It is handed from the thread that recovers to the one that commits.
            check_same_thread=False,
        )
        try:
            # First of all: configuring writes to the file, which may be somebody else's.
            check_ours(connection)
            _configure(connection)
            if not is_trusted:
                check_pages(connection)
            migrate(connection)
            _settle(connection, self._path)
            (self._last_position,) = connection.execute(
                "SELECT coalesce(max(position), 0) FROM events"
            ).fetchone()
        except BaseException:
            connection.close()
            raise
        return connection

    def _check_positions(self, batch: Sequence[Record]) -> None:
        first, last = batch[0].position, batch[-1].position
        if first > self._last_position + 1 or last - first + 1 != len(batch):
            raise JournalConflict(
                f"The records at positions {first} to {last} do not follow on position "
                f"{self._last_position}, the last one saved."
            )

    def _save(self, batch: Sequence[Record]) -> None:
        try:
            self._insert(batch)
        except sqlite3.IntegrityError as error:
            self._insert_missing(batch, error)

    def _insert(self, batch: Sequence[Record]) -> None:
        values, start, connection = encode_batch(batch), 0, self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            for rows in portions(len(batch)):
                end = start + rows * COLUMNS
                connection.execute(insert_sql(rows), values[start:end])
                start = end
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # SQLite rolls some failures back by itself.
                connection.execute("ROLLBACK")
            raise

    def _insert_missing(self, batch: Sequence[Record], error: sqlite3.IntegrityError) -> None:
        """Finish a batch that an earlier try may have saved in part or whole."""
        rows = self._connection.execute(
            f"SELECT {ROW_COLUMNS} FROM events WHERE position BETWEEN ? AND ? ORDER BY position",
            (batch[0].position, batch[-1].position),
        )
        saved = {record.position: record for record in decode_rows(rows)}
        for record in batch:
            if saved.get(record.position, record) != record:
                raise JournalConflict(
                    f"Position {record.position} of the journal holds another event than this "
                    "server put there. Has another program written to the file?"
                ) from error
        missing = [record for record in batch if record.position not in saved]
        if len(missing) == len(batch):
            raise JournalConflict(f"The journal refuses a record: {error}.") from error
        if not missing:
            return
        try:
            self._insert(missing)
        except sqlite3.IntegrityError as again:
            raise JournalConflict(f"The journal refuses a record: {again}.") from again


def _configure(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES_MAX}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    connection.execute("PRAGMA synchronous = FULL")
    (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
    if mode != "wal" or synchronous != SYNCHRONOUS_FULL:
        raise StoreUnusable(
            f"The file system does not support a write-ahead log (journal_mode is {mode}, "
            f"synchronous is {synchronous}). Put the database on a local disk."
        )


def _settle(connection: sqlite3.Connection, path: Path) -> None:
    """Put on the disk what is read as saved.

    After a crash the log may hold commits that the operating system has but the disk does not,
    even some whose flush had failed. A checkpoint writes them anew, into the file, and flushes.
    """
    if not _checkpoint(connection):
        # Somebody still reads an older state, a backup say. Then the log itself is flushed.
        descriptor = os.open(path.with_name(path.name + "-wal"), os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _checkpoint(connection: sqlite3.Connection) -> bool:
    """Move the write-ahead log into the file; whether other readers let all of it go."""
    (is_held_up, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not is_held_up
