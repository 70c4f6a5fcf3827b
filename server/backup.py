"""A copy of the database of a running server, whole and checked.

The server's connection stays the only one that writes (SQLite before 3.51.3 can damage a file
whose log two connections move at once): this one is opened read only, so it never writes,
never moves the log into the file, and never deletes it. It holds one read transaction for the whole
copy, so the copy is the journal at one position, whatever is saved meanwhile.
"""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from msgspec import Struct

from actors.recovery import Recovery
from server.file_lock import FileLock, FileLocked
from server.journal_file import check_pages, is_ours, open_read_only, read_journal
from server.schema import StoreUnusable
from server.sqlite_errors import explain

PAGES_PER_STEP = 2_000
"""Pages of 4 KiB copied at once: between two steps the progress is told, and Ctrl-C is heard."""

Progress = Callable[[int, int], None]
"""Told how many pages of how many are copied."""


class BackupFailed(Exception):
    """There is no backup; the message tells the operator why and what to do."""


class Backup(Struct, frozen=True):
    """A backup that was made and checked."""

    database: str
    key: str | None
    """The copy of the key file; None when the database has none beside it."""
    position: int
    """Of the last record in it: everything saved up to there is in the backup."""
    hunts: tuple[str, ...]
    bytes: int
    """Of the database's copy."""


def back_up(source: Path, target: Path, *, replace: bool, progress: Progress) -> Backup:
    """Copy the database and its key file, check the copy, and only then give it its name.

    Raises:
        BackupFailed: when nothing was made; what was there under the name still is.
    """
    try:
        _check_paths(source, target, replace)
        with _draft(target) as draft:
            _copy(source, draft, progress)
            recovery = _checked(draft)
            size = draft.stat().st_size
            key = _copy_key(source, target)
            _remove_log(target)
            draft.rename(target)
            _sync(target.parent)
    except StoreUnusable as error:
        raise BackupFailed(f"The copy cannot be used, so it was not kept. {error}") from error
    except sqlite3.Error as error:
        raise BackupFailed(explain(error)) from error
    except OSError as error:
        raise BackupFailed(f"{error.strerror}: {error.filename or target}") from error
    return Backup(
        database=str(target),
        key=None if key is None else str(key),
        position=recovery.last_position,
        hunts=tuple(recovery.hunts),
        bytes=size,
    )


def _check_paths(source: Path, target: Path, replace: bool) -> None:
    if not source.is_file():
        raise BackupFailed(f"There is no database {source}.")
    if target.is_dir():
        raise BackupFailed(f"{target} is a directory; name a file in it.")
    if not target.parent.is_dir():
        raise BackupFailed(f"There is no directory {target.parent}; make it first.")
    if not target.exists():
        return
    if target.samefile(source):
        raise BackupFailed("The backup must be another file than the database.")
    if not replace:
        raise BackupFailed(f"{target} is there already. Name another file, or add --force.")
    if target.with_name(target.name + ".lock").exists():
        lock = FileLock(target)
        try:
            lock.acquire()
        except FileLocked as error:
            raise BackupFailed(f"{target} is in use. {error}") from None
        lock.release()


@contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """A file for the copy while it is not whole; gone afterwards unless it was renamed."""
    path = target.with_name(target.name + ".partial")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupFailed(f"Another backup to {target} is under way.") from None
        try:
            os.ftruncate(descriptor, 0)  # What an interrupted one left.
            os.fchmod(descriptor, 0o600)
            yield path
        finally:
            path.unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def _copy(source: Path, draft: Path, progress: Progress) -> None:
    with closing(open_read_only(source)) as live, closing(sqlite3.connect(draft)) as copy:
        # No journal of its own: the copy is thrown away unless it becomes whole.
        copy.execute("PRAGMA journal_mode = OFF")
        copy.execute("PRAGMA synchronous = OFF")
        live.execute("BEGIN")
        if not is_ours(live):
            raise BackupFailed(f"{source} is not a Cairn's database.")
        live.execute("SELECT count(*) FROM sqlite_master").fetchone()  # The snapshot is now.
        live.backup(
            copy,
            pages=PAGES_PER_STEP,
            progress=lambda _, left, total: progress(total - left, total),
        )
        live.execute("ROLLBACK")
    _sync(draft)


def _checked(draft: Path) -> Recovery:
    """Read the copy as a server would at its start.

    Raises:
        StoreUnusable: when it could not start on it.
    """
    # Nobody else has it, and it has no log: no file beside it is needed, nor made.
    uri = draft.resolve().as_uri() + "?mode=ro&immutable=1"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
        check_pages(connection)
        recovery = Recovery()
        recovery.take_all(read_journal(connection, draft))
        return recovery


def _copy_key(source: Path, target: Path) -> Path | None:
    """Copy the key file, readable by its owner only."""
    key = source.with_name(source.name + ".key")
    if not key.exists():
        return None
    copy = target.with_name(target.name + ".key")
    draft = copy.with_name(copy.name + ".partial")
    draft.unlink(missing_ok=True)
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file, key.open("rb") as original:
            shutil.copyfileobj(original, file)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(copy)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return copy


def _remove_log(target: Path) -> None:
    """A log beside the file that is about to be replaced belongs to that one alone."""
    for suffix in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            target.with_name(target.name + suffix).unlink()


def _sync(path: Path) -> None:
    """Flush a file, or the names in a directory, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
