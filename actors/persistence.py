"""The one writer to disk: commits whatever queued up while the last commit ran, or just after it.

The journal on the loop's side tells `Append`; nobody ever waits for an answer. What became of it
is reported to a listener, which the server bridges back to its loop.

Failures form one tree: `StoreFailed` (tried again, or the end of the server, by its `retriable`),
under it `ReadFailed` and `CommitFailed`, and under that `JournalConflict` (the journal on disk is
not the one we wrote).
"""

import logging
import math
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Protocol

import pykka
from msgspec import Struct

from actors.domain.events import Record
from actors.domain.ids import HuntId

logger = logging.getLogger(__name__)

BATCH_RECORDS_MAX = 2_000
"""Records in one commit. Above about 1,000 a commit costs no less per record, and a longer one
would only make everybody's second tick later; 2,000 leaves room for a backlog to shrink fast."""

COMMIT_PAUSE_S = 0.005
"""Seconds from the start of one commit to that of the next, at least. A commit takes about 0.13 ms of
the processor however little is in it, and `saved` waits up to 15 ms for an answer to ride on anyway.
After a longer silence a commit starts at once."""

RETRY_DELAYS_S = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.0)
"""Waits after a batch's first, second … failure; the last one repeats. The first is over before a
player notices; the last is how long the space on a full disk may be back without being used."""

STOP_TRIES_MAX = 3
"""Tries for the last commit when stopping. The phones keep what is not saved; the server's exit
must not wait for a broken disk."""


class StoreFailed(Exception):
    """The store did not do what it was asked for.

    `retriable` tells whether another try can succeed without anybody repairing the file.
    """

    def __init__(self, message: str, *, retriable: bool) -> None:
        super().__init__(message)
        self.retriable = retriable


class ReadFailed(StoreFailed):
    """Records cannot be read; commits may go on all the same."""


class CommitFailed(StoreFailed):
    """A batch is not known to be saved; the same batch must be committed again, verbatim.

    It may even be on disk: an error while flushing leaves that open.
    """


class JournalConflict(CommitFailed):
    """The disk holds other records than ours at our positions; nothing can be saved any more."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retriable=False)


class JournalStore(Protocol):
    """Where the journal is kept. Used by one thread at a time."""

    def open(self) -> None:
        """Open the store unless it is open."""

    def commit(self, batch: Sequence[Record]) -> None:
        """Save all of the batch or nothing; saved records are on disk when this returns.

        Committing a batch again of which some or all is saved already is no error.

        Raises:
            CommitFailed: when that is not known to have happened.
        """

    def read_hunt(self, hunt: HuntId) -> list[Record]:
        """All saved records of the hunt since it was last seeded, in the journal's order.

        Raises:
            ReadFailed: when they cannot be read.
        """

    def close(self) -> None:
        """Close the store; it can be opened again.

        Raises:
            StoreFailed: when something went wrong; it is closed, and nothing saved is lost.
        """


class Append(Struct, frozen=True):
    """Save these records. Positions follow on those of the `Append` before, without gaps."""

    records: tuple[Record, ...]


class ReadHunt(Struct, frozen=True):
    """Read a hunt back, once everything appended before this message is saved."""

    hunt: HuntId
    reply: Callable[[list[Record]], None]
    """Called in the actor's thread; never called when the records cannot be saved or read."""


class Committed(Struct, frozen=True):
    """Everything up to and with `position` is on disk."""

    position: int
    took_s: float
    """Seconds of the commit that succeeded, failed tries before it not included."""
    records: int


class CommitStalled(Struct, frozen=True):
    """A commit failed and will be tried again; everything told meanwhile is kept."""

    message: str
    attempts: int
    """How often this batch has failed in a row."""


class PersistenceFailed(Struct, frozen=True):
    """Nothing will be saved from now on; the server must exit and start again."""

    message: str


PersistenceReport = Committed | CommitStalled | PersistenceFailed


class Timer(Protocol):
    """A callback to come."""

    def cancel(self) -> None:
        """Let it not come, if it has not yet."""


class _Retry(Struct, frozen=True):
    """The wait after a failed commit is over."""


class _RetryRead(Struct, frozen=True):
    """The wait after a failed read is over."""


_Message = Append | ReadHunt | _Retry | _RetryRead


class PersistenceActor(pykka.ThreadingActor):
    """Commits appended records in order, in batches, and reports to `listener`.

    The listener is called in this actor's thread: it must not block, and has to cross over to its
    own thread by itself. Nothing that the store, the listener or a reader raises ends the actor.

    `ref.stop()` commits what is pending, with `STOP_TRIES_MAX` tries, and closes the store.
    """

    # A daemon: the server stops this actor and waits for it, for a bounded time. Should the disk
    # hang beyond that, or the main thread die, the process must still end; what it leaves unsaved
    # is kept by the phones.
    use_daemon_thread = True

    def __init__(self, store: JournalStore, listener: Callable[[PersistenceReport], None]) -> None:
        super().__init__()
        self._store = store
        self._listener = listener
        self._pending: list[Record] = []
        # The batch being committed. It stays the same through every retry: part of it may be on
        # disk already, and the store recognises it only if nothing in it changed.
        self._batch: tuple[Record, ...] = ()
        self._reads: deque[tuple[int, ReadHunt]] = deque()
        self._appended = 0
        self._committed = 0
        self._attempts = 0
        self._began_at = -math.inf
        self._retry: Timer | None = None
        self._read_attempts = 0
        self._read_retry: Timer | None = None
        self._is_failed = False

    def on_start(self) -> None:
        """Open the store, in the thread that will use it."""
        try:
            self._store.open()
        except Exception as error:  # noqa: BLE001 - whatever it is, see below.
            # Pykka would only stop the actor: everything told to it later would be an exception
            # in the teller, on the loop.
            self._fail(f"The journal cannot be opened: {error}")

    def on_receive(self, message: _Message) -> None:
        """Take the message, then commit unless more messages are already here."""
        if self._is_failed:
            return
        try:
            self._take(message)
            self._work()
        except BaseException as error:  # noqa: BLE001 - Pykka would kill this or all actors.
            self._fail(f"Saving stopped: {error!r}")

    def on_stop(self) -> None:
        """Commit what is pending and close the store."""
        self._cancel_retry()
        try:
            if not self._is_failed:
                self._flush_for_good()
        finally:
            self._close()

    def on_failure(
        self,
        _exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Report a failure that got past everything else, since Pykka only logs it."""
        self._fail(f"Saving stopped: {exception_value!r}")
        self._close()

    def _take(self, message: _Message) -> None:
        match message:
            case Append(records=records):
                self._pending.extend(records)
                if records:
                    self._appended = records[-1].position
            case ReadHunt():
                self._reads.append((self._appended, message))
            case _Retry():
                self._retry = None
            case _RetryRead():
                self._read_retry = None

    def _work(self) -> None:
        while self._may_commit():
            if self._must_gather():
                continue  # What was told meanwhile is in the mailbox, and comes along.
            self._commit_next()
        while self._may_read():
            self._read_next()

    def _may_commit(self) -> bool:
        if self._is_failed or self._retry is not None:
            return False
        if self._batch or len(self._pending) >= BATCH_RECORDS_MAX:
            return True
        # Group commit: as long as messages wait, take them first; they are the ones that queued
        # up while the last commit ran.
        return bool(self._pending) and self.actor_inbox.empty()

    def _must_gather(self) -> bool:
        """Wait for company if the last commit began only just now; whether that took time."""
        if self._batch or len(self._pending) >= BATCH_RECORDS_MAX:
            return False
        wait_s = self._began_at + COMMIT_PAUSE_S - time.perf_counter()
        if wait_s <= 0.0:
            return False
        self._pause(wait_s)
        return True

    def _pause(self, wait_s: float) -> None:
        time.sleep(wait_s)

    def _may_read(self) -> bool:
        if self._is_failed or self._read_retry is not None or not self._reads:
            return False
        return self._reads[0][0] <= self._committed

    def _commit_next(self) -> None:
        try:
            self._commit_batch()
        except CommitFailed as error:
            if not error.retriable:
                self._fail(str(error))
                return
            self._attempts += 1
            logger.warning("Commit failed, attempt %d: %s", self._attempts, error)
            self._report(CommitStalled(message=str(error), attempts=self._attempts))
            self._retry_later()

    def _commit_batch(self) -> None:
        if not self._batch:
            self._batch = tuple(self._pending[:BATCH_RECORDS_MAX])
            del self._pending[:BATCH_RECORDS_MAX]
        batch = self._batch
        started = self._began_at = time.perf_counter()
        self._store.commit(batch)
        took_s = time.perf_counter() - started
        self._batch, self._attempts = (), 0
        self._committed = batch[-1].position
        self._report(Committed(position=self._committed, took_s=took_s, records=len(batch)))

    def _retry_later(self) -> None:
        self._retry = self._remind(_Retry(), self._attempts)

    def _remind(self, message: _Message, attempts: int) -> Timer:
        # A timer instead of waiting here: the mailbox stays open, so that a stop is not held up.
        delay_s = RETRY_DELAYS_S[min(attempts, len(RETRY_DELAYS_S)) - 1]
        return self._start_timer(delay_s, lambda: self._tell_itself(message))

    def _start_timer(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        timer = threading.Timer(delay_s, callback)
        timer.daemon = True
        timer.start()
        return timer

    def _tell_itself(self, message: _Message) -> None:
        try:
            self.actor_ref.tell(message)
        except pykka.ActorDeadError:
            logger.debug("The actor stopped before its retry was due.")

    def _cancel_retry(self) -> None:
        for timer in (self._retry, self._read_retry):
            if timer is not None:
                timer.cancel()

    def _read_next(self) -> None:
        read = self._reads[0][1]
        try:
            records = self._store.read_hunt(read.hunt)
        except ReadFailed as error:
            if not error.retriable:
                self._fail(str(error))
                return
            self._read_attempts += 1
            logger.warning(
                "Hunt %s cannot be read, attempt %d: %s", read.hunt, self._read_attempts, error
            )
            self._read_retry = self._remind(_RetryRead(), self._read_attempts)
            return
        self._read_attempts = 0
        self._reads.popleft()
        try:
            read.reply(records)
        except BaseException:
            logger.exception("A reader of hunt %s failed", read.hunt)

    def _flush_for_good(self) -> None:
        tries = 0
        while self._batch or self._pending:
            try:
                self._commit_batch()
                tries = 0
            except Exception as error:  # noqa: BLE001 - whatever it is, the store must be closed.
                tries += 1
                retriable = isinstance(error, CommitFailed) and error.retriable
                if not retriable or tries >= STOP_TRIES_MAX:
                    unsaved = len(self._batch) + len(self._pending)
                    self._fail(f"{unsaved} records could not be saved before the stop: {error}")
                    return

    def _close(self) -> None:
        try:
            self._store.close()
        except StoreFailed as error:
            logger.warning("The journal did not close cleanly: %s", error)
        except Exception:
            logger.exception("The journal did not close cleanly")

    def _fail(self, message: str) -> None:
        if self._is_failed:
            return
        self._is_failed = True
        self._cancel_retry()
        # A store that failed as stores do has said why; anything else is for a developer.
        is_told = isinstance(sys.exc_info()[1], StoreFailed)
        logger.error("%s", message, exc_info=not is_told)
        self._report(PersistenceFailed(message=message))

    def _report(self, report: PersistenceReport) -> None:
        try:
            self._listener(report)
        except BaseException:
            logger.exception("The listener failed at %r", report)
