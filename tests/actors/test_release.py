import gc
import logging
import weakref

import pytest
from msgspec.structs import replace

from actors.dispatch import mailbox_of
from actors.domain.commands import AdjustPoints, JoinTeam, Say
from actors.domain.refusals import Reason
from actors.location import LocationActor
from actors.messages import Accepted, Join, Joined
from tests.actors.edges import Device, Unfoldable, reason
from tests.actors.rig import Rig, actor, given_history, poison_team, replace_actor
from tests.domain.given import (
    MILL,
    OTTERS,
    answer,
    refused,
)


@pytest.fixture
def ada(rig: Rig) -> Device:
    return given_history(rig)


def test_a_request_that_made_its_team_fail_is_answered(rig: Rig, ada: Device) -> None:
    stranger = Device()
    stranger.session = ada.session  # Without a player: the claim cannot even begin.
    assert reason(rig.ask(stranger, answer("lighthouse"), n=9)) is Reason.INTERNAL


def test_a_claim_whose_location_fails_is_answered_and_the_team_goes_on(
    rig: Rig, ada: Device
) -> None:
    old = rig.entry.locations[MILL]
    broken, context = replace(rig.location(MILL), finds=Unfoldable()), actor(old).context
    replace_actor(rig, old, lambda: LocationActor.start(context, broken))
    assert reason(rig.ask(ada, answer("lighthouse"))) is Reason.INTERNAL
    assert isinstance(rig.ask(ada, answer("lighthouse")), Accepted)


def test_what_a_failed_team_had_begun_and_what_waited_behind_it_is_busy(
    rig: Rig, ada: Device
) -> None:
    mailbox_of(rig.entry.locations[MILL]).suspend()
    first = rig.tell(ada, answer("lighthouse"))
    for _ in range(2):
        rig.tell(ada, Say("waits"))
    rig.run()
    poison_team(rig)
    assert [(given.n, reason(given).value) for given in ada.answers[-3:]] == [
        (first, "busy"),
        (first + 1, "busy"),
        (first + 2, "busy"),
    ]
    mailbox_of(rig.entry.locations[MILL]).resume()
    assert isinstance(rig.ask(ada, answer("lighthouse"), n=first), Accepted)
    assert isinstance(rig.ask(ada, Say("waits"), n=first + 1), Accepted)


def test_an_order_that_waited_for_a_failed_team_is_busy_and_can_come_again(
    rig: Rig, ada: Device
) -> None:
    mailbox_of(rig.entry.locations[MILL]).suspend()
    rig.tell(ada, answer("lighthouse"))
    rig.order(AdjustPoints(OTTERS, 5))
    poison_team(rig)
    assert reason(rig.game_master.last) is Reason.BUSY
    again = rig.order(AdjustPoints(OTTERS, 5), n=rig.game_master.n)
    assert isinstance(again, Accepted)
    mailbox_of(rig.entry.locations[MILL]).resume()


def test_a_failed_team_with_a_claim_out_is_freed(
    rig: Rig, ada: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A log that is kept holds the exception, whose frames hold the actor.
    monkeypatch.setattr(logging.getLogger("cairn.supervisor"), "disabled", True)
    mailbox_of(rig.entry.locations[MILL]).suspend()
    failed = weakref.ref(actor(rig.entry.teams[OTTERS]))
    rig.tell(ada, answer("lighthouse"))
    rig.run()
    poison_team(rig)
    mailbox_of(rig.entry.locations[MILL]).resume()
    rig.run()
    gc.collect()
    assert failed() is None


def test_a_join_that_made_its_team_fail_is_answered(rig: Rig) -> None:
    device = Device()
    rig.entry.teams[OTTERS].tell(Join(device, None))  # type: ignore[arg-type]
    rig.run()
    assert refused(device.welcomes[-1]).reason is Reason.INTERNAL
    rig.entry.teams[OTTERS].tell(Join(device, JoinTeam("Ada")))
    rig.run()
    assert isinstance(device.welcomes[-1], Joined)
