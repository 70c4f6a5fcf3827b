"""What would give way first: how much of each thing that can run out was used. Pure.

Each thing has a limit at which players would notice. Whatever used the largest part of its limit at
the worst moment is what gives way first with more players.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from actors.dispatch import REQUESTS_WAITING_MAX
from scripts.loadtest_master import Health
from server.shedding import LAG_LIMIT_S

CORE_BUSY_MAX = 0.9
"""Part of a core at which a process counts as used up: beyond it queues grow without end."""

LATE_MAX_S = 0.1
"""Seconds by which 1 of 100 steps of the load machine may be late before its figures say nothing:
well below what is tolerated of the server."""

ADDRESS_CONNECTIONS = 4_000
"""What a server takes of one address unless its operator says otherwise; see server/config.py."""

NEAR = 0.05
"""Part of a limit below which nothing was near it."""

_ROUGHLY = 2
"""Digits of a guess at how many players would be too many."""


class Machine(Struct, frozen=True):
    """The load machine, and the server's process when it is ours."""

    load_busy: float = 0.0
    """Cores that the load generator used in its busiest seconds; it can use one."""
    late_p99_s: float = 0.0
    """By how much 1 of 100 of its steps was late, in seconds."""
    late_max_s: float = 0.0
    descriptors: int = 0
    """Files and sockets that it had open."""
    descriptors_max: int = 0
    """How many it may open; 0: not known."""
    server_busy: float | None = None
    """Cores that the server used in its busiest seconds; None when it is not ours."""
    server_busy_average: float | None = None
    server_memory_bytes: int | None = None
    """The most that it held."""

    @property
    def is_bottleneck(self) -> bool:
        """Whether the load machine was too slow for the figures to say anything."""
        return self.late_p99_s > LATE_MAX_S or self.load_busy > CORE_BUSY_MAX


class Strain(Struct, frozen=True):
    """One thing that can run out."""

    name: str
    share: float
    """Part of its limit that was used at the worst moment; above 1: it did run out."""
    what: str
    """What it is, for people."""
    advice: str
    """What to do when it runs out."""
    is_linear: bool = False
    """Whether twice the players use twice as much."""


def worst(samples: Sequence[Health]) -> Health:
    """The worst of every figure."""
    if not samples:
        return Health()
    return Health(
        max(one.journal_fill for one in samples),
        max(one.journal_lag_s for one in samples),
        max(one.loop_lag_s for one in samples),
        max(one.mailbox_depth for one in samples),
        max(one.connections for one in samples),
        max(one.slow_clients for one in samples) - samples[0].slow_clients,
        max(one.commit_failures for one in samples) - samples[0].commit_failures,
        max(one.actor_failures for one in samples) - samples[0].actor_failures,
        frozenset().union(*(one.shed for one in samples)),
        max(one.accept_p99_s for one in samples),
    )


def strains(
    health: Health,
    machine: Machine,
    *,
    saved_share: float,
    is_unsaved: bool,
    not_in: Mapping[str, int],
    players: int,
    is_own_machine: bool,
) -> list[Strain]:
    """Everything that can run out, the most strained first.

    `saved_share` is the 99th percentile of the saved lag as part of what is tolerated;
    `is_unsaved` says that something was never saved at all, which has no lag; `not_in` counts tries to connect that failed, by what stood in the way.
    """
    found = [
        _disk(health, max(saved_share, 1.0) if is_unsaved else saved_share),
        _processor(health, machine),
        Strain(
            "mailboxes",
            health.mailbox_depth / REQUESTS_WAITING_MAX,
            "the mailbox of one team or location",
            "Spread the players over more teams and places at the start.",
        ),
        Strain(
            "outboxes",
            1.0 if health.slow_clients else 0.0,
            "what waits for phones that read slowly",
            "Look at the network between the server and the phones.",
        ),
        _connections(not_in),
        _address(not_in, players, is_own_machine),
        *_load_machine(machine),
    ]
    return sorted(found, key=lambda one: -one.share)


def _disk(health: Health, saved_share: float) -> Strain:
    return Strain(
        "disk",
        max(health.journal_fill, saved_share),
        "the server's disk",
        "Move the database to a faster disk, or find out what else writes to this one.",
    )


def _processor(health: Health, machine: Machine) -> Strain:
    busy = (machine.server_busy or 0.0) / CORE_BUSY_MAX
    return Strain(
        "processor",
        max(health.loop_lag_s / LAG_LIMIT_S, busy),
        "the server's processor (its event loop uses one core)",
        "Take a machine with faster cores, and stop what else runs on it.",
        is_linear=busy >= health.loop_lag_s / LAG_LIMIT_S,
    )


def _connections(not_in: Mapping[str, int]) -> Strain:
    return Strain(
        "connections",
        1.0 if not_in.get("HTTP 503") else 0.0,
        "the server's limit of connections",
        "Start it with a larger --connections-max, and see that it may open as many files.",
    )


def _address(not_in: Mapping[str, int], players: int, is_own_machine: bool) -> Strain:
    """The limit does not hold for the server's own machine, and may have been raised."""
    share = 0.0 if is_own_machine else players / ADDRESS_CONNECTIONS
    if not_in.get("HTTP 429"):
        share = max(1.0, share)
    elif share >= 1:
        share = 0.0  # It has been raised, nobody knows how far.
    return Strain(
        "address",
        share,
        "the server's limit of connections of one address",
        "All these phones have one address; real ones share fewer. For the test start the server "
        "with a larger --connections-per-address, or run it on the server's own machine.",
        is_linear=True,
    )


def _load_machine(machine: Machine) -> list[Strain]:
    late = machine.late_p99_s / LATE_MAX_S
    busy = machine.load_busy / CORE_BUSY_MAX
    allowed = machine.descriptors_max
    return [
        Strain(
            "load_machine",
            max(late, busy),
            "this load generator itself, not the server",
            "Run it on another, faster machine, or several of it with fewer players each.",
            is_linear=busy >= late,
        ),
        Strain(
            "load_descriptors",
            machine.descriptors / allowed if allowed else 0.0,
            "the number of files that this load generator may open, not the server",
            "Raise it: ulimit -n (and -Hn as root).",
            is_linear=True,
        ),
    ]


def in_words(ordered: Sequence[Strain], players: int) -> str:
    """What would give way first, as sentences."""
    first = ordered[0]
    if first.share >= 1:
        return f"What gave way: {first.what}. {first.advice}"
    used = f"{first.share:.0%} of what it can take"
    if first.share < NEAR:
        return f"Nothing came near its limit; nearest was {first.what}, with {used}."
    room = ""
    if first.is_linear:
        room = f"; about {roughly(players / first.share):,} players like these would use it up"
    return f"First would be {first.what}: {used} was used at the worst moment{room}. {first.advice}"


def roughly(number: float) -> int:
    """A guess, in as many digits as it deserves."""
    whole = round(number)
    return round(whole, _ROUGHLY - len(str(whole)))
