"""A simulated disk: a journal store whose commits take time, fail, stick, or leave it open.

A batch is durable from the end of its commit on. A crash before that leaves it to chance whether
it is: the write may have reached the disk although nobody was told.
"""

import random
from collections.abc import Callable, Sequence

from actors.domain.events import HuntSeeded, Record
from actors.domain.ids import HuntId, SessionId
from actors.persistence import CommitFailed, JournalConflict
from actors.simulation.timeline import Timeline

COMMIT_MIN_S = 0.0005
"""Seconds of the fastest commit."""

COMMIT_TYPICAL_S = 0.003
"""Mean seconds that a healthy commit takes beyond the fastest."""


class DiskTrouble:
    """What is wrong with the disk at the moment; everything can be, at once."""

    def __init__(self) -> None:
        self.slowness = 1.0
        """Factor on the time of a commit."""
        self.stuck_until = 0.0
        """Virtual seconds; a commit that starts before does not end before."""
        self.failures = 0.0
        """Chance that a commit fails, and leaves nothing."""
        self.ambiguities = 0.0
        """Chance that a commit says it failed, although everything was saved."""

    def heal(self) -> None:
        """Everything is well again, though what is stuck stays so."""
        self.slowness, self.failures, self.ambiguities = 1.0, 0.0, 0.0


class VirtualDisk:
    """The one disk of a simulated world; it outlives every process. A `JournalStore`."""

    def __init__(self, timeline: Timeline, chance: random.Random) -> None:
        self._timeline = timeline
        self._chance = chance
        self.trouble = DiskTrouble()
        self.records: list[Record] = []
        """What is on the disk, or about to be: see `durable`."""
        self.durable = 0
        """The last position that no crash can take away."""
        self.busy_until = 0.0
        """When the commit that is under way ends; virtual seconds."""
        self.commits = 0
        self._requests: set[tuple[SessionId, int]] = set()
        self._writing: list[tuple[float, int]] = []
        self.on_written: Callable[[Sequence[Record]], None] = lambda _: None
        """Told of records when they are written; they are not durable yet."""

    def open(self) -> None:
        """Nothing to do: a disk is there."""

    def close(self) -> None:
        """Nothing to do."""

    def commit(self, batch: Sequence[Record]) -> None:
        """Save all of the batch or nothing; over at `busy_until`.

        Raises:
            CommitFailed: it is not known to be saved.
            JournalConflict: other records stand at these positions, or a request is there twice.
        """
        self.commits += 1
        self.busy_until = self._end_of_commit()
        chance, trouble = self._chance.random(), self.trouble
        if chance < trouble.failures:
            raise CommitFailed("The simulated disk refuses.", retriable=True)
        self._write(batch)
        if chance < trouble.failures + trouble.ambiguities:
            raise CommitFailed("The simulated disk does not know.", retriable=True)

    def read_hunt(self, hunt: HuntId) -> list[Record]:
        """The hunt's records since it was last seeded."""
        records = [record for record in self.records if record.hunt == hunt]
        starts = [i for i, record in enumerate(records) if isinstance(record.event, HuntSeeded)]
        return records[starts[-1] :] if starts else []

    def settle(self) -> None:
        """Note what has become durable by now."""
        while self._writing and self._writing[0][0] <= self._timeline.now:
            self.durable = self._writing.pop(0)[1]

    def crash(self) -> None:
        """The process that wrote is dead; what it was writing is there in whole, or not at all."""
        self.settle()
        for _, position in self._writing:
            if self._chance.random() < 0.5:
                break
            self.durable = position
        self._writing.clear()
        for lost in self.records[self.durable :]:
            if lost.session is not None and lost.n is not None:
                self._requests.discard((lost.session, lost.n))
        del self.records[self.durable :]
        self.busy_until = self.trouble.stuck_until = self._timeline.now

    def _end_of_commit(self) -> float:
        starts = max(self._timeline.now, self.busy_until)
        takes = COMMIT_MIN_S + self._chance.expovariate(1 / COMMIT_TYPICAL_S)
        return max(starts + takes * self.trouble.slowness, self.trouble.stuck_until)

    def _write(self, batch: Sequence[Record]) -> None:
        new = [record for record in batch if not self._has(record)]
        if new and new[0].position != len(self.records) + 1:
            raise JournalConflict(f"position {new[0].position} after {len(self.records)}")
        for record in new:
            if record.session is not None and record.n is not None:
                if (record.session, record.n) in self._requests:
                    raise JournalConflict(f"request {record.n} is in the journal twice")
                self._requests.add((record.session, record.n))
        self.records.extend(new)
        if new:
            self._writing.append((self.busy_until, new[-1].position))
            self.on_written(new)

    def _has(self, record: Record) -> bool:
        if record.position > len(self.records):
            return False
        if self.records[record.position - 1] != record:
            raise JournalConflict(f"position {record.position} holds another event")
        return True
