from typing import Any

import pytest

from actors.domain.commands import (
    CloseLocation,
    OpenLocation,
    RestoreFind,
    VoidFind,
)
from actors.domain.events import (
    ClaimFailed,
    FindRestored,
    FindVoided,
    LocationClosed,
    LocationFound,
    LocationOpened,
    Rerank,
    TeamDisqualified,
    TeamSteered,
)
from actors.domain.location import (
    LOCKOUT_MAX_S,
    Steer,
    decide,
    evolve,
    lockout_s,
)
from actors.domain.plan import HuntPlan, Lockout, Route, Scoring
from actors.domain.refusals import Reason
from tests.domain.given import (
    ADA,
    MILL,
    OTTERS,
    PIER,
    SEALS,
    START,
    TERNS,
    arbitrate,
    attempt,
    code,
    found,
    given_location,
    given_pier,
    given_plan,
    record,
    refused,
)

# Lock-outs ----------------------------------------------------------------------------------

LOCKOUT = Scoring(lockout=Lockout(after=3, for_s=30.0, factor=2.0))


def test_a_lock_out_begins_with_the_last_allowed_failure() -> None:
    event = arbitrate(code("nox"), given_plan(scoring=LOCKOUT), failures=2)
    assert isinstance(event, ClaimFailed)
    assert (event.failures, event.lockouts, event.locked_until) == (0, 1, START + 30.0)
    assert "30 s" in event.message


def test_before_that_failures_only_count() -> None:
    event = arbitrate(code("nox"), given_plan(scoring=LOCKOUT), failures=1)
    assert isinstance(event, ClaimFailed)
    assert (event.failures, event.lockouts, event.locked_until) == (2, 0, None)


def test_each_further_lock_out_lasts_longer() -> None:
    event = arbitrate(code("nox"), given_plan(scoring=LOCKOUT), failures=2, lockouts=2)
    assert isinstance(event, ClaimFailed)
    assert event.locked_until == START + 120.0


@pytest.mark.parametrize("factor", [1e300, 2.0, 10.0])
def test_a_lock_out_never_lasts_longer_than_a_day(factor: float) -> None:
    assert lockout_s(Lockout(after=1, for_s=30.0, factor=factor), 1_000_000) == LOCKOUT_MAX_S


# Who is first, stock, open or closed --------------------------------------------------------


def test_finders_are_ranked_and_rewarded_in_the_order_in_which_they_come() -> None:
    plan = given_plan(scoring=Scoring(finder_bonus=(20, 10)))
    state, ranks = given_location(plan), []
    for team in (SEALS, OTTERS, TERNS):
        event = decide(state, attempt(code("lumen"), team), plan, START)
        assert isinstance(event, LocationFound)
        ranks.append((event.rank, event.bonus))
        state = evolve(state, record(event))
    assert ranks == [(1, 20), (2, 10), (3, 0)]
    assert list(state.finds) == [SEALS, OTTERS, TERNS]


def test_a_location_is_found_once_by_each_team() -> None:
    plan = given_plan()
    outcome = decide(given_location(plan, found()), attempt(code("lumen")), plan, START)
    assert refused(outcome).reason is Reason.ALREADY_FOUND


def test_a_find_that_was_taken_back_cannot_be_claimed_again() -> None:
    plan = given_plan()
    state = given_location(plan, found(), FindVoided(OTTERS, PIER))
    outcome = refused(decide(state, attempt(code("lumen")), plan, START))
    assert outcome.reason is Reason.NOT_ALLOWED
    assert "took this find back" in outcome.message


def test_a_closed_location_refuses_even_the_right_code() -> None:
    plan = given_plan()
    state = given_location(plan, LocationClosed(PIER))
    assert refused(decide(state, attempt(code("lumen")), plan, START)).reason is Reason.CLOSED
    reopened = evolve(state, record(LocationOpened(PIER)))
    assert isinstance(decide(reopened, attempt(code("lumen")), plan, START), LocationFound)


def test_closing_what_is_closed_and_opening_what_is_open_change_nothing() -> None:
    plan = given_plan()
    state = given_location(plan)
    assert refused(decide(state, OpenLocation(PIER), plan, START)).reason is Reason.NO_CHANGE
    assert decide(state, CloseLocation(PIER), plan, START) == LocationClosed(PIER)
    closed = given_location(plan, LocationClosed(PIER))
    assert refused(decide(closed, CloseLocation(PIER), plan, START)).reason is Reason.NO_CHANGE
    assert decide(closed, OpenLocation(PIER), plan, START) == LocationOpened(PIER)


STOCK_OF_ONE = given_plan(locations=(given_pier(stock=1),))


def test_when_the_stock_is_gone_later_claims_are_refused_even_wrong_ones() -> None:
    state = given_location(STOCK_OF_ONE, found(TERNS))
    for text in ("lumen", "nox"):
        outcome = decide(state, attempt(code(text)), STOCK_OF_ONE, START)
        assert refused(outcome).reason is Reason.STOCK_GONE


def test_a_void_find_gives_its_treasure_back() -> None:
    state = given_location(STOCK_OF_ONE, found(TERNS), FindVoided(TERNS, PIER))
    outcome = decide(state, attempt(code("lumen")), STOCK_OF_ONE, START)
    assert outcome == LocationFound(OTTERS, PIER, ADA, 50, 0, 1)


def test_a_find_cannot_be_restored_when_its_treasure_is_taken() -> None:
    state = given_location(STOCK_OF_ONE, found(TERNS), FindVoided(TERNS, PIER), found(OTTERS))
    outcome = decide(state, RestoreFind(TERNS, PIER), STOCK_OF_ONE, START)
    assert refused(outcome).reason is Reason.STOCK_GONE


# Corrections --------------------------------------------------------------------------------

BONUS = given_plan(scoring=Scoring(finder_bonus=(20, 10)))
THREE_FINDS = (found(OTTERS), found(TERNS, rank=2), found(SEALS, rank=3))


def test_a_void_find_moves_later_finders_up() -> None:
    state = given_location(BONUS, *THREE_FINDS)
    assert decide(state, VoidFind(OTTERS, PIER, " photo "), BONUS, START) == FindVoided(
        OTTERS, PIER, "photo", (Rerank(TERNS, 1, 20), Rerank(SEALS, 2, 10))
    )


def test_earlier_finders_keep_their_place() -> None:
    state = given_location(BONUS, *THREE_FINDS)
    event = decide(state, VoidFind(TERNS, PIER), BONUS, START)
    assert event == FindVoided(TERNS, PIER, "", (Rerank(SEALS, 2, 10),))


def test_a_restored_find_takes_its_old_place() -> None:
    state = given_location(BONUS, *THREE_FINDS, FindVoided(OTTERS, PIER))
    reranked = (Rerank(OTTERS, 1, 20), Rerank(TERNS, 2, 10), Rerank(SEALS, 3, 0))
    assert decide(state, RestoreFind(OTTERS, PIER), BONUS, START) == FindRestored(
        OTTERS, PIER, "", reranked
    )


def test_restoring_a_later_find_leaves_earlier_finders_alone() -> None:
    state = given_location(BONUS, *THREE_FINDS, FindVoided(TERNS, PIER))
    reranked = (Rerank(TERNS, 2, 10), Rerank(SEALS, 3, 0))
    assert decide(state, RestoreFind(TERNS, PIER), BONUS, START) == FindRestored(
        TERNS, PIER, "", reranked
    )


def test_only_what_there_is_can_be_corrected_and_only_once() -> None:
    state = given_location(BONUS, found(TERNS))
    assert refused(decide(state, VoidFind(OTTERS, PIER), BONUS, START)).reason is Reason.NOT_FOUND
    assert refused(decide(state, RestoreFind(OTTERS, PIER), BONUS, START)).reason is (
        Reason.NOT_FOUND
    )
    assert refused(decide(state, RestoreFind(TERNS, PIER), BONUS, START)).reason is (
        Reason.NO_CHANGE
    )
    void = evolve(state, record(FindVoided(TERNS, PIER)))
    assert refused(decide(void, VoidFind(TERNS, PIER), BONUS, START)).reason is Reason.NO_CHANGE


def test_a_reason_that_nobody_would_read_is_refused() -> None:
    state = given_location(BONUS, found(TERNS))
    outcome = decide(state, VoidFind(TERNS, PIER, "a" * 501), BONUS, START)
    assert refused(outcome).reason is Reason.MALFORMED


# Places -------------------------------------------------------------------------------------


def linear(**pier: Any) -> HuntPlan:
    return given_plan(route=Route.LINEAR, locations=(given_pier(**pier),))


def test_teams_are_steered_here_up_to_the_capacity() -> None:
    plan = linear(capacity=1)
    assert decide(given_location(plan), Steer(OTTERS), plan, START) == TeamSteered(OTTERS, PIER)
    full = given_location(plan, TeamSteered(OTTERS, PIER))
    outcome = refused(decide(full, Steer(TERNS), plan, START))
    assert outcome.reason is Reason.LOCKED
    assert "full" in outcome.message


@pytest.mark.parametrize("leaving", [found(OTTERS), TeamDisqualified(OTTERS)])
def test_a_team_that_found_it_or_is_out_frees_its_place(
    leaving: LocationFound | TeamDisqualified,
) -> None:
    plan = linear(capacity=1)
    state = given_location(plan, TeamSteered(OTTERS, PIER), leaving)
    assert decide(state, Steer(TERNS), plan, START) == TeamSteered(TERNS, PIER)


def test_a_team_holds_one_place_at_most() -> None:
    plan = linear(capacity=3)
    state = given_location(plan, TeamSteered(OTTERS, PIER))
    assert refused(decide(state, Steer(OTTERS), plan, START)).reason is Reason.NO_CHANGE


def test_nobody_is_steered_to_what_it_found() -> None:
    plan = linear()
    state = given_location(plan, found(OTTERS))
    assert refused(decide(state, Steer(OTTERS), plan, START)).reason is Reason.ALREADY_FOUND


def test_nobody_is_steered_to_a_closed_location_and_closing_frees_the_places() -> None:
    plan = linear(capacity=1)
    state = given_location(plan, TeamSteered(OTTERS, PIER), LocationClosed(PIER))
    assert state.steered == ()
    assert refused(decide(state, Steer(TERNS), plan, START)).reason is Reason.CLOSED


def test_a_treasure_is_kept_for_every_team_on_its_way() -> None:
    plan = linear(stock=2)
    state = given_location(plan, found(SEALS), TeamSteered(OTTERS, PIER))
    assert refused(decide(state, Steer(TERNS), plan, START)).reason is Reason.STOCK_GONE
    assert isinstance(decide(state, attempt(code("lumen")), plan, START), LocationFound)


def test_a_find_is_not_restored_from_the_treasure_kept_for_a_team_on_its_way() -> None:
    plan = linear(stock=1)
    state = given_location(plan, found(SEALS), FindVoided(SEALS, PIER), TeamSteered(OTTERS, PIER))
    outcome = decide(state, RestoreFind(SEALS, PIER), plan, START)
    assert refused(outcome).reason is Reason.STOCK_GONE


# Folding ------------------------------------------------------------------------------------


def test_events_elsewhere_leave_the_location_as_it_is() -> None:
    state = given_location(given_plan(), found())
    for event in (
        found(TERNS, MILL),
        LocationClosed(MILL),
        FindVoided(OTTERS, MILL),
        TeamSteered(TERNS, MILL),
        TeamDisqualified(TERNS),
    ):
        assert evolve(state, record(event)) is state


def test_folding_changes_no_earlier_state() -> None:
    before = given_location(given_plan(), found())
    evolve(before, record(found(TERNS, rank=2)))
    assert before.finds == {OTTERS: False}
