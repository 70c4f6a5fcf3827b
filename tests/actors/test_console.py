import pytest
from msgspec.structs import replace

from actors.admission import QUEUE_LIMITS
from actors.dispatch import REQUESTS_WAITING_MAX, Mailbox, mailbox_of
from actors.domain.commands import (
    AdjustPoints,
    Announce,
    CloseLocation,
    Disqualify,
    FinishHunt,
    FreezeLeaderboard,
    GameMasterCommand,
    HuntScoped,
    Malformed,
    OpenLocation,
    PauseHunt,
    Reinstate,
    RestoreFind,
    ResumeHunt,
    Say,
    StartHunt,
    ThawLeaderboard,
    VoidFind,
)
from actors.domain.events import (
    Announced,
    FindRestored,
    FindVoided,
    HuntFinished,
    HuntPaused,
    HuntResumed,
    HuntStarted,
    LeaderboardFrozen,
    LeaderboardThawed,
    LocationClosed,
    LocationFound,
    LocationOpened,
    PointsAdjusted,
    TeamDisqualified,
    TeamReinstated,
)
from actors.domain.ids import HuntId, LocationId, TeamId
from actors.domain.refusals import Reason
from actors.ladder import Mode, Shed, Step
from actors.messages import (
    Accepted,
    Activate,
    Answer,
    Refused,
    Request,
    Seeded,
    Switched,
)
from tests.actors.edges import Device
from tests.actors.rig import Rig, actor
from tests.domain.given import HUNT, MILL, OTTERS, PIER, answer, code, given_plan

PARK = HuntId("park")
MOLES, MOON = TeamId("moles"), LocationId("moon")

ROUTES: list[tuple[GameMasterCommand, type]] = [
    (StartHunt(), HuntStarted),
    (PauseHunt(), HuntPaused),
    (ResumeHunt(), HuntResumed),
    (FreezeLeaderboard(), LeaderboardFrozen),
    (ThawLeaderboard(), LeaderboardThawed),
    (Announce("Hello"), Announced),
    (Announce("Hello", (OTTERS,)), Announced),
    (AdjustPoints(OTTERS, 5), PointsAdjusted),
    (CloseLocation(PIER), LocationClosed),
    (OpenLocation(PIER), LocationOpened),
    (VoidFind(OTTERS, PIER), FindVoided),
    (RestoreFind(OTTERS, PIER), FindRestored),
    (Disqualify(OTTERS), TeamDisqualified),
    (Reinstate(OTTERS), TeamReinstated),
    (FinishHunt(), HuntFinished),
]
"""Every command of a game master but `SeedHunt`, in an order in which each is possible."""

UNKNOWN: list[GameMasterCommand] = [
    Announce("Hello", (OTTERS, MOLES)),
    AdjustPoints(MOLES, 5),
    Disqualify(MOLES),
    Reinstate(MOLES),
    VoidFind(MOLES, PIER),
    VoidFind(OTTERS, MOON),
    RestoreFind(MOLES, PIER),
    RestoreFind(OTTERS, MOON),
    OpenLocation(MOON),
    CloseLocation(MOON),
]


def refusal(given: Answer) -> tuple[Reason, str]:
    assert isinstance(given, Refused), given
    return given.refusal.reason, given.refusal.message


def seeded(given: Answer) -> Seeded:
    assert isinstance(given, Seeded), given
    return given


def test_every_command_reaches_the_actor_that_decides_it(rig: Rig) -> None:
    ada = rig.join()
    for command, kind in ROUTES:
        given = rig.order(command)
        assert isinstance(given, Accepted), (command, given)
        assert type(given.record.event) is kind
        assert (given.record.session, given.record.n) == (rig.game_master.session, given.n)
        if isinstance(command, StartHunt):
            rig.ask(ada, code("lumen"))
    expected = [kind for _, kind in ROUTES]
    journaled = [type(event) for event in rig.events(*expected)]
    assert [kind for kind in journaled if kind is not LocationFound] == expected


@pytest.mark.parametrize("command", UNKNOWN, ids=repr)
def test_an_unknown_id_is_named_and_changes_nothing(rig: Rig, command: GameMasterCommand) -> None:
    tail = rig.journal.tail
    reason, message = refusal(rig.order(command))
    assert reason is Reason.NOT_FOUND
    assert "moles" in message or "location" in message
    assert rig.journal.tail == tail


@pytest.mark.parametrize("command", [command for command, _ in ROUTES], ids=repr)
def test_every_command_for_an_unknown_hunt_is_refused_with_the_known_ones(
    rig: Rig, command: GameMasterCommand
) -> None:
    reason, message = refusal(rig.order(command, PARK))
    assert reason is Reason.NOT_FOUND
    assert "'park'" in message
    assert "harbour" in message


def test_a_hunt_must_be_named_when_there_are_several(rig: Rig) -> None:
    assert isinstance(rig.order(StartHunt(), None), Accepted)
    rig.seed(given_plan(hunt=PARK))
    reason, message = refusal(rig.order(PauseHunt(), None))
    assert reason is Reason.NOT_FOUND
    assert message == "Say which hunt is meant; the hunts here: harbour, park."
    assert isinstance(rig.order(PauseHunt()), Accepted)


@pytest.mark.parametrize("name", ["Otters", "OTTERS", "otters"])
def test_teams_can_be_called_by_their_name(rig: Rig, name: str) -> None:
    ada = rig.join()
    rig.start()
    rig.ask(ada, code("lumen"))
    team = TeamId(name)
    for command in (
        AdjustPoints(team, 5, "kind"),
        VoidFind(team, PIER, "wrong door"),
        RestoreFind(team, PIER, "sorry"),
        Disqualify(team, "unfair"),
        Reinstate(team, "forgiven"),
        Announce("Hello", (team,)),
    ):
        given = rig.order(command)
        assert isinstance(given, Accepted), given
        event = given.record.event
        assert getattr(event, "team", OTTERS) == OTTERS
        assert getattr(event, "to", (OTTERS,)) == (OTTERS,)
        assert getattr(event, "reason", None) == getattr(command, "reason", None)


def test_players_commands_are_not_allowed_at_the_console(rig: Rig) -> None:
    rig.console.tell(Request(rig.game_master, 1, Say("hello")))
    rig.run()
    assert refusal(rig.game_master.last)[0] is Reason.NOT_ALLOWED


def test_what_could_not_be_read_is_refused_in_its_turn(rig: Rig) -> None:
    rig.console.tell(Request(rig.game_master, 1, Malformed("It makes no sense.")))
    rig.run()
    assert refusal(rig.game_master.last) == (Reason.MALFORMED, "It makes no sense.")
    assert refusal(rig.order(StartHunt(), n=1))[0] is Reason.ALREADY_APPLIED


# Exactly once --------------------------------------------------------------------------------


def test_the_same_number_is_never_carried_out_twice(rig: Rig) -> None:
    rig.order(AdjustPoints(OTTERS, 5), n=1)
    assert refusal(rig.order(AdjustPoints(OTTERS, 5), n=1))[0] is Reason.ALREADY_APPLIED
    assert rig.team().score == 5


def test_one_counter_serves_all_hunts_of_a_game_master(rig: Rig) -> None:
    rig.seed(given_plan(hunt=PARK))
    rig.order(AdjustPoints(OTTERS, 5), HUNT, n=1)
    assert refusal(rig.order(AdjustPoints(OTTERS, 5), PARK, n=1))[0] is Reason.ALREADY_APPLIED
    assert isinstance(rig.order(AdjustPoints(OTTERS, 5), PARK, n=2), Accepted)


def test_each_game_master_has_a_counter(rig: Rig) -> None:
    rig.order(AdjustPoints(OTTERS, 5), n=1)
    assert isinstance(rig.order(AdjustPoints(OTTERS, 5), n=1, by=Device()), Accepted)


# Busy ----------------------------------------------------------------------------------------


def test_game_masters_are_busy_only_when_their_reserve_is_used_up(
    rig: Rig,
) -> None:
    rig.journal.limits = replace(QUEUE_LIMITS, records=50)
    while not rig.journal.is_full:
        assert isinstance(rig.order(AdjustPoints(OTTERS, 1)), Accepted)
    while not rig.journal.is_exhausted:
        assert isinstance(rig.order(AdjustPoints(OTTERS, 1)), Accepted)
    held = rig.order(PauseHunt())
    assert refusal(held)[0] is Reason.BUSY
    rig.commit()
    assert refusal(rig.order(StartHunt(), n=held.n + 1))[0] is Reason.BUSY
    assert refusal(rig.order(PauseHunt(), n=held.n))[0] is Reason.NOT_ALLOWED
    assert isinstance(rig.order(StartHunt(), n=held.n + 1), Accepted)


def test_a_request_under_way_before_the_busy_one_does_not_open_the_gate(rig: Rig) -> None:
    rig.game_master.busy_from = 2
    rig.order(AdjustPoints(OTTERS, 1), n=1)
    assert refusal(rig.order(AdjustPoints(OTTERS, 4), n=3))[0] is Reason.BUSY
    rig.order(AdjustPoints(OTTERS, 2), n=2)
    rig.order(AdjustPoints(OTTERS, 4), n=3)
    assert [event.points for event in rig.events(PointsAdjusted)] == [1, 2, 4]  # type: ignore[union-attr]


# Failures ------------------------------------------------------------------------------------


def test_a_console_that_fails_answers_and_goes_on(rig: Rig) -> None:
    rig.console.tell("nonsense")
    rig.console.tell(Activate())
    rig.run()
    assert isinstance(rig.order(StartHunt()), Accepted)
    assert actor(rig.console).applied.of(rig.game_master.session) == 1


# The shedding ladder -------------------------------------------------------------------------


def test_a_switch_of_the_ladder_is_handed_on_once_and_leaves_no_record(rig: Rig) -> None:
    command, tail = Shed(Step.MAP, Mode.ON), rig.journal.tail
    for _ in range(2):
        rig.console.tell(Request(rig.game_master, 1, command))
    rig.run()
    assert rig.switched == [command]
    assert rig.game_master.answers[0] == Switched(1, tail)
    assert refusal(rig.game_master.answers[1])[0] is Reason.ALREADY_APPLIED
    assert rig.journal.tail == tail


def test_a_switch_waits_its_turn_behind_a_request_that_was_answered_busy(rig: Rig) -> None:
    rig.game_master.busy_from = 2
    rig.console.tell(Request(rig.game_master, 3, Shed(Step.MAP, Mode.ON)))
    rig.run()
    assert refusal(rig.game_master.last)[0] is Reason.BUSY
    assert rig.switched == []


# One at a time ------------------------------------------------------------------------------


def given_team_that_waits(rig: Rig) -> Mailbox:
    """The otters stash what they are told until the mill, whose mailbox this is, goes on."""
    ada = rig.join()
    rig.start()
    mill = mailbox_of(rig.entry.locations[MILL])
    mill.suspend()
    rig.tell(ada, answer("lighthouse"))
    rig.run()
    return mill


def test_orders_of_a_session_are_journaled_in_their_order_whoever_decides_them(rig: Rig) -> None:
    mill = given_team_that_waits(rig)
    staff = Device()
    for command in (AdjustPoints(OTTERS, 5), CloseLocation(PIER), PauseHunt()):
        rig.console.tell(Request(staff, staff.next_n(), HuntScoped(HUNT, command)))
    rig.run()
    assert staff.answers == []
    assert rig.console_applied(staff) == 0
    mill.resume()
    rig.run()
    assert [one.n for one in rig.writer.records if one.session == staff.session] == [1, 2, 3]
    assert [given.n for given in staff.answers] == [1, 2, 3]
    assert rig.console_applied(staff) == 3


def test_a_session_does_not_wait_for_what_another_ordered(rig: Rig) -> None:
    mill = given_team_that_waits(rig)
    rig.order(AdjustPoints(OTTERS, 5))
    assert isinstance(rig.order(PauseHunt(), by=Device()), Accepted)
    mill.resume()


def test_what_waits_is_bounded_and_answered_busy_beyond(rig: Rig) -> None:
    mill = given_team_that_waits(rig)
    staff = Device()
    for _ in range(REQUESTS_WAITING_MAX + 2):
        command = HuntScoped(HUNT, AdjustPoints(OTTERS, 5))
        rig.console.tell(Request(staff, staff.next_n(), command))
    rig.run()
    assert staff.reasons == ["busy"]
    mill.resume()
    rig.run()
    assert staff.reasons == ["busy", *["accepted"] * (REQUESTS_WAITING_MAX + 1)]


class GoneDevice(Device):
    """A connection that is closed: it does not know what it was answered."""

    def has_outcome(self, n: int) -> bool:
        return False


def test_an_order_is_answered_once_though_its_team_fails_after_that_and_nobody_listens(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(push: object) -> None:
        raise RuntimeError(push)

    gone = GoneDevice()
    with monkeypatch.context() as patched:
        patched.setattr(actor(rig.entry.teams[OTTERS]), "_show_team", fail)
        rig.order(AdjustPoints(OTTERS, 5), by=gone)
    assert [answer.n for answer in gone.answers] == [1]
