"""Folding a hunt's journal: the same rules, routed as live play routes them."""

from actors.domain import hunt, location, team
from actors.domain.events import (
    AnyEvent,
    ClaimFailed,
    FindRestored,
    FindVoided,
    HuntExtended,
    HuntFinished,
    HuntPaused,
    HuntResumed,
    HuntSeeded,
    HuntStarted,
    LocationClosed,
    LocationFound,
    LocationOpened,
    Record,
    TeamDisqualified,
    TeamSteered,
)
from actors.domain.hunt import HuntState, initial_hunt
from actors.domain.ids import LocationId, TeamId
from actors.domain.leaderboard import Leaderboard
from actors.domain.location import LocationState, initial_location
from actors.domain.plan import HuntPlan
from actors.domain.progress import Progress
from actors.domain.team import TeamState, initial_team


class HuntImage:
    """A whole hunt at one position of the journal. Changes in place as records are applied."""

    hunt: HuntState
    teams: dict[TeamId, TeamState]
    locations: dict[LocationId, LocationState]
    board: Leaderboard
    progress: Progress

    def __init__(self, plan: HuntPlan) -> None:
        self.reset(plan)

    def reset(self, plan: HuntPlan) -> None:
        """Drop everything and begin with a plan."""
        self.hunt = initial_hunt(plan)
        self.teams = {seat.id: initial_team(plan, seat) for seat in plan.teams}
        self.locations = {place.id: initial_location(place) for place in plan.locations}
        self.board = Leaderboard(plan)
        self.progress = Progress(plan)


def start_image(record: Record) -> HuntImage:
    """The hunt as a `HuntSeeded` record creates it.

    Raises:
        TypeError: The record is of another event.
    """
    if not isinstance(record.event, HuntSeeded):
        raise TypeError(f"a hunt begins with hunt_seeded, not {type(record.event).__name__}")
    return HuntImage(record.event.plan)


def apply(image: HuntImage, record: Record) -> None:
    """Fold one more record of the hunt; only the states that it concerns are touched."""
    event = record.event
    image.board.apply(record)
    image.progress.apply(record)
    match event:
        case LocationFound() | TeamSteered():
            _evolve_location(image, event.location, record)
            _evolve_team(image, event.team, record)
        case ClaimFailed():
            _evolve_team(image, event.team, record)
        case FindVoided() | FindRestored():
            _evolve_location(image, event.location, record)
            for concerned in dict.fromkeys(
                (event.team, *(rerank.team for rerank in event.reranked))
            ):
                _evolve_team(image, concerned, record)
        case LocationClosed():
            for steered in image.locations[event.location].steered:
                _evolve_team(image, steered, record)
            _evolve_location(image, event.location, record)
        case LocationOpened():
            _evolve_location(image, event.location, record)
        case HuntSeeded():
            image.reset(event.plan)
            image.progress.apply(record)
        case HuntStarted() | HuntPaused() | HuntResumed() | HuntExtended() | HuntFinished():
            image.hunt = hunt.evolve(image.hunt, record)
            for concerned in image.teams:
                _evolve_team(image, concerned, record)
        case _:
            _apply_other(image, event, record)


def _apply_other(image: HuntImage, event: AnyEvent, record: Record) -> None:
    """Fold an event of a single team, or of the hunt alone."""
    if isinstance(event, TeamDisqualified):
        target = image.teams[event.team].target
        if target is not None:
            _evolve_location(image, target, record)
    concerned = getattr(event, "team", None)
    if concerned is None:
        image.hunt = hunt.evolve(image.hunt, record)
    else:
        _evolve_team(image, concerned, record)


def _evolve_team(image: HuntImage, concerned: TeamId, record: Record) -> None:
    image.teams[concerned] = team.evolve(image.teams[concerned], record, image.hunt.plan)


def _evolve_location(image: HuntImage, concerned: LocationId, record: Record) -> None:
    image.locations[concerned] = location.evolve(image.locations[concerned], record)
