"""What the persistence actor does when the store, a listener or a reader fails."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from actors.domain.events import Record
from actors.persistence import (
    STOP_TRIES_MAX,
    CommitFailed,
    CommitStalled,
    Committed,
    PersistenceActor,
    PersistenceFailed,
    PersistenceReport,
    ReadFailed,
    ReadHunt,
)
from server.store import SqliteStore
from tests.actors.fake_store import (
    CONFLICT,
    DISK_FULL,
    HARBOUR,
    PATIENCE_S,
    FakeStore,
    Ref,
    Reports,
    append,
    block,
    read,
    record,
)


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def reports() -> Reports:
    return Reports()


@pytest.fixture
def actor(store: FakeStore, reports: Reports) -> Iterator[Ref]:
    ref = PersistenceActor.start(store, reports)
    yield ref
    store.may_commit.set()
    ref.stop(timeout=PATIENCE_S)


def test_a_failed_batch_is_tried_again_verbatim_before_anything_later(
    store: FakeStore, reports: Reports, actor: Ref
) -> None:
    store.failures.extend([DISK_FULL, DISK_FULL])
    store.may_commit.clear()
    actor.tell(append(1, 3))
    assert store.is_committing.wait(PATIENCE_S)
    actor.tell(append(4, 5))
    store.may_commit.set()
    assert reports.next(CommitStalled) == CommitStalled("The disk is full.", attempts=1)
    assert reports.next(CommitStalled) == CommitStalled("The disk is full.", attempts=2)
    assert reports.next(Committed).position == 3
    assert reports.next(Committed).position == 5
    assert store.tried == [[1, 2, 3], [1, 2, 3], [1, 2, 3], [4, 5]]


def test_a_success_begins_the_count_of_failures_anew(
    store: FakeStore, reports: Reports, actor: Ref
) -> None:
    for position in (1, 2):
        store.failures.append(DISK_FULL)
        actor.tell(append(position))
        assert reports.next(CommitStalled).attempts == 1
        assert reports.next(Committed).position == position


class AnswerLosingStore(SqliteStore):
    """Commits, and then says that it failed: so an error while flushing may look."""

    losses = 2

    def commit(self, batch: Sequence[Record]) -> None:
        super().commit(batch)
        if self.losses:
            self.losses -= 1
            raise CommitFailed("The disk reports an error.", retriable=True)


def test_a_commit_that_failed_only_by_its_answer_is_not_doubled(
    tmp_path: Path, reports: Reports
) -> None:
    path = tmp_path / "cairn.db"
    ref = PersistenceActor.start(AnswerLosingStore(path), reports)
    ref.tell(append(1, 3))
    reports.next(CommitStalled)
    reports.next(CommitStalled)
    ref.tell(append(4))
    reports.wait_for_position(4)
    ref.stop(timeout=PATIENCE_S)
    store = SqliteStore(path)
    store.open()
    assert list(store.recover()) == [record(position) for position in range(1, 5)]
    store.close()


def test_a_conflict_ends_saving_and_nothing_later_is_tried(
    store: FakeStore, reports: Reports, actor: Ref
) -> None:
    store.failures.append(CONFLICT)
    actor.tell(append(1))
    assert reports.next(PersistenceFailed).message == "Another event is there."
    # It would be saved if it were tried: the store fails only once.
    actor.tell(append(2))
    actor.tell(ReadHunt(HARBOUR, lambda _: store.calls.append("read")))
    actor.stop(timeout=PATIENCE_S)
    assert store.tried == [[1]]
    assert "read" not in store.calls
    assert reports.queue.empty()
    assert store.closed.is_set()


def test_a_bug_in_the_store_is_reported_instead_of_killing_the_actor(
    store: FakeStore, reports: Reports, actor: Ref
) -> None:
    store.failures.append(ZeroDivisionError("oops"))
    actor.tell(append(1))
    assert "oops" in reports.next(PersistenceFailed).message
    actor.tell(append(2))
    assert actor.is_alive()


class ClosedStore(FakeStore):
    def open(self) -> None:
        raise OSError("no such directory")


def test_a_store_that_does_not_open_is_reported(reports: Reports) -> None:
    ref = PersistenceActor.start(ClosedStore(), reports)
    assert "no such directory" in reports.next(PersistenceFailed).message
    ref.tell(append(1))
    ref.stop(timeout=PATIENCE_S)


def test_a_listener_that_fails_stops_nothing(store: FakeStore) -> None:
    heard = Reports()

    def fail_after_hearing(report: PersistenceReport) -> None:
        heard(report)
        raise KeyboardInterrupt

    ref = PersistenceActor.start(store, fail_after_hearing)
    ref.tell(append(1))
    heard.wait_for_position(1)
    ref.tell(append(2))
    heard.wait_for_position(2)
    ref.stop(timeout=PATIENCE_S)


def test_a_reader_that_fails_stops_nothing(store: FakeStore, reports: Reports, actor: Ref) -> None:
    def fail(records: list[Record]) -> None:
        raise ZeroDivisionError

    actor.tell(ReadHunt(HARBOUR, fail))
    actor.tell(append(1))
    reports.wait_for_position(1)


def test_stopping_on_a_broken_disk_gives_up_and_says_how_much_is_unsaved(
    store: FakeStore, reports: Reports, actor: Ref
) -> None:
    store.is_failing_for_good = True
    block(store, actor)
    actor.tell(append(2, 5))
    stopped = actor.stop(block=False)
    store.may_commit.set()
    stopped.get(timeout=PATIENCE_S)
    reports.next(CommitStalled)
    assert "5 records could not be saved" in reports.next(PersistenceFailed).message
    assert len(store.tried) <= 2 + STOP_TRIES_MAX
    assert store.closed.is_set()


# Reading ------------------------------------------------------------------------------------


def test_a_read_that_fails_for_now_is_tried_again_while_saving_goes_on(
    store: FakeStore, reports: Reports, actor: Ref
) -> None:
    actor.tell(append(1, 3))
    reports.wait_for_position(3)
    trouble = ReadFailed("The disk reports an error.", retriable=True)
    store.read_failures.extend([trouble, trouble])
    records = read(actor)
    actor.tell(append(4))
    reports.wait_for_position(4)
    assert records()[:3] == [record(position) for position in (1, 2, 3)]
    assert reports.queue.empty()


def test_a_read_that_fails_for_good_ends_saving(
    store: FakeStore, reports: Reports, actor: Ref
) -> None:
    store.read_failures.append(ReadFailed("The database is damaged.", retriable=False))
    read(actor)
    assert reports.next(PersistenceFailed).message == "The database is damaged."


@pytest.mark.parametrize(("error", "is_shown"), [(CONFLICT, False), (ZeroDivisionError(), True)])
def test_only_what_nobody_expected_is_logged_with_a_traceback(
    store: FakeStore,
    reports: Reports,
    actor: Ref,
    error: Exception,
    is_shown: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    store.failures.append(error)
    actor.tell(append(1))
    reports.next(PersistenceFailed)
    assert [bool(one.exc_info) for one in caplog.records] == [is_shown]
