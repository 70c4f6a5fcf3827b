from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from actors.dispatch import DispatchedActor, mailbox_of
from actors.messages import Ref
from actors.simulation.virtual import VirtualDispatcher
from tests.actors.rig import Rig

StartRig = Callable[..., Rig]


class Worker(DispatchedActor):
    """Writes down what it is told; raises what it is told to raise."""

    def __init__(self, dispatcher: VirtualDispatcher) -> None:
        super().__init__(dispatcher)
        self.told: list[object] = []
        self.depth = 0
        self.deepest = 0

    def on_receive(self, message: object) -> object:
        self.depth += 1
        self.deepest = max(self.deepest, self.depth)
        try:
            if isinstance(message, BaseException):
                raise message
            if message == "again":
                self.actor_ref.tell("told by itself")
            self.told.append(message)
            return f"did {message}"
        finally:
            self.depth -= 1


def worker_of(ref: Ref) -> Worker:
    """The worker behind a reference."""
    owner = mailbox_of(ref).owner
    assert isinstance(owner, Worker)
    return owner


@pytest.fixture
def dispatcher() -> VirtualDispatcher:
    return VirtualDispatcher(0)


@pytest.fixture
def worker(dispatcher: VirtualDispatcher) -> Iterator[Worker]:
    ref = Worker.start(dispatcher)
    yield worker_of(ref)
    if ref.is_alive():
        ref.stop(block=False)
        dispatcher.run_until_idle()


@pytest.fixture
def start_rig() -> Iterator[StartRig]:
    """Starts rigs that are stopped after the test."""
    with ExitStack() as stack:

        def start(*arguments: Any, **options: Any) -> Rig:
            return stack.enter_context(Rig(*arguments, **options))

        yield start


@pytest.fixture
def rig(start_rig: StartRig) -> Rig:
    """The usual hunt: otters, terns and seals; a pier, a mill and a tower."""
    return start_rig()
