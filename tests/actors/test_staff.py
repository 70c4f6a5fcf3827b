import pytest

from actors.domain.commands import (
    BuyHint,
    ExtendHunt,
    GrantHint,
    HandleMessage,
    InviteStaff,
    OpenLocation,
    RevokeStaff,
    Say,
    ShowCards,
)
from actors.domain.events import (
    HintGranted,
    HuntExtended,
    HuntFinished,
    MessageHandled,
    StaffArrived,
    StaffInvited,
)
from actors.domain.ids import StaffId, TeamId
from actors.domain.refusals import Reason
from actors.domain.staff import Role, Staffer
from actors.messages import (
    Accepted,
    Arrived,
    Listed,
    LocationsChanged,
    PhaseChanged,
    StaffChanged,
    TeamChanged,
)
from tests.actors.conftest import StartRig
from tests.actors.edges import Device, reason
from tests.actors.rig import POISON, Rig
from tests.domain.given import HUNT, OTTERS, PIER, code, given_plan

INVITE = InviteStaff("Ben", "viewer", "d" * 64)
S1 = StaffId("s1")


@pytest.fixture
def timed(start_rig: StartRig) -> Rig:
    """A hunt of ten minutes that runs."""
    rig = start_rig(given_plan(duration_s=600.0))
    rig.start()
    return rig


def poison_hunt(rig: Rig) -> None:
    """Make the hunt's actor fail; its successor takes over."""
    assert rig.entry.hunt is not None
    rig.entry.hunt.tell(POISON)
    rig.read_back()


# Time ---------------------------------------------------------------------------------------


def test_an_extended_hunt_ends_later_and_everybody_knows_at_once(timed: Rig) -> None:
    timed.pushes.pushes.clear()
    assert isinstance(timed.order(ExtendHunt(60, "storm")), Accepted)
    (shown,) = timed.pushes.of(PhaseChanged)
    assert shown.hunt.duration_s == 660.0
    assert shown.hunt.ends_at == shown.hunt.elapsed_s + timed.dispatcher.now() + 660.0
    assert timed.pushes.of(TeamChanged) == []
    timed.advance(630.0)
    assert timed.events(HuntFinished) == []
    timed.advance(60.0)
    assert timed.events(HuntFinished) == [HuntFinished()]


def test_a_shortened_hunt_ends_earlier_and_its_teams_score_no_more(timed: Rig) -> None:
    ada = timed.join()
    timed.order(ExtendHunt(-590))
    assert timed.team().clock.duration_s == 10.0
    timed.advance(11.0)
    assert timed.events(HuntFinished) == [HuntFinished()]
    assert reason(timed.ask(ada, code("lumen"))) is Reason.NOT_RUNNING


def test_an_extension_is_recovered(timed: Rig, start_rig: StartRig) -> None:
    timed.order(ExtendHunt(60))
    timed.commit()
    again = start_rig(timed.plan, records=timed.writer.records)
    assert again.hunt() == timed.hunt()
    again.advance(630.0)
    assert again.events(HuntFinished) == []
    again.advance(60.0)
    assert again.events(HuntExtended, HuntFinished) == [HuntExtended(60), HuntFinished()]


# Hints --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Otters", "otters"])
def test_a_granted_hint_is_shown_to_all_phones_of_its_team(rig: Rig, name: str) -> None:
    ada = rig.join()
    rig.start()
    rig.pushes.pushes.clear()
    assert isinstance(rig.order(GrantHint(TeamId(name), PIER, 0, "fog")), Accepted)
    assert rig.events(HintGranted) == [HintGranted(OTTERS, PIER, 0, "fog")]
    (shown,) = rig.pushes.of(LocationsChanged)
    assert (shown.team, shown.locations, shown.but) == (OTTERS, (PIER,), None)
    assert rig.team().score == 0
    assert reason(rig.ask(ada, BuyHint(PIER, 0))) is Reason.ALREADY_BOUGHT


# Messages -----------------------------------------------------------------------------------


def spoken(rig: Rig, device: Device) -> int:
    """The position of something that a player just wrote."""
    answer = rig.ask(device, Say("Where do we park?"))
    assert isinstance(answer, Accepted)
    return answer.record.position


def test_a_message_can_be_handled_once_it_was_written(rig: Rig) -> None:
    ada = rig.join()
    position = spoken(rig, ada)
    assert isinstance(rig.order(HandleMessage(position, "claimed")), Accepted)
    assert reason(rig.order(HandleMessage(position, "done"), by=Device())) is Reason.NOT_ALLOWED
    assert isinstance(rig.order(HandleMessage(position, "done")), Accepted)
    assert rig.events(MessageHandled)[-1] == MessageHandled(position, "done")


def test_a_message_is_known_to_a_rebuilt_hunt_and_a_recovered_one(
    rig: Rig, start_rig: StartRig
) -> None:
    ada = rig.join()
    position = spoken(rig, ada)
    rig.order(HandleMessage(position, "claimed"))
    before = rig.hunt()
    poison_hunt(rig)
    assert rig.hunt() == before
    rig.commit()
    assert start_rig(rig.plan, records=rig.writer.records).hunt() == before


# Invitations --------------------------------------------------------------------------------


def test_everybody_at_the_edge_hears_who_is_invited(rig: Rig) -> None:
    assert isinstance(rig.order(INVITE), Accepted)
    assert [one.id for one in rig.pushes.of(StaffChanged)[-1].staff] == ["s1"]
    assert isinstance(rig.order(RevokeStaff(S1)), Accepted)
    assert rig.pushes.of(StaffChanged)[-1].staff == ()
    assert reason(rig.order(RevokeStaff(S1))) is Reason.NOT_FOUND


def test_a_rebuilt_hunt_says_again_who_is_invited(rig: Rig) -> None:
    rig.order(INVITE)
    rig.pushes.pushes.clear()
    poison_hunt(rig)
    assert [one.id for one in rig.pushes.of(StaffChanged)[-1].staff] == ["s1"]


def test_a_hunt_that_is_seeded_anew_has_no_staff(rig: Rig) -> None:
    rig.order(INVITE)
    rig.seed(rig.plan)
    rig.run()
    assert rig.hunt().staff.members == {}
    assert rig.events(StaffInvited)


# Arrivals -----------------------------------------------------------------------------------

ANN = Staffer("Ann", Role.OWNER)


def arrive(rig: Rig, device: Device) -> None:
    assert rig.entry.hunt is not None and device.staffer is not None
    rig.entry.hunt.tell(Arrived(device.session, device.staffer))
    rig.run()


def test_who_sits_at_a_console_is_journaled_once(rig: Rig) -> None:
    ann = Device(staffer=ANN)
    arrive(rig, ann)
    arrive(rig, ann)
    rig.order(OpenLocation(PIER), by=ann)
    (record,) = [one for one in rig.writer.records if isinstance(one.event, StaffArrived)]
    assert (record.event, record.session, record.n) == (
        StaffArrived("Ann", "owner"),
        ann.session,
        None,
    )


def test_a_command_introduces_its_game_master_to_any_hunt(rig: Rig) -> None:
    ann = Device(staffer=ANN)
    park = given_plan(hunt="park")
    rig.seed(park)
    rig.order(OpenLocation(PIER), by=ann, hunt=park.hunt)
    arrivals = [one.hunt for one in rig.writer.records if isinstance(one.event, StaffArrived)]
    assert arrivals == ["park"]


def test_nobody_is_journaled_while_the_disk_can_take_no_more(rig: Rig) -> None:
    rig.journal.is_exhausted = True
    arrive(rig, Device(staffer=ANN))
    assert rig.events(StaffArrived) == []


# Cards --------------------------------------------------------------------------------------


def test_the_cards_of_a_hunt_are_listed_and_nothing_is_journaled(rig: Rig) -> None:
    tail = rig.journal.tail
    listed = rig.order(ShowCards())
    assert isinstance(listed, Listed)
    assert (listed.hunt, listed.teams[0], listed.position) == (HUNT, (OTTERS, "Otters"), tail)
    assert rig.journal.tail == tail
    assert reason(rig.order(ShowCards(), n=listed.n)) is Reason.ALREADY_APPLIED
