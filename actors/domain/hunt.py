"""The rules of a hunt as a whole: phases, time, announcements, freezing the leaderboard.

Those of its staff are in `staff`.
"""

from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from actors.domain import staff
from actors.domain.clock import HuntClock, Phase
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
    HuntEvent,
    HuntExtended,
    HuntFinished,
    HuntPaused,
    HuntResumed,
    HuntSeeded,
    HuntStarted,
    LeaderboardFrozen,
    LeaderboardThawed,
    MessageHandled,
    Record,
    StaffArrived,
    StaffInvited,
    StaffRevoked,
)
from actors.domain.ids import AnnouncementId, TeamId
from actors.domain.plan import HuntPlan
from actors.domain.refusals import Reason, Refusal
from actors.domain.staff import StaffState
from actors.domain.text import REASON_TOO_LONG, clean_reason, clean_text

ANNOUNCEMENTS_MAX = 500
"""Announcements of one hunt: one a minute for eight hours. All are in every snapshot."""

ANNOUNCEMENT_CHARS_MAX = 1_000
"""Characters: what people read on a phone without scrolling away from the hunt."""

EXTENSION_S_MAX = 86_400
"""Seconds that a hunt is made longer or shorter by at once: a day. More is a typing mistake."""

RUNNING_S_MAX = 31_622_400
"""Seconds that a hunt may run in all, a year: as long as a plan may say."""

LEVELS = ("info", "warning", "urgent")
"""How loudly an announcement is shown."""


class Tick(Struct, frozen=True):
    """Time passed: whatever is due happens."""


class Announcement(Struct, frozen=True):
    """What the game master told teams."""

    id: AnnouncementId
    text: str
    to: tuple[TeamId, ...] | None
    """None: everybody."""
    level: str
    at: float
    """UTC seconds."""


class HuntState(Struct, frozen=True):
    """A hunt without its teams and locations."""

    plan: HuntPlan
    clock: HuntClock = HuntClock()
    announcements: tuple[Announcement, ...] = ()
    is_frozen: bool = False
    """Whether the public's leaderboard stands still."""
    staff: StaffState = StaffState()


def initial_hunt(plan: HuntPlan) -> HuntState:
    """The hunt before anything happened: a draft."""
    return HuntState(plan=plan, clock=HuntClock(duration_s=plan.duration_s))


def decide(state: HuntState, command: HuntCommand | Tick, now: float) -> HuntEvent | Refusal | None:
    """What happens when this is asked at `now` (UTC seconds).

    Returns:
        The event, or why not. None only for a `Tick` when nothing is due.
    """
    match command:
        case Tick():
            return _due(state, now)
        case Announce():
            return _announce(state, command)
        case FreezeLeaderboard():
            if state.is_frozen:
                return Refusal(Reason.NO_CHANGE, "The public leaderboard is frozen already.")
            return LeaderboardFrozen()
        case ThawLeaderboard():
            if not state.is_frozen:
                return Refusal(Reason.NO_CHANGE, "The public leaderboard is not frozen.")
            return LeaderboardThawed()
        case StartHunt() | PauseHunt() | ResumeHunt() | FinishHunt():
            return _change_phase(state.clock.phase, command)
        case ExtendHunt():
            return _extend(state.clock, command, now)
        case _:
            assert_never(command)


def evolve(state: HuntState, record: Record) -> HuntState:
    """The hunt after what happened; itself when it is not concerned."""
    event = record.event
    match event:
        case HuntSeeded():
            return initial_hunt(event.plan)
        case Announced():
            made = Announcement(event.announcement, event.text, event.to, event.level, record.at)
            return replace(state, announcements=(*state.announcements, made))
        case LeaderboardFrozen():
            return replace(state, is_frozen=True)
        case LeaderboardThawed():
            return replace(state, is_frozen=False)
        case MessageHandled() | StaffInvited() | StaffRevoked() | StaffArrived():
            after = staff.evolve(state.staff, record)
            return state if after is state.staff else replace(state, staff=after)
        case _:
            clock = state.clock.after(event, record.at)
            return state if clock is state.clock else replace(state, clock=clock)


def next_deadline(state: HuntState) -> float | None:
    """UTC seconds when the next `Tick` has something to do; None when time changes nothing."""
    if state.clock.phase is Phase.DRAFT:
        return state.plan.starts_at
    return state.clock.ends_at()


def _due(state: HuntState, now: float) -> HuntEvent | None:
    deadline = next_deadline(state)
    if deadline is None or now < deadline:
        return None
    return HuntStarted() if state.clock.phase is Phase.DRAFT else HuntFinished()


def _change_phase(
    phase: Phase, command: StartHunt | PauseHunt | ResumeHunt | FinishHunt
) -> HuntEvent | Refusal:
    match command, phase:
        case StartHunt(), Phase.DRAFT:
            return HuntStarted()
        case PauseHunt(), Phase.RUNNING:
            return HuntPaused()
        case ResumeHunt(), Phase.PAUSED:
            return HuntResumed()
        case FinishHunt(), Phase.RUNNING | Phase.PAUSED:
            return HuntFinished()
        case FinishHunt(), Phase.FINISHED:
            return Refusal(Reason.NO_CHANGE, "The hunt is over already.")
        case _, Phase.FINISHED:
            return Refusal(
                Reason.NOT_ALLOWED, "The hunt is over. Seed it again with replace to play it anew."
            )
        case _, Phase.DRAFT:
            return Refusal(Reason.NOT_ALLOWED, "The hunt has not started. Start it first.")
        case PauseHunt(), _:
            return Refusal(Reason.NO_CHANGE, "The hunt is paused already.")
        case StartHunt(), Phase.PAUSED:
            return Refusal(Reason.NOT_ALLOWED, "The hunt is paused. Resume it to go on.")
        case _:
            return Refusal(Reason.NO_CHANGE, "The hunt is running already.")


def _extend(clock: HuntClock, command: ExtendHunt, now: float) -> HuntEvent | Refusal:
    if command.seconds == 0 or abs(command.seconds) > EXTENSION_S_MAX:
        return Refusal(
            Reason.MALFORMED,
            f"Make the hunt longer or shorter by 1 to {EXTENSION_S_MAX:,} seconds at once.",
        )
    reason = clean_reason(command.reason)
    if reason is None:
        return REASON_TOO_LONG
    if clock.phase is Phase.FINISHED:
        return Refusal(Reason.NOT_ALLOWED, "The hunt is over; it cannot be made longer any more.")
    if clock.duration_s is None:
        return Refusal(
            Reason.NOT_ALLOWED, "This hunt has no end by itself. Finish it when it is time."
        )
    duration_s = clock.duration_s + command.seconds
    # A clock that was set back must not make room for an end that has passed.
    if duration_s <= 0 or duration_s < max(clock.ran_s, clock.elapsed_s(now)):
        return Refusal(
            Reason.NOT_ALLOWED, "It would have ended already. Take less, or finish the hunt."
        )
    if duration_s > RUNNING_S_MAX:
        return Refusal(Reason.NOT_ALLOWED, "A hunt runs for a year at most.")
    return HuntExtended(command.seconds, reason)


def _announce(state: HuntState, command: Announce) -> HuntEvent | Refusal:
    text = clean_text(command.text, ANNOUNCEMENT_CHARS_MAX)
    if text is None:
        return Refusal(
            Reason.MALFORMED,
            f"An announcement has 1 to {ANNOUNCEMENT_CHARS_MAX} characters; change its text.",
        )
    if command.level not in LEVELS:
        return Refusal(Reason.MALFORMED, f"The level must be one of: {', '.join(LEVELS)}.")
    to = command.to
    if to is not None:
        if not to:
            return Refusal(Reason.MALFORMED, "Name at least one team, or send it to all.")
        unknown = [team for team in to if team not in state.plan.index.team_orders]
        if unknown:
            return Refusal(Reason.NOT_FOUND, f"There is no team {unknown[0]!r} in this hunt.")
        to = tuple(dict.fromkeys(to))
    if len(state.announcements) >= ANNOUNCEMENTS_MAX:
        return Refusal(
            Reason.NOT_ALLOWED,
            f"A hunt has at most {ANNOUNCEMENTS_MAX} announcements, and this one has them.",
        )
    return Announced(AnnouncementId(len(state.announcements) + 1), text, to, command.level)
