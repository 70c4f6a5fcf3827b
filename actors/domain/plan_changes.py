"""What a new plan would change in an old one, in sentences for the game master."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from actors.domain.plan import HuntPlan, Location, Lockout, Requirement, Scoring

_SECRET = ("code", "answers", "near_misses", "hints", "clue")
"""Fields of a location that are named as changed, but never printed: the sentences are shown on
screens that players may see, and texts would not fit a line anyway."""

_OPEN: dict[str, Callable[[Location], str]] = {
    "name": lambda location: location.name,
    "at": lambda location: _position(location.at),
    "radius": lambda location: f"{location.radius_m:g} m",
    "proof": lambda location: ", ".join(location.proof),
    "points": lambda location: str(location.points),
    "stock": lambda location: _or_none(location.stock),
    "capacity": lambda location: _or_none(location.capacity),
    "requires": lambda location: _requirement(location.requires),
    "on the map": lambda location: _yes_or_no(location.on_map),
}


def changes(old: HuntPlan, new: HuntPlan) -> tuple[str, ...]:
    """Return what would change from `old` to `new`: ``location pier: points 50 -> 60``.

    Codes, answers and texts are never part of a sentence. Equal plans give an empty tuple.
    """
    return (*_hunt_changes(old, new), *_team_changes(old, new), *_location_changes(old, new))


def _hunt_changes(old: HuntPlan, new: HuntPlan) -> Iterator[str]:
    facts: dict[str, Callable[[HuntPlan], str]] = {
        "hunt": lambda plan: plan.hunt,
        "title": lambda plan: plan.title,
        "starts": lambda plan: _moment(plan.starts_at),
        "duration": lambda plan: _seconds(plan.duration_s),
        "route": lambda plan: plan.route,
        "players in a team": lambda plan: str(plan.team_size_max),
        "finder bonus": lambda plan: _bonus(plan.scoring),
        "wrong claim": lambda plan: str(plan.scoring.wrong_claim),
        "lock-out": lambda plan: _lockout(plan.scoring.lockout),
        "attribution": lambda plan: plan.attribution or "none",
        "practice": lambda plan: _yes_or_no(plan.practice),
    }
    for word, fact in facts.items():
        if fact(old) != fact(new):
            yield f"{word}: {fact(old)} -> {fact(new)}"


def _team_changes(old: HuntPlan, new: HuntPlan) -> Iterator[str]:
    before = {seat.id: seat.name for seat in old.teams}
    after = {seat.id: seat.name for seat in new.teams}
    for id_, name in before.items():
        if id_ not in after:
            yield f"team {name}: removed"
        elif after[id_] != name:
            yield f"team {name}: name -> {after[id_]}"
    for id_, name in after.items():
        if id_ not in before:
            yield f"team {name}: added"
    if before.keys() == after.keys() and list(before) != list(after):
        yield "teams: order changed"


def _location_changes(old: HuntPlan, new: HuntPlan) -> Iterator[str]:
    before = {location.id: location for location in old.locations}
    after = {location.id: location for location in new.locations}
    for id_, location in before.items():
        if id_ not in after:
            yield f"location {id_}: removed"
        elif location != after[id_]:
            yield from _differences(location, after[id_])
    for id_ in after:
        if id_ not in before:
            yield f"location {id_}: added"
    if before.keys() == after.keys() and list(before) != list(after):
        yield "locations: order changed"


def _differences(old: Location, new: Location) -> Iterator[str]:
    for word, fact in _OPEN.items():
        if fact(old) != fact(new):
            yield f"location {old.id}: {word} {fact(old)} -> {fact(new)}"
    for field in _SECRET:
        if getattr(old, field) != getattr(new, field):
            yield f"location {old.id}: {field.replace('_', ' ')} changed"


def _or_none(number: int | None) -> str:
    return "none" if number is None else str(number)


def _yes_or_no(truth: bool) -> str:
    return "yes" if truth else "no"


def _position(at: tuple[float, float] | None) -> str:
    return "none" if at is None else f"{at[0]}, {at[1]}"


def _requirement(requirement: Requirement | None) -> str:
    if requirement is None:
        return "nothing"
    ids = ", ".join(requirement.of)
    return ids if requirement.any_of == len(requirement.of) else f"{requirement.any_of} of {ids}"


def _moment(at: float | None) -> str:
    return "by the game master" if at is None else datetime.fromtimestamp(at, UTC).isoformat()


def _seconds(duration_s: float | None) -> str:
    return "open" if duration_s is None else f"{duration_s:g} s"


def _bonus(scoring: Scoring) -> str:
    return ", ".join(map(str, scoring.finder_bonus)) or "none"


def _lockout(lockout: Lockout | None) -> str:
    if lockout is None:
        return "none"
    return f"after {lockout.after} for {lockout.for_s:g} s, times {lockout.factor:g}"
