"""From journal records to everything that actors need to go on: at start and for rebuilding."""

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

    def take(self, record: Record) -> None:
        """Fold one record."""
        self.last_position = record.position
        event = record.event
        if isinstance(event, HuntSeeded):
            self._seed(record)
            return
        hunt = self.hunts[record.hunt]
        apply(hunt.image, record)
        if isinstance(event, PlayerJoined) and record.session is not None:
            self.sessions[record.session] = (record.hunt, event.team)
            if event.team in hunt.applied:
                hunt.applied[event.team].forget(event.replaced)
        elif record.n is not None and record.session is not None:
            self._note(hunt, record.session, record.n)

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
        self.console.note_record(record)

    def _note(self, hunt: RecoveredHunt, session: SessionId, n: int) -> None:
        owner = self.sessions.get(session)
        if owner is None:
            self.console.note(session, n)
            return
        numbers = hunt.applied.get(owner[1])
        if numbers is None:
            numbers = hunt.applied[owner[1]] = AppliedNumbers()
        numbers.note(session, n)
