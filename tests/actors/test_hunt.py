import pytest
from msgspec.structs import replace

from actors.domain.clock import Phase
from actors.domain.commands import (
    Announce,
    FinishHunt,
    FreezeLeaderboard,
    PauseHunt,
    ResumeHunt,
    StartHunt,
    ThawLeaderboard,
)
from actors.domain.events import (
    Announced,
    HuntFinished,
    HuntPaused,
    HuntResumed,
    HuntSeeded,
    HuntStarted,
    LeaderboardFrozen,
    LeaderboardThawed,
)
from actors.domain.ids import AnnouncementId, TeamId
from actors.domain.refusals import Reason
from actors.hunt import TIMER_STEP_MAX_S, HuntActor
from actors.messages import Accepted, AnnouncementMade, PhaseChanged
from actors.simulation.timeline import EPOCH_S
from tests.actors.conftest import StartRig
from tests.actors.edges import Unfoldable, reason
from tests.actors.rig import Rig, actor, replace_actor
from tests.domain.given import HUNT, OTTERS, SEALS, TERNS, code, given_plan

TEAMS = (OTTERS, TERNS, SEALS)
HOUR_S = 3600.0


def phases(rig: Rig) -> set[Phase]:
    return {rig.hunt().clock.phase, *(rig.team(team).clock.phase for team in TEAMS)}


def times(rig: Rig, *kinds: type) -> list[float]:
    """When events of some kinds were decided, in seconds since the virtual time began."""
    return [r.at - EPOCH_S for r in rig.writer.records if isinstance(r.event, kinds)]


# Phases -------------------------------------------------------------------------------------


def test_every_change_of_phase_reaches_every_team(rig: Rig) -> None:
    assert phases(rig) == {Phase.DRAFT}
    for command, phase in (
        (StartHunt(), Phase.RUNNING),
        (PauseHunt(), Phase.PAUSED),
        (ResumeHunt(), Phase.RUNNING),
        (FinishHunt(), Phase.FINISHED),
    ):
        assert isinstance(rig.order(command), Accepted)
        assert phases(rig) == {phase}
    assert [type(event) for event in rig.events()][1:] == [
        HuntStarted,
        HuntPaused,
        HuntResumed,
        HuntFinished,
    ]


def test_phases_are_shown_at_once_disk_or_no_disk(rig: Rig) -> None:
    rig.pushes.pushes.clear()
    rig.order(StartHunt())
    (shown,) = rig.pushes.of(PhaseChanged)
    assert (shown.hunt.id, shown.hunt.phase) == (HUNT, Phase.RUNNING)
    assert rig.journal.watermark == 0


def test_an_impossible_change_is_refused_without_a_record(rig: Rig) -> None:
    tail = rig.journal.tail
    assert reason(rig.order(PauseHunt())) is Reason.NOT_ALLOWED
    assert rig.journal.tail == tail
    assert phases(rig) == {Phase.DRAFT}


# Timers -------------------------------------------------------------------------------------


def test_a_planned_start_happens_at_its_time_and_not_before(start_rig: StartRig) -> None:
    rig = start_rig(given_plan(starts_at=EPOCH_S + HOUR_S))
    rig.advance(HOUR_S - 0.001)
    assert phases(rig) == {Phase.DRAFT}
    rig.advance(0.001)
    assert phases(rig) == {Phase.RUNNING}
    assert times(rig, HuntStarted) == [HOUR_S]
    (started,) = [r for r in rig.writer.records if isinstance(r.event, HuntStarted)]
    assert (started.session, started.n) == (None, None)


def test_a_limited_hunt_ends_by_itself_once(start_rig: StartRig) -> None:
    rig = start_rig(given_plan(duration_s=2 * HOUR_S))
    rig.start()
    rig.advance(10 * HOUR_S)
    assert times(rig, HuntFinished) == [2 * HOUR_S]
    assert phases(rig) == {Phase.FINISHED}


def test_a_pause_postpones_the_end_by_its_length(start_rig: StartRig) -> None:
    rig = start_rig(given_plan(duration_s=HOUR_S))
    rig.start()
    rig.advance(600.0)
    rig.order(PauseHunt())
    rig.advance(HOUR_S)
    rig.order(ResumeHunt())
    rig.advance(HOUR_S)
    assert times(rig, HuntFinished) == [2 * HOUR_S]


def test_a_hunt_that_is_started_early_still_ends_on_time(start_rig: StartRig) -> None:
    # The look at the far planned start must not delay the near end.
    rig = start_rig(given_plan(starts_at=EPOCH_S + HOUR_S, duration_s=10.0))
    rig.advance(TIMER_STEP_MAX_S + 1)
    rig.start()
    rig.advance(HOUR_S)
    assert times(rig, HuntFinished) == [TIMER_STEP_MAX_S + 11]


def test_pausing_often_sets_no_more_timers_than_one_needs(start_rig: StartRig) -> None:
    rig = start_rig(given_plan(duration_s=HOUR_S))
    rig.start()
    for _ in range(50):
        rig.order(PauseHunt())
        rig.order(ResumeHunt())
    handled = rig.dispatcher.messages_handled
    rig.advance(10 * TIMER_STEP_MAX_S)
    assert rig.dispatcher.messages_handled - handled <= 11


def test_without_a_plan_for_time_nothing_ever_happens_by_itself(rig: Rig) -> None:
    rig.start()
    tail = rig.journal.tail
    rig.advance(1_000 * HOUR_S)
    assert rig.journal.tail == tail


def test_a_hunt_that_was_stopped_rings_no_more(start_rig: StartRig) -> None:
    rig = start_rig(given_plan(duration_s=60.0))
    rig.start()
    rig.supervisor.stop_hunt(HUNT)
    rig.advance(HOUR_S)
    assert times(rig, HuntFinished) == []


def test_nobody_scores_in_the_moment_in_which_the_end_is_due(start_rig: StartRig) -> None:
    rig = start_rig(given_plan(duration_s=60.0))
    ada = rig.join()
    rig.start()
    rig.commit()  # A disk that was stuck for a minute would be a reason of its own.
    rig.advance(59.999)
    rig.tell(ada, code("lumen"))
    rig.advance(0.001)
    assert isinstance(ada.last, Accepted)
    assert reason(rig.ask(ada, code("lumen"))) is Reason.NOT_RUNNING


# Announcements ------------------------------------------------------------------------------


def test_an_announcement_is_numbered_kept_and_shown_at_once(rig: Rig) -> None:
    rig.pushes.pushes.clear()
    for text in ("Welcome!", "Rain is coming."):
        assert isinstance(rig.order(Announce(text)), Accepted)
    made = [push.announcement for push in rig.pushes.of(AnnouncementMade)]
    assert [(one.id, one.text, one.to) for one in made] == [
        (1, "Welcome!", None),
        (2, "Rain is coming.", None),
    ]
    assert rig.hunt().announcements == tuple(made)
    assert rig.journal.watermark == 0


def test_an_announcement_to_some_teams_names_them_by_id(rig: Rig) -> None:
    rig.order(Announce("Hurry!", (TeamId("Terns"), TeamId("otters")), "urgent"))
    assert rig.events(Announced) == [
        Announced(AnnouncementId(1), "Hurry!", (TERNS, OTTERS), "urgent")
    ]


def test_an_announcement_without_text_is_refused(rig: Rig) -> None:
    assert reason(rig.order(Announce("  "))) is Reason.MALFORMED
    assert rig.events(Announced) == []


def test_freezing_and_thawing_are_not_shown_as_a_phase(rig: Rig) -> None:
    rig.pushes.pushes.clear()
    assert isinstance(rig.order(FreezeLeaderboard()), Accepted)
    assert isinstance(rig.order(ThawLeaderboard()), Accepted)
    assert rig.pushes.of(PhaseChanged) == []
    assert [type(event) for event in rig.events()][1:] == [LeaderboardFrozen, LeaderboardThawed]


# Failures -----------------------------------------------------------------------------------


class UnfoldableTuple(tuple[object, ...]):
    """Announcements that no new ones can be added to."""

    __slots__ = ()

    def __iter__(self) -> object:  # type: ignore[override]
        raise RuntimeError("this state cannot change")


def test_a_rule_that_raises_leaves_no_record_and_no_change(rig: Rig) -> None:
    old = rig.entry.hunt
    assert old is not None
    broken = replace(rig.hunt(), announcements=UnfoldableTuple())
    context = actor(old).context
    replace_actor(rig, old, lambda: HuntActor.start(context, broken))
    rig.is_reading_held = True
    assert reason(rig.order(Announce("Hello"))) is Reason.INTERNAL
    assert rig.hunt() is broken
    assert [type(event) for event in rig.events()] == [HuntSeeded]


def test_a_hunt_cannot_handle_what_is_not_meant_for_it(rig: Rig) -> None:
    rig.dispatcher.on_failure = None
    assert rig.entry.hunt is not None
    rig.entry.hunt.tell(Unfoldable())
    with pytest.raises(TypeError, match="cannot handle Unfoldable"):
        rig.run()
