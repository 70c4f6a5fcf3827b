import re
from pathlib import Path

import pytest

from actors.domain.text import matches_answer
from scripts.regex_example import examples
from server.plan_file import PlanFile, read_plan_file

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"


@pytest.mark.parametrize(
    "pattern",
    [
        "lighthouse",
        "light ?house",
        "(two |the )?(stone |foo )?(lions?|dogs?)",
        r"\d{3}-?[a-f]+",
        r"(?:a|b)c*",
        r"^\bmr\.? x$",
        "[)-]?x{2,3}",
        "a{2}",
    ],
)
def test_an_example_matches_its_pattern(pattern: str) -> None:
    found = list(examples(pattern))
    assert len(found) == 2
    for example in found:
        assert re.fullmatch(pattern, example)


@pytest.mark.parametrize("pattern", ["(?=a)a", "[^a]", "(a"])
def test_a_pattern_beyond_it_has_no_example(pattern: str) -> None:
    assert list(examples(pattern)) == []


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.yaml")), ids=lambda file: file.name)
def test_every_pattern_of_the_example_hunts_has_an_example(file: Path) -> None:
    read = read_plan_file(file.read_text(encoding="utf-8"), file.name)
    assert isinstance(read, PlanFile)
    for location in read.plan.locations:
        for answer in location.answers:
            if answer.regex is not None:
                assert any(matches_answer(one, (answer,)) for one in examples(answer.regex))
