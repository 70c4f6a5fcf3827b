import pytest

from actors.domain.events import (
    AnyEvent,
    ClaimFailed,
    FindRestored,
    FindVoided,
    HintBought,
    HuntSeeded,
    HuntStarted,
    LeaderboardFrozen,
    LeaderboardThawed,
    PointsAdjusted,
    Record,
    Rerank,
    TeamDisqualified,
    TeamReinstated,
    TeamSpoke,
)
from actors.domain.ids import TeamId
from actors.domain.leaderboard import Leaderboard, LeaderboardRow
from actors.domain.refusals import Reason
from tests.domain.given import (
    ADA,
    MILL,
    OTTERS,
    PIER,
    SEALS,
    START,
    TERNS,
    TOWER,
    found,
    given_plan,
    record,
)

PLAN = given_plan()


def board_after(*events: AnyEvent | Record) -> Leaderboard:
    board = Leaderboard(PLAN)
    for event in events:
        board.apply(event if isinstance(event, Record) else record(event))
    return board


def order(board: Leaderboard, public: bool = False) -> list[tuple[TeamId, int]]:
    return [(row.team, row.score) for row in board.rows(public)]


def failed(team: TeamId, penalty: int = 0) -> ClaimFailed:
    return ClaimFailed(team, PIER, ADA, Reason.WRONG_CODE, "No.", penalty)


def test_before_anything_happens_teams_stand_in_the_plans_order() -> None:
    assert board_after().rows(public=True) == (
        LeaderboardRow(1, OTTERS, "Otters", 0),
        LeaderboardRow(2, TERNS, "Terns", 0),
        LeaderboardRow(3, SEALS, "Seals", 0),
    )


def test_the_best_score_comes_first() -> None:
    board = board_after(found(TERNS), found(SEALS, bonus=10), found(OTTERS, points=20))
    assert order(board) == [(SEALS, 60), (TERNS, 50), (OTTERS, 20)]
    assert [row.rank for row in board.rows(public=False)] == [1, 2, 3]


def test_hints_wrong_claims_and_adjustments_count() -> None:
    board = board_after(
        found(), HintBought(OTTERS, PIER, ADA, 0, 10), failed(OTTERS, -1), PointsAdjusted(OTTERS, 3)
    )
    assert order(board)[0] == (OTTERS, 42)


def test_of_equal_scores_the_one_that_was_reached_earlier_leads() -> None:
    board = board_after(record(found(TERNS), at=START + 1), record(found(OTTERS), at=START + 2))
    assert order(board)[:2] == [(TERNS, 50), (OTTERS, 50)]


def test_gains_at_the_same_time_are_told_apart_by_their_place_in_the_journal() -> None:
    board = board_after(found(SEALS), found(TERNS), found(OTTERS))
    assert [team for team, _ in order(board)] == [SEALS, TERNS, OTTERS]


def test_points_given_are_a_gain_and_points_taken_are_none() -> None:
    finds = (record(found(OTTERS, points=40)), record(found(TERNS)))
    given_later = record(PointsAdjusted(OTTERS, 10), at=START + 9)
    assert order(board_after(*finds, given_later))[0] == (TERNS, 50)
    taken_later = record(PointsAdjusted(OTTERS, -10), at=START + 9)
    board = board_after(record(found(OTTERS, points=60)), record(found(TERNS)), taken_later)
    assert order(board)[0] == (OTTERS, 50)


def test_a_find_that_is_worth_nothing_is_no_gain() -> None:
    board = board_after(found(OTTERS, MILL, points=0))
    assert [team for team, _ in order(board)] == [OTTERS, TERNS, SEALS]


def test_a_void_find_scores_nothing_and_is_no_gain_any_more() -> None:
    board = board_after(
        record(found(OTTERS, MILL), at=START),
        record(found(TERNS, MILL), at=START + 1),
        record(found(OTTERS), at=START + 2),
        record(FindVoided(OTTERS, PIER), at=START + 3),
    )
    assert order(board)[:2] == [(OTTERS, 50), (TERNS, 50)]


def test_points_given_stay_the_last_gain_when_a_find_is_taken_back() -> None:
    board = board_after(
        record(PointsAdjusted(OTTERS, 50), at=START + 2),
        record(found(TERNS), at=START + 1),
        record(found(OTTERS), at=START + 3),
        record(FindVoided(OTTERS, PIER), at=START + 4),
    )
    assert order(board)[:2] == [(TERNS, 50), (OTTERS, 50)]


def test_a_restored_find_dates_from_when_it_was_found() -> None:
    board = board_after(
        record(found(OTTERS), at=START),
        record(found(TERNS, MILL), at=START + 1),
        record(FindVoided(OTTERS, PIER), at=START + 2),
        record(FindRestored(OTTERS, PIER), at=START + 3),
    )
    assert order(board)[:2] == [(OTTERS, 50), (TERNS, 50)]


def test_later_finders_get_the_bonus_of_their_new_place() -> None:
    moved = FindVoided(OTTERS, PIER, reranked=(Rerank(TERNS, 1, 20),))
    board = board_after(found(OTTERS, bonus=20), found(TERNS, bonus=10, rank=2), moved)
    assert order(board) == [(TERNS, 70), (OTTERS, 0), (SEALS, 0)]


def test_a_disqualified_team_is_left_out_and_comes_back_with_its_score() -> None:
    board = board_after(found(), found(TERNS, TOWER, points=10), TeamDisqualified(OTTERS))
    assert order(board) == [(TERNS, 10), (SEALS, 0)]
    assert board.rows(public=False)[0].rank == 1
    board.apply(record(TeamReinstated(OTTERS)))
    assert order(board)[0] == (OTTERS, 50)


def test_frozen_the_public_sees_the_rows_as_they_were_until_they_are_thawed() -> None:
    board = board_after(found(), LeaderboardFrozen(), found(TERNS, points=90))
    assert order(board, public=True)[0] == (OTTERS, 50)
    assert order(board, public=False)[0] == (TERNS, 90)
    board.apply(record(LeaderboardThawed()))
    assert order(board, public=True)[0] == (TERNS, 90)


def test_it_tells_whether_it_is_frozen() -> None:
    assert board_after(LeaderboardFrozen()).is_frozen
    assert not board_after(LeaderboardFrozen(), LeaderboardThawed()).is_frozen


@pytest.mark.parametrize(
    ("event", "has_changed"),
    [
        (found(), True),
        (found(points=0), False),
        (failed(OTTERS), False),
        (failed(OTTERS, -1), True),
        (HintBought(OTTERS, PIER, ADA, 0, 0), False),
        (TeamSpoke(OTTERS, ADA, "hi"), False),
        (HuntStarted(), False),
        (LeaderboardFrozen(), True),
        (TeamDisqualified(OTTERS), True),
    ],
)
def test_it_tells_whether_rows_may_have_changed(event: AnyEvent, has_changed: bool) -> None:
    assert Leaderboard(PLAN).apply(record(event)) is has_changed


def test_a_new_plan_begins_anew() -> None:
    board = board_after(found(), LeaderboardFrozen(), HuntSeeded(PLAN))
    assert not board.is_frozen
    assert order(board)[0] == (OTTERS, 0)
