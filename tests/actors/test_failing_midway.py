"""Actors that fail between appending a record and telling of it: nobody is left in the past."""

from collections.abc import Sequence
from typing import Any

import pytest

from actors.dispatch import mailbox_of
from actors.domain.clock import Phase
from actors.domain.commands import (
    CloseLocation,
    Disqualify,
    FreezeLeaderboard,
    PauseHunt,
    Say,
    VoidFind,
)
from actors.domain.events import (
    AnyEvent,
    FindVoided,
    HuntPaused,
    LocationClosed,
    LocationFound,
    Record,
    TeamDisqualified,
    TeamSteered,
)
from actors.domain.plan import Route
from actors.messages import Accepted, PhaseChanged
from actors.quarantine import QuarantinedActor
from tests.actors.conftest import StartRig
from tests.actors.edges import Device
from tests.actors.rig import Rig, folded, given_history
from tests.domain.given import HUNT, MILL, OTTERS, PIER, TERNS, answer, code, given_plan


@pytest.fixture
def ada(rig: Rig) -> Device:
    return given_history(rig)


def fail_after_appending(rig: Rig, kind: type[AnyEvent], times: int = 1) -> None:
    """The actor that appends the next such record fails at once after it."""
    append, left = rig.journal.append, [times]

    def appended(record: Record) -> None:
        append(record)
        if isinstance(record.event, kind) and left[0]:
            left[0] -= 1
            raise RuntimeError("planted")

    rig.journal.append = appended  # type: ignore[method-assign]


def assert_live_is_the_journals(rig: Rig) -> None:
    rig.commit()
    image = folded(rig.writer.records).hunts[HUNT].image
    for team in rig.entry.teams:
        assert rig.team(team) == image.teams[team]
    for place in rig.entry.locations:
        assert rig.location(place) == image.locations[place]
    assert rig.hunt() == image.hunt


def test_a_find_that_its_location_could_not_tell_is_the_teams_all_the_same(
    rig: Rig, ada: Device
) -> None:
    fail_after_appending(rig, LocationFound)
    claim = rig.ask(ada, answer("lighthouse"))
    assert isinstance(claim, Accepted)
    assert [given.n for given in ada.answers].count(claim.n) == 1
    assert MILL in rig.team().finds
    assert_live_is_the_journals(rig)


def test_a_pause_that_the_hunt_could_not_tell_reaches_every_team_and_everybody(
    rig: Rig, ada: Device
) -> None:
    fail_after_appending(rig, HuntPaused)
    assert isinstance(rig.order(PauseHunt()), Accepted)
    assert {rig.team(team).clock.phase for team in rig.entry.teams} == {Phase.PAUSED}
    assert rig.pushes.of(PhaseChanged)[-1].hunt.phase is Phase.PAUSED
    assert_live_is_the_journals(rig)


@pytest.mark.parametrize(
    ("kind", "command"),
    [
        (FindVoided, VoidFind(OTTERS, PIER, "")),
        (LocationClosed, CloseLocation(PIER)),
        (FindVoided, FreezeLeaderboard()),
    ],
    ids=["void", "close", "freeze"],
)
def test_a_correction_that_a_location_could_not_tell_reaches_the_teams(
    rig: Rig, ada: Device, kind: type[AnyEvent], command: Any
) -> None:
    fail_after_appending(rig, kind)
    assert isinstance(rig.order(command), Accepted)
    assert_live_is_the_journals(rig)


def test_on_a_route_a_closed_place_and_a_disqualified_team_let_go_of_each_other(
    start_rig: StartRig,
) -> None:
    for kind, command in (
        (LocationClosed, CloseLocation(PIER)),
        (TeamDisqualified, Disqualify(OTTERS, "")),
        (TeamSteered, CloseLocation(PIER)),
    ):
        rig = start_rig(given_plan(route=Route.LINEAR))
        rig.join()
        rig.start()
        assert rig.team().target == PIER
        fail_after_appending(rig, kind)
        rig.order(command)
        assert_live_is_the_journals(rig)


def test_a_quarantined_location_has_told_all_that_it_decided(rig: Rig, ada: Device) -> None:
    fail_after_appending(rig, LocationFound, times=10)
    mill = mailbox_of(rig.entry.locations[MILL])
    for _ in range(3):
        mill.tell("a message that no actor can handle")
        rig.run()
        mill = mailbox_of(rig.entry.locations[MILL])
    assert isinstance(rig.ask(ada, answer("lighthouse")), Accepted)
    assert rig.supervisor.quarantined == {f"{HUNT}/location/{MILL}"}
    assert rig.team() == folded(rig.writer.records).hunts[HUNT].image.teams[OTTERS]


# One answer for each request ------------------------------------------------------------------


def numbers_answered(device: Device) -> Sequence[int]:
    return [given.n for given in device.answers]


def test_a_team_that_fails_while_showing_a_find_has_answered_the_claim_once(
    rig: Rig, ada: Device
) -> None:
    team = mailbox_of(rig.entry.teams[OTTERS]).owner
    team._show_locations = fail  # type: ignore[union-attr]
    n = rig.tell(ada, answer("lighthouse"))
    rig.run()
    assert numbers_answered(ada).count(n) == 1
    assert_live_is_the_journals(rig)


def test_a_stashed_request_that_fails_when_its_turn_comes_is_answered(
    rig: Rig, ada: Device
) -> None:
    team = mailbox_of(rig.entry.teams[OTTERS]).owner
    claim = rig.tell(ada, answer("lighthouse"))
    says = [rig.tell(ada, Say(text)) for text in ("one", "two", "three")]
    team._decide = fail  # type: ignore[union-attr]
    rig.run()
    assert sorted(numbers_answered(ada)[-4:]) == [claim, *says]
    assert ada.reasons[-4:] == ["accepted", "busy", "busy", "busy"]


def test_a_claim_that_cannot_be_told_to_its_location_is_answered_once(
    rig: Rig, ada: Device
) -> None:
    rig.entry.locations[MILL].tell = fail  # type: ignore[method-assign]
    n = rig.tell(ada, answer("lighthouse"))
    rig.run()
    assert numbers_answered(ada).count(n) == 1


def test_a_request_is_answered_once_when_its_hunt_is_replaced_while_its_team_is_rebuilt(
    rig: Rig, ada: Device
) -> None:
    rig.is_reading_held = True
    mill = mailbox_of(rig.entry.locations[MILL])
    mill.suspend()
    asked = [rig.tell(ada, answer("lighthouse")), rig.tell(ada, Say("stashed"))]
    rig.run()
    rig.entry.teams[OTTERS].tell("a message that no actor can handle")
    rig.run()
    asked.append(rig.tell(ada, Say("in the suspended mailbox")))
    bob = rig.join(TERNS, "Bob")
    rig.ask(bob, code("lumen"), TERNS)
    rig.seed(rig.plan)
    rig.run()
    assert [n for n in numbers_answered(ada) if n in asked] == asked
    rig.read_back()
    assert [n for n in numbers_answered(ada) if n in asked] == asked


def fail(*_: object, **__: object) -> None:
    raise RuntimeError("planted")


def test_a_stand_in_for_a_quarantined_team_that_fails_stays_what_it_is(
    rig: Rig, ada: Device
) -> None:
    for _ in range(4):
        rig.entry.teams[OTTERS].tell("a message that no actor can handle")
        rig.run()
    stand_in = mailbox_of(rig.entry.teams[OTTERS]).owner
    assert isinstance(stand_in, QuarantinedActor)
    deaf = Device()
    deaf.answer = fail  # type: ignore[method-assign]
    rig.tell(deaf, Say("boom"), n=1)
    rig.run()
    assert mailbox_of(rig.entry.teams[OTTERS]).owner is stand_in
    rig.ask(ada, Say("anybody there?"))
    assert ada.reasons[-1] == "internal"


def test_nothing_final_is_said_of_a_request_while_an_earlier_one_is_to_come_again(
    rig: Rig, ada: Device
) -> None:
    mill = mailbox_of(rig.entry.locations[MILL])
    mill.suspend()
    claim = rig.tell(ada, answer("lighthouse"))
    stashed = rig.tell(ada, Say("stashed"))
    rig.run()
    team = mailbox_of(rig.entry.teams[OTTERS]).owner
    team._take = fail  # type: ignore[union-attr]
    failing = rig.tell(ada, Say("fails at once"))
    rig.run()
    given = {one.n: ada.reasons[index] for index, one in enumerate(ada.answers)}
    assert [given[n] for n in (claim, stashed, failing)] == ["busy", "busy", "busy"]
    mill.resume()
    assert isinstance(rig.ask(ada, answer("lighthouse"), n=claim), Accepted)
    for n, text in ((stashed, "stashed"), (failing, "fails at once")):
        assert isinstance(rig.ask(ada, Say(text), n=n), Accepted)


def test_a_quarantined_teams_stand_in_answers_what_was_busy_before(rig: Rig, ada: Device) -> None:
    for _ in range(4):
        rig.entry.teams[OTTERS].tell("a message that no actor can handle")
        rig.run()
    n = ada.next_n()
    ada.busy_from = n
    rig.ask(ada, Say("too early"), n=n + 1)
    rig.ask(ada, Say("in its turn"), n=n)
    rig.ask(ada, Say("after it"), n=n + 1)
    assert ada.reasons[-3:] == ["busy", "internal", "internal"]


def test_a_stand_in_knows_what_its_team_had_dealt_with(rig: Rig, ada: Device) -> None:
    said, again = rig.tell(ada, Say("before")), ada.n
    rig.run()
    for _ in range(4):
        rig.entry.teams[OTTERS].tell("a message that no actor can handle")
        rig.run()
    for n in (said, again):
        rig.ask(ada, Say("before"), n=n)
        assert ada.reasons[-1] == "already_applied"
    lost = rig.tell(ada, Say("after"))
    rig.run()
    rig.ask(ada, Say("after"), n=lost)
    assert ada.reasons[-2:] == ["internal", "already_applied"]


def test_a_copy_of_a_request_that_was_dealt_with_shuts_no_gate(rig: Rig, ada: Device) -> None:
    said = rig.tell(ada, Say("hello"))
    rig.run()
    mailbox_of(rig.entry.locations[MILL]).suspend()
    rig.tell(ada, answer("lighthouse"))
    rig.tell(ada, Say("hello"), n=said)  # Waits behind the claim, and is an orphan then.
    rig.run()
    rig.entry.teams[OTTERS].tell("a message that no actor can handle")
    rig.run()
    mailbox_of(rig.entry.locations[MILL]).resume()
    assert ada.busy_from == said + 1
    assert isinstance(rig.ask(ada, answer("lighthouse"), n=said + 1), Accepted)
    assert isinstance(rig.ask(ada, Say("and on")), Accepted)
