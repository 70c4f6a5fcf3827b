"""`python -m server.snapshot_maker DATABASE`: the child that makes a snapshot, out of the way.

It reads the file through a connection of its own that cannot write, so the journal has one writer
as ever, and knows committed records alone. It is as unimportant to the machine as a process can
be, and ends with the server that started it.
"""

import argparse
import gc
import os
import sqlite3
import sys
import threading
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from actors.recovery import Recovery
from server.journal_file import check_pages, is_ours, journal_key, open_read_only, read_journal
from server.recovering import from_snapshot
from server.schema import StoreUnusable
from server.snapshot_file import SnapshotFailed, SnapshotFile
from server.sqlite_errors import explain, may_pass

NICENESS = 19
"""The least that a process can ask of the machine: it runs when nobody else wants to."""

STDIN = 0

EXIT_DONE, EXIT_FAILED, EXIT_DAMAGED, EXIT_ABANDONED = 0, 1, 3, 4


class Damaged(Exception):
    """Pages of the database make no sense; the message says which."""


class Made(Struct, frozen=True):
    """What came of it; the last line that the child says, as JSON."""

    position: int
    """Up to where the newest snapshot reaches; 0 when there is none."""
    bytes: int
    """Of the snapshot, when a new one was made; else 0."""


def make(database: Path, records_min: int, is_checking: bool) -> Made:
    """Look through the file for damage, if asked, and make a snapshot if so many records are new.

    Raises:
        Damaged: it is.
        StoreUnusable: the file cannot be read, or holds no journal of this version.
        SnapshotFailed: the snapshot cannot be written.
    """
    snapshots = SnapshotFile(database)
    with closing(open_read_only(database)) as connection:
        if not is_ours(connection):
            raise StoreUnusable(f"{database} is not a Cairn's database.")
        if is_checking:
            _check(connection, snapshots)
        recovery, since = _recover(connection, database, snapshots)
        key = journal_key(connection, recovery.last_position)
        if key is None or recovery.last_position - since < records_min:
            return Made(since, 0)
        return Made(recovery.last_position, snapshots.save(recovery, key))


def _check(connection: sqlite3.Connection, snapshots: SnapshotFile) -> None:
    """Look through the file. One that is damaged has no snapshot from then on.

    With one, the next start would trust the file, and end half a minute later as this one does.
    """
    try:
        _check_pages(connection)
    except Damaged:
        with suppress(OSError):
            snapshots.remove()
        raise


def _check_pages(connection: sqlite3.Connection) -> None:
    try:
        check_pages(connection)
    except StoreUnusable as error:
        raise Damaged(str(error)) from error
    except sqlite3.Error as error:
        if not may_pass(error):
            raise Damaged(explain(error)) from error
        raise


def _recover(
    connection: sqlite3.Connection, database: Path, snapshots: SnapshotFile
) -> tuple[Recovery, int]:
    """What the journal holds by now, and up to where a snapshot has it."""
    if snapshots.exists():
        recovered = from_snapshot(
            snapshots,
            lambda position: journal_key(connection, position),
            lambda after: read_journal(connection, database, after),
        )
        if recovered is not None:
            return recovered.recovery, recovered.snapshot_position
    recovery = Recovery()
    recovery.take_all(read_journal(connection, database))
    return recovery, 0


def main(arguments: Sequence[str]) -> int:
    """Make one; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m server.snapshot_maker", description=__doc__)
    parser.add_argument("database", type=Path)
    parser.add_argument("--records", type=int, default=1, help="new ones, at least")
    parser.add_argument("--check", action="store_true", help="look for damage first")
    parser.add_argument("--child", action="store_true", help="end when standard input does")
    options = parser.parse_args(arguments)
    if options.child:
        os.nice(NICENESS)
        threading.Thread(target=_end_with_parent, daemon=True).start()
    gc.disable()  # Nothing becomes garbage before the end.
    try:
        made = make(options.database, options.records, options.check)
    except Damaged as error:
        return _failed(str(error), EXIT_DAMAGED)
    except (SnapshotFailed, StoreUnusable, OSError) as error:
        return _failed(str(error), EXIT_FAILED)
    except sqlite3.Error as error:
        return _failed(explain(error), EXIT_FAILED)
    print(msgspec.json.encode(made).decode())  # noqa: T201
    return EXIT_DONE


def _failed(message: str, code: int) -> int:
    print(" ".join(message.split()), file=sys.stderr)  # noqa: T201
    return code


def _end_with_parent() -> None:
    """Leave at once when the server is gone: nobody waits for this any more."""
    while os.read(STDIN, 1):  # Not through `sys.stdin`, whose lock would be held at the exit.
        pass
    os._exit(EXIT_ABANDONED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
