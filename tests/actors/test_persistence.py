import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors import persistence
from actors.domain import events
from actors.domain.events import Record
from actors.domain.plan import HuntPlan
from actors.persistence import (
    BATCH_RECORDS_MAX,
    Append,
    CommitStalled,
    Committed,
    PersistenceActor,
)
from server.store import SqliteStore
from tests.actors.fake_store import (
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


def test_an_appended_record_is_saved_and_reported(
    store: FakeStore, reports: Reports, actor: Ref
) -> None:
    actor.tell(append(1))
    report = reports.next(Committed)
    assert (report.position, report.records) == (1, 1)
    assert report.took_s >= 0
    assert store.saved == [record(1)]


def test_the_store_is_opened_in_the_actors_thread(
    store: FakeStore, reports: Reports, actor: Ref
) -> None:
    actor.tell(append(1))
    reports.wait_for_position(1)
    assert len(store.calls) == 1
    assert store.calls[0].startswith("open in PersistenceActor")


def test_what_queues_up_during_a_commit_becomes_one_batch(
    store: FakeStore, reports: Reports, actor: Ref
) -> None:
    block(store, actor)
    for position in range(2, 502):
        actor.tell(append(position))
    store.may_commit.set()
    reports.wait_for_position(501)
    assert store.tried == [[1], list(range(2, 502))]


def test_a_commit_so_soon_after_the_last_one_waits_for_company(
    store: FakeStore, reports: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Pausing(PersistenceActor):
        """Is told of a third record while it waits with the second; the pause is over then."""

        def _pause(self, wait_s: float) -> None:
            waits.append(wait_s)
            self.actor_ref.tell(append(3))
            self._began_at -= wait_s

    waits: list[float] = []
    monkeypatch.setattr(persistence, "COMMIT_PAUSE_S", 10 * PATIENCE_S)
    actor = Pausing.start(store, reports)
    actor.tell(append(1))
    reports.wait_for_position(1)
    actor.tell(append(2))
    reports.wait_for_position(3)
    actor.stop(timeout=PATIENCE_S)
    assert store.tried == [[1], [2, 3]]
    (wait_s,) = waits
    assert 0 < wait_s <= persistence.COMMIT_PAUSE_S


def test_a_full_batch_waits_for_nobody(
    store: FakeStore, reports: Reports, actor: Ref, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(persistence, "COMMIT_PAUSE_S", 10 * PATIENCE_S)
    actor.tell(append(1))
    reports.wait_for_position(1)
    actor.tell(append(2, 1 + BATCH_RECORDS_MAX))
    reports.wait_for_position(1 + BATCH_RECORDS_MAX)


def test_a_long_backlog_is_committed_in_bounded_batches(
    store: FakeStore, reports: Reports, actor: Ref
) -> None:
    block(store, actor)
    last = 1 + 2 * BATCH_RECORDS_MAX + 10
    actor.tell(append(2, last))
    store.may_commit.set()
    reports.wait_for_position(last)
    assert [len(batch) for batch in store.tried] == [1, BATCH_RECORDS_MAX, BATCH_RECORDS_MAX, 10]
    assert [record.position for record in store.saved] == list(range(1, last + 1))


def test_an_empty_append_is_no_batch(store: FakeStore, reports: Reports, actor: Ref) -> None:
    actor.tell(Append(()))
    actor.tell(append(1))
    reports.wait_for_position(1)
    assert store.tried == [[1]]


def test_a_store_opened_for_recovery_is_handed_over_open(tmp_path: Path, reports: Reports) -> None:
    store = SqliteStore(tmp_path / "cairn.db")
    store.open()
    assert list(store.recover()) == []
    ref = PersistenceActor.start(store, reports)
    seeding = events.HuntSeeded(
        plan=HuntPlan(hunt=HARBOUR, title="Harbour", teams=(), locations=())
    )
    seeded = Record(position=1, hunt=HARBOUR, at=1.0, event=seeding)
    ref.tell(Append((seeded,)))
    assert read(ref)() == [seeded]
    ref.stop(timeout=PATIENCE_S)


def test_a_hunt_is_read_once_everything_appended_before_is_saved(
    store: FakeStore, actor: Ref
) -> None:
    block(store, actor)
    actor.tell(append(2, 3))
    answer = read(actor)
    actor.tell(append(4))
    store.may_commit.set()
    assert answer()[:3] == [record(1), record(2), record(3)]


def test_a_hunt_is_not_read_while_its_records_wait_for_the_disk(
    store: FakeStore, reports: Reports, actor: Ref
) -> None:
    store.failures.extend([DISK_FULL, DISK_FULL])
    actor.tell(append(1))
    answer = read(actor)
    reports.next(CommitStalled)
    assert answer() == [record(1)]


def test_a_hunt_is_read_at_once_when_nothing_is_pending(actor: Ref) -> None:
    assert read(actor)() == []


def test_stopping_saves_what_is_pending_and_closes_the_store(
    store: FakeStore, reports: Reports, actor: Ref
) -> None:
    block(store, actor)
    actor.tell(append(2, 9))
    stopped = actor.stop(block=False)
    store.may_commit.set()
    stopped.get(timeout=PATIENCE_S)
    reports.wait_for_position(9)
    assert [record.position for record in store.saved] == list(range(1, 10))
    assert store.closed.is_set()


def test_stopping_does_not_wait_for_the_next_try(
    store: FakeStore, reports: Reports, actor: Ref
) -> None:
    store.failures.append(DISK_FULL)
    actor.tell(append(1))
    reports.next(CommitStalled)
    actor.tell(append(2))
    actor.stop(timeout=PATIENCE_S)
    assert store.saved == [record(1), record(2)]


def test_the_process_can_end_while_the_disk_hangs(store: FakeStore, actor: Ref) -> None:
    # The interpreter does not exit before every thread that is not a daemon has ended.
    block(store, actor)
    threads = [thread for thread in threading.enumerate() if "PersistenceActor" in thread.name]
    assert threads
    assert all(thread.daemon for thread in threads)
