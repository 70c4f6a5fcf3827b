import pytest
from msgspec.structs import replace

from actors.domain.commands import (
    AdjustPoints,
    GameMasterCommand,
    HuntScoped,
    InvalidPlan,
    PauseHunt,
    Say,
    SeedHunt,
    StartHunt,
)
from actors.domain.events import (
    HuntSeeded,
)
from actors.domain.ids import HuntId, LocationId, TeamId
from actors.domain.refusals import Reason
from actors.messages import (
    Accepted,
    Answer,
    HuntOpened,
    HuntReplaced,
    Refused,
    Request,
    Seeded,
)
from actors.supervisor import ACTORS_MAX
from tests.actors.conftest import StartRig
from tests.actors.edges import Device
from tests.actors.rig import Rig, folded
from tests.domain.given import HUNT, OTTERS, SEALS, TERNS, code, given_plan

PARK = HuntId("park")
MOLES, MOON = TeamId("moles"), LocationId("moon")


def refusal(given: Answer) -> tuple[Reason, str]:
    assert isinstance(given, Refused), given
    return given.refusal.reason, given.refusal.message


def seeded(given: Answer) -> Seeded:
    assert isinstance(given, Seeded), given
    return given


def test_a_new_plan_opens_a_hunt_that_can_be_played(rig: Rig) -> None:
    plan = given_plan(hunt=PARK, title="The Park")
    given = seeded(rig.order(SeedHunt(plan), PARK))
    assert (given.hunt, given.is_applied, given.changes) == (PARK, True, ())
    assert given.teams == ((OTTERS, "Otters"), (TERNS, "Terns"), (SEALS, "Seals"))
    assert given.position == rig.journal.tail
    record = rig.writer.records[-1]
    assert record.event == HuntSeeded(plan)
    assert (record.session, record.n) == (rig.game_master.session, given.n)
    rig.join(OTTERS, "Ada", PARK)
    assert isinstance(rig.order(StartHunt(), PARK), Accepted)


def test_seeding_again_shows_what_would_change_and_changes_nothing(rig: Rig) -> None:
    rig.start()
    tail = rig.journal.tail
    changed = replace(rig.plan, title="Another title")
    given = seeded(rig.order(SeedHunt(changed)))
    assert not given.is_applied
    assert len(given.changes) == 1
    assert "Another title" in given.changes[0]
    assert rig.journal.tail == tail
    assert rig.hunt().plan.title == "Harbour Lights"


def test_seeding_the_same_plan_again_has_nothing_to_do(rig: Rig) -> None:
    tail = rig.journal.tail
    given = seeded(rig.order(SeedHunt(given_plan())))
    assert (given.is_applied, given.changes) == (True, ())
    assert rig.journal.tail == tail


def test_replacing_drops_the_progress_and_stops_the_old_actors(rig: Rig) -> None:
    ada = rig.join()
    rig.start()
    rig.ask(ada, code("lumen"))
    old = rig.entry.refs()
    rig.pushes.pushes.clear()
    assert seeded(rig.order(SeedHunt(given_plan(), replace=True))).is_applied
    assert rig.team().score == 0
    assert rig.team().players == {}
    assert not any(ref.is_alive() for ref in old)
    assert [type(push) for push in rig.pushes.of(HuntReplaced, HuntOpened)] == [
        HuntReplaced,
        HuntOpened,
    ]


@pytest.mark.parametrize("seed", range(12))
def test_what_waited_when_a_hunt_was_replaced_is_answered_but_never_journaled(
    start_rig: StartRig, seed: int
) -> None:
    rig = start_rig(seed=seed)
    ada, bob, late = rig.join(), rig.join(TERNS, "Bob"), Device()
    rig.start()
    staff = rig.game_master
    smaller = given_plan(teams=rig.plan.teams[2:])
    rig.tell(ada, code("lumen"))
    rig.tell(ada, Say("behind the claim"))
    rig.tell(bob, Say("hello"), TERNS)
    commands: list[GameMasterCommand] = [PauseHunt(), AdjustPoints(OTTERS, 5)]
    for number, command in enumerate(commands, 1):
        rig.console.tell(Request(staff, staff.n + number, HuntScoped(HUNT, command)))
    rig.console.tell(Request(staff, staff.n + 3, HuntScoped(HUNT, SeedHunt(smaller, True))))
    rig.run()
    records = rig.writer.records
    last_seed = max(i for i, r in enumerate(records) if isinstance(r.event, HuntSeeded))
    assert records[last_seed + 1 :] == []
    assert len(ada.answers) == 2
    assert len(bob.answers) == 1
    assert [given.n for given in staff.answers].count(staff.n + 1) == 1
    assert len(staff.answers) == 4
    assert late.answers == []
    image = folded(records).hunts[HUNT].image
    assert image.hunt == rig.hunt()
    assert image.teams == {SEALS: rig.team(SEALS)}


def test_a_plan_with_mistakes_is_refused_with_all_of_them(rig: Rig) -> None:
    mistakes = ("plan:3: one", "plan:5: two")
    rig.console.tell(Request(rig.game_master, 1, InvalidPlan(mistakes)))
    rig.run()
    given = rig.game_master.last
    assert refusal(given) == (
        Reason.INVALID_PLAN,
        "The plan has 2 mistakes; nothing was changed.",
    )
    assert isinstance(given, Refused)
    assert given.details == mistakes


def test_a_hunt_that_does_not_fit_on_the_server_is_refused(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = len(rig.entry.refs())
    assert used < ACTORS_MAX
    monkeypatch.setattr("actors.supervisor.ACTORS_MAX", 2 * used - 1)
    reason, message = refusal(rig.order(SeedHunt(given_plan(hunt=PARK)), PARK))
    assert reason is Reason.NOT_ALLOWED
    assert str(used) in message
    # A hunt that takes its own place again does fit.
    assert seeded(rig.order(SeedHunt(given_plan(), replace=True))).is_applied
