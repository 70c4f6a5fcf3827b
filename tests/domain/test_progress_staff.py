"""The staff's half of the console board: who did what, who sees to which message."""

from actors.domain.console_lines import Cell, StaffLine
from actors.domain.events import (
    HintGranted,
    HuntExtended,
    MessageHandled,
    PointsAdjusted,
    StaffArrived,
    StaffInvited,
    StaffRevoked,
    TeamSpoke,
)
from actors.domain.ids import StaffId
from tests.domain.given import ADA, OTTERS, PIER, START, TERNS, record
from tests.domain.test_progress import STAFF, board_after, fold, otters, taken, watched

EVE = StaffId("s1")
INVITED = StaffInvited(EVE, "Eve", "station", "d" * 32, PIER)


def test_the_staff_log_names_who_sat_at_the_console_then() -> None:
    board = board_after(
        record(PointsAdjusted(OTTERS, 1), session=STAFF),
        record(StaffArrived("Ann", "owner"), session=STAFF),
        record(PointsAdjusted(OTTERS, 2), session=STAFF),
        record(StaffArrived("Bea", "master"), session=STAFF),
        record(HuntExtended(600, "rain"), session=STAFF),
    )
    assert [note.by for note in board.staff_log] == ["", "Ann", "Bea"]


def test_a_message_shows_who_sees_to_it() -> None:
    board = watched(record(StaffArrived("Ann", "owner"), session=STAFF))
    fold(board, record(TeamSpoke(OTTERS, ADA, "Hi"), position=5))
    taken(board)
    fold(board, record(MessageHandled(5, "claimed"), session=STAFF))
    (line,) = taken(board).messages
    assert (line.id, line.state, line.by) == (5, "claimed", "Ann")
    fold(board, record(MessageHandled(4, "done"), session=STAFF))
    assert not taken(board).messages


def test_a_granted_hint_is_in_the_cell_and_costs_nothing() -> None:
    line = otters(record(HintGranted(OTTERS, PIER, 1, "stuck"), at=START + 1))
    assert (line.cells, line.score) == ({PIER: Cell("tried", since=START + 1, hints=(1,))}, 0)


def test_everybody_who_is_invited_is_shown_whenever_that_changes() -> None:
    board = watched(PointsAdjusted(TERNS, 1))
    taken(board)
    fold(board, INVITED)
    assert board.changes
    assert taken(board).staff == (StaffLine(EVE, "Eve", "station", PIER),)
    assert taken(board).staff is None
    fold(board, StaffRevoked(EVE))
    assert taken(board).staff == ()
