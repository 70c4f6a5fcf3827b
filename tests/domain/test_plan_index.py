from actors.domain.ids import HuntId
from actors.domain.plan_index import INDEXES_KEPT_MAX, index_of
from tests.domain.given import (
    MILL,
    OTTERS,
    PIER,
    SEALS,
    TERNS,
    given_mill,
    given_pier,
    given_plan,
    requires,
)


def test_things_are_found_by_their_id() -> None:
    pier = given_pier(requires=requires(MILL))
    index = index_of(given_plan(locations=(pier, given_mill())))
    assert index.locations[PIER] is pier
    assert index.unlocks == {MILL: (pier,)}
    assert index.team_orders == {OTTERS: 0, TERNS: 1, SEALS: 2}


def test_an_index_is_worked_out_once_per_plan() -> None:
    plan = given_plan()
    assert index_of(plan) is index_of(plan)


def test_an_equal_plan_and_a_plan_after_many_others_have_their_own_index() -> None:
    plan = given_plan()
    assert index_of(given_plan()) is not index_of(plan)
    for number in range(INDEXES_KEPT_MAX + 1):
        other = given_plan(hunt=HuntId(f"h{number}"))
        assert index_of(other).plan is other
    assert index_of(plan).plan is plan
