"""The simulated machine: one disk, and the server process on it, which dies and starts again."""

import random
from collections.abc import Callable
from typing import Protocol

import pykka

from actors.admission import QueueLimits
from actors.dispatch import Mailbox
from actors.domain.events import Record
from actors.domain.refusals import Refusal
from actors.messages import Answer, Joined, Ref
from actors.persistence import PersistenceReport
from actors.recovery import Recovery
from actors.simulation.disk import VirtualDisk
from actors.simulation.persistence import VirtualPersistenceActor
from actors.simulation.process import Process
from actors.simulation.timeline import Timeline
from server.access import Access, token_hash
from server.core import Core, JournalWriter
from server.desk import Desk, PlanReply
from server.outbox import OUTBOX_BYTES_MAX, Outbox
from server.plan_desk import check
from server.protocol import JsonWire
from server.requests import Seed
from server.session import Session
from server.shedding import SHED_POLICY, ShedPolicy
from server.simulation.link import Link, Message
from server.simulation.snapshots import SimulatedSnapshots

KEY = bytes(range(32))
"""The key file of every simulated server."""

GM_TOKEN = "the-simulated-game-masters-token"

BOOT_MAX_S = 3.0
"""Seconds at most from a process's death until its successor listens."""

FIRST_MESSAGE_S = 10.0
"""As the gateway's own; the simulation has no gateway."""

STOP_S = 10.0
"""As the server's own: after that an orderly stop ends anyway."""

STOP_STEP_S = 0.05
"""Seconds between two looks at how far an orderly stop is."""

TIGHT_LIMITS = QueueLimits(records=30, bytes=30_000, age_s=4.0)
"""What may wait for the disk in runs with tight limits: so little that `busy`, the gate behind it
and the whole ladder of shedding come with any slow disk."""

TIGHT_OUTBOX_BYTES = 4_000
"""Bytes that may wait for one client in those runs: some dozen pushes."""

RESTARTING = 1012
"""The websocket close code of a server that will be back (RFC 6455's registry)."""

JSON = JsonWire()


class Watcher(Protocol):
    """Who looks on at everything that the server does; see `server.simulation.auditor`."""

    def on_boot(self, site: "Site", recovery: Recovery) -> None:
        """A new life begins with what was recovered."""

    def on_killed(self) -> None:
        """It is over; the disk has settled."""

    def on_append(self, record: Record) -> None:
        """A record was given its position."""

    def on_joined(self, session: Session, joined: Joined | Refusal) -> None:
        """A team answered a first message."""

    def on_answer(self, session: Session, answer: Answer) -> None:
        """An actor answered a request."""

    def on_goodbye(self, site: "Site", appended: int) -> None:
        """An orderly stop came to its end; records up to `appended` were to be saved before."""

    def on_sent(self, session: Session, message: Message, payload: bytes) -> None:
        """A message is being written to a client's socket."""

    def on_storage_lost(self, message: str) -> None:
        """The server says that nothing can be saved any more."""


class WatchedSession(Session):
    """A session whose answers somebody looks at."""

    def __init__(self, desk: Desk, outbox: Outbox, link: Link, site: "Site") -> None:
        super().__init__(desk, JSON, outbox, link)
        self._watcher = site.watcher
        self._site = site

    def answer(self, answer: Answer) -> None:
        """Show the answer to the watcher, then go on as ever; unless it fails before that."""
        self._site.before_answer()
        self._watcher.on_answer(self, answer)
        super().answer(answer)

    def joined(self, joined: Joined | Refusal) -> None:
        """The same, with the answer to the first message."""
        self._watcher.on_joined(self, joined)
        super().joined(joined)


class Site:
    """Starts, kills, stops and restarts the server; its clients' links end here."""

    def __init__(self, timeline: Timeline, seed: str, disk: VirtualDisk, watcher: Watcher) -> None:
        self.timeline = timeline
        self.disk = disk
        self.lives = 0
        self.deliveries_before = 0
        """Of all lives but this one."""
        self.process: Process | None = None
        self.core: Core | None = None
        self.clock_offset_s = 0.0
        self.on_boot: Callable[[], None] = lambda: None
        """Called at the start of each life, to plant what is to go wrong in it."""
        self.before_answer: Callable[[], None] = lambda: None
        """Called before an actor's answer is taken; may raise, as anything may."""
        self._seed = seed
        self._chance = random.Random(f"{seed}/site")
        self.is_tight = self._chance.random() < 0.5
        """Whether little may wait in this run's servers."""
        self.policy = ShedPolicy(TIGHT_LIMITS, SHED_POLICY.ladder) if self.is_tight else SHED_POLICY
        self.outbox_bytes = TIGHT_OUTBOX_BYTES if self.is_tight else OUTBOX_BYTES_MAX
        self.snapshots = SimulatedSnapshots(disk, random.Random(f"{seed}/snapshots"))
        self._tokens = random.Random(f"{seed}/tokens")
        self.watcher = watcher
        self._links: dict[Link, None] = {}
        self._persistence: Ref | None = None
        self._is_stopping = False
        self._stopped_at = 0

    # Life and death -------------------------------------------------------------------------

    @property
    def deliveries(self) -> int:
        """Messages handled and callbacks run by the server, in all its lives."""
        current = self.process.deliveries if self.process is not None else 0
        return self.deliveries_before + current

    def boot(self) -> None:
        """Start a process: recover, then listen."""
        self.lives += 1
        self._is_stopping = False
        recovery = self.snapshots.recover()
        self.process = process = Process(
            self.timeline, random.Random(f"{self._seed}/process/{self.lives}")
        )
        process.clock_offset_s = self.clock_offset_s
        process.on_killed = self._on_killed
        access = Access(KEY, token_hash(GM_TOKEN), make_token=self._make_token)

        def cross_over(callback: Callable[[], None]) -> None:
            persistence.cross_over(callback)

        writer = JournalWriter(cross_over)
        self.core = core = Core(process, writer, access, recovery, self._read_plan, self.policy)
        core.on_storage_lost = self._on_storage_lost
        self._watch_journal(core)
        writer.ref = self._persistence = VirtualPersistenceActor.start(
            process, self.timeline, self.disk, self._take_report
        )
        persistence: VirtualPersistenceActor = writer.ref.actor_inbox.owner  # type: ignore[attr-defined]
        self.watcher.on_boot(self, recovery)
        self.on_boot()
        core.start()

    def _on_storage_lost(self, message: str) -> None:
        """The process ends by itself. When it was to stop, a disk that fails just then may win."""
        if not self._is_stopping:
            self.watcher.on_storage_lost(message)
        self.kill()

    def _take_report(self, report: PersistenceReport) -> None:
        assert self.core is not None
        self.core.take_report(report)

    def _watch_journal(self, core: Core) -> None:
        append = core.journal.append

        def watched(record: Record) -> None:
            append(record)
            self.watcher.on_append(record)

        core.journal.append = watched  # type: ignore[method-assign]

    def kill(self) -> None:
        """`kill -9`, or a power cut: the disk keeps what it had to keep."""
        if self.process is not None:
            self.process.kill()

    def _on_killed(self) -> None:
        assert self.core is not None and self.process is not None
        self.deliveries_before += self.process.deliveries
        self.snapshots.make()
        self.disk.crash()
        for link in self._links:
            link.server_died(self._chance.choice((0.01, 0.05, 30.0)))
        self._links.clear()
        self._bury(self.process)
        self.process = self.core = self._persistence = None
        self.watcher.on_killed()
        self.timeline.call_later(self._chance.uniform(0.2, BOOT_MAX_S), self.boot)

    def _bury(self, process: Process) -> None:
        """Let go of the dead process's actors.

        Pykka's registry would keep them for ever, and so would cycles through the messages that
        they hold: the collector does not look into those.
        """
        for ref in pykka.ActorRegistry.get_all():
            mailbox = ref.actor_inbox
            if isinstance(mailbox, Mailbox) and mailbox.is_of(process):
                pykka.ActorRegistry.unregister(ref)
                mailbox.take_all()
                if ref is not self._persistence:
                    vars(mailbox.owner).clear()

    # An orderly stop ------------------------------------------------------------------------

    def stop(self) -> None:
        """SIGTERM: the steps of `App.stop`, on virtual time."""
        if self.core is None or self.process is None or self._is_stopping:
            return
        self._is_stopping = True
        self.core.journal.close()
        deadline = self.timeline.now + STOP_S
        process = self.process
        process.call_later(STOP_STEP_S, lambda: self._stop_saving(process, deadline))

    def _stop_saving(self, process: Process, deadline: float) -> None:
        assert self.core is not None
        if not process.is_idle and self.timeline.now < deadline:
            process.call_later(STOP_STEP_S, lambda: self._stop_saving(process, deadline))
            return
        self.core.journal.flush()
        self._stopped_at = self.core.journal.tail
        assert self._persistence is not None
        self._persistence.stop(block=False)
        process.call_later(STOP_STEP_S, lambda: self._say_goodbye(process, deadline))

    def _say_goodbye(self, process: Process, deadline: float) -> None:
        assert self.core is not None and self._persistence is not None
        is_saving = self._persistence.is_alive() or self.disk.busy_until > self.timeline.now
        if (is_saving or self.core.journal.is_telling) and self.timeline.now < deadline:
            process.call_later(STOP_STEP_S, lambda: self._say_goodbye(process, deadline))
            return
        if not is_saving:
            self.watcher.on_goodbye(self, self._stopped_at)
        self.core.acks.send_now()
        self.core.flusher.flush()
        for link in list(self._links):
            link.hang_up(RESTARTING)
        self._links.clear()
        process.call_later(STOP_STEP_S, process.kill)

    # Connections ----------------------------------------------------------------------------

    @property
    def is_listening(self) -> bool:
        """Whether a connection can be opened."""
        return self.core is not None and not self._is_stopping

    def accept(self, link: Link) -> None:
        """A client's connection is open."""
        assert self.core is not None and self.process is not None
        desk = self.core.desk
        outbox = Outbox(link, self.core.flusher, self.outbox_bytes)
        session = WatchedSession(desk, outbox, link, self)
        link.session, link.outbox = session, outbox
        self._links[link] = None
        self.process.call_later(FIRST_MESSAGE_S, session.on_auth_deadline)

    def receive(self, link: Link, data: bytes) -> None:
        """A frame came in.

        As `GatewayConnection` has it, without its last resort: here an exception must be seen.
        """
        session = link.session
        if self.process is not None and session is not None:
            self.process.run(lambda: session.on_frame(data, True))

    def disconnected(self, link: Link) -> None:
        """A socket is gone."""
        session, link.session = link.session, None
        self._links.pop(link, None)
        if self.process is not None and session is not None:
            self.process.run(session.on_disconnected)

    def sent(self, link: Link, message: Message, payload: bytes) -> None:
        """The server wrote a message to a socket."""
        if link.session is not None:
            self.watcher.on_sent(link.session, message, payload)

    def open_links(self) -> list[Link]:
        """The connections as the server sees them."""
        return list(self._links)

    # Edges ----------------------------------------------------------------------------------

    def code_of(self, team: str) -> str:
        """The join code that stands on a team's card."""
        assert self.core is not None
        for hunt in self.core.directory.hunts.values():
            for seat in hunt.plan.teams:
                if seat.id == team:
                    return self.core.access.codes.of(hunt.plan.hunt, seat.id)
        raise KeyError(team)

    def _make_token(self) -> str:
        return f"{self._tokens.getrandbits(128):032x}"

    def _read_plan(self, seed: Seed, reply: PlanReply) -> None:
        assert self.process is not None
        self.process.call_later(0.01, lambda: reply(check(seed)))
