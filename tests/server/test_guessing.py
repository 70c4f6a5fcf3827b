import logging

import pytest

from server.access import CODE_ALPHABET, CODE_LENGTH
from server.guessing import (
    ALERT_INTERVAL_S,
    ALERT_TRIES,
    CODES_BURST,
    CODES_PER_S,
    CODES_SERVER_BURST,
    CODES_SMALL_BURST,
    CODES_SMALL_PER_S,
    SITES_MAX,
    TEAM_JOINS_BURST,
    TEAM_JOINS_PER_S,
    Budget,
    GuessAlert,
    Guesses,
    TeamJoins,
    code_guesses,
)

HERE, THERE = "192.0.2.1", "192.0.2.2"
WATCHED_S = 8 * 3_600
"""A long hunt."""

TEAMS = 1_000
"""Live teams whose codes could be hit."""


def small() -> Guesses:
    return Guesses(Budget(5, 1.0), Budget(12, 0.1), Budget(2, 0.5))


def spend(guesses: Guesses, address: str, now: float, tries: int) -> int:
    """Try wrong codes; how many were looked up."""
    looked_up = 0
    for _ in range(tries):
        if guesses.wait_s(address, now) == 0.0:
            guesses.note(address, now)
            looked_up += 1
    return looked_up


def test_an_address_has_its_burst_and_then_waits_for_each_try() -> None:
    guesses = small()
    assert spend(guesses, HERE, 0.0, 100) == 5
    assert guesses.wait_s(HERE, 0.0) == pytest.approx(1.0)
    assert spend(guesses, HERE, 1.0, 100) == 1
    assert spend(guesses, HERE, 3.0, 100) == 2
    assert spend(guesses, THERE, 3.0, 3) == 3


def test_a_flood_does_not_make_the_wait_longer() -> None:
    guesses = small()
    spend(guesses, HERE, 0.0, 10_000)
    assert guesses.wait_s(HERE, 0.0) == pytest.approx(1.0)


def test_when_many_addresses_guess_each_is_held_to_little_and_none_to_nothing() -> None:
    guesses = small()
    for number in range(4):
        spend(guesses, f"198.51.100.{number}", 0.0, 5)
    assert spend(guesses, HERE, 0.0, 100) == 2, "a clean address has its small budget"
    assert spend(guesses, HERE, 2.0, 100) == 1
    assert spend(guesses, HERE, 120.0, 100) == 5, "and the large one again when it is over"


def test_all_addresses_of_a_household_share_a_budget() -> None:
    guesses = small()
    assert sum(spend(guesses, f"2001:db8::{number}", 0.0, 1) for number in range(20)) == 5


def test_a_clock_that_is_set_back_locks_nobody_out() -> None:
    guesses = small()
    spend(guesses, HERE, 1_000.0, 100)
    assert guesses.wait_s(HERE, 0.0) == pytest.approx(1.0)
    assert guesses.wait_s(HERE, 1.0) == 0.0


def test_the_memory_for_addresses_is_bounded_and_the_busiest_stays() -> None:
    guesses = code_guesses()
    for number in range(SITES_MAX + 10):
        guesses.note(f"address {number}", 0.0)
        guesses.note(HERE, 0.0)
    assert len(guesses._sites) == SITES_MAX
    assert guesses._sites[HERE].large.spent == SITES_MAX + 10


def chance(guesses: float) -> float:
    """That any of so many guesses is a team's code."""
    codes: int = len(CODE_ALPHABET) ** CODE_LENGTH
    return guesses * TEAMS / codes


def test_eight_hours_of_guessing_from_one_address_are_hopeless() -> None:
    guesses = code_guesses()
    looked_up = sum(spend(guesses, HERE, float(second), 25_000) for second in range(0, 30))
    looked_up += sum(spend(guesses, HERE, float(second), 5) for second in range(30, WATCHED_S))
    assert looked_up == pytest.approx(CODES_BURST + CODES_PER_S * WATCHED_S, rel=0.001)
    assert chance(looked_up) < 1e-4


def test_a_thousand_addresses_do_not_get_far_either() -> None:
    together = CODES_SERVER_BURST + CODES_PER_S * WATCHED_S
    each = CODES_SMALL_BURST + CODES_SMALL_PER_S * WATCHED_S
    assert chance(together + 1_000 * each) < 1e-3


def test_an_alert_is_raised_once_in_a_while_and_names_no_code(
    caplog: pytest.LogCaptureFixture,
) -> None:
    alert = GuessAlert()
    with caplog.at_level(logging.WARNING, "cairn.access"):
        for number in range(10 * ALERT_TRIES):
            alert.note(HERE, number / 1_000)
    assert alert.is_raised(3.0)
    (line,) = caplog.messages
    assert line.startswith("somebody guesses join codes or tokens: 30")
    with caplog.at_level(logging.WARNING, "cairn.access"):
        for number in range(10 * ALERT_TRIES):
            alert.note(HERE, ALERT_INTERVAL_S + number / 1_000)
    assert len(caplog.messages) == 2
    assert not alert.is_raised(3 * ALERT_INTERVAL_S)


def test_people_who_mistype_raise_no_alert() -> None:
    alert = GuessAlert()
    for number in range(5_000):
        alert.note(HERE, number * 1.01)
    assert not alert.is_raised(5_050.0)


def test_a_team_takes_a_class_at_once_and_then_a_device_now_and_then() -> None:
    joins = TeamJoins()
    assert sum(joins.take("harbour", "otters", 0.0) for _ in range(1_000)) == TEAM_JOINS_BURST
    assert joins.take("harbour", "terns", 0.0)
    assert joins.take("park", "otters", 0.0)
    assert sum(joins.take("harbour", "otters", 60.0) for _ in range(99)) == 60 * TEAM_JOINS_PER_S
    joins.drop_hunt("harbour")
    assert set(joins._teams) == {("park", "otters")}
