"""How what happened changes a team.

Between a team's own events, a location's and the hunt's, the order in which they reach a live
team may differ from the journal's. Each fold here therefore gives the same state in either order:
the score is a sum, finds have keys, and hunt times are worked out anew when the clock changes.
"""

from msgspec.structs import replace

from actors.domain.clock import HuntClock
from actors.domain.events import (
    AnnouncementSeen,
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
from actors.domain.growing_map import with_entry
from actors.domain.plan import HuntPlan
from actors.domain.team_state import Find, TeamState, Trial

TEAM_SESSIONS_MAX = 64
"""Devices that may be in a team at a time: ten for each player of a usual team. Of those that are
not connected, the one that joined first leaves for the next."""


def evolve(state: TeamState, record: Record, plan: HuntPlan) -> TeamState:  # noqa: ARG001
    """The team after what happened; itself when it is not concerned."""
    event = record.event
    match event:
        case LocationFound():
            return _found(state, event, record.at) if event.team == state.id else state
        case ClaimFailed():
            return _failed(state, event) if event.team == state.id else state
        case TeamSteered():
            return _steered(state, event, record.at) if event.team == state.id else state
        case FindVoided() | FindRestored():
            return _corrected(state, event)
        case LocationClosed():
            return _without_target(state) if event.location == state.target else state
        case HuntExtended():
            return replace(state, clock=state.clock.after(event, record.at))
        case HuntStarted() | HuntPaused() | HuntResumed() | HuntFinished():
            clock = state.clock.after(event, record.at)
            return state if clock is state.clock else _timed(state, clock)
        case _:
            return _evolve_by_own(state, record)


def _evolve_by_own(state: TeamState, record: Record) -> TeamState:
    """The team after an event that it decided itself."""
    event = record.event
    match event:
        case HintBought() if event.team == state.id:
            return replace(_hinted(state, event), score=state.score - event.cost)
        case HintGranted() if event.team == state.id:
            return _hinted(state, event)
        case PlayerJoined() if event.team == state.id:
            return _joined(state, event, record)
        case AnnouncementSeen() if event.team == state.id:
            return replace(state, seen=state.seen | {event.announcement})
        case PointsAdjusted() if event.team == state.id:
            return replace(state, score=state.score + event.points)
        case TeamDisqualified() if event.team == state.id:
            return replace(_without_target(state), disqualified=True)
        case TeamReinstated() if event.team == state.id:
            return replace(state, disqualified=False)
        case _:
            return state


def _hinted(state: TeamState, event: HintBought | HintGranted) -> TeamState:
    known = (*state.hints.get(event.location, ()), event.hint)
    return replace(state, hints=state.hints | {event.location: known})


def _found(state: TeamState, event: LocationFound, at: float) -> TeamState:
    location = event.location
    find = Find(
        location=location,
        player=event.player,
        points=event.points,
        bonus=event.bonus,
        rank=event.rank,
        at=at,
        elapsed_s=state.clock.elapsed_s(at),
    )
    finds, trials = with_entry(state.finds, location, find), state.trials
    if location in trials:
        trials = {place: trial for place, trial in trials.items() if place != location}
    after = replace(state, finds=finds, trials=trials, score=state.score + find.worth)
    return _without_target(after) if state.target == location else after


def _failed(state: TeamState, event: ClaimFailed) -> TeamState:
    trial = Trial(event.failures, event.lockouts, event.locked_until)
    trials = with_entry(state.trials, event.location, trial)
    return replace(state, trials=trials, score=state.score + event.penalty)


def _steered(state: TeamState, event: TeamSteered, at: float) -> TeamState:
    since_s = state.clock.elapsed_s(at)
    return replace(state, target=event.location, target_at=at, target_since_s=since_s)


def _without_target(state: TeamState) -> TeamState:
    if state.target is None:
        return state
    return replace(state, target=None, target_at=None, target_since_s=0.0)


def _corrected(state: TeamState, event: FindVoided | FindRestored) -> TeamState:
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


def _timed(state: TeamState, clock: HuntClock) -> TeamState:
    """The team under a changed clock.

    Whatever was folded before the change was told has its hunt time from the old clock.
    """
    finds = {
        location: replace(find, elapsed_s=clock.elapsed_s(find.at))
        for location, find in state.finds.items()
    }
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
