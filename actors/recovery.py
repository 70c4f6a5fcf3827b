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
        self._numbers: dict[SessionId, AppliedNumbers] = {}
        """Where the numbers of each session are, as far as it was asked."""

    def take(self, record: Record) -> None:
        """Fold one record."""
        self._fold((record,), is_drafting=False)

    def take_all(self, records: Iterable[Record]) -> None:
        """Fold many records, the next of the journal.

        The same as taking one after the other, in less time: states in between are drafts.
        """
        self._fold(records, is_drafting=True)
        for hunt in self.hunts.values():
            if hunt.image.is_draft:
                hunt.image.settle()

    def _fold(self, records: Iterable[Record], is_drafting: bool) -> None:
        hunts, numbers = self.hunts, self._numbers
        for record in records:
            event, session = record.event, record.session
            kind = type(event)
            self.last_position = record.position
            if kind is HuntSeeded:
                self._seed(record)
                continue
            hunt = hunts[record.hunt]
            image = hunt.image
            if is_drafting and not image.is_draft:
                image.draft()
            apply(image, record)
            if session is None:
                continue
            if kind is PlayerJoined:
                self._join(hunt, record, session)
            elif record.n is not None:
                applied = numbers.get(session)
                if applied is None:
                    applied = numbers[session] = self._numbers_of(hunt, session)
                applied.note(session, record.n)

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

    def _numbers_of(self, hunt: RecoveredHunt, session: SessionId) -> AppliedNumbers:
        owner = self.sessions.get(session)
        if owner is None:
            return self.console
        return hunt.applied.setdefault(owner[1], AppliedNumbers())
