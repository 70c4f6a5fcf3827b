import tracemalloc
from collections.abc import Callable

import pytest

from actors.domain.events import (
    Announced,
    AnyEvent,
    ClaimFailed,
    FindVoided,
    HuntSeeded,
    LocationFound,
    PlayerJoined,
    Record,
    Rerank,
    TeamSpoke,
)
from actors.domain.ids import AnnouncementId, PlayerId, SessionId, TeamId
from actors.domain.refusals import Reason
from actors.record_size import PLAN_ENTRY_BYTES, RECORD_BYTES, estimated_bytes
from tests.domain.given import ADA, HUNT, OTTERS, PIER, given_plan

RECORDS = 2_000

EVENTS: dict[str, Callable[[int], AnyEvent]] = {
    "a find": lambda i: LocationFound(OTTERS, PIER, ADA, 1_000 + i, 20, 3, 0.5 + i),
    "a simple find": lambda _: LocationFound(OTTERS, PIER, ADA, 50),
    "a wrong claim": lambda i: ClaimFailed(
        OTTERS, PIER, ADA, Reason.WRONG_CODE, "That is not the code here.", -1, 2, 1, 0.5 + i
    ),
    "a new player": lambda i: PlayerJoined(OTTERS, PlayerId(f"ada-{i}"), f"Ada {i}"),
    "a short word": lambda i: TeamSpoke(OTTERS, ADA, f"Hello {i}"),
    "a long word": lambda i: TeamSpoke(OTTERS, ADA, "x" * 500 + str(i)),
    "a long word of the largest letters": lambda i: TeamSpoke(OTTERS, ADA, "🧭" * 490 + str(i)),
    "an announcement": lambda i: Announced(AnnouncementId(i), "é" * 1_000 + str(i)),
    "a correction": lambda _: FindVoided(
        OTTERS, PIER, "", tuple(Rerank(TeamId("terns"), 900 + k, 800 + k) for k in range(20))
    ),
}


@pytest.mark.parametrize("kind", EVENTS)
def test_the_estimate_is_between_half_and_twice_the_memory_that_is_taken(kind: str) -> None:
    session = SessionId("f" * 32)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    records = [
        Record(1_000 + i, HUNT, 1.8e9 + i, EVENTS[kind](i), session, 1_000 + i)
        for i in range(RECORDS)
    ]
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert taken / 2 < estimated_bytes(records) < taken * 2, taken / RECORDS


def test_a_plan_counts_by_its_locations_and_teams() -> None:
    plan = given_plan()
    entries = len(plan.locations) + len(plan.teams)
    record = Record(1, HUNT, 0.0, HuntSeeded(plan))
    assert estimated_bytes([record]) == RECORD_BYTES + PLAN_ENTRY_BYTES * entries


def test_nothing_takes_nothing() -> None:
    assert estimated_bytes([]) == 0
