import random

import pytest

from actors.persistence import CommitFailed, JournalConflict
from actors.simulation.disk import VirtualDisk
from actors.simulation.timeline import Timeline
from tests.actors.fake_store import record


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


def disk_of(timeline: Timeline, seed: int = 0) -> VirtualDisk:
    return VirtualDisk(timeline, random.Random(seed))


def test_a_commit_is_durable_when_it_is_over_and_not_before(timeline: Timeline) -> None:
    disk = disk_of(timeline)
    disk.commit([record(1), record(2)])
    disk.settle()
    assert disk.durable == 0
    timeline.run_until(disk.busy_until)
    disk.settle()
    assert disk.durable == 2


def test_a_crash_leaves_a_commit_under_way_whole_or_not_at_all(timeline: Timeline) -> None:
    left = set()
    for seed in range(30):
        disk = disk_of(timeline, seed)
        disk.commit([record(1), record(2), record(3)])
        disk.crash()
        assert disk.durable == len(disk.records)
        left.add(len(disk.records))
    assert left == {0, 3}


def test_a_failed_commit_leaves_nothing_and_an_ambiguous_one_everything(
    timeline: Timeline,
) -> None:
    disk = disk_of(timeline)
    disk.trouble.failures = 1.0
    with pytest.raises(CommitFailed):
        disk.commit([record(1)])
    assert disk.records == []
    disk.trouble.failures, disk.trouble.ambiguities = 0.0, 1.0
    with pytest.raises(CommitFailed):
        disk.commit([record(1)])
    disk.trouble.heal()
    disk.commit([record(1), record(2)])
    assert [one.position for one in disk.records] == [1, 2]


def test_another_record_at_a_position_is_a_conflict(timeline: Timeline) -> None:
    disk = disk_of(timeline)
    disk.commit([record(1)])
    with pytest.raises(JournalConflict):
        disk.commit([record(3)])


def test_a_stuck_commit_ends_when_the_disk_comes_free(timeline: Timeline) -> None:
    disk = disk_of(timeline)
    disk.trouble.stuck_until = timeline.now + 15.0
    disk.commit([record(1)])
    assert disk.busy_until >= timeline.now + 15.0
