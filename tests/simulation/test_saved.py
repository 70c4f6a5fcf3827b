"""The second opinion on what may have been shown by now."""

from typing import Any

import pytest

from actors.domain.events import (
    AnyEvent,
    ClaimFailed,
    FindVoided,
    HuntSeeded,
    LeaderboardFrozen,
    LeaderboardThawed,
    LocationClosed,
)
from actors.domain.refusals import Reason
from server.simulation.saved import SavedSoFar
from tests.domain.given import ADA, HUNT, OTTERS, PIER, found, given_plan, record

Message = dict[str, Any]


def saved(*events: AnyEvent) -> tuple[SavedSoFar, int]:
    """What is known after these events were saved, from position 1 on."""
    so_far = SavedSoFar()
    for position, event in enumerate((HuntSeeded(given_plan()), *events), 1):
        so_far.follow(record(event, position=position))
    return so_far, len(events) + 1


def objections(kind: str, message: Message, *events: AnyEvent) -> list[str]:
    so_far, durable = saved(*events)
    return so_far.objections(kind, message, durable)


def line(score: int, **cell: Any) -> Message:
    cells = {PIER: cell} if cell else {}
    return {"teams": [{"id": OTTERS, "score": score, "cells": cells}]}


FAILED = ClaimFailed(OTTERS, PIER, ADA, Reason.WRONG_CODE, "No.", -1)


@pytest.mark.parametrize(
    ("kind", "message", "events"),
    [
        ("progress", line(50, state="found"), (found(),)),
        ("progress", line(0), (found(),)),  # It was so before.
        ("progress", line(49, state="found", failures=1), (FAILED, found())),
        ("progress", line(0, state="void"), (found(), FindVoided(OTTERS, PIER))),
        ("progress", {"messages": [{"id": 1}], "staff_log": [{"id": 1}]}, ()),
        ("finds", {"finds": [{"id": 2}]}, (found(), LeaderboardFrozen())),
        ("finds", {"finds": [{"id": 3}]}, (LeaderboardFrozen(), found(), LeaderboardThawed())),
        ("leaderboard", {"hunt": HUNT, "leaderboard": [{"team": OTTERS, "score": 50}]}, (found(),)),
        ("location", {"id": PIER, "open": False}, (LocationClosed(PIER),)),
    ],
)
def test_what_was_ever_saved_may_be_shown(
    kind: str, message: Message, events: tuple[AnyEvent, ...]
) -> None:
    assert objections(kind, message, *events) == []


@pytest.mark.parametrize(
    ("kind", "message", "events"),
    [
        ("progress", line(50, state="found"), ()),
        ("progress", line(0, state="found"), ()),
        ("progress", line(0, state="void"), (found(),)),
        ("progress", line(0, state="tried", failures=2), (FAILED,)),
        ("progress", {"messages": [{"id": 2}]}, ()),
        ("progress", {"staff_log": [{"id": 2}]}, ()),
        ("finds", {"finds": [{"id": 2}]}, ()),
        ("finds", {"finds": [{"id": 3}]}, (LeaderboardFrozen(), found())),
        ("leaderboard", {"hunt": HUNT, "leaderboard": [{"team": OTTERS, "score": 50}]}, ()),
        (
            "leaderboard",
            {"hunt": HUNT, "leaderboard": [], "public": [{"team": OTTERS, "score": 50}]},
            (),
        ),
        ("location", {"id": PIER, "open": False}, ()),
        ("feed", {"events": [{"position": 2}]}, ()),
        ("welcome", {"hunt": {"id": HUNT}, "leaderboard": [], "feed": [{"position": 2}]}, ()),
        ("welcome", {"hunt": {"id": HUNT}, "leaderboard": [], **line(50)}, ()),
    ],
)
def test_what_was_never_saved_may_not(
    kind: str, message: Message, events: tuple[AnyEvent, ...]
) -> None:
    assert objections(kind, message, *events)


def test_a_new_plan_may_be_shown_before_it_is_saved() -> None:
    welcome = {"hunt": {"id": HUNT}, "leaderboard": [{"team": OTTERS, "score": 0}]}
    assert SavedSoFar().objections("welcome", welcome, 0) == []
