from hypothesis import given
from hypothesis import strategies as st

from actors.domain.ids import LocationId
from actors.domain.plan import Requirement
from actors.domain.plan_graph import unreachable_circles


def needs(*of: str, any_of: int | None = None) -> Requirement:
    ids = tuple(LocationId(location) for location in of)
    return Requirement(any_of=len(of) if any_of is None else any_of, of=ids)


def test_a_chain_has_no_circle() -> None:
    assert unreachable_circles({"b": needs("a"), "c": needs("b", "a")}) == ()


def test_a_circle_starts_at_its_first_location_in_plan_order() -> None:
    circle = {"a": needs("c"), "b": needs("a"), "c": needs("b")}
    assert unreachable_circles(circle) == (("a", "c", "b"),)


def test_what_waits_for_a_circle_is_not_a_circle_of_its_own() -> None:
    plan = {"after": needs("a"), "a": needs("b"), "b": needs("a")}
    assert unreachable_circles(plan) == (("a", "b"),)


def test_a_circle_is_harmless_when_another_location_is_enough() -> None:
    assert unreachable_circles({"a": needs("b", "start", any_of=1), "b": needs("a")}) == ()


@given(
    st.dictionaries(
        st.sampled_from("abcdef"),
        st.lists(st.sampled_from("abcdefxy"), min_size=1, max_size=4, unique=True).flatmap(
            lambda of: st.integers(1, len(of)).map(lambda any_of: needs(*of, any_of=any_of))
        ),
    )
)
def test_circles_are_found_exactly_when_something_can_never_unlock(
    plan: dict[str, Requirement],
) -> None:
    found = {location for need in plan.values() for location in need.of if location not in plan}
    for _ in plan:
        found |= {
            LocationId(location)
            for location, need in plan.items()
            if sum(other in found for other in need.of) >= need.any_of
        }
    stuck = plan.keys() - found
    circles = unreachable_circles(plan)
    assert bool(circles) == bool(stuck)
    for circle in circles:
        assert stuck >= set(circle)
        for location, following in zip(circle, (*circle[1:], circle[0]), strict=True):
            assert following in plan[location].of
