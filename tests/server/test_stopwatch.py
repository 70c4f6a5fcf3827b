import pytest

from server.requests import Claim
from server.stopwatch import RATE_TICKS, SAMPLE_EVERY, SAMPLES_MAX, SAMPLES_WINDOW_S, Stopwatch
from tests.server.rig import ServerRig


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watch(clock: Clock) -> Stopwatch:
    return Stopwatch(clock)


def time(watch: Stopwatch, clock: Clock, seconds: float) -> None:
    began = watch.begin()
    clock.now += seconds
    watch.end(began)


def test_nothing_was_asked_yet(watch: Stopwatch) -> None:
    assert (watch.p99_s(), watch.claims_per_s()) == (0.0, 0.0)


def test_one_in_a_hundred_may_be_slower(watch: Stopwatch, clock: Clock) -> None:
    for number in range(1, 101):
        time(watch, clock, number / 10_000)
    assert watch.p99_s() == pytest.approx(0.0099)


def test_old_samples_count_no_more(watch: Stopwatch, clock: Clock) -> None:
    time(watch, clock, 3.0)
    clock.now += SAMPLES_WINDOW_S
    assert watch.p99_s() == pytest.approx(3.0)
    clock.now += 1.0
    assert watch.p99_s() == 0.0


def test_only_the_newest_samples_are_kept(watch: Stopwatch, clock: Clock) -> None:
    for _ in range(SAMPLES_MAX):
        time(watch, clock, 0.01)
    for _ in range(SAMPLES_MAX):
        time(watch, clock, 0.001)
    assert watch.p99_s() == pytest.approx(0.001)


def test_the_rate_is_that_of_the_last_seconds(watch: Stopwatch, clock: Clock) -> None:
    for claims in (10, 10, 10, 10, 10, 10, 10):
        clock.now += 1.0
        watch.kinds[Claim] += claims
        assert watch.claims_per_s() == pytest.approx(10.0)
        watch.tick()
    for _ in range(RATE_TICKS):
        clock.now += 1.0
        watch.tick()
    assert watch.claims_per_s() == 0.0


def test_one_request_in_so_many_is_timed(server: ServerRig) -> None:
    ada = server.player()
    timed = []
    for n in range(1, 3 * SAMPLE_EVERY + 1):
        before = server.stopwatch.left
        ada.ask("say", n=n, text="Hi")
        if before == 1:
            timed.append(n)
    assert timed == [1, 1 + SAMPLE_EVERY, 1 + 2 * SAMPLE_EVERY]
    assert len(server.stopwatch._samples) == 3


def test_each_second_the_next_request_is_timed(server: ServerRig) -> None:
    ada = server.player()
    for n in range(1, 4):
        ada.ask("say", n=n, text="Hi")
        server.stopwatch.tick()
    assert len(server.stopwatch._samples) == 3


def test_claims_are_counted_and_nothing_else(server: ServerRig) -> None:
    ada = server.player()
    ada.ask("claim", n=1, location="pier", code="wrong")
    ada.ask("say", n=2, text="Hi")
    ada.ask("claim", n=3, location="nowhere")
    assert server.stopwatch.claims == 2
