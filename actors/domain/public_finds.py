"""What the public may know of finds and places: the newest finds, and what is on the map.

Like the public leaderboard it stands still while that is frozen: what comes to light meanwhile is
shown after the thaw.
"""

from collections import deque
from collections.abc import Iterator, Mapping

from msgspec import Struct

from actors.domain.console_lines import PublicFind, PublicPlace
from actors.domain.events import LocationFound, Record
from actors.domain.ids import LocationId, TeamId
from actors.domain.plan import Route
from actors.domain.progress_state import PlaceProgress, TeamProgress

FINDS_SHOWN = 20
"""Newest finds on a big screen: more than anybody reads from the back of a room."""

FINDS_KEPT = 200
"""Newest finds among which those are looked for that count and may be shown."""


Frozen = tuple[tuple[PublicFind, ...], frozenset[LocationId]]
"""The finds that were public, and the places that were known, when all began to stand still."""


class PublicFindsState(Struct):
    """All that has to be remembered of them beside the console board."""

    newest: tuple[Record, ...]
    is_started: bool
    is_stale: bool
    frozen: Frozen | None


class PublicFinds:
    """Keeps the newest finds; says what of them is the public's when somebody asks."""

    def __init__(
        self,
        teams: Mapping[TeamId, TeamProgress],
        places: Mapping[LocationId, PlaceProgress],
        route: Route,
    ) -> None:
        self._teams = teams
        self._places = places
        self._on_map = [one for one in places.values() if one.location.on_map]
        self._is_free = route is Route.FREE
        self.newest: deque[Record] = deque(maxlen=FINDS_KEPT)
        """Records of finds, newest last."""
        self.is_started = False
        self.is_stale = False
        """Whether something changed since the last `show`."""
        self._frozen: Frozen | None = None

    def state(self) -> PublicFindsState:
        """What `take_up` needs."""
        return PublicFindsState(tuple(self.newest), self.is_started, self.is_stale, self._frozen)

    def take_up(self, state: PublicFindsState) -> None:
        """Go on where those of the same board were."""
        self.newest.extend(state.newest)
        self.is_started, self.is_stale = state.is_started, state.is_stale
        self._frozen = state.frozen

    def freeze(self) -> None:
        """Show from now on what is public now."""
        self._frozen = (self.finds(), self._known())

    def thaw(self) -> None:
        """Show again what is so."""
        self._frozen = None
        self.is_stale = True

    def finds(self) -> tuple[PublicFind, ...]:
        """The newest finds that count, of teams that play; oldest first."""
        if self._frozen is not None:
            return self._frozen[0]
        shown = []
        for find in self._counting():
            shown.append(find)
            if len(shown) == FINDS_SHOWN:
                break
        return tuple(reversed(shown))

    def places(self) -> tuple[PublicPlace, ...]:
        """The places on the public's map, in the plan's order.

        Before the start none; then those that are open to every team, and any that was found.
        """
        if not self.is_started:
            return ()
        known = self._known() if self._frozen is None else self._frozen[1]
        return tuple(
            PublicPlace(location.id, location.name, location.at, location.radius_m)
            for location in (one.location for one in self._on_map)
            if location.at is not None
            and (location.id in known or (self._is_free and location.requires is None))
        )

    def _known(self) -> frozenset[LocationId]:
        return frozenset(one.location.id for one in self._on_map if one.standing > 0)

    def _counting(self) -> Iterator[PublicFind]:
        """Newest first."""
        for record in reversed(self.newest):
            event = record.event
            assert isinstance(event, LocationFound)
            team = self._teams[event.team]
            cell = team.cells[event.location]
            if cell.state == "found" and cell.rank is not None and not team.is_out:
                place = self._places[event.location].location
                yield PublicFind(
                    record.position,
                    team.id,
                    team.name,
                    record.at,
                    cell.rank,
                    place.name if place.on_map else None,
                )
