import pytest
from msgspec.structs import replace

from actors.admission import BUSY_RETRY_AFTER_S, QUEUE_LIMITS
from actors.dispatch import REQUESTS_WAITING_MAX, mailbox_of
from actors.domain.commands import (
    AdjustPoints,
    BuyHint,
    PauseHunt,
    Say,
)
from actors.domain.commands import Malformed as MalformedCommand
from actors.domain.events import (
    ClaimFailed,
    HintBought,
    LocationFound,
    PlayerJoined,
    PointsAdjusted,
    TeamSpoke,
)
from actors.domain.refusals import Reason
from actors.messages import (
    Accepted,
    Joined,
    Refused,
    Resume,
)
from tests.actors.conftest import StartRig
from tests.actors.edges import Device, reason
from tests.actors.rig import Rig
from tests.domain.given import (
    ADA,
    BOB,
    OTTERS,
    PIER,
    TERNS,
    answer,
    code,
)

BUSY_AT = 40
"""Records that the journal holds in tests of a stalled disk, instead of 200,000."""


@pytest.fixture
def ada(rig: Rig) -> Device:
    device = rig.join()
    rig.start()
    return device


@pytest.fixture
def stalled_disk(rig: Rig) -> int:
    """A journal that is full after `BUSY_AT` records; what it holds is never committed."""
    rig.journal.limits = replace(QUEUE_LIMITS, records=BUSY_AT)
    return BUSY_AT


def fill_the_journal(rig: Rig, device: Device) -> None:
    while not rig.journal.is_full:
        rig.ask(device, Say("hello"))


# Order ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(10))
def test_a_teams_requests_are_journaled_and_answered_in_the_order_they_came(
    start_rig: StartRig, seed: int
) -> None:
    rig = start_rig(seed=seed)
    ada = rig.join()
    rig.start()
    rig.tell(ada, code("wrong"))
    rig.tell(ada, BuyHint(PIER, 0))
    rig.tell(ada, answer("wrong"))
    rig.tell(ada, Say("help"))
    rig.tell(ada, code("lumen"))
    rig.tell(ada, BuyHint(PIER, 1))
    rig.run()
    assert [given.n for given in ada.answers] == [1, 2, 3, 4, 5, 6]
    assert ada.reasons == [
        "wrong_code",
        "accepted",
        "wrong_answer",
        "accepted",
        "accepted",
        "already_found",
    ]
    kinds = [type(r.event) for r in rig.writer.records if r.session == ada.session]
    assert kinds == [PlayerJoined, ClaimFailed, HintBought, ClaimFailed, TeamSpoke, LocationFound]


def test_while_a_location_decides_the_teams_later_requests_wait(rig: Rig, ada: Device) -> None:
    pier = mailbox_of(rig.entry.locations[PIER])
    pier.suspend()
    rig.tell(ada, code("lumen"))
    rig.tell(ada, BuyHint(PIER, 0))
    rig.run()
    assert ada.answers == []
    pier.resume()
    rig.run()
    assert ada.reasons == ["accepted", "already_found"]


def test_a_game_masters_order_waits_for_the_verdict_too(rig: Rig, ada: Device) -> None:
    pier = mailbox_of(rig.entry.locations[PIER])
    pier.suspend()
    rig.tell(ada, code("lumen"))
    rig.run()
    staff = rig.game_master
    before = len(staff.answers)
    assert rig.order(AdjustPoints(OTTERS, 5)) is staff.answers[before - 1]
    pier.resume()
    rig.run()
    adjusted = staff.last
    assert isinstance(adjusted, Accepted)
    assert adjusted.score == 55
    kinds = [type(event) for event in rig.events(LocationFound, PointsAdjusted)]
    assert kinds == [LocationFound, PointsAdjusted]


def test_another_teams_claims_do_not_wait(rig: Rig, ada: Device) -> None:
    bob = rig.join(TERNS, "Bob")
    mailbox_of(rig.entry.locations[PIER]).suspend()
    rig.tell(ada, code("lumen"))
    assert isinstance(rig.ask(bob, answer("lighthouse"), TERNS), Accepted)
    mailbox_of(rig.entry.locations[PIER]).resume()


def test_more_requests_than_a_team_may_keep_waiting_are_answered_busy(
    rig: Rig, ada: Device
) -> None:
    pier = mailbox_of(rig.entry.locations[PIER])
    pier.suspend()
    rig.tell(ada, code("lumen"))
    rig.run()
    for _ in range(REQUESTS_WAITING_MAX + 2):
        rig.tell(ada, Say("hello"))
    rig.run()
    assert ada.reasons == ["busy", "busy"]
    first_busy = REQUESTS_WAITING_MAX + 2
    assert ada.busy_from == first_busy
    before = len(rig.game_master.answers)
    rig.order(AdjustPoints(OTTERS, 5))
    assert len(rig.game_master.answers) == before  # The console has taken its number: it waits.
    pier.resume()
    rig.run()
    assert [given.n for given in ada.answers[2:]] == list(range(1, first_busy))
    assert set(ada.reasons[2:]) == {"accepted"}
    # The gate is still closed: everything that waited came before the first busy one.
    assert ada.busy_from == first_busy


# Exactly once --------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [code("lumen"), code("wrong"), BuyHint(PIER, 0), Say("hi")])
def test_the_same_number_is_never_carried_out_twice(rig: Rig, ada: Device, command: object) -> None:
    rig.ask(ada, command, n=1)  # type: ignore[arg-type]
    tail, state = rig.journal.tail, rig.team()
    again = rig.ask(ada, command, n=1)  # type: ignore[arg-type]
    assert reason(again) is Reason.ALREADY_APPLIED
    assert rig.journal.tail == tail
    assert rig.team() is state


def test_a_refused_number_is_used_up_too(rig: Rig, ada: Device) -> None:
    assert reason(rig.ask(ada, BuyHint(PIER, 99), n=4)) is Reason.NOT_FOUND
    assert reason(rig.ask(ada, Say("hi"), n=4)) is Reason.ALREADY_APPLIED
    assert reason(rig.ask(ada, Say("hi"), n=3)) is Reason.ALREADY_APPLIED
    assert isinstance(rig.ask(ada, Say("hi"), n=5), Accepted)


def test_a_number_stays_used_on_the_next_connection_of_the_session(rig: Rig, ada: Device) -> None:
    rig.ask(ada, Say("hi"), n=7)
    later = Device()
    later.session = ada.session
    rig.entry.teams[OTTERS].tell(Resume(later))
    rig.run()
    (welcome,) = later.welcomes
    assert isinstance(welcome, Joined)
    assert (welcome.applied, welcome.player, welcome.name) == (7, ADA, "Ada")
    assert reason(rig.ask(later, Say("hi"), n=7)) is Reason.ALREADY_APPLIED


def test_a_request_that_could_not_be_read_is_refused_in_its_turn(rig: Rig, ada: Device) -> None:
    rig.tell(ada, code("wrong"))
    rig.tell(ada, MalformedCommand("It makes no sense."))
    rig.tell(ada, Say("hi"))
    rig.run()
    assert ada.reasons == ["wrong_code", "malformed", "accepted"]
    assert reason(rig.ask(ada, Say("hi"), n=2)) is Reason.ALREADY_APPLIED


# Busy ----------------------------------------------------------------------------------------


def test_a_full_journal_answers_players_busy_and_changes_nothing(
    rig: Rig, ada: Device, stalled_disk: int
) -> None:
    fill_the_journal(rig, ada)
    tail, state = rig.journal.tail, rig.team()
    busy = rig.ask(ada, code("lumen"))
    assert reason(busy) is Reason.BUSY
    assert isinstance(busy, Refused)
    assert busy.refusal.retry_after_s == BUSY_RETRY_AFTER_S
    assert (rig.journal.tail, rig.team()) == (tail, state)
    assert ada.busy_from == busy.n


def test_a_busy_request_is_carried_out_when_it_comes_again(
    rig: Rig, ada: Device, stalled_disk: int
) -> None:
    fill_the_journal(rig, ada)
    busy = rig.ask(ada, code("lumen"))
    rig.commit()
    assert isinstance(rig.ask(ada, code("lumen"), n=busy.n), Accepted)
    assert ada.busy_from is None


def test_after_a_busy_answer_every_later_number_is_busy_until_that_one_comes_again(
    rig: Rig, ada: Device, stalled_disk: int
) -> None:
    fill_the_journal(rig, ada)
    gate = rig.ask(ada, Say("first")).n
    rig.commit()
    assert reason(rig.ask(ada, Say("third"), n=gate + 2)) is Reason.BUSY
    assert reason(rig.ask(ada, Say("second"), n=gate + 1)) is Reason.BUSY
    for n, text in ((gate, "first"), (gate + 1, "second"), (gate + 2, "third")):
        assert isinstance(rig.ask(ada, Say(text), n=n), Accepted)
    spoken = [event.text for event in rig.events(TeamSpoke)]  # type: ignore[union-attr]
    assert spoken[-3:] == ["first", "second", "third"]


def test_a_request_that_was_under_way_before_the_busy_one_does_not_open_the_gate(
    rig: Rig, ada: Device
) -> None:
    # Number 2 was answered busy at the door, while 1 was still in the mailbox and 3 under way.
    rig.tell(ada, Say("first"), n=1)
    ada.busy_from = 2
    rig.tell(ada, Say("third"), n=3)
    rig.run()
    assert ada.reasons == ["accepted", "busy"]
    rig.ask(ada, Say("second"), n=2)
    rig.ask(ada, Say("third"), n=3)
    spoken = [event.text for event in rig.events(TeamSpoke)]  # type: ignore[union-attr]
    assert spoken == ["first", "second", "third"]


def test_one_devices_gate_does_not_hold_up_another_of_the_team(
    rig: Rig, ada: Device, stalled_disk: int
) -> None:
    bob = rig.join(OTTERS, "Bob")
    fill_the_journal(rig, ada)
    rig.ask(ada, Say("held up"))
    rig.commit()
    assert isinstance(rig.ask(bob, Say("goes through")), Accepted)


def test_game_masters_are_heard_while_players_are_busy(
    rig: Rig, ada: Device, stalled_disk: int
) -> None:
    fill_the_journal(rig, ada)
    assert isinstance(rig.order(PauseHunt()), Accepted)
    assert isinstance(rig.order(AdjustPoints(OTTERS, 5)), Accepted)


def test_nobody_can_join_while_the_journal_is_full(
    rig: Rig, ada: Device, stalled_disk: int
) -> None:
    fill_the_journal(rig, ada)
    late = Device()
    with pytest.raises(AssertionError):
        late = rig.join(OTTERS, "Bob")
    assert late.welcomes == []
    assert BOB not in rig.team().players
