"""What the server sends: answers to requests, and pushes that nobody asked for."""

from typing import Any

import msgspec
from msgspec import Struct

from actors.domain.hunt import Announcement
from actors.domain.leaderboard import LeaderboardRow
from actors.domain.views import HuntView, LocationView, TeamView


class You(Struct, frozen=True, omit_defaults=True):
    """Who the server takes the client for."""

    role: str
    """player, gm or watch."""
    player: str | None = None
    name: str | None = None


class Welcome(Struct, frozen=True, tag_field="t", tag="welcome", omit_defaults=True):
    """The answer to a first message: a whole fresh snapshot."""

    session: str
    applied: int
    hunt: HuntView | None
    team: TeamView | None
    you: You
    leaderboard: msgspec.Raw | tuple[LeaderboardRow, ...]
    announcements: tuple[Announcement, ...]
    now: float
    closed: tuple[str, ...] = ()
    """Locations that are out of play."""
    is_frozen: bool = False
    hunts: tuple[str, ...] | None = None
    """For game masters: the hunts on this server."""
    teams: tuple["TeamLine", ...] | None = None
    """For game masters: every team."""


class TeamLine(Struct, frozen=True, omit_defaults=True):
    """One team on the game master's console."""

    id: str
    name: str
    score: int
    online: int
    """Connections of its players."""
    disqualified: bool = False


class SeededTeam(Struct, frozen=True):
    """A team of a seeded hunt and the code to join it."""

    id: str
    name: str
    code: str
    long_code: str = ""
    """The code with a tail, which is looked up even while wrong codes flood in."""


class Accepted(Struct, frozen=True, tag_field="t", tag="accepted", omit_defaults=True):
    """The request was carried out. Which fields there are depends on the request."""

    n: int
    points: int | None = None
    """Won by a claim, with bonus; or given or taken by an adjustment."""
    bonus: int | None = None
    rank: int | None = None
    """Place among the finders of the location."""
    score: int | None = None
    """The team's new score."""
    unlocked: tuple[LocationView, ...] = ()
    text: str | None = None
    """Of a hint just bought."""
    cost: int | None = None
    announcement: int | None = None
    hunt: str | None = None
    applied: bool | None = None
    """Of a seed: whether the plan is in force; False when it was only compared."""
    changes: tuple[str, ...] | None = None
    teams: tuple[SeededTeam, ...] | None = None
    saved: int | None = None
    """A `saved` riding along: everything up to this number is final."""


class Refused(Struct, frozen=True, tag_field="t", tag="refused", omit_defaults=True):
    """The request was not carried out."""

    n: int
    reason: str
    message: str
    retry_after: float | None = None
    score: int | None = None
    errors: tuple[str, ...] | None = None
    """Of a seed: every mistake in the plan."""
    saved: int | None = None


class Saved(Struct, frozen=True, tag_field="t", tag="saved"):
    """The outcome of everything up to `n` is final."""

    n: int


class TeamPush(Struct, frozen=True, tag_field="t", tag="team"):
    """Your team changed."""

    team: TeamView


class LeaderboardPush(Struct, frozen=True, tag_field="t", tag="leaderboard", omit_defaults=True):
    """The newest leaderboard; best first."""

    hunt: str
    leaderboard: tuple[LeaderboardRow, ...]
    more: int = 0
    """Teams below those listed."""
    is_frozen: bool = False


class AnnouncementPush(Struct, frozen=True, tag_field="t", tag="announcement"):
    """The game master said something."""

    announcement: Announcement


class PhasePush(Struct, frozen=True, tag_field="t", tag="phase"):
    """The hunt started, paused, went on or ended."""

    phase: str
    hunt: HuntView
    now: float


class LocationPush(Struct, frozen=True, tag_field="t", tag="location", omit_defaults=True):
    """One location changed for your team, or was opened or closed for all."""

    location: LocationView | None = None
    score: int | None = None
    id: str | None = None
    open: bool | None = None


class FeedItem(Struct, frozen=True, omit_defaults=True):
    """One thing that happened, for game masters."""

    position: int
    at: float
    kind: str
    data: Any


class FeedPush(Struct, frozen=True, tag_field="t", tag="feed", omit_defaults=True):
    """What happened since the last feed, oldest first."""

    events: tuple[FeedItem, ...]
    left_out: int = 0


class HealthPush(Struct, frozen=True, tag_field="t", tag="health"):
    """How the server is."""

    health: Any


class PositionsPush(Struct, frozen=True, tag_field="t", tag="position"):
    """Where teams' phones were last, for game masters: team -> [lat, lon, accuracy, at]."""

    positions: dict[str, tuple[float, float, float, float]]


class Pong(Struct, frozen=True, tag_field="t", tag="pong"):
    """The server is there."""

    now: float
    """UTC seconds of its clock."""


class ErrorPush(Struct, frozen=True, tag_field="t", tag="error"):
    """Why the connection is about to be closed."""

    code: str
    message: str
