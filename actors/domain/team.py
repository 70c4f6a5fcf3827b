"""The rules of one team: joining, hints, talking, and everything its score comes from.

The team's half of a claim is in `claims`, routes and requirements are in `routes`; both are
offered here too, so that a team's shell needs this module alone.
"""

from typing import assert_never

from actors.domain.claims import (
    Attempt,
    check_claim,
    no_location,
    not_open_to,
    not_playing,
    refusal_of,
)
from actors.domain.clock import Phase
from actors.domain.commands import (
    AdjustPoints,
    BuyHint,
    Disqualify,
    GrantHint,
    JoinTeam,
    MarkSeen,
    Reinstate,
    Say,
)
from actors.domain.events import (
    AnnouncementSeen,
    HintBought,
    HintGranted,
    PlayerJoined,
    PointsAdjusted,
    TeamDisqualified,
    TeamEvent,
    TeamReinstated,
    TeamSpoke,
)
from actors.domain.hunt import ANNOUNCEMENTS_MAX
from actors.domain.ids import PlayerId
from actors.domain.plan import HuntPlan
from actors.domain.refusals import Reason, Refusal
from actors.domain.routes import (
    is_unlocked,
    must_wait_for,
    newly_unlocked,
    steering_candidates,
    unlocked_at_s,
)
from actors.domain.team_history import TEAM_SESSIONS_MAX, evolve
from actors.domain.team_state import Find, TeamState, Trial, initial_team
from actors.domain.text import REASON_TOO_LONG, clean_name, clean_reason, clean_text, normalise

__all__ = [
    "TEAM_SESSIONS_MAX",
    "Attempt",
    "Find",
    "TeamState",
    "Trial",
    "check_claim",
    "decide",
    "evolve",
    "hint_text",
    "initial_team",
    "is_unlocked",
    "must_wait_for",
    "newly_unlocked",
    "refusal_of",
    "steering_candidates",
    "unlocked_at_s",
]

NAME_CHARS_MAX = 32
"""Characters of a player's name: what fits a line of the feed on a phone."""

SAY_CHARS_MAX = 500
"""Characters of what a player writes to the game masters."""

ADJUSTMENT_POINTS_MAX = 1_000_000
"""Points given or taken at once. Scores stay far below what JavaScript counts exactly."""

OwnCommand = BuyHint | Say | MarkSeen | JoinTeam | AdjustPoints | GrantHint | Disqualify | Reinstate


def decide(
    state: TeamState, command: OwnCommand, player: PlayerId | None, plan: HuntPlan, now: float
) -> TeamEvent | Refusal:
    """What happens when a player, or the game master (`player` is None), asks this of the team.

    `now` is in UTC seconds.
    """
    match command:
        case BuyHint() | Say() | MarkSeen():
            if player is None:
                return Refusal(Reason.NOT_ALLOWED, "Only a player of the team can do that.")
            return _decide_for_player(state, command, player, plan, now)
        case JoinTeam():
            return _join(state, command, plan)
        case AdjustPoints() | GrantHint() | Disqualify() | Reinstate():
            return _decide_for_game_master(state, command, plan)
        case _:
            assert_never(command)


def _decide_for_player(
    state: TeamState,
    command: BuyHint | Say | MarkSeen,
    player: PlayerId,
    plan: HuntPlan,
    now: float,
) -> TeamEvent | Refusal:
    match command:
        case BuyHint():
            return _buy_hint(state, command, player, plan, now)
        case Say():
            text = clean_text(command.text, SAY_CHARS_MAX)
            if text is None:
                return Refusal(
                    Reason.MALFORMED, f"Write 1 to {SAY_CHARS_MAX} characters, then send it."
                )
            return TeamSpoke(state.id, player, text)
        case MarkSeen(announcement=announcement):
            if not 1 <= announcement <= ANNOUNCEMENTS_MAX:
                return Refusal(Reason.NOT_FOUND, "There is no such announcement.")
            if announcement in state.seen:
                return Refusal(Reason.NO_CHANGE, "Your team has read this already.")
            return AnnouncementSeen(state.id, player, announcement)
        case _:
            assert_never(command)


def _buy_hint(
    state: TeamState, command: BuyHint, player: PlayerId, plan: HuntPlan, now: float
) -> TeamEvent | Refusal:
    """A hint may take the score below zero: a team that is stuck at zero needs help most."""
    refusal = not_playing(state, plan, now)
    if refusal is not None:
        return refusal
    location = plan.index.locations.get(command.location)
    if location is None:
        return no_location()
    refusal = not_open_to(state, location, plan)
    if refusal is not None:
        return refusal
    if not 0 <= command.hint < len(location.hints):
        return Refusal(Reason.NOT_FOUND, "This place has no such hint.")
    if command.hint in state.hints.get(command.location, ()):
        return Refusal(Reason.ALREADY_BOUGHT, "Your team has this hint already.")
    hint = location.hints[command.hint]
    available_s = (unlocked_at_s(state, location, plan) or 0.0) + hint.after_s
    wait_s = available_s - state.clock.elapsed_s(now)
    if wait_s > 0:
        return Refusal(Reason.TOO_EARLY, "This hint is not for sale yet. Try without it.", wait_s)
    return HintBought(state.id, command.location, player, command.hint, hint.cost)


def hint_text(event: HintBought, plan: HuntPlan) -> str:
    """The text of a hint that was just bought."""
    return plan.index.locations[event.location].hints[event.hint].text


def _join(state: TeamState, command: JoinTeam, plan: HuntPlan) -> TeamEvent | Refusal:
    if state.clock.phase is Phase.FINISHED:
        return Refusal(Reason.NOT_RUNNING, "The hunt is over; nobody can join it any more.")
    name = clean_name(command.name, NAME_CHARS_MAX)
    if name is None:
        return Refusal(
            Reason.MALFORMED, f"A name has 1 to {NAME_CHARS_MAX} characters; choose another."
        )
    player = PlayerId(normalise(name))
    if player not in state.players and len(state.players) >= plan.team_size_max:
        return Refusal(
            Reason.TEAM_FULL,
            f"The team has its {plan.team_size_max} players. "
            "If you are one of them, join under the same name as before.",
        )
    if len(state.sessions) < TEAM_SESSIONS_MAX:
        return PlayerJoined(state.id, player, name)
    if command.instead_of not in state.sessions:
        return Refusal(
            Reason.TEAM_FULL,
            f"The team is playing on {TEAM_SESSIONS_MAX} devices. Close Cairn on one of them first.",
        )
    return PlayerJoined(state.id, player, name, command.instead_of)


def _decide_for_game_master(
    state: TeamState, command: AdjustPoints | GrantHint | Disqualify | Reinstate, plan: HuntPlan
) -> TeamEvent | Refusal:
    reason = clean_reason(command.reason)
    if reason is None:
        return REASON_TOO_LONG
    match command:
        case AdjustPoints(points=points):
            if points == 0 or abs(points) > ADJUSTMENT_POINTS_MAX:
                return Refusal(
                    Reason.MALFORMED,
                    f"Give or take between 1 and {ADJUSTMENT_POINTS_MAX:,} points at once.",
                )
            return PointsAdjusted(state.id, points, reason)
        case GrantHint(location=location, hint=hint):
            refusal = _against_granting(state, command, plan)
            return refusal or HintGranted(state.id, location, hint, reason)
        case Disqualify():
            if state.disqualified:
                return Refusal(Reason.NO_CHANGE, "The team is disqualified already.")
            return TeamDisqualified(state.id, reason)
        case Reinstate():
            if not state.disqualified:
                return Refusal(Reason.NO_CHANGE, "The team is not disqualified.")
            return TeamReinstated(state.id, reason)
        case _:
            assert_never(command)


def _against_granting(state: TeamState, command: GrantHint, plan: HuntPlan) -> Refusal | None:
    """Why the team cannot be given the hint, if it cannot.

    Its phones are shown the place together with the hint, so it must be one that they may see.
    """
    location = plan.index.locations.get(command.location)
    if location is None or not 0 <= command.hint < len(location.hints):
        return Refusal(Reason.NOT_FOUND, "There is no such hint in this hunt.")
    if state.clock.phase not in (Phase.RUNNING, Phase.PAUSED):
        return Refusal(Reason.NOT_RUNNING, "The hunt does not run; nobody needs a hint.")
    if command.location in state.finds:
        return Refusal(Reason.ALREADY_FOUND, "The team has found this place already.")
    if command.hint in state.hints.get(command.location, ()):
        return Refusal(Reason.NO_CHANGE, "The team has this hint already.")
    if not is_unlocked(state, location, plan):
        return Refusal(Reason.LOCKED, "This place is still locked for the team.")
    return None
