import asyncio

import pytest

from actors.dispatch import mailbox_of
from actors.domain.clock import Phase
from actors.domain.commands import AdjustPoints, Say
from actors.domain.events import HuntFinished, LocationFound
from actors.domain.plan import Scoring
from actors.domain.refusals import Reason
from actors.messages import Accepted, ActorFailed, Answer
from tests.actors.conftest import StartRig
from tests.actors.edges import Device, reason
from tests.actors.rig import POISON, Rig, actor, folded, given_history, poison_team
from tests.domain.given import (
    ADA,
    BOB,
    HUNT,
    MILL,
    OTTERS,
    PIER,
    PIER_AT,
    TERNS,
    TOWER,
    answer,
    code,
    given_plan,
    standing_at,
)


class Bomb(Device):
    """A device whose every answer raises, as only a mistake of Cairn's own could."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self._error = error

    def answer(self, answer: Answer) -> None:
        raise self._error


@pytest.fixture
def ada(rig: Rig) -> Device:
    return given_history(rig)


# Rebuilding ---------------------------------------------------------------------------------


def test_a_failed_team_gets_a_successor_with_the_same_state(rig: Rig, ada: Device) -> None:
    before, old = rig.team(), rig.entry.teams[OTTERS]
    poison_team(rig)
    assert rig.entry.teams[OTTERS] is not old
    assert not old.is_alive()
    assert rig.team() == before
    assert reason(rig.ask(ada, Say("again"), n=1)) is Reason.ALREADY_APPLIED
    assert isinstance(rig.ask(ada, answer("lighthouse")), Accepted)


def test_a_failed_location_gets_a_successor_with_the_same_state(rig: Rig, ada: Device) -> None:
    before = rig.location(PIER)
    rig.entry.locations[PIER].tell(POISON)
    rig.run()
    assert rig.location(PIER) == before
    bob = rig.join(TERNS, "Bob")
    accepted = rig.ask(bob, code("lumen"), TERNS)
    assert isinstance(accepted, Accepted)
    assert accepted.record.event == LocationFound(TERNS, PIER, BOB, points=50, bonus=0, rank=2)


def test_a_failed_hunt_gets_a_successor_that_keeps_the_time(start_rig: StartRig) -> None:
    rig = start_rig(given_plan(duration_s=600.0))
    rig.start()
    rig.advance(100.0)
    before = rig.hunt()
    assert rig.entry.hunt is not None
    rig.entry.hunt.tell(POISON)
    rig.run()
    assert rig.hunt() == before
    rig.advance(500.0)
    assert rig.hunt().clock.phase is Phase.FINISHED
    assert len(rig.events(HuntFinished)) == 1


def test_a_failed_leaderboard_gets_a_successor_with_the_same_rows(rig: Rig, ada: Device) -> None:
    rig.commit()
    before = rig.rows()
    assert rig.entry.leaderboard is not None
    rig.entry.leaderboard.tell(POISON)
    rig.run()
    assert rig.rows() == before
    rig.order(AdjustPoints(TERNS, 1))
    rig.commit()
    assert {row.team: row.score for row in rig.rows()}[TERNS] == 1


def test_what_waits_for_a_failed_actor_is_handled_by_its_successor_in_order(
    rig: Rig, ada: Device
) -> None:
    rig.entry.teams[OTTERS].tell(POISON)
    texts = ["one", "two", "three"]
    for text in texts:
        rig.tell(ada, Say(text))
    rig.run()
    assert [getattr(event, "text", None) for event in rig.events()][-3:] == texts
    assert ada.reasons[-3:] == ["accepted"] * 3


def test_others_play_on_while_an_actor_is_rebuilt(rig: Rig, ada: Device) -> None:
    rig.is_reading_held = True
    poison_team(rig)
    rig.tell(ada, answer("lighthouse"))
    bob = rig.join(TERNS, "Bob")
    assert isinstance(rig.ask(bob, code("lumen"), TERNS), Accepted)
    assert ada.n == len(ada.answers) + 1
    rig.read_back()
    assert isinstance(ada.last, Accepted)
    assert rig.team().score == folded(rig.writer.records).hunts[HUNT].image.teams[OTTERS].score


def test_a_successor_knows_what_was_decided_while_it_was_read_back(
    start_rig: StartRig,
) -> None:
    rig = start_rig(given_plan(scoring=Scoring(finder_bonus=(20, 10))))
    ada = rig.join()
    rig.start()
    rig.is_reading_held = True
    mailbox_of(rig.entry.locations[PIER]).suspend()
    rig.tell(ada, code("lumen"))
    rig.run()
    poison_team(rig)
    assert ada.reasons == []
    mailbox_of(rig.entry.locations[PIER]).resume()
    rig.read_back()
    assert ada.reasons == ["accepted"]
    assert rig.team().finds[PIER].bonus == 20
    assert rig.team() == folded(rig.writer.records).hunts[HUNT].image.teams[OTTERS]


def test_a_successor_learns_of_what_was_decided_after_it_was_read_back(
    rig: Rig, ada: Device
) -> None:
    rig.is_reading_held = True
    mill = mailbox_of(rig.entry.locations[MILL])
    mill.suspend()
    claim = rig.tell(ada, answer("lighthouse"))
    rig.run()
    poison_team(rig)

    def decide() -> None:
        mill.resume()
        rig.run()

    rig.read_back(meanwhile=decide)
    assert rig.team() == folded(rig.writer.records).hunts[HUNT].image.teams[OTTERS]
    assert MILL in rig.team().finds
    assert reason(rig.ask(ada, answer("lighthouse"), n=claim)) is Reason.ALREADY_APPLIED


def test_a_verdict_for_the_predecessor_is_not_taken_for_the_successors_claim(
    rig: Rig, ada: Device
) -> None:
    # While the team is rebuilt, its next claim waits, and behind it the verdict on the last one.
    rig.is_reading_held = True
    mill = mailbox_of(rig.entry.locations[MILL])
    mill.suspend()
    first = rig.tell(ada, answer("lighthouse"))
    rig.run()
    poison_team(rig)
    second = rig.tell(ada, standing_at(*PIER_AT))
    mill.resume()
    rig.read_back()
    assert [(given.n, type(given)) for given in ada.answers[-2:]] == [
        (first, Accepted),
        (second, Accepted),
    ]
    assert ada.last.record.event.location == TOWER  # type: ignore[union-attr]
    assert (rig.team().finds[MILL].worth, rig.team().finds[TOWER].worth) == (30, 20)
    assert reason(rig.ask(ada, answer("lighthouse"), n=first)) is Reason.ALREADY_APPLIED


def test_a_claim_of_a_predecessor_is_not_decided_once_the_successor_goes_on(
    rig: Rig, ada: Device
) -> None:
    mill = mailbox_of(rig.entry.locations[MILL])
    mill.suspend()
    rig.tell(ada, answer("lighthouse"))
    rig.run()
    poison_team(rig)
    rig.ask(ada, Say("what was that?"))
    mill.resume()
    rig.run()
    assert ada.reasons[-2:] == ["busy", "busy"]  # The claim, and what came behind it.
    assert MILL not in rig.team().finds
    assert isinstance(rig.ask(ada, answer("lighthouse"), n=ada.n - 1), Accepted)


# Containment --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("a mistake"),
        asyncio.CancelledError("in Pykka's own loop this stops every actor"),
        KeyboardInterrupt("in the wrong moment"),
        SystemExit(1),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_failure_in_one_team_touches_no_other_actor(
    rig: Rig, ada: Device, error: BaseException
) -> None:
    others = [ref for ref in rig.entry.refs() if ref is not rig.entry.teams[OTTERS]]
    states = [actor(ref) for ref in others]
    bomb = Bomb(error)
    bomb.session, bomb.player = ada.session, ADA
    # Telling the device of the failure raises as well: nothing may come of that either.
    rig.ask(ada, Say("before"))
    rig.tell(bomb, Say("boom"), n=5)
    rig.run()
    assert isinstance(rig.ask(ada, Say("after"), n=6), Accepted)
    assert all(ref.is_alive() for ref in others)
    assert [actor(ref) for ref in others] == states
    bob = rig.join(TERNS, "Bob")
    assert isinstance(rig.ask(bob, code("lumen"), TERNS), Accepted)


def test_the_operator_is_told_who_failed_and_why(rig: Rig) -> None:
    poison_team(rig)
    rig.entry.locations[PIER].tell(POISON)
    rig.console.tell(POISON)
    rig.run()
    assert {(p.hunt, p.name, p.error, p.is_quarantined) for p in rig.pushes.of(ActorFailed)} == {
        (HUNT, "harbour/team/otters", "TypeError", False),
        (HUNT, "harbour/location/pier", "TypeError", False),
        (None, "console", "TypeError", False),
    }
