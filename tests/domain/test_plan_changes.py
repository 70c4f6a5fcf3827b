from typing import Any

import pytest

from actors.domain.ids import LocationId
from actors.domain.plan import HuntPlan, Location
from actors.domain.plan_changes import changes
from actors.domain.plan_reader import read_plan


def plan(**parts: Any) -> HuntPlan:
    pier = {"id": "pier", "name": "Pier", "code": "LUMEN", "points": 50} | parts.pop("pier", {})
    mill = {"id": "mill", "name": "Mill", "answers": ["flour"]}
    document = {
        "version": 1,
        "hunt": "harbour",
        "title": "Harbour Lights",
        "teams": {"names": ["Otters", "Terns"]},
        "locations": [pier, mill],
    } | parts
    result = read_plan(document)
    assert isinstance(result, HuntPlan)
    return result


def test_equal_plans_change_nothing() -> None:
    assert changes(plan(), plan()) == ()


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"pier": {"points": 60}}, "location pier: points 50 -> 60"),
        ({"pier": {"stock": 3}}, "location pier: stock none -> 3"),
        ({"pier": {"at": [57.7, 11.9]}}, "location pier: at none -> 57.7, 11.9"),
        ({"pier": {"requires": ["mill"]}}, "location pier: requires nothing -> mill"),
        ({"pier": {"radius_m": 10}}, "location pier: radius 40 m -> 10 m"),
        ({"practice": True}, "practice: no -> yes"),
        ({"title": "Lights"}, "title: Harbour Lights -> Lights"),
        ({"duration": "2h"}, "duration: open -> 7200 s"),
        ({"starts": "2026-12-05T10:00+01:00"}, "starts: by the game master -> 2026-12-05T09:00:00"),
        ({"route": "linear"}, "route: free -> linear"),
        ({"scoring": {"finder_bonus": [9, 5]}}, "finder bonus: none -> 9, 5"),
        (
            {"scoring": {"lockout": {"after": 3, "for": 30}}},
            "lock-out: none -> after 3 for 30 s, times 1",
        ),
        ({"teams": {"names": ["Otters"]}}, "team Terns: removed"),
        ({"teams": {"names": ["Otters", "Terns", "Auks"]}}, "team Auks: added"),
        ({"teams": {"names": ["OTTERS", "Terns"]}}, "team Otters: name -> OTTERS"),
        ({"teams": {"names": ["Terns", "Otters"]}}, "teams: order changed"),
    ],
)
def test_a_change_is_one_sentence(parts: dict[str, Any], sentence: str) -> None:
    (only,) = changes(plan(), plan(**parts))
    assert only.startswith(sentence)


def test_a_location_that_is_put_on_the_map_is_said_to_be() -> None:
    before, after = plan(pier={"at": [1, 2]}), plan(pier={"at": [1, 2], "on_map": True})
    assert changes(before, after) == ("location pier: on the map no -> yes",)


def test_locations_come_and_go() -> None:
    old, new = plan(), plan(locations=[{"id": "quay", "name": "Quay", "code": "X"}])
    assert changes(old, new) == (
        "location pier: removed",
        "location mill: removed",
        "location quay: added",
    )


def test_codes_answers_and_texts_are_never_printed() -> None:
    secret = {
        "code": "SECRET1",
        "answers": ["secret2"],
        "near_misses": {"secret3": "secret4"},
        "hints": [{"text": "secret5"}],
        "clue": "secret6",
    }
    sentences = changes(plan(), plan(pier=secret))
    assert {sentence.removeprefix("location pier: ") for sentence in sentences} == {
        "code changed",
        "answers changed",
        "near misses changed",
        "hints changed",
        "clue changed",
    }
    assert "secret" not in " ".join(sentences).casefold()


def test_every_field_of_a_location_has_a_sentence() -> None:
    # A field that is added to locations must not change in silence.
    bare = Location(id=LocationId("x"), name="x")
    covered = {"id", "name", "at", "radius_m", "proof", "points", "stock", "capacity", "requires"}
    covered |= {"code", "answers", "near_misses", "hints", "clue", "on_map"}
    assert set(bare.__struct_fields__) == covered
