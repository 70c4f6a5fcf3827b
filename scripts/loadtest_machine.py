"""How busy the load machine is, and the server when it runs here. From `/proc` (Linux)."""

import os
import resource
import time
from pathlib import Path

from msgspec import Struct

WINDOW = 5
"""Samples, a second apart, over which the busiest moment is averaged: what lasts shorter is a
moment of luck or bad luck, not a limit."""


class Process(Struct, frozen=True):
    """What one process has used so far."""

    cpu_s: float
    """Seconds of processor time."""
    memory_bytes: int
    """That it holds now (resident set)."""


def process(pid: int) -> Process | None:
    """Look at a process; None when there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
        pages = Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1]
    except (OSError, IndexError):
        return None
    user, system = stat.rpartition(")")[2].split()[11:13]
    ticks = os.sysconf("SC_CLK_TCK")
    return Process((int(user) + int(system)) / ticks, int(pages) * os.sysconf("SC_PAGE_SIZE"))


class Meter:
    """How busy a process is, looked at again and again."""

    def __init__(self, pid: int | None = None) -> None:
        """`pid` is another process's; without it, this one is looked at."""
        self._pid = pid or os.getpid()
        self._looks: list[tuple[float, float]] = []
        self.memory_bytes = 0
        """The most that it held."""

    def look(self) -> None:
        """Take a sample."""
        seen = process(self._pid)
        if seen is not None:
            self._looks.append((time.monotonic(), seen.cpu_s))
            self.memory_bytes = max(self.memory_bytes, seen.memory_bytes)

    @property
    def busy(self) -> float:
        """Cores that were busy on average: 1 is one whole core."""
        return self._busy(0, len(self._looks) - 1) if len(self._looks) > 1 else 0.0

    @property
    def busiest(self) -> float:
        """The same in the busiest stretch of `WINDOW` samples."""
        last = len(self._looks) - 1
        if last <= WINDOW:
            return self.busy
        return max(self._busy(start, start + WINDOW) for start in range(last - WINDOW + 1))

    @property
    def latest(self) -> float:
        """The same between the last two samples."""
        last = len(self._looks) - 1
        return self._busy(last - 1, last) if last > 0 else 0.0

    def _busy(self, start: int, end: int) -> float:
        (at, before), (until, after) = self._looks[start], self._looks[end]
        return (after - before) / max(until - at, 1e-6)


def open_descriptors() -> int:
    """Files and sockets that this process has open."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - Thousands of them: names are enough.


def descriptors_max() -> int:
    """How many it may open."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
