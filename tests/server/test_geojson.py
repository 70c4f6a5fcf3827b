import json
from typing import Any

import pytest

from actors.domain.plan import HuntPlan
from actors.domain.plan_reader import read_plan
from server.geojson import OPENSTREETMAP, UnreadablePoints, plan_document_from_points, read_points


def point(name: str | None, lat: Any, lon: Any, **tags: str) -> dict[str, Any]:
    properties = tags if name is None else {"name": name, **tags}
    geometry = {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features: object, **keys: object) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features, **keys})


SAMPLE = collection(
    point("Musée Mécanique", 37.8094, -122.4163, tourism="museum"),
    point(None, 37.8, -122.4, tourism="viewpoint"),
    point("Battery", 37.7829, -122.5089, historic="ruins"),
    point("Battery", 37.7819, -122.5084, historic="ruins"),
    point("Battery (2)", 37.70, -122.50),
    point("battery ", 37.78291, -122.5089, historic="ruins"),
    point("Toy Museum (closed)", 37.787, -122.4009),
    point("Moon Base", 137.0, 0.0),
    point("Swapped", True, 0.0),
    {"type": "Feature", "properties": {"name": "Park"}, "geometry": {"type": "Polygon"}},
    {"type": "Feature", "properties": None, "geometry": None},
    "not a feature",
    point("海獭" * 40, 37.0, -122.0),
    copyright="The data included in this document is from www.openstreetmap.org.",
)


def test_named_points_are_read_and_the_rest_is_accounted_for() -> None:
    points = read_points(SAMPLE)
    names = [found.name for found in points.points]
    assert names == [
        "Musée Mécanique",
        "Battery",
        "Battery (2)",
        "Battery (2) (1)",
        "海獭" * 31 + "海…",
    ]
    assert points.left_out[:4] == (
        "feature 2: has no name",
        "Battery: kept as Battery (2)",
        "Battery (2): kept as Battery (2) (1)",
        "battery: the same place again, within 25 m",
    )
    assert "Toy Museum (closed): is closed" in points.left_out
    assert "Moon Base: lies outside the world (137.0, 0.0)" in points.left_out
    assert "Swapped: lies outside the world (True, 0.0)" in points.left_out
    assert [line for line in points.left_out if line.endswith("not a point")] == [
        "feature 10: not a point",
        "feature 11: not a point",
        "feature 12: not a point",
    ]
    assert points.points[0].tags["tourism"] == "museum"
    assert points.attribution == OPENSTREETMAP


def test_points_make_a_plan_that_the_reader_accepts() -> None:
    points = read_points(SAMPLE)
    document = plan_document_from_points(points, "sights", "Sights", teams=4)
    plan = read_plan(document)
    assert isinstance(plan, HuntPlan)
    assert [location.id for location in plan.locations] == [
        "musee-mecanique",
        "battery",
        "battery-2",
        "battery-2-1",
        "place-5",
    ]
    first = plan.locations[0]
    assert first.name == "Musée Mécanique"
    assert first.clue == "Find Musée Mécanique (museum)."
    assert (first.at, first.proof) == ((37.8094, -122.4163), ("position",))
    assert plan.attribution == OPENSTREETMAP
    assert len(plan.teams) == 4


def test_the_nearest_places_are_picked() -> None:
    points = read_points(
        collection(point("Far", 10, 10), point("Near", 1, 1), point("Nearest", 0.1, 0.1))
    )
    document = plan_document_from_points(points, "x", "X", 2, (0, 0), teams=1)
    plan = read_plan(document)
    assert isinstance(plan, HuntPlan)
    assert [location.name for location in plan.locations] == ["Nearest", "Near"]
    assert plan.attribution == ""


def test_without_a_place_to_be_near_the_first_are_picked() -> None:
    points = read_points(collection(point("A", 10, 10), point("B", 1, 1)))
    document = plan_document_from_points(points, "x", "X", 1, teams=1)
    plan = read_plan(document)
    assert isinstance(plan, HuntPlan)
    assert [location.name for location in plan.locations] == ["A"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"features": 1}', "[" * 100_000, '{"a": "\ud800"}']
)
def test_what_is_no_geojson_is_refused_in_words(text: str) -> None:
    with pytest.raises(UnreadablePoints, match="expected"):
        read_points(text)
