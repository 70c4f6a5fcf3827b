from math import pi

import pytest

from actors.domain.geo import EARTH_RADIUS_M, distance_m


def test_a_point_is_at_no_distance_from_itself() -> None:
    assert distance_m((57.7072, 11.9668), (57.7072, 11.9668)) == 0.0


def test_one_degree_of_latitude_is_111_195_m() -> None:
    assert distance_m((0.0, 0.0), (1.0, 0.0)) == pytest.approx(111_195, abs=1)


def test_a_degree_of_longitude_shrinks_with_the_cosine_of_the_latitude() -> None:
    assert distance_m((60.0, 0.0), (60.0, 0.001)) == pytest.approx(55.6, abs=0.05)


def test_a_known_distance_between_cities() -> None:
    # Berlin to Paris along the great circle is 878 km.
    assert distance_m((52.52, 13.405), (48.8566, 2.3522)) == pytest.approx(877_500, rel=0.005)


def test_antipodes_are_half_a_circumference_apart() -> None:
    assert distance_m((0.0, 0.0), (0.0, 180.0)) == pytest.approx(pi * EARTH_RADIUS_M)


def test_the_date_line_is_no_gap() -> None:
    assert distance_m((0.0, 179.9995), (0.0, -179.9995)) == pytest.approx(111.2, abs=0.1)


def test_the_way_back_is_as_long() -> None:
    there = distance_m((57.7, 11.9), (58.0, 12.3))
    assert distance_m((58.0, 12.3), (57.7, 11.9)) == pytest.approx(there)
