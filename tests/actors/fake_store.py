"""A journal store and a listener for the tests of the persistence actor, with its controls."""

import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeVar

import pykka

from actors.domain import events
from actors.domain.events import Record
from actors.domain.ids import HuntId, PlayerId, TeamId
from actors.persistence import (
    Append,
    CommitFailed,
    Committed,
    JournalConflict,
    PersistenceActor,
    PersistenceReport,
    ReadHunt,
)

HARBOUR = HuntId("harbour")
PATIENCE_S = 10.0
"""How long a test waits for what must happen: far longer than it takes on a busy machine."""

DISK_FULL = CommitFailed("The disk is full.", retriable=True)
CONFLICT = JournalConflict("Another event is there.")

T = TypeVar("T")


def record(position: int) -> Record:
    said = events.TeamSpoke(team=TeamId("otters"), player=PlayerId("ada"), text=str(position))
    return Record(position=position, hunt=HARBOUR, at=float(position), event=said)


def append(first: int, last: int | None = None) -> Append:
    return Append(tuple(record(position) for position in range(first, (last or first) + 1)))


class FakeStore:
    """Keeps batches in memory; fails and blocks when the test wants it to."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.tried: list[list[int]] = []
        self.saved: list[Record] = []
        self.failures: deque[Exception] = deque()
        self.read_failures: deque[Exception] = deque()
        self.is_failing_for_good = False
        self.may_commit = threading.Event()
        self.may_commit.set()
        self.is_committing = threading.Event()
        self.closed = threading.Event()

    def open(self) -> None:
        self.calls.append(f"open in {threading.current_thread().name}")

    def commit(self, batch: Sequence[Record]) -> None:
        self.tried.append([record.position for record in batch])
        self.is_committing.set()
        assert self.may_commit.wait(PATIENCE_S)
        if self.is_failing_for_good:
            raise DISK_FULL
        if self.failures:
            raise self.failures.popleft()
        self.saved.extend(batch)

    def read_hunt(self, hunt: HuntId) -> list[Record]:
        if self.read_failures:
            raise self.read_failures.popleft()
        return [record for record in self.saved if record.hunt == hunt]

    def close(self) -> None:
        self.closed.set()


class Reports:
    """A listener that the test can wait at."""

    def __init__(self) -> None:
        self.queue: queue.Queue[PersistenceReport] = queue.Queue()

    def __call__(self, report: PersistenceReport) -> None:
        self.queue.put(report)

    def next(self, kind: type[T]) -> T:
        """The next report, which must be of this kind."""
        report = self.queue.get(timeout=PATIENCE_S)
        assert isinstance(report, kind)
        return report

    def wait_for_position(self, position: int) -> None:
        while self.next(Committed).position < position:
            pass


Ref = pykka.ActorRef[PersistenceActor]


def block(store: FakeStore, actor: Ref) -> None:
    """Hold the actor within the commit of record 1."""
    store.may_commit.clear()
    actor.tell(append(1))
    assert store.is_committing.wait(PATIENCE_S)


def read(actor: Ref) -> Callable[[], list[Record]]:
    answers: queue.Queue[list[Record]] = queue.Queue()
    actor.tell(ReadHunt(HARBOUR, answers.put))
    return lambda: answers.get(timeout=PATIENCE_S)
