"""What the server counts, in Prometheus' format: read when somebody asks, counted all the same.

Nothing is kept here. A scrape reads the numbers that health and its desk keep anyway, so that the
way of a request pays for none of it. No label names a hunt, team, player or address: the number
of time series is that of the tables below, whatever is played.
"""

import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path

from msgspec import Struct
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from actors.admission import Level
from actors.domain.refusals import Reason
from actors.histogram import Histogram
from actors.journal import Journal
from actors.ladder import Mode
from actors.supervisor import Supervisor
from server.close_codes import CloseCode
from server.counters import Counters
from server.health import Health
from server.outbox import Flusher
from server.readiness import Unready
from server.stopwatch import SAMPLE_EVERY, Stopwatch

_STATM = Path("/proc/self/statm")


class Sources(Struct, frozen=True):
    """Where the numbers are."""

    look: Callable[[], Health]
    unready: Callable[[], tuple[Unready, ...]]
    counters: Counters
    journal: Journal
    supervisor: Supervisor
    stopwatch: Stopwatch
    outboxes: Flusher


class _Look(Struct, frozen=True):
    """All of them at one moment."""

    sources: Sources
    health: Health
    unready: tuple[Unready, ...]
    started_at: float


class _Plain(Struct, frozen=True):
    """A metric without labels."""

    name: str
    about: str
    read: Callable[[_Look], float]


_GAUGES = (
    _Plain(
        "cairn_ready",
        "1: ready. 0: players notice already that something is wrong, or soon will.",
        lambda one: not one.unready,
    ),
    _Plain("cairn_hunts", "Hunts on this server.", lambda one: one.health.hunts),
    _Plain("cairn_connections", "Open websockets.", lambda one: one.health.connections),
    _Plain(
        "cairn_journal_queue_records",
        "Records that wait for the disk.",
        lambda one: one.health.journal_pending,
    ),
    _Plain(
        "cairn_journal_queue_bytes",
        "Memory that they take, in bytes, estimated.",
        lambda one: one.health.journal_bytes,
    ),
    _Plain(
        "cairn_journal_queue_age_seconds",
        "Seconds that the oldest of them has waited.",
        lambda one: one.health.journal_lag_s,
    ),
    _Plain(
        "cairn_journal_queue_fill_ratio",
        "Part of the hard limits that what waits uses up, in the respect that is used most; from "
        "1 on players are answered busy.",
        lambda one: one.sources.journal.limits.fill(one.sources.journal.backlog),
    ),
    _Plain(
        "cairn_mailbox_depth_messages",
        "Messages in the deepest mailbox of an actor that is about to handle them.",
        lambda one: one.health.mailbox_depth,
    ),
    _Plain(
        "cairn_loop_lag_seconds",
        "Seconds by which the event loop has been late for the last second; 0 when it was in time "
        "once.",
        lambda one: one.health.loop_lag_s,
    ),
    _Plain(
        "cairn_actors_quarantined",
        "Actors that failed too often; what concerns them is answered internal.",
        lambda one: len(one.health.quarantined),
    ),
    _Plain(
        "cairn_guess_alert",
        "1: somebody guesses join codes or tokens, or did within ten minutes.",
        lambda one: bool(one.health.alerts),
    ),
    _Plain(
        "process_start_time_seconds",
        "When the server started, in seconds since 1970.",
        lambda one: one.started_at,
    ),
    _Plain(
        "process_resident_memory_bytes",
        "Memory that the process takes, in bytes.",
        lambda _: _resident_bytes(),
    ),
)

_COUNTERS = (
    _Plain(
        "cairn_connections_opened_total",
        "Websockets that were opened.",
        lambda one: one.sources.counters.connections_total,
    ),
    _Plain(
        "cairn_journal_records_total",
        "Records in the journal, those included that wait for the disk; goes on over restarts.",
        lambda one: one.health.journal_position,
    ),
    _Plain(
        "cairn_commit_failures_total",
        "Commits that failed and were tried again.",
        lambda one: one.health.commit_failures,
    ),
    _Plain(
        "cairn_messages_handled_total",
        "Messages that actors handled.",
        lambda one: one.health.messages_handled,
    ),
    _Plain(
        "cairn_actor_failures_total",
        "Exceptions in actors; each is in the log with its traceback.",
        lambda one: one.health.actor_failures,
    ),
    _Plain(
        "cairn_actor_restarts_total",
        "Actors that were folded anew from the journal.",
        lambda one: one.sources.supervisor.restarts,
    ),
    _Plain(
        "cairn_outbox_conflated_total",
        "Pushes that a newer one of their kind replaced before they were sent.",
        lambda one: one.sources.outboxes.conflated,
    ),
    _Plain(
        "cairn_outbox_overflows_total",
        "Messages that did not fit into an outbox; the client is closed with 4008.",
        lambda one: one.sources.outboxes.overflows,
    ),
    _Plain(
        "cairn_wrong_credentials_total",
        "Wrong join codes and game masters' tokens.",
        lambda one: one.health.failed_tries,
    ),
    _Plain(
        "process_cpu_seconds_total",
        "Seconds of processor time that the process took.",
        lambda _: time.process_time(),
    ),
)


class _Spread(Struct, frozen=True):
    """A histogram."""

    name: str
    about: str
    read: Callable[[Sources], Histogram]


_HISTOGRAMS = (
    _Spread(
        "cairn_accept_latency_seconds",
        "Seconds from a player's whole frame to the answer in the outbox. Sampled: one request in "
        f"{SAMPLE_EVERY}, and at least one a second while there are any.",
        lambda sources: sources.stopwatch.accept_s,
    ),
    _Spread(
        "cairn_saved_lag_seconds",
        "Seconds from the end of the turn in which a record was appended until it was on disk and "
        "that was told; of every record.",
        lambda sources: sources.journal.saved_lag_s,
    ),
    _Spread(
        "cairn_commit_duration_seconds",
        "Seconds of each commit, failed tries before it not included.",
        lambda sources: sources.counters.commit_s,
    ),
    _Spread(
        "cairn_commit_size_records",
        "Records of each commit.",
        lambda sources: sources.counters.commit_records,
    ),
)


class Metrics(Collector):
    """Makes the page."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        # Once, since whoever watches for restarts takes any change for one.
        self._started_at = round(time.time(), 3)
        # One of its own: the library's global one would add what its import registers there.
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def render(self) -> bytes:
        """The page as of now."""
        return generate_latest(self._registry)

    def describe(self) -> Iterator[Metric]:
        """Nothing: so registering looks at no number."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Every metric as of now."""
        sources = self._sources
        look = _Look(sources, sources.look(), sources.unready(), self._started_at)
        for plain in _GAUGES:
            yield GaugeMetricFamily(plain.name, plain.about, plain.read(look))
        for plain in _COUNTERS:
            yield CounterMetricFamily(plain.name, plain.about, plain.read(look))
        for spread in _HISTOGRAMS:
            yield _histogram(spread, spread.read(sources))
        yield _build(look.health)
        yield from _requests(sources, look.health)
        yield _closed(sources.counters)
        yield _level(look.health)
        yield from _shedding(look.health)
        yield _unready(look.unready)


def _histogram(spread: _Spread, histogram: Histogram) -> Metric:
    names = [*map(str, histogram.bounds), "+Inf"]
    buckets = list(zip(names, accumulate(histogram.counts), strict=True))
    return HistogramMetricFamily(spread.name, spread.about, buckets, histogram.total)


def _build(health: Health) -> Metric:
    build = GaugeMetricFamily("cairn_build_info", "Always 1.", labels=["version"])
    build.add_metric([health.version], 1)
    return build


def _requests(sources: Sources, health: Health) -> Iterator[Metric]:
    requests = CounterMetricFamily(
        "cairn_requests_total",
        "Requests and reports of players and game masters that could be read, by their kind.",
        labels=["kind"],
    )
    for kind, count in sources.stopwatch.kinds.items():
        requests.add_metric([str(kind.__struct_config__.tag)], count)
    yield requests
    answers = CounterMetricFamily(
        "cairn_answers_total",
        "Answers to requests: accepted, or refused with a reason.",
        labels=["outcome", "reason"],
    )
    answers.add_metric(["accepted", ""], health.accepted)
    for reason in Reason:
        answers.add_metric(["refused", reason.value], health.refused.get(reason, 0))
    yield answers


def _closed(counters: Counters) -> Metric:
    closed = CounterMetricFamily(
        "cairn_connections_closed_total",
        "Connections that Cairn closed for a reason of its own, by close code and its name.",
        labels=["code", "name"],
    )
    for code in CloseCode:
        name = code.name.lower()
        closed.add_metric([str(code.value), name], counters.closed[name])
    return closed


def _level(health: Health) -> Metric:
    level = GaugeMetricFamily(
        "cairn_journal_level",
        "1 for the level that the queue for the disk is at, 0 for the others.",
        labels=["level"],
    )
    for one in Level:
        level.add_metric([one.value], health.journal_level is one)
    return level


def _shedding(health: Health) -> Iterator[Metric]:
    active = GaugeMetricFamily(
        "cairn_shed_active",
        "1 while a step of the ladder is shed, whoever decided that.",
        labels=["step"],
    )
    modes = GaugeMetricFamily(
        "cairn_shed_mode",
        "1 for the mode that a game master left a step of the ladder in, 0 for the others.",
        labels=["step", "mode"],
    )
    for view in health.shedding:
        active.add_metric([view.step.value], view.active)
        for mode in Mode:
            modes.add_metric([view.step.value, mode.value], view.mode is mode)
    yield active
    yield modes


def _unready(reasons: tuple[Unready, ...]) -> Metric:
    unready = GaugeMetricFamily(
        "cairn_unready",
        "1 while the server is not ready for this reason.",
        labels=["reason"],
    )
    for reason in Unready:
        unready.add_metric([reason.value], reason in reasons)
    return unready


def _resident_bytes() -> int:
    """What the process takes now; where the system does not say, the most it ever took."""
    try:
        return int(_STATM.read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1_024
