"""What game masters see on the console, in the form in which it is sent.

A line is whole and absolute: whoever has taken it twice knows no more than after the first time.
Fields that have their default are left out on the wire. Never a code, an answer or a hint's text.
"""

from msgspec import Struct

from actors.domain.ids import AnnouncementId, LocationId, StaffId, TeamId
from actors.domain.plan import Location, Proof


class Cell(Struct, omit_defaults=True, gc=False):
    """One team at one location. Changes in place; it is encoded before anybody else can look."""

    state: str
    """found, void (found, but taken back) or tried (neither found nor left alone)."""
    rank: int | None = None
    """Place among the finders; only while found."""
    bonus: int | None = None
    """Only while found."""
    at: float | None = None
    """UTC seconds of the find."""
    since: float | None = None
    """UTC seconds of the first wrong claim, hint or steering there, before any find."""
    failures: int = 0
    """Wrong claims there, all of them."""
    hints: tuple[int, ...] = ()
    """Indexes of the hints that the team has, in the order in which it got them."""
    by: str | None = None
    """Who found it."""


class Live(Struct, frozen=True):
    """What is not in the journal: a team's phones, as the server sees them now."""

    online: int = 0
    """Connections of its players."""
    delivered: AnnouncementId = AnnouncementId(0)
    """The highest announcement that was sent to a connected phone of the team."""
    last_seen_at: float | None = None
    """UTC seconds when the last phone left."""


class TeamLine(Struct, frozen=True, omit_defaults=True):
    """One team on the game master's console."""

    id: TeamId
    name: str
    score: int
    online: int
    """Connections of its players."""
    found: int
    """Finds that count."""
    disqualified: bool = False
    last_find_at: float | None = None
    """UTC seconds of the newest find that counts."""
    target: LocationId | None = None
    target_since: float | None = None
    """UTC seconds when the team was steered there."""
    delivered: AnnouncementId = AnnouncementId(0)
    seen: tuple[AnnouncementId, ...] = ()
    """Announcements that a player of the team has read."""
    last_seen_at: float | None = None
    """UTC seconds when its last phone left; only while none is there."""
    cells: dict[LocationId, Cell] = {}


class LocationLine(Struct, frozen=True):
    """One location on the console, as far as it changes."""

    id: LocationId
    open: bool
    standing: int
    """Finds that count."""
    heading: int
    """Teams that are steered here now."""


class HintPrice(Struct, frozen=True, omit_defaults=True):
    """A hint of a location, without its text."""

    cost: int
    after_s: float | None = None
    """Seconds of running hunt time between the unlocking and the sale; None: at once."""


class PlaceLine(Struct, frozen=True, omit_defaults=True):
    """One location on the console, as the plan has it."""

    id: LocationId
    name: str
    points: int
    proof: tuple[Proof, ...]
    at: tuple[float, float] | None = None
    radius_m: float | None = None
    """Only with `at`."""
    stock: int | None = None
    capacity: int | None = None
    hints: tuple[HintPrice, ...] = ()
    on_map: bool = False


class MessageLine(Struct, omit_defaults=True):
    """What a player wrote to the game masters, and whether somebody sees to it."""

    id: int
    """Journal position."""
    team: TeamId
    player: str
    """The player's name."""
    text: str
    at: float
    """UTC seconds."""
    state: str = "open"
    """open, claimed or done."""
    by: str | None = None
    """Who claimed it, or was done with it."""


class StaffLine(Struct, frozen=True, omit_defaults=True):
    """Somebody who was invited to help, and was not sent away."""

    id: StaffId
    name: str
    role: str
    """master, station or viewer."""
    location: LocationId | None = None
    """Of a station."""


class PublicPlace(Struct, frozen=True):
    """A location on the public's map."""

    id: LocationId
    name: str
    at: tuple[float, float]
    radius_m: float


class PublicFind(Struct, frozen=True, omit_defaults=True):
    """A find, as the public may see it."""

    id: int
    """Journal position."""
    team: TeamId
    name: str
    """The team's name."""
    at: float
    """UTC seconds."""
    rank: int
    place: str | None = None
    """The location's name, when it is on the public's map."""


def place_line(location: Location) -> PlaceLine:
    """A location as the plan has it, without what would solve it."""
    return PlaceLine(
        id=location.id,
        name=location.name,
        points=location.points,
        proof=location.proof,
        at=location.at,
        radius_m=None if location.at is None else location.radius_m,
        stock=location.stock,
        capacity=location.capacity,
        hints=tuple(HintPrice(hint.cost, hint.after_s or None) for hint in location.hints),
        on_map=location.on_map,
    )
