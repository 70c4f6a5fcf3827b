"""How much may wait for the disk, and what follows from it. Pure: no clock, no state.

The journal asks once a turn, at every commit and on a timer, and keeps the outcome as a flag;
what a single claim costs is reading that flag.
"""

from enum import StrEnum

from msgspec import Struct

JOURNAL_RECORDS_MAX = 200_000
"""Records that may wait for the disk: 5 s of stall at 30,000 claims/s with room to spare. Beyond
it players are answered `busy`; their phones keep the actions."""

JOURNAL_BYTES_MAX = 67_108_864
"""Bytes of memory that they may take, as `actors.record_size` estimates them: a little more than
200,000 finds, so that it is the count that bounds those, and this what bounds long texts."""

JOURNAL_AGE_MAX_S = 30.0
"""Seconds that the oldest of them may have waited. A disk that is stuck for this long does not
come back by itself soon, and all that is unsaved would be played again after a crash. Stalls of
5 to 10 s, as disks and virtual machines have them, are far below it."""

JOURNAL_RESERVE_FRACTION = 0.05
"""Part of the limits of count and bytes that comes on top for game masters, who must be able to
pause a hunt when storage is in trouble: 10,000 commands. Age does not hold them up at all."""

SOFT_FRACTION = 0.1
"""Part of each hard limit at which its soft limit is: nothing that a healthy disk ever reaches
(20,000 records, 3 s), and early enough to shed what nobody needs for playing."""

LEAVE_FRACTION = 0.8
"""Part of a limit that has to be reached again from above before its effect ends, so that a
backlog that hovers about a limit does not switch something on and off all the time."""

BUSY_RETRY_AFTER_S = 0.5
"""Seconds that `busy` asks a client to wait at least: long enough for a few commits, short enough
that a player hardly notices."""

BUSY_RETRY_AFTER_MAX_S = 5.0
"""Seconds that it asks for at most: how late a phone may notice that Cairn takes claims again."""

BUSY_RETRY_FRACTION = 0.1
"""Part of the time for which nothing was saved that a client is asked to wait: a disk that has
been stuck for half a minute will hardly be back within half a second."""


class Level(StrEnum):
    """How far the queue for the disk is filled."""

    OPEN = "open"
    """As it should be."""
    SOFT = "soft"
    """A soft limit is reached: what playing does not need may be shed."""
    HARD = "hard"
    """A hard limit is reached: players are answered `busy`."""


class Backlog(Struct, frozen=True):
    """What waits for the disk."""

    records: int
    bytes: int
    """Estimated."""
    age_s: float
    """Seconds since the oldest of them was handed to the writer."""


class QueueLimits(Struct, frozen=True):
    """How much may wait, in each of three respects."""

    records: int
    bytes: int
    age_s: float

    def fill(self, backlog: Backlog, *, counts_age: bool = True) -> float:
        """Which part of the limit is used, in the respect that is used most; 1: all of it."""
        used = max(backlog.records / self.records, backlog.bytes / self.bytes)
        return max(used, backlog.age_s / self.age_s) if counts_age else used

    @property
    def soft(self) -> "QueueLimits":
        """The soft limits that belong to these hard ones."""
        return QueueLimits(
            int(self.records * SOFT_FRACTION),
            int(self.bytes * SOFT_FRACTION),
            self.age_s * SOFT_FRACTION,
        )

    def is_exhausted(self, backlog: Backlog) -> bool:
        """Whether the game masters' reserve is used up, too."""
        return self.fill(backlog, counts_age=False) >= 1 + JOURNAL_RESERVE_FRACTION


QUEUE_LIMITS = QueueLimits(JOURNAL_RECORDS_MAX, JOURNAL_BYTES_MAX, JOURNAL_AGE_MAX_S)
"""The hard limits of a server."""


def next_level(
    before: Level, backlog: Backlog, limits: QueueLimits, *, counts_age: bool = True
) -> Level:
    """The level that follows on `before`. `counts_age`: whether age alone may make it `HARD`."""
    fill = limits.fill(backlog)
    full = fill if counts_age else limits.fill(backlog, counts_age=False)
    if full >= (LEAVE_FRACTION if before is Level.HARD else 1.0):
        return Level.HARD
    if fill >= SOFT_FRACTION * (1.0 if before is Level.OPEN else LEAVE_FRACTION):
        return Level.SOFT
    return Level.OPEN


def retry_after_s(stuck_s: float) -> float:
    """How long a client should wait that is answered `busy` when nothing moved for `stuck_s`."""
    return min(max(BUSY_RETRY_FRACTION * stuck_s, BUSY_RETRY_AFTER_S), BUSY_RETRY_AFTER_MAX_S)
