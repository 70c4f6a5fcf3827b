"""A bot's way over the ground: metres, degrees and what a phone makes of them."""

import random
from math import cos, pi, radians, sin

from actors.domain.geo import EARTH_RADIUS_M, distance_m

Point = tuple[float, float]
"""Latitude and longitude in degrees (WGS 84)."""

WALKING_M_PER_S = 1.4
"""Metres a second: 5 km/h."""

ACCURACY_M = (4.0, 20.0)
"""Metres that phones claim for their positions outdoors, at best and at worst."""

_DEGREE_M = EARTH_RADIUS_M * pi / 180


def moved(start: Point, metres: float, towards: Point) -> Point:
    """The point `metres` from `start` on the straight way to `towards`, never beyond it.

    On the scale of a hunt a straight line in degrees is straight enough.
    """
    way_m = distance_m(start, towards)
    if way_m <= metres:
        return towards
    part = metres / way_m
    return (
        start[0] + (towards[0] - start[0]) * part,
        start[1] + (towards[1] - start[1]) * part,
    )


def scattered(point: Point, metres_max: float, rng: random.Random) -> Point:
    """A point at most so many metres away, in any direction."""
    metres, angle = rng.uniform(0, metres_max), rng.uniform(0, 2 * pi)
    lat = point[0] + metres * cos(angle) / _DEGREE_M
    narrow = max(0.01, cos(radians(point[0])))  # Beside the poles any longitude will do.
    lon = point[1] + metres * sin(angle) / (_DEGREE_M * narrow)
    return max(-90.0, min(90.0, lat)), (lon + 180.0) % 360.0 - 180.0


def as_seen_by_a_phone(point: Point, rng: random.Random) -> dict[str, float]:
    """A position as phones report it: a little off, and with an accuracy in metres."""
    accuracy = rng.uniform(*ACCURACY_M)
    lat, lon = scattered(point, accuracy / 2, rng)
    return {"lat": round(lat, 6), "lon": round(lon, 6), "accuracy": round(accuracy, 1)}
