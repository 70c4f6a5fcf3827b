import pytest

from actors.domain.commands import AdjustPoints, Disqualify, FreezeLeaderboard, ThawLeaderboard
from actors.domain.ids import TeamId
from actors.messages import (
    CommittedRecords,
    LeaderboardChanged,
    LeaderboardStale,
    PublishLeaderboard,
)
from tests.actors.conftest import StartRig
from tests.actors.rig import Rig
from tests.domain.given import HUNT, OTTERS, TERNS, code


def scores(rig: Rig, public: bool = True) -> dict[TeamId, int]:
    return {row.team: row.score for row in rig.rows(public)}


def publish(rig: Rig) -> LeaderboardChanged:
    """What the leaderboard tells the hub when the hub asks for it."""
    assert rig.entry.leaderboard is not None
    rig.entry.leaderboard.tell(PublishLeaderboard())
    rig.run()
    shown: LeaderboardChanged = rig.pushes.of(LeaderboardChanged)[-1]
    return shown


def test_a_find_is_on_the_leaderboard_only_when_it_is_committed(rig: Rig) -> None:
    ada = rig.join()
    rig.start()
    rig.commit()
    rig.ask(ada, code("lumen"))
    assert rig.team().score == 50
    assert scores(rig)[OTTERS] == 0
    assert publish(rig).true[0].score == 0
    rig.commit()
    assert scores(rig)[OTTERS] == 50


def test_a_commit_up_to_a_position_shows_nothing_beyond_it(rig: Rig) -> None:
    rig.order(AdjustPoints(OTTERS, 5))
    halfway = rig.journal.tail
    rig.order(AdjustPoints(TERNS, 9))
    rig.commit(halfway)
    assert (scores(rig)[OTTERS], scores(rig)[TERNS]) == (5, 0)


def test_the_hub_is_told_once_a_batch_that_rows_changed(rig: Rig) -> None:
    rig.commit()
    rig.pushes.pushes.clear()
    for points in (1, 2, 3):
        rig.order(AdjustPoints(OTTERS, points))
    rig.commit()
    assert rig.pushes.of(LeaderboardStale) == [LeaderboardStale(HUNT)]


def test_the_hub_is_not_told_of_what_changes_no_row(rig: Rig) -> None:
    rig.commit()
    rig.pushes.pushes.clear()
    rig.join()
    rig.start()
    rig.commit()
    assert rig.pushes.of(LeaderboardStale) == []


def test_rows_are_published_only_when_the_hub_asks(rig: Rig) -> None:
    rig.order(AdjustPoints(OTTERS, 5))
    rig.commit()
    assert rig.pushes.of(LeaderboardChanged) == []
    shown = publish(rig)
    first = shown.public[0]
    assert (first.rank, first.team, first.score) == (1, OTTERS, 5)
    assert not shown.is_frozen


def test_a_frozen_leaderboard_stands_still_for_the_public_alone(rig: Rig) -> None:
    rig.order(FreezeLeaderboard())
    rig.order(AdjustPoints(OTTERS, 5))
    rig.commit()
    shown = publish(rig)
    assert shown.is_frozen
    assert {row.score for row in shown.public} == {0}
    assert shown.true[0].score == 5
    rig.order(ThawLeaderboard())
    rig.commit()
    shown = publish(rig)
    assert shown.public == shown.true
    assert not shown.is_frozen


def test_a_disqualified_team_leaves_the_leaderboard_when_that_is_saved(rig: Rig) -> None:
    rig.commit()
    rig.order(Disqualify(OTTERS))
    assert OTTERS in scores(rig)
    rig.commit()
    assert OTTERS not in scores(rig)


def test_records_that_were_folded_already_are_not_folded_again(start_rig: StartRig) -> None:
    rig = start_rig()
    rig.order(AdjustPoints(OTTERS, 5))
    rig.commit()
    assert rig.entry.leaderboard is not None
    rig.entry.leaderboard.tell("nonsense")
    rig.run()
    # The successor was folded from the journal; the same commit may be told to it again.
    assert rig.entry.leaderboard is not None
    rig.entry.leaderboard.tell(CommittedRecords(tuple(rig.writer.records[1:])))
    rig.run()
    assert scores(rig)[OTTERS] == 5


def test_a_leaderboard_cannot_handle_what_is_not_meant_for_it(rig: Rig) -> None:
    rig.dispatcher.on_failure = None
    assert rig.entry.leaderboard is not None
    rig.entry.leaderboard.tell(3)
    with pytest.raises(TypeError, match="cannot handle int"):
        rig.run()
