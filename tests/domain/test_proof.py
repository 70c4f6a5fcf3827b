import pytest

from actors.domain.commands import Claim, Position
from actors.domain.events import ClaimFailed, LocationFound
from actors.domain.plan import Proof, Scoring
from actors.domain.refusals import Reason
from tests.domain.given import (
    ADA,
    MILL,
    OTTERS,
    PIER,
    PIER_AT,
    TOWER,
    answer,
    arbitrate,
    code,
    given_mill,
    given_pier,
    given_plan,
    given_tower,
    refused,
    standing_at,
)

METRE = 1 / 111_195
"""Degrees of latitude."""


def test_the_right_code_finds_the_location() -> None:
    assert arbitrate(code(" LUMEN"), given_plan()) == LocationFound(OTTERS, PIER, ADA, 50, 0, 1)


def test_the_time_of_an_offline_claim_is_kept() -> None:
    event = arbitrate(Claim(PIER, code="lumen", captured_at=5.0), given_plan())
    assert isinstance(event, LocationFound)
    assert event.captured_at == 5.0


def test_a_wrong_code_fails_and_costs_without_telling_the_right_one() -> None:
    event = arbitrate(code("nox"), given_plan(scoring=Scoring(wrong_claim=-2)), failures=1)
    assert isinstance(event, ClaimFailed)
    assert (event.reason, event.penalty, event.failures) == (Reason.WRONG_CODE, -2, 2)
    assert "lumen" not in event.message.lower()


def test_a_right_answer_finds_the_location() -> None:
    assert isinstance(arbitrate(answer("Light ship"), given_plan()), LocationFound)


def test_a_wrong_answer_fails() -> None:
    event = arbitrate(answer("boat"), given_plan())
    assert isinstance(event, ClaimFailed)
    assert event.reason is Reason.WRONG_ANSWER


def test_a_near_miss_is_told_the_authors_remark_and_costs_like_any_wrong_answer() -> None:
    event = arbitrate(answer("LANTERN"), given_plan(scoring=Scoring(wrong_claim=-1)))
    assert isinstance(event, ClaimFailed)
    assert (event.message, event.penalty) == ("Close. Bigger.", -1)


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        (code(None), Reason.WRONG_CODE),
        (code("  "), Reason.WRONG_CODE),
        (answer(None), Reason.WRONG_ANSWER),
        (Claim(TOWER), Reason.TOO_FAR),
    ],
)
def test_a_proof_that_is_missing_is_asked_for_and_costs_nothing(
    claim: Claim, reason: Reason
) -> None:
    assert refused(arbitrate(claim, given_plan())).reason is reason


def test_all_proofs_must_hold() -> None:
    both = given_pier(proof=(Proof.CODE, Proof.POSITION))
    plan = given_plan(locations=(both,))
    there = Position(*PIER_AT)
    assert isinstance(arbitrate(Claim(PIER, code="lumen", position=there), plan), LocationFound)
    assert isinstance(arbitrate(Claim(PIER, code="nox", position=there), plan), ClaimFailed)
    assert refused(arbitrate(code("lumen"), plan)).reason is Reason.TOO_FAR


def test_nobody_pays_for_a_wrong_code_who_is_not_even_there() -> None:
    both = given_pier(proof=(Proof.CODE, Proof.POSITION))
    claim = Claim(PIER, code="nox", position=Position(0.0, 0.0))
    assert refused(arbitrate(claim, given_plan(locations=(both,)))).reason is Reason.TOO_FAR


def test_nobody_pays_for_a_wrong_code_while_the_answer_is_missing() -> None:
    both = given_mill(proof=(Proof.CODE, Proof.ANSWER), code="lumen")
    outcome = arbitrate(Claim(MILL, code="nox"), given_plan(locations=(both,)))
    assert refused(outcome).reason is Reason.WRONG_ANSWER


@pytest.mark.parametrize(
    ("metres", "accuracy", "is_near"),
    [
        (39, 0, True),
        (41, 0, False),
        (59, 20, True),
        (61, 20, False),
        (79, 90, True),
        (81, 90, False),
    ],
)
def test_a_position_counts_within_the_radius_and_as_much_again_of_doubt(
    metres: float, accuracy: float, is_near: bool
) -> None:
    claim = standing_at(PIER_AT[0] + metres * METRE, PIER_AT[1], accuracy)
    outcome = arbitrate(claim, given_plan())
    if is_near:
        assert isinstance(outcome, LocationFound)
    else:
        assert refused(outcome).reason is Reason.TOO_FAR


@pytest.mark.parametrize("accuracy", [101.0, float("nan"), float("inf")])
def test_a_phone_that_does_not_know_where_it_is_must_wait_for_a_better_fix(
    accuracy: float,
) -> None:
    outcome = refused(arbitrate(standing_at(*PIER_AT, accuracy), given_plan()))
    assert outcome.reason is Reason.TOO_FAR
    assert "better fix" in outcome.message


def test_a_position_that_is_not_a_number_is_too_far() -> None:
    outcome = arbitrate(standing_at(float("nan"), 0.0), given_plan())
    assert refused(outcome).reason is Reason.TOO_FAR


def test_a_negative_accuracy_takes_nothing_from_the_radius() -> None:
    claim = standing_at(PIER_AT[0] + 39 * METRE, PIER_AT[1], -50.0)
    assert isinstance(arbitrate(claim, given_plan()), LocationFound)


def test_a_plan_without_the_position_of_a_place_lets_nobody_claim_it() -> None:
    plan = given_plan(locations=(given_tower(at=None),))
    assert refused(arbitrate(standing_at(*PIER_AT), plan)).reason is Reason.TOO_FAR
