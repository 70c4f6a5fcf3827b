import random

import pytest

from actors.domain.geo import distance_m
from scripts.bots_walk import ACCURACY_M, as_seen_by_a_phone, moved, scattered

PIER, MILL = (57.7072, 11.9668), (57.7100, 11.9700)


def test_walking_covers_the_metres_and_stops_at_the_goal() -> None:
    there = moved(PIER, 100.0, MILL)
    assert distance_m(PIER, there) == pytest.approx(100.0, abs=0.5)
    assert distance_m(there, MILL) < distance_m(PIER, MILL)
    assert moved(PIER, 10_000.0, MILL) == MILL


@pytest.mark.parametrize("around", [PIER, (0.0, 180.0), (-33.9, -180.0), (89.9, 0.0)])
def test_scattered_points_stay_near_and_on_the_map(around: tuple[float, float]) -> None:
    rng = random.Random(1)
    for _ in range(200):
        lat, lon = scattered(around, 50.0, rng)
        assert abs(lat) <= 90
        assert abs(lon) <= 180
        assert distance_m(around, (lat, lon)) < 51.0


def test_a_phone_is_off_by_less_than_it_claims() -> None:
    rng = random.Random(1)
    for _ in range(100):
        seen = as_seen_by_a_phone(PIER, rng)
        assert ACCURACY_M[0] <= seen["accuracy"] <= ACCURACY_M[1]
        assert distance_m(PIER, (seen["lat"], seen["lon"])) <= seen["accuracy"]
