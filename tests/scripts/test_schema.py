import json

import pytest

from scripts.schema import SCHEMA_FILE, main, schema_text


def test_the_published_schema_is_the_one_that_plans_are_checked_with() -> None:
    committed = SCHEMA_FILE.read_text(encoding="utf-8")
    assert committed == schema_text(), "run scripts/schema.py --write"


def test_every_key_of_a_plan_is_described() -> None:
    definitions = json.loads(schema_text())["$defs"]
    for name, definition in definitions.items():
        assert definition["description"], name
    keys = definitions["LocationDocument"]["properties"]
    assert all("description" in json.dumps(key) for key in keys.values())


def test_every_key_of_a_plan_is_explained_to_authors() -> None:
    text = (SCHEMA_FILE.parent / "plan.md").read_text(encoding="utf-8")
    for definition in json.loads(schema_text())["$defs"].values():
        for key in definition.get("properties", {}):
            assert f"`{key}`" in text, key


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "Cairn hunt plan"
