"""What the server counts, for health and metrics. Plain numbers; the loop's thread only."""

from collections import Counter


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
