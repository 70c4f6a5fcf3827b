import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.histogram import Histogram

BOUNDS = (1.0, 2.0, 5.0)


@pytest.mark.parametrize(
    ("value", "bucket"), [(0.0, 0), (1.0, 0), (1.5, 1), (2.0, 1), (5.0, 2), (5.1, 3), (1e9, 3)]
)
def test_a_value_counts_below_the_first_bound_that_it_does_not_exceed(
    value: float, bucket: int
) -> None:
    histogram = Histogram(BOUNDS)
    histogram.note(value)
    assert [number for number, count in enumerate(histogram.counts) if count] == [bucket]


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(0, 10))))
def test_nothing_is_lost(noted: list[tuple[float, int]]) -> None:
    histogram = Histogram(BOUNDS)
    for value, times in noted:
        histogram.note(value, times)
    assert sum(histogram.counts) == sum(times for _, times in noted)
    assert histogram.total == pytest.approx(sum(value * times for value, times in noted))
