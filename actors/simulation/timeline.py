"""Virtual time: everything that is to happen, in the order of its moment."""

import heapq
from collections.abc import Callable
from itertools import count

EPOCH_S = 1_800_000_000.0
"""UTC seconds since 1970 at which virtual time starts: 15 January 2027, 08:00."""

Callback = Callable[[], None]


class Timeline:
    """Callbacks with their due times. What is due in one moment runs in the order it was set."""

    def __init__(self, starts_at: float = EPOCH_S) -> None:
        """Start virtual time at `starts_at` (UTC seconds)."""
        self.now = starts_at
        """Virtual seconds since 1970; never goes back."""
        self._due: list[tuple[float, int, Callback]] = []
        self._numbers = count()

    def call_at(self, due: float, callback: Callback) -> None:
        """Call back at `due`, or now if that is over."""
        heapq.heappush(self._due, (max(due, self.now), next(self._numbers), callback))

    def call_later(self, delay_s: float, callback: Callback) -> None:
        """Call back in `delay_s` seconds."""
        self.call_at(self.now + delay_s, callback)

    @property
    def next_due(self) -> float | None:
        """When the next callback is due, if there is one."""
        return self._due[0][0] if self._due else None

    def step(self) -> None:
        """Move on to the next callback and run it. There must be one."""
        self.now, _, callback = heapq.heappop(self._due)
        callback()

    def run_until(self, until: float) -> None:
        """Run everything that is due up to `until`, which is now afterwards."""
        while self._due and self._due[0][0] <= until:
            self.step()
        self.now = max(self.now, until)
