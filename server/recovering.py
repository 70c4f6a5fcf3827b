"""From a database file to all that a server needs to go on."""

import gc
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from msgspec import Struct

from actors.domain.events import Record
from actors.recovery import Recovery
from server.schema import StoreUnusable
from server.snapshot_file import SnapshotFile, SnapshotUnusable
from server.store import SqliteStore

logger = logging.getLogger("cairn")


class Recovered(Struct, frozen=True):
    """What was recovered, and how."""

    recovery: Recovery
    snapshot_position: int
    """Up to where a snapshot was used; 0 when none was."""


def open_and_recover(store: SqliteStore, snapshots: SnapshotFile) -> Recovered:
    """Open the store and fold its journal, from the snapshot on if there is a usable one.

    With one, the file is not looked through for damage: that takes as long as all the rest, and is
    to be done soon.

    Raises:
        StoreUnusable: storage cannot be used.
    """
    has_snapshot = snapshots.exists()
    store.open(is_trusted=has_snapshot)
    with _quiet_collector():
        if has_snapshot:
            recovered = from_snapshot(snapshots, store.journal_key, store.recover)
            if recovered is not None:
                return recovered
            with suppress(OSError):  # What it holds of people may be from another journal.
                snapshots.remove()
            store.check_pages()
        recovery = Recovery()
        recovery.take_all(store.recover())
        return Recovered(recovery, 0)


def from_snapshot(
    snapshots: SnapshotFile,
    journal_key: Callable[[int], str | None],
    records: Callable[[int], Iterator[Record]],
) -> Recovered | None:
    """What a snapshot and the records behind it make; None when everything must be folded.

    Args:
        snapshots: Where it is.
        journal_key: What the journal has at a position.
        records: The journal's records behind a position.

    Raises:
        StoreUnusable: those records cannot be read.
    """
    try:
        recovery = snapshots.load(journal_key)
        position = recovery.last_position
        recovery.take_all(records(position))
    except SnapshotUnusable as error:
        logger.warning("the snapshot is not used, so every record is folded: %s", error)
        return None
    except StoreUnusable:
        raise
    except Exception:
        logger.exception("the snapshot is not used, so every record is folded")
        return None
    return Recovered(recovery, position)


@contextmanager
def _quiet_collector() -> Iterator[None]:
    """Nothing that is folded becomes garbage; looking for some doubles the time.

    What was recovered stays hidden from the collector, too: actors are started next, and would
    make it walk over all of it.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
