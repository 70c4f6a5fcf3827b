"""What happened. Every event is one journal record; it holds every delta that it causes.

Events are facts: `evolve` never refuses one. Their names and fields are the journal's schema:
add fields with defaults, never rename or remove one.
"""

from collections.abc import Sequence

from msgspec import Struct

from actors.domain.ids import (
    AnnouncementId,
    HuntId,
    LocationId,
    PlayerId,
    SessionId,
    StaffId,
    TeamId,
)
from actors.domain.plan import HuntPlan
from actors.domain.refusals import Reason


class Event(Struct, frozen=True, tag_field="kind", omit_defaults=True, gc=False):
    """Base of all events; `kind` names the type in the journal.

    Events and records are trees of values and never part of a cycle, so the collector need not
    look at the millions of them (`gc=False`).
    """


class HuntSeeded(Event, frozen=True, tag="hunt_seeded"):
    """A plan was put in force; whatever the hunt was before is dropped."""

    plan: HuntPlan


class HuntStarted(Event, frozen=True, tag="hunt_started"):
    """The hunt's clock runs; teams can claim."""


class HuntPaused(Event, frozen=True, tag="hunt_paused"):
    """The clock stands still."""


class HuntResumed(Event, frozen=True, tag="hunt_resumed"):
    """The clock runs on."""


class HuntFinished(Event, frozen=True, tag="hunt_finished"):
    """Over, for good."""


class HuntExtended(Event, frozen=True, tag="hunt_extended"):
    """The hunt has more running time than before, or less."""

    seconds: int
    """Added; with a minus: taken away."""
    reason: str = ""


class LeaderboardFrozen(Event, frozen=True, tag="leaderboard_frozen"):
    """The public keeps seeing the leaderboard as it was."""


class LeaderboardThawed(Event, frozen=True, tag="leaderboard_thawed"):
    """The public sees the true leaderboard again."""


class Announced(Event, frozen=True, tag="announced"):
    """The game master told all teams (`to` is None) or some of them something."""

    announcement: AnnouncementId
    text: str
    to: tuple[TeamId, ...] | None = None
    level: str = "info"


class MessageHandled(Event, frozen=True, tag="message_handled"):
    """Somebody of the staff took a team's message on, dealt with it, or gave it back."""

    message: int
    """Journal position of the `team_spoke` record."""
    state: str
    """open, claimed or done."""


class StaffInvited(Event, frozen=True, tag="staff_invited"):
    """Somebody may help to run this hunt, with a token of their own."""

    staff: StaffId
    name: str
    role: str
    """master, station or viewer."""
    digest: str
    """Of the token, which is in no record."""
    location: LocationId | None = None
    """Of a station: the one place that it may open and close."""


class StaffRevoked(Event, frozen=True, tag="staff_revoked"):
    """The token of an invitation opens nothing any more."""

    staff: StaffId


class StaffArrived(Event, frozen=True, tag="staff_arrived"):
    """Somebody sat down at a console; what the record's session does is theirs from now on."""

    name: str
    role: str
    """owner, master, station or viewer."""


class PlayerJoined(Event, frozen=True, tag="player_joined"):
    """A device took part for a player; its session is the record's session."""

    team: TeamId
    player: PlayerId
    name: str
    replaced: SessionId | None = None
    """The device that left the team for this one, since no more than so many may be in it."""


class LocationFound(Event, frozen=True, tag="location_found"):
    """The team's claim held: points, and its place among the finders."""

    team: TeamId
    location: LocationId
    player: PlayerId
    points: int
    """The location's points, without bonus."""
    bonus: int = 0
    rank: int = 1
    """1 for the first finder; void finds do not count."""
    captured_at: float | None = None


class ClaimFailed(Event, frozen=True, tag="claim_failed"):
    """A wrong code or answer; it cost points and counts towards the lock-out."""

    team: TeamId
    location: LocationId
    player: PlayerId
    reason: Reason
    message: str
    penalty: int = 0
    """Points, <= 0."""
    failures: int = 1
    """Wrong claims in a row at this location by this team, this one included; 0 after a lock-out
    began, since the count starts anew."""
    lockouts: int = 0
    """How many lock-outs this team has had here, one that begins now included."""
    locked_until: float | None = None
    """UTC seconds, when this failure began a lock-out."""


class HintBought(Event, frozen=True, tag="hint_bought"):
    """The team paid for a hint."""

    team: TeamId
    location: LocationId
    player: PlayerId
    hint: int
    cost: int


class HintGranted(Event, frozen=True, tag="hint_granted"):
    """The game master gave the team a hint, free of charge."""

    team: TeamId
    location: LocationId
    hint: int
    reason: str = ""


class TeamSpoke(Event, frozen=True, tag="team_spoke"):
    """A player wrote to the game masters."""

    team: TeamId
    player: PlayerId
    text: str


class AnnouncementSeen(Event, frozen=True, tag="announcement_seen"):
    """A player has read an announcement."""

    team: TeamId
    player: PlayerId
    announcement: AnnouncementId


class PointsAdjusted(Event, frozen=True, tag="points_adjusted"):
    """The game master gave or took points."""

    team: TeamId
    points: int
    reason: str = ""


class TeamDisqualified(Event, frozen=True, tag="team_disqualified"):
    """Out of the hunt; keeps its finds, loses its place on the leaderboard."""

    team: TeamId
    reason: str = ""


class TeamReinstated(Event, frozen=True, tag="team_reinstated"):
    """Plays on."""

    team: TeamId
    reason: str = ""


class TeamSteered(Event, frozen=True, tag="team_steered"):
    """The team's route leads here next; it takes one of the location's places (capacity)."""

    team: TeamId
    location: LocationId


class LocationOpened(Event, frozen=True, tag="location_opened"):
    """Can be claimed again."""

    location: LocationId


class LocationClosed(Event, frozen=True, tag="location_closed"):
    """Out of play for now."""

    location: LocationId


class Rerank(Struct, frozen=True):
    """A finder's place and bonus after a correction."""

    team: TeamId
    rank: int
    bonus: int


class FindVoided(Event, frozen=True, tag="find_voided"):
    """A find was taken back; `reranked` are the later finders whose place or bonus changed."""

    team: TeamId
    location: LocationId
    reason: str = ""
    reranked: tuple[Rerank, ...] = ()


class FindRestored(Event, frozen=True, tag="find_restored"):
    """A find counts again; `reranked` holds the restored team too."""

    team: TeamId
    location: LocationId
    reason: str = ""
    reranked: tuple[Rerank, ...] = ()


HuntEvent = (
    HuntSeeded
    | HuntStarted
    | HuntPaused
    | HuntResumed
    | HuntFinished
    | HuntExtended
    | LeaderboardFrozen
    | LeaderboardThawed
    | Announced
    | MessageHandled
    | StaffInvited
    | StaffRevoked
    | StaffArrived
)
TeamEvent = (
    PlayerJoined
    | HintBought
    | HintGranted
    | TeamSpoke
    | AnnouncementSeen
    | PointsAdjusted
    | TeamDisqualified
    | TeamReinstated
)
LocationEvent = (
    LocationFound
    | ClaimFailed
    | TeamSteered
    | LocationOpened
    | LocationClosed
    | FindVoided
    | FindRestored
)
AnyEvent = HuntEvent | TeamEvent | LocationEvent


class Record(Struct, frozen=True, gc=False):
    """One journal record: an event, when and where it happened, and the request that caused it."""

    position: int
    """1, 2, 3 … over all hunts, without gaps. Once given, never given to another event."""
    hunt: HuntId
    at: float
    """UTC seconds of the server's clock when it was decided."""
    event: AnyEvent
    session: SessionId | None = None
    """Who asked; None for what Cairn did by itself."""
    n: int | None = None
    """The session's own number of the request."""


def by_hunt(records: Sequence[Record]) -> dict[HuntId, Sequence[Record]]:
    """Records of many hunts, each hunt's in their order; no slower for many hunts than for few."""
    if len({record.hunt for record in records}) == 1:  # Nearly always.
        return {records[0].hunt: records}
    found: dict[HuntId, list[Record]] = {}
    for record in records:
        found.setdefault(record.hunt, []).append(record)
    return dict(found)
