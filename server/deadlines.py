"""One timer for all who have the same time for something, instead of one for each of thousands."""

import asyncio
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Generic, TypeVar

LATE_S = 0.05
"""Seconds that a deadline may be noticed late: so that thousands who came within a second are
looked through a few times, not once each."""

Waiting = TypeVar("Waiting")


class Deadlines(Generic[Waiting]):
    """Those who have begun something that may take so long.

    Whose time begins later ends later, so the one that waits for longest is the next to be late.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        limit_s: float,
        on_late: Callable[[Waiting], None],
    ) -> None:
        """`on_late` is told of everybody who takes longer than `limit_s` seconds, once."""
        self._loop = loop
        self.limit_s = limit_s
        self._on_late = on_late
        self._due: dict[Waiting, float] = {}
        """In the order of the deadlines; seconds of the loop's clock."""
        self._timer: asyncio.TimerHandle | None = None

    def __iter__(self) -> Iterator[Waiting]:
        return iter(tuple(self._due))

    def __len__(self) -> int:
        return len(self._due)

    def add(self, one: Waiting) -> None:
        """Its time begins; if it has begun already it just goes on."""
        if one not in self._due:
            self._due[one] = self._loop.time() + self.limit_s
            if self._timer is None:
                self._set_timer(self.limit_s)

    def discard(self, one: Waiting) -> None:
        """It is done, or gone, or never was here."""
        self._due.pop(one, None)

    def stop(self) -> None:
        """Tell nobody any more."""
        self._due.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set_timer(self, delay_s: float) -> None:
        self._timer = self._loop.call_later(max(delay_s, LATE_S), self._look)

    def _look(self) -> None:
        self._timer = None
        now = self._loop.time()
        late = [one for one, _ in takewhile(lambda item: item[1] <= now, self._due.items())]
        for one in late:
            del self._due[one]
        first_at = next(iter(self._due.values()), None)
        if first_at is not None:
            self._set_timer(first_at - now)
        for one in late:
            self._on_late(one)
