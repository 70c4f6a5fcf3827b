import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.admission import (
    BUSY_RETRY_AFTER_MAX_S,
    BUSY_RETRY_AFTER_S,
    JOURNAL_RESERVE_FRACTION,
    LEAVE_FRACTION,
    QUEUE_LIMITS,
    SOFT_FRACTION,
    Backlog,
    Level,
    QueueLimits,
    next_level,
    retry_after_s,
)

LIMITS = QueueLimits(records=1_000, bytes=100_000, age_s=10.0)
EMPTY = Backlog(0, 0, 0.0)
RANK = list(Level)

backlogs = st.builds(
    Backlog,
    st.integers(0, 2_000),
    st.integers(0, 200_000),
    st.floats(0.0, 20.0, allow_nan=False),
)
levels = st.sampled_from(Level)


@pytest.mark.parametrize("name", ["records", "bytes", "age_s"])
def test_each_respect_alone_reaches_the_soft_and_the_hard_limit(name: str) -> None:
    def level(part: float) -> Level:
        values = {"records": 0, "bytes": 0, "age_s": 0.0}
        values[name] = type(values[name])(getattr(LIMITS, name) * part)
        return next_level(Level.OPEN, Backlog(**values), LIMITS)  # type: ignore[arg-type]

    seen = [level(part) for part in (0.09, SOFT_FRACTION, 0.99, 1.0)]
    assert seen == [Level.OPEN, Level.SOFT, Level.SOFT, Level.HARD]


@given(levels, backlogs)
def test_what_is_empty_is_open_and_what_is_over_the_limit_is_hard(
    before: Level, backlog: Backlog
) -> None:
    assert next_level(before, EMPTY, LIMITS) is Level.OPEN
    fill = LIMITS.fill(backlog)
    level = next_level(before, backlog, LIMITS)
    assert (level is Level.HARD) >= (fill >= 1)
    assert (level is not Level.HARD) >= (fill < LEAVE_FRACTION)


@given(levels, backlogs)
def test_a_level_once_decided_stays_while_nothing_changes(before: Level, backlog: Backlog) -> None:
    level = next_level(before, backlog, LIMITS)
    assert next_level(level, backlog, LIMITS) is level


@given(levels, backlogs, backlogs)
def test_more_backlog_never_leads_to_a_lower_level(
    before: Level, one: Backlog, other: Backlog
) -> None:
    less = Backlog(
        min(one.records, other.records), min(one.bytes, other.bytes), min(one.age_s, other.age_s)
    )
    lower, higher = next_level(before, less, LIMITS), next_level(before, one, LIMITS)
    assert RANK.index(lower) <= RANK.index(higher)


@pytest.mark.parametrize("limit", [100, 1_000], ids=["soft", "hard"])
@given(course=st.lists(st.floats(0.81, 1.19), max_size=60))
def test_a_queue_that_hovers_about_a_limit_does_not_flap(limit: int, course: list[float]) -> None:
    """Swings of less than the hysteresis about a limit change the level once at most."""
    level = next_level(Level.OPEN, Backlog(round(0.81 * limit), 0, 0.0), LIMITS)
    changes = 0
    for part in course:
        after = next_level(level, Backlog(round(part * limit), 0, 0.0), LIMITS)
        changes += after is not level
        level = after
    assert changes <= 1


@given(levels, backlogs)
def test_age_alone_turns_nobody_away_when_it_does_not_count(
    before: Level, backlog: Backlog
) -> None:
    old = Backlog(0, 0, backlog.age_s)
    assert next_level(before, old, LIMITS, counts_age=False) is not Level.HARD
    full = Backlog(LIMITS.records, 0, backlog.age_s)
    assert next_level(before, full, LIMITS, counts_age=False) is Level.HARD


def test_game_masters_have_a_reserve_of_count_and_bytes_and_no_limit_of_age() -> None:
    more = 1 + JOURNAL_RESERVE_FRACTION
    assert not LIMITS.is_exhausted(Backlog(1_000, 100_000, 1e6))
    assert LIMITS.is_exhausted(Backlog(round(1_000 * more), 0, 0.0))
    assert LIMITS.is_exhausted(Backlog(0, round(100_000 * more), 0.0))


def test_a_stall_of_ten_seconds_at_thirty_thousand_claims_is_no_reason_to_be_busy() -> None:
    five_s_of_claims = Backlog(150_000, 150_000 * 300, 5.0)
    assert next_level(Level.OPEN, five_s_of_claims, QUEUE_LIMITS) is not Level.HARD
    assert next_level(Level.OPEN, Backlog(1_000, 300_000, 10.0), QUEUE_LIMITS) is not Level.HARD


@given(st.floats(0.0, 1e6), st.floats(0.0, 1e6))
def test_busy_asks_for_more_patience_the_longer_the_disk_is_stuck(one: float, more: float) -> None:
    first, second = retry_after_s(one), retry_after_s(one + more)
    assert BUSY_RETRY_AFTER_S <= first <= second <= BUSY_RETRY_AFTER_MAX_S
    assert retry_after_s(0.0) == BUSY_RETRY_AFTER_S
    assert retry_after_s(1e6) == BUSY_RETRY_AFTER_MAX_S
    assert BUSY_RETRY_AFTER_S < retry_after_s(QUEUE_LIMITS.age_s) < BUSY_RETRY_AFTER_MAX_S
