"""A server without its sockets, threads, files and clock: what is wired to what.

sockets ─▶ Session ─▶ TeamActor ─▶ LocationActor ─▶ Journal ─▶ PersistenceActor
             ▲                                                    │
 Outbox ◀────┴──────────── Hub, Acks ◀── committed ◀──────────────┘

`server.app` gives it a real loop, disk and gateway; the simulation gives it virtual ones.
"""

import logging
from collections.abc import Callable, Sequence

from actors.console import ConsoleActor
from actors.directory import Directory
from actors.dispatch import Dispatcher
from actors.domain.events import Record, by_hunt
from actors.domain.ids import HuntId
from actors.domain.plan import HuntPlan
from actors.domain.staff import StaffMember
from actors.journal import Journal
from actors.messages import ActorFailed, CommittedRecords, Ref
from actors.persistence import (
    Append,
    CommitStalled,
    Committed,
    PersistenceFailed,
    PersistenceReport,
    ReadHunt,
)
from actors.recovery import Recovery
from actors.supervisor import Supervisor
from server.access import Access
from server.acks import Acks
from server.counters import Counters
from server.desk import Desk, PlanReply
from server.fanout import Fanout, Listener
from server.health import HealthDesk
from server.hub import Hub
from server.outbox import Flusher
from server.requests import Seed
from server.session import Session
from server.shedding import SHED_POLICY, Shedding, ShedPolicy

logger = logging.getLogger("cairn")


class JournalWriter:
    """The dispatcher's way to the persistence actor, and back."""

    def __init__(self, call_back: Callable[[Callable[[], None]], None]) -> None:
        """`call_back` runs something in the dispatcher's thread, from the actor's."""
        self._call_back = call_back
        self.ref: Ref | None = None

    def append(self, records: Sequence[Record]) -> None:
        """Queue records for the next group commit."""
        if self.ref is not None and self.ref.is_alive():
            self.ref.tell(Append(tuple(records)))

    def read_hunt(self, hunt: HuntId, reply: Callable[[Sequence[Record]], None]) -> None:
        """Read a hunt back behind everything appended so far; see `actors.supervisor.ReadHunt`."""

        def cross_over(records: Sequence[Record]) -> None:
            self._call_back(lambda: reply(records))

        if self.ref is not None and self.ref.is_alive():
            self.ref.tell(ReadHunt(hunt, cross_over))


class Core:
    """One server's inside. Lives in its dispatcher's thread."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        writer: JournalWriter,
        access: Access,
        recovery: Recovery,
        read_plan: Callable[[Seed, PlanReply], None],
        policy: ShedPolicy = SHED_POLICY,
    ) -> None:
        """Wire everything; `start` starts the actors of the recovered hunts."""
        self._dispatcher = dispatcher
        self._recovery = recovery
        self.access = access
        self.counters = Counters()
        self.journal = Journal(writer, recovery.last_position, dispatcher, policy.limits)
        self.shedding = Shedding(self.journal, dispatcher, policy.ladder)
        self.directory = Directory()
        self.fanout = Fanout(dispatcher.call_soon, dispatcher.call_later)
        self.hub = self._make_hub()
        self.supervisor = Supervisor(
            dispatcher, self.journal, self.directory, self.hub, writer.read_hunt
        )
        self.acks = Acks(dispatcher.call_later)
        self.acks.start_at(recovery.last_position)
        self.journal.listen(self._distribute)
        self.journal.listen(self.acks.on_commit)
        self.health = self._make_health()
        self.health.guesses = access.alert
        self.flusher = Flusher(dispatcher.call_soon)
        # Answers leave only after what they rest on was handed to the journal's writer.
        dispatcher.after_turn(self.journal.flush)
        dispatcher.after_turn(self.flusher.flush)
        self.desk = self._make_desk(read_plan)
        self.on_storage_lost: Callable[[str], None] = logger.error
        """Nothing can be saved any more: the server must end."""
        self.on_hunts_changed: Callable[[bool], None] = lambda _was_replaced: None
        """A hunt was opened (False) or is about to be replaced (True)."""

    def _make_hub(self) -> Hub:
        now, call_later = self._dispatcher.now, self._dispatcher.call_later
        hub = Hub(
            self.directory,
            self.fanout,
            now,
            call_later,
            self.shedding,
            self._dispatcher.monotonic,
        )
        hub.on_hunt_opened = self._on_hunt_opened
        hub.on_hunt_replaced = self._on_hunt_replaced
        hub.on_staff_changed = self._on_staff_changed
        hub.on_actor_failed = self._on_actor_failed
        return hub

    def _make_health(self) -> HealthDesk:
        return HealthDesk(
            self._dispatcher,
            self.journal,
            self.supervisor,
            self.hub,
            self.counters,
            self.fanout,
            self.shedding,
        )

    def _make_desk(self, read_plan: Callable[[Seed, PlanReply], None]) -> Desk:
        return Desk(
            access=self.access,
            directory=self.directory,
            hub=self.hub,
            acks=self.acks,
            console=lambda: self.console,
            counters=self.counters,
            now=self._dispatcher.now,
            journal=self.journal,
            shedding=self.shedding,
            live={},
            gm_applied=self._recovery.console.of,
            stopwatch=self.health.stopwatch,
            read_plan=read_plan,
        )

    def start(self) -> None:
        """Start the actors of every recovered hunt."""
        recovery = self._recovery
        self.console: Ref = ConsoleActor.start(
            self._dispatcher,
            self.journal,
            self.directory,
            self.supervisor,
            recovery.console,
            self.shedding.switch,
        )
        self.access.sessions.update(recovery.sessions_in_force())
        for hunt in recovery.hunts.values():
            self.supervisor.start_hunt(hunt.image, hunt.applied)

    def stop(self) -> None:
        """Stop the actors; what waits in their mailboxes is turned away."""
        self.supervisor.stop_all()
        self.console.stop(block=False)

    # From the persistence actor -------------------------------------------------------------

    def take_report(self, report: PersistenceReport) -> None:
        """What became of records that were handed over; in the dispatcher's thread."""
        counters = self.counters
        match report:
            case Committed():
                counters.commits += 1
                counters.last_commit_s = report.took_s
                counters.commit_s.note(report.took_s)
                counters.commit_records.note(report.records)
                self._tell_committed(report.position)
            case CommitStalled():
                counters.commit_failures += 1
                logger.warning("saving stalls (try %d): %s", report.attempts, report.message)
            case PersistenceFailed():
                self.health.failure = report.message
                self.on_storage_lost(report.message)

    def _tell_committed(self, position: int) -> None:
        if self.journal.committed(position):
            self._dispatcher.call_soon(lambda: self._tell_committed(position))

    def _distribute(self, records: Sequence[Record]) -> None:
        """Show what is saved to those who were not to see it before."""
        self.hub.tell(CommittedRecords(tuple(records)))
        for hunt, some in by_hunt(records).items():
            entry = self.directory.hunts.get(hunt)
            if entry is not None and entry.leaderboard is not None:
                entry.leaderboard.tell(CommittedRecords(tuple(some)))

    # From the hub ---------------------------------------------------------------------------

    def _on_hunt_opened(self, plan: HuntPlan) -> None:
        self.on_hunts_changed(False)
        self.access.codes.open_hunt(plan.hunt, [seat.id for seat in plan.teams])

    def _on_hunt_replaced(self, hunt: HuntId, listeners: Sequence[Listener]) -> None:
        self.on_hunts_changed(True)
        self.access.drop_hunt(hunt)
        for listener in listeners:
            if isinstance(listener, Session):
                listener.on_hunt_replaced()

    def _on_staff_changed(self, hunt: HuntId, staff: Sequence[StaffMember]) -> None:
        self.access.set_staff(hunt, staff)
        for listener in tuple(self.hub.hunts[hunt].game_masters):
            if isinstance(listener, Session):
                listener.on_staff_changed()

    def _on_actor_failed(self, failure: ActorFailed) -> None:
        self.counters.actor_failures += 1
        if failure.is_quarantined:
            logger.error("%s is quarantined: it failed too often", failure.name)
