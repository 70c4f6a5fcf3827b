from hypothesis import given
from hypothesis import strategies as st

from actors.admission import LEAVE_FRACTION, SOFT_FRACTION
from actors.ladder import LADDER, Step, climbed

strains = st.floats(0.0, 2.0, allow_nan=False)
rungs = st.integers(0, len(LADDER))


def test_the_ladder_has_every_step_in_order_and_claims_come_last() -> None:
    assert [*(rung.step for rung in LADDER), Step.CLAIMS] == list(Step)
    reached = [rung.from_strain for rung in LADDER]
    assert reached == sorted(set(reached))
    assert reached[0] >= SOFT_FRACTION
    assert reached[-1] < LEAVE_FRACTION, "joins would be let in while claims are still busy"


@given(rungs, strains)
def test_what_is_shed_follows_from_the_strain(before: int, strain: float) -> None:
    reached = climbed(LADDER, before, strain)
    assert all(strain < rung.from_strain for rung in LADDER[reached:])
    assert all(strain >= LEAVE_FRACTION * rung.from_strain for rung in LADDER[:reached])


@given(st.lists(strains, max_size=50))
def test_a_rung_is_left_only_well_below_where_it_was_reached(course: list[float]) -> None:
    reached = 0
    for strain in course:
        before, reached = reached, climbed(LADDER, reached, strain)
        assert climbed(LADDER, reached, strain) == reached, "it is decided at once"
        if reached < before:
            assert strain < LEAVE_FRACTION * LADDER[before - 1].from_strain
        if reached > before:
            assert strain >= LADDER[reached - 1].from_strain


@given(st.lists(st.floats(0.39, 0.41), min_size=2, max_size=50))
def test_strain_about_a_threshold_does_not_flap(course: list[float]) -> None:
    reached, seen = 0, []
    for strain in course:
        reached = climbed(LADDER, reached, strain)
        seen.append(reached)
    assert seen == sorted(seen)


def test_no_strain_sheds_nothing_and_all_of_it_everything_below_claims() -> None:
    assert climbed(LADDER, 0, 0.0) == 0
    assert climbed(LADDER, len(LADDER), 0.0) == 0
    assert climbed(LADDER, 0, 1.0) == len(LADDER)
