"""When a snapshot is made, and what is done about one that was not."""

import logging
import queue
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server.snapshot_file import SnapshotFile
from server.snapshot_maker import Made
from server.snapshots import (
    LOOK_S,
    MakeSnapshot,
    Outcome,
    SnapshotActor,
    SnapshotChild,
    SnapshotKeeper,
)
from server.store import SqliteStore
from tests.server.saved_hunt import is_same, play
from tests.server.test_recovering import damage

PATIENCE_S = 30.0


class World:
    """A keeper, its timer and its child."""

    def __init__(self, position: int = 0, saved: int = 0) -> None:
        self.saved = saved
        self.asked: list[MakeSnapshot] = []
        self.timers: list[tuple[float, Callable[[], None]]] = []
        self.damages: list[str] = []
        self.keeper = SnapshotKeeper(
            self.asked.append,
            position,
            lambda: self.saved,
            lambda delay_s, callback: self.timers.append((delay_s, callback)),
            records=100,
        )
        self.keeper.on_damage = self.damages.append
        self.keeper.start()

    def look(self) -> None:
        (delay_s, callback) = self.timers.pop()
        assert (delay_s, self.timers) == (LOOK_S, [])
        callback()

    def done(self, position: int, size: int = 1) -> None:
        self.asked[-1].reply(Outcome(Made(position, size), "", is_damage=False))


def test_so_many_new_records_are_worth_a_snapshot() -> None:
    world = World(saved=99)
    world.look()
    assert world.asked == []
    world.saved = 100
    world.look()
    (asked,) = world.asked
    assert (asked.records_min, asked.is_checking) == (100, False)


def test_one_is_made_at_a_time() -> None:
    world = World(saved=100)
    world.look()
    world.saved = 500
    world.look()
    assert len(world.asked) == 1
    world.done(120)
    assert world.keeper.position == 120
    world.look()
    assert len(world.asked) == 2


def test_what_was_tried_is_not_tried_again_before_as_many_are_new(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World(saved=150)
    world.look()
    with caplog.at_level(logging.WARNING):
        world.asked[-1].reply(Outcome(None, "the disk has too little room", is_damage=False))
    assert "no snapshot was made: the disk has too little room" in caplog.text
    world.saved = 249
    world.look()
    assert len(world.asked) == 1
    world.saved = 250
    world.look()
    assert len(world.asked) == 2


def test_after_a_start_from_a_snapshot_the_file_is_looked_through_once() -> None:
    world = World(position=40, saved=50)
    world.look()
    assert [one.is_checking for one in world.asked] == [True]
    world.done(40, size=0)
    world.look()
    assert len(world.asked) == 1
    world.saved = 140
    world.look()
    assert [one.is_checking for one in world.asked] == [True, False]


def test_a_look_through_that_failed_is_made_up_for_with_the_next_snapshot() -> None:
    world = World(position=40, saved=50)
    world.look()
    world.asked[-1].reply(Outcome(None, "no memory", is_damage=False))
    world.saved = 140
    world.look()
    assert [one.is_checking for one in world.asked] == [True, True]


def test_damage_ends_the_server() -> None:
    world = World(position=40)
    world.look()
    world.asked[-1].reply(Outcome(None, "The database is damaged", is_damage=True))
    assert world.damages == ["The database is damaged"]


def test_a_stopped_keeper_asks_for_nothing_and_hears_of_nothing() -> None:
    world = World(position=40, saved=500)
    world.look()
    world.keeper.stop()
    world.asked[-1].reply(Outcome(None, "The database is damaged", is_damage=True))
    world.look()
    assert (world.damages, len(world.asked), world.timers) == ([], 1, [])


# With a real child ------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    play(tmp_path / "cairn.db", 30)
    yield tmp_path / "cairn.db"


@pytest.mark.slow
def test_a_child_makes_a_snapshot_and_the_loop_hears_of_it(path: Path) -> None:
    loop: queue.Queue[Callable[[], None]] = queue.Queue()
    outcomes: list[Outcome] = []
    ref = SnapshotActor.start(SnapshotChild(path), loop.put)
    ref.tell(MakeSnapshot(10, True, outcomes.append))
    loop.get(timeout=PATIENCE_S)()
    ref.stop(timeout=PATIENCE_S)
    assert outcomes[0].made is not None
    assert outcomes[0].made.position == 30
    store = SqliteStore(path)
    store.open()
    assert is_same(SnapshotFile(path).load(store.journal_key), 30)
    store.close()


@pytest.mark.slow
def test_a_child_that_finds_damage_says_so(path: Path) -> None:
    damage(path)
    outcome = SnapshotChild(path).run(1, is_checking=True)
    assert outcome.is_damage
    assert "The database is damaged" in outcome.message


def test_a_child_that_cannot_be_started_is_a_failure(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", str(path.with_name("no-python")))
    outcome = SnapshotChild(path).run(1, is_checking=False)
    assert (outcome.made, outcome.is_damage) == (None, False)
    assert "no-python" in outcome.message


@pytest.mark.slow
def test_a_stopped_child_leaves_no_snapshot(path: Path) -> None:
    child = SnapshotChild(path)
    child.stop()
    outcome = child.run(1, is_checking=False)
    assert (outcome.made, outcome.is_damage) == (None, False)
    assert not SnapshotFile(path).exists()
