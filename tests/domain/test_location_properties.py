from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from actors.domain.claims import Attempt
from actors.domain.commands import (
    Claim,
    CloseLocation,
    OpenLocation,
    RestoreFind,
    VoidFind,
)
from actors.domain.events import (
    FindRestored,
    FindVoided,
    LocationFound,
)
from actors.domain.ids import LocationId, PlayerId, TeamId
from actors.domain.location import LocationState, Steer, decide, evolve, initial_location
from actors.domain.plan import Route, Scoring, TeamSeat
from actors.domain.refusals import Refusal
from tests.domain.given import PIER, START, given_pier, given_plan, record

TEAMS = tuple(TeamSeat(id=TeamId(f"t{n}"), name=f"T{n}") for n in range(6))
STEPS = st.lists(
    st.tuples(st.sampled_from(["claim", "void", "restore", "steer", "close", "open"]),
              st.sampled_from([seat.id for seat in TEAMS])),
    max_size=40,
)  # fmt: skip


@given(steps=STEPS, stock=st.integers(0, 4), capacity=st.integers(1, 3), is_guided=st.booleans())
def test_stock_is_never_oversold_and_ranks_have_no_gap(
    steps: list[tuple[str, TeamId]], stock: int, capacity: int, is_guided: bool
) -> None:
    place = given_pier(stock=stock, capacity=capacity)
    route = Route.STAGGERED if is_guided else Route.FREE
    plan = given_plan(
        teams=TEAMS, locations=(place,), route=route, scoring=Scoring(finder_bonus=(3, 2, 1))
    )
    state, ranks = initial_location(place), dict[TeamId, int]()
    for word, team in steps:
        if word == "claim" and is_guided and team not in state.steered:
            continue  # On a guided route only teams that were steered here claim.
        if word == "steer" and not is_guided:
            continue
        event = decide(state, _command(word, team), plan, START)
        if isinstance(event, LocationFound):
            ranks[team] = event.rank
        if isinstance(event, FindVoided | FindRestored):
            ranks.pop(team, None)
            ranks.update((rerank.team, rerank.rank) for rerank in event.reranked)
        if is_guided and word == "claim":
            assert isinstance(event, LocationFound), "a team on its way must find its treasure"
        if not isinstance(event, Refusal):
            state = evolve(state, record(event))
        _check(state, stock, capacity, ranks)


def _command(word: str, team: TeamId) -> Any:
    pier = LocationId(PIER)
    return {
        "claim": Attempt(team, PlayerId("p"), Claim(pier, code="lumen"), 0, 0),
        "void": VoidFind(team, pier),
        "restore": RestoreFind(team, pier),
        "steer": Steer(team),
        "close": CloseLocation(pier),
        "open": OpenLocation(pier),
    }[word]


def _check(state: LocationState, stock: int, capacity: int, ranks: dict[TeamId, int]) -> None:
    standing = [team for team, void in state.finds.items() if not void]
    assert state.standing == len(standing) <= stock
    assert len(state.steered) <= capacity
    assert [ranks[team] for team in standing] == list(range(1, len(standing) + 1))
