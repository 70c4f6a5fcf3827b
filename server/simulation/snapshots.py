"""The snapshot of a simulated world: it outlives every process, as the file beside a database does.

What reads and writes that file has tests of its own; here a start must be the same with a snapshot
as without one, at whatever moment it was made.
"""

import random
from collections.abc import Sequence

from actors.domain.events import Record
from actors.recovery import Recovery
from actors.simulation.disk import VirtualDisk
from actors.snapshot import decode, encode


class SimulatedSnapshots:
    """Made at the end of each life, from what no crash can take away."""

    def __init__(self, disk: VirtualDisk, chance: random.Random) -> None:
        self._disk = disk
        self._chance = chance
        self._newest = encode(Recovery())

    def make(self) -> None:
        """A snapshot of all that is durable, or of anything before that."""
        committed = self.committed()
        last = len(committed)
        reached = self._chance.choice((last, self._chance.randint(0, last)))
        self._newest = encode(_folded(committed[:reached]))

    def committed(self) -> Sequence[Record]:
        """What a reader of the database sees."""
        return self._disk.records[: self._disk.durable]

    def recover(self) -> Recovery:
        """What a start makes of the disk."""
        recovery = decode(self._newest)
        recovery.take_all(self._disk.records[recovery.last_position :])
        return recovery


def _folded(records: Sequence[Record]) -> Recovery:
    recovery = Recovery()
    recovery.take_all(records)
    return recovery
