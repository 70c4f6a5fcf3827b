from typing import Any

import pytest

from actors.domain.plan_document import HINTS_MAX
from tests.domain.plan_documents import document, location, the_mistake


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": "\u200b\u2066"}, "name: expected a name that can be seen"),
        ({"name": "two\nlines"}, "expected a name of 1 to 64 characters on one line"),
        ({"code": 123}, "written in quotes, found the number 123"),
        ({"code": True}, "written in quotes, found true"),
        ({"code": "  "}, "expected a code with at least one character"),
        ({"points": "50"}, '(without quotes), found "50"'),
        ({"points": True}, "found true"),
        ({"points": 1.5}, "found the number 1.5"),
        ({"points": 10**5000}, "found a huge number"),
        ({"radius_m": 0}, "expected a number above 0"),
        ({"radius_m": 10**400}, "found a huge number"),
        ({"at": [91, 0]}, "at[0]: expected a latitude from -90 to 90"),
        ({"at": [0, 181]}, "at[1]: expected a longitude from -180 to 180"),
        ({"at": [57.7]}, "expected two numbers, [latitude, longitude]"),
        ({"at": [float("inf"), 0]}, "at[0]: expected a latitude"),
        ({"stock": 0}, "stock: expected a whole number from 1"),
        ({"capacity": 0}, "capacity: expected a whole number from 1"),
        ({"proof": []}, "proof: expected a list of 1 to 3 items"),
        ({"proof": ["code", "code"]}, "expected each kind of proof once, found code, code"),
        ({"proof": ["answer"]}, 'answers: expected a value, since proof lists "answer"'),
        ({"proof": ["position"]}, 'at: expected a value, since proof lists "position"'),
        ({"proof": ["code"], "code": ...}, 'code: expected a value, since proof lists "code"'),
        ({"code": ...}, "expected a code, answers or a position (at) to prove a find"),
        ({"answers": [12]}, "answers[0]: expected text of 1 to 200 characters or a map with"),
        ({"answers": ["\u3000"]}, "expected an answer with at least one character"),
        ({"answers": [{"regex": "("}]}, "answers[0].regex: expected a valid regular expression"),
        ({"answers": [{"regex": "(a+)+"}]}, "does not repeat a group"),
        ({"answers": [{"regx": "a", "regex": "a"}]}, '(did you mean "regex"?)'),
        ({"answers": ["x"], "near_misses": {"X": "no"}}, "found one that answers accepts"),
        ({"near_misses": {"a": "1", "A": "2"}}, "expected each near miss once"),
        ({"near_misses": {7: "no"}}, "near_misses.7: expected text of 1 to 200 characters"),
        ({"requires": ["pier"]}, 'expected other locations only, found "pier" itself'),
        ({"requires": ["mil"]}, 'expected the id of a location (did you mean "mill"?)'),
        ({"requires": ["mill", "mill"]}, 'expected each location once, found "mill" twice'),
        ({"requires": {"any": 2, "of": ["mill"]}}, "expected at most 1, the number of locations"),
        ({"requires": "mill"}, "expected a list of location ids, or {any: 2, of: [a, b, c]}"),
        ({"hints": [{"text": "x", "cost": -1}]}, "hints[0].cost: expected a whole number from 0"),
        ({"hints": [{"text": "x", "after": "soon"}]}, "hints[0].after: expected a duration"),
        ({"hints": [{"text": "x"}] * (HINTS_MAX + 1)}, "0 to 20 items, found 21 items"),
        ({"clue": "x" * 4_001}, "clue: expected text of 0 to 4,000 characters"),
        ({"on_map": "yes"}, 'on_map: expected true or false, found "yes"'),
        ({"on_map": 1}, "on_map: expected true or false, found the number 1"),
        ({"on_map": True}, "at: expected a position, since on_map is true, found nothing"),
    ],
)
def test_a_wrong_part_of_a_location_is_refused(changes: dict[str, Any], expected: str) -> None:
    line = the_mistake(document(location(**changes), location("mill")))
    assert line.startswith("locations[0]")
    assert expected in line
