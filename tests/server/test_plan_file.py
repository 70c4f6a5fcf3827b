from pathlib import Path

import pytest

from actors.domain.plan import HuntPlan
from server.plan_file import PLAN_BYTES_MAX, PlanErrors, PlanFile, read_plan_file, read_plan_text

EXAMPLES = Path(__file__).parent.parent.parent / "docs" / "examples"

GOOD = """\
version: 1
hunt: harbour
title: Harbour Lights
starts: 2026-12-05T10:00:00+01:00
teams: {count: 2}
locations:
  - id: pier
    name: The Old Pier
    code: LUMEN
"""

TEN_MISTAKES = """\
version: 1
hunt: Harbour Lights
starts: 2026-12-05T10:00:00
duration: 12:30
routes: free
teams: {names: [Otters, otters]}
locations:
  - id: pier
    name: The Old Pier
    code: 0123
    points: "50"
    at: [-122.4, 37.7]
  - name: The Mill
    code: yes
    stock: 0
"""


def errors(text: str) -> list[str]:
    result = read_plan_text(text, "plan.yaml")
    assert isinstance(result, PlanErrors)
    return list(result.messages)


def the_error(text: str) -> str:
    (only,) = errors(text)
    return only


def test_a_good_plan_is_read_with_its_document() -> None:
    file = read_plan_file(GOOD, "plan.yaml")
    assert isinstance(file, PlanFile)
    assert isinstance(file.document, dict)
    assert file.document["teams"] == {"count": 2}
    assert file.plan == read_plan_text(GOOD, "plan.yaml")


def test_every_mistake_is_told_with_file_line_and_expectation() -> None:
    starts = [
        "plan.yaml:1: title: expected a title",
        "plan.yaml:2: hunt: expected a short name",
        "plan.yaml:3: starts: expected a date and time with its UTC offset",
        'plan.yaml:4: duration: expected a duration like "90s"',
        "plan.yaml:5: routes: expected only version, hunt, title, starts, duration, route,",
        "plan.yaml:6: teams.names[1]: expected a name that no other team has",
        "plan.yaml:10: locations[0].code: expected text of 1 to 64 characters, written in quotes",
        "plan.yaml:11: locations[0].points: expected a whole number from 0 to 1,000,000",
        "plan.yaml:12: locations[0].at[0]: expected a latitude from -90 to 90",
        "plan.yaml:13: locations[1].id: expected a short name",
        "plan.yaml:14: locations[1].code: expected text of 1 to 64 characters, written in quotes",
        "plan.yaml:15: locations[1].stock: expected a whole number from 1",
    ]
    found = errors(TEN_MISTAKES)
    assert len(found) == len(starts)
    for message, start in zip(found, starts, strict=True):
        assert message.startswith(start)


def test_what_was_found_is_told_in_the_authors_spelling() -> None:
    found = [message.rsplit(", found ", 1)[1] for message in errors(TEN_MISTAKES)]
    assert found[2] == "2026-12-05T10:00:00"
    assert found[6] == "0123"
    assert found[10] == "yes"


def test_a_key_that_comes_twice_is_a_mistake() -> None:
    again = GOOD + "    name: The New Pier\n"
    expected = 'locations[0].name: expected each key once, found "name" again (first in line 8)'
    assert the_error(again) == f"plan.yaml:10: {expected}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\n  b: 2\n", "plan.yaml:2: the plan: expected YAML, but mapping values"),
        ("a: [1, 2\nb: 3\n", "plan.yaml:2: the plan: expected YAML"),
        ("a: &x [1]\nb: *x\n", "plan.yaml:2: the plan: expected every part written out"),
        ("a: !!python/object:os.system x", "plan.yaml:1: the plan: expected no tags"),
        ("a: !!python/object/new:x [y]", "plan.yaml:1: the plan: expected no tags"),
        ("? [a]\n: b\n", "plan.yaml:1: the plan: expected a text as key"),
        ("a: 1\n---\nb: 2\n", "plan.yaml:2: the plan: expected one plan in a file"),
        ("\na: \x07", "plan.yaml:2: the plan: expected readable text"),
        ("a: \ud800", "plan.yaml:1: the plan: expected readable text"),
        ("", "plan.yaml:1: the plan: expected a map with version"),
        ("just words", "plan.yaml:1: the plan: expected a map with version"),
    ],
)
def test_a_text_that_is_no_plan_gets_one_message(text: str, expected: str) -> None:
    assert the_error(text).startswith(expected)


def test_deep_nesting_is_refused_and_not_followed() -> None:
    assert "expected at most 16 levels" in the_error("[" * 200_000)
    assert "expected at most 16 levels" in the_error("- " * 100)


def test_a_bomb_of_aliases_is_refused() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n" for i in range(20)
    )
    assert "expected every part written out" in the_error(bomb)


def test_a_plan_beyond_the_limit_is_refused_unread() -> None:
    assert "expected at most 4,194,304 bytes" in the_error("é" * (PLAN_BYTES_MAX // 2 + 1))


@pytest.mark.parametrize("written", ["12:30", "0o17", "1e3", "2026-13-45", "=", "~x"])
def test_a_text_that_only_looks_like_something_else_stays_a_text(written: str) -> None:
    plan = read_plan_text(GOOD.replace("LUMEN", written), "plan.yaml")
    assert isinstance(plan, HuntPlan)
    assert plan.locations[0].code == written


def test_a_number_with_a_leading_zero_is_decimal() -> None:
    plan = read_plan_text(GOOD + "    points: 010\n", "plan.yaml")
    assert isinstance(plan, HuntPlan)
    assert plan.locations[0].points == 10


def test_the_example_hunt_is_a_good_plan() -> None:
    file = EXAMPLES / "golden-gate.yaml"
    plan = read_plan_text(file.read_text(encoding="utf-8"), file.name)
    assert isinstance(plan, HuntPlan)
    assert len(plan.locations) >= 14
    assert "OpenStreetMap" in plan.attribution
    assert {proof for location in plan.locations for proof in location.proof} == {
        "code",
        "answer",
        "position",
    }
