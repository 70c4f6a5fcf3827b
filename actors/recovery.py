"""From journal records to everything that actors need to go on: at start and for rebuilding."""

from collections.abc import Iterable

from actors.applied import CONSOLE_SESSIONS_MAX, AppliedNumbers
from actors.domain.events import HuntSeeded, PlayerJoined, Record
from actors.domain.ids import HuntId, SessionId, TeamId
from actors.domain.recovery import HuntImage, apply, start_image


class RecoveredHunt:
    """One hunt, folded: its states, and how far its players' requests got."""

    def __init__(self, image: HuntImage) -> None:
        self.image = image
        self.applied: dict[TeamId, AppliedNumbers] = {}


class Recovery:
    """Folds records, in position order, of any number of hunts."""

    def __init__(self) -> None:
        self.hunts: dict[HuntId, RecoveredHunt] = {}
        self.sessions: dict[SessionId, tuple[HuntId, TeamId]] = {}
        """Whose each player's session is or was: their requests are no game master's."""
        self.console = AppliedNumbers(CONSOLE_SESSIONS_MAX)
        """How far each game master's session got."""
        self.last_position = 0
        self._is_drafting = False
        self._numbers: dict[SessionId, AppliedNumbers] = {}
        """Where the numbers of each session are, as far as it was asked."""

    def take(self, record: Record) -> None:
        """Fold one record."""
        self.last_position = record.position
        event, session = record.event, record.session
        kind = type(event)
        if kind is HuntSeeded:
            self._seed(record)
            return
        hunt = self.hunts[record.hunt]
        image = hunt.image
        if image.is_draft is not self._is_drafting:
            image.draft()
        apply(image, record)
        if session is None:
            return
        if kind is PlayerJoined:
            self._join(hunt, record, session)
        elif record.n is not None:
            self._note(hunt, session, record.n)

    def take_all(self, records: Iterable[Record]) -> None:
        """Fold many records, the next of the journal.

        The same as taking one after the other, in less time: states in between are drafts.
        """
        take, self._is_drafting = self.take, True
        for record in records:
            take(record)
        self._is_drafting = False
        for hunt in self.hunts.values():
            if hunt.image.is_draft:
                hunt.image.settle()

    def sessions_in_force(self) -> dict[SessionId, tuple[HuntId, TeamId]]:
        """Whose each session is, without those that left their team for another device."""
        return {
            session: (hunt, team)
            for hunt, recovered in self.hunts.items()
            for team, state in recovered.image.teams.items()
            for session in state.sessions
        }

    def _seed(self, record: Record) -> None:
        hunt = self.hunts[record.hunt] = RecoveredHunt(start_image(record))
        hunt.image.progress.apply(record)
        dropped = [key for key, owner in self.sessions.items() if owner[0] == record.hunt]
        for session in dropped:
            del self.sessions[session]
        self._numbers.clear()
        self.console.note_record(record)

    def _join(self, hunt: RecoveredHunt, record: Record, session: SessionId) -> None:
        event = record.event
        assert isinstance(event, PlayerJoined)
        self.sessions[session] = (record.hunt, event.team)
        self._numbers.pop(session, None)
        if event.team in hunt.applied:
            hunt.applied[event.team].forget(event.replaced)

    def _note(self, hunt: RecoveredHunt, session: SessionId, n: int) -> None:
        numbers = self._numbers.get(session)
        if numbers is None:
            numbers = self._numbers[session] = self._numbers_of(hunt, session)
        numbers.note(session, n)

    def _numbers_of(self, hunt: RecoveredHunt, session: SessionId) -> AppliedNumbers:
        owner = self.sessions.get(session)
        if owner is None:
            return self.console
        return hunt.applied.setdefault(owner[1], AppliedNumbers())
