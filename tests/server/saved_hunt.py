"""A played hunt in a database file, and what a start would make of it."""

from pathlib import Path

from actors.domain.events import HuntSeeded, HuntStarted, Record, TeamSpoke
from actors.domain.ids import PlayerId
from actors.recovery import Recovery
from actors.snapshot import encode
from server.snapshot_file import SnapshotFile
from server.store import SqliteStore
from tests.domain.given import HUNT, OTTERS, found, given_plan


def history(first: int, last: int) -> list[Record]:
    """Records of a hunt in which a player talks and talks, and finds one place."""
    records = []
    for position in range(first, last + 1):
        event = TeamSpoke(OTTERS, PlayerId("ada"), f"hello {position}")
        if position <= 3:
            event = (HuntSeeded(given_plan()), HuntStarted(), found())[position - 1]  # type: ignore[assignment]
        records.append(Record(position, HUNT, position / 7, event))
    return records


def folded(last: int) -> Recovery:
    """What the first records stand for."""
    recovery = Recovery()
    recovery.take_all(history(1, last))
    return recovery


def is_same(recovery: Recovery, last: int) -> bool:
    """Whether it is what the first records stand for."""
    return encode(recovery) == encode(folded(last))


def save_snapshot(store: SqliteStore, snapshots: SnapshotFile, position: int) -> None:
    """A snapshot of the first records, as the child makes it."""
    key = store.journal_key(position)
    assert key is not None
    snapshots.save(folded(position), key)


def play(db: Path, last: int) -> None:
    """Save the first records in a file of their own."""
    store = SqliteStore(db)
    store.open()
    store.commit(history(1, last))
    store.close()
