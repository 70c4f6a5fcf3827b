"""Which locations are open to a team: requirements, routes and steering."""

from actors.domain.clock import Phase
from actors.domain.ids import LocationId
from actors.domain.plan import HuntPlan, Location, Requirement, Route
from actors.domain.refusals import Reason, Refusal
from actors.domain.team_state import TeamState

# A member of an enumeration costs ten times as much to look up as a name of the module.
_FREE = Route.FREE


def is_unlocked(state: TeamState, location: Location, plan: HuntPlan) -> bool:
    """Whether the team may look for the location.

    On a free route: when enough of what it requires is found, and not void. On other routes: when
    it is the team's target.
    """
    if plan.route is not _FREE:
        return state.target == location.id
    return location.requires is None or _is_met(state, location.requires)


def unlocked_at_s(state: TeamState, location: Location, plan: HuntPlan) -> float | None:
    """Hunt time when the location unlocked for the team; None when it is locked."""
    if not is_unlocked(state, location, plan):
        return None
    if plan.route is not Route.FREE:
        return state.target_since_s
    if location.requires is None or location.requires.any_of <= 0:
        return 0.0
    times = sorted(
        find.elapsed_s
        for needed in location.requires.of
        if (find := state.finds.get(needed)) is not None and not find.void
    )
    return times[location.requires.any_of - 1]


def newly_unlocked(
    before: TeamState, state: TeamState, found: LocationId, plan: HuntPlan
) -> tuple[Location, ...]:
    """Locations that the find of `found` unlocked, in plan order.

    None on routes other than free: there it is steering that unlocks.
    """
    waiting = plan.index.unlocks.get(found)
    if waiting is None or plan.route is not Route.FREE:
        return ()
    return tuple(
        location
        for location in waiting
        if location.id not in state.finds
        and is_unlocked(state, location, plan)
        and not is_unlocked(before, location, plan)
    )


def steering_candidates(state: TeamState, plan: HuntPlan) -> tuple[LocationId, ...]:
    """In which order to ask locations for a place for the team.

    Empty when nothing is to be asked: the route is free, the hunt does not run, the team is
    disqualified, has nobody to send, or has a target. A void find is not looked for again.
    """
    if (
        plan.route is Route.FREE
        or state.target is not None
        or state.disqualified
        or not state.players
        or state.clock.phase is not Phase.RUNNING
    ):
        return ()
    return tuple(
        location.id
        for location in _ring(state, plan)
        if location.id not in state.finds
        and (location.requires is None or _is_met(state, location.requires))
    )


def must_wait_for(route: Route, refusal: Refusal) -> bool:
    """Whether a team that a location refused a place waits for it instead of asking the next.

    On a linear route the order is the story: a full location is waited for, while one that is
    closed or has nothing left is passed by. On a staggered route the next one will do.
    """
    return route is Route.LINEAR and refusal.reason is Reason.LOCKED


def _ring(state: TeamState, plan: HuntPlan) -> tuple[Location, ...]:
    if plan.route is Route.LINEAR:
        return plan.locations
    order = plan.index.team_orders.get(state.id, 0)
    first = order * len(plan.locations) // max(1, len(plan.teams))
    return plan.locations[first:] + plan.locations[:first]


def _is_met(state: TeamState, requirement: Requirement) -> bool:
    missing, finds = requirement.any_of, state.finds
    for needed in requirement.of:
        if missing <= 0:
            break
        find = finds.get(needed)
        if find is not None and not find.void:
            missing -= 1
    return missing <= 0
