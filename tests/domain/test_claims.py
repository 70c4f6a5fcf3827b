from typing import Any

import pytest

from actors.domain.claims import PROOF_CHARS_MAX, Attempt, check_claim
from actors.domain.commands import Claim
from actors.domain.events import (
    AnyEvent,
    ClaimFailed,
    FindVoided,
    HuntFinished,
    HuntPaused,
    TeamDisqualified,
    TeamReinstated,
    TeamSteered,
)
from actors.domain.ids import LocationId
from actors.domain.plan import HuntPlan, Route
from actors.domain.refusals import Reason, Refusal
from tests.domain.given import (
    ADA,
    MILL,
    OTTERS,
    PIER,
    START,
    code,
    found,
    given_mill,
    given_pier,
    given_plan,
    given_team,
    refused,
    requires,
)


def check(
    plan: HuntPlan, *events: AnyEvent, claim: Claim | None = None, now: float = START, **team: Any
) -> Attempt | Refusal:
    state = given_team(plan, *events, **team)
    return check_claim(state, claim or code("lumen"), ADA, plan, now)


def failed(failures: int, lockouts: int = 0, locked_until: float | None = None) -> ClaimFailed:
    return ClaimFailed(
        OTTERS,
        PIER,
        ADA,
        Reason.WRONG_CODE,
        "No.",
        failures=failures,
        lockouts=lockouts,
        locked_until=locked_until,
    )


def test_a_claim_that_the_team_has_nothing_against_goes_to_the_location() -> None:
    assert check(given_plan()) == Attempt(OTTERS, ADA, code("lumen"), 0, 0)


def test_the_location_is_told_of_earlier_wrong_claims() -> None:
    attempt = check(given_plan(), failed(2, lockouts=1))
    assert attempt == Attempt(OTTERS, ADA, code("lumen"), 2, 1)


def test_nobody_claims_before_the_start() -> None:
    outcome = refused(check(given_plan(starts_at=START + 60), started=False))
    assert (outcome.reason, outcome.retry_after_s) == (Reason.NOT_RUNNING, 60.0)
    assert refused(check(given_plan(), started=False)).retry_after_s is None


@pytest.mark.parametrize(("event", "word"), [(HuntPaused(), "paused"), (HuntFinished(), "over")])
def test_nobody_claims_while_the_hunt_stands_still(event: AnyEvent, word: str) -> None:
    outcome = refused(check(given_plan(), event))
    assert outcome.reason is Reason.NOT_RUNNING
    assert word in outcome.message


def test_nobody_claims_after_the_time_is_up_even_if_the_finish_is_late() -> None:
    plan = given_plan(duration_s=600.0)
    assert isinstance(check(plan, now=START + 599.9), Attempt)
    assert refused(check(plan, now=START + 600.0)).reason is Reason.NOT_RUNNING


def test_a_disqualified_team_cannot_claim_until_it_is_reinstated() -> None:
    out = TeamDisqualified(OTTERS)
    assert refused(check(given_plan(), out)).reason is Reason.DISQUALIFIED
    assert isinstance(check(given_plan(), out, TeamReinstated(OTTERS)), Attempt)


def test_an_unknown_location_is_not_found() -> None:
    claim = code("lumen", LocationId("atlantis"))
    assert refused(check(given_plan(), claim=claim)).reason is Reason.NOT_FOUND


def test_a_locked_location_cannot_be_claimed() -> None:
    plan = given_plan(locations=(given_pier(requires=requires(MILL)), given_mill()))
    assert refused(check(plan)).reason is Reason.LOCKED
    assert isinstance(check(plan, found(location=MILL)), Attempt)


def test_a_requirement_that_was_voided_locks_again() -> None:
    plan = given_plan(locations=(given_pier(requires=requires(MILL)), given_mill()))
    outcome = check(plan, found(location=MILL), FindVoided(OTTERS, MILL))
    assert refused(outcome).reason is Reason.LOCKED


@pytest.mark.parametrize("route", [Route.LINEAR, Route.STAGGERED])
def test_on_a_guided_route_only_the_target_can_be_claimed(route: Route) -> None:
    plan = given_plan(route=route)
    assert refused(check(plan)).reason is Reason.LOCKED
    assert refused(check(plan, TeamSteered(OTTERS, MILL))).reason is Reason.LOCKED
    assert isinstance(check(plan, TeamSteered(OTTERS, PIER)), Attempt)


def test_a_found_location_cannot_be_claimed_again() -> None:
    assert refused(check(given_plan(), found())).reason is Reason.ALREADY_FOUND


def test_a_find_that_was_taken_back_cannot_be_claimed_again() -> None:
    outcome = refused(check(given_plan(), found(), FindVoided(OTTERS, PIER)))
    assert outcome.reason is Reason.NOT_ALLOWED


def test_a_locked_out_team_is_told_how_long_to_wait() -> None:
    locked = failed(0, lockouts=1, locked_until=START + 30)
    outcome = refused(check(given_plan(), locked, now=START + 10))
    assert (outcome.reason, outcome.retry_after_s) == (Reason.LOCKED_OUT, 20.0)
    after = check(given_plan(), locked, now=START + 30)
    assert after == Attempt(OTTERS, ADA, code("lumen"), 0, 1)


def test_a_lock_out_holds_at_its_location_only() -> None:
    locked = failed(0, lockouts=1, locked_until=START + 30)
    assert isinstance(check(given_plan(), locked, claim=Claim(MILL, answer="x")), Attempt)


def test_a_proof_longer_than_any_real_one_is_malformed() -> None:
    outcome = check(given_plan(), claim=code("x" * (PROOF_CHARS_MAX + 1)))
    assert refused(outcome).reason is Reason.MALFORMED
    assert isinstance(check(given_plan(), claim=code("x" * PROOF_CHARS_MAX)), Attempt)
