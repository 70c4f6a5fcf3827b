"""The dispatcher's end of the journal: gives positions, hands over, knows what is committed.

One first-in-first-out queue with one committer: an actor appends its record *before* it tells
anyone, so the journal's order is a linear extension of causality, and every prefix of it is a
consistent cut.
"""

from collections import deque
from collections.abc import Callable, Sequence

from actors.domain.events import AnyEvent, Record
from actors.domain.ids import HuntId, SessionId
from actors.messages import Writer

JOURNAL_RECORDS_MAX = 200_000
"""Records that may wait for the disk: 5 s of stall at 30,000 claims/s with room to spare, about
100 MB of memory. Beyond it players are answered `busy`; their phones keep the actions."""

JOURNAL_RESERVE_RECORDS = 10_000
"""Records beyond `JOURNAL_RECORDS_MAX` kept for game masters, who must be able to pause a hunt
when storage is in trouble."""

COMMITTED_PER_SLICE_MAX = 2_000
"""Committed records told at once; the rest follow in the next turn, so that a big commit after a
stall does not hold up the claims that come in meanwhile. About 5 ms."""

CommitListener = Callable[[Sequence[Record]], None]


class Journal:
    """Appends records and tells listeners when they are on disk. Dispatcher's thread only."""

    def __init__(self, writer: Writer, last_position: int) -> None:
        self._writer = writer
        self._unsent: list[Record] = []
        self._uncommitted: deque[Record] = deque()
        self._listeners: list[CommitListener] = []
        self.tail = last_position
        """The last position given to a record."""
        self.watermark = last_position
        """Everything up to this position is on disk, and listeners know it."""
        self._on_disk = last_position
        self._is_closed = False

    def close(self) -> None:
        """The server is about to stop: commands must wait for the next one from now on."""
        self._is_closed = True

    @property
    def is_full(self) -> bool:
        """Whether players' commands must wait."""
        return self._is_closed or len(self._uncommitted) >= JOURNAL_RECORDS_MAX

    @property
    def is_exhausted(self) -> bool:
        """Whether even game masters' commands must wait."""
        return (
            self._is_closed
            or len(self._uncommitted) >= JOURNAL_RECORDS_MAX + JOURNAL_RESERVE_RECORDS
        )

    @property
    def pending(self) -> int:
        """Records that wait for the disk."""
        return len(self._uncommitted)

    @property
    def unsent(self) -> Sequence[Record]:
        """Records that were appended in this turn and are not handed to the writer yet."""
        return self._unsent

    @property
    def oldest_pending_at(self) -> float | None:
        """When the oldest waiting record was decided (UTC seconds), if any waits."""
        return self._uncommitted[0].at if self._uncommitted else None

    @property
    def is_telling(self) -> bool:
        """Whether listeners are still to be told of records that are on disk."""
        return self.watermark < self._on_disk

    def listen(self, listener: CommitListener) -> None:
        """Tell `listener` of committed records, in order."""
        self._listeners.append(listener)

    def draft(
        self,
        hunt: HuntId,
        at: float,
        event: AnyEvent,
        session: SessionId | None = None,
        n: int | None = None,
    ) -> Record:
        """The record that `append` would take next. Nothing is appended yet.

        So an actor computes its new state first: whatever raises there leaves no trace.
        """
        return Record(self.tail + 1, hunt, at, event, session, n)

    def append(self, record: Record) -> None:
        """Take the record that `draft` has just made."""
        assert record.position == self.tail + 1, "a record was appended between draft and append"
        self.tail += 1
        self._unsent.append(record)
        self._uncommitted.append(record)

    def flush(self) -> None:
        """Hand what was appended to the writer: once a turn, before answers leave."""
        if self._unsent:
            self._writer.append(self._unsent)
            self._unsent = []

    def committed(self, position: int) -> bool:
        """Note that everything up to `position` is on disk; tell listeners of a slice of it.

        Returns:
            Whether more is left to tell: call again in a later turn.
        """
        self._on_disk = max(self._on_disk, position)
        records: list[Record] = []
        uncommitted = self._uncommitted
        while (
            uncommitted
            and uncommitted[0].position <= self._on_disk
            and len(records) < COMMITTED_PER_SLICE_MAX
        ):
            records.append(uncommitted.popleft())
        if records:
            self.watermark = records[-1].position
            for listener in self._listeners:
                listener(records)
        return self.watermark < self._on_disk
