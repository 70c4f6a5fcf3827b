import asyncio

import pykka
import pytest

from actors import supervisor
from actors.domain.commands import AdjustPoints, Say, StartHunt
from actors.domain.refusals import Reason
from actors.messages import Accepted, ActorFailed
from actors.rebuild import RESTART_WINDOW_S, RESTARTS_MAX
from tests.actors.edges import Device, reason
from tests.actors.rig import POISON, Rig, given_history, poison_team
from tests.domain.given import (
    MILL,
    OTTERS,
    PIER,
    SEALS,
    TERNS,
    answer,
    code,
)


@pytest.fixture
def ada(rig: Rig) -> Device:
    return given_history(rig)


def test_an_actor_that_fails_too_often_is_quarantined(rig: Rig, ada: Device) -> None:
    for _ in range(RESTARTS_MAX):
        poison_team(rig)
        assert isinstance(rig.ask(ada, Say("still here")), Accepted)
    poison_team(rig)
    assert rig.pushes.of(ActorFailed)[-1].is_quarantined
    assert rig.supervisor.quarantined == {"harbour/team/otters"}
    assert reason(rig.ask(ada, Say("anybody?"))) is Reason.INTERNAL
    assert reason(rig.order(AdjustPoints(OTTERS, 5))) is Reason.INTERNAL
    with pytest.raises(AssertionError):
        rig.join()


def test_a_quarantined_team_leaves_the_others_alone(rig: Rig, ada: Device) -> None:
    for _ in range(RESTARTS_MAX + 1):
        poison_team(rig)
    bob = rig.join(TERNS, "Bob")
    assert isinstance(rig.ask(bob, code("lumen"), TERNS), Accepted)
    assert isinstance(rig.order(AdjustPoints(SEALS, 5)), Accepted)


def test_a_quarantined_team_passes_over_nothing_that_must_come_again(rig: Rig, ada: Device) -> None:
    for _ in range(RESTARTS_MAX + 1):
        poison_team(rig)
    ada.busy_from = 30
    assert reason(rig.ask(ada, Say("later"), n=31)) is Reason.BUSY
    assert reason(rig.ask(ada, Say("now"), n=30)) is Reason.INTERNAL
    assert reason(rig.ask(ada, Say("later"), n=31)) is Reason.INTERNAL


def test_claims_at_a_quarantined_location_are_answered(rig: Rig, ada: Device) -> None:
    for _ in range(RESTARTS_MAX + 1):
        rig.entry.locations[MILL].tell(POISON)
        rig.run()
    assert reason(rig.ask(ada, answer("lighthouse"))) is Reason.INTERNAL
    assert isinstance(rig.ask(ada, Say("strange place")), Accepted)


def test_failures_that_are_far_apart_are_forgiven(rig: Rig, ada: Device) -> None:
    for _ in range(3 * RESTARTS_MAX):
        poison_team(rig)
        rig.commit()
        rig.advance(RESTART_WINDOW_S / RESTARTS_MAX + 1)
    assert rig.supervisor.quarantined == set()
    assert isinstance(rig.ask(ada, Say("still here")), Accepted)


def test_setting_the_wall_clock_forgives_no_failure(
    rig: Rig, ada: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = rig.dispatcher.now
    for hours in range(RESTARTS_MAX + 1):
        monkeypatch.setattr(rig.dispatcher, "now", lambda: now() + hours * 3_600.0)  # noqa: B023
        poison_team(rig)
    assert rig.supervisor.quarantined == {"harbour/team/otters"}


# Stopping -----------------------------------------------------------------------------------


def test_stopping_leaves_no_actor_behind_not_even_one_that_is_being_rebuilt() -> None:
    before = set(pykka.ActorRegistry.get_all())
    with Rig() as rig:
        rig.is_reading_held = True
        poison_team(rig)
        for _ in range(RESTARTS_MAX + 1):
            rig.entry.locations[PIER].tell(POISON)
            rig.run()
    assert set(pykka.ActorRegistry.get_all()) == before


def test_a_hunt_that_was_replaced_while_an_actor_was_rebuilt_stays_new(
    rig: Rig, ada: Device
) -> None:
    rig.is_reading_held = True
    poison_team(rig)
    rig.seed(rig.plan)
    rig.run()
    refs, alive = rig.entry.refs(), set(pykka.ActorRegistry.get_all())
    rig.read_back()
    assert rig.entry.refs() == refs
    assert set(pykka.ActorRegistry.get_all()) == alive
    assert rig.team().players == {}
    assert isinstance(rig.order(StartHunt()), Accepted)


def test_an_actor_that_cannot_be_rebuilt_is_quarantined(rig: Rig, ada: Device) -> None:
    rig.is_reading_held = True
    poison_team(rig)
    ((_, rebuild),) = rig._reads
    rig._reads.clear()
    rebuild(rig.writer.records[1:])  # A journal that does not begin with the hunt's seeding.
    rig.run()
    assert rig.pushes.of(ActorFailed)[-1].is_quarantined
    assert rig.supervisor.quarantined == {"harbour/team/otters"}
    assert reason(rig.ask(ada, Say("anybody?"))) is Reason.INTERNAL
    assert isinstance(rig.order(AdjustPoints(SEALS, 5)), Accepted)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, asyncio.CancelledError])
def test_an_actor_that_cannot_be_rebuilt_is_quarantined_whatever_it_raises(
    rig: Rig, ada: Device, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    def fail(*_: object) -> None:
        raise error("planted")

    monkeypatch.setattr(supervisor, "successor_of", fail)
    poison_team(rig)
    assert rig.supervisor.quarantined == {"harbour/team/otters"}
    assert reason(rig.ask(ada, Say("anybody?"))) is Reason.INTERNAL
