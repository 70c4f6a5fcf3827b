import pytest

from actors.domain.events import AnyEvent, FindVoided, LocationFound, Rerank
from actors.domain.ids import TeamId
from actors.domain.plan import Scoring
from server.simulation.referee import Referee
from tests.domain.given import ADA, OTTERS, PIER, SEALS, TERNS, given_pier, given_plan, record


def found(team: TeamId, rank: int, bonus: int) -> LocationFound:
    return LocationFound(team, PIER, ADA, 50, bonus, rank)


FIRST = found(OTTERS, 1, 20)
ALONE_VOID = FindVoided(OTTERS, PIER)
VOID = FindVoided(OTTERS, PIER, "", (Rerank(TERNS, 1, 20),))


def objections(*events: AnyEvent) -> list[str]:
    plan = given_plan(locations=(given_pier(stock=2),), scoring=Scoring(finder_bonus=(20, 10)))
    referee = Referee(plan)
    return [wrong for event in events for wrong in referee.apply(record(event))]


@pytest.mark.parametrize(
    "events",
    [
        (FIRST, found(TERNS, 2, 10)),
        (FIRST, found(TERNS, 2, 10), VOID, found(SEALS, 2, 10)),
    ],
)
def test_what_the_plan_promises_is_right(events: tuple[AnyEvent, ...]) -> None:
    assert objections(*events) == []


@pytest.mark.parametrize(
    "events",
    [
        pytest.param((FIRST, FIRST), id="found twice"),
        pytest.param((FIRST, found(TERNS, 1, 20)), id="two winners"),
        pytest.param((FIRST, found(TERNS, 2, 20)), id="a wrong bonus"),
        pytest.param((FIRST, found(TERNS, 2, 10), found(SEALS, 3, 0)), id="oversold"),
        pytest.param((FIRST, ALONE_VOID, ALONE_VOID), id="void twice"),
        pytest.param((FIRST, found(TERNS, 2, 10), ALONE_VOID), id="nobody moved up"),
    ],
)
def test_what_it_does_not_promise_is_wrong(events: tuple[AnyEvent, ...]) -> None:
    assert objections(*events)


def test_scores_are_summed_from_what_counts() -> None:
    plan = given_plan(locations=(given_pier(),), scoring=Scoring(finder_bonus=(20, 10)))
    referee = Referee(plan)
    for event in (FIRST, found(TERNS, 2, 10), VOID):
        assert list(referee.apply(record(event))) == []
    assert (referee.score(OTTERS), referee.score(TERNS)) == (0, 70)
