"""Connections that raise in the act of being answered: each request has its one outcome."""

import pytest

from actors.aftermath import ANSWER_TRIES
from actors.dispatch import REQUESTS_WAITING_MAX, mailbox_of
from actors.domain.clock import Phase
from actors.domain.commands import (
    AdjustPoints,
    BuyHint,
    Claim,
    CloseLocation,
    HuntScoped,
    JoinTeam,
    PauseHunt,
    Say,
    SeedHunt,
    StartHunt,
)
from actors.domain.events import HuntSeeded
from actors.domain.ids import TeamId
from actors.domain.refusals import Reason
from actors.messages import Accepted, Join, Refused, Request
from tests.actors.edges import Device, Stammering, reason
from tests.actors.rig import POISON, Rig, given_history
from tests.domain.given import HUNT, MILL, OTTERS, TERNS, answer, given_plan


@pytest.fixture
def ada(rig: Rig) -> Device:
    return given_history(rig)


def stammering(other: Device, failures: int) -> Stammering:
    """Another connection of a session, that will fail so often."""
    device = Stammering()
    device.session, device.player, device.failures = other.session, other.player, failures
    device.n = other.n
    return device


def numbers_answered(device: Device) -> list[int]:
    return [given.n for given in device.answers]


@pytest.mark.parametrize("failures", [1, 2])
@pytest.mark.parametrize("claim", [answer("lighthouse"), answer("a guess")])
def test_a_claim_whose_answer_fails_is_answered_all_the_same(
    rig: Rig, ada: Device, claim: Claim, failures: int
) -> None:
    device = stammering(ada, failures)
    n = rig.tell(device, claim)
    rig.run()
    assert numbers_answered(device) == [n]


@pytest.mark.parametrize("failures", [1, 2])
def test_an_order_whose_answer_fails_lets_the_next_one_have_its_turn(
    rig: Rig, ada: Device, failures: int
) -> None:
    staff = Stammering()
    staff.failures = failures
    for command in (AdjustPoints(OTTERS, 5), PauseHunt()):
        rig.console.tell(Request(staff, staff.next_n(), HuntScoped(HUNT, command)))
    rig.run()
    assert numbers_answered(staff) == [1, 2]


def test_an_orphan_whose_answer_fails_leaves_the_others_theirs(rig: Rig, ada: Device) -> None:
    mill = mailbox_of(rig.entry.locations[MILL])
    mill.suspend()
    device = stammering(ada, ANSWER_TRIES)
    rig.tell(device, answer("lighthouse"))
    stashed = rig.tell(ada, Say("stashed"), n=device.next_n())
    rig.run()
    rig.entry.teams[OTTERS].tell(POISON)
    rig.tell(ada, Say("behind it"), n=device.next_n())
    rig.run()
    assert numbers_answered(ada)[-2:] == [stashed, stashed + 1]


def test_a_refusal_whose_telling_fails_is_told_when_its_request_comes_again(
    rig: Rig, ada: Device
) -> None:
    rig.order(CloseLocation(MILL))
    device = stammering(ada, 1)
    n = rig.tell(device, answer("lighthouse"))
    rig.run()
    assert device.reasons == ["busy"]
    rig.ask(device, answer("lighthouse"), n=n)
    assert device.reasons == ["busy", "closed"]


def test_a_game_masters_refusal_whose_telling_fails_is_no_outcome_yet(
    rig: Rig,
) -> None:
    staff = Stammering()
    staff.failures = ANSWER_TRIES + 1
    request = Request(staff, staff.next_n(), HuntScoped(HUNT, AdjustPoints(TeamId("nobody"), 5)))
    rig.console.tell(request)
    rig.run()
    rig.console.tell(request)
    rig.run()
    assert staff.reasons[-1] == "not_found"


def test_a_repeat_whose_telling_fails_is_not_called_a_failure(rig: Rig, ada: Device) -> None:
    said = rig.tell(ada, Say("hello"))
    rig.run()
    device = stammering(ada, 1)
    rig.ask(device, Say("hello"), n=said)
    assert device.reasons == ["already_applied"]


def test_a_game_masters_repeat_whose_telling_fails_is_not_called_a_failure(rig: Rig) -> None:
    staff = Device()
    assert isinstance(rig.order(AdjustPoints(OTTERS, 5), by=staff), Accepted)
    device = stammering(staff, 1)
    rig.order(AdjustPoints(OTTERS, 5), n=staff.n, by=device)
    assert device.reasons == ["already_applied"]


def test_a_stand_ins_repeat_whose_telling_fails_is_not_called_a_failure(
    rig: Rig, ada: Device
) -> None:
    said = rig.tell(ada, Say("hello"))
    rig.run()
    for _ in range(4):
        rig.entry.teams[OTTERS].tell(POISON)
        rig.run()
    device = stammering(ada, 1)
    rig.ask(device, Say("hello"), n=said)
    assert device.reasons == ["already_applied"]


def test_a_busy_whose_telling_fails_loses_nothing_of_what_its_session_asked_before(
    rig: Rig, ada: Device
) -> None:
    mill = mailbox_of(rig.entry.locations[MILL])
    mill.suspend()
    rig.tell(ada, answer("lighthouse"))
    staff = Stammering()
    for _ in range(REQUESTS_WAITING_MAX + 1):
        command = HuntScoped(HUNT, AdjustPoints(OTTERS, 5))
        rig.console.tell(Request(staff, staff.next_n(), command))
    rig.run()
    staff.failures = 1
    rig.order(AdjustPoints(OTTERS, 5), by=staff)
    assert staff.reasons == ["busy"]
    mill.resume()
    rig.run()
    assert staff.reasons == ["busy", *["accepted"] * (REQUESTS_WAITING_MAX + 1)]


def test_a_seed_that_could_not_be_answered_is_not_carried_out_again(rig: Rig) -> None:
    staff = Stammering()
    staff.failures = ANSWER_TRIES + 1
    plan = given_plan(title="Anew")
    rig.console.tell(Request(staff, 1, HuntScoped(HUNT, SeedHunt(plan, replace=True))))
    rig.run()
    assert (staff.given_up, staff.reasons) == ([(1, True)], [])
    back = stammering(staff, 0)
    rig.order(SeedHunt(plan, replace=True), n=1, by=back)
    assert back.reasons == ["already_applied"]
    assert rig.events(HuntSeeded).count(HuntSeeded(plan)) == 1


def test_a_repeated_seed_whose_telling_fails_leaves_the_hunt_as_it_is(rig: Rig) -> None:
    staff = Device()
    seed = HuntScoped(HUNT, SeedHunt(given_plan(title="Anew"), replace=True))
    rig.console.tell(Request(staff, 1, seed))
    rig.console.tell(Request(staff, 2, HuntScoped(HUNT, StartHunt())))
    rig.console.tell(Request(stammering(staff, 1), 1, seed))
    rig.run()
    assert staff.reasons == ["accepted", "accepted"]
    assert rig.hunt().clock.phase is Phase.RUNNING


def test_a_hunt_is_replaced_whole_though_somebody_cannot_be_turned_away(
    rig: Rig, ada: Device
) -> None:
    device = stammering(ada, ANSWER_TRIES)
    for team in (OTTERS, TERNS):
        mailbox_of(rig.entry.teams[team]).suspend()
    rig.tell(device, Say("too late"))
    last = rig.tell(ada, Say("too late as well"), TERNS)
    old = rig.entry.refs()
    assert not isinstance(rig.order(SeedHunt(given_plan(title="Anew"), replace=True)), Refused)
    assert last in numbers_answered(ada)
    assert not any(ref.is_alive() for ref in old)


# When nothing can be told ---------------------------------------------------------------------


def test_after_an_order_that_cannot_be_answered_its_session_goes_on(rig: Rig) -> None:
    staff = Stammering()
    staff.failures = ANSWER_TRIES + 1
    rig.console.tell(Request(staff, 1, HuntScoped(HUNT, AdjustPoints(OTTERS, 5))))
    rig.run()
    assert (staff.given_up, staff.reasons) == ([(1, True)], [])
    back = stammering(staff, 0)
    assert reason(rig.order(AdjustPoints(OTTERS, 5), n=1, by=back)) is Reason.ALREADY_APPLIED
    assert isinstance(rig.order(StartHunt(), n=2, by=back), Accepted)
    assert rig.team().score == 5


def test_a_refusal_that_cannot_be_told_holds_back_what_follows_until_it_is(
    rig: Rig, ada: Device
) -> None:
    rig.order(CloseLocation(MILL))
    device = stammering(ada, ANSWER_TRIES + 1)
    n = rig.tell(device, BuyHint(MILL, 99))
    rig.tell(device, Say("after it"))
    rig.run()
    assert (device.given_up, device.reasons) == ([(n, False)], ["busy"])
    back = stammering(ada, 0)
    assert isinstance(rig.ask(back, BuyHint(MILL, 99)), Refused)
    assert isinstance(rig.ask(back, Say("after it")), Accepted)


def test_a_game_masters_refusal_that_cannot_be_told_holds_back_what_follows(rig: Rig) -> None:
    staff = Stammering()
    staff.failures = ANSWER_TRIES + 1
    for team in (TeamId("nobody"), OTTERS):
        rig.console.tell(Request(staff, staff.next_n(), HuntScoped(HUNT, AdjustPoints(team, 5))))
    rig.run()
    assert (staff.given_up, staff.reasons) == ([(1, False)], ["busy"])


def test_an_orphan_that_cannot_be_told_ends_its_connection(rig: Rig, ada: Device) -> None:
    mailbox_of(rig.entry.locations[MILL]).suspend()
    device = stammering(ada, ANSWER_TRIES)
    claim = rig.tell(device, answer("lighthouse"))
    rig.run()
    rig.entry.teams[OTTERS].tell(POISON)
    rig.run()
    assert device.given_up == [(claim, False)]


def test_a_join_that_cannot_be_answered_ends_its_connection(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = Device()
    monkeypatch.setattr(device, "joined", fail)
    rig.entry.teams[OTTERS].tell(Join(device, JoinTeam("Ada")))
    rig.run()
    assert device.given_up == [(0, False)]


def fail(*_: object) -> None:
    raise RuntimeError("planted")
