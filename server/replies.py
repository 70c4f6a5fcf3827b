"""What the server sends: answers to requests, and pushes that nobody asked for."""

from typing import Any

import msgspec
from msgspec import Struct

from actors.domain.console_lines import (
    LocationLine,
    MessageLine,
    PlaceLine,
    PublicFind,
    PublicPlace,
    StaffLine,
    TeamLine,
)
from actors.domain.hunt import Announcement
from actors.domain.leaderboard import LeaderboardRow
from actors.domain.views import HuntView, LocationView, TeamView


class You(Struct, frozen=True, omit_defaults=True):
    """Who the server takes the client for."""

    role: str
    """player, gm or watch."""
    player: str | None = None
    name: str | None = None
    rights: str | None = None
    """Of a game master: owner, master, station or viewer."""
    location: str | None = None
    """Of a station: its place."""


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
    public_leaderboard: tuple[LeaderboardRow, ...] = ()
    """For game masters, while it is frozen: the rows as the public sees them."""
    teams: tuple[TeamLine, ...] | None = None
    """For game masters: every team."""
    cells_more: int = 0
    """How many cells of the teams were left out because they are too many."""
    places: tuple[Any, ...] = ()
    """For game masters `PlaceLine`: every location as the plan has it; for watchers `PublicPlace`:
    those on the map."""
    locations: tuple[LocationLine, ...] = ()
    """For game masters: what changes about every location."""
    messages: tuple[MessageLine, ...] = ()
    staff_log: tuple["StaffEntry", ...] = ()
    staff: tuple[StaffLine, ...] = ()
    """For game masters: who is invited now."""
    feed: tuple["FeedItem", ...] = ()
    """For game masters: the newest events."""
    finds: tuple[PublicFind, ...] = ()
    """For watchers: the newest finds."""


class FeedItem(Struct, frozen=True, omit_defaults=True):
    """One thing that happened, for game masters."""

    position: int
    at: float
    kind: str
    data: Any


class StaffEntry(Struct, frozen=True, omit_defaults=True):
    """One thing that a game master did."""

    id: int
    """Journal position."""
    at: float
    by: str
    """Who it was; empty when nobody said."""
    kind: str
    data: Any


class SeededTeam(Struct, frozen=True):
    """A team of a seeded hunt and the code to join it."""

    id: str
    name: str
    code: str
    long_code: str = ""
    """The code with a tail, which is looked up even while wrong codes flood in."""


class Invitation(Struct, frozen=True, omit_defaults=True):
    """Somebody who was just invited, and the token for their console."""

    id: str
    name: str
    role: str
    token: str
    location: str | None = None


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
    found_at: float | None = None
    """Of a claim: UTC seconds."""
    at: tuple[float, float] | None = None
    """Where the found place is; the team may know it now."""
    radius_m: float | None = None
    text: str | None = None
    """Of a hint just bought."""
    cost: int | None = None
    announcement: int | None = None
    hunt: str | None = None
    applied: bool | None = None
    """Of a seed: whether the plan is in force; False when it was only compared."""
    changes: tuple[str, ...] | None = None
    teams: tuple[SeededTeam, ...] | None = None
    staff: Invitation | None = None
    """Of an invitation; the token is told this once."""
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
    public: tuple[LeaderboardRow, ...] = ()
    """For game masters, while it is frozen: the rows as the public sees them."""


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


class FeedPush(Struct, frozen=True, tag_field="t", tag="feed", omit_defaults=True):
    """What happened since the last feed, oldest first."""

    events: tuple[FeedItem, ...]
    left_out: int = 0


class ProgressPush(Struct, frozen=True, tag_field="t", tag="progress", omit_defaults=True):
    """Lines of the console board that changed, or that somebody does not know yet."""

    teams: tuple[TeamLine, ...] = ()
    locations: tuple[LocationLine, ...] = ()
    messages: tuple[MessageLine, ...] = ()
    staff_log: tuple[StaffEntry, ...] = ()
    places: tuple[PlaceLine, ...] = ()
    """Only after `whole`."""
    staff: tuple[StaffLine, ...] | None = None
    """Everybody who is invited now, when that changed."""
    whole: bool = False
    """Forget all lines: the whole board of this hunt follows."""


class FindsPush(Struct, frozen=True, tag_field="t", tag="finds", omit_defaults=True):
    """The newest finds that the public may know of, and the places on its map; both whole."""

    finds: tuple[PublicFind, ...]
    places: tuple[PublicPlace, ...] = ()


class HealthPush(Struct, frozen=True, tag_field="t", tag="health"):
    """How the server is."""

    health: Any


class PositionsPush(Struct, frozen=True, tag_field="t", tag="position"):
    """Where teams' phones were last, for game masters: team -> [lat, lon, accuracy, at]."""

    positions: dict[str, tuple[float, float, float, float]]


class PongPush(Struct, frozen=True, tag_field="t", tag="pong"):
    """The server is there."""

    now: float
    """UTC seconds of its clock."""


class ErrorPush(Struct, frozen=True, tag_field="t", tag="error"):
    """Why the connection is about to be closed."""

    code: str
    message: str
