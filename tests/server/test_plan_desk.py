import queue
from collections.abc import Callable, Iterator

import pykka
import pytest

from actors.domain.commands import HuntScoped, InvalidPlan, SeedHunt
from server.plan_desk import CheckPlan, PlanReaderActor, check
from server.requests import Seed
from tests.domain.plan_documents import accepted, document

PATIENCE_S = 10.0

YAML = """
version: 1
hunt: harbour
title: Harbour Lights
teams: {names: [Otters, Terns]}
locations:
  - {id: pier, name: The pier, code: LUMEN}
"""

Outcome = HuntScoped | InvalidPlan


@pytest.fixture
def loop() -> "queue.Queue[Callable[[], None]]":
    """What is to be called on the loop."""
    return queue.Queue()


@pytest.fixture
def reader(loop: "queue.Queue[Callable[[], None]]") -> Iterator[pykka.ActorRef[PlanReaderActor]]:
    ref = PlanReaderActor.start(loop.put)
    yield ref
    ref.stop(timeout=PATIENCE_S)


@pytest.mark.parametrize("replace", [True, False])
def test_a_plan_without_mistakes_becomes_a_command_for_its_hunt(replace: bool) -> None:
    plan = accepted(document())
    expected = HuntScoped(plan.hunt, SeedHunt(plan, replace))
    assert check(Seed(1, document(), replace)) == expected


def test_yaml_is_read_on_the_server() -> None:
    assert check(Seed(1, YAML)) == check(Seed(1, document()))


def test_mistakes_in_a_document_are_all_named() -> None:
    outcome = check(Seed(1, document(hunt="No Slug", title=3)))
    assert isinstance(outcome, InvalidPlan)
    assert len(outcome.mistakes) == 2
    assert all("expected" in mistake for mistake in outcome.mistakes)


def test_mistakes_in_yaml_are_named_with_their_lines() -> None:
    outcome = check(Seed(1, YAML.replace("LUMEN", "[]").replace("Otters", "''")))
    assert isinstance(outcome, InvalidPlan)
    assert [mistake.split(":")[1] for mistake in outcome.mistakes] == ["5", "7"]


@pytest.mark.parametrize("plan", ["", "[", "just text", "a: b: c", "\x00", "&a [*a]", {}])
def test_what_is_no_plan_at_all_is_refused_with_a_reason(plan: str | dict[str, object]) -> None:
    outcome = check(Seed(1, plan))
    assert isinstance(outcome, InvalidPlan)
    assert all(outcome.mistakes)


def test_the_reader_answers_on_the_loop_in_order(
    reader: pykka.ActorRef[PlanReaderActor], loop: "queue.Queue[Callable[[], None]]"
) -> None:
    outcomes: list[Outcome] = []
    for plan in (document(hunt="one"), {}, document(hunt="two")):
        reader.tell(CheckPlan(Seed(1, plan), outcomes.append))
    callbacks = [loop.get(timeout=PATIENCE_S) for _ in range(3)]
    assert outcomes == []
    for callback in callbacks:
        callback()
    first, second, third = outcomes
    assert isinstance(first, HuntScoped)
    assert isinstance(second, InvalidPlan)
    assert isinstance(third, HuntScoped)
    assert (first.hunt, third.hunt) == ("one", "two")


def test_a_plan_that_the_reader_fails_on_is_answered_and_the_reader_goes_on(
    reader: pykka.ActorRef[PlanReaderActor], loop: "queue.Queue[Callable[[], None]]"
) -> None:
    outcomes: list[Outcome] = []
    reader.tell(CheckPlan(None, outcomes.append))  # type: ignore[arg-type]
    reader.tell(CheckPlan(Seed(1, document()), outcomes.append))
    for _ in range(2):
        loop.get(timeout=PATIENCE_S)()
    failed, read = outcomes
    assert isinstance(failed, InvalidPlan)
    assert "could not read this plan" in failed.mistakes[0]
    assert isinstance(read, HuntScoped)
