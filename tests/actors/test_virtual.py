import pytest

from actors.dispatch import DispatchedActor
from actors.simulation import virtual
from actors.simulation.timeline import EPOCH_S
from actors.simulation.virtual import NeverIdle, VirtualDispatcher


class Scribe(DispatchedActor):
    """Writes down what it is told, together with everybody else's, and when."""

    def __init__(self, dispatcher: VirtualDispatcher, book: list[tuple[str, float]]) -> None:
        super().__init__(dispatcher)
        self._book = book

    def on_receive(self, message: object) -> None:
        self._book.append((str(message), self._dispatcher.now()))


class Echo(DispatchedActor):
    """Never stops telling itself things."""

    def on_receive(self, message: object) -> None:
        self.actor_ref.tell(message)


def order_of(seed: int) -> list[str]:
    """In which order twenty actors that were all told something handle it."""
    dispatcher, book = VirtualDispatcher(seed), list[tuple[str, float]]()
    refs = [Scribe.start(dispatcher, book) for _ in range(20)]
    for name, ref in enumerate(refs):
        ref.tell(str(name))
        ref.stop(block=False)
    dispatcher.run_until_idle()
    return [name for name, _ in book]


def test_the_same_seed_gives_the_same_order() -> None:
    assert order_of(7) == order_of(7)


def test_other_seeds_give_other_orders() -> None:
    assert len({tuple(order_of(seed)) for seed in range(10)}) == 10


def test_every_actor_is_run_whatever_the_order() -> None:
    assert sorted(order_of(3), key=int) == [str(name) for name in range(20)]


def test_one_actors_messages_keep_their_order_under_every_seed() -> None:
    for seed in range(10):
        dispatcher, book = VirtualDispatcher(seed), list[tuple[str, float]]()
        refs = [Scribe.start(dispatcher, book) for _ in range(3)]
        for number in range(100):
            refs[number % 3].tell(number)
        dispatcher.run_until_idle()
        for first in range(3):
            told = [name for name, _ in book if int(name) % 3 == first]
            assert told == [str(number) for number in range(first, 100, 3)]
        for ref in refs:
            ref.stop(block=False)
        dispatcher.run_until_idle()


def test_time_stands_still_until_it_is_advanced() -> None:
    dispatcher = VirtualDispatcher(0)
    dispatcher.run_until_idle()
    assert dispatcher.now() == EPOCH_S
    dispatcher.advance(2.5)
    assert dispatcher.now() == EPOCH_S + 2.5


def test_timers_run_at_their_own_moment_in_the_order_of_time() -> None:
    dispatcher, rung = VirtualDispatcher(0), list[tuple[str, float]]()

    def ring(name: str) -> None:
        rung.append((name, dispatcher.now() - EPOCH_S))

    dispatcher.call_later(5.0, lambda: ring("late"))
    dispatcher.call_later(1.0, lambda: ring("early"))
    dispatcher.call_later(5.0, lambda: ring("late too"))
    dispatcher.call_later(9.0, lambda: ring("never"))
    dispatcher.advance(6.0)
    assert rung == [("early", 1.0), ("late", 5.0), ("late too", 5.0)]


def test_a_timer_set_by_a_timer_runs_in_the_same_advance() -> None:
    dispatcher, rung = VirtualDispatcher(0), list[float]()

    def ring() -> None:
        rung.append(dispatcher.now() - EPOCH_S)
        dispatcher.call_later(10.0, ring)

    dispatcher.call_later(10.0, ring)
    dispatcher.advance(35.0)
    assert rung == [10.0, 20.0, 30.0]


def test_what_a_timer_tells_is_handled_before_the_next_timer() -> None:
    dispatcher, book = VirtualDispatcher(0), list[tuple[str, float]]()
    ref = Scribe.start(dispatcher, book)
    dispatcher.call_later(1.0, lambda: ref.tell("first"))
    dispatcher.call_later(2.0, lambda: book.append(("second", dispatcher.now())))
    dispatcher.advance(3.0)
    assert book == [("first", EPOCH_S + 1.0), ("second", EPOCH_S + 2.0)]
    ref.stop(block=False)
    dispatcher.run_until_idle()


def test_what_is_called_soon_needs_no_time_to_pass() -> None:
    dispatcher, called = VirtualDispatcher(0), list[float]()
    dispatcher.call_soon(lambda: called.append(dispatcher.now()))
    assert called == []
    dispatcher.run_until_idle()
    assert called == [EPOCH_S]


def test_time_cannot_be_turned_back() -> None:
    with pytest.raises(ValueError, match="forward"):
        VirtualDispatcher(0).advance(-1.0)


def test_actors_that_never_fall_silent_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtual, "STEPS_MAX", 100)
    dispatcher = VirtualDispatcher(5)
    echo = Echo.start(dispatcher)
    echo.tell("?")
    with pytest.raises(NeverIdle, match="seed 5"):
        dispatcher.run_until_idle()
    echo.stop(block=False)
    dispatcher.run_until_idle()
