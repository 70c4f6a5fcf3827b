from msgspec.json import encode
from msgspec.structs import replace

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
    index = given_plan(locations=(pier, given_mill())).index
    assert index.locations[PIER] is pier
    assert index.unlocks == {MILL: (pier,)}
    assert index.team_orders == {OTTERS: 0, TERNS: 1, SEALS: 2}


def test_an_index_is_worked_out_once_per_plan() -> None:
    plan = given_plan()
    assert plan.index is plan.index


def test_a_changed_plan_has_its_own_index() -> None:
    before = given_plan(locations=(given_pier(),))
    assert PIER in before.index.locations
    after = replace(before, locations=(given_mill(),))
    assert set(after.index.locations) == {MILL}


def test_an_index_is_no_part_of_the_plan() -> None:
    plan, fresh = given_plan(), given_plan()
    assert plan.index
    assert plan == fresh
    assert encode(plan) == encode(fresh)
