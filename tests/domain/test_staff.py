from typing import Any

import pytest

from actors.domain.commands import HandleMessage, InviteStaff, RevokeStaff
from actors.domain.events import (
    AnyEvent,
    MessageHandled,
    Record,
    StaffArrived,
    StaffInvited,
    StaffRevoked,
)
from actors.domain.ids import LocationId, SessionId, StaffId
from actors.domain.refusals import Reason
from actors.domain.staff import (
    MESSAGES_MAX,
    STAFF_MAX,
    STAFF_SESSIONS_MAX,
    Role,
    Staffer,
    StaffMember,
    StaffState,
    arrival,
    decide,
    evolve,
)
from tests.domain.given import HUNT, MILL, PIER, START, given_plan, refused

PLAN = given_plan()
ANNS, BENS, CLEOS = (SessionId(letter * 32) for letter in "abc")
ANN, BEN = Staffer("Ann", Role.OWNER), Staffer("Ben", Role.MASTER)
DIGEST = "d" * 64


def told(
    state: StaffState, event: AnyEvent, position: int = 1, session: SessionId | None = None
) -> StaffState:
    return evolve(state, Record(position, HUNT, START, event, session))


def given_staff(*arrivals: tuple[SessionId, Staffer]) -> StaffState:
    """A hunt with these people at its consoles."""
    state = StaffState()
    for session, staffer in arrivals:
        state = told(state, StaffArrived(staffer.name, staffer.role), session=session)
    return state


def asked(state: StaffState, command: Any, session: SessionId = ANNS) -> object:
    return decide(state, command, session, PLAN)


def invited(state: StaffState, **changes: Any) -> object:
    wish: dict[str, Any] = {"name": "Ben", "role": "viewer", "digest": DIGEST}
    return asked(state, InviteStaff(**(wish | changes)))


# Messages -----------------------------------------------------------------------------------


def handled(state: StaffState, word: str, session: SessionId = ANNS) -> StaffState:
    event = asked(state, HandleMessage(7, word), session)
    assert event == MessageHandled(7, word)
    return told(state, event, 8, session)


def test_a_message_is_taken_on_and_done_by_one_person() -> None:
    state = handled(given_staff((ANNS, ANN)), "claimed")
    assert (state.messages[7].state, state.messages[7].by) == ("claimed", ANN)
    for word in ("claimed", "done"):
        outcome = refused(asked(state, HandleMessage(7, word), BENS))
        assert outcome.reason is Reason.NOT_ALLOWED
        assert outcome.message.startswith("Ann is on it.")
    assert handled(state, "done").messages[7].state == "done"


def test_the_same_person_may_go_on_at_another_console() -> None:
    state = handled(given_staff((ANNS, ANN), (CLEOS, ANN)), "claimed")
    assert handled(state, "done", CLEOS).messages[7].session == CLEOS


def test_two_people_without_a_name_are_not_the_same() -> None:
    state = handled(given_staff(), "claimed")
    outcome = refused(asked(state, HandleMessage(7, "done"), BENS))
    assert outcome.message.startswith("Somebody else is on it.")


def test_anybody_may_give_a_message_back_and_then_take_it_on() -> None:
    state = handled(given_staff((ANNS, ANN), (BENS, BEN)), "claimed")
    state = handled(handled(state, "open", BENS), "claimed", BENS)
    assert state.messages[7].by == BEN


@pytest.mark.parametrize("word", ["open", "claimed", "done"])
def test_what_is_so_already_is_no_change(word: str) -> None:
    state = given_staff() if word == "open" else handled(given_staff(), word)
    assert refused(asked(state, HandleMessage(7, word))).reason is Reason.NO_CHANGE


def test_what_is_done_anybody_may_open_again() -> None:
    assert handled(handled(given_staff(), "done"), "open", BENS).messages[7].state == "open"


def test_a_state_that_there_is_not_is_refused() -> None:
    assert refused(asked(given_staff(), HandleMessage(7, "lost"))).reason is Reason.MALFORMED


def test_who_saw_to_the_newest_messages_is_known() -> None:
    state = StaffState()
    for position in range(1, MESSAGES_MAX + 3):
        state = told(state, MessageHandled(position, "done"))
    assert set(state.messages) == set(range(3, MESSAGES_MAX + 3))


# Invitations --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "location"), [("master", None), ("viewer", None), ("station", PIER)]
)
def test_somebody_is_invited_by_the_digest_of_a_token(
    role: str, location: LocationId | None
) -> None:
    event = invited(StaffState(), role=role, location=location, name=" Ben\u202e  B ")
    assert event == StaffInvited(StaffId("s1"), "Ben B", role, DIGEST, location)
    state = told(StaffState(), event)
    member = StaffMember(StaffId("s1"), "Ben B", role, DIGEST, location)
    assert state.members == {"s1": member}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": ""}, Reason.MALFORMED),
        ({"name": "x" * 33}, Reason.MALFORMED),
        ({"role": "owner"}, Reason.MALFORMED),
        ({"role": "station"}, Reason.MALFORMED),
        ({"role": "master", "location": MILL}, Reason.MALFORMED),
        ({"role": "station", "location": LocationId("moon")}, Reason.NOT_FOUND),
    ],
)
def test_an_invitation_that_makes_no_sense_is_refused(
    changes: dict[str, Any], reason: Reason
) -> None:
    assert refused(invited(StaffState(), **changes)).reason is reason


def test_a_number_is_never_given_again() -> None:
    state = told(StaffState(), invited(StaffState()))  # type: ignore[arg-type]
    state = told(state, asked(state, RevokeStaff(StaffId("s1"))))  # type: ignore[arg-type]
    assert state.members == {}
    assert refused(asked(state, RevokeStaff(StaffId("s1")))).reason is Reason.NOT_FOUND
    assert invited(state) == StaffInvited(StaffId("s2"), "Ben", "viewer", DIGEST)


def test_a_hunt_has_so_many_invitations_at_a_time() -> None:
    state = StaffState()
    for _ in range(STAFF_MAX):
        state = told(state, invited(state))  # type: ignore[arg-type]
    assert refused(invited(state)).reason is Reason.NOT_ALLOWED
    assert isinstance(invited(told(state, StaffRevoked(StaffId("s9")))), StaffInvited)


# Arrivals -----------------------------------------------------------------------------------


def test_who_sits_at_a_console_is_noted_once_and_when_it_changes() -> None:
    state = StaffState()
    assert arrival(state, ANNS, ANN) == StaffArrived("Ann", "owner")
    state = given_staff((ANNS, ANN))
    assert arrival(state, ANNS, ANN) is None
    assert arrival(state, ANNS, BEN) == StaffArrived("Ben", "master")
    assert arrival(state, BENS, ANN) == StaffArrived("Ann", "owner")


def test_an_owner_without_a_name_is_noted_only_after_somebody_else() -> None:
    nobody = Staffer("", Role.OWNER)
    assert arrival(StaffState(), ANNS, nobody) is None
    assert arrival(given_staff((ANNS, BEN)), ANNS, nobody) == StaffArrived("", "owner")


def test_the_consoles_that_came_first_are_forgotten_first() -> None:
    state = given_staff((ANNS, ANN))
    for number in range(STAFF_SESSIONS_MAX):
        state = told(state, StaffArrived("Ben", "master"), session=SessionId(f"{number}"))
    assert len(state.sessions) == STAFF_SESSIONS_MAX
    assert ANNS not in state.sessions
