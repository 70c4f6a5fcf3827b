"""Distances on the Earth."""

from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius R1 of the GRS 80 ellipsoid (Moritz, "Geodetic Reference System 1980")."""


def distance_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Metres between two points given as latitude and longitude in degrees.

    The haversine formula (R. W. Sinnott, "Virtues of the Haversine", Sky and Telescope 68, 1984)
    on a sphere: within 0.6 % of the ellipsoid, which is far below what a phone knows.
    """
    lat_a, lat_b = radians(a[0]), radians(b[0])
    half_lat = sin((lat_b - lat_a) / 2)
    half_lon = sin(radians(b[1] - a[1]) / 2)
    chord = half_lat * half_lat + cos(lat_a) * cos(lat_b) * half_lon * half_lon
    # Rounding may carry the chord of antipodes above 1, where asin is undefined.
    return 2 * EARTH_RADIUS_M * asin(sqrt(min(1.0, chord)))
