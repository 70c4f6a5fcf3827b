"""A dispatcher with virtual time and a seeded order: the same seed replays the same run.

Nothing happens by itself. Tests and rehearsals tell actors, then `run_until_idle` or `advance`;
between messages any order is possible that the real dispatcher could ever take, and the seed
picks one.
"""

import random
from collections.abc import Callable

from actors.dispatch import Dispatcher, Mailbox
from actors.simulation.timeline import EPOCH_S, Timeline

STEPS_MAX = 1_000_000
"""Turns and timers in one call of `run_until_idle`: minutes of work. Actors that still tell each
other things after that will never stop."""


class NeverIdle(Exception):
    """The actors keep each other busy without end."""


class VirtualDispatcher(Dispatcher):
    """Runs actors when it is told to, in an order that follows from its seed alone."""

    def __init__(self, seed: int, starts_at: float = EPOCH_S) -> None:
        """Start virtual time at `starts_at` (UTC seconds)."""
        super().__init__()
        self._take = self._any_ready
        self.seed = seed
        """For the message of a test that fails: the way to see the same run again."""
        self._random = random.Random(seed)
        self._timeline = Timeline(starts_at)

    def now(self) -> float:
        """Virtual UTC seconds since 1970; moved by `advance` alone."""
        return self._timeline.now

    def monotonic(self) -> float:
        """Virtual seconds; moved by `advance` alone."""
        return self._timeline.now

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> None:
        """Call back once virtual time has moved by `delay_s` seconds.

        Timers that are due in the same moment run in the order in which they were set.
        """
        self._timeline.call_later(max(0.0, delay_s), callback)

    def call_soon(self, callback: Callable[[], None]) -> None:
        """Call back in this same moment, but after what runs now."""
        self.call_later(0.0, callback)

    def run_until_idle(self) -> None:
        """Run every mailbox that has messages and every timer that is due, until none is left.

        Raises:
            NeverIdle: there is no end to it.
        """
        for _ in range(STEPS_MAX):
            if self._ready:
                self.run_turn()
            elif not self._run_due_timer():
                return
        raise NeverIdle(f"still busy after {STEPS_MAX:,} steps (seed {self.seed})")

    def advance(self, seconds: float) -> None:
        """Let virtual time pass, stopping at every timer on the way; ends idle.

        Raises:
            ValueError: time would go backwards.
            NeverIdle: see `run_until_idle`.
        """
        if not seconds >= 0:
            raise ValueError(f"time only moves forward, not by {seconds} s")
        timeline = self._timeline
        until = timeline.now + seconds
        self.run_until_idle()
        while timeline.next_due is not None and timeline.next_due <= until:
            timeline.now = timeline.next_due
            self.run_until_idle()
        timeline.now = until

    def _run_due_timer(self) -> bool:
        due = self._timeline.next_due
        if due is None or due > self._timeline.now:
            return False
        self._timeline.step()
        return True

    def _schedule_turn(self) -> None:
        """Nothing to do: whoever owns this dispatcher runs its turns."""

    def _any_ready(self) -> Mailbox:
        """Any ready mailbox may be the next: on the loop, that depends on who told it when."""
        ready = self._ready
        ready.rotate(-self._random.randrange(len(ready)))
        return ready.popleft()
