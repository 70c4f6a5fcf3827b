"""What all sessions of a server share: the way to the actors and back."""

from collections.abc import Callable

from msgspec import Struct

from actors.directory import Directory
from actors.domain.commands import HuntScoped, InvalidPlan
from actors.domain.ids import SessionId
from actors.journal import Journal
from actors.messages import Ref
from server.access import Access
from server.acks import Acks
from server.counters import Counters
from server.hub import Hub
from server.requests import Seed
from server.shedding import Shedding
from server.stopwatch import Stopwatch

PlanReply = Callable[[HuntScoped | InvalidPlan], None]


class Desk(Struct, frozen=True):
    """The surroundings of a session; made once by the composition root."""

    access: Access
    directory: Directory
    hub: Hub
    acks: Acks
    console: Callable[[], Ref]
    """The console actor as it is now."""
    counters: Counters
    now: Callable[[], float]
    """UTC seconds."""
    journal: Journal
    shedding: Shedding
    live: dict[SessionId, object]
    """Session id -> the connection's session that holds it now."""
    gm_applied: Callable[[SessionId], int]
    """How far a game master's session got."""
    stopwatch: Stopwatch
    read_plan: Callable[[Seed, PlanReply], None]
    """Checks a plan off the loop, then calls back on it; see `server.plan_desk`."""
