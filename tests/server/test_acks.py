from collections.abc import Callable

import pytest

from actors.domain.events import HuntStarted, Record
from server.acks import SAVED_DELAY_S, Acks
from tests.domain.given import HUNT


class Target:
    """A connection that remembers what it was told is final."""

    def __init__(self) -> None:
        self.noted: list[int] = []
        self.sent = 0
        self.wants_saved = True

    def note_saved(self, n: int) -> bool:
        self.noted.append(n)
        return self.wants_saved

    def send_saved(self) -> None:
        self.sent += 1


class Timers:
    """Keeps the timers that were set; the test lets them run out."""

    def __init__(self) -> None:
        self.set: list[tuple[float, Callable[[], None]]] = []

    def __call__(self, delay_s: float, callback: Callable[[], None]) -> None:
        self.set.append((delay_s, callback))

    def run_out(self) -> None:
        timers, self.set = self.set, []
        for _, callback in timers:
            callback()


@pytest.fixture
def timers() -> Timers:
    return Timers()


@pytest.fixture
def acks(timers: Timers) -> Acks:
    return Acks(timers)


def commit(acks: Acks, *positions: int) -> None:
    acks.on_commit([Record(position, HUNT, 0.0, HuntStarted()) for position in positions])


def test_an_answer_is_final_when_its_position_is_committed(acks: Acks) -> None:
    target = Target()
    acks.add(3, target, 1)
    commit(acks, 1, 2)
    assert (target.noted, len(acks)) == ([], 1)
    commit(acks, 3)
    assert (target.noted, len(acks)) == ([1], 0)


def test_answers_become_final_in_the_order_in_which_they_were_given(acks: Acks) -> None:
    target = Target()
    for n, position in enumerate((4, 7, 7, 5), 1):
        acks.add(position, target, n)
    commit(acks, 4, 5)
    assert target.noted == [1]
    commit(acks, 6, 7)
    assert target.noted == [1, 3, 4]  # 2 and 3 rest on the same.


def test_what_rests_on_saved_records_alone_is_final_at_once(acks: Acks) -> None:
    target = Target()
    acks.start_at(10)
    acks.add(10, target, 1)
    assert target.noted == [1]


def test_even_that_waits_for_earlier_answers(acks: Acks) -> None:
    first, second = Target(), Target()
    acks.start_at(10)
    acks.add(11, first, 1)
    acks.add(10, second, 2)
    assert second.noted == []
    commit(acks, 11)
    assert (first.noted, second.noted) == ([1], [2])


def test_a_saved_is_sent_once_after_a_moment_to_all_who_still_need_it(
    acks: Acks, timers: Timers
) -> None:
    targets = [Target(), Target(), Target()]
    targets[1].wants_saved = False
    for position, target in enumerate(targets, 1):
        acks.add(position, target, 1)
    commit(acks, 1, 2, 3)
    assert [target.sent for target in targets] == [0, 0, 0]
    assert [delay_s for delay_s, _ in timers.set] == [SAVED_DELAY_S]
    timers.run_out()
    assert [target.sent for target in targets] == [1, 0, 1]


def test_the_next_commit_sets_a_timer_of_its_own(acks: Acks, timers: Timers) -> None:
    target = Target()
    for n in (1, 2):
        acks.add(n, target, n)
        commit(acks, n)
        timers.run_out()
    assert target.sent == 2


def test_what_is_due_can_be_sent_at_once(acks: Acks, timers: Timers) -> None:
    target = Target()
    acks.add(1, target, 1)
    commit(acks, 1)
    acks.send_now()
    assert target.sent == 1
    timers.run_out()
    assert target.sent == 1


def test_the_delay_is_within_what_the_protocol_allows() -> None:
    assert 0 < SAVED_DELAY_S <= 0.05


def test_answers_that_rest_on_one_position_take_one_place_however_many(acks: Acks) -> None:
    target, other = Target(), Target()
    acks.add(3, other, 1)
    for n in range(1, 1_001):
        acks.add(3, target, n)
    assert len(acks) == 2
    commit(acks, 3)
    assert (other.noted, target.noted) == ([1], [1_000])
