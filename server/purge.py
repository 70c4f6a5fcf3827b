"""Taking people's names and words out of the database of a server that does not run.

What is over is purged: hunts that are finished, and what a hunt was before it was seeded anew.
Records stay, with their positions; only what is in them changes, in one transaction. Then the
file is written anew, so that the old bytes are in none of its pages and not in its log. A snapshot
of it is deleted, and any copy of one does not fit the file any more.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from actors.domain.events import HuntFinished, HuntSeeded, PlayerJoined, Record
from actors.domain.redaction import Pseudonyms, redact
from server.file_lock import FileLock, FileLocked
from server.records import ROW_COLUMNS, UnreadableRecord, decode_rows
from server.schema import APPLICATION_ID
from server.snapshot_file import SnapshotFile
from server.sqlite_errors import explain

ROWS_AT_ONCE = 5_000
"""Rows read at a time: a hunt of any size is purged in little memory."""

_UPDATE_SQL = "UPDATE events SET player = ?, session = ?, n = ?, data = ? WHERE position = ?"

_encode = msgspec.json.Encoder().encode


class CannotPurge(Exception):
    """Nothing was changed; the message says why and what to do."""


class Round(Struct):
    """A hunt from one seeding to the next."""

    hunt: str
    first: int
    """Position of the record that seeded it."""
    last: int
    ended_at: float
    """UTC seconds of the last record."""
    is_over: bool = False
    """Finished, or seeded anew since."""
    players: int = 0
    """Devices that joined; what there is to purge."""


class Purged(Struct):
    """What was purged, or would be."""

    rounds: list[Round]
    records: int
    """Records that were changed."""
    sessions: int
    """Sessions of phones that were deleted."""


def purge(
    path: Path, hunt: str | None, ended_before: float | None, is_dry_run: bool = False
) -> Purged:
    """Purge the rounds that are over: of one hunt, or of all (`hunt` is None).

    `ended_before` (UTC seconds) leaves younger ones alone. A dry run changes nothing.

    Raises:
        CannotPurge: a server runs, the file is none of Cairn's, or the hunt is not over.
    """
    if not path.is_file():
        raise CannotPurge(f"There is no file {path}.")
    lock = FileLock(path)
    try:
        lock.acquire()
    except FileLocked:
        raise CannotPurge(
            f"A Cairn server uses {path}. Stop it first: it holds the names in memory, too."
        ) from None
    try:
        return _purge_locked(path, hunt, ended_before, is_dry_run)
    except UnreadableRecord as error:
        raise CannotPurge(f"{path}: {error}") from error
    except sqlite3.Error as error:
        raise CannotPurge(f"{path}: {explain(error)}") from error
    finally:
        lock.release()


def _purge_locked(
    path: Path, hunt: str | None, ended_before: float | None, is_dry_run: bool
) -> Purged:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        (owner,) = connection.execute("PRAGMA application_id").fetchone()
        if owner != APPLICATION_ID:
            raise CannotPurge(f"{path} is no database of Cairn.")
        chosen = _choose(_rounds(connection), hunt, ended_before)
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA synchronous = FULL")
        if not is_dry_run:
            SnapshotFile(path).remove()
        connection.execute("BEGIN IMMEDIATE")
        try:
            outcome = _rewrite(connection, chosen)
            _count_purge(connection)
            connection.execute("ROLLBACK" if is_dry_run else "COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        if not is_dry_run:
            _forget_old_pages(connection)
        return outcome
    finally:
        connection.close()


def _records(connection: sqlite3.Connection, first: int, last: int) -> Iterator[Record]:
    sql = f"SELECT {ROW_COLUMNS} FROM events WHERE position BETWEEN ? AND ? ORDER BY position"
    for start in range(first, last + 1, ROWS_AT_ONCE):
        end = min(start + ROWS_AT_ONCE - 1, last)
        yield from decode_rows(connection.execute(sql, (start, end)).fetchall())


def _rounds(connection: sqlite3.Connection) -> list[Round]:
    found: list[Round] = []
    current: dict[str, Round] = {}
    (last,) = connection.execute("SELECT coalesce(max(position), 0) FROM events").fetchone()
    for record in _records(connection, 1, last):
        before = current.get(record.hunt)
        if isinstance(record.event, HuntSeeded):
            if before is not None:
                before.is_over = True
            current[record.hunt] = Round(record.hunt, record.position, 0, 0.0)
            found.append(current[record.hunt])
        one = current[record.hunt]
        one.last, one.ended_at = record.position, record.at
        one.is_over |= isinstance(record.event, HuntFinished)
        one.players += isinstance(record.event, PlayerJoined)
    return found


def _choose(rounds: Sequence[Round], hunt: str | None, ended_before: float | None) -> list[Round]:
    ours = [one for one in rounds if hunt in (None, one.hunt)]
    if not ours and hunt is not None:
        known = ", ".join(dict.fromkeys(one.hunt for one in rounds)) or "none"
        raise CannotPurge(f"There is no hunt {hunt!r} in this file; there are: {known}.")
    over = [one for one in ours if one.is_over]
    if not over and hunt is not None:
        raise CannotPurge(
            f"The hunt {hunt!r} is not over. Start the server and let a game master finish it."
        )
    return [one for one in over if ended_before is None or one.ended_at < ended_before]


def _rewrite(connection: sqlite3.Connection, rounds: Sequence[Round]) -> Purged:
    records = sessions = 0
    for one in rounds:
        pseudonyms = Pseudonyms()
        for record in _records(connection, one.first, one.last):
            if record.hunt != one.hunt:
                continue
            redacted = redact(record, pseudonyms)
            if redacted == record:
                continue
            records += 1
            player = getattr(redacted.event, "player", None)
            data = _encode(redacted.event).decode()
            values = (player, redacted.session, redacted.n, data, record.position)
            connection.execute(_UPDATE_SQL, values)
        sessions += connection.execute(
            "DELETE FROM sessions WHERE hunt = ? AND position BETWEEN ? AND ?",
            (one.hunt, one.first, one.last),
        ).rowcount
    return Purged(list(rounds), records, sessions)


def _count_purge(connection: sqlite3.Connection) -> None:
    """Make every snapshot of the journal as it was unusable; see `server.journal_file`."""
    (purges,) = connection.execute("PRAGMA user_version").fetchone()
    connection.execute(f"PRAGMA user_version = {purges + 1}")


def _forget_old_pages(connection: sqlite3.Connection) -> None:
    """Write the file anew, and empty the log, which holds pages as they were."""
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    connection.execute("VACUUM")
    (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise CannotPurge(
            "Another program reads the file, so old pages are left in its log. Close it, and "
            "run this again."
        )
