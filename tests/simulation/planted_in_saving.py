"""Planted bugs in the journal, its writer, and what is said of both."""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec.structs import replace as changed

from actors.domain import hunt as rules
from actors.domain.events import AnyEvent, LocationClosed, LocationOpened, PlayerJoined, Record
from actors.domain.refusals import Refusal
from actors.hunt import HuntActor
from actors.journal import Journal
from actors.messages import Accepted, CommittedRecords, Order
from actors.persistence import CommitFailed, Committed, PersistenceActor
from actors.team import TeamActor
from server.acks import Acks
from server.core import Core
from server.simulation.snapshots import SimulatedSnapshots
from tests.simulation.mutation import Mutation, Patches


def _answers_leave_first(patches: Patches) -> None:
    begin = Core.__init__

    def init(self: Core, dispatcher: Any, *args: Any, **more: Any) -> None:
        begin(self, dispatcher, *args, **more)
        dispatcher._after_turn.reverse()

    patches.replace(Core, "__init__", init)


def _accepted_before_append(patches: Patches) -> None:
    def order(self: HuntActor, message: Order) -> None:
        now = self._dispatcher.now()
        event = rules.decide(self._state, message.command, now)  # type: ignore[arg-type]
        if isinstance(event, Refusal) or event is None:
            real(self, message)
            return
        journal, sender = self.context.journal, message.sender
        draft = journal.draft(self.context.hunt, now, event, sender.session, message.n)
        sender.answer(Accepted(message.n, draft))
        self._after(self._append(event, now, sender.session, message.n))

    real = HuntActor._order
    patches.replace(HuntActor, "_order", order)


def _saved_at_once(patches: Patches) -> None:
    def add(self: Acks, _position: int, target: Any, n: int) -> None:
        self._note(target, n)

    patches.replace(Acks, "add", add)


def _saved_in_any_order(patches: Patches) -> None:
    def on_commit(self: Acks, records: Sequence[Record]) -> None:
        self._watermark = records[-1].position
        while self._waiting:
            _, target, n = self._waiting.popleft()
            self._note(target, n)

    patches.replace(Acks, "on_commit", on_commit)


def _watermark_ahead(patches: Patches) -> None:
    committed = Journal.committed
    patches.replace(Journal, "committed", lambda self, _: committed(self, self.tail))


def _saved_when_handed_over(patches: Patches) -> None:
    flush = Journal.flush

    def eager(self: Journal) -> None:
        has_more = bool(self.unsent)
        flush(self)
        if has_more:
            self.committed(self.tail)

    patches.replace(Journal, "flush", eager)


def _batch_cleared_first(patches: Patches) -> None:
    def commit_batch(self: PersistenceActor) -> None:
        batch, self._batch = self._batch or tuple(self._pending), ()
        self._pending.clear()
        self._store.commit(batch)
        self._attempts, self._committed = 0, batch[-1].position
        self._report(Committed(position=self._committed, took_s=0.0, records=len(batch)))

    patches.replace(PersistenceActor, "_commit_batch", commit_batch)


def _failure_reported_as_saved(patches: Patches) -> None:
    commit_batch = PersistenceActor._commit_batch

    def careless(self: PersistenceActor) -> None:
        try:
            commit_batch(self)
        except CommitFailed:
            position = self._batch[-1].position
            self._report(Committed(position=position, took_s=0.0, records=len(self._batch)))
            raise

    patches.replace(PersistenceActor, "_commit_batch", careless)


def _renumbered_after_failure(patches: Patches) -> None:
    def reorder(batch: tuple[Record, ...]) -> tuple[Record, ...]:
        positions = [one.position for one in batch]
        return tuple(
            changed(one, position=position)
            for position, one in zip(positions, reversed(batch), strict=True)
        )

    retry_later = PersistenceActor._retry_later

    def retry(self: PersistenceActor) -> None:
        self._batch = reorder(self._batch)
        retry_later(self)

    patches.replace(PersistenceActor, "_retry_later", retry)


def _record_left_out_of_retry(patches: Patches) -> None:
    retry_later = PersistenceActor._retry_later

    def retry(self: PersistenceActor) -> None:
        self._batch = self._batch[:-1]
        retry_later(self)

    patches.replace(PersistenceActor, "_retry_later", retry)


def _stop_leaves_pending(patches: Patches) -> None:
    patches.replace(PersistenceActor, "_flush_for_good", lambda _: None)


def _position_used_twice(patches: Patches) -> None:
    begin = Journal.__init__

    def init(self: Journal, writer: Any, last_position: int, *args: Any) -> None:
        begin(self, writer, max(0, last_position - 1), *args)

    patches.replace(Journal, "__init__", init)


def _early(patches: Patches, show: Callable[[Core, Record], None]) -> None:
    """Show each record when it is appended instead of when it is saved."""
    begin = Core.__init__

    def init(self: Core, *args: Any) -> None:
        begin(self, *args)
        append = self.journal.append

        def showing(record: Record) -> None:
            append(record)
            show(self, record)

        self.journal.append = showing  # type: ignore[method-assign]

    patches.replace(Core, "__init__", init)


def _leaderboard_early(patches: Patches) -> None:
    def show(core: Core, record: Record) -> None:
        entry = core.directory.hunts.get(record.hunt)
        if entry is not None and entry.leaderboard is not None:
            entry.leaderboard.tell(CommittedRecords((record,)))

    distribute = Core._distribute

    def hub_only(self: Core, records: Sequence[Record]) -> None:
        hunts, self.directory.hunts = self.directory.hunts, {}
        distribute(self, records)
        self.directory.hunts = hunts

    patches.replace(Core, "_distribute", hub_only)
    _early(patches, show)


def _feed_early(patches: Patches) -> None:
    _early(patches, lambda core, record: core.hub.feed.on_committed([record]))


def _open_early(patches: Patches) -> None:
    def show(core: Core, record: Record) -> None:
        if isinstance(record.event, LocationOpened | LocationClosed):
            core.hub._show_open(record, record.event)

    _early(patches, show)


def _join_unrecorded(patches: Patches) -> None:
    draft, append = Journal.draft, Journal.append
    position = -1

    def unnumbered(self: Journal, hunt: Any, at: float, event: AnyEvent, *more: Any) -> Record:
        drafted = draft(self, hunt, at, event, *more)
        return changed(drafted, position=position) if isinstance(event, PlayerJoined) else drafted

    def skipping(self: Journal, record: Record) -> None:
        if record.position != position:
            append(self, record)

    on_join = TeamActor._on_join

    def join(self: TeamActor, message: Any) -> None:
        journal = self.context.journal
        watched = journal.append
        journal.append = lambda record: skipping(journal, record)  # type: ignore[method-assign]
        try:
            on_join(self, message)
        finally:
            journal.append = watched  # type: ignore[method-assign]

    patches.replace(Journal, "draft", unnumbered)
    patches.replace(TeamActor, "_on_join", join)


def _numbers_kept_ahead(patches: Patches) -> None:
    kept: dict[Any, int] = {}
    append, start = Journal.append, Core.start

    def noting(self: Journal, record: Record) -> None:
        append(self, record)
        if record.session is not None and record.n is not None:
            kept[record.session] = record.n

    def recovering(self: Core) -> None:
        for session, n in kept.items():
            self._recovery.console.note(session, n)
            owner = self._recovery.sessions.get(session)
            if owner is not None:
                hunt = self._recovery.hunts[owner[0]]
                if owner[1] in hunt.applied:
                    hunt.applied[owner[1]].note(session, n)
        start(self)

    patches.replace(Journal, "append", noting)
    patches.replace(Core, "start", recovering)


def _snapshot_of_the_unsaved(patches: Patches) -> None:
    patches.replace(SimulatedSnapshots, "committed", lambda self: self._disk.records)


SAVING = (
    Mutation(
        "answers-leave-first",
        "Answers are written before what they rest on is handed to the journal's writer.",
        4,
        ("I1",),
        _answers_leave_first,
    ),
    Mutation(
        "accepted-before-append",
        "The hunt accepts a command before its record is appended.",
        4,
        ("I2",),
        _accepted_before_append,
    ),
    Mutation(
        "saved-at-once",
        "`saved` is sent without waiting for the commit.",
        4,
        ("I1",),
        _saved_at_once,
    ),
    Mutation(
        "saved-in-any-order",
        "Any commit makes all open answers `saved`.",
        4,
        ("I1",),
        _saved_in_any_order,
    ),
    Mutation(
        "watermark-ahead",
        "A commit counts for everything appended by then.",
        4,
        ("I5", "I1"),
        _watermark_ahead,
    ),
    Mutation(
        "saved-when-handed-over",
        "Records count as saved when the writer has them.",
        4,
        ("I5", "I1"),
        _saved_when_handed_over,
    ),
    Mutation(
        "batch-cleared-first",
        "A batch is let go of before its commit, so a failed one is lost.",
        4,
        ("I6",),
        _batch_cleared_first,
    ),
    Mutation(
        "failure-reported-as-saved",
        "A commit that failed is reported as done, then tried again.",
        4,
        ("I5", "I1"),
        _failure_reported_as_saved,
    ),
    Mutation(
        "renumbered-after-failure",
        "A batch that failed is committed in another order.",
        4,
        ("I6",),
        _renumbered_after_failure,
    ),
    Mutation(
        "record-left-out-of-retry",
        "The last record of a batch that failed is not tried again.",
        4,
        ("I6",),
        _record_left_out_of_retry,
    ),
    Mutation(
        "stop-leaves-pending",
        "An orderly stop does not commit what is pending.",
        8,
        ("I1",),
        _stop_leaves_pending,
    ),
    Mutation(
        "position-used-twice",
        "After a restart the last position is given again.",
        8,
        ("I6", "I2"),
        _position_used_twice,
    ),
    Mutation(
        "leaderboard-early",
        "The leaderboard is fed at the append, not at the commit.",
        4,
        ("I5",),
        _leaderboard_early,
    ),
    Mutation(
        "feed-early",
        "The feed shows what is appended, not what is committed.",
        4,
        ("I5",),
        _feed_early,
    ),
    Mutation(
        "open-early",
        "Open and closed places are shown before that is committed.",
        4,
        ("I5",),
        _open_early,
    ),
    Mutation(
        "join-unrecorded",
        "A session is welcomed without a record of it.",
        4,
        ("I3", "I10"),
        _join_unrecorded,
    ),
    Mutation(
        "numbers-ahead-of-the-journal",
        "How far sessions got is kept beside the journal and survives what the journal lost.",
        12,
        ("I1",),
        _numbers_kept_ahead,
    ),
    Mutation(
        "snapshot-ahead-of-the-journal",
        "A snapshot is made of what is written, durable or not.",
        54,
        ("I3", "I1", "I5", "I6", "I4"),
        _snapshot_of_the_unsaved,
    ),
)
