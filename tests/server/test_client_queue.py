from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from server.client_queue import ActionQueue

SAY = {"t": "say", "text": "Hello"}


def connected(requests: int = 0, **options: int) -> ActionQueue:
    queue = ActionQueue(**options)
    queue.on_welcome(0)
    for _ in range(requests):
        queue.add(SAY)
    return queue


def numbers(messages: list[dict[str, Any]]) -> list[int]:
    return [message["n"] for message in messages]


def accepted(n: int, **more: int) -> dict[str, Any]:
    return {"t": "accepted", "n": n, **more}


def busy(n: int, retry_after: float | None = 0.5) -> dict[str, Any]:
    return {"t": "refused", "n": n, "reason": "busy", "retry_after": retry_after}


def test_requests_are_numbered_from_1_and_sent_once_in_order() -> None:
    queue = connected()
    assert [queue.add(SAY), queue.add({"t": "say", "n": 99, "text": "My own number"})] == [1, 2]
    assert queue.take(0.0) == [{**SAY, "n": 1}, {"t": "say", "n": 2, "text": "My own number"}]
    assert queue.take(0.0) == []


def test_nothing_is_sent_before_the_welcome() -> None:
    queue = ActionQueue()
    queue.add(SAY)
    assert queue.take(0.0) == []
    queue.on_welcome(0)
    assert numbers(queue.take(0.0)) == [1]


def test_an_answered_request_is_kept_until_it_is_saved() -> None:
    queue = connected(2)
    queue.take(0.0)
    assert queue.on_message(accepted(1), 0.0) == accepted(1)
    queue.on_message(accepted(2), 0.0)
    assert len(queue) == 2
    queue.on_message({"t": "saved", "n": 1}, 0.0)
    assert (len(queue), queue.saved) == (1, 1)


def test_a_saved_may_ride_on_any_answer() -> None:
    queue = connected(2)
    queue.take(0.0)
    queue.on_message(accepted(1), 0.0)
    queue.on_message({**busy(2), "saved": 1}, 0.0)
    assert queue.saved == 1


def test_a_refusal_is_an_answer_like_any_other() -> None:
    queue = connected(1)
    queue.take(0.0)
    refused = {"t": "refused", "n": 1, "reason": "wrong_code"}
    assert queue.on_message(refused, 0.0) == refused


def test_after_a_reconnect_everything_above_applied_is_sent_again_in_order() -> None:
    queue = connected(4)
    queue.take(0.0)
    queue.on_message(accepted(1), 0.0)
    queue.on_message(accepted(3), 0.0)
    queue.on_disconnected()
    queue.add(SAY)
    assert queue.take(0.0) == []
    queue.on_welcome(2)
    # 3 was answered, but the server that answered lost it: it is decided anew.
    assert numbers(queue.take(0.0)) == [3, 4, 5]
    assert queue.on_message(accepted(3), 0.0) == accepted(3)


def test_what_the_server_applied_is_kept_until_saved_but_not_sent_again() -> None:
    queue = connected(2)
    queue.take(0.0)
    queue.on_disconnected()
    queue.on_welcome(2)
    assert queue.take(0.0) == []
    assert len(queue) == 2
    queue.on_message({"t": "saved", "n": 2}, 0.0)
    assert len(queue) == 0


def test_a_lost_answer_is_replaced_by_what_the_server_would_say_now() -> None:
    queue = connected(2)
    queue.take(0.0)
    queue.on_message(accepted(1), 0.0)
    queue.on_disconnected()
    (lost,) = queue.on_welcome(2)
    assert (lost["n"], lost["reason"]) == (2, "already_applied")


def test_the_second_answer_to_a_request_is_no_news() -> None:
    queue = connected(1)
    queue.take(0.0)
    queue.on_message(accepted(1), 0.0)
    again = {"t": "refused", "n": 1, "reason": "already_applied"}
    assert queue.on_message(again, 0.0) is None


def test_busy_holds_everything_back_until_the_time_is_over_then_goes_back_to_that_number() -> None:
    queue = connected(4)
    queue.take(0.0)
    queue.on_message(accepted(1), 0.0)
    for n in (2, 3, 4):
        assert queue.on_message(busy(n), 10.0 + n / 100) is None
    queue.add(SAY)
    assert queue.wake_at == 10.52
    assert queue.take(10.5) == []
    assert numbers(queue.take(10.52)) == [2, 3, 4, 5]
    assert queue.wake_at is None


def test_a_request_that_is_busy_again_waits_again() -> None:
    queue = connected(2)
    queue.take(0.0)
    queue.on_message(busy(1), 0.0)
    assert numbers(queue.take(0.5)) == [1, 2]
    queue.on_message(busy(1, 2.0), 1.0)
    assert queue.take(2.9) == []
    assert numbers(queue.take(3.0)) == [1, 2]


def test_a_lower_busy_that_comes_later_counts() -> None:
    queue = connected(3)
    queue.take(0.0)
    queue.on_message(busy(3), 0.0)
    queue.on_message(busy(2), 0.1)
    assert numbers(queue.take(1.0)) == [2, 3]


def test_a_busy_without_a_time_waits_half_a_second() -> None:
    queue = connected(1)
    queue.take(0.0)
    queue.on_message(busy(1, None), 1.0)
    assert queue.wake_at == 1.5


def test_a_reconnect_forgets_the_pause_of_the_old_connection() -> None:
    queue = connected(2)
    queue.take(0.0)
    queue.on_message(busy(1, 60.0), 0.0)
    queue.on_disconnected()
    queue.on_welcome(0)
    assert numbers(queue.take(1.0)) == [1, 2]


def test_no_more_than_the_window_is_on_its_way_at_once() -> None:
    queue = connected(5, unanswered_max=2)
    assert numbers(queue.take(0.0)) == [1, 2]
    queue.on_message(accepted(1), 0.0)
    assert numbers(queue.take(0.0)) == [3]


def test_a_session_from_elsewhere_goes_on_after_the_numbers_it_has_used() -> None:
    queue = ActionQueue()
    queue.on_welcome(12)
    assert queue.add(SAY) == 13
    assert numbers(queue.take(0.0)) == [13]


def test_messages_that_are_no_answers_change_nothing() -> None:
    queue = connected(1)
    queue.take(0.0)
    for message in ({"t": "leaderboard"}, {"t": "accepted"}, accepted(7), {"t": "saved"}, {}):
        assert queue.on_message(message, 0.0) is None
    assert len(queue) == 1


class Peer:
    """A server of the protocol's rules that is busy, stops and forgets as it is told to."""

    def __init__(self) -> None:
        self.journal: list[int] = []
        self.saved = 0
        self.gate: int | None = None

    def answer(self, n: int, is_busy: bool) -> dict[str, Any]:
        applied = self.journal[-1] if self.journal else 0
        if n <= applied:
            return {"t": "refused", "n": n, "reason": "already_applied"}
        if is_busy or (self.gate is not None and n > self.gate):
            self.gate = n if self.gate is None else min(n, self.gate)
            return busy(n, 1.0)
        if n == self.gate:
            self.gate = None
        self.journal.append(n)
        return accepted(n)

    def crash(self) -> int:
        """Lose what is not saved; returns what a welcome then says."""
        self.gate = None
        self.journal = [n for n in self.journal if n <= self.saved]
        return self.journal[-1] if self.journal else 0


@given(st.lists(st.sampled_from(["add", "deliver", "busy", "save", "drop", "crash", "wait"])))
def test_whatever_happens_every_request_is_applied_once_and_in_order(steps: list[str]) -> None:
    queue, peer, now = ActionQueue(unanswered_max=3), Peer(), 0.0
    wire: list[dict[str, Any]] = []
    queue.on_welcome(0)

    def step(kind: str) -> None:
        nonlocal now
        match kind:
            case "add":
                queue.add(SAY)
            case "deliver" | "busy":
                if wire:
                    queue.on_message(peer.answer(wire.pop(0)["n"], kind == "busy"), now)
            case "save":
                peer.saved = peer.journal[-1] if peer.journal else 0
                queue.on_message({"t": "saved", "n": peer.saved}, now)
            case "drop" | "crash":
                wire.clear()
                queue.on_disconnected()
                peer.gate = None
                applied = peer.journal[-1] if peer.journal else 0
                queue.on_welcome(peer.crash() if kind == "crash" else applied)
            case "wait":
                now += 1.0
        wire.extend(queue.take(now))

    for kind in steps:
        step(kind)
    for _ in range(3 * len(steps)):  # The trouble is over: everything gets through.
        step("wait")
        step("deliver")
    step("save")
    assert peer.journal == list(range(1, queue.last + 1))
    assert len(queue) == 0
