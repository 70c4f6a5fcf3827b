"""What a team is at a moment: frozen types without rules."""

from collections.abc import Mapping

from msgspec import Struct

from actors.domain.clock import HuntClock
from actors.domain.ids import AnnouncementId, LocationId, PlayerId, SessionId, TeamId
from actors.domain.plan import HuntPlan, TeamSeat


class Find(Struct, frozen=True, gc=False, array_like=True):
    """A location that the team found."""

    points: int
    """The location's points, without bonus."""
    bonus: int
    rank: int
    """Place among the finders of the location; what it was when void."""
    at: float
    """UTC seconds."""
    elapsed_s: float
    """Hunt time."""
    void: bool = False
    """Taken back by the game master; counts for nothing."""

    @property
    def worth(self) -> int:
        """Points that the find adds to the score."""
        return 0 if self.void else self.points + self.bonus


class Trial(Struct, frozen=True, gc=False, array_like=True):
    """The team's wrong claims at one location."""

    failures: int
    """In a row, since the start or the last lock-out."""
    lockouts: int
    locked_until: float | None = None
    """UTC seconds; lock-outs run on through a pause."""


class TeamState(Struct, frozen=True):
    """A team in a hunt. Its maps are never changed in place."""

    id: TeamId
    name: str
    players: dict[PlayerId, str] = {}
    """Player -> name as they last spelled it, in the order in which they joined."""
    sessions: dict[SessionId, PlayerId] = {}
    """Session of a device -> its player, the newest last."""
    score: int = 0
    finds: Mapping[LocationId, Find] = {}
    trials: Mapping[LocationId, Trial] = {}
    hints: Mapping[LocationId, tuple[int, ...]] = {}
    """Location -> indexes of the hints that the team has there, bought or granted."""
    target: LocationId | None = None
    """Where the route leads now; None on a free route or while there is no place."""
    target_since_s: float = 0.0
    """Hunt time when the team was steered to its target."""
    disqualified: bool = False
    clock: HuntClock = HuntClock()
    seen: frozenset[AnnouncementId] = frozenset()
    """Announcements that a player of the team has read."""
    target_at: float | None = None
    """UTC seconds when the team was steered to its target."""


def initial_team(plan: HuntPlan, seat: TeamSeat) -> TeamState:
    """The team of a seat before anything happened."""
    return TeamState(id=seat.id, name=seat.name, clock=HuntClock(duration_s=plan.duration_s))
