import pytest
from msgspec.structs import replace

from actors.applied import AppliedNumbers
from actors.dispatch import mailbox_of
from actors.domain.commands import (
    AdjustPoints,
    BuyHint,
    Disqualify,
    JoinTeam,
    MarkSeen,
    Reinstate,
    Say,
)
from actors.domain.events import (
    ClaimFailed,
    LocationFound,
    PlayerJoined,
    TeamDisqualified,
)
from actors.domain.ids import AnnouncementId, LocationId
from actors.domain.plan import Scoring
from actors.domain.refusals import Reason, Refusal
from actors.domain.team_history import TEAM_SESSIONS_MAX
from actors.messages import (
    Accepted,
    Answer,
    Join,
    Joined,
    LocationsChanged,
    Refused,
    Resume,
    TeamChanged,
)
from actors.team import TeamActor
from tests.actors.conftest import StartRig
from tests.actors.edges import Device, Unfoldable, reason
from tests.actors.rig import Rig, actor, replace_actor
from tests.domain.given import (
    ADA,
    MILL,
    OTTERS,
    PIER,
    TOWER,
    answer,
    code,
    given_plan,
    refused,
    requires,
)


class Witness(Device):
    """A device that notes how far the journal was whenever it was answered."""

    def __init__(self, rig: Rig) -> None:
        super().__init__()
        self._rig = rig
        self.tails: list[int] = []

    def answer(self, answer: Answer) -> None:
        self.tails.append(self._rig.journal.tail)
        super().answer(answer)


@pytest.fixture
def ada(rig: Rig) -> Device:
    device = rig.join()
    rig.start()
    return device


# Claims --------------------------------------------------------------------------------------


def test_a_right_claim_is_accepted_with_the_new_score(rig: Rig, ada: Device) -> None:
    accepted = rig.ask(ada, code("lumen"))
    assert isinstance(accepted, Accepted)
    assert (accepted.n, accepted.score) == (1, 50)
    assert accepted.record.event == LocationFound(OTTERS, PIER, ADA, 50)
    assert (accepted.record.session, accepted.record.n) == (ada.session, 1)
    assert rig.team().score == 50
    assert list(rig.location(PIER).finds) == [OTTERS]


def test_a_wrong_claim_is_refused_and_journaled(start_rig: StartRig) -> None:
    rig = start_rig(given_plan(scoring=Scoring(wrong_claim=-2)))
    ada = rig.join()
    rig.start()
    wrong = rig.ask(ada, code("nonsense"))
    assert isinstance(wrong, Refused)
    assert wrong.refusal.reason is Reason.WRONG_CODE
    assert wrong.score == -2
    assert rig.events(ClaimFailed) == [
        ClaimFailed(OTTERS, PIER, ADA, Reason.WRONG_CODE, wrong.refusal.message, -2)
    ]
    assert wrong.position == rig.journal.tail


def test_a_find_tells_what_it_unlocked(start_rig: StartRig) -> None:
    plan = given_plan()
    pier, mill, tower = plan.locations
    locked = replace(mill, requires=requires(PIER))
    rig = start_rig(replace(plan, locations=(pier, locked, tower)))
    ada = rig.join()
    rig.start()
    assert isinstance(rig.ask(ada, answer("lighthouse")), Refused)
    accepted = rig.ask(ada, code("lumen"))
    assert isinstance(accepted, Accepted)
    assert [view.id for view in accepted.unlocked] == [MILL]


def test_what_the_team_alone_can_refuse_never_reaches_the_location(rig: Rig) -> None:
    ada = rig.join()
    mailbox_of(rig.entry.locations[PIER]).suspend()
    early = rig.ask(ada, code("lumen"))
    assert isinstance(early, Refused)
    assert early.refusal.reason is Reason.NOT_RUNNING
    assert mailbox_of(rig.entry.locations[PIER]).empty()


def test_an_answer_is_given_after_its_record_was_appended(rig: Rig) -> None:
    rig.start()
    witness = Witness(rig)
    joined = rig.join()
    witness.session, witness.player = joined.session, joined.player
    for command in (code("lumen"), BuyHint(MILL, 0), Say("hi"), code("again")):
        rig.ask(witness, command)
    for given, tail in zip(witness.answers, witness.tails, strict=True):
        rests_on = given.record.position if isinstance(given, Accepted) else given.position
        assert rests_on <= tail


# Failures ------------------------------------------------------------------------------------


def test_a_rule_that_raises_leaves_no_record_and_no_change(rig: Rig, ada: Device) -> None:
    rig.is_reading_held = True
    old, before = rig.entry.teams[OTTERS], rig.team()
    broken = replace(before, hints=Unfoldable())
    context = actor(old).context
    replace_actor(rig, old, lambda: TeamActor.start(context, broken, AppliedNumbers()))
    tail = rig.journal.tail
    given = rig.ask(ada, BuyHint(PIER, 0))
    assert reason(given) is Reason.INTERNAL
    assert rig.journal.tail == tail
    assert rig.team() is broken


def test_a_claim_is_answered_even_when_its_verdict_cannot_be_taken_in(
    rig: Rig, ada: Device
) -> None:
    old, before = rig.entry.teams[OTTERS], rig.team()
    broken = replace(before, finds=Unfoldable())
    context = actor(old).context
    replace_actor(rig, old, lambda: TeamActor.start(context, broken, AppliedNumbers()))
    # The location had decided; whoever rebuilds the team from the journal knows of the find.
    assert isinstance(rig.ask(ada, code("lumen")), Accepted)
    assert PIER in rig.team().finds


# What others decide --------------------------------------------------------------------------


def test_a_disqualified_team_is_told_so_and_reinstated(rig: Rig, ada: Device) -> None:
    assert isinstance(rig.order(Disqualify(OTTERS, "unfair")), Accepted)
    assert reason(rig.ask(ada, code("lumen"))) is Reason.DISQUALIFIED
    assert rig.events(TeamDisqualified) == [TeamDisqualified(OTTERS, "unfair")]
    assert isinstance(rig.order(Reinstate(OTTERS)), Accepted)
    assert isinstance(rig.ask(ada, code("lumen")), Accepted)


def test_a_read_announcement_is_noted_once(rig: Rig, ada: Device) -> None:
    assert isinstance(rig.ask(ada, MarkSeen(AnnouncementId(1))), Accepted)
    assert reason(rig.ask(ada, MarkSeen(AnnouncementId(1)))) is Reason.NO_CHANGE


def test_a_hint_is_answered_with_its_text(rig: Rig, ada: Device) -> None:
    bought = rig.ask(ada, BuyHint(PIER, 0))
    assert isinstance(bought, Accepted)
    assert (bought.text, bought.score) == ("It floats.", -10)


# Shown to the team itself --------------------------------------------------------------------


def test_the_rest_of_the_team_is_shown_a_find_at_once(rig: Rig, ada: Device) -> None:
    rig.pushes.pushes.clear()
    rig.ask(ada, code("lumen"))
    (shown,) = rig.pushes.of(LocationsChanged)
    assert (shown.team, shown.locations, shown.but) == (OTTERS, (PIER,), ada)
    assert shown.state is rig.team()


def test_nothing_is_made_up_for_an_audience_that_is_not_there(rig: Rig, ada: Device) -> None:
    rig.pushes.is_watched = False
    rig.pushes.pushes.clear()
    rig.ask(ada, code("lumen"))
    rig.ask(ada, BuyHint(MILL, 0))
    rig.order(AdjustPoints(OTTERS, 3))
    assert rig.pushes.of(LocationsChanged, TeamChanged) == []


def test_the_team_is_shown_a_newcomer_who_knows_already(rig: Rig, ada: Device) -> None:
    rig.pushes.pushes.clear()
    bob = rig.join(OTTERS, "Bob")
    (shown,) = rig.pushes.of(TeamChanged)
    assert shown.but is bob
    rig.pushes.pushes.clear()
    rig.join(OTTERS, "Bob")
    assert rig.pushes.of(TeamChanged) == []


# Joining -------------------------------------------------------------------------------------


def test_joining_is_journaled_with_the_session_and_welcomed_with_the_team(rig: Rig) -> None:
    device = rig.join(OTTERS, "  Ada ")
    (welcome,) = device.welcomes
    assert isinstance(welcome, Joined)
    assert (welcome.team.id, welcome.player, welcome.name) == (OTTERS, ADA, "Ada")
    assert (welcome.applied, welcome.position) == (0, rig.journal.tail)
    record = rig.writer.records[-1]
    assert record.event == PlayerJoined(OTTERS, ADA, "Ada")
    assert (record.session, record.n) == (device.session, None)


def test_a_join_that_the_rules_refuse_is_not_journaled(start_rig: StartRig) -> None:
    rig = start_rig(given_plan(team_size_max=1))
    rig.join(OTTERS, "Ada")
    tail = rig.journal.tail
    device = Device()
    rig.entry.teams[OTTERS].tell(Join(device, JoinTeam("Bob")))
    rig.run()
    assert refused(device.welcomes[-1]).reason is Reason.TEAM_FULL
    assert rig.journal.tail == tail


def test_a_session_that_the_team_does_not_know_cannot_resume(rig: Rig) -> None:
    stranger = Device()
    rig.entry.teams[OTTERS].tell(Resume(stranger))
    rig.run()
    (welcome,) = stranger.welcomes
    assert isinstance(welcome, Refusal)
    assert welcome.reason is Reason.NOT_ALLOWED


def test_a_device_that_left_the_team_can_neither_ask_nor_resume(rig: Rig, ada: Device) -> None:
    for _ in range(TEAM_SESSIONS_MAX):
        rig.join(OTTERS, "Ada")
    assert reason(rig.ask(ada, Say("still here?"))) is Reason.NOT_ALLOWED
    rig.entry.teams[OTTERS].tell(Resume(ada))
    rig.run()
    assert isinstance(ada.welcomes[-1], Refusal)


def test_a_team_cannot_handle_what_is_not_meant_for_it(rig: Rig) -> None:
    rig.dispatcher.on_failure = None
    rig.entry.teams[OTTERS].tell("nonsense")
    with pytest.raises(TypeError, match="cannot handle str"):
        rig.run()


def test_places_that_do_not_exist_are_not_found(rig: Rig, ada: Device) -> None:
    assert reason(rig.ask(ada, code("x", LocationId("moon")))) is Reason.NOT_FOUND
    assert reason(rig.ask(ada, BuyHint(LocationId("moon"), 0))) is Reason.NOT_FOUND
    assert TOWER not in rig.team().finds
