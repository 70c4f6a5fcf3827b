"""Turn a plan document into a hunt plan, or say everything that is wrong with it."""

from actors.domain.ids import HuntId, LocationId, TeamId
from actors.domain.plan import HuntPlan, Location, Lockout, Requirement, Scoring, TeamSeat
from actors.domain.plan_document import (
    LocationDocument,
    LockoutDocument,
    PlanDocument,
    TeamsDocument,
)
from actors.domain.plan_graph import unreachable_circles
from actors.domain.plan_location import read_location, read_name
from actors.domain.plan_mistakes import Mistake, Mistakes, Path, quoted
from actors.domain.plan_shapes import read_struct
from actors.domain.plan_values import duration_s, unique_slugs
from actors.domain.text import normalise

DURATION_S_MAX = 366 * 86_400.0
"""The longest hunt, a year: longer ones are typing mistakes."""


def read_plan(document: object) -> HuntPlan | tuple[Mistake, ...]:
    """Check a whole plan document, as maps, lists, texts, numbers and at most one datetime.

    Returns:
        The plan, complete and normalised; or every mistake in the document at once. A part that
        cannot be read does not keep the other parts from being checked, and is blamed only once.
    """
    mistakes = Mistakes()
    plan = read_struct(document, PlanDocument, mistakes)
    teams = _read_teams(plan.teams, mistakes)
    _check_ids(plan.locations, mistakes)
    locations = tuple(
        read_location(location, ("locations", index), mistakes)
        for index, location in enumerate(plan.locations)
    )
    _check_requirements(locations, mistakes)
    duration = None if plan.duration is None else _read_duration(plan.duration, mistakes)
    lockout = None if plan.scoring.lockout is None else _lockout(plan.scoring.lockout, mistakes)
    if found := mistakes.all():
        return found
    return HuntPlan(
        hunt=HuntId(plan.hunt),
        title=plan.title.strip(),
        teams=teams,
        locations=locations,
        team_size_max=plan.teams.size_max,
        starts_at=None if plan.starts is None else plan.starts.timestamp(),
        duration_s=duration,
        route=plan.route,
        scoring=Scoring(
            finder_bonus=tuple(plan.scoring.finder_bonus),
            wrong_claim=plan.scoring.wrong_claim,
            lockout=lockout,
        ),
        attribution=plan.attribution.strip(),
        practice=plan.practice,
    )


def _read_teams(teams: TeamsDocument, mistakes: Mistakes) -> tuple[TeamSeat, ...]:
    path: Path = ("teams",)
    if not mistakes.spoil(path) and (teams.names is None) == (teams.count is None):
        found = "neither" if teams.names is None else "both"
        mistakes.add(path, "either names (a list) or count (a number)", found)
    if teams.names is None:
        names = [f"Team {number}" for number in range(1, (teams.count or 0) + 1)]
    else:
        names = [
            read_name(name, (*path, "names", index), mistakes)
            for index, name in enumerate(teams.names)
        ]
    first: dict[str, int] = {}
    for index, name in enumerate(names):
        earlier = first.setdefault(normalise(name), index)
        here = (*path, "names", index)
        if earlier != index and not mistakes.spoil(here):
            found = f"{quoted(name)}, which teams.names[{earlier}] has too"
            mistakes.add(here, "a name that no other team has", found)
    return tuple(
        TeamSeat(id=TeamId(id_), name=name)
        for id_, name in zip(unique_slugs(names, "team"), names, strict=True)
    )


def _check_ids(locations: list[LocationDocument], mistakes: Mistakes) -> None:
    first: dict[str, int] = {}
    for index, location in enumerate(locations):
        path: Path = ("locations", index, "id")
        if mistakes.spoil(path):
            continue
        earlier = first.setdefault(location.id, index)
        if earlier != index:
            found = f"{quoted(location.id)}, which locations[{earlier}] has too"
            mistakes.add(path, "an id that no other location has", found)


def _check_requirements(locations: tuple[Location, ...], mistakes: Mistakes) -> None:
    """Refuse unknown ids, and circles that lock a location for ever."""
    index_of = {location.id: index for index, location in enumerate(locations)}
    sound: dict[str, Requirement] = {}
    for index, location in enumerate(locations):
        if location.requires is None:
            continue
        path: Path = ("locations", index, "requires")
        for other in dict.fromkeys(location.requires.of):
            if other not in index_of:
                expected = "the id of a location" + mistakes.suggest(other, index_of)
                mistakes.add(path, expected, quoted(other))
        if not mistakes.spoil(path):
            sound[location.id] = location.requires
    for circle in unreachable_circles(sound):
        expected = "locations that do not wait for each other in a circle"
        found = " -> ".join((*circle, circle[0]))
        mistakes.add(("locations", index_of[LocationId(circle[0])], "requires"), expected, found)


def _read_duration(duration: str | float, mistakes: Mistakes) -> float:
    seconds = duration_s(duration)
    if not mistakes.spoil(("duration",)) and not 0 < seconds <= DURATION_S_MAX:
        mistakes.add(("duration",), "more than 0 seconds and at most 366 days", f"{duration}")
    return seconds


def _lockout(lockout: LockoutDocument, mistakes: Mistakes) -> Lockout:
    path: Path = ("scoring", "lockout", "for")
    seconds = duration_s(lockout.for_)
    if not mistakes.spoil(path) and not 0 < seconds <= DURATION_S_MAX:
        mistakes.add(path, "more than 0 seconds and at most 366 days", f"{lockout.for_}")
    return Lockout(after=lockout.after, for_s=seconds, factor=lockout.factor)
