"""Folding a hunt's journal: the same rules, routed as live play routes them."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from actors.domain import hunt, location, team
from actors.domain.events import (
    Announced,
    AnnouncementSeen,
    ClaimFailed,
    Event,
    FindRestored,
    FindVoided,
    HintBought,
    HintGranted,
    HuntExtended,
    HuntFinished,
    HuntPaused,
    HuntResumed,
    HuntSeeded,
    HuntStarted,
    LeaderboardFrozen,
    LeaderboardThawed,
    LocationClosed,
    LocationFound,
    LocationOpened,
    MessageHandled,
    PlayerJoined,
    PointsAdjusted,
    Record,
    StaffArrived,
    StaffInvited,
    StaffRevoked,
    TeamDisqualified,
    TeamReinstated,
    TeamSpoke,
    TeamSteered,
)
from actors.domain.growing_map import drafted, settled
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
    is_draft: bool
    """Whether its states change in place, for a fold of many records that nobody looks into."""

    def __init__(self, plan: HuntPlan) -> None:
        self.reset(plan)

    def reset(self, plan: HuntPlan) -> None:
        """Drop everything and begin with a plan."""
        self.is_draft = False
        self.hunt = initial_hunt(plan)
        self.teams = {seat.id: initial_team(plan, seat) for seat in plan.teams}
        self.locations = {place.id: initial_location(place) for place in plan.locations}
        self.board = Leaderboard(plan)
        self.progress = Progress(plan)

    def draft(self) -> None:
        """Let states change in place until `settle`."""
        self.is_draft = True
        self._change_maps(drafted)

    def settle(self) -> None:
        """Make the states values again."""
        self.is_draft = False
        self._change_maps(settled)

    def _change_maps(self, change: Callable[[Mapping[Any, Any]], Mapping[Any, Any]]) -> None:
        for id_, one in self.teams.items():
            finds, trials, hints = change(one.finds), change(one.trials), change(one.hints)
            self.teams[id_] = replace(one, finds=finds, trials=trials, hints=hints)
        for place, found in self.locations.items():
            self.locations[place] = replace(found, finds=change(found.finds))


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
    ROUTES[type(event)](image, record, event)


def _to_team(image: HuntImage, record: Record, event: Any) -> None:
    concerned, teams = event.team, image.teams
    teams[concerned] = team.evolve(teams[concerned], record, image.hunt.plan)


def _to_nobody(_image: HuntImage, _record: Record, _event: Any) -> None:
    """Only the console board shows it."""


def _to_location(image: HuntImage, record: Record, event: Any) -> None:
    _evolve_location(image, event.location, record)


def _to_both(image: HuntImage, record: Record, event: LocationFound | TeamSteered) -> None:
    place, locations = event.location, image.locations
    locations[place] = location.evolve(locations[place], record)
    _to_team(image, record, event)


def _to_hunt(image: HuntImage, record: Record, _: Any) -> None:
    image.hunt = hunt.evolve(image.hunt, record)


def _to_everybody(image: HuntImage, record: Record, _: Any) -> None:
    image.hunt = hunt.evolve(image.hunt, record)
    for concerned in image.teams:
        _evolve_team(image, concerned, record)


def _to_finders(image: HuntImage, record: Record, event: FindVoided | FindRestored) -> None:
    _evolve_location(image, event.location, record)
    for concerned in dict.fromkeys((event.team, *(rerank.team for rerank in event.reranked))):
        _evolve_team(image, concerned, record)


def _to_steered(image: HuntImage, record: Record, event: LocationClosed) -> None:
    for steered in image.locations[event.location].steered:
        _evolve_team(image, steered, record)
    _evolve_location(image, event.location, record)


def _to_team_and_target(image: HuntImage, record: Record, event: TeamDisqualified) -> None:
    target = image.teams[event.team].target
    if target is not None:
        _evolve_location(image, target, record)
    _evolve_team(image, event.team, record)


def _reset(image: HuntImage, record: Record, event: HuntSeeded) -> None:
    image.reset(event.plan)
    image.progress.apply(record)


def _evolve_team(image: HuntImage, concerned: TeamId, record: Record) -> None:
    image.teams[concerned] = team.evolve(image.teams[concerned], record, image.hunt.plan)


def _evolve_location(image: HuntImage, concerned: LocationId, record: Record) -> None:
    image.locations[concerned] = location.evolve(image.locations[concerned], record)


ROUTES: dict[type[Event], Callable[[HuntImage, Record, Any], None]] = {
    Announced: _to_hunt,
    AnnouncementSeen: _to_team,
    ClaimFailed: _to_team,
    FindRestored: _to_finders,
    FindVoided: _to_finders,
    HintBought: _to_team,
    HintGranted: _to_team,
    HuntExtended: _to_everybody,
    HuntFinished: _to_everybody,
    HuntPaused: _to_everybody,
    HuntResumed: _to_everybody,
    HuntSeeded: _reset,
    HuntStarted: _to_everybody,
    LeaderboardFrozen: _to_hunt,
    LeaderboardThawed: _to_hunt,
    LocationClosed: _to_steered,
    LocationFound: _to_both,
    LocationOpened: _to_location,
    MessageHandled: _to_hunt,
    PlayerJoined: _to_team,
    PointsAdjusted: _to_team,
    StaffArrived: _to_hunt,
    StaffInvited: _to_hunt,
    StaffRevoked: _to_hunt,
    TeamDisqualified: _to_team_and_target,
    TeamReinstated: _to_team,
    TeamSpoke: _to_nobody,
    TeamSteered: _to_both,
}
"""Whom each event concerns. Looking it up by type takes the same time for all of them."""
