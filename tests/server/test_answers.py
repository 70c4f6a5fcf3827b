import pytest

from actors.domain.events import (
    Announced,
    AnyEvent,
    HintBought,
    HuntStarted,
    LocationFound,
    PointsAdjusted,
    Record,
)
from actors.domain.ids import AnnouncementId
from actors.domain.refusals import Reason, Refusal
from actors.messages import Accepted, Refused, Seeded
from server import replies
from server.answers import ERRORS_SHOWN_MAX, accepted, encode, position_of, refused
from tests.domain.given import ADA, HUNT, OTTERS, PIER, given_pier
from tests.server.rig import ServerRig

REFUSAL = Refusal(Reason.TOO_EARLY, "Not yet.", 3.20049)


def done(event: AnyEvent, score: int | None = None, text: str | None = None) -> Accepted:
    return Accepted(7, Record(42, HUNT, 0.0, event), score, text=text)


def test_a_find_is_answered_with_points_bonus_rank_and_score() -> None:
    found = LocationFound(OTTERS, PIER, ADA, points=50, bonus=20, rank=1)
    assert accepted(done(found, score=120), None) == replies.Accepted(
        7, points=70, bonus=20, rank=1, score=120, found_at=0.0
    )


def test_whoever_found_a_place_is_told_where_it_is() -> None:
    found = done(LocationFound(OTTERS, PIER, ADA, points=50))
    told = accepted(found, None, given_pier(at=(57.7, 11.9), radius_m=25.0))
    assert (told.at, told.radius_m) == ((57.7, 11.9), 25.0)
    nowhere = accepted(found, None, given_pier(at=None))
    assert (nowhere.at, nowhere.radius_m) == (None, None)


def test_a_hint_is_answered_with_text_cost_and_score() -> None:
    bought = HintBought(OTTERS, PIER, ADA, 0, cost=10)
    assert accepted(done(bought, -10, "It floats."), None) == replies.Accepted(
        7, score=-10, text="It floats.", cost=10
    )


def test_an_adjustment_is_answered_with_points_and_score() -> None:
    adjusted = accepted(done(PointsAdjusted(OTTERS, -5), score=45), None)
    assert adjusted == replies.Accepted(7, points=-5, score=45)


def test_an_announcement_is_answered_with_its_number() -> None:
    made = accepted(done(Announced(AnnouncementId(3), "Hello")), None)
    assert made == replies.Accepted(7, announcement=3)


def test_what_has_nothing_to_say_is_answered_with_its_number_alone() -> None:
    assert accepted(done(HuntStarted()), None) == replies.Accepted(7)


def test_a_refusal_is_answered_with_reason_message_and_wait_in_milliseconds() -> None:
    assert refused(Refused(7, REFUSAL, 42), None) == replies.Refused(
        7, "too_early", "Not yet.", retry_after=3.2
    )


def test_a_refused_plan_lists_its_mistakes_up_to_a_limit() -> None:
    details = tuple(f"mistake {number}" for number in range(ERRORS_SHOWN_MAX + 5))
    answer = refused(Refused(7, REFUSAL, 42, details=details), None)
    assert answer.errors == details[:ERRORS_SHOWN_MAX]
    assert refused(Refused(7, REFUSAL, 42), None).errors is None


def test_a_seed_is_answered_with_the_teams_and_their_codes(server: ServerRig) -> None:
    seeded = Seeded(7, HUNT, True, ("a change",), ((OTTERS, "Otters"),), 42)
    answer = encode(server.desk, seeded, None)
    assert isinstance(answer, replies.Accepted)
    assert (answer.hunt, answer.applied, answer.changes) == (HUNT, True, ("a change",))
    assert answer.teams == (
        replies.SeededTeam(
            OTTERS, "Otters", server.code(OTTERS), server.access.codes.long(HUNT, OTTERS)
        ),
    )


def test_a_saved_rides_on_every_kind_of_answer(server: ServerRig) -> None:
    seeded = Seeded(7, HUNT, True, (), (), 42)
    for answer in (done(HuntStarted()), Refused(7, REFUSAL, 42), seeded):
        assert encode(server.desk, answer, 6).saved == 6
        assert encode(server.desk, answer, None).saved is None


def test_answers_are_counted_and_refusals_by_reason(server: ServerRig) -> None:
    for answer in (done(HuntStarted()), done(HuntStarted()), Refused(7, REFUSAL, 42)):
        encode(server.desk, answer, None)
    assert server.counters.accepted == 2
    assert server.counters.refused == {"too_early": 1}


@pytest.mark.parametrize("reason", Reason)
def test_an_outcome_rests_on_a_position_and_what_is_none_does_not(reason: Reason) -> None:
    no_outcome = reason in (Reason.BUSY, Reason.ALREADY_APPLIED)
    position = position_of(Refused(7, Refusal(reason, "No."), 42))
    assert position == (None if no_outcome else 42)


def test_what_was_carried_out_rests_on_its_own_record() -> None:
    assert position_of(done(HuntStarted())) == 42
    assert position_of(Seeded(7, HUNT, True, (), (), 43)) == 43
