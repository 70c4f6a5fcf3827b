"""A failed actor's successor: its state folded anew from the journal."""

from collections import deque
from collections.abc import Sequence

from actors.applied import AppliedNumbers
from actors.context import HuntContext
from actors.dispatch import DispatchedActor
from actors.domain.events import Record
from actors.domain.ids import HuntId
from actors.hunt import HuntActor
from actors.leaderboard import LeaderboardActor
from actors.location import LocationActor
from actors.messages import Ref
from actors.recovery import RecoveredHunt, Recovery
from actors.team import TeamActor

RESTARTS_MAX = 3
"""Restarts of one actor within `RESTART_WINDOW_S`; the next failure quarantines it."""

RESTART_WINDOW_S = 60.0
"""Seconds. A fault that comes back this often will not go away by rebuilding."""


class RestartBudget:
    """How often each actor may still be restarted."""

    def __init__(self) -> None:
        self._failures: dict[str, deque[float]] = {}

    def take(self, name: str, now: float) -> bool:
        """Use one restart of the actor's budget; False when it is used up."""
        failures = self._failures.setdefault(name, deque(maxlen=RESTARTS_MAX + 1))
        failures.append(now)
        return len(failures) <= RESTARTS_MAX or now - failures[0] > RESTART_WINDOW_S

    def forget(self, hunt: HuntId) -> None:
        """The hunt's actors are stopped; those of a new seeding begin with a whole budget."""
        for name in [name for name in self._failures if name.startswith(f"{hunt}/")]:
            del self._failures[name]


def name_of(actor: DispatchedActor) -> str:
    """What operators read: ``harbour/team/otters``."""
    kind = type(actor).__name__.removesuffix("Actor").lower()
    context = getattr(actor, "context", None)
    if not isinstance(context, HuntContext):
        return kind
    own_id = getattr(getattr(actor, "state", None), "id", None)
    return "/".join(part for part in (context.hunt, kind, own_id) if part)


def successor_of(
    failed: DispatchedActor, context: HuntContext, hunt: RecoveredHunt, folded_to: int
) -> Ref:
    """Start an actor like the failed one from the hunt as it is folded up to a position.

    It must be folded at least up to the last record that the failed actor appended.
    """
    image = hunt.image
    match failed:
        case TeamActor(state=state):
            numbers = hunt.applied.get(state.id) or AppliedNumbers()
            numbers.take_over(failed.applied)
            return TeamActor.start(context, image.teams[state.id], numbers, folded_to)
        case LocationActor(state=state):
            return LocationActor.start(context, image.locations[state.id], folded_to)
        case LeaderboardActor():
            return LeaderboardActor.start(context, image.board, folded_to)
        case _:
            return HuntActor.start(context, image.hunt, folded_to)


def fold(hunt: HuntId, records: Sequence[Record]) -> RecoveredHunt:
    """The hunt that its records stand for."""
    recovery = Recovery()
    recovery.take_all(records)
    return recovery.hunts[hunt]
