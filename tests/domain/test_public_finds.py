from actors.domain.console_lines import PublicFind
from actors.domain.events import (
    AnyEvent,
    FindRestored,
    FindVoided,
    HuntStarted,
    LeaderboardFrozen,
    LeaderboardThawed,
    Rerank,
    TeamDisqualified,
    TeamReinstated,
)
from actors.domain.ids import LocationId, TeamId
from actors.domain.plan import HuntPlan, Route, TeamSeat
from actors.domain.progress import Progress
from actors.domain.public_finds import FINDS_SHOWN
from tests.domain.given import (
    MILL,
    OTTERS,
    PIER,
    PIER_AT,
    START,
    TERNS,
    TOWER,
    found,
    given_mill,
    given_pier,
    given_plan,
    given_tower,
    record,
    requires,
)

ON_MAP = given_plan(
    locations=(
        given_pier(on_map=True),
        given_mill(),
        given_tower(on_map=True, requires=requires(MILL)),
    )
)


def board_after(*events: AnyEvent, plan: HuntPlan = ON_MAP) -> Progress:
    board = Progress(plan)
    fold(board, *events)
    return board


def fold(board: Progress, *events: AnyEvent) -> None:
    for event in events:
        board.apply(record(event))


def shown(board: Progress) -> list[tuple[TeamId, int]]:
    return [(find.team, find.rank) for find in board.public.finds()]


def places(board: Progress) -> list[LocationId]:
    return [place.id for place in board.public.places()]


def test_a_find_names_its_place_only_when_that_is_on_the_map() -> None:
    board = Progress(ON_MAP)
    board.apply(record(found(), START + 1, 7))
    board.apply(record(found(location=MILL), START + 2, 8))
    assert board.public.finds() == (
        PublicFind(7, OTTERS, "Otters", START + 1, 1, "The Old Pier"),
        PublicFind(8, OTTERS, "Otters", START + 2, 1, None),
    )


def test_only_the_newest_are_shown() -> None:
    count = FINDS_SHOWN + 5
    seats = tuple(TeamSeat(id=TeamId(f"t{n}"), name=f"Team {n}") for n in range(count))
    board = board_after(*(found(seat.id) for seat in seats), plan=given_plan(teams=seats))
    assert [find.team for find in board.public.finds()] == [seat.id for seat in seats[5:]]


def test_void_finds_and_teams_that_are_out_are_not_shown() -> None:
    board = board_after(found(OTTERS), found(TERNS, rank=2))
    fold(board, FindVoided(OTTERS, PIER, "", (Rerank(TERNS, 1, 20),)))
    assert shown(board) == [(TERNS, 1)]
    fold(board, FindRestored(OTTERS, PIER, "", (Rerank(OTTERS, 1, 20), Rerank(TERNS, 2, 10))))
    assert shown(board) == [(OTTERS, 1), (TERNS, 2)]
    fold(board, TeamDisqualified(TERNS))
    assert shown(board) == [(OTTERS, 1)]
    fold(board, TeamReinstated(TERNS))
    assert shown(board) == [(OTTERS, 1), (TERNS, 2)]


def test_while_it_is_frozen_nothing_comes_to_light() -> None:
    board = board_after(HuntStarted(), found(), LeaderboardFrozen())
    fold(board, found(TERNS, rank=2), found(TERNS, TOWER), FindVoided(OTTERS, PIER))
    assert shown(board) == [(OTTERS, 1)]
    assert places(board) == [PIER]
    fold(board, LeaderboardThawed())
    assert shown(board) == [(TERNS, 2), (TERNS, 1)]
    assert places(board) == [PIER, TOWER]


def test_no_place_is_on_the_map_before_the_start() -> None:
    board = board_after()
    assert places(board) == []
    fold(board, HuntStarted())
    (pier,) = board.public.places()
    assert (pier.id, pier.name, pier.at, pier.radius_m) == (PIER, "The Old Pier", PIER_AT, 40.0)


def test_a_locked_place_is_on_the_map_once_somebody_found_it() -> None:
    assert places(board_after(HuntStarted(), found(location=TOWER))) == [PIER, TOWER]


def test_on_a_guided_route_only_places_that_were_found_are_on_the_map() -> None:
    plan = given_plan(locations=ON_MAP.locations, route=Route.LINEAR)
    assert places(board_after(HuntStarted(), plan=plan)) == []
    assert places(board_after(HuntStarted(), found(), plan=plan)) == [PIER]


def test_a_place_without_a_position_is_on_no_map() -> None:
    plan = given_plan(locations=(given_pier(on_map=True, at=None),))
    assert places(board_after(HuntStarted(), plan=plan)) == []
