"""A dispatcher with virtual time and a seeded order: the same seed replays the same run.

Nothing happens by itself. Tests and rehearsals tell actors, then `run_until_idle` or `advance`;
between messages any order is possible that the real dispatcher could ever take, and the seed
picks one.
"""

import heapq
import random
from collections import deque
from collections.abc import Callable
from itertools import count

from actors.dispatch import Dispatcher, Mailbox

EPOCH_S = 1_800_000_000.0
"""UTC seconds since 1970 at which virtual time starts: 15 January 2027, 08:00."""

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
        self.seed = seed
        """For the message of a test that fails: the way to see the same run again."""
        self._random = random.Random(seed)
        self._now = starts_at
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._timer_numbers = count()

    def now(self) -> float:
        """Virtual UTC seconds since 1970; moved by `advance` alone."""
        return self._now

    def monotonic(self) -> float:
        """Virtual seconds; moved by `advance` alone."""
        return self._now

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> None:
        """Call back once virtual time has moved by `delay_s` seconds.

        Timers that are due in the same moment run in the order in which they were set.
        """
        due = self._now + max(0.0, delay_s)
        heapq.heappush(self._timers, (due, next(self._timer_numbers), callback))

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
        until = self._now + seconds
        self.run_until_idle()
        while self._timers and self._timers[0][0] <= until:
            self._now = self._timers[0][0]
            self.run_until_idle()
        self._now = until

    def _run_due_timer(self) -> bool:
        if not self._timers or self._timers[0][0] > self._now:
            return False
        _, _, callback = heapq.heappop(self._timers)
        callback()
        return True

    def _schedule_turn(self) -> None:
        """Nothing to do: whoever owns this dispatcher runs its turns."""

    def _take(self, ready: deque[Mailbox]) -> Mailbox:
        """Any ready mailbox may be the next: on the loop, that depends on who told it when."""
        ready.rotate(-self._random.randrange(len(ready)))
        return ready.popleft()
