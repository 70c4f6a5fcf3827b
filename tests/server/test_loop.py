import asyncio
import threading
import time
from collections.abc import Callable

import pytest

from actors.dispatch import TURN_MESSAGES_MAX, DispatchedActor
from server.loop import LoopBridge, LoopDispatcher

PATIENCE_S = 10.0
"""How long a test waits for what must happen: far longer than it takes on a busy machine."""


class Scribe(DispatchedActor):
    """Writes down what it is told and in which thread; sets an event at `stop`."""

    def __init__(self, dispatcher: LoopDispatcher, done: asyncio.Event) -> None:
        super().__init__(dispatcher)
        self.told: list[object] = []
        self.threads: set[int] = set()
        self._done = done

    def on_receive(self, message: object) -> None:
        self.told.append(message)
        self.threads.add(threading.get_ident())
        if message == "done":
            self._done.set()
        if isinstance(message, BaseException):
            raise message


def run_with(use: Callable[[LoopDispatcher, Scribe], None]) -> Scribe:
    """Let `use` tell a scribe things on a running loop, until it was told `done`."""

    async def main() -> Scribe:
        dispatcher = LoopDispatcher(asyncio.get_running_loop())
        done = asyncio.Event()
        ref = Scribe.start(dispatcher, done)
        scribe = ref.actor_inbox.owner  # type: ignore[attr-defined]
        assert isinstance(scribe, Scribe)
        use(dispatcher, scribe)
        async with asyncio.timeout(PATIENCE_S):
            await done.wait()
        ref.stop(block=False)
        await asyncio.sleep(0)
        return scribe

    return asyncio.run(main())


def test_actors_run_in_the_loops_thread_and_not_within_tell() -> None:
    def use(_: LoopDispatcher, scribe: Scribe) -> None:
        for message in (1, 2, "done"):
            scribe.actor_ref.tell(message)
        assert scribe.told == []

    scribe = run_with(use)
    assert scribe.told == [1, 2, "done"]
    assert scribe.threads == {threading.get_ident()}


def test_more_than_one_turn_holds_is_handled_in_later_turns() -> None:
    def use(_: LoopDispatcher, scribe: Scribe) -> None:
        for number in range(3 * TURN_MESSAGES_MAX):
            scribe.actor_ref.tell(number)
        scribe.actor_ref.tell("done")

    assert len(run_with(use).told) == 3 * TURN_MESSAGES_MAX + 1


def test_a_cancellation_in_an_actor_cancels_nothing_else() -> None:
    failures: list[BaseException] = []

    def use(dispatcher: LoopDispatcher, scribe: Scribe) -> None:
        dispatcher.on_failure = lambda actor, message, error: failures.append(error)
        scribe.actor_ref.tell(asyncio.CancelledError("in the middle of a message"))
        scribe.actor_ref.tell("done")

    assert run_with(use).told[-1] == "done"
    assert [type(failure) for failure in failures] == [asyncio.CancelledError]


def test_time_is_utc_and_timers_call_back_on_the_loop() -> None:
    def use(dispatcher: LoopDispatcher, scribe: Scribe) -> None:
        assert abs(dispatcher.now() - time.time()) < PATIENCE_S
        dispatcher.call_later(0.0, lambda: scribe.actor_ref.tell("done"))

    assert run_with(use).told == ["done"]


def test_a_thread_reaches_the_loop_by_the_bridge() -> None:
    def use(_: LoopDispatcher, scribe: Scribe) -> None:
        bridge = LoopBridge(asyncio.get_running_loop())
        thread = threading.Thread(target=bridge.call, args=(lambda: scribe.actor_ref.tell("done"),))
        thread.start()
        thread.join(PATIENCE_S)
        assert scribe.told == []

    scribe = run_with(use)
    assert scribe.threads == {threading.get_ident()}


@pytest.mark.parametrize("calls", [1, 3])
def test_a_bridge_to_a_closed_loop_leads_nowhere_quietly(calls: int) -> None:
    loop = asyncio.new_event_loop()
    bridge = LoopBridge(loop)
    loop.close()
    called: list[int] = []
    for _ in range(calls):
        bridge.call(lambda: called.append(1))
    assert called == []


def test_nobody_who_sets_the_clock_sets_the_monotonic_one(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        dispatcher = LoopDispatcher(loop)
        monkeypatch.setattr(time, "time", lambda: 4e9)
        before, after = loop.time(), loop.time() + PATIENCE_S
        assert dispatcher.now() == 4e9
        assert before <= dispatcher.monotonic() <= after

    asyncio.run(main())
