"""The README is what people trust first, so what it says is checked."""

import json
import re
from pathlib import Path

from actors.domain.plan import HuntPlan
from server.plan_file import read_plan_file
from server.protocol import JsonWire

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The code blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def test_the_first_commands_are_run_and_test() -> None:
    first = README.split("```")[1]
    assert [line.split()[0] for line in first.splitlines()[1:]] == ["scripts/run", "scripts/test"]


def test_every_link_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)", README)
    assert len(links) > 10
    assert [one for one in links if "://" not in one and not (ROOT / one).exists()] == []


def test_every_path_that_is_named_exists() -> None:
    named = re.findall(r"`((?:scripts|docs|tests|server|actors)/[\w./-]*)", README)
    assert [one for one in named if not (ROOT / one).exists()] == []


def test_every_promise_is_shown_by_a_test() -> None:
    promises = [line for line in README.splitlines() if re.match(r"\| \d \|", line)]
    assert len(promises) == 9
    assert [line for line in promises if "](tests/" not in line] == []


def test_every_message_is_one_of_the_protocol() -> None:
    messages = [line for block in blocks("json") for line in block.splitlines()]
    assert len(messages) >= 7
    wire, role = JsonWire(), ""
    for line in messages:
        kind = json.loads(line)["t"]
        if kind in ("join", "gm"):
            role = kind
            wire.opening(line.encode())
        elif role == "join":
            wire.player(line.encode())
        else:
            wire.game_master(line.encode())


def test_the_plan_has_no_mistakes() -> None:
    (plan,) = blocks("yaml")
    file = read_plan_file(plan, "README.md")
    assert isinstance(getattr(file, "plan", file), HuntPlan), file
