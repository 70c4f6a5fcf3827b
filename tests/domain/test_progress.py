from collections.abc import Callable

import msgspec
import pytest

from actors.domain import progress as limits
from actors.domain import progress_changes
from actors.domain.console_lines import Cell, Live, TeamLine
from actors.domain.events import (
    Announced,
    AnnouncementSeen,
    AnyEvent,
    ClaimFailed,
    FindRestored,
    FindVoided,
    HintBought,
    HuntStarted,
    LocationClosed,
    LocationOpened,
    PlayerJoined,
    PointsAdjusted,
    Record,
    Rerank,
    TeamDisqualified,
    TeamReinstated,
    TeamSpoke,
    TeamSteered,
)
from actors.domain.ids import AnnouncementId, LocationId, SessionId, TeamId
from actors.domain.plan import HuntPlan, TeamSeat
from actors.domain.progress import Progress
from actors.domain.progress_changes import Changes
from actors.domain.refusals import Reason
from tests.domain.given import (
    ADA,
    MILL,
    OTTERS,
    PIER,
    SEALS,
    START,
    TERNS,
    found,
    given_pier,
    given_plan,
    record,
)

PLAN = given_plan()
STAFF = SessionId("f" * 32)
ADA_JOINED = PlayerJoined(OTTERS, ADA, "Ada L.")


def nobody(_: TeamId) -> Live:
    return Live()


def board_after(*events: AnyEvent | Record, plan: HuntPlan = PLAN) -> Progress:
    board = Progress(plan)
    fold(board, *events)
    return board


def fold(board: Progress, *events: AnyEvent | Record) -> None:
    for event in events:
        board.apply(event if isinstance(event, Record) else record(event))


def lines(board: Progress) -> dict[TeamId, TeamLine]:
    return {line.id: line for line in board.team_lines(nobody)[0]}


def otters(*events: AnyEvent | Record) -> TeamLine:
    return lines(board_after(*events))[OTTERS]


def failed(location: LocationId = PIER, penalty: int = -1) -> ClaimFailed:
    return ClaimFailed(OTTERS, location, ADA, Reason.WRONG_CODE, "No.", penalty)


# Team lines -----------------------------------------------------------------------------------


def test_a_find_shows_who_made_it_and_when() -> None:
    line = otters(ADA_JOINED, record(found(bonus=20, rank=2), at=START + 5))
    assert (line.score, line.found, line.last_find_at) == (70, 1, START + 5)
    assert line.cells == {PIER: Cell("found", 2, 20, START + 5, by="Ada L.")}


def test_a_cell_tells_since_when_a_team_is_at_it() -> None:
    line = otters(
        record(failed(), at=START + 1),
        record(failed(), at=START + 2),
        record(HintBought(OTTERS, PIER, ADA, 1, 5), at=START + 3),
        record(HintBought(OTTERS, PIER, ADA, 0, 10), at=START + 4),
    )
    assert line.cells == {PIER: Cell("tried", since=START + 1, failures=2, hints=(1, 0))}
    assert (line.score, line.found) == (-17, 0)


def test_what_came_before_a_find_stays_in_its_cell() -> None:
    cell = otters(record(failed(), at=START + 1), record(found(), at=START + 9)).cells[PIER]
    assert (cell.state, cell.since, cell.failures, cell.at) == ("found", START + 1, 1, START + 9)


def test_a_void_find_loses_points_rank_and_place_and_gets_them_back() -> None:
    board = board_after(
        found(OTTERS, bonus=20),
        found(TERNS, bonus=10, rank=2),
        FindVoided(OTTERS, PIER, "", (Rerank(TERNS, 1, 20),)),
    )
    otter, tern = lines(board)[OTTERS], lines(board)[TERNS]
    assert (otter.score, otter.found, otter.last_find_at) == (0, 0, None)
    assert otter.cells == {PIER: Cell("void", at=START, by=ADA)}
    assert (tern.score, tern.cells[PIER].rank, tern.cells[PIER].bonus) == (70, 1, 20)
    fold(board, FindRestored(OTTERS, PIER, "", (Rerank(OTTERS, 1, 20), Rerank(TERNS, 2, 10))))
    otter, tern = lines(board)[OTTERS], lines(board)[TERNS]
    assert (otter.score, otter.found, otter.last_find_at) == (70, 1, START)
    assert (tern.score, tern.cells[PIER].rank, tern.cells[PIER].bonus) == (60, 2, 10)


def test_the_last_find_is_the_newest_that_counts() -> None:
    events = [record(found(location=PIER), at=START), record(found(location=MILL), at=START + 9)]
    assert otters(*events, FindVoided(OTTERS, MILL)).last_find_at == START


def test_a_team_shows_where_it_is_steered_since_when() -> None:
    steered = record(TeamSteered(OTTERS, PIER), at=START + 3)
    line = otters(steered)
    assert (line.target, line.target_since) == (PIER, START + 3)
    assert line.cells[PIER].since == START + 3
    for end in (found(), TeamDisqualified(OTTERS), LocationClosed(PIER)):
        assert otters(steered, end).target is None
    assert otters(steered, TeamSteered(OTTERS, MILL)).target == MILL


def test_a_team_shows_what_it_has_read_and_whether_it_plays() -> None:
    line = otters(
        AnnouncementSeen(OTTERS, ADA, AnnouncementId(2)),
        PointsAdjusted(OTTERS, 7),
        TeamDisqualified(OTTERS),
    )
    assert (line.seen, line.score, line.disqualified) == ((2,), 7, True)
    assert not otters(TeamDisqualified(OTTERS), TeamReinstated(OTTERS)).disqualified


def test_what_is_live_is_the_servers_to_say() -> None:
    live = Live(2, AnnouncementId(3), START)
    (line, *_), _ = board_after().team_lines(lambda _: live)
    assert (line.online, line.delivered, line.last_seen_at) == (2, 3, None)
    (line, *_), _ = board_after().team_lines(lambda _: Live(last_seen_at=START))
    assert (line.online, line.last_seen_at) == (0, START)


# Locations, messages, staff log ----------------------------------------------------------------


def test_a_location_shows_finds_that_count_and_who_is_on_the_way() -> None:
    board = board_after(
        TeamSteered(OTTERS, PIER),
        TeamSteered(TERNS, PIER),
        found(SEALS),
        found(OTTERS, rank=2),
        FindVoided(SEALS, PIER),
    )
    pier = board.location_lines()[0]
    assert (pier.open, pier.standing, pier.heading) == (True, 1, 1)
    fold(board, LocationClosed(PIER))
    pier = board.location_lines()[0]
    assert (pier.open, pier.heading) == (False, 0)
    fold(board, LocationOpened(PIER))
    assert board.location_lines()[0].open


def test_a_team_that_is_sent_elsewhere_is_not_on_its_old_way_any_more() -> None:
    board = board_after(TeamSteered(OTTERS, PIER), TeamSteered(OTTERS, MILL))
    assert [line.heading for line in board.location_lines()] == [0, 1, 0]


def test_a_message_shows_the_players_name_at_that_time() -> None:
    board = board_after(
        ADA_JOINED, record(TeamSpoke(OTTERS, ADA, "Help!"), START + 1, 77), failed()
    )
    (line,) = board.messages
    assert (line.id, line.team, line.player, line.text) == (77, OTTERS, "Ada L.", "Help!")
    assert (line.at, line.state) == (START + 1, "open")


def test_the_staff_log_has_what_game_masters_did_and_not_what_the_clock_did() -> None:
    board = board_after(
        HuntStarted(),
        record(PointsAdjusted(OTTERS, 5, "song"), session=STAFF),
        record(found(), session=SessionId("a" * 32)),
        record(Announced(AnnouncementId(1), "Rain."), session=STAFF),
    )
    assert [type(note.record.event) for note in board.staff_log] == [PointsAdjusted, Announced]
    board.staff_names[STAFF] = "Eve"
    fold(board, record(LocationClosed(PIER), session=STAFF))
    assert [note.by for note in board.staff_log] == ["", "", "Eve"]


def test_the_tail_is_the_newest_of_whatever_happened() -> None:
    events = [record(PointsAdjusted(OTTERS, 1)) for _ in range(limits.FEED_TAIL + 3)]
    assert list(board_after(*events).tail) == events[3:]


# Limits ---------------------------------------------------------------------------------------


def test_a_huge_hunt_shows_the_first_teams_and_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TEAM_LINES_MAX", 2)
    monkeypatch.setattr(limits, "LOCATION_LINES_MAX", 1)
    board = Progress(PLAN)
    board.changes.watch(True)
    fold(board, found(OTTERS), found(OTTERS, MILL), found(SEALS, rank=2))
    assert list(lines(board)) == [OTTERS, TERNS]
    assert list(lines(board)[OTTERS].cells) == [PIER]
    assert [line.id for line in board.location_lines()] == [PIER]
    assert [line.id for line in board.place_lines()] == [PIER]
    changes = board.changes.take(nobody)
    assert [(line.id, list(line.cells)) for line in changes.teams] == [(OTTERS, [PIER])]
    assert [line.id for line in changes.locations] == [PIER]


def test_a_welcome_has_so_many_cells_and_says_how_many_it_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "CELLS_MAX", 3)
    board = board_after(found(), found(location=MILL), found(TERNS), found(TERNS, MILL))
    shown, left_out = board.team_lines(nobody)
    assert [len(line.cells) for line in shown] == [2, 0, 0]
    assert (left_out, [line.found for line in shown]) == (2, [2, 2, 0])


def test_a_place_line_never_holds_what_would_solve_it() -> None:
    sent = msgspec.json.encode(Progress(PLAN).place_lines()).decode().lower()
    for secret in ("lumen", "lighthouse", "light ?ship", "lantern", "floats", "ferry"):
        assert secret not in sent
    pier, mill, _ = msgspec.to_builtins(Progress(PLAN).place_lines())
    assert pier["hints"] == ({"cost": 10}, {"cost": 5, "after_s": 600.0})
    assert mill == {"id": MILL, "name": "The Mill", "points": 30, "proof": ("answer",)}


# Changes --------------------------------------------------------------------------------------


def watched(*events: AnyEvent | Record, plan: HuntPlan = PLAN) -> Progress:
    board = board_after(*events, plan=plan)
    board.changes.watch(True)
    return board


def taken(board: Progress) -> Changes:
    return board.changes.take(nobody)


def test_nothing_is_noted_while_nobody_looks() -> None:
    board = board_after(
        failed(),
        found(),
        LocationClosed(PIER),
        TeamSpoke(OTTERS, ADA, "Hi"),
        TeamSteered(SEALS, MILL),
    )
    assert not board.changes
    board.changes.watch(True)
    assert not board.changes
    fold(board, found(TERNS, rank=2))
    assert board.changes
    board.changes.watch(False)
    assert not board.changes
    board.changes.watch(True)
    assert not board.changes


def test_only_what_changed_is_given_out_and_only_once() -> None:
    board = watched(found(location=MILL))
    fold(
        board,
        found(),
        TeamSpoke(TERNS, ADA, "Hi"),
        record(PointsAdjusted(TERNS, 1), session=STAFF),
    )
    changes = taken(board)
    assert [(line.id, list(line.cells)) for line in changes.teams] == [
        (OTTERS, [PIER]),
        (TERNS, []),
    ]
    assert [line.id for line in changes.locations] == [PIER]
    assert (len(changes.messages), len(changes.staff_log)) == (1, 1)
    assert not board.changes
    assert taken(board) == Changes((), (), (), (), (), None)


def test_later_finders_change_with_a_void_find() -> None:
    board = watched(found(), found(TERNS, rank=2))
    fold(board, FindVoided(OTTERS, PIER, "", (Rerank(TERNS, 1, 20),)))
    assert {line.id for line in taken(board).teams} == {OTTERS, TERNS}


def test_a_message_that_somebody_is_done_with_is_told_of_although_it_is_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("actors.domain.message_list.MESSAGES_NEWEST", 1)
    board = watched()
    fold(board, record(TeamSpoke(OTTERS, ADA, "Hi"), position=5), TeamSpoke(OTTERS, ADA, "Ho"))
    taken(board)
    line = board.messages.get(5)
    assert line is not None
    board.messages.handle(5, "done", "Eve")
    board.changes.message(line)
    assert [one.state for one in taken(board).messages] == ["done"]
    assert [one.text for one in board.messages] == ["Ho"]


def many_teams(count: int) -> HuntPlan:
    seats = tuple(TeamSeat(id=TeamId(f"t{n}"), name=f"Team {n}") for n in range(count))
    places = tuple(given_pier(id=LocationId(f"l{n}")) for n in range(9))
    return given_plan(teams=seats, locations=places)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("PUSHED_TEAMS_MAX", lambda changes: len(changes.teams)),
        ("PUSHED_CELLS_MAX", lambda changes: sum(len(line.cells) for line in changes.teams)),
        ("PUSHED_LOCATIONS_MAX", lambda changes: len(changes.locations)),
        ("PUSHED_PLACES_MAX", lambda changes: len(changes.places)),
        ("PUSHED_MESSAGES_MAX", lambda changes: len(changes.messages)),
        ("PUSHED_NOTES_MAX", lambda changes: len(changes.staff_log)),
    ],
)
def test_what_is_too_much_for_one_push_comes_in_the_next(
    name: str, size: Callable[[Changes], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = many_teams(7)
    board = board_after(
        *(found(seat.id, place.id) for seat in plan.teams for place in plan.locations),
        *(TeamSpoke(plan.teams[0].id, ADA, "Hi") for _ in range(7)),
        *(record(PointsAdjusted(plan.teams[0].id, 1), session=STAFF) for _ in range(7)),
        plan=plan,
    )
    board.changes.watch(True)
    board.touch_everything()
    whole = taken(board)
    assert not board.changes
    monkeypatch.setattr(progress_changes, name, 4)
    board.touch_everything()
    sizes = []
    while board.changes:
        sizes.append(size(taken(board)))
    assert max(sizes) == 4
    assert sum(sizes) == size(whole)
