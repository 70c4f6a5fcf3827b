"""Make a hunt plan from GeoJSON points, such as an export of OpenStreetMap."""

from collections.abc import Iterator
from math import isfinite
from typing import Any

import msgspec
from msgspec import Struct

from actors.domain.geo import distance_m
from actors.domain.plan_document import CLUE_CHARS_MAX, LOCATIONS_MAX, NAME_CHARS_MAX, PLAN_VERSION
from actors.domain.plan_values import unique_slugs
from actors.domain.text import normalise

POINTS_BYTES_MAX = 16 * 1024 * 1024
"""Largest file that is read, in bytes; a city's sights are well under one MiB."""

SAME_PLACE_M = 25.0
"""Two points of one name this near are one place that was mapped twice."""

POINTS_EACH = 10
"""Points for each place; the author is expected to change them."""

RADIUS_M = 40
"""How near a phone must be, in metres: what phones manage between houses."""

OPENSTREETMAP = "© OpenStreetMap contributors, ODbL 1.0"
"""How OpenStreetMap asks to be named: https://www.openstreetmap.org/copyright."""

_KIND_TAGS = ("tourism", "historic", "artwork_type", "amenity", "leisure")


class UnreadablePoints(ValueError):
    """The text is not a GeoJSON feature collection that points can be taken from."""


class Point(Struct, frozen=True):
    """A named place."""

    name: str
    lat: float
    lon: float
    tags: dict[str, str]


class Points(Struct, frozen=True):
    """What a GeoJSON file gives for a hunt, and what it does not."""

    points: tuple[Point, ...]
    left_out: tuple[str, ...]
    """One sentence for each feature that was left out or renamed, and why."""
    attribution: str
    """Whose data it is, when the file says so; else empty."""


def read_points(text: str) -> Points:
    """Read the named points of a GeoJSON feature collection.

    Left out are features that are no points, have no name, lie outside the world, call themselves
    closed, or repeat a place. Places that only share a name get a number: ``Cannon (2)``.

    Raises:
        UnreadablePoints: The text is no GeoJSON feature collection, or is too large.
    """
    if len(text) > POINTS_BYTES_MAX:
        raise UnreadablePoints(f"expected at most {POINTS_BYTES_MAX:,} bytes of GeoJSON")
    try:
        collection = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise UnreadablePoints(f"expected GeoJSON, found a mistake in the JSON: {error}") from None
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list):
        raise UnreadablePoints("expected a GeoJSON FeatureCollection with a list of features")
    left_out: list[str] = []
    points = tuple(_distinct(_named_points(features, left_out), left_out))
    return Points(points, tuple(left_out), _attribution(collection))


def plan_document_from_points(
    points: Points,
    hunt: str,
    title: str,
    pick: int | None = None,
    near: tuple[float, float] | None = None,
    *,
    teams: int,
) -> dict[str, object]:
    """Make a plan document in which a find is proved by standing there.

    Args:
        points: The places.
        hunt: The hunt's id, a slug.
        title: The hunt's title.
        pick: How many places to take; all when None.
        near: Take those nearest to this latitude and longitude, else the first of the file.
        teams: How many teams take part.
    """
    chosen = list(points.points)
    if near is not None:
        chosen.sort(key=lambda point: distance_m((point.lat, point.lon), near))
    chosen = chosen[: min(LOCATIONS_MAX, len(chosen) if pick is None else pick)]
    ids = unique_slugs((point.name for point in chosen), "place")
    document: dict[str, object] = {
        "version": PLAN_VERSION,
        "hunt": hunt,
        "title": title,
        "teams": {"count": teams},
        "locations": [_location(id_, point) for id_, point in zip(ids, chosen, strict=True)],
    }
    if points.attribution:
        document["attribution"] = points.attribution
    return document


def _named_points(features: list[Any], left_out: list[str]) -> Iterator[Point]:
    for number, feature in enumerate(features, start=1):
        match feature:
            case {"geometry": {"type": "Point", "coordinates": [lon, lat, *_]}}:
                properties = feature.get("properties")
            case _:
                left_out.append(f"feature {number}: not a point")
                continue
        tags = {
            key: value
            for key, value in (properties if isinstance(properties, dict) else {}).items()
            if isinstance(value, str)
        }
        name = " ".join(tags.get("name", "").split())
        if not name:
            left_out.append(f"feature {number}: has no name")
        elif not (_is_within(lat, 90) and _is_within(lon, 180)):
            left_out.append(f"{name}: lies outside the world ({lat}, {lon})")
        elif "closed" in name.casefold() or "disused" in tags:
            left_out.append(f"{name}: is closed")
        else:
            yield Point(name, float(lat), float(lon), tags)


def _is_within(degrees: object, limit: int) -> bool:
    if isinstance(degrees, bool) or not isinstance(degrees, int | float):
        return False
    return isfinite(degrees) and abs(degrees) <= limit


def _distinct(points: Iterator[Point], left_out: list[str]) -> Iterator[Point]:
    """Leave out places that come twice, and give places of the same name different names."""
    namesakes: dict[str, list[Point]] = {}
    taken: set[str] = set()
    for point in points:
        name = _clipped(point.name, NAME_CHARS_MAX)
        known = namesakes.setdefault(normalise(name), [])
        here = (point.lat, point.lon)
        if any(distance_m(here, (other.lat, other.lon)) <= SAME_PLACE_M for other in known):
            left_out.append(f"{name}: the same place again, within {SAME_PLACE_M:g} m")
            continue
        known.append(point)
        unique = _unique(name, len(known), taken)
        taken.add(normalise(unique))
        if unique != point.name:
            left_out.append(f"{point.name}: kept as {unique}")
        yield Point(unique, point.lat, point.lon, point.tags)


def _unique(name: str, number: int, taken: set[str]) -> str:
    """Return the name, or the name with the first number from `number` on that is free."""
    unique = name
    while normalise(unique) in taken:
        suffix = f" ({number})"
        unique = _clipped(name, NAME_CHARS_MAX - len(suffix)) + suffix
        number += 1
    return unique


def _clipped(text: str, chars: int) -> str:
    return text if len(text) <= chars else text[: chars - 1].rstrip() + "…"


def _location(id_: str, point: Point) -> dict[str, object]:
    return {
        "id": id_,
        "name": point.name,
        "at": [point.lat, point.lon],
        "radius_m": RADIUS_M,
        "clue": _clue(point),
        "proof": ["position"],
        "points": POINTS_EACH,
    }


def _clue(point: Point) -> str:
    """A plain errand; riddles are the author's part."""
    kind = next((point.tags[tag] for tag in _KIND_TAGS if point.tags.get(tag)), "")
    words = "" if kind in ("", "yes") else f" ({kind.replace('_', ' ')})"
    return _clipped(f"Find {point.name}{words}.", CLUE_CHARS_MAX)


def _attribution(collection: dict[str, Any]) -> str:
    for key in ("attribution", "copyright"):
        said = collection.get(key)
        if isinstance(said, str) and said.strip():
            return OPENSTREETMAP if "openstreetmap" in said.casefold() else said.strip()
    return ""
