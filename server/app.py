"""The composition root: a `Core` on a real loop, with a real disk, real sockets and real threads.

Everything is made here, and stopped here in reverse.
"""

import asyncio
import gc
import logging
from collections.abc import Callable
from contextlib import suppress

import pykka

from actors.persistence import JournalStore, PersistenceActor, PersistenceReport, StoreFailed
from actors.recovery import Recovery
from server.access import Access, new_token, token_hash
from server.config import Config
from server.core import Core, JournalWriter
from server.desk import PlanReply
from server.gateway import Gateway
from server.interpreter import calm_collector, collect_frozen, switch_often
from server.key_file import Key, load_key
from server.loop import LoopBridge, LoopDispatcher
from server.metrics import Metrics, Sources
from server.metrics_page import MetricsPage
from server.pages import Pages
from server.plan_desk import CheckPlan, PlanReaderActor
from server.recovering import open_and_recover
from server.requests import Seed
from server.shedding import SHED_POLICY, ShedPolicy
from server.snapshot_file import SnapshotFile
from server.snapshots import SnapshotActor, SnapshotChild, SnapshotKeeper
from server.store import SqliteStore

logger = logging.getLogger("cairn")

GM_TOKEN_SETTING = "gm_token_hash"
GM_TOKEN_LENGTH_SETTING = "gm_token_length"

DRAIN_BATCH = 250
"""Connections closed at a time at the end, so that not everybody reconnects in one moment."""

DRAIN_PAUSE_S = 0.1
"""Seconds between two such batches."""

DECIDE_S = 1.0
"""Seconds at the end for what is under way between actors: far more than they ever take. Clients
that send on and on, and are answered `busy`, must not hold up the stop for ever."""

STOP_S = 10.0
"""Seconds for the last commit. After that the server ends anyway; phones keep what is unsaved."""


class AddressUnusable(Exception):
    """The server cannot listen there; the message tells the operator why."""


class StorageLost(Exception):
    """Nothing can be saved any more; the server must end so that somebody looks."""


class App:
    """One running server."""

    def __init__(
        self,
        config: Config,
        wrap_store: Callable[[JournalStore], JournalStore] | None = None,
        policy: ShedPolicy = SHED_POLICY,
    ) -> None:
        """Prepare; nothing is opened yet.

        Args:
            config: The settings.
            wrap_store: Lets tests hold up the disk.
            policy: Lets tests see within a second what a stuck disk does in half a minute.
        """
        self._policy = policy
        self._config = config
        self._sqlite = SqliteStore(config.db)
        self._snapshots = SnapshotFile(config.db)
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
            AddressUnusable: the address cannot be used.
            TlsUnusable: the certificate or its key cannot be used.
        """
        switch_often()
        self._loop = asyncio.get_running_loop()
        self.failed = self._loop.create_future()
        try:
            recovery = self._recover()
            key = self._load_key()
            gm_token_hash = self._gm_token_hash()
            access = Access(key.secret, gm_token_hash, self._gm_token_length())
        except BaseException:
            with suppress(StoreFailed):  # What went wrong first is what to tell.
                self._sqlite.close()
            raise
        self._build(access, recovery)
        self._start_actors()
        port = await self._listen()
        self.core.health.start(self._loop.call_later)
        self.core.shedding.start()
        self._keeper.start()
        calm_collector()
        return port

    def _load_key(self) -> Key:
        key = load_key(self._config.db)
        if key.warning:
            self.warnings.append(key.warning)
        if key.is_new and self._sqlite.last_position():
            self.warnings.append("The key file was missing: all join codes have changed.")
        return key

    async def _listen(self) -> int:
        host, port = self._config.host, self._config.port
        try:
            return await self._gateway.listen(host, port, self._config.tls_context())
        except (OSError, OverflowError, UnicodeError) as error:
            await self._loop.run_in_executor(None, self._stop_persistence)
            self._stop_actors()
            why = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise AddressUnusable(
                f"Cairn cannot listen on {host!r}, port {port}: {why}. Is --host an address of "
                "this machine, and --port free and at most 65535?"
            ) from error

    def _recover(self) -> Recovery:
        recovered = open_and_recover(self._sqlite, self._snapshots)
        if recovered.recovery.last_position:
            logger.info(
                "recovered %d records, %d of them by a snapshot",
                recovered.recovery.last_position,
                recovered.snapshot_position,
            )
        self._snapshot_position = recovered.snapshot_position
        return recovered.recovery

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
        self._sqlite.put_setting(GM_TOKEN_LENGTH_SETTING, str(len(token)))
        return hashed

    def _gm_token_length(self) -> int:
        """Characters of the token; a short one is guarded against guessing."""
        return int(self._sqlite.get_setting(GM_TOKEN_LENGTH_SETTING) or 0)

    def _build(self, access: Access, recovery: Recovery) -> None:
        loop = self._loop
        self._dispatcher = LoopDispatcher(loop)
        self._bridge = LoopBridge(loop)
        self._writer = JournalWriter(self._bridge.call)
        self.core = Core(
            self._dispatcher, self._writer, access, recovery, self._read_plan, self._policy
        )
        self.core.on_storage_lost = self._on_storage_lost
        self.core.on_hunts_changed = self._on_hunts_changed
        self._gateway = Gateway(
            self.core.desk,
            self.core.flusher,
            self._pages(),
            self._config.door(),
        )

    def _pages(self) -> Pages:
        config, health = self._config, self.core.health
        metrics = MetricsPage(self._metrics().render, config.metrics)
        is_tls = config.tls_cert is not None
        return Pages(health.look, is_tls, config.tiles, health.unready, metrics)

    def _metrics(self) -> Metrics:
        core = self.core
        return Metrics(
            Sources(
                core.health.look,
                core.health.unready,
                core.counters,
                core.journal,
                core.supervisor,
                core.health.stopwatch,
                core.flusher,
            )
        )

    def _start_actors(self) -> None:
        self._writer.ref = PersistenceActor.start(self._store, self._on_report)
        self._plan_reader = PlanReaderActor.start(self._bridge.call)
        self._start_snapshots()
        self.core.start()

    def _start_snapshots(self) -> None:
        journal, self._snapshot_child = self.core.journal, SnapshotChild(self._config.db)
        self._snapshot_actor = SnapshotActor.start(self._snapshot_child, self._bridge.call)
        self._keeper = SnapshotKeeper(
            self._snapshot_actor.tell,
            self._snapshot_position,
            lambda: journal.watermark,
            self._loop.call_later,
        )
        self._keeper.on_damage = self._on_storage_lost

    def _on_report(self, report: PersistenceReport) -> None:
        """Called in the persistence actor's thread."""
        self._bridge.call(lambda: self.core.take_report(report))

    def _on_storage_lost(self, message: str) -> None:
        if self.failed is not None and not self.failed.done():
            self.failed.set_exception(StorageLost(message))

    def _read_plan(self, seed: Seed, reply: PlanReply) -> None:
        self._plan_reader.tell(CheckPlan(seed, reply))

    def _on_hunts_changed(self, was_replaced: bool) -> None:
        self._loop.call_soon(collect_frozen if was_replaced else gc.freeze)

    # Stop -----------------------------------------------------------------------------------

    async def stop(self) -> None:
        """Decide nothing new any more, save everything, say goodbye, release the file."""
        self._keeper.stop()
        self._snapshot_child.stop()
        self.core.journal.close()
        await self._decide_what_waits()
        self.core.journal.flush()
        try:
            await self._loop.run_in_executor(None, self._stop_persistence)
            await asyncio.sleep(0)  # The last commit's report crosses over: `saved` goes out.
            while self.core.journal.is_telling:  # noqa: ASYNC110 - each turn of the loop tells a slice.
                await asyncio.sleep(0)
            self.core.acks.send_now()
            await self._gateway.stop(DRAIN_BATCH, DRAIN_PAUSE_S)
        finally:
            self._stop_actors()

    def _stop_actors(self) -> None:
        self.core.stop()
        self._plan_reader.stop(block=False)
        self._snapshot_actor.stop(block=False)

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
