"""Checks plans off the loop: a big one takes a second, and nobody's claim may wait for it."""

from collections.abc import Callable

import pykka
from msgspec import Struct

from actors.domain.commands import HuntScoped, InvalidPlan, SeedHunt
from actors.domain.plan import HuntPlan
from actors.domain.plan_reader import read_plan
from server.desk import PlanReply
from server.requests import Seed


class CheckPlan(Struct, frozen=True):
    """A game master's plan, and whom to call with the outcome."""

    seed: Seed
    reply: PlanReply


class PlanReaderActor(pykka.ThreadingActor):
    """Reads plans one after the other in a thread of its own."""

    use_daemon_thread = True  # A plan that is half read at exit is nobody's loss.

    def __init__(self, call_on_loop: Callable[[Callable[[], None]], None]) -> None:
        super().__init__()
        self._call_on_loop = call_on_loop

    def on_receive(self, message: CheckPlan) -> None:
        """Check one plan; the reply is called on the loop, whatever happens here."""
        outcome: HuntScoped | InvalidPlan
        try:
            outcome = check(message.seed)
        except Exception as error:  # noqa: BLE001 - an actor that raises is dead for good.
            outcome = InvalidPlan((f"Cairn could not read this plan ({type(error).__name__}).",))
        reply = message.reply
        self._call_on_loop(lambda: reply(outcome))


def check(seed: Seed) -> HuntScoped | InvalidPlan:
    """The command that a seed stands for, or every mistake in its plan."""
    if isinstance(seed.plan, str):
        # Only now, in this thread: reading YAML takes a tenth of a start to import.
        from server.plan_file import PlanErrors, read_plan_text  # noqa: PLC0415

        read = read_plan_text(seed.plan, "plan")
        if isinstance(read, PlanErrors):
            return InvalidPlan(tuple(read.messages))
        return _command(read, seed.replace)
    plan = read_plan(seed.plan)
    if isinstance(plan, HuntPlan):
        return _command(plan, seed.replace)
    return InvalidPlan(tuple(mistake.text() for mistake in plan))


def _command(plan: HuntPlan, replace: bool) -> HuntScoped:
    return HuntScoped(plan.hunt, SeedHunt(plan, replace))
