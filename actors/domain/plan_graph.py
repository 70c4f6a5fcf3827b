"""Which locations wait for which, and whether anybody could ever get there."""

from collections.abc import Mapping

from actors.domain.plan import Requirement


def unreachable_circles(requirements: Mapping[str, Requirement]) -> tuple[tuple[str, ...], ...]:
    """Return circles of locations that wait for each other and that nothing else can break.

    Every location that can never unlock waits, in the end, for such a circle. Each circle is
    given once, from its first location in plan order, along what waits for what: ``("a", "b")``
    says that a waits for b and b for a. The time is linear in the number of requirements.

    Args:
        requirements: For each location that waits, what it waits for. All other locations, also
            those that are only named here, can be found from the start.
    """
    stuck = _stuck(requirements)
    # A stuck location waits for at least one other stuck one: following any of these must
    # come round to a circle.
    waits_for = {
        location: next(other for other in requirements[location].of if other in stuck)
        for location in requirements
        if location in stuck
    }
    rank = {location: index for index, location in enumerate(waits_for)}
    circles: list[tuple[str, ...]] = []
    seen: set[str] = set()
    for start in waits_for:
        walk: dict[str, None] = {}
        here = start
        while here not in seen:
            seen.add(here)
            walk[here] = None
            here = waits_for[here]
        if here in walk:
            walked = list(walk)
            circles.append(_from_first(walked[walked.index(here) :], rank))
    return tuple(circles)


def _stuck(requirements: Mapping[str, Requirement]) -> set[str]:
    """Return the locations that stay locked when everything that can be found is found."""
    missing = {location: need.any_of for location, need in requirements.items()}
    dependents: dict[str, list[str]] = {}
    for location, need in requirements.items():
        for other in need.of:
            dependents.setdefault(other, []).append(location)
    findable = [other for other in dependents if other not in requirements]
    findable += [location for location, count in missing.items() if count <= 0]
    stuck = {location for location, count in missing.items() if count > 0}
    while findable:
        for location in dependents.get(findable.pop(), ()):
            missing[location] -= 1
            if missing[location] <= 0 and location in stuck:
                stuck.remove(location)
                findable.append(location)
    return stuck


def _from_first(circle: list[str], rank: Mapping[str, int]) -> tuple[str, ...]:
    first = circle.index(min(circle, key=rank.__getitem__))
    return (*circle[first:], *circle[:first])
