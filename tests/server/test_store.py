import resource
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from actors.domain import events
from actors.domain.events import AnyEvent, Record
from actors.domain.ids import HuntId, LocationId, PlayerId, SessionId, TeamId
from actors.domain.plan import HuntPlan, Location, TeamSeat
from actors.persistence import CommitFailed, JournalConflict
from server.records import encode_batch, insert_sql
from server.store import SqliteStore

HARBOUR, FOREST = HuntId("harbour"), HuntId("forest")
SESSION = SessionId("ab" * 16)


def seeded(hunt: HuntId) -> events.HuntSeeded:
    return events.HuntSeeded(
        plan=HuntPlan(
            hunt=hunt,
            title=hunt.title(),
            teams=(TeamSeat(id=TeamId("otters"), name="Otters"),),
            locations=(Location(id=LocationId("pier"), name="Pier"),),
        )
    )


def spoken(position: int) -> events.TeamSpoke:
    return events.TeamSpoke(team=TeamId("otters"), player=PlayerId("ada"), text=f"no. {position}")


def record(position: int, event: AnyEvent | None = None, hunt: HuntId = HARBOUR) -> Record:
    return Record(position=position, hunt=hunt, at=position / 7, event=event or spoken(position))


def records(first: int, last: int) -> list[Record]:
    return [record(position) for position in range(first, last + 1)]


def everything(path: Path) -> list[Record]:
    with closing(SqliteStore(path)) as store:
        store.open()
        return list(store.recover())


def write_behind_its_back(path: Path, batch: list[Record]) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(insert_sql(len(batch)), encode_batch(batch))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cairn.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore(path)) as store:
        store.open()
        yield store


def test_what_was_committed_is_recovered_in_order(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        store.open()
        assert list(store.recover()) == []
        store.commit(records(1, 3))
        store.commit(records(4, 4))
        store.commit([])
        assert store.last_position() == 4
    assert everything(path) == records(1, 4)


def test_a_journal_longer_than_one_fetch_is_recovered_whole(store: SqliteStore) -> None:
    store.commit(records(1, 1_500))
    store.commit(records(1_501, 2_500))
    assert list(store.recover()) == records(1, 2_500)


def test_the_last_position_is_known_after_opening_again(store: SqliteStore) -> None:
    store.commit(records(1, 5))
    store.close()
    store.open()
    assert store.last_position() == 5


def test_opening_twice_is_no_error(store: SqliteStore) -> None:
    store.open()
    store.commit(records(1, 1))


def test_a_store_that_is_not_open_says_so(path: Path) -> None:
    with pytest.raises(RuntimeError, match="not open"):
        SqliteStore(path).get_setting("anything")


def test_a_power_cut_cannot_lose_a_commit(store: SqliteStore) -> None:
    # The pragmas of the connection itself: no other one can tell.
    connection = store._connection
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA busy_timeout").fetchone() == (5_000,)


def test_a_cut_at_any_place_of_the_log_leaves_a_prefix_of_whole_batches(
    store: SqliteStore, path: Path, tmp_path: Path
) -> None:
    for first in range(1, 61, 3):
        store.commit(records(first, first + 2))
    log = path.with_name("cairn.db-wal").read_bytes()
    lengths = set()
    for cut in range(0, len(log) + 1, max(1, len(log) // 40)):
        crashed = tmp_path / f"cut{cut}.db"
        shutil.copyfile(path, crashed)
        crashed.with_name(crashed.name + "-wal").write_bytes(log[:cut])
        recovered = everything(crashed)
        assert recovered == records(1, len(recovered))
        assert len(recovered) % 3 == 0
        lengths.add(len(recovered))
    assert len(lengths) > 10


def test_a_copy_taken_while_running_has_everything_committed(
    store: SqliteStore, path: Path, tmp_path: Path
) -> None:
    store.commit(records(1, 100))
    shutil.copyfile(path, tmp_path / "copy.db")
    shutil.copyfile(f"{path}-wal", tmp_path / "copy.db-wal")
    assert everything(tmp_path / "copy.db") == records(1, 100)


def test_after_closing_the_file_alone_is_a_whole_copy(path: Path, tmp_path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        store.open()
        store.commit(records(1, 10))
        # With a reader present SQLite itself would leave the log behind at closing.
        reader = sqlite3.connect(path)
        reader.execute("SELECT count(*) FROM events").fetchone()
    shutil.copyfile(path, tmp_path / "copy.db")
    reader.close()
    assert everything(tmp_path / "copy.db") == records(1, 10)


def test_a_batch_committed_twice_is_in_the_journal_once(store: SqliteStore) -> None:
    store.commit(records(1, 3))
    store.commit(records(1, 3))
    assert list(store.recover()) == records(1, 3)


def test_a_batch_of_which_some_is_saved_is_completed(store: SqliteStore, path: Path) -> None:
    write_behind_its_back(path, [record(1), record(3)])
    store.commit(records(1, 4))
    assert list(store.recover()) == records(1, 4)


def test_another_event_at_our_position_is_a_conflict(store: SqliteStore, path: Path) -> None:
    write_behind_its_back(path, [record(1, events.HuntStarted())])
    with pytest.raises(JournalConflict, match=r"Position 1 .*another event") as caught:
        store.commit(records(1, 2))
    assert not caught.value.retriable
    assert list(store.recover()) == [record(1, events.HuntStarted())]


def test_the_same_request_at_two_positions_is_a_conflict(store: SqliteStore) -> None:
    twice = [Record(position, HARBOUR, 1.0, spoken(1), SESSION, 1) for position in (1, 2)]
    with pytest.raises(JournalConflict, match="refuses"):
        store.commit(twice)
    assert list(store.recover()) == []


@pytest.mark.parametrize("batch", [[record(3)], [record(2), record(4)]], ids=["after", "within"])
def test_a_gap_in_the_positions_is_a_conflict(store: SqliteStore, batch: list[Record]) -> None:
    store.commit(records(1, 1))
    with pytest.raises(JournalConflict, match="do not follow"):
        store.commit(batch)
    assert list(store.recover()) == records(1, 1)


@contextmanager
def files_limited_to(size_bytes: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_commit_that_did_not_fit_succeeds_verbatim_when_there_is_room(
    store: SqliteStore, path: Path
) -> None:
    store.commit(records(1, 10))
    batch = records(11, 1_000)
    with files_limited_to(path.with_name("cairn.db-wal").stat().st_size + 8_192):
        for _ in range(3):
            with pytest.raises(CommitFailed) as caught:
                store.commit(batch)
            assert caught.value.retriable
    assert list(store.recover()) == records(1, 10)
    store.commit(batch)
    assert list(store.recover()) == records(1, 1_000)


def test_a_locked_file_is_a_failure_that_passes(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.store.BUSY_TIMEOUT_MS", 1)
    with closing(SqliteStore(path)) as store:
        store.open()
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(CommitFailed, match="locked") as caught:
                store.commit(records(1, 1))
            assert caught.value.retriable
            other.execute("ROLLBACK")
        store.commit(records(1, 1))
        assert list(store.recover()) == records(1, 1)


def test_a_vanished_table_is_a_failure_that_does_not_pass(store: SqliteStore, path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("DROP TABLE events")
    with pytest.raises(CommitFailed, match="no such table") as caught:
        store.commit(records(1, 1))
    assert not caught.value.retriable


def test_a_hunt_is_read_back_from_its_last_seeding(store: SqliteStore) -> None:
    store.commit(
        [
            record(1, seeded(HARBOUR)),
            record(2),
            record(3, seeded(FOREST), FOREST),
            record(4, seeded(HARBOUR)),
            record(5),
        ]
    )
    assert store.read_hunt(HARBOUR) == [record(4, seeded(HARBOUR)), record(5)]
    assert store.read_hunt(FOREST) == [record(3, seeded(FOREST), FOREST)]
    assert store.read_hunt(HuntId("moon")) == []


def test_settings_outlive_the_server(store: SqliteStore) -> None:
    assert store.get_setting("gm_token_hash") is None
    store.put_setting("gm_token_hash", "old")
    store.put_setting("gm_token_hash", "new")
    store.close()
    store.open()
    assert store.get_setting("gm_token_hash") == "new"


def test_only_the_owner_can_read_a_new_file(store: SqliteStore, path: Path) -> None:
    store.commit(records(1, 1))
    for name in ("cairn.db", "cairn.db-wal", "cairn.db-shm"):
        assert path.with_name(name).stat().st_mode & 0o777 == 0o600
