"""How a figure grows: the exponent that fits measured points, and what that is called. Pure."""

from collections.abc import Sequence
from math import exp, log

from msgspec import Struct

CONSTANT, LESS, LINEAR, WORSE, UNKNOWN = (
    "constant",
    "less than linear",
    "linear",
    "worse than linear",
    "too few points",
)
"""What growth is called, from harmless to bad."""

CONSTANT_MAX, LESS_MAX, LINEAR_MAX = 0.15, 0.85, 1.15
"""Exponents up to which growth is called so. The slack is for noise: over a factor of ten, 0.15 is 40 %,
which two runs on a shared machine can differ by."""

POINTS_MIN = 3
"""Points that a fit is made of at least: with two, noise is a trend."""


STEPS = 12
"""Of the line, for the eye."""


class Growth(Struct, frozen=True):
    """The line through the upper half of a curve, on log axes."""

    exponent: float | None
    """None: there is no line through so few points."""
    verdict: str
    line: tuple[tuple[float, float], ...] = ()
    """Points of it, for the eye; with the fixed part, so it is bent where that is large."""

    def exceeds(self, most: str) -> bool:
        """Whether the figure grows faster than it should."""
        order = (CONSTANT, LESS, LINEAR, WORSE)
        return self.verdict in order and order.index(self.verdict) > order.index(most)


def growth(points: Sequence[tuple[float, float]], fixed: float = 0.0) -> Growth:
    """Fit `fixed + c * x ** exponent` to the upper half of the points: least squares on logarithms.

    Small sizes are left out: what costs the same at every size hides what grows.
    """
    count = max(POINTS_MIN, (len(points) + 1) // 2)
    upper = [(x, y) for x, y in sorted(points)[-count:] if x > 0 and y > fixed]
    if len(upper) < POINTS_MIN:
        return Growth(None, UNKNOWN)
    logs = [(log(x), log(y - fixed)) for x, y in upper]
    mean_x, mean_y = (sum(values) / len(logs) for values in zip(*logs, strict=True))
    spread = sum((x - mean_x) ** 2 for x, _ in logs)
    if spread == 0:
        return Growth(None, UNKNOWN)
    exponent = sum((x - mean_x) * (y - mean_y) for x, y in logs) / spread
    first, last = logs[0][0], logs[-1][0]
    steps = (first + (last - first) * step / STEPS for step in range(STEPS + 1))
    line = tuple((exp(x), fixed + exp(mean_y + exponent * (x - mean_x))) for x in steps)
    return Growth(exponent, verdict(exponent), line)


def verdict(exponent: float) -> str:
    """What that growth is called."""
    if exponent <= CONSTANT_MAX:
        return CONSTANT
    if exponent <= LESS_MAX:
        return LESS
    return LINEAR if exponent <= LINEAR_MAX else WORSE
