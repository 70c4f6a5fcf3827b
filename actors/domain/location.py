"""The rules of one location: who found it in which order, stock, places, open or closed."""

from collections.abc import Mapping
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from actors.domain.claims import Attempt, found_already
from actors.domain.commands import CloseLocation, OpenLocation, RestoreFind, VoidFind
from actors.domain.events import (
    ClaimFailed,
    FindRestored,
    FindVoided,
    LocationClosed,
    LocationEvent,
    LocationFound,
    LocationOpened,
    Record,
    Rerank,
    TeamDisqualified,
    TeamSteered,
)
from actors.domain.growing_map import with_entry
from actors.domain.ids import LocationId, TeamId
from actors.domain.plan import HuntPlan, Location, Lockout, Scoring
from actors.domain.proof import distant_proof, holds, missing_proof, wrong_proof
from actors.domain.refusals import Reason, Refusal
from actors.domain.text import REASON_TOO_LONG, clean_reason

LOCKOUT_MAX_S = 86_400.0
"""Seconds in a day: no hunt is longer, and a growing lock-out must stay finite."""

LOCKOUT_STEPS_MAX = 64
"""Times that a lock-out grows; a factor of 1.2 gets from one second to a day in 63."""


class Steer(Struct, frozen=True):
    """The route of a team may lead here: asks for one of the location's places."""

    team: TeamId


class LocationState(Struct, frozen=True):
    """A location in a hunt. Its map is never changed in place."""

    id: LocationId
    is_open: bool = True
    finds: Mapping[TeamId, bool] = {}
    """Team -> whether its find is void, in the order in which they came."""
    standing: int = 0
    """Finds that are not void."""
    steered: tuple[TeamId, ...] = ()
    """Teams that hold a place: steered here, and neither found it nor left."""


def initial_location(location: Location) -> LocationState:
    """The location before anything happened: open, unfound."""
    return LocationState(id=location.id)


def decide(
    state: LocationState,
    command: Attempt | Steer | OpenLocation | CloseLocation | VoidFind | RestoreFind,
    plan: HuntPlan,
    now: float,
) -> LocationEvent | Refusal:
    """What happens at the location when this is asked at `now` (UTC seconds)."""
    match command:
        case Attempt():
            return arbitrate(state, command, plan, now)
        case Steer():
            return _give_place(state, command.team, plan)
        case OpenLocation():
            if state.is_open:
                return Refusal(Reason.NO_CHANGE, "This place is open already.")
            return LocationOpened(state.id)
        case CloseLocation():
            if not state.is_open:
                return Refusal(Reason.NO_CHANGE, "This place is closed already.")
            return LocationClosed(state.id)
        case VoidFind():
            return _void(state, command, plan)
        case RestoreFind():
            return _restore(state, command, plan)
        case _:
            assert_never(command)


def evolve(state: LocationState, record: Record) -> LocationState:
    """The location after what happened; itself when it is not concerned."""
    event = record.event
    if type(event) is LocationFound:  # Nearly always.
        if event.location != state.id:
            return state
        team, steered = event.team, state.steered
        if steered and team in steered:
            steered = _without(steered, team)
        finds = with_entry(state.finds, team, False)
        return replace(state, finds=finds, standing=state.standing + 1, steered=steered)
    match event:
        case TeamSteered() if event.location == state.id:
            return replace(state, steered=(*state.steered, event.team))
        case TeamDisqualified() if event.team in state.steered:
            return replace(state, steered=_without(state.steered, event.team))
        case LocationOpened() if event.location == state.id:
            return replace(state, is_open=True)
        case LocationClosed() if event.location == state.id:
            # Whoever was on the way is steered elsewhere, so nobody waits for a closed place.
            return replace(state, is_open=False, steered=())
        case FindVoided() if event.location == state.id:
            finds = with_entry(state.finds, event.team, True)
            return replace(state, finds=finds, standing=state.standing - 1)
        case FindRestored() if event.location == state.id:
            finds = with_entry(state.finds, event.team, False)
            return replace(state, finds=finds, standing=state.standing + 1)
        case _:
            return state


def arbitrate(
    state: LocationState, attempt: Attempt, plan: HuntPlan, now: float
) -> LocationEvent | Refusal:
    """What becomes of a claim that the team itself has nothing against."""
    location, claim = plan.index.locations[state.id], attempt.claim
    if not state.is_open:
        return Refusal(Reason.CLOSED, "The game master closed this place for now.")
    is_void = state.finds.get(attempt.team)
    if is_void is not None:
        return found_already(is_void)
    if location.stock is not None and state.standing >= location.stock:
        return _stock_gone()
    if not holds(claim, location):
        # The position comes before what costs points: nobody pays who is not even there.
        refusal = missing_proof(claim, location) or distant_proof(claim, location)
        if refusal is not None:
            return refusal
        wrong = wrong_proof(claim, location)
        if wrong is not None:
            return _fail(attempt, wrong, plan.scoring, now)
    rank = state.standing + 1
    return LocationFound(
        team=attempt.team,
        location=state.id,
        player=attempt.player,
        points=location.points,
        bonus=_bonus(plan, rank),
        rank=rank,
        captured_at=claim.captured_at,
    )


def _fail(attempt: Attempt, wrong: Refusal, scoring: Scoring, now: float) -> ClaimFailed:
    failures, lockouts = attempt.failures + 1, attempt.lockouts
    message, locked_until = wrong.message, None
    lockout = scoring.lockout
    if lockout is not None and failures >= lockout.after:
        wait_s = lockout_s(lockout, lockouts)
        failures, lockouts, locked_until = 0, lockouts + 1, now + wait_s
        message = f"{message} Wait {wait_s:.0f} s before the next claim here."
    return ClaimFailed(
        team=attempt.team,
        location=attempt.claim.location,
        player=attempt.player,
        reason=wrong.reason,
        message=message,
        penalty=scoring.wrong_claim,
        failures=failures,
        lockouts=lockouts,
        locked_until=locked_until,
    )


def lockout_s(lockout: Lockout, earlier: int) -> float:
    """Seconds that a lock-out lasts after so many `earlier` ones; at most `LOCKOUT_MAX_S`."""
    wait_s = lockout.for_s
    for _ in range(min(earlier, LOCKOUT_STEPS_MAX)):
        wait_s *= lockout.factor
        if wait_s >= LOCKOUT_MAX_S:
            break
    return min(wait_s, LOCKOUT_MAX_S)


def _give_place(state: LocationState, team: TeamId, plan: HuntPlan) -> LocationEvent | Refusal:
    location = plan.index.locations[state.id]
    if not state.is_open:
        return Refusal(Reason.CLOSED, "This place is closed for now.")
    if team in state.finds:
        return found_already(state.finds[team])
    if team in state.steered:
        return Refusal(Reason.NO_CHANGE, "The team is steered here already.")
    if _is_stock_promised(state, location):
        return _stock_gone()
    if location.capacity is not None and len(state.steered) >= location.capacity:
        return Refusal(Reason.LOCKED, "This place is full: as many teams as fit are on the way.")
    return TeamSteered(team, state.id)


def _is_stock_promised(state: LocationState, location: Location) -> bool:
    """Whether every treasure is found or kept for a team on the way.

    A place on a route comes with a treasure: a team that was sent somewhere must not find that
    there is nothing left, since its route lets it go nowhere else.
    """
    return location.stock is not None and state.standing + len(state.steered) >= location.stock


def _void(state: LocationState, command: VoidFind, plan: HuntPlan) -> LocationEvent | Refusal:
    is_void = state.finds.get(command.team)
    if is_void is None:
        return Refusal(Reason.NOT_FOUND, "That team has not found this place.")
    if is_void:
        return Refusal(Reason.NO_CHANGE, "That find is void already.")
    reason = clean_reason(command.reason)
    if reason is None:
        return REASON_TOO_LONG
    rank, reranked = 0, []
    is_later = False
    for team, void in state.finds.items():
        if team == command.team:
            is_later = True
        elif not void:
            rank += 1
            if is_later:
                reranked.append(Rerank(team, rank, _bonus(plan, rank)))
    return FindVoided(command.team, state.id, reason, tuple(reranked))


def _restore(state: LocationState, command: RestoreFind, plan: HuntPlan) -> LocationEvent | Refusal:
    is_void = state.finds.get(command.team)
    if is_void is None:
        return Refusal(Reason.NOT_FOUND, "That team has not found this place.")
    if not is_void:
        return Refusal(Reason.NO_CHANGE, "That find counts already.")
    if _is_stock_promised(state, plan.index.locations[state.id]):
        return _stock_gone()
    reason = clean_reason(command.reason)
    if reason is None:
        return REASON_TOO_LONG
    rank, reranked = 0, []
    is_later = False
    for team, void in state.finds.items():
        is_restored = team == command.team
        is_later = is_later or is_restored
        if is_restored or not void:
            rank += 1
            if is_later:
                reranked.append(Rerank(team, rank, _bonus(plan, rank)))
    return FindRestored(command.team, state.id, reason, tuple(reranked))


def _bonus(plan: HuntPlan, rank: int) -> int:
    bonuses = plan.scoring.finder_bonus
    return bonuses[rank - 1] if rank <= len(bonuses) else 0


def _stock_gone() -> Refusal:
    return Refusal(Reason.STOCK_GONE, "Nothing is left here: other teams were first.")


def _without(teams: tuple[TeamId, ...], team: TeamId) -> tuple[TeamId, ...]:
    return tuple(other for other in teams if other != team)
