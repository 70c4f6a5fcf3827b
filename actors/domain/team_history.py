"""How what happened changes a team.

Between a team's own events, a location's and the hunt's, the order in which they reach a live
team may differ from the journal's. Each fold here therefore gives the same state in either order:
the score is a sum, finds have keys, and hunt times are worked out anew where a change of the clock
alters them.
"""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from actors.domain.clock import HuntClock
from actors.domain.events import (
    AnnouncementSeen,
    AnyEvent,
    ClaimFailed,
    FindRestored,
    FindVoided,
    HintBought,
    HintGranted,
    HuntExtended,
    HuntFinished,
    HuntPaused,
    HuntResumed,
    HuntStarted,
    LocationClosed,
    LocationFound,
    PlayerJoined,
    PointsAdjusted,
    Record,
    TeamDisqualified,
    TeamReinstated,
    TeamSteered,
)
from actors.domain.growing_map import with_entry, with_values, without_entry
from actors.domain.plan import HuntPlan
from actors.domain.team_state import Find, TeamState, Trial

TEAM_SESSIONS_MAX = 64
"""Devices that may be in a team at a time: ten for each player of a usual team. Of those that are
not connected, the one that joined first leaves for the next."""


def evolve(state: TeamState, record: Record, plan: HuntPlan) -> TeamState:  # noqa: ARG001
    """The team after what happened; itself when it is not concerned."""
    event: Any = record.event
    kind = type(event)
    if kind is LocationFound:  # Nearly always.
        return _found(state, event, record.at) if event.team == state.id else state
    fold = _OF_ONE_TEAM.get(kind)
    if fold is not None:
        return fold(state, event, record) if event.team == state.id else state
    fold = _OF_SOME_TEAMS.get(kind)
    return state if fold is None else fold(state, event, record)


def _granted(state: TeamState, event: HintBought | HintGranted, _: Record) -> TeamState:
    known = (*state.hints.get(event.location, ()), event.hint)
    return replace(state, hints=with_entry(state.hints, event.location, known))


def _bought(state: TeamState, event: HintBought, record: Record) -> TeamState:
    return replace(_granted(state, event, record), score=state.score - event.cost)


def _found(state: TeamState, event: LocationFound, at: float) -> TeamState:
    location, points, bonus = event.location, event.points, event.bonus
    find = Find(points, bonus, event.rank, at, state.clock.elapsed_s(at))
    finds, trials = with_entry(state.finds, location, find), state.trials
    if trials:
        trials = without_entry(trials, location)
    after = replace(state, finds=finds, trials=trials, score=state.score + points + bonus)
    return _without_target(after) if state.target == location else after


def _failed(state: TeamState, event: ClaimFailed, _: Record) -> TeamState:
    trial = Trial(event.failures, event.lockouts, event.locked_until)
    trials = with_entry(state.trials, event.location, trial)
    return replace(state, trials=trials, score=state.score + event.penalty)


def _steered(state: TeamState, event: TeamSteered, record: Record) -> TeamState:
    at = record.at
    since_s = state.clock.elapsed_s(at)
    return replace(state, target=event.location, target_at=at, target_since_s=since_s)


def _saw(state: TeamState, event: AnnouncementSeen, _: Record) -> TeamState:
    return replace(state, seen=state.seen | {event.announcement})


def _adjusted(state: TeamState, event: PointsAdjusted, _: Record) -> TeamState:
    return replace(state, score=state.score + event.points)


def _put_out(state: TeamState, _event: TeamDisqualified, _record: Record) -> TeamState:
    return replace(_without_target(state), disqualified=True)


def _let_in(state: TeamState, _event: TeamReinstated, _record: Record) -> TeamState:
    return replace(state, disqualified=False)


def _without_target(state: TeamState) -> TeamState:
    if state.target is None:
        return state
    return replace(state, target=None, target_at=None, target_since_s=0.0)


def _closed(state: TeamState, event: LocationClosed, _: Record) -> TeamState:
    return _without_target(state) if event.location == state.target else state


def _corrected(state: TeamState, event: FindVoided | FindRestored, _: Record) -> TeamState:
    find = state.finds.get(event.location)
    if find is None:
        return state
    rank, bonus, is_void = find.rank, find.bonus, find.void
    if event.team == state.id:
        is_void = isinstance(event, FindVoided)
    for rerank in event.reranked:
        if rerank.team == state.id:
            rank, bonus = rerank.rank, rerank.bonus
            break
    after = replace(find, rank=rank, bonus=bonus, void=is_void)
    if after == find:
        return state
    score = state.score - find.worth + after.worth
    finds = with_entry(state.finds, event.location, after)
    return replace(state, finds=finds, score=score)


def _extended(state: TeamState, event: HuntExtended, record: Record) -> TeamState:
    return replace(state, clock=state.clock.after(event, record.at))


def _clocked(state: TeamState, event: AnyEvent, record: Record) -> TeamState:
    clock = state.clock.after(event, record.at)
    return state if clock is state.clock else _timed(state, clock, record.at)


def _timed(state: TeamState, clock: HuntClock, changed_at: float) -> TeamState:
    """The team under a clock that changed at a moment (UTC seconds).

    Hunt time up to then stays what it was, so there is hardly ever a find to be timed anew: one from
    after the change that was folded before it, or from before the wall clock was set back.
    """
    finds = state.finds
    if any(find.at > changed_at for find in finds.values()):
        finds = with_values(finds, lambda find: replace(find, elapsed_s=clock.elapsed_s(find.at)))
    since_s = 0.0 if state.target_at is None else clock.elapsed_s(state.target_at)
    return replace(state, clock=clock, finds=finds, target_since_s=since_s)


def _joined(state: TeamState, event: PlayerJoined, record: Record) -> TeamState:
    players = state.players | {event.player: event.name}
    if record.session is None:
        return replace(state, players=players)
    gone = (record.session, event.replaced)
    sessions = {key: player for key, player in state.sessions.items() if key not in gone}
    sessions[record.session] = event.player
    while len(sessions) > TEAM_SESSIONS_MAX:
        del sessions[next(iter(sessions))]
    return replace(state, players=players, sessions=sessions)


Fold = Callable[[TeamState, Any, Record], TeamState]

_OF_SOME_TEAMS: dict[type[Any], Fold] = {
    FindRestored: _corrected,
    FindVoided: _corrected,
    HuntExtended: _extended,
    HuntFinished: _clocked,
    HuntPaused: _clocked,
    HuntResumed: _clocked,
    HuntStarted: _clocked,
    LocationClosed: _closed,
}
"""Events that may concern a team without naming it."""

_OF_ONE_TEAM: dict[type[Any], Fold] = {
    AnnouncementSeen: _saw,
    ClaimFailed: _failed,
    HintBought: _bought,
    HintGranted: _granted,
    PlayerJoined: _joined,
    PointsAdjusted: _adjusted,
    TeamDisqualified: _put_out,
    TeamReinstated: _let_in,
    TeamSteered: _steered,
}
"""Events that concern the team that they name. What it says changes nothing about it."""
