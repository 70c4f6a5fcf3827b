"""What players may see, in the form in which it is sent.

Nothing here ever holds a code, an answer, the text of a hint that is not bought, or where a place
is that is not found yet, unless the plan puts it on the map. Fields that have their default are left out on the wire.
"""

from msgspec import Struct

from actors.domain.clock import HuntClock, Phase
from actors.domain.ids import HuntId, LocationId, TeamId
from actors.domain.plan import HuntPlan, Location, Proof, Route
from actors.domain.routes import is_unlocked, newly_unlocked, unlocked_at_s
from actors.domain.team_state import Find, TeamState

SNAPSHOT_LOCATIONS_MAX = 1_000
"""Locations in one snapshot: about 300 kB at 300 bytes each, which a phone on a bad link still
loads in seconds; nobody reads further down the list."""


class HuntView(Struct, frozen=True, omit_defaults=True):
    """A hunt, as everybody sees it."""

    id: HuntId
    title: str
    phase: Phase
    starts_at: float | None = None
    """UTC seconds of the planned start; None when the game master starts it."""
    ends_at: float | None = None
    """UTC seconds; None unless the clock runs towards an end."""
    elapsed_s: float = 0.0
    """Hunt time when the view was made."""
    duration_s: float | None = None
    """Running seconds in all, extensions included; None: no limit."""
    route: Route = Route.FREE
    attribution: str = ""
    team_size_max: int = 0
    wrong_claim: int = 0
    """Points (<= 0) that a wrong code or answer costs."""
    finder_bonus: tuple[int, ...] = ()
    practice: bool = False
    """Whether pages may let people walk by clicking on the map."""


class HintView(Struct, frozen=True, omit_defaults=True):
    """A hint that can be bought, or was."""

    hint: int
    """Index from 0."""
    cost: int
    after_s: float | None = None
    """Hunt time from which it is for sale; None: at once."""
    text: str | None = None
    """Only when bought."""


class LocationView(Struct, frozen=True, omit_defaults=True):
    """A location, as one team sees it."""

    id: LocationId
    name: str
    state: str
    """open, found or void."""
    points: int
    proof: tuple[Proof, ...]
    clue: str = ""
    hints: tuple[HintView, ...] = ()
    rank: int | None = None
    bonus: int | None = None
    found_at: float | None = None
    """UTC seconds."""
    locked_until: float | None = None
    """UTC seconds, while the team is locked out here."""
    at: tuple[float, float] | None = None
    """Latitude and longitude in degrees; only when found, or when the plan lets it be seen."""
    radius_m: float | None = None
    """Only with `at`."""


class TeamView(Struct, frozen=True, omit_defaults=True):
    """A team, as its players see it."""

    id: TeamId
    name: str
    score: int
    players: tuple[str, ...] = ()
    disqualified: bool = False
    target: LocationId | None = None
    locations: tuple[LocationView, ...] = ()
    """Those that are unlocked or found, in plan order."""
    locations_more: int = 0
    """How many were left out because they are too many."""


def hunt_view(plan: HuntPlan, clock: HuntClock, now: float) -> HuntView:
    """The hunt at `now` (UTC seconds)."""
    return HuntView(
        id=plan.hunt,
        title=plan.title,
        phase=clock.phase,
        starts_at=plan.starts_at,
        ends_at=clock.ends_at(),
        elapsed_s=clock.elapsed_s(now),
        duration_s=clock.duration_s,
        route=plan.route,
        attribution=plan.attribution,
        team_size_max=plan.team_size_max,
        wrong_claim=plan.scoring.wrong_claim,
        finder_bonus=plan.scoring.finder_bonus,
        practice=plan.practice,
    )


def is_visible(state: TeamState, location: Location, plan: HuntPlan) -> bool:
    """Whether the team may know of the location: the hunt began, and it is unlocked or found."""
    if state.clock.started_at is None:
        return False
    return location.id in state.finds or is_unlocked(state, location, plan)


def location_view(state: TeamState, location: Location, plan: HuntPlan, now: float) -> LocationView:
    """A location as the team sees it at `now` (UTC seconds). Ask `is_visible` before."""
    find, trial = state.finds.get(location.id), state.trials.get(location.id)
    locked_until = None if trial is None else trial.locked_until
    if locked_until is not None and locked_until <= now:
        locked_until = None
    is_placed = location.at is not None and (find is not None or location.on_map)
    return LocationView(
        id=location.id,
        name=location.name,
        state=_state_word(find),
        points=location.points,
        proof=location.proof,
        clue=location.clue,
        hints=_hint_views(state, location, plan),
        rank=None if find is None or find.void else find.rank,
        bonus=None if find is None or find.void else find.bonus,
        found_at=None if find is None else find.at,
        locked_until=locked_until,
        at=location.at if is_placed else None,
        radius_m=location.radius_m if is_placed else None,
    )


def unlocked_views(
    before: TeamState, state: TeamState, found: LocationId, plan: HuntPlan, now: float
) -> tuple[LocationView, ...]:
    """The locations that the find of `found` unlocked, as the team sees them now."""
    unlocked = newly_unlocked(before, state, found, plan)
    return tuple(location_view(state, location, plan, now) for location in unlocked)


def team_view(state: TeamState, plan: HuntPlan, now: float) -> TeamView:
    """The team as its players see it at `now` (UTC seconds); no locations before the start."""
    visible = [location for location in plan.locations if is_visible(state, location, plan)]
    shown = visible[:SNAPSHOT_LOCATIONS_MAX]
    return TeamView(
        id=state.id,
        name=state.name,
        score=state.score,
        players=tuple(state.players.values()),
        disqualified=state.disqualified,
        target=state.target,
        locations=tuple(location_view(state, location, plan, now) for location in shown),
        locations_more=len(visible) - len(shown),
    )


def _state_word(find: Find | None) -> str:
    if find is None:
        return "open"
    return "void" if find.void else "found"


def _hint_views(state: TeamState, location: Location, plan: HuntPlan) -> tuple[HintView, ...]:
    if not location.hints:
        return ()
    bought = state.hints.get(location.id, ())
    unlocked_s = unlocked_at_s(state, location, plan)
    return tuple(
        HintView(
            hint=index,
            cost=hint.cost,
            after_s=unlocked_s + hint.after_s if unlocked_s is not None and hint.after_s else None,
            text=hint.text if index in bought else None,
        )
        for index, hint in enumerate(location.hints)
    )
