import pytest
from msgspec.structs import replace

from actors.domain.commands import CloseLocation, Disqualify, OpenLocation, RestoreFind, VoidFind
from actors.domain.events import (
    FindVoided,
    LocationClosed,
    LocationFound,
    LocationOpened,
    TeamSteered,
)
from actors.domain.ids import TeamId
from actors.domain.plan import HuntPlan, Location, Route, Scoring, TeamSeat
from actors.domain.refusals import Reason
from actors.location import LocationActor
from actors.messages import Accepted, Answer, Refused
from tests.actors.conftest import StartRig
from tests.actors.edges import Device, Unfoldable, reason
from tests.actors.rig import Rig, actor, folded, replace_actor
from tests.domain.given import (
    HUNT,
    MILL,
    OTTERS,
    PIER,
    SEALS,
    TERNS,
    TOWER,
    code,
    given_pier,
    given_plan,
)

CROWD = 12
"""Teams that race for one location."""


def crowded_plan(*locations: Location, **changes: object) -> HuntPlan:
    seats = tuple(TeamSeat(id=TeamId(f"t{i}"), name=f"Team {i}") for i in range(CROWD))
    return given_plan(teams=seats, locations=locations, **changes)


def race(rig: Rig) -> list[Answer]:
    """Every team claims the pier before anybody is answered."""
    devices = {seat.id: rig.join(seat.id, "Ada") for seat in rig.plan.teams}
    rig.start()
    for team, device in devices.items():
        rig.tell(device, code("lumen"), team)
    rig.run()
    return [device.last for device in devices.values()]


# One winner ---------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_finders_rank_in_the_order_of_the_journal(start_rig: StartRig, seed: int) -> None:
    scoring = Scoring(finder_bonus=(20, 10, 5))
    rig = start_rig(crowded_plan(given_pier(), scoring=scoring), seed=seed)
    answers = race(rig)
    finds = rig.events(LocationFound)
    assert [find.rank for find in finds] == list(range(1, CROWD + 1))  # type: ignore[union-attr]
    assert [find.bonus for find in finds][:4] == [20, 10, 5, 0]  # type: ignore[union-attr]
    told = {given.record.event for given in answers if isinstance(given, Accepted)}
    assert told == set(finds)


@pytest.mark.parametrize("seed", range(5))
def test_stock_is_never_oversold(start_rig: StartRig, seed: int) -> None:
    rig = start_rig(crowded_plan(given_pier(stock=3)), seed=seed)
    answers = race(rig)
    assert sum(isinstance(given, Accepted) for given in answers) == 3
    losers = [given for given in answers if isinstance(given, Refused)]
    assert {reason(given) for given in losers} == {Reason.STOCK_GONE}
    # Their refusals rest on the finds that took the stock.
    third = [r.position for r in rig.writer.records if isinstance(r.event, LocationFound)][2]
    assert all(given.position >= third for given in losers)


def test_different_seeds_let_different_teams_win(start_rig: StartRig) -> None:
    winners = set()
    for seed in range(8):
        rig = start_rig(crowded_plan(given_pier(stock=1)), seed=seed)
        race(rig)
        (find,) = rig.events(LocationFound)
        winners.add(find.team)  # type: ignore[union-attr]
    assert len(winners) > 1


# The game master ----------------------------------------------------------------------------


def test_a_closed_location_refuses_claims_until_it_is_opened(rig: Rig) -> None:
    ada = rig.join()
    rig.start()
    assert isinstance(rig.order(CloseLocation(PIER)), Accepted)
    assert reason(rig.ask(ada, code("lumen"))) is Reason.CLOSED
    assert isinstance(rig.order(OpenLocation(PIER)), Accepted)
    assert isinstance(rig.ask(ada, code("lumen")), Accepted)
    kinds = [type(event) for event in rig.events(LocationClosed, LocationOpened)]
    assert kinds == [LocationClosed, LocationOpened]


def test_what_changes_nothing_is_refused_without_a_record(rig: Rig) -> None:
    tail = rig.journal.tail
    assert reason(rig.order(OpenLocation(PIER))) is Reason.NO_CHANGE
    assert reason(rig.order(VoidFind(OTTERS, PIER))) is Reason.NOT_FOUND
    assert rig.journal.tail == tail


def test_a_void_find_moves_later_finders_up_and_all_concerned_are_told(
    start_rig: StartRig,
) -> None:
    rig = start_rig(given_plan(scoring=Scoring(finder_bonus=(20, 10, 5))))
    devices = {team: rig.join(team) for team in (OTTERS, TERNS, SEALS)}
    rig.start()
    for team, device in devices.items():
        rig.ask(device, code("lumen"), team)
    assert [rig.team(team).score for team in devices] == [70, 60, 55]
    assert isinstance(rig.order(VoidFind(OTTERS, PIER, "wrong door")), Accepted)
    assert [rig.team(team).score for team in devices] == [0, 70, 60]
    assert [rig.team(team).finds[PIER].rank for team in (TERNS, SEALS)] == [1, 2]
    (voided,) = rig.events(FindVoided)
    assert len(voided.reranked) == 2  # type: ignore[union-attr]
    assert isinstance(rig.order(RestoreFind(OTTERS, PIER)), Accepted)
    assert [rig.team(team).score for team in devices] == [70, 60, 55]


# Steering -----------------------------------------------------------------------------------


def guided(route: Route, *, capacity: int = 1, **changes: object) -> HuntPlan:
    places = [
        given_pier(id=place, name=place, capacity=capacity, hints=())
        for place in (PIER, MILL, TOWER)
    ]
    return given_plan(locations=tuple(places), route=route, **changes)


def test_on_a_linear_route_a_team_waits_for_a_place_and_is_steered_when_one_is_freed(
    start_rig: StartRig,
) -> None:
    rig = start_rig(guided(Route.LINEAR))
    ada, bob = rig.join(OTTERS), rig.join(TERNS)
    rig.start()
    first, second = (team for team in (OTTERS, TERNS) if rig.team(team).target == PIER), None
    (ahead,) = first
    behind, device = (TERNS, ada) if ahead == OTTERS else (OTTERS, bob)
    assert rig.team(behind).target is second
    rig.ask(device, code("lumen", PIER), ahead)
    assert rig.team(ahead).target == MILL
    assert rig.team(behind).target == PIER


def test_on_a_staggered_route_every_team_starts_elsewhere(start_rig: StartRig) -> None:
    rig = start_rig(guided(Route.STAGGERED))
    for team in (OTTERS, TERNS, SEALS):
        rig.join(team)
    rig.start()
    assert {rig.team(team).target for team in (OTTERS, TERNS, SEALS)} == {PIER, MILL, TOWER}


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("route", [Route.LINEAR, Route.STAGGERED])
def test_capacity_is_never_exceeded_in_any_order(
    start_rig: StartRig, route: Route, seed: int
) -> None:
    capacity = 2
    places = [
        given_pier(id=place, name=place, capacity=capacity, hints=())
        for place in (PIER, MILL, TOWER)
    ]
    rig = start_rig(crowded_plan(*places, route=route), seed=seed)
    devices = {seat.id: rig.join(seat.id, "Ada") for seat in rig.plan.teams}
    rig.start()
    for _ in range(3 * CROWD):
        for team, device in devices.items():
            target = rig.team(team).target
            if target is not None:
                rig.tell(device, code("lumen", target), team)
        rig.run()
    assert_capacity_held(rig, capacity)
    # Nobody was forgotten in a queue: all teams found all places.
    assert all(len(rig.team(team).finds) == 3 for team in devices)


def assert_capacity_held(rig: Rig, capacity: int) -> None:
    steered: dict[str, set[str]] = {place.id: set() for place in rig.plan.locations}
    for event in rig.events(TeamSteered, LocationFound):
        if isinstance(event, TeamSteered):
            steered[event.location].add(event.team)
        else:
            assert isinstance(event, LocationFound)
            steered[event.location].discard(event.team)
        assert all(len(teams) <= capacity for teams in steered.values())


def test_a_closed_location_sends_its_teams_elsewhere(start_rig: StartRig) -> None:
    rig = start_rig(guided(Route.STAGGERED, capacity=3))
    rig.join(OTTERS)
    rig.start()
    assert rig.team().target == PIER
    rig.order(CloseLocation(PIER))
    assert rig.team().target == MILL
    assert rig.location(PIER).steered == ()


def test_a_disqualified_team_gives_its_place_to_the_next(start_rig: StartRig) -> None:
    rig = start_rig(guided(Route.LINEAR))
    rig.join(OTTERS)
    rig.start()
    rig.join(TERNS)
    assert (rig.team(OTTERS).target, rig.team(TERNS).target) == (PIER, None)
    rig.order(Disqualify(OTTERS))
    assert rig.location(PIER).steered == (TERNS,)
    assert rig.team(TERNS).target == PIER
    assert folded(rig.writer.records).hunts[HUNT].image.locations[PIER] == rig.location(PIER)


def test_a_rebuilt_location_still_steers_the_teams_that_waited_for_it(
    start_rig: StartRig,
) -> None:
    rig = start_rig(guided(Route.LINEAR))
    ada = rig.join(OTTERS)
    rig.start()
    rig.join(TERNS)
    rig.entry.locations[PIER].tell("nonsense")
    rig.run()
    rig.ask(ada, code("lumen", PIER), OTTERS)
    assert rig.team(TERNS).target == PIER


# Failures -----------------------------------------------------------------------------------


def test_a_rule_that_raises_leaves_no_record_and_no_change(rig: Rig) -> None:
    ada = rig.join()
    rig.start()
    old = rig.entry.locations[PIER]
    broken, context = replace(rig.location(PIER), finds=Unfoldable()), actor(old).context
    replace_actor(rig, old, lambda: LocationActor.start(context, broken))
    rig.is_reading_held = True
    tail = rig.journal.tail
    assert reason(rig.ask(ada, code("lumen"))) is Reason.INTERNAL
    assert rig.journal.tail == tail
    assert rig.location(PIER) is broken
    assert rig.team().finds == {}


def test_a_location_cannot_handle_what_is_not_meant_for_it(rig: Rig) -> None:
    rig.dispatcher.on_failure = None
    rig.entry.locations[PIER].tell(Device())
    with pytest.raises(TypeError, match="cannot handle Device"):
        rig.run()
