"""Reading a journal's file: what the server, backups and the maker of snapshots have in common."""

import hashlib
import sqlite3
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import msgspec

from actors.domain.events import Record
from server.records import ROW_COLUMNS, UnreadableRecord, decode_rows
from server.schema import APPLICATION_ID, StoreUnusable
from server.sqlite_errors import explain

BUSY_TIMEOUT_MS = 5_000
"""How long to wait for another connection, a backup or a Datasette that migrates, to let go."""

RECOVERY_ROWS = 1_000
"""Rows fetched at once while recovering; more is not faster."""


def open_read_only(path: Path) -> sqlite3.Connection:
    """A connection beside the server's own that never writes, not even to move the log."""
    connection = sqlite3.connect(
        path.resolve().as_uri() + "?mode=ro",
        uri=True,
        timeout=BUSY_TIMEOUT_MS / 1000,
        isolation_level=None,
    )
    connection.execute("PRAGMA query_only = ON")
    return connection


def is_ours(connection: sqlite3.Connection) -> bool:
    """Whether the file is marked as a Cairn's."""
    (owner,) = connection.execute("PRAGMA application_id").fetchone()
    return bool(owner == APPLICATION_ID)


def check_pages(connection: sqlite3.Connection) -> None:
    """Look through the file for damage.

    Raises:
        StoreUnusable: when there is some.
    """
    findings = [row[0] for row in connection.execute("PRAGMA quick_check(3)")]
    if findings != ["ok"]:
        raise StoreUnusable(
            f"The database is damaged: {'; '.join(findings)}. Restore it from a backup."
        )


def read_journal(connection: sqlite3.Connection, path: Path, after: int = 0) -> Iterator[Record]:
    """Every record of the journal behind a position, in order; to be read to the end.

    No reading stays open for longer than `RECOVERY_ROWS` take, so none holds back the log.

    Raises:
        StoreUnusable: at a hole in the journal, or a record that cannot be read.
    """
    return chain.from_iterable(_read_batches(connection, path, after))


def _read_batches(connection: sqlite3.Connection, path: Path, last: int) -> Iterator[list[Record]]:
    sql = f"SELECT {ROW_COLUMNS} FROM events WHERE position > ? ORDER BY position LIMIT ?"
    try:
        while rows := connection.execute(sql, (last, RECOVERY_ROWS)).fetchall():
            if rows[0][0] != last + 1 or rows[-1][0] != last + len(rows):
                raise StoreUnusable(
                    f"{path} has a hole in its journal near position {last + 1}. "
                    "Restore the file from a backup."
                )
            last += len(rows)
            yield decode_rows(rows)
    except UnreadableRecord as error:
        raise StoreUnusable(f"{path}: {error}") from error
    except sqlite3.Error as error:
        raise StoreUnusable(f"{path}: {explain(error)}") from error


def journal_key(connection: sqlite3.Connection, position: int) -> str | None:
    """What tells this journal, up to a position, from every other; None when it does not get there.

    Two journals that have the same first record and the same one at the position, with their times
    and sessions, are one; but for a purge, which changes records in between, and is counted.
    """
    (purges,) = connection.execute("PRAGMA user_version").fetchone()
    sql = f"SELECT {ROW_COLUMNS} FROM events WHERE position IN (1, ?) ORDER BY position DESC"
    rows = connection.execute(sql, (position,)).fetchall()
    if not rows or rows[0][0] != position:
        return None
    return hashlib.sha256(msgspec.msgpack.encode((purges, rows))).hexdigest()
