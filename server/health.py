"""How the server is: for `/healthz`, the game masters' console and the log."""

import time
from collections.abc import Callable

from msgspec import Struct

from actors.admission import Level, QueueLimits
from actors.dispatch import Dispatcher
from actors.domain.ids import HuntId
from actors.journal import Journal
from actors.supervisor import Supervisor
from server import __version__
from server.close_codes import CloseCode
from server.counters import Counters
from server.fanout import EncodedPush, Fanout, Listener
from server.guessing import GuessAlert
from server.hub import Hub
from server.readiness import Unready, unready
from server.replies import HealthPush
from server.shedding import Shedding, StepView
from server.stopwatch import Stopwatch

LAG_DEGRADED_S = 1.0
"""Seconds that the oldest record waits for the disk before health says `degraded`; a healthy
disk takes a few milliseconds."""

HEALTH_INTERVAL_S = 1.0
"""Seconds between two health pushes to game masters."""


class Health(Struct, frozen=True):
    """One look at the server."""

    status: str
    """ok, degraded (storage, load or an actor is in trouble, or something is shed) or failed."""
    version: str
    uptime_s: float
    connections: int
    hunts: int
    accepted: int
    refused: dict[str, int]
    closed: dict[str, int]
    """Connections that Cairn closed for a reason of its own, by the name of the close code."""
    journal_position: int
    journal_pending: int
    """Records that wait for the disk."""
    journal_bytes: int
    """Bytes of memory that they take, estimated."""
    journal_lag_s: float
    """How long the oldest of them has waited, in seconds."""
    journal_level: Level
    """How far the queue for the disk is filled."""
    journal_soft: QueueLimits
    """From where on it is `soft`."""
    journal_hard: QueueLimits
    """From where on it is `hard`, and players are answered `busy`."""
    loop_lag_s: float
    """By how much the loop has been late lately, in seconds."""
    shedding: tuple[StepView, ...]
    """The ladder: what is shed first coming first."""
    commits: int
    commit_failures: int
    actor_failures: int
    quarantined: list[str]
    messages_handled: int
    failed_tries: int
    """Wrong join codes and game masters' tokens since the start."""
    claims_per_s: float
    """Claims that came in a second, over the last few seconds."""
    accept_p99_s: float
    """Within how many seconds 99 of 100 requests were answered in the last minute, sampled."""
    mailbox_depth: int
    """Messages in the deepest mailbox now."""
    slow_clients: int
    """Connections that were closed because they did not read."""
    alerts: list[str]
    """What somebody should look at, in words: people guess codes."""


class HealthDesk:
    """Looks, and tells those who should know."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        journal: Journal,
        supervisor: Supervisor,
        hub: Hub,
        counters: Counters,
        fanout: Fanout,
        shedding: Shedding,
    ) -> None:
        self._shedding = shedding
        self.stopwatch = Stopwatch(dispatcher.monotonic)
        """What sessions tell of claims and of how long answers take."""
        self._dispatcher = dispatcher
        self._journal = journal
        self._supervisor = supervisor
        self._hub = hub
        self._counters = counters
        self._fanout = fanout
        self._started = time.monotonic()
        self.failure: str | None = None
        """Why storage is lost for good, if it is."""
        self.guesses: GuessAlert | None = None
        """Who counts wrong codes and tokens."""

    def look(self) -> Health:
        """The server now."""
        journal, counters, shedding = self._journal, self._counters, self._shedding
        backlog = journal.backlog
        return Health(
            self._status(backlog.age_s),
            __version__,
            round(time.monotonic() - self._started, 1),
            counters.connections_open,
            len(self._hub.hunts),
            counters.accepted,
            dict(counters.refused),
            dict(counters.closed),
            journal.tail,
            backlog.records,
            backlog.bytes,
            round(backlog.age_s, 3),
            journal.level,
            journal.limits.soft,
            journal.limits,
            round(shedding.lag.lag_s, 3),
            shedding.view(),
            counters.commits,
            counters.commit_failures,
            counters.actor_failures,
            sorted(self._supervisor.quarantined),
            self._dispatcher.messages_handled,
            self.guesses.tries if self.guesses is not None else 0,
            round(self.stopwatch.claims_per_s(), 1),
            round(self.stopwatch.p99_s(), 6),
            self._dispatcher.mailbox_depth,
            counters.closed[CloseCode.SLOW_CONSUMER.name.lower()],
            self._alerts(),
        )

    def unready(self) -> tuple[Unready, ...]:
        """Why the server is not ready, if it is not; see `server.readiness`."""
        return tuple(unready(self._journal, self._shedding, self.failure))

    def _alerts(self) -> list[str]:
        if self.guesses is None or not self.guesses.is_raised(self._dispatcher.now()):
            return []
        return ["Somebody guesses join codes or tokens; the log says from where."]

    def _status(self, lag_s: float) -> str:
        if self.failure is not None:
            return "failed"
        is_degraded = lag_s > LAG_DEGRADED_S or self._supervisor.quarantined
        return "degraded" if is_degraded or self._shedding.active else "ok"

    def start(self, call_later: Callable[[float, Callable[[], None]], object]) -> None:
        """Push health to game masters from now on."""

        def push() -> None:
            self._push()
            self.stopwatch.tick()
            call_later(HEALTH_INTERVAL_S, push)

        push()

    def _push(self) -> None:
        watching: dict[HuntId, list[Listener]] = {
            hunt: [one for one in topics.game_masters if one.sees_server]
            for hunt, topics in self._hub.hunts.items()
        }
        if any(watching.values()):
            push = EncodedPush(HealthPush(self.look()), "health")
            for listeners in watching.values():
                self._fanout.deliver(push, listeners)
