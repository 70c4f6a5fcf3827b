"""Builders for tests of the rules: a small plan, records, and states after some events."""

from itertools import count
from typing import Any

from actors.domain.claims import Attempt
from actors.domain.commands import Claim, Position
from actors.domain.events import AnyEvent, HuntSeeded, HuntStarted, LocationFound, Record
from actors.domain.ids import HuntId, LocationId, PlayerId, SessionId, TeamId
from actors.domain.location import LocationState, decide, initial_location
from actors.domain.location import evolve as evolve_location
from actors.domain.plan import Answer, Hint, HuntPlan, Location, Proof, Requirement, TeamSeat
from actors.domain.recovery import HuntImage, apply, start_image
from actors.domain.refusals import Refusal
from actors.domain.team import TeamState, initial_team
from actors.domain.team import evolve as evolve_team

HUNT = HuntId("harbour")
OTTERS, TERNS, SEALS = TeamId("otters"), TeamId("terns"), TeamId("seals")
PIER, MILL, TOWER = LocationId("pier"), LocationId("mill"), LocationId("tower")
ADA, BOB = PlayerId("ada"), PlayerId("bob")
PHONE = SessionId("0" * 32)
START = 1_000.0
"""UTC seconds at which `started` hunts began."""

PIER_AT = (57.7072, 11.9668)

_positions = count(1)


def given_plan(**changes: Any) -> HuntPlan:
    """Otters, terns and seals; a pier with a code, a mill with an answer, a tower to stand at."""
    plan: dict[str, Any] = {
        "hunt": HUNT,
        "title": "Harbour Lights",
        "teams": (
            TeamSeat(id=OTTERS, name="Otters"),
            TeamSeat(id=TERNS, name="Terns"),
            TeamSeat(id=SEALS, name="Seals"),
        ),
        "locations": (given_pier(), given_mill(), given_tower()),
    }
    return HuntPlan(**(plan | changes))


def given_pier(**changes: Any) -> Location:
    """A location that asks for a code and sells two hints."""
    pier: dict[str, Any] = {
        "id": PIER,
        "name": "The Old Pier",
        "clue": "Where the last ferry sleeps",
        "at": PIER_AT,
        "code": "lumen",
        "points": 50,
        "hints": (Hint(text="It floats.", cost=10), Hint(text="Look down.", cost=5, after_s=600.0)),
    }
    return Location(**(pier | changes))


def given_mill(**changes: Any) -> Location:
    """A location that asks for an answer."""
    mill: dict[str, Any] = {
        "id": MILL,
        "name": "The Mill",
        "proof": (Proof.ANSWER,),
        "answers": (Answer(text="lighthouse"), Answer(regex="light ?ship")),
        "near_misses": {"lantern": "Close. Bigger."},
        "points": 30,
    }
    return Location(**(mill | changes))


def given_tower(**changes: Any) -> Location:
    """A location that asks to be there."""
    tower: dict[str, Any] = {
        "id": TOWER,
        "name": "The Tower",
        "proof": (Proof.POSITION,),
        "at": PIER_AT,
        "radius_m": 40.0,
        "points": 20,
    }
    return Location(**(tower | changes))


def requires(*of: LocationId, any_of: int | None = None) -> Requirement:
    """All of some locations, or any so many of them."""
    return Requirement(any_of=len(of) if any_of is None else any_of, of=of)


def record(
    event: AnyEvent,
    at: float = START,
    position: int | None = None,
    session: SessionId | None = None,
) -> Record:
    """A journal record of an event; positions only ever grow."""
    where = next(_positions) if position is None else position
    return Record(position=where, hunt=HUNT, at=at, event=event, session=session)


def given_team(
    plan: HuntPlan, *events: AnyEvent | Record, team: TeamId = OTTERS, started: bool = True
) -> TeamState:
    """A team of a hunt that began at `START`, after some events."""
    seat = next(seat for seat in plan.teams if seat.id == team)
    state = initial_team(plan, seat)
    for event in (*((HuntStarted(),) if started else ()), *events):
        told = event if isinstance(event, Record) else record(event)
        state = evolve_team(state, told, plan)
    return state


def given_location(plan: HuntPlan, *events: AnyEvent, location: LocationId = PIER) -> LocationState:
    """A location after some events."""
    place = next(place for place in plan.locations if place.id == location)
    state = initial_location(place)
    for event in events:
        state = evolve_location(state, record(event))
    return state


def given_image(plan: HuntPlan, *events: AnyEvent | Record) -> HuntImage:
    """A whole hunt that began at `START`, after some events."""
    image = start_image(record(HuntSeeded(plan), at=START - 100))
    for event in (HuntStarted(), *events):
        apply(image, event if isinstance(event, Record) else record(event))
    return image


def found(
    team: TeamId = OTTERS,
    location: LocationId = PIER,
    points: int = 50,
    bonus: int = 0,
    rank: int = 1,
) -> LocationFound:
    """A find by Ada."""
    return LocationFound(team, location, ADA, points, bonus, rank)


def code(text: str | None, location: LocationId = PIER) -> Claim:
    """A claim with a code."""
    return Claim(location, code=text)


def answer(text: str | None) -> Claim:
    """A claim at the mill with an answer."""
    return Claim(MILL, answer=text)


def standing_at(lat: float, lon: float, accuracy: float = 5.0) -> Claim:
    """A claim at the tower from a position."""
    return Claim(TOWER, position=Position(lat, lon, accuracy))


def attempt(claim: Claim, team: TeamId = OTTERS, failures: int = 0, lockouts: int = 0) -> Attempt:
    """A claim that the team has nothing against."""
    return Attempt(team, ADA, claim, failures, lockouts)


def arbitrate(claim: Claim, plan: HuntPlan, failures: int = 0, lockouts: int = 0) -> object:
    """What a location that nobody found yet makes of a claim of the otters."""
    state = given_location(plan, location=claim.location)
    return decide(state, attempt(claim, OTTERS, failures, lockouts), plan, START)


def refused(outcome: object) -> Refusal:
    """The outcome, which must be a refusal."""
    assert isinstance(outcome, Refusal), outcome
    return outcome
