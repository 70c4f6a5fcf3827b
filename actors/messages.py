"""What actors tell each other: messages with their routing, and the ports they speak through.

The messages of a claim are hidden from the cycle collector (`gc=False`): they live for
microseconds, and there are five of them for every claim.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import pykka
from msgspec import Struct

from actors.domain.commands import (
    Forbidden,
    GameMasterCommand,
    HuntScoped,
    InvalidPlan,
    JoinTeam,
    Malformed,
    Missing,
    PlayerCommand,
)
from actors.domain.events import Record
from actors.domain.hunt import Announcement
from actors.domain.ids import HuntId, LocationId, PlayerId, SessionId, TeamId
from actors.domain.leaderboard import LeaderboardRow
from actors.domain.plan import HuntPlan
from actors.domain.progress import Progress
from actors.domain.refusals import Refusal
from actors.domain.staff import Staffer, StaffMember
from actors.domain.team import Attempt, TeamState
from actors.domain.views import HuntView, LocationView, TeamView
from actors.ladder import Shed

Ref = pykka.ActorRef[Any]


def _nobody(_session: SessionId) -> bool:
    return False


# From connections to actors -----------------------------------------------------------------


class Sender(Protocol):
    """The return address of requests: one client's connection, as actors see it."""

    session: SessionId
    player: PlayerId | None
    """None for a game master."""
    staffer: Staffer | None
    """Who sits at a game master's console; None for a player."""
    busy_from: int | None
    """The request number that was last answered `busy` and has not come again. Every later one
    is answered `busy` too, so that a busy moment cannot reorder one client's actions."""

    def answer(self, answer: "Answer", /) -> None:
        """Deliver an answer. Called in the dispatcher's thread; must not raise."""

    def has_outcome(self, n: int, /) -> bool:
        """Whether this connection knows that request `n` was dealt with; `busy` is no outcome."""

    def joined(self, joined: "Joined | Refusal", /) -> None:
        """Deliver the outcome of a `Join` or `Resume`."""

    def give_up(self, n: int, is_decided: bool, /) -> None:
        """End the connection, since nothing can be told of request `n`, decided or not.

        `n` is 0 when it is a `Join` or `Resume` that cannot be answered.
        """


class Request(Struct, frozen=True, gc=False):
    """A numbered request of a session."""

    sender: Sender
    n: int
    command: PlayerCommand | HuntScoped | Shed | Malformed | Forbidden | Missing | InvalidPlan


class Order(Struct, frozen=True):
    """A game master's command on its way from the console to the actor that decides it."""

    sender: Sender
    n: int
    command: GameMasterCommand


class Arrived(Struct, frozen=True):
    """Somebody is at a game master's console: what its session does is theirs."""

    session: SessionId
    staffer: Staffer


class Turn(Struct, frozen=True):
    """The console to itself: a game master's request whose turn has come."""

    request: Request


class OrderDone(Struct, frozen=True):
    """A game master's order was answered: the session's next request may be taken up."""

    session: SessionId
    n: int
    is_outcome: bool
    """False when the answer was `busy`: the number is to come again."""


class Join(Struct, frozen=True):
    """A new device asks to take part."""

    sender: Sender
    command: JoinTeam
    is_connected: Callable[[SessionId], bool] = _nobody
    """Whether a session of the team is on the line now; its place is not given away."""


class Resume(Struct, frozen=True):
    """A known session is back on a new connection."""

    sender: Sender


# Answers ------------------------------------------------------------------------------------


class Accepted(Struct, frozen=True, gc=False):
    """The command was carried out; `record` is what the journal holds of it."""

    n: int
    record: Record
    score: int | None = None
    """The team's score after it, in points."""
    unlocked: tuple[LocationView, ...] = ()
    """Locations that this find unlocked."""
    text: str | None = None
    """The text of a hint just bought."""


class Refused(Struct, frozen=True, gc=False):
    """The command was not carried out. A wrong claim leaves a record all the same."""

    n: int
    refusal: Refusal
    position: int
    """The journal position that the refusal rests on; it is final when that is committed."""
    score: int | None = None
    """The team's score, when the refusal cost points."""
    details: tuple[str, ...] = ()
    """Every mistake, when a plan was refused."""


class Seeded(Struct, frozen=True):
    """The outcome of a `SeedHunt`."""

    n: int
    hunt: HuntId
    is_applied: bool
    """False when the plan differs and nothing was changed."""
    changes: tuple[str, ...]
    teams: tuple[tuple[TeamId, str], ...]
    """Id and name of each team."""
    position: int


class Listed(Struct, frozen=True):
    """The outcome of a `ShowCards`. Nothing was journaled, as with `Switched`."""

    n: int
    hunt: HuntId
    teams: tuple[tuple[TeamId, str], ...]
    """Id and name of each team."""
    position: int


class Switched(Struct, frozen=True):
    """A step of the shedding ladder has the mode that a game master asked for.

    Nothing was journaled; the number is final when everything before it is.
    """

    n: int
    position: int


Answer = Accepted | Refused | Seeded | Listed | Switched


class Joined(Struct, frozen=True):
    """A player is in: the team as it is now, and how far this session's requests got."""

    hunt: HuntId
    team: TeamView
    player: PlayerId
    name: str
    applied: int
    """The highest request number of this session that was dealt with."""
    position: int
    """The journal position that this view rests on."""
    replaced: SessionId | None = None
    """The device that left the team for this one."""


# Between actors -----------------------------------------------------------------------------


class Arbitrate(Struct, frozen=True, gc=False):
    """A team asks a location to decide a claim that the team itself has nothing against."""

    attempt: Attempt
    session: SessionId
    n: int
    at: float
    team: Ref


class Steering(Struct, frozen=True):
    """A team whose route may lead here asks for one of the location's places."""

    team_id: TeamId
    team: Ref


class Verdict(Struct, frozen=True, gc=False):
    """A location's decision, to the team that asked."""

    outcome: Record | Refusal
    asked: Arbitrate | Steering
    """The very message that this decides: a rebuilt team did not ask what its predecessor did."""


class PlaceFreed(Struct, frozen=True):
    """A location that had no place for this team may have one now."""


class Told(Struct, frozen=True):
    """Something that concerns the receiver was decided, and appended, by another actor."""

    record: Record


class Activate(Struct, frozen=True):
    """First message after a start or rebuild: take up what was going on."""


class Tock(Struct, frozen=True):
    """A timer that the actor set has run out."""


class CommittedRecords(Struct, frozen=True):
    """These records, in order, are on disk: others may be shown them now."""

    records: tuple[Record, ...]


class PublishLeaderboard(Struct, frozen=True):
    """The hub is ready for the next leaderboard."""


# To the hub ---------------------------------------------------------------------------------


class PhaseChanged(Struct, frozen=True):
    """A hunt's clock was started, stopped or ended. Shown at once."""

    hunt: HuntView


class AnnouncementMade(Struct, frozen=True):
    """The game master said something. Shown at once."""

    hunt: HuntId
    announcement: Announcement


class TeamChanged(Struct, frozen=True):
    """A team's own view changed beyond a single location. Shown to that team only, at once."""

    hunt: HuntId
    team: TeamId
    state: TeamState
    but: Sender | None = None
    """The connection that knows already, from its answer."""


class LocationsChanged(Struct, frozen=True):
    """Some of a team's locations changed. Shown to that team only, at once."""

    hunt: HuntId
    team: TeamId
    state: TeamState
    locations: tuple[LocationId, ...]
    but: Sender | None = None


class LeaderboardStale(Struct, frozen=True):
    """Committed records changed the leaderboard; ask for it when the audience can take it."""

    hunt: HuntId


class LeaderboardChanged(Struct, frozen=True):
    """The rows of the leaderboard, as the public and as the game masters see them."""

    hunt: HuntId
    public: tuple[LeaderboardRow, ...]
    true: tuple[LeaderboardRow, ...]
    is_frozen: bool


class HuntOpened(Struct, frozen=True):
    """A hunt was seeded or recovered and can be joined."""

    plan: HuntPlan
    view: HuntView
    announcements: tuple[Announcement, ...]
    closed: tuple[LocationId, ...]
    public: tuple[LeaderboardRow, ...]
    true: tuple[LeaderboardRow, ...]
    is_frozen: bool
    progress: Progress
    """The console board; whoever gets this owns it from now on."""
    seeded_position: int = 0
    """Records before it that are committed later are of what the hunt was before."""
    staff: tuple[StaffMember, ...] = ()
    """Who is invited."""


class StaffChanged(Struct, frozen=True):
    """Who is invited to a hunt changed: these are all, and nobody else. Holds at once."""

    hunt: HuntId
    staff: tuple[StaffMember, ...]


class HuntReplaced(Struct, frozen=True):
    """A hunt was seeded anew: its players must join again."""

    hunt: HuntId


class ActorFailed(Struct, frozen=True):
    """An actor raised: what the operator and the game masters must know."""

    hunt: HuntId | None
    name: str
    error: str
    is_quarantined: bool


Push = (
    PhaseChanged
    | AnnouncementMade
    | TeamChanged
    | LocationsChanged
    | LeaderboardStale
    | LeaderboardChanged
    | HuntOpened
    | HuntReplaced
    | StaffChanged
    | CommittedRecords
    | ActorFailed
)


class Publisher(Protocol):
    """Shows people what actors tell it: the server's hub, or a recording in tests."""

    def tell(self, push: Push, /) -> None:
        """Take note; deliver when the audience can take it. Must not raise."""

    def has_audience(self, hunt: HuntId, team: TeamId, but: Sender | None, /) -> bool:
        """Whether any connection of the team, beside `but`, would be shown a push."""


class Writer(Protocol):
    """Where the journal hands its records: the persistence actor."""

    def append(self, records: Sequence[Record], /) -> None:
        """Queue records, in position order, for the next group commit. Never blocks."""
