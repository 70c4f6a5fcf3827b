"""A plan's things by their id, worked out once per plan."""

from msgspec import Struct

from actors.domain.ids import LocationId, TeamId
from actors.domain.plan import HuntPlan, Location

INDEXES_KEPT_MAX = 256
"""Plans whose index is kept: more than the hunts one server runs; each costs some 100 kB."""


class PlanIndex(Struct, frozen=True):
    """What the rules look up in a plan."""

    plan: HuntPlan
    locations: dict[LocationId, Location]
    unlocks: dict[LocationId, tuple[Location, ...]]
    """Location -> the locations that ask for it, in plan order."""
    team_orders: dict[TeamId, int]
    """Team -> its place in the plan, from 0."""


_indexes: dict[int, PlanIndex] = {}


def index_of(plan: HuntPlan) -> PlanIndex:
    """The index of a plan.

    Plans are frozen but hold dicts, so they cannot be hashed; the cache goes by identity. An
    entry keeps its plan alive, hence no other plan can get the same identity meanwhile.
    """
    index = _indexes.get(id(plan))
    if index is None:
        while len(_indexes) >= INDEXES_KEPT_MAX:
            del _indexes[next(iter(_indexes))]
        index = _indexes[id(plan)] = _build(plan)
    return index


def _build(plan: HuntPlan) -> PlanIndex:
    unlocks: dict[LocationId, list[Location]] = {}
    for location in plan.locations:
        if location.requires is not None:
            for needed in location.requires.of:
                unlocks.setdefault(needed, []).append(location)
    return PlanIndex(
        plan=plan,
        locations={location.id: location for location in plan.locations},
        unlocks={needed: tuple(locations) for needed, locations in unlocks.items()},
        team_orders={seat.id: order for order, seat in enumerate(plan.teams)},
    )
