"""What the server counts, for health and metrics. Plain numbers; the loop's thread only."""

from collections import Counter

from actors.histogram import Histogram

COMMIT_BOUNDS_S = (
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
)
"""Seconds between which commits are told apart: from memory to a disk in trouble."""

COMMIT_BOUNDS_RECORDS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000)
"""Records between which they are told apart: from one to as many as a commit takes."""


class Counters:
    """Totals since the start of the server."""

    def __init__(self) -> None:
        self.connections_open = 0
        self.connections_total = 0
        self.accepted = 0
        self.refused: Counter[str] = Counter()
        """Refusals by reason."""
        self.closed: Counter[str] = Counter()
        """Connections that Cairn closed, by close code name."""
        self.actor_failures = 0
        self.commits = 0
        self.commit_failures = 0
        self.last_commit_s = 0.0
        self.commit_s = Histogram(COMMIT_BOUNDS_S)
        """Seconds that each commit took, failed tries before it not included."""
        self.commit_records = Histogram(COMMIT_BOUNDS_RECORDS)
        """Records of each commit."""
