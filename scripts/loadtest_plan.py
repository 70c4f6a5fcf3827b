"""What a load test plays: the hunt, and who does what when. Pure; the same seed plans the same.

Everything is planned before the first phone connects, as times from the start, and carried out at
those times whether or not answers come: a server that stalls cannot slow the questions.
"""

import random
from collections.abc import Iterator
from enum import StrEnum
from heapq import heapify, heapreplace, merge
from math import ceil
from typing import Any, NamedTuple

from msgspec import Struct

BURST_S = 5.0
"""Seconds in which everybody joins: an organiser says "now", and people type their code."""

RUSH_S = 2.0
"""Seconds in which every phone claims at the first location: they all stand there together."""

POSITION_EVERY_S = 5.0
"""Seconds between two positions of a phone: what a page in somebody's hand sends."""

ANNOUNCE_EVERY_S = 20.0
"""Seconds between two announcements: many, so that there is something to measure."""

READ_S = (1.0, 4.0)
"""Seconds that a team takes to confirm an announcement, at least and at most."""

DROP_EVERY_S = 120.0
"""Seconds after which a phone loses its connection, on average: a city with some tunnels."""

CLAIM_SHARE, WRONG_SHARE, HINT_SHARE = 0.65, 0.15, 0.10
"""Shares of a phone's actions that claim rightly, mistype and buy a hint; the rest are messages."""

PLACES_MAX = 300
"""Locations of the hunt at most; more than any real one has. When a team has found them all, its
phones only write messages."""

POINTS, HINT_COST, WRONG_COST = 10, 1, 1
"""Points of a find, of a hint and of a wrong code. None is 0: whatever counted twice would show."""

FINDER_BONUS = (20, 10, 5)

MASTER = -1
"""The phone of a step that is the game master's."""


class What(StrEnum):
    """What a step does."""

    JOIN = "join"
    CLAIM = "claim"
    WRONG = "wrong code"
    HINT = "hint"
    SAY = "message"
    SEEN = "seen"
    POSITION = "position"
    DROP = "drop"
    ANNOUNCE = "announce"


class Phase(StrEnum):
    """Where the test is."""

    SEED = "seeding"
    JOIN = "everybody joins"
    RUSH = "rush at the first location"
    PLAY = "playing"
    SETTLE = "waiting for what is open"
    CHECK = "checking what was saved"
    OVER = "over"


class Step(NamedTuple):
    """One thing that one phone does. Steps sort by time."""

    at: float
    """Seconds from the start."""
    phone: int
    what: What
    place: int = 0
    """Index of the location, where there is one."""


class Shape(Struct, frozen=True):
    """How big the test is, and how its phones behave."""

    players: int = 200
    seconds: float = 60.0
    """From the first join to the last planned step."""
    team_size: int = 4
    actions_per_s: float = 0.1
    """Of one phone, once it plays; positions come on top."""
    seed: int = 1

    @property
    def teams(self) -> int:
        """How many teams the players make; the last one may be smaller."""
        return ceil(self.players / self.team_size)

    @property
    def rush_at(self) -> float:
        """When the rush begins, in seconds from the start; everybody has been asked to join."""
        return min(BURST_S, self.seconds / 5) + min(1.0, self.seconds / 20)

    @property
    def play_at(self) -> float:
        """When the rush is over, and phones act each at its own pace."""
        return self.rush_at + min(RUSH_S, self.seconds / 10)

    @property
    def places(self) -> int:
        """Locations that keep a team busy to the end, up to `PLACES_MAX`."""
        claims = self.team_size * self.actions_per_s * (self.seconds - self.play_at) * CLAIM_SHARE
        return min(PLACES_MAX, ceil(1.5 * claims) + 5)

    def team_of(self, phone: int) -> int:
        """The index of a phone's team."""
        return phone // self.team_size

    def phase(self, at: float) -> Phase:
        """Where the test is at `at` seconds from the start."""
        if at < self.rush_at:
            return Phase.JOIN
        return Phase.RUSH if at < self.play_at else Phase.PLAY


# The hunt -----------------------------------------------------------------------------------


def place_id(index: int) -> str:
    """The id of a location."""
    return f"place-{index}"


def place_code(index: int) -> str:
    """The code that is posted there."""
    return f"CODE {index}"


def document(hunt: str, shape: Shape) -> dict[str, Any]:
    """The plan to seed."""
    return {
        "version": 1,
        "hunt": hunt,
        "title": "Load test (not a real hunt)",
        "scoring": {"wrong_claim": -WRONG_COST, "finder_bonus": list(FINDER_BONUS)},
        "teams": {"count": shape.teams, "size_max": shape.team_size},
        "locations": [
            {
                "id": place_id(index),
                "name": f"Place {index}",
                "clue": "Where the *load test* thinks that somebody hid something.",
                "code": place_code(index),
                "points": POINTS,
                "hints": [{"text": "Look under the stone.", "cost": HINT_COST}],
            }
            for index in range(shape.places)
        ],
    }


def remains(hunt: str) -> dict[str, Any]:
    """The smallest plan, to put in the hunt's place when the test is over."""
    return document(hunt, Shape(1, 0.0, 1)) | {"title": "Load test, over"}


# The steps ----------------------------------------------------------------------------------


def steps(shape: Shape) -> Iterator[Step]:
    """Every step in the order of its time."""
    return merge(
        _joins(shape), _rush(shape), _spoken(shape), _drops(shape), _play(shape), _at(shape)
    )


def _rng(shape: Shape, what: str) -> random.Random:
    return random.Random(f"{shape.seed}/{what}")


def _joins(shape: Shape) -> list[Step]:
    rng, until = _rng(shape, "join"), min(BURST_S, shape.seconds / 5)
    return sorted(Step(rng.uniform(0, until), one, What.JOIN) for one in range(shape.players))


def _rush(shape: Shape) -> list[Step]:
    rng = _rng(shape, "rush")
    times = [rng.uniform(shape.rush_at, shape.play_at) for _ in range(shape.players)]
    return sorted(Step(at, phone, What.CLAIM) for phone, at in enumerate(times))


def announcements(shape: Shape) -> list[float]:
    """When the game master speaks: in the middle of each stretch; at least once."""
    playing_s = shape.seconds - shape.play_at
    count = max(1, round(playing_s / ANNOUNCE_EVERY_S))
    return [shape.play_at + playing_s * (index + 0.5) / count for index in range(count)]


def _spoken(shape: Shape) -> list[Step]:
    """Announcements, and one phone of each team that confirms them."""
    rng = _rng(shape, "spoken")
    found = []
    for at in announcements(shape):
        found.append(Step(at, MASTER, What.ANNOUNCE))
        for team in range(shape.teams):
            seen = Step(at + rng.uniform(*READ_S), team * shape.team_size, What.SEEN)
            found += [seen] if seen.at < shape.seconds else []
    return sorted(found)


def _drops(shape: Shape) -> list[Step]:
    rng, playing_s = _rng(shape, "drop"), shape.seconds - shape.play_at
    count = max(1, round(shape.players * playing_s / DROP_EVERY_S))
    # Not in the last moments, so that each has time to come back.
    times = (rng.uniform(shape.play_at, shape.seconds - playing_s / 4) for _ in range(count))
    return sorted(Step(at, rng.randrange(shape.players), What.DROP) for at in times)


def _at(shape: Shape) -> Iterator[Step]:
    """Positions, from the rush on."""
    rng = _rng(shape, "position")
    offsets = sorted((rng.uniform(0, POSITION_EVERY_S), one) for one in range(shape.players))
    start = shape.rush_at
    while start < shape.seconds:
        for offset, phone in offsets:
            if start + offset < shape.seconds:
                yield Step(start + offset, phone, What.POSITION)
        start += POSITION_EVERY_S


def _play(shape: Shape) -> Iterator[Step]:
    """Each phone acts at its own pace, and the phones of a team share its locations out."""
    rng, pause_s = _rng(shape, "play"), 1 / shape.actions_per_s
    due = [(shape.play_at + rng.uniform(0, pause_s), one) for one in range(shape.players)]
    heapify(due)
    next_place, hinted = [1] * shape.teams, [0] * shape.teams
    while due[0][0] < shape.seconds:
        at, phone = due[0]
        heapreplace(due, (at + pause_s * rng.uniform(0.5, 1.5), phone))
        team, draw = shape.team_of(phone), rng.random()
        place = next_place[team]
        if place >= shape.places:
            yield Step(at, phone, What.SAY)
        elif draw < CLAIM_SHARE:
            next_place[team] += 1
            yield Step(at, phone, What.CLAIM, place)
        elif draw < CLAIM_SHARE + WRONG_SHARE:
            yield Step(at, phone, What.WRONG, place)
        elif draw < CLAIM_SHARE + WRONG_SHARE + HINT_SHARE and hinted[team] < place:
            hinted[team] = place
            yield Step(at, phone, What.HINT, place)
        else:
            yield Step(at, phone, What.SAY)
