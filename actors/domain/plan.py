"""The hunt plan, as the rules use it: checked, complete, normalised.

Authors write a looser document (`plan_document`); `plan_reader` turns one into the other or says
everything that is wrong with it. After that nobody checks a plan again.
"""

from enum import StrEnum
from functools import cached_property

from msgspec import Struct

from actors.domain.ids import HuntId, LocationId, TeamId


class Route(StrEnum):
    """In which order a team may look for the locations."""

    FREE = "free"
    """Any order; whatever is unlocked may be claimed."""
    LINEAR = "linear"
    """The plan's order; only the location a team is steered to may be claimed."""
    STAGGERED = "staggered"
    """The plan's order as a ring; every team starts elsewhere on it."""


class Proof(StrEnum):
    """What a claim must carry. All that a location lists must hold."""

    CODE = "code"
    ANSWER = "answer"
    POSITION = "position"


class Answer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One accepted answer: either a text (already normalised) or a regular expression."""

    text: str | None = None
    regex: str | None = None
    """Matched against the whole normalised answer."""


class Hint(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Help that a team may buy."""

    text: str
    cost: int = 0
    """Points, >= 0."""
    after_s: float = 0.0
    """Seconds of running hunt time after the location was unlocked for the team."""


class Requirement(Struct, frozen=True, kw_only=True):
    """A location unlocks when at least `any_of` of the locations in `of` are found."""

    any_of: int
    of: tuple[LocationId, ...]


class Location(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One place to find."""

    id: LocationId
    name: str
    clue: str = ""
    at: tuple[float, float] | None = None
    """Latitude and longitude, in degrees (WGS 84)."""
    radius_m: float = 40.0
    """How near a position must be, in metres."""
    proof: tuple[Proof, ...] = (Proof.CODE,)
    code: str | None = None
    """Normalised."""
    answers: tuple[Answer, ...] = ()
    near_misses: dict[str, str] = {}
    """Normalised answer -> the author's remark."""
    points: int = 0
    stock: int | None = None
    """How many teams may find it; None: all."""
    capacity: int | None = None
    """How many teams may be steered here at the same time; None: all."""
    requires: Requirement | None = None
    hints: tuple[Hint, ...] = ()
    on_map: bool = False
    """Whether people may know where it is before they have found it."""


class Lockout(Struct, frozen=True, kw_only=True):
    """After `after` wrong claims in a row a team waits `for_s` seconds at that location.

    Each further lock-out there lasts `factor` times as long as the one before.
    """

    after: int
    for_s: float
    factor: float = 1.0


class Scoring(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a find is worth beside the location's own points."""

    finder_bonus: tuple[int, ...] = ()
    """Extra points for the 1st, 2nd, 3rd … team at a location."""
    wrong_claim: int = 0
    """Points (<= 0) that a wrong code or answer costs."""
    lockout: Lockout | None = None


class TeamSeat(Struct, frozen=True, kw_only=True):
    """A team's place in the hunt."""

    id: TeamId
    name: str


class PlanIndex(Struct, frozen=True):
    """What the rules look up in a plan."""

    locations: dict[LocationId, Location]
    unlocks: dict[LocationId, tuple[Location, ...]]
    """Location -> the locations that ask for it, in plan order."""
    team_orders: dict[TeamId, int]
    """Team -> its place in the plan, from 0."""


class HuntPlan(Struct, frozen=True, kw_only=True, omit_defaults=True, dict=True):
    """A whole hunt."""

    hunt: HuntId
    title: str
    teams: tuple[TeamSeat, ...]
    locations: tuple[Location, ...]
    team_size_max: int = 6
    """Players in one team."""
    starts_at: float | None = None
    """UTC seconds since 1970; None: the game master starts it."""
    duration_s: float | None = None
    """Seconds of running time (pauses do not count); None: the game master finishes it."""
    route: Route = Route.FREE
    scoring: Scoring = Scoring()
    attribution: str = ""
    """Whose data the plan was made from; shown wherever its locations are."""
    practice: bool = False
    """Whether pages may let people walk by clicking on the map, to try the hunt at a desk."""

    @cached_property
    def index(self) -> PlanIndex:
        """The plan's things by their id, worked out when first asked for."""
        unlocks: dict[LocationId, list[Location]] = {}
        for location in self.locations:
            if location.requires is not None:
                for needed in location.requires.of:
                    unlocks.setdefault(needed, []).append(location)
        return PlanIndex(
            locations={location.id: location for location in self.locations},
            unlocks={needed: tuple(locations) for needed, locations in unlocks.items()},
            team_orders={seat.id: order for order, seat in enumerate(self.teams)},
        )
