"""What changed on the console board since game masters were last shown it."""

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any, TypeVar

from msgspec import Struct

from actors.domain.console_lines import (
    Cell,
    Live,
    LocationLine,
    MessageLine,
    PlaceLine,
    StaffLine,
    TeamLine,
    place_line,
)
from actors.domain.events import (
    Announced,
    FindRestored,
    FindVoided,
    HintGranted,
    HuntExtended,
    HuntFinished,
    HuntPaused,
    HuntResumed,
    HuntSeeded,
    HuntStarted,
    LeaderboardFrozen,
    LeaderboardThawed,
    LocationClosed,
    LocationOpened,
    MessageHandled,
    PointsAdjusted,
    Record,
    StaffInvited,
    StaffRevoked,
    TeamDisqualified,
    TeamReinstated,
)
from actors.domain.ids import LocationId, StaffId, TeamId
from actors.domain.progress_state import PlaceProgress, TeamProgress

K = TypeVar("K")
V = TypeVar("V")

PUSHED_TEAMS_MAX = 200
"""Team lines in one push, about 30 kB; the rest follows in the next. All limits of a push together
are less than an outbox holds."""

PUSHED_CELLS_MAX = 400
"""Cells in one push, about 35 kB."""

PUSHED_LOCATIONS_MAX = 200
"""Location lines in one push, about 15 kB."""

PUSHED_PLACES_MAX = 100
"""Place lines in one push, about 15 kB."""

PUSHED_MESSAGES_MAX = 20
"""Messages in one push, about 15 kB when each is as long as it may be."""

PUSHED_NOTES_MAX = 40
"""Entries of the staff log in one push, about 10 kB."""

STAFF_LOG_MAX = 200
"""Newest entries of the staff log: an evening's worth of decisions."""

STAFF_EVENTS: frozenset[type[Any]] = frozenset(
    {
        HuntSeeded,
        HuntStarted,
        HuntPaused,
        HuntResumed,
        HuntFinished,
        LeaderboardFrozen,
        LeaderboardThawed,
        Announced,
        PointsAdjusted,
        TeamDisqualified,
        TeamReinstated,
        LocationOpened,
        LocationClosed,
        FindVoided,
        FindRestored,
        HuntExtended,
        HintGranted,
        MessageHandled,
        StaffInvited,
        StaffRevoked,
    }
)
"""Events that stand in the staff log when a session asked for them, and not the clock."""

LiveOf = Callable[[TeamId], Live]
"""What the server knows of a team's phones."""


class StaffNote(Struct, frozen=True):
    """What a game master did."""

    record: Record
    by: str
    """Who it was; empty when nobody said."""


class Changes(Struct, frozen=True):
    """Lines that changed, each whole but for the cells of the teams."""

    teams: tuple[TeamLine, ...]
    locations: tuple[LocationLine, ...]
    messages: tuple[MessageLine, ...]
    staff_log: tuple[StaffNote, ...]
    places: tuple[PlaceLine, ...]
    staff: tuple[StaffLine, ...] | None
    """Everybody who is invited now; None when that did not change."""


class ChangeList:
    """Notes what changes while somebody looks; gives it out in bounded portions."""

    def __init__(self) -> None:
        self.is_watched = False
        self._teams: dict[TeamId, TeamProgress] = {}
        self._places: dict[LocationId, PlaceProgress] = {}
        self._messages: dict[int, MessageLine] = {}
        self._notes: dict[int, StaffNote] = {}
        self._unknown: dict[LocationId, PlaceProgress] = {}
        """Locations of which somebody does not know what the plan says."""
        self._staff: Mapping[StaffId, StaffLine] | None = None
        """Everybody who is invited, when that changed."""

    def __bool__(self) -> bool:
        noted = self._teams or self._places or self._messages or self._notes or self._unknown
        return bool(noted) or self._staff is not None

    def watch(self, is_watched: bool) -> None:
        """Note from now on what changes, or do not."""
        if is_watched is not self.is_watched:
            self.is_watched = is_watched
            self._forget()

    def _forget(self) -> None:
        for team in self._teams.values():
            team.changed = {}
        for noted in (self._teams, self._places, self._messages, self._notes, self._unknown):
            noted.clear()
        self._staff = None

    def team(self, team: TeamProgress) -> None:
        """The team's own line changed."""
        if self.is_watched and team.is_shown:
            self._teams[team.id] = team

    def cell(self, team: TeamProgress, place: PlaceProgress) -> None:
        """The team's cell of a location changed, and with it, perhaps, its line."""
        if self.is_watched and team.is_shown:
            self._teams[team.id] = team
            if place.is_shown:
                team.changed[place.location.id] = None

    def place(self, place: PlaceProgress) -> None:
        """The location's line changed."""
        if self.is_watched and place.is_shown:
            self._places[place.location.id] = place

    def message(self, line: MessageLine) -> None:
        """There is a new message, or somebody sees to it now."""
        if self.is_watched:
            self._messages[line.id] = line

    def note(self, note: StaffNote) -> None:
        """There is a new entry in the staff log."""
        if self.is_watched:
            notes = self._notes
            notes[note.record.position] = note
            if len(notes) > STAFF_LOG_MAX:
                del notes[next(iter(notes))]

    def staff(self, staff: Mapping[StaffId, StaffLine]) -> None:
        """Somebody was invited, or sent away."""
        if self.is_watched:
            self._staff = staff

    def everything(
        self,
        teams: Iterable[TeamProgress],
        places: Iterable[PlaceProgress],
        messages: Iterable[MessageLine],
        notes: Iterable[StaffNote],
    ) -> None:
        """Somebody who looks knows nothing of all this yet."""
        for team in teams:
            self.team(team)
        for place in places:
            self.place(place)
            if self.is_watched and place.is_shown:
                self._unknown[place.location.id] = place
        for line in messages:
            self.message(line)
        for note in notes:
            self.note(note)

    def take(self, live: LiveOf) -> Changes:
        """The lines that changed first, as they are now; they count as shown from now on."""
        notes = _pop_first(self._notes, PUSHED_NOTES_MAX)
        staff, self._staff = self._staff, None
        return Changes(
            tuple(self._take_teams(live)),
            tuple(place.line() for place in _pop_first(self._places, PUSHED_LOCATIONS_MAX)),
            tuple(_pop_first(self._messages, PUSHED_MESSAGES_MAX)),
            tuple(notes),
            tuple(place_line(one.location) for one in _pop_first(self._unknown, PUSHED_PLACES_MAX)),
            None if staff is None else tuple(staff.values()),
        )

    def _take_teams(self, live: LiveOf) -> list[TeamLine]:
        lines: list[TeamLine] = []
        cells_left = PUSHED_CELLS_MAX
        for key in _first(self._teams, PUSHED_TEAMS_MAX):
            team = self._teams[key]
            cells: dict[LocationId, Cell] = {}
            for location in _first(team.changed, cells_left):
                del team.changed[location]
                cells[location] = team.cells[location]
            if not team.changed:
                del self._teams[key]
            lines.append(team.line(live(key), cells))
            cells_left -= len(cells)
            if not cells_left:
                break
        return lines


def _first(entries: Iterable[K], most: int) -> list[K]:
    return list(islice(entries, most))


def _pop_first(entries: dict[K, V], most: int) -> list[V]:
    return [entries.pop(key) for key in _first(entries, most)]
