"""The dispatcher's end of the journal: gives positions, hands over, knows what is committed.

One first-in-first-out queue with one committer: an actor appends its record *before* it tells
anyone, so the journal's order is a linear extension of causality, and every prefix of it is a
consistent cut.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from actors.admission import (
    QUEUE_LIMITS,
    Backlog,
    Level,
    QueueLimits,
    next_level,
    retry_after_s,
)
from actors.domain.events import AnyEvent, Record
from actors.domain.ids import HuntId, SessionId
from actors.histogram import Histogram
from actors.messages import Writer
from actors.record_size import estimated_bytes

COMMITTED_PER_SLICE_MAX = 2_000
"""Committed records told at once; the rest follow in the next turn, so that a big commit after a
stall does not hold up the claims that come in meanwhile. About 5 ms."""

AGE_LOOK_S = 0.25
"""Seconds between two looks at how long the oldest record has waited, while one does: a stuck disk
is noticed although nothing is appended or committed."""

SAVED_BOUNDS_S = (
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
    30.0,
)
"""Seconds between which the saved lag is told apart: from a fast disk to where claims are refused."""

CommitListener = Callable[[Sequence[Record]], None]


class Clock(Protocol):
    """What the journal needs of its dispatcher."""

    def monotonic(self) -> float:
        """Seconds of a clock that nobody sets."""

    def call_later(self, delay_s: float, callback: Callable[[], None], /) -> None:
        """Call back after at least `delay_s` seconds."""


class Journal:
    """Appends records and tells listeners when they are on disk. Dispatcher's thread only."""

    def __init__(
        self,
        writer: Writer,
        last_position: int,
        clock: Clock,
        limits: QueueLimits = QUEUE_LIMITS,
    ) -> None:
        self._writer = writer
        self._clock = clock
        self.limits = limits
        self._unsent: list[Record] = []
        self._uncommitted: deque[Record] = deque()
        # What each flush handed over: its last position, its bytes, and when.
        self._handed: deque[tuple[int, int, float]] = deque()
        self._bytes = 0
        self._let_go_up_to = last_position
        self.saved_lag_s = Histogram(SAVED_BOUNDS_S)
        """Of each record, the seconds from the end of the turn in which it was appended until it
        was on disk and listeners were told."""
        self._listeners: list[CommitListener] = []
        self.tail = last_position
        """The last position given to a record."""
        self.watermark = last_position
        """Everything up to this position is on disk, and listeners know it."""
        self._on_disk = last_position
        self._is_closed = False
        self._is_shut = False
        self._counts_age = True
        self._is_looking = False
        self._full_since = 0.0
        self.level = Level.OPEN
        """How far the queue is filled, as of the last turn, commit or look."""
        self.is_full = False
        """Whether players' commands must wait."""
        self.is_exhausted = False
        """Whether even game masters' commands must wait."""
        self.on_pressure: Callable[[], None] = lambda: None
        """Called whenever the queue was looked at and is, or was until now, not `OPEN`."""

    @property
    def limits(self) -> QueueLimits:
        """The hard limits of what may wait."""
        return self._limits

    @limits.setter
    def limits(self, limits: QueueLimits) -> None:
        self._limits = limits
        self._soft = limits.soft

    def close(self) -> None:
        """The server is about to stop: commands must wait for the next one from now on."""
        self._is_closed = True
        self._admit(self.backlog)

    @property
    def is_closed(self) -> bool:
        """Whether the server is about to stop."""
        return self._is_closed

    def overrule(self, *, is_shut: bool, counts_age: bool) -> None:
        """Follow a game master's decision; count and bytes bound memory in any case.

        Args:
            is_shut: Players must wait, however little waits for the disk.
            counts_age: Whether they must wait because something has been unsaved for too long.
        """
        self._is_shut, self._counts_age = is_shut, counts_age
        backlog = self.backlog
        self.level = next_level(self.level, backlog, self.limits, counts_age=counts_age)
        self._admit(backlog)

    @property
    def backlog(self) -> Backlog:
        """What waits for the disk now."""
        handed = self._handed
        age_s = self._clock.monotonic() - handed[0][2] if handed else 0.0
        return Backlog(len(self._uncommitted), self._bytes, age_s)

    def retry_after_s(self) -> float:
        """How long a client should wait that is answered `busy` now, in seconds.

        The longer, the longer nothing was saved or players have had to wait.
        """
        stuck_s = self.backlog.age_s
        if self.is_full:
            stuck_s = max(stuck_s, self._clock.monotonic() - self._full_since)
        return retry_after_s(stuck_s)

    @property
    def pending(self) -> int:
        """Records that wait for the disk."""
        return len(self._uncommitted)

    @property
    def unsent(self) -> Sequence[Record]:
        """Records that were appended in this turn and are not handed to the writer yet."""
        return self._unsent

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
        unsent = self._unsent
        if unsent:
            self._writer.append(unsent)
            self._unsent = []
            size_bytes = estimated_bytes(unsent)
            self._bytes += size_bytes
            self._handed.append((unsent[-1].position, size_bytes, self._clock.monotonic()))
            soft = self._soft
            # Nearly always neither holds, and age has a timer of its own.
            if self._bytes >= soft.bytes or len(self._uncommitted) >= soft.records:
                self._look()
            if not self._is_looking:
                self._is_looking = True
                self._clock.call_later(AGE_LOOK_S, self._look_again)

    def committed(self, position: int) -> bool:
        """Note that everything up to `position` is on disk; tell listeners of a slice of it.

        Returns:
            Whether more is left to tell: call again in a later turn.
        """
        self._on_disk = max(self._on_disk, position)
        # Positions follow on each other, and nothing waits that the watermark has passed.
        count = min(self._on_disk - self.watermark, COMMITTED_PER_SLICE_MAX)
        if count > 0:
            take = self._uncommitted.popleft
            records = [take() for _ in range(count)]
            self.watermark = records[-1].position
            self._let_go()
            for listener in self._listeners:
                listener(records)
        return self.watermark < self._on_disk

    # Limits ---------------------------------------------------------------------------------

    def _let_go(self) -> None:
        """Count no more what is on disk."""
        handed, now = self._handed, self._clock.monotonic()
        while handed and handed[0][0] <= self.watermark:
            position, size_bytes, since = handed.popleft()
            self._bytes -= size_bytes
            self.saved_lag_s.note(now - since, position - self._let_go_up_to)
            self._let_go_up_to = position
        if self.level is not Level.OPEN:
            self._look()

    def _look_again(self) -> None:
        self._is_looking = bool(self._uncommitted)
        if self._is_looking:
            self._look()
            self._clock.call_later(AGE_LOOK_S, self._look_again)

    def _look(self) -> None:
        """Decide once for all commands to come until the next look."""
        before, backlog = self.level, self.backlog
        self.level = next_level(before, backlog, self.limits, counts_age=self._counts_age)
        if self.level is not Level.OPEN or before is not Level.OPEN:
            self._admit(backlog)
            self.on_pressure()

    def _admit(self, backlog: Backlog) -> None:
        is_full = self._is_closed or self._is_shut or self.level is Level.HARD
        if is_full and not self.is_full:
            self._full_since = self._clock.monotonic()
        self.is_full = is_full
        self.is_exhausted = self._is_closed or self.limits.is_exhausted(backlog)
