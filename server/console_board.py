"""One hunt's console board on the server: what is saved, what is live, and when it is pushed.

Game masters are shown lines that changed, watchers the newest finds; both start from the same
projection (`actors.domain.progress`), so welcome and pushes cannot disagree.
"""

import logging
from collections.abc import Callable, Iterable, Mapping

from actors.domain.console_lines import Live, PublicFind, PublicPlace
from actors.domain.events import Record
from actors.domain.ids import AnnouncementId, TeamId
from actors.domain.progress import Progress
from actors.domain.progress_changes import StaffNote
from server.fanout import EncodedPush, Fanout, Listener
from server.feed import described
from server.replies import FindsPush, ProgressPush, StaffEntry

logger = logging.getLogger("cairn")

PROGRESS_INTERVAL_S = 0.5
"""Seconds between two pushes of changed lines, or of finds: as fast as a matrix can be read."""

FIND_BYTES = 100
"""Bytes of one find on the wire, about."""

FINDS_BYTES_PER_S = 1_000_000
"""Bytes a second that finds may take of the server: a few percent of one core. Many watchers see
them less often."""

Audience = Mapping[Listener, None]


class ConsoleBoard:
    """The board, its live part and its pace."""

    def __init__(
        self,
        progress: Progress,
        teams: Mapping[TeamId, Audience],
        fanout: Fanout,
        call_later: Callable[[float, Callable[[], None]], object],
        monotonic: Callable[[], float],
    ) -> None:
        """`teams` is who is there of each team, as it is at any time."""
        self.progress = progress
        self.game_masters: Audience = {}
        self.watchers: Audience = {}
        self._teams = teams
        self._fanout = fanout
        self._call_later = call_later
        self._monotonic = monotonic
        self._delivered: dict[TeamId, AnnouncementId] = {}
        self._left_at: dict[TeamId, float] = {}
        self._is_progress_due = self._are_finds_due = False
        self._next_progress_at = self._next_finds_at = 0.0
        self._shown: tuple[tuple[PublicFind, ...], tuple[PublicPlace, ...]] | None = None
        """Finds and places as all watchers know them."""

    # What happens ---------------------------------------------------------------------------

    def fold(self, records: Iterable[Record]) -> None:
        """Take what was committed."""
        apply = self.progress.apply
        for record in records:
            try:
                apply(record)
            except Exception:
                # A line may be wrong from now on. That must not keep anybody from hearing `saved`.
                logger.exception("the console board failed on record %d", record.position)
        self._show_soon()

    def watch(self) -> None:
        """Somebody came to the console, or left it."""
        self.progress.changes.watch(bool(self.game_masters))

    def watcher_comes(self) -> None:
        """A watcher was welcomed, and is about to be among the others."""
        public = self.progress.public.finds(), self.progress.public.places()
        if not self.watchers:
            self._shown = public
        elif public != self._shown:
            self._shown = None  # Whatever comes next is news to one of them.

    def phones_changed(self, team: TeamId, now: float) -> None:
        """A player of the team came or left."""
        if not self._teams.get(team):
            self._left_at[team] = now
        self._touch(team)

    def announced(self, announcement: AnnouncementId, teams: Iterable[TeamId]) -> None:
        """An announcement was sent to the connected phones of these teams."""
        for team in teams:
            if announcement > self._delivered.get(team, 0):
                self._delivered[team] = announcement
                self._touch(team)

    def _touch(self, team: TeamId) -> None:
        if self.game_masters:
            self.progress.touch(team)
            self._show_soon()

    def live(self, team: TeamId) -> Live:
        """What is not in the journal of a team."""
        return Live(
            len(self._teams.get(team, ())),
            self._delivered.get(team, AnnouncementId(0)),
            self._left_at.get(team),
        )

    # Pushes ---------------------------------------------------------------------------------

    def _show_soon(self) -> None:
        if self.game_masters and self.progress.changes and not self._is_progress_due:
            self._is_progress_due = True
            self._call_later(self._until(self._next_progress_at), self._show_progress)
        if self.watchers and self.progress.public.is_stale and not self._are_finds_due:
            self._are_finds_due = True
            self._call_later(self._until(self._next_finds_at), self._show_finds)

    def _until(self, at: float) -> float:
        return max(0.0, at - self._monotonic())

    def _show_progress(self) -> None:
        self._is_progress_due = False
        self._next_progress_at = self._monotonic() + PROGRESS_INTERVAL_S
        if not self.game_masters:
            return
        changes = self.progress.changes.take(self.live)
        push = ProgressPush(
            changes.teams,
            changes.locations,
            changes.messages,
            tuple(staff_entry(note) for note in changes.staff_log),
            changes.places,
            changes.staff,
        )
        self._fanout.deliver(EncodedPush(push), self.game_masters)
        self._show_soon()  # What was too much for one push.

    def _show_finds(self) -> None:
        self._are_finds_due = False
        public = self.progress.public
        public.is_stale = False
        finds, places = public.finds(), public.places()
        if (finds, places) == self._shown:
            return  # While it is frozen not even a push may say that something was found.
        self._shown = finds, places
        size_bytes = FIND_BYTES * len(finds) * len(self.watchers)
        interval_s = max(PROGRESS_INTERVAL_S, size_bytes / FINDS_BYTES_PER_S)
        self._next_finds_at = self._monotonic() + interval_s
        self._fanout.spread(EncodedPush(FindsPush(finds, places), "finds"), self.watchers)

    def show_whole(self, listeners: Iterable[Listener]) -> None:
        """Let these game masters, who were not welcomed with it, have the whole board bit by bit."""
        self._fanout.deliver(EncodedPush(ProgressPush(whole=True)), listeners)
        self.progress.touch_everything()
        self._show_soon()


def staff_entry(note: StaffNote) -> StaffEntry:
    """A line of the staff log."""
    record = note.record
    kind, data = described(record)
    return StaffEntry(record.position, record.at, note.by, kind, data)
