"""From what things cost to how many players a machine holds, and what they cost an hour. Pure."""

from collections.abc import Sequence
from math import floor, inf

from msgspec import Struct

CONNECTIONS_MAX = 15_000
"""Connections that a server takes unless `--connections-max` says otherwise."""

ANNOUNCE_S = 1.0
"""Seconds in which the last phone should have an announcement."""

RUSH_S = 2.0
"""Seconds in which everybody claims at once, as at a start: what `loadtest.py` tries."""

HOUR_S = 3_600

MACHINES = ((1, 1, 1), (1, 4, 1), (1, 4, 4), (1, 16, 16), (4, 16, 16))
"""Machines, cores of each, and servers on each."""

UNITS = {
    "processor": "players, with their share of one core",
    "connections": "players, each with a connection",
    "memory": "players in so much memory",
    "announcement": "phones that have an announcement in time",
    "rush": "players who all claim at once",
}
"""What may give way first, and what is counted then."""


class Costs(Struct, frozen=True):
    """What was measured, at the largest size of each."""

    claim_us: float
    """Microseconds of the server's time for a claim, where they are dearest."""
    position_us: float
    phone_us: float
    """For one phone that an announcement goes to."""
    idle_us_per_s: float
    """For a connected player who does nothing, each second."""
    base_mib: float
    """Memory of the server without players."""
    player_kib: float
    phones_per_s: float
    """Phones that an announcement reaches in a second."""
    claims_per_s: float
    """The most claims a second that were answered in good time."""


class Behaviour(Struct, frozen=True):
    """What is assumed, all of it for the reader to replace."""

    claims_per_h: float
    """Of one player; right ones, wrong ones, hints and messages alike."""
    positions_per_h: float
    announcements_per_h: float
    headroom: float
    """How many times the average the busiest minutes are, and room for a noisy machine."""
    price: float
    """Of a core for an hour, in any currency."""
    memory_gib: float
    """That a server may take."""


def player_us_per_h(costs: Costs, behaviour: Behaviour) -> float:
    """Microseconds of a core that one player takes in an hour."""
    return (
        behaviour.claims_per_h * costs.claim_us
        + behaviour.positions_per_h * costs.position_us
        + behaviour.announcements_per_h * costs.phone_us
        + HOUR_S * costs.idle_us_per_s
    )


def holds(costs: Costs, behaviour: Behaviour) -> dict[str, int]:
    """Players that one server on one core holds, by what gives way."""
    core_us_per_h = 1e6 * HOUR_S / behaviour.headroom
    memory_kib = 1_024 * max(0.0, 1_024 * behaviour.memory_gib - costs.base_mib)
    return {
        "processor": _whole(core_us_per_h, player_us_per_h(costs, behaviour)),
        "connections": CONNECTIONS_MAX,
        "memory": _whole(memory_kib, costs.player_kib),
        "announcement": floor(ANNOUNCE_S * costs.phones_per_s),
        "rush": floor(RUSH_S * costs.claims_per_s),
    }


def _whole(there_is: float, one_takes: float) -> int:
    return floor(there_is / one_takes) if one_takes > 0 else floor(min(there_is, 1e9))


def first_to_give_way(limits: dict[str, int]) -> tuple[str, int]:
    """Which of them it is, and with how many players."""
    what = min(limits, key=lambda one: limits.get(one, inf))
    return what, limits[what]


def machines(
    costs: Costs, behaviour: Behaviour, kinds: Sequence[tuple[int, int, int]] = MACHINES
) -> list[dict[str, float]]:
    """What some machines hold, and what a thousand players cost on them."""
    _, each = first_to_give_way(holds(costs, behaviour))
    rows = []
    for count, cores, servers in kinds:
        players, price = count * servers * each, count * cores * behaviour.price
        rows.append(
            {
                "machines": count,
                "cores": cores,
                "servers": servers,
                "players": players,
                "in_one_hunt": each,
                "price_per_h": price,
                "per_1000_h": 1_000 * price / players if players else inf,
            }
        )
    return rows
