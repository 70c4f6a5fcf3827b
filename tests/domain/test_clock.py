import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.domain.clock import HuntClock, Phase
from actors.domain.events import (
    AnyEvent,
    HuntExtended,
    HuntFinished,
    HuntPaused,
    HuntResumed,
    HuntSeeded,
    HuntStarted,
    LeaderboardFrozen,
)
from tests.domain.given import given_plan


def clock(*events: tuple[AnyEvent, float], duration_s: float | None = 3600.0) -> HuntClock:
    now = HuntClock(duration_s=duration_s)
    for event, at in events:
        now = now.after(event, at)
    return now


STARTED = (HuntStarted(), 100.0)


def test_a_draft_has_run_for_no_time() -> None:
    assert clock().elapsed_s(500.0) == 0.0


def test_hunt_time_runs_from_the_start() -> None:
    assert clock(STARTED).elapsed_s(160.0) == 60.0


def test_a_pause_does_not_count() -> None:
    paused = clock(STARTED, (HuntPaused(), 160.0))
    assert paused.phase is Phase.PAUSED
    assert paused.elapsed_s(400.0) == 60.0
    resumed = paused.after(HuntResumed(), 400.0)
    assert resumed.elapsed_s(410.0) == 70.0
    assert resumed.started_at == 100.0


def test_the_clock_stands_still_after_the_finish() -> None:
    over = clock(STARTED, (HuntFinished(), 200.0))
    assert (over.phase, over.elapsed_s(999.0)) == (Phase.FINISHED, 100.0)


def test_a_paused_hunt_can_finish_without_gaining_time() -> None:
    over = clock(STARTED, (HuntPaused(), 160.0), (HuntFinished(), 500.0))
    assert (over.phase, over.ran_s) == (Phase.FINISHED, 60.0)


def test_the_end_moves_with_every_pause() -> None:
    assert clock(STARTED).ends_at() == 3700.0
    resumed = clock(STARTED, (HuntPaused(), 160.0), (HuntResumed(), 260.0))
    assert resumed.ends_at() == 3800.0


@pytest.mark.parametrize(
    "standing", [clock(), clock(STARTED, (HuntPaused(), 1.0)), clock(STARTED, (HuntFinished(), 1))]
)
def test_a_clock_that_stands_still_has_no_end(standing: HuntClock) -> None:
    assert standing.ends_at() is None


def test_a_hunt_without_a_duration_has_no_end() -> None:
    assert clock(STARTED, duration_s=None).ends_at() is None


@pytest.mark.parametrize("seconds", [600, -600])
def test_an_extension_moves_the_end_and_survives_pauses(seconds: int) -> None:
    extended = clock(STARTED, (HuntExtended(seconds), 160.0))
    assert extended.ends_at() == 3700.0 + seconds
    paused = extended.after(HuntPaused(), 200.0)
    assert (paused.ends_at(), paused.duration_s) == (None, 3600.0 + seconds)
    assert paused.after(HuntResumed(), 300.0).ends_at() == 3800.0 + seconds


def test_a_draft_can_be_extended_and_a_new_plan_forgets_it() -> None:
    extended = clock((HuntExtended(60), 50.0), STARTED)
    assert extended.ends_at() == 3760.0
    again = extended.after(HuntSeeded(given_plan(duration_s=600.0)), 200.0)
    assert again == HuntClock(duration_s=600.0)


def test_without_a_duration_there_is_nothing_to_extend() -> None:
    assert clock(STARTED, (HuntExtended(60), 160.0), duration_s=None).ends_at() is None


@pytest.mark.parametrize(
    ("before", "event"),
    [
        (clock(), HuntPaused()),
        (clock(), HuntFinished()),
        (clock(STARTED), HuntStarted()),
        (clock(STARTED), HuntResumed()),
        (clock(STARTED), LeaderboardFrozen()),
        (clock(STARTED, (HuntFinished(), 200.0)), HuntStarted()),
    ],
)
def test_an_event_that_does_not_concern_the_clock_leaves_it_as_it_is(
    before: HuntClock, event: AnyEvent
) -> None:
    assert before.after(event, 300.0) is before


def test_a_new_plan_sets_the_clock_back_to_the_draft() -> None:
    assert clock(STARTED).after(HuntSeeded(given_plan()), 300.0) == HuntClock()


def test_a_wall_clock_that_was_set_back_takes_no_running_time_away() -> None:
    paused = clock(STARTED, (HuntPaused(), 90.0))
    assert paused.elapsed_s(95.0) == 0.0
    assert paused.after(HuntResumed(), 95.0).elapsed_s(101.0) == 1.0


@given(
    steps=st.lists(st.floats(0, 100), min_size=1, max_size=8),
    moment=st.floats(0, 1_000),
)
def test_hunt_time_at_a_past_moment_is_what_the_clock_showed_then(
    steps: list[float], moment: float
) -> None:
    now, at, shown = HuntClock().after(HuntStarted(), 0.0), 0.0, None
    for turn, step in enumerate(steps):
        if shown is None and moment < at + step:
            shown = now.elapsed_s(moment)
        at += step
        now = now.after(HuntResumed() if turn % 2 else HuntPaused(), at)
    if shown is None:
        shown = now.elapsed_s(moment)
    assert now.elapsed_s(moment) == shown


@given(
    times=st.lists(st.floats(0, 100), min_size=1, max_size=8),
    share=st.floats(0, 1),
    ends=st.booleans(),
)
def test_a_change_leaves_hunt_times_up_to_then_as_they_are_even_after_the_wall_clock_was_set(
    times: list[float], share: float, ends: bool
) -> None:
    now = HuntClock()
    changes: list[AnyEvent] = [HuntPaused(), HuntResumed()]
    events = [HuntStarted(), *changes * len(times)][: len(times)]
    if ends:
        events[-1] = HuntFinished()
    for event, at in zip(events, times, strict=True):
        changed = now.after(event, at)
        assert changed.elapsed_s(at * share) == now.elapsed_s(at * share)
        assert changed.elapsed_s(at) == now.elapsed_s(at)
        now = changed
