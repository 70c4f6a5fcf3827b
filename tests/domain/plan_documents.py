"""Builders of plan documents for tests."""

from typing import Any

from actors.domain.plan import HuntPlan
from actors.domain.plan_reader import read_plan


def document(*locations: Any, **changes: Any) -> dict[str, Any]:
    plan: dict[str, Any] = {
        "version": 1,
        "hunt": "harbour",
        "title": "Harbour Lights",
        "teams": {"names": ["Otters", "Terns"]},
        "locations": list(locations) or [location()],
    }
    return {key: value for key, value in (plan | changes).items() if value is not ...}


def location(id_: str = "pier", **changes: Any) -> dict[str, Any]:
    place: dict[str, Any] = {"id": id_, "name": f"The {id_}", "code": "LUMEN"}
    return {key: value for key, value in (place | changes).items() if value is not ...}


def accepted(plan: object) -> HuntPlan:
    result = read_plan(plan)
    assert isinstance(result, HuntPlan), [mistake.text() for mistake in result]
    return result


def mistakes(plan: object) -> list[str]:
    result = read_plan(plan)
    assert not isinstance(result, HuntPlan)
    return [mistake.text() for mistake in result]


def the_mistake(plan: object) -> str:
    (only,) = mistakes(plan)
    return only
