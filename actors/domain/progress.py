"""The console board: a projection of a hunt's records for game masters, and for the public.

Like the leaderboard it changes in place, folds committed records only and takes every event as it
comes. It is on the way of every claim: what is shown is worked out when somebody looks, and what
changed is noted only while somebody does.
"""

from collections import deque
from collections.abc import Callable
from typing import Any

from actors.domain.board_state import PlaceState, ProgressState
from actors.domain.console_lines import (
    Cell,
    LocationLine,
    MessageLine,
    PlaceLine,
    StaffLine,
    TeamLine,
    place_line,
)
from actors.domain.events import (
    AnnouncementSeen,
    ClaimFailed,
    FindRestored,
    FindVoided,
    HintBought,
    HintGranted,
    HuntStarted,
    LeaderboardFrozen,
    LeaderboardThawed,
    LocationClosed,
    LocationFound,
    LocationOpened,
    MessageHandled,
    PlayerJoined,
    PointsAdjusted,
    Record,
    StaffArrived,
    StaffInvited,
    StaffRevoked,
    TeamDisqualified,
    TeamReinstated,
    TeamSpoke,
    TeamSteered,
)
from actors.domain.ids import LocationId, SessionId, StaffId, TeamId
from actors.domain.message_list import MessageList
from actors.domain.plan import HuntPlan
from actors.domain.progress_changes import (
    STAFF_EVENTS,
    STAFF_LOG_MAX,
    ChangeList,
    LiveOf,
    StaffNote,
)
from actors.domain.progress_state import PlaceProgress, TeamProgress
from actors.domain.public_finds import PublicFinds
from actors.domain.staff import STAFF_SESSIONS_MAX

TEAM_LINES_MAX = 2_000
"""Teams on the console board; the leaderboard has the ranks of the rest."""

LOCATION_LINES_MAX = 2_000
"""Locations on the console board, the first of the plan. Nobody reads a longer matrix."""

CELLS_MAX = 20_000
"""Cells of a game master's welcome, about 2 MB: 200 teams at 100 locations. It says how many it
left out; those that change are pushed all the same."""

FEED_TAIL = 100
"""Newest records that a game master's welcome shows in its feed: two screens."""


class Progress:
    """The board of one hunt, from the record that seeded it on; another seeding is another board.

    Each event has its own fold, in the table at the end.
    """

    def __init__(self, plan: HuntPlan) -> None:
        self._teams = {
            seat.id: TeamProgress(seat.id, seat.name, order < TEAM_LINES_MAX)
            for order, seat in enumerate(plan.teams)
        }
        self._places = {
            place.id: PlaceProgress(place, order < LOCATION_LINES_MAX)
            for order, place in enumerate(plan.locations)
        }
        self.messages = MessageList()
        self.staff_log: deque[StaffNote] = deque(maxlen=STAFF_LOG_MAX)
        self.staff_names: dict[SessionId, str] = {}
        """Session of a game master -> who sits there, the newest last."""
        self.staff: dict[StaffId, StaffLine] = {}
        """Who is invited now."""
        self.tail: deque[Record] = deque(maxlen=FEED_TAIL)
        """The newest records."""
        self.public = PublicFinds(self._teams, self._places, plan.route)
        self.changes = ChangeList()

    def state(self) -> ProgressState:
        """What `take_up` needs; it shares what changes in place."""
        return ProgressState(
            self._teams,
            {id_: PlaceState(p.is_open, p.standing, p.heading) for id_, p in self._places.items()},
            self.messages.state(),
            tuple(self.staff_log),
            self.staff_names,
            self.staff,
            tuple(self.tail),
            self.public.state(),
        )

    def take_up(self, state: ProgressState) -> None:
        """Go on where the board of the same plan was, when nobody looked."""
        self._teams.update(state.teams)
        for id_, one in state.places.items():
            place = self._places[id_]
            place.is_open, place.standing, place.heading = one.is_open, one.standing, one.heading
        self.messages.take_up(state.messages)
        self.staff_log.extend(state.staff_log)
        self.staff_names, self.staff = state.staff_names, state.staff
        self.tail.extend(state.tail)
        self.public.take_up(state.public)

    # Folding --------------------------------------------------------------------------------

    def apply(self, record: Record) -> None:
        """Fold one record."""
        self.tail.append(record)
        event = record.event
        kind = type(event)
        if kind is LocationFound:  # Nearly always.
            self._found(record, event)
            return
        fold = _FOLDS.get(kind)
        if fold is not None:
            fold(self, record, event)
        if kind in STAFF_EVENTS and record.session is not None:
            self._log(record, record.session)

    def _found(self, record: Record, event: Any) -> None:
        location = event.location
        team, place = self._teams[event.team], self._places[location]
        place.standing += 1
        if team.target == location:
            self._release(team)
        cell, by = team.cells.get(location), team.names.get(event.player, event.player)
        if cell is None:
            team.cells[location] = Cell("found", event.rank, event.bonus, record.at, by=by)
        else:
            cell.state, cell.rank, cell.bonus = "found", event.rank, event.bonus
            cell.at, cell.by = record.at, by
        team.score += event.points + event.bonus
        team.found += 1
        team.last_find_at = record.at
        self.public.newest.append(record)
        self.public.is_stale = True
        changes = self.changes
        if changes.is_watched:
            changes.cell(team, place)
            changes.place(place)

    def _failed(self, record: Record, event: ClaimFailed) -> None:
        team = self._teams[event.team]
        team.score += event.penalty
        self._tried(team, event.location, record.at).failures += 1

    def _bought(self, record: Record, event: HintBought) -> None:
        self._teams[event.team].score -= event.cost
        self._helped(event.team, event.location, event.hint, record.at)

    def _granted(self, record: Record, event: HintGranted) -> None:
        self._helped(event.team, event.location, event.hint, record.at)

    def _helped(self, team: TeamId, location: LocationId, hint: int, at: float) -> None:
        """The team has a hint, however it came by it."""
        cell = self._tried(self._teams[team], location, at)
        cell.hints = (*cell.hints, hint)

    def _tried(self, team: TeamProgress, location: LocationId, at: float) -> Cell:
        """The cell of a location with which the team has begun."""
        cell = team.cells.get(location)
        if cell is None:
            cell = team.cells[location] = Cell("tried", since=at)
        if self.changes.is_watched:
            self.changes.cell(team, self._places[location])
        return cell

    def _steered(self, record: Record, event: TeamSteered) -> None:
        team = self._teams[event.team]
        self._release(team)
        team.target, team.target_since = event.location, record.at
        self._tried(team, event.location, record.at)
        place = self._places[event.location]
        place.heading[team.id] = None
        self.changes.place(place)

    def _release(self, team: TeamProgress) -> None:
        """The team is not on its way to its target any more."""
        if team.target is not None:
            place = self._places[team.target]
            place.heading.pop(team.id, None)
            team.target = team.target_since = None
            self.changes.place(place)
            self.changes.team(team)

    def _void(self, _: Record, event: FindVoided) -> None:
        team, place = self._teams[event.team], self._places[event.location]
        cell = team.cells[event.location]
        team.score -= place.location.points + (cell.bonus or 0)
        team.found -= 1
        place.standing -= 1
        cell.state, cell.rank, cell.bonus = "void", None, None
        team.recount()
        self._rerank(team, event)

    def _restore(self, _: Record, event: FindRestored) -> None:
        team, place = self._teams[event.team], self._places[event.location]
        cell = team.cells[event.location]
        cell.state, cell.bonus = "found", 0  # Its rank and bonus are among the new ones.
        team.score += place.location.points
        team.found += 1
        place.standing += 1
        team.recount()
        self._rerank(team, event)

    def _rerank(self, corrected: TeamProgress, event: FindVoided | FindRestored) -> None:
        place = self._places[event.location]
        self.changes.cell(corrected, place)
        for rerank in event.reranked:
            team = self._teams[rerank.team]
            cell = team.cells[event.location]
            team.score += rerank.bonus - (cell.bonus or 0)
            cell.rank, cell.bonus = rerank.rank, rerank.bonus
            self.changes.cell(team, place)
        self.changes.place(place)
        self.public.is_stale = True

    def _joined(self, _: Record, event: PlayerJoined) -> None:
        self._teams[event.team].names[event.player] = event.name

    def _spoke(self, record: Record, event: TeamSpoke) -> None:
        player = self._teams[event.team].names.get(event.player, event.player)
        line = MessageLine(record.position, event.team, player, event.text, record.at)
        self.messages.add(line)
        self.changes.message(line)

    def _handled(self, record: Record, event: MessageHandled) -> None:
        line = self.messages.get(event.message)
        if line is None:
            return  # Too old to be shown.
        by = None if record.session is None else self.staff_names.get(record.session)
        self.messages.handle(event.message, event.state, by)
        self.changes.message(line)

    def _saw(self, _: Record, event: AnnouncementSeen) -> None:
        team = self._teams[event.team]
        team.seen = (*team.seen, event.announcement)
        if self.changes.is_watched:
            self.changes.team(team)

    def _adjusted(self, _: Record, event: PointsAdjusted) -> None:
        team = self._teams[event.team]
        team.score += event.points
        self.changes.team(team)

    def _put_out(self, _: Record, event: TeamDisqualified) -> None:
        team = self._teams[event.team]
        self._release(team)
        self._set_out(team, True)

    def _let_in(self, _: Record, event: TeamReinstated) -> None:
        self._set_out(self._teams[event.team], False)

    def _set_out(self, team: TeamProgress, is_out: bool) -> None:
        team.is_out = is_out
        self.public.is_stale = True
        self.changes.team(team)

    def _opened(self, _: Record, event: LocationOpened) -> None:
        place = self._places[event.location]
        place.is_open = True
        self.changes.place(place)

    def _closed(self, _: Record, event: LocationClosed) -> None:
        place = self._places[event.location]
        place.is_open = False
        for team in list(place.heading):
            self._release(self._teams[team])
        self.changes.place(place)

    def _started(self, _record: Record, _event: HuntStarted) -> None:
        self.public.is_started = self.public.is_stale = True

    def _froze(self, _record: Record, _event: LeaderboardFrozen) -> None:
        self.public.freeze()

    def _thawed(self, _record: Record, _event: LeaderboardThawed) -> None:
        self.public.thaw()

    def _arrived(self, record: Record, event: StaffArrived) -> None:
        if record.session is None:
            return
        self.staff_names.pop(record.session, None)
        self.staff_names[record.session] = event.name
        if len(self.staff_names) > STAFF_SESSIONS_MAX:
            del self.staff_names[next(iter(self.staff_names))]

    def _invited(self, _: Record, event: StaffInvited) -> None:
        self.staff[event.staff] = StaffLine(event.staff, event.name, event.role, event.location)
        self.changes.staff(self.staff)

    def _revoked(self, _: Record, event: StaffRevoked) -> None:
        self.staff.pop(event.staff, None)
        self.changes.staff(self.staff)

    def _log(self, record: Record, session: SessionId) -> None:
        note = StaffNote(record, self.staff_names.get(session, ""))
        self.staff_log.append(note)
        self.changes.note(note)

    # What is shown --------------------------------------------------------------------------

    def touch(self, team: TeamId) -> None:
        """Something about the team changed that is not in the journal."""
        self.changes.team(self._teams[team])

    def touch_everything(self) -> None:
        """Somebody looks who knows nothing of the board yet."""
        if not self.changes.is_watched:
            return
        self.changes.everything(
            self._teams.values(), self._places.values(), self.messages, self.staff_log
        )
        self.changes.staff(self.staff)
        for team in self._teams.values():
            for location in team.cells:
                self.changes.cell(team, self._places[location])

    def team_lines(self, live: LiveOf) -> tuple[tuple[TeamLine, ...], int]:
        """The teams with all their cells, and how many cells were left out as too many."""
        lines, cells_left, left_out = [], CELLS_MAX, 0
        for team in self._teams.values():
            if not team.is_shown:
                break
            cells = self._shown_cells(team)
            shown = cells if len(cells) <= cells_left else {}
            cells_left -= len(shown)
            left_out += len(cells) - len(shown)
            lines.append(team.line(live(team.id), shown))
        return tuple(lines), left_out

    def _shown_cells(self, team: TeamProgress) -> dict[LocationId, Cell]:
        if len(self._places) <= LOCATION_LINES_MAX:
            return team.cells
        places = self._places
        return {where: cell for where, cell in team.cells.items() if places[where].is_shown}

    def place_lines(self) -> tuple[PlaceLine, ...]:
        """The locations as the plan has them."""
        return tuple(place_line(one.location) for one in self._places.values() if one.is_shown)

    def location_lines(self) -> tuple[LocationLine, ...]:
        """The locations, in the plan's order."""
        return tuple(place.line() for place in self._places.values() if place.is_shown)


Fold = Callable[[Progress, Record, Any], None]

_FOLDS: dict[type[Any], Fold] = {
    AnnouncementSeen: Progress._saw,
    ClaimFailed: Progress._failed,
    FindRestored: Progress._restore,
    FindVoided: Progress._void,
    HintBought: Progress._bought,
    HintGranted: Progress._granted,
    HuntStarted: Progress._started,
    LeaderboardFrozen: Progress._froze,
    LeaderboardThawed: Progress._thawed,
    LocationClosed: Progress._closed,
    LocationOpened: Progress._opened,
    MessageHandled: Progress._handled,
    PlayerJoined: Progress._joined,
    PointsAdjusted: Progress._adjusted,
    StaffArrived: Progress._arrived,
    StaffInvited: Progress._invited,
    StaffRevoked: Progress._revoked,
    TeamDisqualified: Progress._put_out,
    TeamReinstated: Progress._let_in,
    TeamSpoke: Progress._spoke,
    TeamSteered: Progress._steered,
}
"""What each event changes; one that is not here changes nothing but the feed and the staff log."""
