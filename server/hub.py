"""The hub: who is shown what. Topics of each hunt, the newest public state, fan-out.

Everything a newcomer's snapshot needs beside the team's own view is kept here, from the same
pushes that the others were shown, so snapshot and pushes can never disagree.
"""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec.structs import replace

from actors.directory import Directory
from actors.domain.clock import Phase
from actors.domain.events import LocationClosed, LocationFound, LocationOpened, Record, by_hunt
from actors.domain.hunt import Announcement
from actors.domain.ids import HuntId, LocationId, TeamId
from actors.domain.leaderboard import LeaderboardRow
from actors.domain.plan import HuntPlan
from actors.domain.staff import StaffMember
from actors.domain.views import HuntView, location_view, team_view
from actors.ladder import Step
from actors.messages import (
    ActorFailed,
    AnnouncementMade,
    CommittedRecords,
    HuntOpened,
    HuntReplaced,
    LeaderboardChanged,
    LeaderboardStale,
    LocationsChanged,
    PhaseChanged,
    PublishLeaderboard,
    Push,
    Sender,
    StaffChanged,
    TeamChanged,
)
from server.console_board import ConsoleBoard
from server.fanout import EncodedPush, Fanout, Listener
from server.feed import Feed
from server.replies import (
    AnnouncementPush,
    LeaderboardPush,
    LocationPush,
    PhasePush,
    PositionsPush,
    TeamPush,
)
from server.shedding import Shedding

LEADERBOARD_ROWS_MAX = 250
"""Rows of a leaderboard push or snapshot: more than anybody scrolls through on a phone."""

LEADERBOARD_ROWS_MIN = 20
"""Rows that even the largest audience is shown."""

LEADERBOARD_ROW_BYTES = 60
"""Bytes of one row on the wire, about."""

LEADERBOARD_FANOUT_BYTES = 12_000_000
"""Bytes that one leaderboard may come to for all connections together: 2,000 of them are shown
the best 100 teams, 10,000 the best 20."""

LEADERBOARD_INTERVAL_S = 0.25
"""Seconds between two leaderboards at least: faster than anybody can read."""

LEADERBOARD_SHED_INTERVAL_S = 5.0
"""Seconds between two leaderboards at least while they are shed: people still see that the race
goes on."""

POSITIONS_SHED_FACTOR = 10
"""How many times as long game masters wait for positions while they are shed: 10 s, in which a
team walks to the end of a street."""

POSITIONS_INTERVAL_S = 1.0
"""Seconds between two pushes of positions to game masters: a team walks 1.4 m in that time."""

FANOUT_BYTES_PER_S = 2_000_000
"""Bytes a second that leaderboards may take of the server: a few percent of one core. A big
audience sees a leaderboard less often, so that its claims stay fast."""


def rows_for(audience: int) -> int:
    """How many rows of the leaderboard so many connections are shown."""
    affordable = LEADERBOARD_FANOUT_BYTES // (LEADERBOARD_ROW_BYTES * max(audience, 1))
    return min(max(affordable, LEADERBOARD_ROWS_MIN), LEADERBOARD_ROWS_MAX)


class HuntTopics:
    """One hunt's audience, and what it was last shown."""

    def __init__(
        self,
        opened: HuntOpened,
        fanout: Fanout,
        call_later: Callable[[float, Callable[[], None]], object],
        monotonic: Callable[[], float],
    ) -> None:
        self.plan: HuntPlan = opened.plan
        self.places = {place.id: place for place in opened.plan.locations}
        self.view: HuntView = opened.view
        self.view_at = 0.0
        """UTC seconds when the view was made."""
        self.announcements: list[Announcement] = list(opened.announcements)
        self.closed: dict[LocationId, None] = dict.fromkeys(opened.closed)
        self.public = opened.public
        self.true = opened.true
        self.is_frozen = opened.is_frozen
        self.seeded_position = opened.seeded_position
        self.players: dict[Listener, None] = {}
        self.watchers: dict[Listener, None] = {}
        self.game_masters: dict[Listener, None] = {}
        self.teams: dict[TeamId, dict[Listener, None]] = {}
        self.board = ConsoleBoard(opened.progress, self.teams, fanout, call_later, monotonic)
        self.board.watchers = self.watchers
        self.is_stale = False
        self.is_timer_set = False
        self.next_leaderboard_at = 0.0
        self.are_positions_due = False
        self.positions_skipped = 0
        self.positions: dict[TeamId, tuple[float, float, float, float]] = {}

    def view_now(self, now: float) -> HuntView:
        """The view with the hunt time of `now` (UTC seconds)."""
        if self.view.phase is not Phase.RUNNING:
            return self.view
        return replace(self.view, elapsed_s=self.view.elapsed_s + max(0.0, now - self.view_at))

    def fold(self, records: Sequence[Record]) -> None:
        """Bring the board up to date; not with what the hunt was before it was seeded anew."""
        since = self.seeded_position
        is_new = records[0].position >= since
        self.board.fold(records if is_new else [one for one in records if one.position >= since])

    def everyone(self) -> list[Listener]:
        """All connections of this hunt."""
        return [*self.players, *self.watchers, *self.game_masters]

    def audience_size(self) -> int:
        """How many connections that is."""
        return len(self.players) + len(self.watchers) + len(self.game_masters)


class Hub:
    """Routes pushes from actors to connections. Lives on the loop; never raises at an actor."""

    def __init__(
        self,
        directory: Directory,
        fanout: Fanout,
        now: Callable[[], float],
        call_later: Callable[[float, Callable[[], None]], object],
        shedding: Shedding,
        monotonic: Callable[[], float],
    ) -> None:
        """`now` is the wall clock, for what people are shown; `monotonic` paces the pushes."""
        self._shedding = shedding
        self._monotonic = monotonic
        self._directory = directory
        self._fanout = fanout
        self._now = now
        self._call_later = call_later
        self.hunts: dict[HuntId, HuntTopics] = {}
        self.feed = Feed(fanout, call_later)
        self.on_hunt_opened: Callable[[HuntPlan], None] | None = None
        self.on_hunt_replaced: Callable[[HuntId, Sequence[Listener]], None] | None = None
        self.on_staff_changed: Callable[[HuntId, Sequence[StaffMember]], None] | None = None
        self.on_actor_failed: Callable[[ActorFailed], None] | None = None

    # Audience -------------------------------------------------------------------------------

    def add_player(self, hunt: HuntId, team: TeamId, listener: Listener) -> None:
        """Show this connection what a player of the team may see."""
        topics = self.hunts[hunt]
        topics.players[listener] = None
        topics.teams.setdefault(team, {})[listener] = None
        topics.board.phones_changed(team, self._now())
        for made in self.announcements_for(hunt, team)[-1:]:
            topics.board.announced(made.id, [team])

    def add_watcher(self, hunt: HuntId, listener: Listener) -> None:
        """Show this connection what anybody may see."""
        topics = self.hunts[hunt]
        topics.board.watcher_comes()
        topics.watchers[listener] = None

    def add_game_master(self, hunt: HuntId, listener: Listener, *, is_welcomed: bool) -> None:
        """Show this connection everything; all that there is when no welcome did."""
        topics = self.hunts[hunt]
        topics.game_masters[listener] = None
        topics.board.watch()
        self.feed.add(hunt, listener)
        if not is_welcomed:
            self._fanout.deliver(self._phase_push(topics), [listener])
            topics.board.show_whole([listener])

    def remove(self, hunt: HuntId, team: TeamId | None, listener: Listener) -> None:
        """Show this connection nothing any more. `team` is a player's team."""
        topics = self.hunts.get(hunt)
        if topics is None:
            return
        topics.watchers.pop(listener, None)
        topics.players.pop(listener, None)
        if topics.game_masters.pop(listener, self) is None:
            self.feed.remove(hunt, listener)
            topics.board.watch()
        members = topics.teams.get(team) if team is not None else None
        if team is not None and members is not None:
            members.pop(listener, None)
            if not members:
                del topics.teams[team]
            topics.board.phones_changed(team, self._now())

    def has_audience(self, hunt: HuntId, team: TeamId, but: Sender | None) -> bool:
        """Whether any connection of the team, beside `but`, would be shown a push."""
        topics = self.hunts.get(hunt)
        listeners: dict[Any, None] | None = topics.teams.get(team) if topics is not None else None
        if not listeners:
            return False
        return len(listeners) > 1 or but not in listeners

    def show_positions_soon(self, hunt: HuntId) -> None:
        """Show game masters where phones are, at most every `POSITIONS_INTERVAL_S`.

        Positions are shed in two steps: at first only every `POSITIONS_SHED_FACTOR`-th is shown.
        """
        topics = self.hunts.get(hunt)
        if topics is not None and topics.game_masters and not topics.are_positions_due:
            topics.are_positions_due = True
            self._call_later(POSITIONS_INTERVAL_S, lambda: self._show_positions(topics))

    def _show_positions(self, topics: HuntTopics) -> None:
        topics.positions_skipped += 1
        active = self._shedding.active
        if Step.POSITIONS in active and topics.positions_skipped < POSITIONS_SHED_FACTOR:
            self._call_later(POSITIONS_INTERVAL_S, lambda: self._show_positions(topics))
            return
        topics.are_positions_due, topics.positions_skipped = False, 0
        if Step.MAP in active:
            return
        push = EncodedPush(
            PositionsPush({str(team): at for team, at in topics.positions.items()}), "position"
        )
        self._fanout.deliver(push, topics.game_masters)

    # Pushes from actors ---------------------------------------------------------------------

    def tell(self, push: Push) -> None:
        """Take a push from an actor; see `actors.messages` for what each means."""
        match push:
            case TeamChanged() | LocationsChanged():
                self._show_team(push)
            case CommittedRecords(records=records):
                self._on_committed(records)
            case LeaderboardStale(hunt=hunt):
                self._on_stale(hunt)
            case LeaderboardChanged():
                self._on_leaderboard(push)
            case PhaseChanged(hunt=view):
                self._on_phase(view)
            case AnnouncementMade():
                self._on_announcement(push)
            case HuntOpened():
                self._on_opened(push)
            case HuntReplaced(hunt=hunt):
                self._on_replaced(hunt)
            case StaffChanged(hunt=hunt, staff=staff):
                self._on_staff(hunt, staff)
            case ActorFailed():
                if self.on_actor_failed is not None:
                    self.on_actor_failed(push)

    def _on_opened(self, opened: HuntOpened) -> None:
        before = self.hunts.get(opened.plan.hunt)
        topics = HuntTopics(opened, self._fanout, self._call_later, self._monotonic)
        self.hunts[opened.plan.hunt] = topics
        if before is not None:
            topics.game_masters = before.game_masters
        topics.board.game_masters = topics.game_masters
        topics.board.watch()
        if self.on_hunt_opened is not None:
            self.on_hunt_opened(opened.plan)
        self._on_staff(opened.plan.hunt, opened.staff)
        self._on_phase(opened.view)
        topics.board.show_whole(topics.game_masters)

    def _on_staff(self, hunt: HuntId, staff: Sequence[StaffMember]) -> None:
        if self.on_staff_changed is not None:
            self.on_staff_changed(hunt, staff)

    def _on_replaced(self, hunt: HuntId) -> None:
        """Players and watchers start over; game masters stay and see the new hunt."""
        topics = self.hunts[hunt]
        if self.on_hunt_replaced is not None:
            self.on_hunt_replaced(hunt, [*topics.players, *topics.watchers])

    def _show_team(self, push: TeamChanged | LocationsChanged) -> None:
        topics = self.hunts[push.hunt]
        audience: dict[Any, None] = topics.teams.get(push.team, {})
        listeners = [one for one in audience if one is not push.but]
        if not listeners:
            return
        if isinstance(push, TeamChanged):
            message = TeamPush(team_view(push.state, topics.plan, self._now()))
            self._fanout.deliver(EncodedPush(message, "team"), listeners)
            return
        for location in push.locations:
            view = location_view(push.state, topics.places[location], topics.plan, self._now())
            changed = LocationPush(location=view, score=push.state.score)
            self._fanout.deliver(EncodedPush(changed, f"location/{location}"), listeners)

    def _on_phase(self, view: HuntView) -> None:
        topics = self.hunts[view.id]
        topics.view, topics.view_at = view, self._now()
        self._fanout.deliver(self._phase_push(topics), topics.everyone())

    def _phase_push(self, topics: HuntTopics) -> EncodedPush:
        now = self._now()
        push = PhasePush(topics.view.phase, topics.view_now(now), now)
        return EncodedPush(push, "phase")

    def _on_announcement(self, made: AnnouncementMade) -> None:
        topics = self.hunts[made.hunt]
        if topics.announcements and topics.announcements[-1].id >= made.announcement.id:
            return  # Shown already: a rebuilt actor cannot know.
        topics.announcements.append(made.announcement)
        push = EncodedPush(AnnouncementPush(made.announcement))
        to = made.announcement.to
        if to is None:
            self._fanout.deliver(push, topics.everyone())
            topics.board.announced(made.announcement.id, topics.teams)
            return
        topics.board.announced(made.announcement.id, [one for one in to if one in topics.teams])
        listeners = [one for team in to for one in topics.teams.get(team, ())]
        self._fanout.deliver(push, [*listeners, *topics.game_masters])

    def announcements_for(self, hunt: HuntId, team: TeamId | None) -> tuple[Announcement, ...]:
        """The announcements that a team (None: the public) may read, oldest first."""
        return tuple(
            one
            for one in self.hunts[hunt].announcements
            if one.to is None or (team is not None and team in one.to)
        )

    # What was committed ---------------------------------------------------------------------

    def _on_committed(self, records: Sequence[Record]) -> None:
        for record in records:
            event = record.event
            # One look for the many finds: isinstance of a union takes ten times as long.
            if type(event) is not LocationFound and isinstance(
                event, LocationOpened | LocationClosed
            ):
                self._show_open(record, event)
        self.feed.on_committed(records)
        for hunt, own in by_hunt(records).items():
            if hunt in self.hunts:
                self.hunts[hunt].fold(own)

    def _show_open(self, record: Record, event: LocationOpened | LocationClosed) -> None:
        topics = self.hunts.get(record.hunt)
        if topics is None or record.position < topics.seeded_position:
            return
        is_open = isinstance(event, LocationOpened)
        if is_open:
            topics.closed.pop(event.location, None)
        else:
            topics.closed[event.location] = None
        push = LocationPush(id=event.location, open=is_open)
        self._fanout.deliver(EncodedPush(push, f"open/{event.location}"), topics.everyone())

    def _on_stale(self, hunt: HuntId) -> None:
        topics = self.hunts.get(hunt)
        if topics is None or topics.is_timer_set:
            return
        topics.is_timer_set = True
        delay_s = max(0.0, topics.next_leaderboard_at - self._monotonic())
        self._call_later(delay_s, lambda: self._ask_leaderboard(hunt))

    def _ask_leaderboard(self, hunt: HuntId) -> None:
        topics, entry = self.hunts.get(hunt), self._directory.hunts.get(hunt)
        if topics is None or entry is None or entry.leaderboard is None:
            return
        topics.is_timer_set = False
        entry.leaderboard.tell(PublishLeaderboard())

    def _on_leaderboard(self, changed: LeaderboardChanged) -> None:
        topics = self.hunts[changed.hunt]
        public_changed = changed.public != topics.public or changed.is_frozen != topics.is_frozen
        audience = topics.audience_size()
        rows_max = rows_for(audience)
        topics.public, topics.true = changed.public, changed.true
        topics.is_frozen = changed.is_frozen
        if public_changed:
            push = self._leaderboard_push(changed.hunt, topics.public, changed.is_frozen, rows_max)
            self._fanout.spread(push, [*topics.players, *topics.watchers])
        staff = self._leaderboard_push(
            changed.hunt, topics.true, changed.is_frozen, LEADERBOARD_ROWS_MAX, topics.public
        )
        self._fanout.deliver(staff, topics.game_masters)
        size_bytes = LEADERBOARD_ROW_BYTES * min(len(changed.public), rows_max) * audience
        is_shed = Step.LEADERBOARD in self._shedding.active
        least_s = LEADERBOARD_SHED_INTERVAL_S if is_shed else LEADERBOARD_INTERVAL_S
        interval_s = max(least_s, size_bytes / FANOUT_BYTES_PER_S)
        topics.next_leaderboard_at = self._monotonic() + interval_s

    @staticmethod
    def _leaderboard_push(
        hunt: HuntId,
        rows: tuple[LeaderboardRow, ...],
        is_frozen: bool,
        rows_max: int,
        public: tuple[LeaderboardRow, ...] = (),
    ) -> EncodedPush:
        shown = rows[:rows_max]
        apart = public[:rows_max] if is_frozen else ()
        push = LeaderboardPush(hunt, shown, len(rows) - len(shown), is_frozen, apart)
        return EncodedPush(push, "leaderboard")
