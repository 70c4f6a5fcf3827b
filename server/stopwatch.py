"""What comes in, and how fast it is answered: the latter sampled, so that it costs nothing.

Every numbered request counts down; the one that reaches zero is timed, from its frame to its answer.
"""

from collections import deque
from collections.abc import Callable
from math import ceil
from typing import Any, get_args

from actors.histogram import Histogram
from server.requests import Claim, GameMasterRequest, PlayerRequest

SAMPLE_EVERY = 64
"""Requests, one of which is timed. At a few hundred nanoseconds for that one, the average request
pays less than a hundred."""

SAMPLES_MAX = 1_000
"""Newest samples that are kept: a second of claims at full speed; ten of them are the slowest
hundredth."""

SAMPLES_WINDOW_S = 60.0
"""Seconds for which a sample counts: a slow moment is on the console for a minute."""

RATE_TICKS = 5
"""Seconds over which claims are counted: short enough to see a rush, long enough not to jump."""

ACCEPT_BOUNDS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Seconds between which answers are told apart: from what nobody notices to what everybody does."""


class Stopwatch:
    """Counts requests and times some of them. The loop's thread only."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self.monotonic = monotonic
        self.left = 1
        """Requests until one is timed."""
        # Its keys never change: adding to one costs no more than asking for one kind alone.
        self.kinds: dict[type[Any], int] = dict.fromkeys(
            (*get_args(PlayerRequest), *get_args(GameMasterRequest)), 0
        )
        """Requests that came in since the start, by kind."""
        self.accept_s = Histogram(ACCEPT_BOUNDS_S)
        """Seconds that those took that were timed."""
        self._samples: deque[tuple[float, float]] = deque(maxlen=SAMPLES_MAX)
        self._ticks: deque[tuple[float, int]] = deque([(monotonic(), 0)], maxlen=RATE_TICKS)

    def begin(self) -> float:
        """Time the request that has just come in."""
        self.left = SAMPLE_EVERY
        return self.monotonic()

    def end(self, began: float) -> None:
        """The request that was timed is answered."""
        now = self.monotonic()
        self._samples.append((now, now - began))
        self.accept_s.note(now - began)

    def tick(self) -> None:
        """Another second is over.

        The next request is timed whatever the count, so that little traffic has samples, too.
        """
        self.left = 1
        self._ticks.append((self.monotonic(), self.claims))

    @property
    def claims(self) -> int:
        """Claims that came in since the start."""
        return self.kinds[Claim]

    def p99_s(self) -> float:
        """The time within which 99 of 100 requests were answered lately; 0 when nobody asked."""
        since = self.monotonic() - SAMPLES_WINDOW_S
        times = sorted(took for at, took in self._samples if at >= since)
        return times[ceil(0.99 * len(times)) - 1] if times else 0.0

    def claims_per_s(self) -> float:
        """Claims a second over the last `RATE_TICKS` ticks."""
        began, before = self._ticks[0]
        passed_s = self.monotonic() - began
        return (self.claims - before) / passed_s if passed_s > 0.0 else 0.0
