import pytest

from actors.domain.clock import Phase
from actors.domain.commands import (
    Announce,
    ExtendHunt,
    FinishHunt,
    FreezeLeaderboard,
    HuntCommand,
    PauseHunt,
    ResumeHunt,
    StartHunt,
    ThawLeaderboard,
)
from actors.domain.events import (
    Announced,
    AnyEvent,
    HuntExtended,
    HuntFinished,
    HuntPaused,
    HuntResumed,
    HuntSeeded,
    HuntStarted,
    LeaderboardFrozen,
    LeaderboardThawed,
)
from actors.domain.hunt import (
    ANNOUNCEMENTS_MAX,
    EXTENSION_S_MAX,
    RUNNING_S_MAX,
    Announcement,
    HuntState,
    Tick,
    decide,
    evolve,
    initial_hunt,
    next_deadline,
)
from actors.domain.ids import AnnouncementId, TeamId
from actors.domain.plan import HuntPlan
from actors.domain.refusals import Reason
from tests.domain.given import OTTERS, START, TERNS, found, given_plan, record, refused

PLAN = given_plan()


def given_hunt(*events: AnyEvent, plan: HuntPlan = PLAN) -> HuntState:
    state = initial_hunt(plan)
    for event in events:
        state = evolve(state, record(event))
    return state


DRAFT = given_hunt()
RUNNING = given_hunt(HuntStarted())
PAUSED = given_hunt(HuntStarted(), HuntPaused())
FINISHED = given_hunt(HuntStarted(), HuntFinished())


@pytest.mark.parametrize(
    ("state", "command", "event"),
    [
        (DRAFT, StartHunt(), HuntStarted()),
        (RUNNING, PauseHunt(), HuntPaused()),
        (PAUSED, ResumeHunt(), HuntResumed()),
        (RUNNING, FinishHunt(), HuntFinished()),
        (PAUSED, FinishHunt(), HuntFinished()),
    ],
)
def test_the_game_master_takes_a_hunt_through_its_phases(
    state: HuntState, command: HuntCommand, event: AnyEvent
) -> None:
    assert decide(state, command, START) == event


@pytest.mark.parametrize(
    ("state", "command", "reason", "word"),
    [
        (DRAFT, PauseHunt(), Reason.NOT_ALLOWED, "Start it"),
        (DRAFT, ResumeHunt(), Reason.NOT_ALLOWED, "Start it"),
        (DRAFT, FinishHunt(), Reason.NOT_ALLOWED, "Start it"),
        (RUNNING, StartHunt(), Reason.NO_CHANGE, "running"),
        (RUNNING, ResumeHunt(), Reason.NO_CHANGE, "running"),
        (PAUSED, PauseHunt(), Reason.NO_CHANGE, "paused"),
        (PAUSED, StartHunt(), Reason.NOT_ALLOWED, "Resume"),
        (FINISHED, StartHunt(), Reason.NOT_ALLOWED, "over"),
        (FINISHED, PauseHunt(), Reason.NOT_ALLOWED, "over"),
        (FINISHED, ResumeHunt(), Reason.NOT_ALLOWED, "over"),
        (FINISHED, FinishHunt(), Reason.NO_CHANGE, "over"),
    ],
)
def test_a_phase_that_cannot_follow_is_refused_with_what_to_do(
    state: HuntState, command: HuntCommand, reason: Reason, word: str
) -> None:
    outcome = refused(decide(state, command, START))
    assert outcome.reason is reason
    assert word in outcome.message


def test_the_leaderboard_is_frozen_and_thawed_once() -> None:
    assert decide(RUNNING, FreezeLeaderboard(), START) == LeaderboardFrozen()
    assert refused(decide(RUNNING, ThawLeaderboard(), START)).reason is Reason.NO_CHANGE
    frozen = given_hunt(LeaderboardFrozen())
    assert decide(frozen, ThawLeaderboard(), START) == LeaderboardThawed()
    assert refused(decide(frozen, FreezeLeaderboard(), START)).reason is Reason.NO_CHANGE
    assert not given_hunt(LeaderboardFrozen(), LeaderboardThawed()).is_frozen


# Announcements ------------------------------------------------------------------------------


def test_announcements_are_numbered_and_kept() -> None:
    first = decide(DRAFT, Announce("Welcome!\nHave fun."), START)
    assert first == Announced(AnnouncementId(1), "Welcome!\nHave fun.")
    state = given_hunt(first)
    second = decide(state, Announce("Storm", (TERNS, OTTERS, TERNS), "urgent"), START)
    assert second == Announced(AnnouncementId(2), "Storm", (TERNS, OTTERS), "urgent")
    kept = evolve(state, record(second, at=START + 5)).announcements[-1]
    assert kept == Announcement(AnnouncementId(2), "Storm", (TERNS, OTTERS), "urgent", START + 5)


@pytest.mark.parametrize(
    "command",
    [Announce(""), Announce(" \n"), Announce("a" * 1_001), Announce("a", (), "info"),
     Announce("a", None, "panic")],
)  # fmt: skip
def test_an_announcement_that_nobody_could_read_is_malformed(command: Announce) -> None:
    assert refused(decide(DRAFT, command, START)).reason is Reason.MALFORMED


def test_an_announcement_to_an_unknown_team_is_refused_whole() -> None:
    outcome = decide(DRAFT, Announce("Hi", (OTTERS, TeamId("ghosts"))), START)
    assert refused(outcome).reason is Reason.NOT_FOUND


def test_a_hunt_keeps_a_bounded_number_of_announcements() -> None:
    many = (Announced(AnnouncementId(n), "Hi") for n in range(1, ANNOUNCEMENTS_MAX + 1))
    outcome = decide(given_hunt(*many), Announce("One more"), START)
    assert refused(outcome).reason is Reason.NOT_ALLOWED


# Time ---------------------------------------------------------------------------------------

TIMED = given_plan(starts_at=START, duration_s=600.0)


def test_a_hunt_starts_by_itself_when_its_time_has_come() -> None:
    state = given_hunt(plan=TIMED)
    assert next_deadline(state) == START
    assert decide(state, Tick(), START - 0.1) is None
    assert decide(state, Tick(), START) == HuntStarted()


def test_a_hunt_ends_by_itself_when_its_time_is_up() -> None:
    state = given_hunt(HuntStarted(), plan=TIMED)
    assert next_deadline(state) == START + 600
    assert decide(state, Tick(), START + 599.9) is None
    assert decide(state, Tick(), START + 600) == HuntFinished()


def test_a_pause_moves_the_end() -> None:
    state = evolve(given_hunt(HuntStarted(), plan=TIMED), record(HuntPaused(), at=START + 100))
    assert next_deadline(state) is None
    assert decide(state, Tick(), START + 10_000) is None
    resumed = evolve(state, record(HuntResumed(), at=START + 400))
    assert next_deadline(resumed) == START + 900


@pytest.mark.parametrize("state", [DRAFT, RUNNING, PAUSED, FINISHED])
def test_without_times_in_the_plan_nothing_happens_by_itself(state: HuntState) -> None:
    assert next_deadline(state) is None
    assert decide(state, Tick(), START + 1e9) is None


@pytest.mark.parametrize("seconds", [300, -300, EXTENSION_S_MAX])
def test_a_hunt_is_made_longer_or_shorter(seconds: int) -> None:
    state = given_hunt(HuntStarted(), plan=TIMED)
    event = decide(state, ExtendHunt(seconds, " storm "), START + 100)
    assert event == HuntExtended(seconds, "storm")
    assert next_deadline(evolve(state, record(event))) == START + 600 + seconds


def test_a_hunt_is_extended_before_its_start_and_in_a_pause() -> None:
    draft = given_hunt(HuntExtended(60), plan=TIMED)
    assert next_deadline(evolve(draft, record(HuntStarted(), START))) == START + 660
    paused = evolve(given_hunt(HuntStarted(), plan=TIMED), record(HuntPaused(), at=START + 590))
    assert decide(paused, ExtendHunt(-10), START + 10_000) == HuntExtended(-10)
    assert refused(decide(paused, ExtendHunt(-11), START)).reason is Reason.NOT_ALLOWED


@pytest.mark.parametrize(
    ("state", "seconds", "now", "reason"),
    [
        (given_hunt(HuntStarted(), plan=TIMED), 0, START, Reason.MALFORMED),
        (given_hunt(HuntStarted(), plan=TIMED), EXTENSION_S_MAX + 1, START, Reason.MALFORMED),
        (given_hunt(HuntStarted(), plan=TIMED), -501, START + 100, Reason.NOT_ALLOWED),
        (given_hunt(plan=TIMED), -600, START, Reason.NOT_ALLOWED),
        (given_hunt(HuntStarted(), HuntFinished(), plan=TIMED), 60, START, Reason.NOT_ALLOWED),
        (RUNNING, 60, START, Reason.NOT_ALLOWED),
        (given_hunt(plan=given_plan(duration_s=RUNNING_S_MAX)), 1, START, Reason.NOT_ALLOWED),
    ],
)
def test_an_extension_that_cannot_be_is_refused(
    state: HuntState, seconds: int, now: float, reason: Reason
) -> None:
    assert refused(decide(state, ExtendHunt(seconds), now)).reason is reason


def test_an_extension_needs_a_short_reason() -> None:
    state = given_hunt(HuntStarted(), plan=TIMED)
    assert refused(decide(state, ExtendHunt(60, "x" * 501), START)).reason is Reason.MALFORMED


# Folding ------------------------------------------------------------------------------------


def test_a_new_plan_begins_as_a_draft() -> None:
    state = given_hunt(HuntStarted(), LeaderboardFrozen(), HuntSeeded(TIMED))
    assert state == initial_hunt(TIMED)
    assert state.clock.phase is Phase.DRAFT


def test_what_does_not_concern_the_hunt_leaves_it_as_it_is() -> None:
    for event in (found(), HuntStarted(), HuntResumed()):
        assert evolve(RUNNING, record(event)) is RUNNING
