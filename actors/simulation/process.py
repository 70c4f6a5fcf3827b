"""One life of a simulated server process: a dispatcher on the timeline that can die.

A process dies between two deliveries, as `kill -9` does: what its memory held is gone, and none
of its timers and callbacks will run.
"""

import random
from collections.abc import Callable

from actors.dispatch import Dispatcher, Mailbox
from actors.simulation.timeline import Timeline

TURN_MESSAGES_MAX = 48
"""Messages in one simulated turn at most; how many it is, is drawn. Short turns put the hand-over
to the writer and the sending of answers at as many different moments as possible."""

TURN_DELAY_MAX_S = 0.002
"""Seconds at most until a scheduled turn runs: about what a busy loop takes for one round."""


class ProcessKilled(BaseException):
    """The process died here. Only the simulation catches this."""


class Process(Dispatcher):
    """A dispatcher that handles one message at a time, in any order that actors could meet."""

    def __init__(self, timeline: Timeline, chance: random.Random) -> None:
        super().__init__()
        self._take = self._any_ready
        self._timeline = timeline
        self._chance = chance
        self.is_alive = True
        self.clock_offset_s = 0.0
        """Seconds by which the machine's wall clock is wrong; jumps when somebody sets it."""
        self.deliveries = 0
        """Messages handled and callbacks run in this life."""
        self.dies_at: int | None = None
        """The delivery that this life does not survive."""
        self.on_killed: Callable[[], None] = lambda: None

    def now(self) -> float:
        """The machine's wall clock, UTC seconds since 1970."""
        return self._timeline.now + self.clock_offset_s

    def monotonic(self) -> float:
        """Virtual seconds; nobody sets them."""
        return self._timeline.now

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> None:
        """Call back in this life, after `delay_s` seconds of the monotonic clock."""
        self._timeline.call_later(max(0.0, delay_s), lambda: self.run(callback))

    def call_soon(self, callback: Callable[[], None]) -> None:
        """Call back in this life, after what runs now."""
        self.call_later(0.0, callback)

    def run(self, callback: Callable[[], None]) -> None:
        """Run something in this process, unless it is dead; it may die of it."""
        if not self.is_alive:
            return
        try:
            self._deliver()
            callback()
        except ProcessKilled:
            self.kill()

    def kill(self) -> None:
        """Die at once."""
        if self.is_alive:
            self.is_alive = False
            self._ready.clear()
            self.on_killed()

    def run_turn(self) -> None:
        """Handle some messages, one by one, then what follows a turn."""
        ready = self._ready
        budget = self._chance.randrange(1, TURN_MESSAGES_MAX)
        while ready and budget:
            budget -= 1
            self._deliver()
            self._take().run_some(1)
        for callback in self._after_turn:
            callback()
        self._is_scheduled = bool(ready)
        if ready:
            self._schedule_turn()

    def _deliver(self) -> None:
        self.deliveries += 1
        if self.dies_at is not None and self.deliveries >= self.dies_at:
            raise ProcessKilled

    def _schedule_turn(self) -> None:
        delay_s = self._chance.random() * TURN_DELAY_MAX_S
        self._timeline.call_later(delay_s, self._run_scheduled_turn)

    def _run_scheduled_turn(self) -> None:
        if not self.is_alive:
            return
        try:
            self.run_turn()
        except ProcessKilled:
            self.kill()

    def _any_ready(self) -> Mailbox:
        ready = self._ready
        if len(ready) > 1:
            ready.rotate(-self._chance.randrange(len(ready)))
        return ready.popleft()
