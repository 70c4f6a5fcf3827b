"""A second opinion on finds and scores, written without the rules of `actors.domain`.

It reads the journal's events as a person would, and says where ranks, stock or bonuses are not
what the plan promises. Should it and the rules disagree, one of them is wrong.
"""

from collections.abc import Iterator

from msgspec import Struct

from actors.domain.events import (
    ClaimFailed,
    FindRestored,
    FindVoided,
    HintBought,
    HuntSeeded,
    LocationFound,
    PointsAdjusted,
    Record,
)
from actors.domain.plan import HuntPlan


class _Finder(Struct):
    """A team that found a location."""

    points: int
    bonus: int
    counts: bool = True


class Referee:
    """Follows one hunt's records in the journal's order."""

    def __init__(self, plan: HuntPlan) -> None:
        self._bonuses = plan.scoring.finder_bonus
        self._stock: dict[str, int | None] = {
            str(place.id): place.stock for place in plan.locations
        }
        # In the order in which they came: a void find keeps its place in the row.
        self._finders: dict[str, dict[str, _Finder]] = {place.id: {} for place in plan.locations}
        self._charges: dict[str, int] = {seat.id: 0 for seat in plan.teams}

    def score(self, team: str) -> int:
        """What the team has by now, in points."""
        found = (finders[team] for finders in self._finders.values() if team in finders)
        return self._charges[team] + sum(one.points + one.bonus for one in found if one.counts)

    def apply(self, record: Record) -> Iterator[str]:
        """Follow one record; yields what is wrong with it, in words."""
        event = record.event
        match event:
            case LocationFound():
                yield from self._found(event)
            case FindVoided() | FindRestored():
                yield from self._corrected(event)
            case ClaimFailed():
                self._charges[event.team] += event.penalty
            case HintBought():
                self._charges[event.team] -= event.cost
            case PointsAdjusted():
                self._charges[event.team] += event.points
            case HuntSeeded():
                self.__init__(event.plan)  # type: ignore[misc]
            case _:
                pass

    def _found(self, event: LocationFound) -> Iterator[str]:
        finders = self._finders[event.location]
        if event.team in finders:
            yield f"{event.team} found {event.location} twice"
        finders[event.team] = _Finder(event.points, event.bonus)
        rank = sum(one.counts for one in finders.values())
        if event.rank != rank or event.bonus != self._bonus(rank):
            yield f"{event.team} is number {rank} at {event.location}, not {event.rank}"
        yield from self._oversold(event.location)

    def _corrected(self, event: FindVoided | FindRestored) -> Iterator[str]:
        finders = self._finders[event.location]
        counts = isinstance(event, FindRestored)
        if event.team not in finders or finders[event.team].counts is counts:
            yield f"{event.team}'s find of {event.location} was corrected to what it was"
            return
        finders[event.team].counts = counts
        for change in event.reranked:
            finders[change.team].bonus = change.bonus
        standing = [one for one in finders.values() if one.counts]
        for rank, finder in enumerate(standing, 1):
            if finder.bonus != self._bonus(rank):
                yield f"bonus {finder.bonus} for number {rank} at {event.location}"
        yield from self._oversold(event.location)

    def _oversold(self, location: str) -> Iterator[str]:
        stock = self._stock[location]
        standing = sum(one.counts for one in self._finders[location].values())
        if stock is not None and standing > stock:
            yield f"{standing} treasures taken at {location}, which had {stock}"

    def _bonus(self, rank: int) -> int:
        return self._bonuses[rank - 1] if rank <= len(self._bonuses) else 0
