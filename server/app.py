"""The composition root: everything is made here, wired here, and stopped here in reverse.

sockets ─▶ Gateway ─▶ Session ─▶ TeamActor ─▶ LocationActor ─▶ Journal ─▶ PersistenceActor
             ▲            ▲                                                    │
             └─ Outbox ◀──┴──────────── Hub, Acks ◀── committed ◀──────────────┘
"""

import asyncio
import gc
import logging
import sys
from collections.abc import Callable, Sequence

import pykka

from actors.console import ConsoleActor
from actors.directory import Directory
from actors.domain.events import Record
from actors.domain.ids import HuntId
from actors.domain.plan import HuntPlan
from actors.journal import Journal
from actors.messages import ActorFailed, CommittedRecords, Ref
from actors.persistence import (
    Append,
    CommitStalled,
    Committed,
    JournalStore,
    PersistenceActor,
    PersistenceFailed,
    PersistenceReport,
    ReadHunt,
)
from actors.recovery import Recovery
from actors.supervisor import Supervisor
from server.access import Access, new_token, token_hash
from server.acks import Acks
from server.config import Config
from server.counters import Counters
from server.desk import Desk, PlanReply
from server.fanout import Fanout, Listener
from server.gateway import Gateway
from server.health import HealthDesk
from server.hub import Hub
from server.key_file import load_key
from server.loop import LoopBridge, LoopDispatcher
from server.outbox import Flusher
from server.pages import Pages
from server.plan_desk import CheckPlan, PlanReaderActor
from server.requests import Seed
from server.session import Session
from server.store import SqliteStore

logger = logging.getLogger("cairn")

GM_TOKEN_SETTING = "gm_token_hash"

SWITCH_INTERVAL_S = 0.001
"""Seconds a thread may keep Python's lock while another wants it. Python's default, 5 ms, is
what a claim would wait whenever the persistence actor's thread prepares a commit."""

GC_ALLOCATIONS = 50_000
"""New containers before the collector looks at the youngest ones; Python's default is 700."""

GC_ROUNDS = 100
"""Such looks before it goes over everything that is younger than the last hunt: 250 ms with
10,000 connections. Python's default is 10. Connections break their cycles themselves."""

DRAIN_BATCH = 250
"""Connections closed at a time at the end, so that not everybody reconnects in one moment."""

DRAIN_PAUSE_S = 0.1
"""Seconds between two such batches."""

DECIDE_S = 1.0
"""Seconds at the end for what is under way between actors: far more than they ever take. Clients
that send on and on, and are answered `busy`, must not hold up the stop for ever."""

STOP_S = 10.0
"""Seconds for the last commit. After that the server ends anyway; phones keep what is unsaved."""


class StorageLost(Exception):
    """Nothing can be saved any more; the server must end so that somebody looks."""


class JournalWriter:
    """Hands the journal's records to the persistence actor."""

    def __init__(self) -> None:
        self.ref: Ref | None = None

    def append(self, records: Sequence[Record]) -> None:
        """Queue records for the next group commit."""
        if self.ref is not None and self.ref.is_alive():
            self.ref.tell(Append(tuple(records)))


class App:
    """One running server."""

    def __init__(
        self, config: Config, wrap_store: Callable[[JournalStore], JournalStore] | None = None
    ) -> None:
        """Prepare; nothing is opened yet. `wrap_store` lets tests hold up the disk."""
        self._config = config
        self._sqlite = SqliteStore(config.db)
        self._store = wrap_store(self._sqlite) if wrap_store is not None else self._sqlite
        self.failed: asyncio.Future[None] | None = None
        """Raises `StorageLost` when the server must end."""
        self.new_gm_token: str | None = None
        """The game master's token, when it was made just now: to be shown once."""
        self.warnings: list[str] = []

    # Start ----------------------------------------------------------------------------------

    async def start(self) -> int:
        """Recover, then listen. Returns the port.

        Raises:
            KeyUnusable, StoreUnusable: storage cannot be used.
            OSError: the address cannot be used.
        """
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        self._loop = asyncio.get_running_loop()
        self.failed = self._loop.create_future()
        key = load_key(self._config.db)
        if key.warning:
            self.warnings.append(key.warning)
        self._sqlite.open()
        if key.is_new and self._sqlite.last_position():
            self.warnings.append("The key file was missing: all join codes have changed.")
        recovery = self._recover()
        access = Access(key.secret, self._gm_token_hash())
        self._build(access, recovery)
        self._start_actors(recovery)
        port = await self._gateway.listen(
            self._config.host, self._config.port, self._config.origins
        )
        self._health.start(self._loop.call_later)
        _calm_collector()
        return port

    def _recover(self) -> Recovery:
        recovery = Recovery()
        take = recovery.take
        gc.disable()  # Nothing that is folded becomes garbage; looking for some doubles the time.
        try:
            for record in self._sqlite.recover():
                take(record)
        finally:
            gc.enable()
        if recovery.last_position:
            logger.info("recovered %d records", recovery.last_position)
        return recovery

    def _gm_token_hash(self) -> str:
        """Of the token that is set, was set, or is made now."""
        token = self._config.gm_token
        stored = self._sqlite.get_setting(GM_TOKEN_SETTING)
        if token is None and stored is not None:
            return stored
        if token is None:
            token = self.new_gm_token = new_token()
        hashed = token_hash(token)
        self._sqlite.put_setting(GM_TOKEN_SETTING, hashed)
        return hashed

    def _build(self, access: Access, recovery: Recovery) -> None:
        loop = self._loop
        self._access = access
        self._counters = Counters()
        self._dispatcher = LoopDispatcher(loop)
        self._bridge = LoopBridge(loop)
        self._writer = JournalWriter()
        self.journal = Journal(self._writer, recovery.last_position)
        self.directory = Directory()
        self._fanout = Fanout(loop.call_soon, loop.call_later)
        self.hub = Hub(self.directory, self._fanout, self._dispatcher.now, loop.call_later)
        self.hub.on_hunt_opened = self._on_hunt_opened
        self.hub.on_hunt_replaced = self._on_hunt_replaced
        self.hub.on_actor_failed = self._on_actor_failed
        self.supervisor = Supervisor(
            self._dispatcher, self.journal, self.directory, self.hub, self._read_hunt
        )
        self._acks = Acks(loop.call_later)
        self._acks.start_at(recovery.last_position)
        self.journal.listen(self._distribute)
        self.journal.listen(self._acks.on_commit)
        self._health = HealthDesk(
            self._dispatcher, self.journal, self.supervisor, self.hub, self._counters, self._fanout
        )
        flusher = Flusher(loop.call_soon)
        # Answers leave only after what they rest on was handed to the journal's writer.
        self._dispatcher.after_turn(self.journal.flush)
        self._dispatcher.after_turn(flusher.flush)
        self._gateway = Gateway(
            self._desk(recovery), flusher, Pages(self._health.look), self._config.connections_max
        )

    def _desk(self, recovery: Recovery) -> Desk:
        return Desk(
            access=self._access,
            directory=self.directory,
            hub=self.hub,
            acks=self._acks,
            console=lambda: self._console,
            counters=self._counters,
            now=self._dispatcher.now,
            tail=lambda: self.journal.tail,
            live={},
            gm_applied=recovery.console.of,
            read_plan=self._read_plan,
        )

    def _start_actors(self, recovery: Recovery) -> None:
        self._writer.ref = PersistenceActor.start(self._store, self._on_report)
        self._plan_reader = PlanReaderActor.start(self._bridge.call)
        self._console: Ref = ConsoleActor.start(
            self._dispatcher, self.journal, self.directory, self.supervisor, recovery.console
        )
        self._access.sessions.update(recovery.sessions)
        for hunt in recovery.hunts.values():
            self.supervisor.start_hunt(hunt.image, hunt.applied)

    # From the persistence actor's thread ----------------------------------------------------

    def _on_report(self, report: PersistenceReport) -> None:
        self._bridge.call(lambda: self._take_report(report))

    def _take_report(self, report: PersistenceReport) -> None:
        counters = self._counters
        match report:
            case Committed():
                counters.commits += 1
                counters.last_commit_s = report.took_s
                self._tell_committed(report.position)
            case CommitStalled():
                counters.commit_failures += 1
                logger.warning("saving stalls (try %d): %s", report.attempts, report.message)
            case PersistenceFailed():
                self._health.failure = report.message
                if self.failed is not None and not self.failed.done():
                    self.failed.set_exception(StorageLost(report.message))

    def _tell_committed(self, position: int) -> None:
        if self.journal.committed(position):
            self._loop.call_soon(self._tell_committed, position)

    def _distribute(self, records: Sequence[Record]) -> None:
        """Show what is saved to those who were not to see it before."""
        self.hub.tell(CommittedRecords(tuple(records)))
        for hunt, entry in self.directory.hunts.items():
            some = tuple([record for record in records if record.hunt == hunt])
            if some and entry.leaderboard is not None:
                entry.leaderboard.tell(CommittedRecords(some))

    def _read_hunt(self, hunt: HuntId, reply: Callable[[Sequence[Record]], None]) -> None:
        def on_loop(records: Sequence[Record]) -> None:
            self._bridge.call(lambda: reply(records))

        if self._writer.ref is not None:
            self._writer.ref.tell(ReadHunt(hunt, on_loop))

    def _read_plan(self, seed: Seed, reply: PlanReply) -> None:
        self._plan_reader.tell(CheckPlan(seed, reply))

    # From the hub ---------------------------------------------------------------------------

    def _on_hunt_opened(self, plan: HuntPlan) -> None:
        self._loop.call_soon(gc.freeze)
        self._access.codes.open_hunt(plan.hunt, [seat.id for seat in plan.teams])

    def _on_hunt_replaced(self, hunt: HuntId, listeners: Sequence[Listener]) -> None:
        self._loop.call_soon(_collect_frozen)
        self._access.drop_hunt(hunt)
        for listener in listeners:
            if isinstance(listener, Session):
                listener.on_hunt_replaced()

    def _on_actor_failed(self, failure: ActorFailed) -> None:
        self._counters.actor_failures += 1
        if failure.is_quarantined:
            logger.error("%s is quarantined: it failed too often", failure.name)

    # Stop -----------------------------------------------------------------------------------

    async def stop(self) -> None:
        """Decide nothing new any more, save everything, say goodbye, release the file."""
        self.journal.close()
        await self._decide_what_waits()
        self.journal.flush()
        try:
            await self._loop.run_in_executor(None, self._stop_persistence)
            await asyncio.sleep(0)  # The last commit's report crosses over: `saved` goes out.
            while self.journal.is_telling:  # noqa: ASYNC110 - each turn of the loop tells a slice.
                await asyncio.sleep(0)
            self._acks.send_now()
            await self._gateway.stop(DRAIN_BATCH, DRAIN_PAUSE_S)
        finally:
            self.supervisor.stop_all()
            self._console.stop(block=False)
            self._plan_reader.stop(block=False)

    async def _decide_what_waits(self) -> None:
        """Let claims that a team has sent to a location come to their end."""
        deadline = self._loop.time() + DECIDE_S
        while not self._dispatcher.is_idle and self._loop.time() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0)

    def _stop_persistence(self) -> None:
        if self._writer.ref is None:
            return
        try:
            self._writer.ref.stop(timeout=STOP_S)
        except pykka.Timeout:
            logger.error(  # noqa: TRY400 - the traceback would only show the waiting.
                "the disk did not answer within %.0f s; phones keep what is unsaved", STOP_S
            )


def _calm_collector() -> None:
    """Keep Python's cycle collector from stalling the loop.

    A hunt's state lives as long as the server and holds no cycles to speak of; walking it again
    and again, as the default thresholds do, costs a tenth of the throughput and tens of
    milliseconds at a time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_ALLOCATIONS, GC_ROUNDS, GC_ROUNDS)


def _collect_frozen() -> None:
    """Let go of a replaced hunt: its actors hold each other, and were hidden from the collector."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
