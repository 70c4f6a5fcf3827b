import pytest

from actors.domain.events import (
    AnyEvent,
    FindRestored,
    FindVoided,
    HuntPaused,
    PlayerJoined,
    TeamDisqualified,
    TeamSteered,
)
from actors.domain.ids import LocationId, TeamId
from actors.domain.plan import HuntPlan, Location, Route
from actors.domain.refusals import Reason, Refusal
from actors.domain.routes import (
    is_unlocked,
    must_wait_for,
    newly_unlocked,
    steering_candidates,
    unlocked_at_s,
)
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
    given_mill,
    given_pier,
    given_plan,
    given_team,
    given_tower,
    record,
    requires,
)

LOCKED_PIER = given_pier(requires=requires(MILL, TOWER, any_of=1))
FREE = given_plan(locations=(LOCKED_PIER, given_mill(), given_tower()))


def guided(route: Route, *locations: Location) -> HuntPlan:
    return given_plan(route=route, locations=locations or given_plan().locations)


def candidates(plan: HuntPlan, *events: AnyEvent, team: TeamId = OTTERS) -> tuple[LocationId, ...]:
    joined = PlayerJoined(team, ADA, "Ada")
    return steering_candidates(given_team(plan, joined, *events, team=team), plan)


def test_without_requirements_everything_is_unlocked_from_the_start() -> None:
    state = given_team(FREE)
    assert is_unlocked(state, given_mill(), FREE)
    assert unlocked_at_s(state, given_mill(), FREE) == 0.0


def test_any_so_many_of_the_required_locations_unlock() -> None:
    assert not is_unlocked(given_team(FREE), LOCKED_PIER, FREE)
    for one in (MILL, TOWER):
        assert is_unlocked(given_team(FREE, found(location=one)), LOCKED_PIER, FREE)


def test_all_required_locations_are_needed_when_all_are_asked_for() -> None:
    both = given_pier(requires=requires(MILL, TOWER))
    plan = given_plan(locations=(both, given_mill(), given_tower()))
    assert not is_unlocked(given_team(plan, found(location=MILL)), both, plan)
    state = given_team(plan, found(location=MILL), found(location=TOWER))
    assert is_unlocked(state, both, plan)


def test_a_void_find_unlocks_nothing_until_it_is_restored() -> None:
    void = (found(location=MILL), FindVoided(OTTERS, MILL))
    assert not is_unlocked(given_team(FREE, *void), LOCKED_PIER, FREE)
    restored = given_team(FREE, *void, FindRestored(OTTERS, MILL))
    assert is_unlocked(restored, LOCKED_PIER, FREE)


def test_a_location_unlocks_at_the_hunt_time_of_the_find_that_was_enough() -> None:
    state = given_team(
        FREE,
        record(found(location=TOWER), at=START + 60),
        record(found(location=MILL), at=START + 90),
    )
    assert unlocked_at_s(state, LOCKED_PIER, FREE) == 60.0
    assert unlocked_at_s(given_team(FREE), LOCKED_PIER, FREE) is None


def test_the_target_unlocks_when_the_team_is_steered_there() -> None:
    plan = guided(Route.LINEAR)
    state = given_team(plan, record(TeamSteered(OTTERS, PIER), at=START + 45))
    assert unlocked_at_s(state, given_pier(), plan) == 45.0
    assert unlocked_at_s(state, given_mill(), plan) is None


def test_a_find_tells_what_it_unlocked() -> None:
    before = given_team(FREE)
    after = given_team(FREE, found(location=MILL))
    assert newly_unlocked(before, after, MILL, FREE) == (LOCKED_PIER,)
    second = given_team(FREE, found(location=MILL), found(location=TOWER))
    assert newly_unlocked(after, second, TOWER, FREE) == ()


def test_on_a_guided_route_finds_unlock_nothing_by_themselves() -> None:
    plan = guided(Route.LINEAR, LOCKED_PIER, given_mill())
    after = given_team(plan, found(location=MILL))
    assert newly_unlocked(given_team(plan), after, MILL, plan) == ()


def test_a_linear_route_follows_the_plans_order() -> None:
    plan = guided(Route.LINEAR)
    assert candidates(plan) == (PIER, MILL, TOWER)
    assert candidates(plan, found()) == (MILL, TOWER)
    assert candidates(plan, team=SEALS) == (PIER, MILL, TOWER)


def test_a_staggered_route_starts_elsewhere_for_every_team() -> None:
    plan = guided(Route.STAGGERED)
    assert candidates(plan) == (PIER, MILL, TOWER)
    assert candidates(plan, team=TERNS) == (MILL, TOWER, PIER)
    assert candidates(plan, found(SEALS, TOWER), team=SEALS) == (PIER, MILL)


def test_more_locations_than_teams_spread_the_teams_over_the_whole_ring() -> None:
    names = [LocationId(f"l{n}") for n in range(7)]
    plan = guided(Route.STAGGERED, *(given_pier(id=name) for name in names))
    starts = [candidates(plan, team=team)[0] for team in (OTTERS, TERNS, SEALS)]
    assert starts == ["l0", "l2", "l4"]


def test_what_is_locked_is_no_candidate() -> None:
    plan = guided(Route.LINEAR, LOCKED_PIER, given_mill(), given_tower())
    assert candidates(plan) == (MILL, TOWER)
    assert candidates(plan, found(location=MILL)) == (PIER, TOWER)


def test_a_void_find_is_not_looked_for_again() -> None:
    plan = guided(Route.LINEAR)
    assert candidates(plan, found(), FindVoided(OTTERS, PIER)) == (MILL, TOWER)


@pytest.mark.parametrize(
    "event", [HuntPaused(), TeamDisqualified(OTTERS), TeamSteered(OTTERS, PIER)]
)
def test_a_team_that_cannot_go_anywhere_asks_for_no_place(event: AnyEvent) -> None:
    assert candidates(guided(Route.LINEAR), event) == ()


def test_a_team_without_players_takes_no_place() -> None:
    plan = guided(Route.LINEAR)
    assert steering_candidates(given_team(plan), plan) == ()


def test_nobody_is_steered_on_a_free_route() -> None:
    assert candidates(FREE) == ()


def test_only_on_a_linear_route_a_full_location_is_waited_for() -> None:
    full, closed = Refusal(Reason.LOCKED, "Full."), Refusal(Reason.CLOSED, "Closed.")
    assert must_wait_for(Route.LINEAR, full)
    assert not must_wait_for(Route.LINEAR, closed)
    assert not must_wait_for(Route.LINEAR, Refusal(Reason.STOCK_GONE, "Gone."))
    assert not must_wait_for(Route.STAGGERED, full)
