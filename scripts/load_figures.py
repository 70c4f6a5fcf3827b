"""What a phase of load is boiled down to, whichever generator made it."""

from collections.abc import Sequence

from msgspec import Struct


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest of the sorted values that at least this share of them does not exceed.

    The nearest-rank method: always a value that was measured. None of no values.
    """
    if not values:
        return None
    rank = max(1, -int(-share * len(values) // 1))
    return values[min(rank, len(values)) - 1]


class Spread(Struct, frozen=True):
    """How durations are spread, in seconds; None: there were none."""

    p50_s: float | None = None
    p95_s: float | None = None
    p99_s: float | None = None
    max_s: float | None = None


def spread(durations: Sequence[float]) -> Spread:
    """Sum up durations, in any order."""
    ordered = sorted(durations)
    return Spread(*(percentile(ordered, share) for share in (0.5, 0.95, 0.99, 1.0)))


class Phase(Struct, frozen=True):
    """One phase of load against one server. Times are seconds."""

    seconds: float
    """How long claims were sent."""
    drain_s: float
    """How long the last answers, and their `saved`, took after that."""
    cpu_s: float
    """Time that the load generator computed in both."""
    answered: int
    """Answers while claims were sent."""
    accepted: int
    """All of them, those of the drain too."""
    refused: int
    exhausted: int
    """Players who had found everything when the time was over: too few locations."""
    answers: Spread
    """From the claim, or from when it was planned, to its answer."""
    saves: Spread
    """From `accepted` to the `saved` that covers it."""

    @property
    def per_s(self) -> float:
        """Answers a second."""
        return self.answered / self.seconds

    @property
    def busy(self) -> float:
        """Share of the time, 0 to 1, that the load generator computed."""
        return min(1.0, self.cpu_s / (self.seconds + self.drain_s))
