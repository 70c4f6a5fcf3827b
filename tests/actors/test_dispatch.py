import asyncio
import concurrent.futures
import threading

import pykka
import pytest

from actors.dispatch import (
    MESSAGES_PER_ACTOR_MAX,
    TURN_MESSAGES_MAX,
    DispatchedActor,
)
from actors.simulation.virtual import VirtualDispatcher
from tests.actors.conftest import StartRig, Worker, worker_of
from tests.actors.rig import Rig

FAILURES = [
    ValueError("an ordinary error"),
    RecursionError("too deep"),
    AssertionError("a broken promise"),
    asyncio.CancelledError("cancelled by the loop"),
    concurrent.futures.CancelledError("cancelled by a future"),
    KeyboardInterrupt("Control-C in the wrong moment"),
    SystemExit("somebody called exit"),
    GeneratorExit("a generator was closed"),
]


class Listener:
    """Keeps the failures that it hears of."""

    def __init__(self) -> None:
        self.heard: list[tuple[DispatchedActor, object, BaseException]] = []

    def __call__(self, actor: DispatchedActor, message: object, error: BaseException) -> None:
        self.heard.append((actor, message, error))


def test_every_team_and_location_is_a_pykka_actor_with_an_inbox_of_its_own(rig: Rig) -> None:
    refs = [*rig.entry.teams.values(), *rig.entry.locations.values()]
    assert len(refs) == len(rig.plan.teams) + len(rig.plan.locations)
    registered = pykka.ActorRegistry.get_all()
    for ref in refs:
        assert isinstance(ref, pykka.ActorRef)
        assert ref in registered
        assert issubclass(ref.actor_class, pykka.Actor)
        assert pykka.ActorRegistry.get_by_urn(ref.actor_urn) is ref
    assert len({id(ref.actor_inbox) for ref in refs}) == len(refs)


def test_stopped_actors_leave_pykkas_registry(start_rig: StartRig) -> None:
    before = len(pykka.ActorRegistry.get_all())
    with Rig():
        assert len(pykka.ActorRegistry.get_all()) > before
    assert len(pykka.ActorRegistry.get_all()) == before


def test_telling_returns_before_the_message_is_handled(
    dispatcher: VirtualDispatcher, worker: Worker
) -> None:
    worker.actor_ref.tell("later")
    assert worker.told == []
    dispatcher.run_until_idle()
    assert worker.told == ["later"]


def test_an_actor_handles_one_message_at_a_time_even_when_it_tells_itself(
    dispatcher: VirtualDispatcher, worker: Worker
) -> None:
    worker.actor_ref.tell("again")
    worker.actor_ref.tell("next")
    dispatcher.run_until_idle()
    assert worker.deepest == 1
    assert worker.told == ["again", "next", "told by itself"]


def test_everything_runs_in_the_thread_that_runs_the_dispatcher(
    dispatcher: VirtualDispatcher,
) -> None:
    before = threading.active_count()
    refs = [Worker.start(dispatcher) for _ in range(50)]
    for ref in refs:
        ref.tell("hello")
    assert threading.active_count() == before
    for ref in refs:
        ref.stop(block=False)
    dispatcher.run_until_idle()


def test_asking_gets_the_actors_answer(dispatcher: VirtualDispatcher, worker: Worker) -> None:
    future = worker.actor_ref.ask("work", block=False)
    dispatcher.run_until_idle()
    assert future.get(timeout=1) == "did work"


def test_asking_gets_the_actors_exception(dispatcher: VirtualDispatcher, worker: Worker) -> None:
    dispatcher.on_failure = Listener()
    future = worker.actor_ref.ask(ValueError("no"), block=False)
    dispatcher.run_until_idle()
    with pytest.raises(ValueError, match="no"):
        future.get(timeout=1)


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
def test_whatever_an_actor_raises_is_contained_and_reported_once(
    dispatcher: VirtualDispatcher, worker: Worker, failure: BaseException
) -> None:
    listener = dispatcher.on_failure = Listener()
    other = Worker.start(dispatcher)
    worker.actor_ref.tell(failure)
    worker.actor_ref.tell("after")
    other.tell("untouched")
    dispatcher.run_until_idle()
    assert listener.heard == [(worker, failure, failure)]
    assert worker.actor_ref.is_alive()
    assert worker.told == ["after"]
    assert other.is_alive()
    assert worker_of(other).told == ["untouched"]
    other.stop(block=False)


def test_without_a_listener_a_failure_reaches_whoever_runs_the_turn(
    dispatcher: VirtualDispatcher, worker: Worker
) -> None:
    worker.actor_ref.tell(ValueError("nobody listens"))
    with pytest.raises(ValueError, match="nobody listens"):
        dispatcher.run_until_idle()


def test_an_actor_works_on_after_a_failure_that_nobody_listened_to(
    dispatcher: VirtualDispatcher, worker: Worker
) -> None:
    worker.actor_ref.tell(ValueError("nobody listens"))
    worker.actor_ref.tell("waited behind it")
    with pytest.raises(ValueError, match="nobody listens"):
        dispatcher.run_until_idle()
    dispatcher.run_until_idle()
    worker.actor_ref.tell("came later")
    dispatcher.run_until_idle()
    assert worker.told == ["waited behind it", "came later"]


def test_after_a_stop_telling_raises_and_nothing_is_handled(
    dispatcher: VirtualDispatcher, worker: Worker
) -> None:
    worker.actor_ref.tell("before")
    worker.actor_ref.stop(block=False)
    worker.actor_ref.tell("behind the stop")
    dispatcher.run_until_idle()
    assert worker.told == ["before"]
    assert not worker.actor_ref.is_alive()
    with pytest.raises(pykka.ActorDeadError):
        worker.actor_ref.tell("too late")


def test_asking_an_actor_that_stops_first_is_answered_with_its_death(
    dispatcher: VirtualDispatcher, worker: Worker
) -> None:
    stopped = worker.actor_ref.stop(block=False)
    asked = worker.actor_ref.ask("anybody there?", block=False)
    dispatcher.run_until_idle()
    assert stopped.get(timeout=1) is True
    with pytest.raises(pykka.ActorDeadError):
        asked.get(timeout=1)


def test_one_busy_actor_does_not_starve_the_others(dispatcher: VirtualDispatcher) -> None:
    order: list[str] = []

    class Named(DispatchedActor):
        def on_receive(self, message: object) -> None:
            order.append(str(message))

    busy, quiet = Named.start(dispatcher), Named.start(dispatcher)
    for _ in range(10 * MESSAGES_PER_ACTOR_MAX):
        busy.tell("busy")
    quiet.tell("quiet")
    dispatcher.run_until_idle()
    assert order.index("quiet") < len(order) - 1
    assert order.index("quiet") % MESSAGES_PER_ACTOR_MAX == 0
    busy.stop(block=False)
    quiet.stop(block=False)
    dispatcher.run_until_idle()


def test_a_turn_is_bounded_and_the_rest_follows_in_the_next(
    dispatcher: VirtualDispatcher, worker: Worker
) -> None:
    turns: list[int] = []
    dispatcher.after_turn(lambda: turns.append(len(worker.told)))
    for number in range(TURN_MESSAGES_MAX + 1):
        worker.actor_ref.tell(number)
    dispatcher.run_until_idle()
    assert turns == [TURN_MESSAGES_MAX, TURN_MESSAGES_MAX + 1]
    assert dispatcher.messages_handled == TURN_MESSAGES_MAX + 1


def test_what_follows_a_turn_runs_in_the_order_of_registration(
    dispatcher: VirtualDispatcher, worker: Worker
) -> None:
    called: list[str] = []
    dispatcher.after_turn(lambda: called.append("journal"))
    dispatcher.after_turn(lambda: called.append("outboxes"))
    worker.actor_ref.tell("work")
    dispatcher.run_until_idle()
    assert called == ["journal", "outboxes"]
