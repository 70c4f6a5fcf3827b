"""What may be asked of a hunt. Commands are imperative; whoever sends one is in its envelope."""

from msgspec import Struct

from actors.domain.ids import AnnouncementId, HuntId, LocationId, SessionId, StaffId, TeamId
from actors.domain.plan import HuntPlan


class Position(Struct, frozen=True, gc=False):
    """Where a phone believes it is."""

    lat: float
    lon: float
    accuracy: float = 0.0
    """Radius in metres within which the phone is sure to be."""


class Claim(Struct, frozen=True, gc=False):
    """A player says: we are there, and here is the proof."""

    location: LocationId
    code: str | None = None
    answer: str | None = None
    position: Position | None = None
    captured_at: float | None = None
    """UTC seconds on the phone's clock when a claim was made offline. Kept, never trusted."""


class BuyHint(Struct, frozen=True):
    """Pay for a hint of a location, by its index from 0."""

    location: LocationId
    hint: int


class Say(Struct, frozen=True):
    """Write to the game masters."""

    text: str


class MarkSeen(Struct, frozen=True):
    """A player has read an announcement."""

    announcement: AnnouncementId


class JoinTeam(Struct, frozen=True):
    """Take part under a name. A known name is the same player on another device."""

    name: str
    instead_of: SessionId | None = None
    """The device that leaves a full team for this one, when there is one that may."""


class Malformed(Struct, frozen=True):
    """A numbered request that could not be read; refused in its turn, so that order holds."""

    message: str


class Forbidden(Struct, frozen=True):
    """A numbered request that is for another role; refused in its turn."""

    message: str


class Missing(Struct, frozen=True):
    """A numbered request about something that is not there; refused in its turn."""

    message: str


class InvalidPlan(Struct, frozen=True):
    """A seed whose plan has mistakes; refused in its turn, with all of them."""

    mistakes: tuple[str, ...]


class Announce(Struct, frozen=True):
    """Tell everybody (`to` is None) or some teams something, at once."""

    text: str
    to: tuple[TeamId, ...] | None = None
    level: str = "info"


class StartHunt(Struct, frozen=True):
    """Begin the hunt."""


class PauseHunt(Struct, frozen=True):
    """Stop the hunt's clock; nobody can claim."""


class ResumeHunt(Struct, frozen=True):
    """Let the clock run again."""


class FinishHunt(Struct, frozen=True):
    """End the hunt for good."""


class ExtendHunt(Struct, frozen=True):
    """Give the hunt more running time; with a minus: less."""

    seconds: int
    reason: str = ""


class HandleMessage(Struct, frozen=True):
    """Take a team's message on (claimed), be done with it, or give it back (open)."""

    message: int
    """Journal position of its record."""
    state: str


class InviteStaff(Struct, frozen=True):
    """Let somebody help to run the hunt."""

    name: str
    role: str
    """master, station or viewer."""
    digest: str
    """Of the token that was made for them."""
    location: LocationId | None = None
    """Of a station only."""


class RevokeStaff(Struct, frozen=True):
    """Take an invitation back."""

    staff: StaffId


class ShowCards(Struct, frozen=True):
    """List the hunt's teams, for cards with their join codes. Changes nothing."""


class FreezeLeaderboard(Struct, frozen=True):
    """Keep showing the public the leaderboard as it is now."""


class ThawLeaderboard(Struct, frozen=True):
    """Show the public the true leaderboard again."""


class OpenLocation(Struct, frozen=True):
    """Let a closed location be claimed again."""

    location: LocationId


class CloseLocation(Struct, frozen=True):
    """Take a location out of play for now."""

    location: LocationId


class AdjustPoints(Struct, frozen=True):
    """Give or take points, with the reason that people will read."""

    team: TeamId
    points: int
    reason: str = ""


class VoidFind(Struct, frozen=True):
    """Take a find back; points, bonus and the ranks of later finders follow."""

    team: TeamId
    location: LocationId
    reason: str = ""


class RestoreFind(Struct, frozen=True):
    """Undo `VoidFind`: the find takes its old place among the finders."""

    team: TeamId
    location: LocationId
    reason: str = ""


class GrantHint(Struct, frozen=True):
    """Give a team a hint, by its index from 0, free of charge."""

    team: TeamId
    location: LocationId
    hint: int
    reason: str = ""


class Disqualify(Struct, frozen=True):
    """Take a team out of the hunt and off the leaderboard."""

    team: TeamId
    reason: str = ""


class Reinstate(Struct, frozen=True):
    """Let a disqualified team play on."""

    team: TeamId
    reason: str = ""


class SeedHunt(Struct, frozen=True):
    """Create a hunt, or show what a changed plan would change; `replace` drops its progress."""

    plan: HuntPlan
    replace: bool = False


PlayerCommand = Claim | BuyHint | Say | MarkSeen
HuntCommand = (
    Announce
    | StartHunt
    | PauseHunt
    | ResumeHunt
    | FinishHunt
    | ExtendHunt
    | FreezeLeaderboard
    | ThawLeaderboard
)
StaffCommand = HandleMessage | InviteStaff | RevokeStaff
"""Decided by the hunt, too; see `actors.domain.staff`."""
LocationCommand = OpenLocation | CloseLocation | VoidFind | RestoreFind
TeamCommand = AdjustPoints | GrantHint | Disqualify | Reinstate
GameMasterCommand = (
    HuntCommand | StaffCommand | LocationCommand | TeamCommand | SeedHunt | ShowCards
)


class HuntScoped(Struct, frozen=True):
    """A game master's command together with the hunt it is for (None: the one in view)."""

    hunt: HuntId | None
    command: GameMasterCommand
