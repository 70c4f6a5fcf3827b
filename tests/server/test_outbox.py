from collections.abc import Callable

import pytest

from server.outbox import (
    FRAMES_COMPACTED,
    OUTBOX_BYTES_MAX,
    WRITE_BYTES,
    Flusher,
    Outbox,
)
from tests.server.rig import Socket


class Loop:
    """Keeps what is to be called soon."""

    def __init__(self) -> None:
        self.soon: list[Callable[[], None]] = []

    def call_soon(self, callback: Callable[[], None]) -> None:
        self.soon.append(callback)

    def turn(self) -> None:
        callbacks, self.soon = self.soon, []
        for callback in callbacks:
            callback()


@pytest.fixture
def loop() -> Loop:
    return Loop()


@pytest.fixture
def socket() -> Socket:
    return Socket()


@pytest.fixture
def flusher(loop: Loop) -> Flusher:
    return Flusher(loop.call_soon)


@pytest.fixture
def outbox(socket: Socket, flusher: Flusher) -> Outbox:
    return Outbox(socket, flusher)


def test_frames_leave_in_order_and_in_one_write(outbox: Outbox, socket: Socket, loop: Loop) -> None:
    for frame in (b"one ", b"two ", b"three"):
        outbox.put(frame)
    assert socket.written == []
    assert outbox.waiting_bytes == 13
    loop.turn()
    assert socket.written == [b"one two three"]
    assert outbox.waiting_bytes == 0


def test_of_pushes_with_the_same_key_only_the_newest_leaves(
    outbox: Outbox, socket: Socket, loop: Loop
) -> None:
    for number in range(100):
        outbox.conflate("leaderboard", b"board %02d" % number)
        outbox.conflate("team", b"team %02d" % number)
    assert outbox.waiting_bytes == len(b"board 99team 99")
    loop.turn()
    assert socket.written == [b"board 99team 99"]


def test_everything_leaves_in_the_order_in_which_it_was_newest(
    outbox: Outbox, socket: Socket, loop: Loop
) -> None:
    outbox.conflate("team", b"[score 5]")
    outbox.conflate("phase", b"[paused]")
    outbox.put(b"[accepted, score 7]")
    outbox.conflate("phase", b"[running]")
    loop.turn()
    assert socket.written == [b"[score 5][accepted, score 7][running]"]


def test_dropped_pushes_take_no_place_however_many_there_were(
    outbox: Outbox, socket: Socket, loop: Loop
) -> None:
    socket.can_write = False
    for number in range(10 * FRAMES_COMPACTED):
        outbox.conflate(f"board {number % 2}", b"[board %d]" % number)
        if number % FRAMES_COMPACTED == 0:
            outbox.put(b"[answer %d]" % number)
    assert len(outbox._frames) <= FRAMES_COMPACTED
    socket.can_write = True
    outbox.flush()
    (written,) = socket.written
    assert written.count(b"[answer") == 10
    assert written.endswith(b"[board 2558][board 2559]")
    assert outbox.waiting_bytes == 0


def test_one_turn_flushes_an_outbox_once(outbox: Outbox, socket: Socket, loop: Loop) -> None:
    outbox.put(b"one")
    outbox.conflate("key", b"two")
    assert len(loop.soon) == 1
    loop.turn()
    loop.turn()
    assert len(socket.written) == 1
    assert loop.soon == []


def test_many_outboxes_share_one_turn(
    flusher: Flusher, outbox: Outbox, socket: Socket, loop: Loop
) -> None:
    others = [Outbox(Socket(), flusher) for _ in range(10)]
    for one in (outbox, *others):
        one.put(b"frame")
    assert len(loop.soon) == 1
    loop.turn()
    assert socket.written == [b"frame"]
    assert all(one.waiting_bytes == 0 for one in others)


def test_nothing_is_written_while_the_socket_takes_nothing(
    outbox: Outbox, socket: Socket, loop: Loop
) -> None:
    socket.can_write = False
    outbox.put(b"one ")
    loop.turn()
    outbox.put(b"two")
    loop.turn()
    assert (socket.written, outbox.waiting_bytes) == ([], 7)
    socket.can_write = True
    outbox.flush()
    assert socket.written == [b"one two"]


@pytest.mark.parametrize("is_conflated", [False, True])
def test_a_full_outbox_says_so_and_takes_no_more(
    outbox: Outbox, socket: Socket, is_conflated: bool
) -> None:
    full: list[int] = []
    outbox.on_full = lambda: full.append(outbox.waiting_bytes)
    outbox.put(b"x" * OUTBOX_BYTES_MAX)
    assert full == []
    if is_conflated:
        outbox.conflate("key", b"y")
    else:
        outbox.put(b"y")
    assert full == [OUTBOX_BYTES_MAX]
    outbox.flush()
    assert socket.written == [b"x" * OUTBOX_BYTES_MAX]


def test_a_push_that_replaces_another_needs_no_more_room(outbox: Outbox) -> None:
    full: list[int] = []
    outbox.on_full = lambda: full.append(1)
    outbox.conflate("key", b"x" * 1_000)
    outbox.put(b"x" * (OUTBOX_BYTES_MAX - 1_000))
    outbox.conflate("key", b"y" * 1_000)
    assert full == []
    assert outbox.waiting_bytes == OUTBOX_BYTES_MAX


def test_one_large_message_fits_when_nothing_else_waits(
    outbox: Outbox, socket: Socket, loop: Loop
) -> None:
    full: list[int] = []
    outbox.on_full = lambda: full.append(1)
    welcome = b"w" * (3 * OUTBOX_BYTES_MAX)
    outbox.put(welcome)
    loop.turn()
    assert (full, socket.written) == ([], [welcome])


def test_what_follows_a_large_message_has_the_whole_limit(
    outbox: Outbox, socket: Socket, loop: Loop
) -> None:
    welcome, push = b"w" * (2 * OUTBOX_BYTES_MAX), b"p" * (OUTBOX_BYTES_MAX // 2)
    full: list[str] = []
    outbox.on_full = lambda: full.append("full")
    for frame in (welcome, push, push):
        outbox.put(frame)
    assert (full, outbox.counted_bytes) == ([], len(push) * 2)
    outbox.put(b"one more")
    assert full == ["full"]
    loop.turn()
    assert b"".join(socket.written) == welcome + push + push


def test_a_large_message_may_stand_behind_others_and_only_one_may(
    outbox: Outbox, socket: Socket, loop: Loop
) -> None:
    push, codes = b"p" * OUTBOX_BYTES_MAX, b"c" * (2 * OUTBOX_BYTES_MAX)
    full: list[str] = []
    outbox.on_full = lambda: full.append("full")
    outbox.put(push)
    outbox.put(codes)
    assert full == []
    outbox.put(codes)
    assert full == ["full"]
    loop.turn()
    assert b"".join(socket.written) == push + codes
    outbox.put(codes)
    assert full == ["full"]


def test_a_large_message_that_is_out_leaves_no_room_behind(
    outbox: Outbox, socket: Socket, loop: Loop
) -> None:
    outbox.conflate("welcome", b"w" * (2 * OUTBOX_BYTES_MAX))
    outbox.conflate("welcome", b"w")
    full: list[str] = []
    outbox.on_full = lambda: full.append("full")
    outbox.put(b"p" * OUTBOX_BYTES_MAX)
    assert full == ["full"]


def test_what_was_cleared_is_never_written(outbox: Outbox, socket: Socket, loop: Loop) -> None:
    outbox.on_full = lambda: None
    outbox.put(b"one")
    outbox.conflate("key", b"two")
    outbox.clear()
    assert outbox.waiting_bytes == 0
    loop.turn()
    assert socket.written == []
    # Last: mypy believes that it is still the function from above.
    assert outbox.on_full is None


class FullSocket(Socket):
    """Takes one write, then nothing until it is told to."""

    def write(self, data: bytes) -> None:
        super().write(data)
        self.can_write = False


def test_what_a_slow_socket_has_not_taken_counts_once_and_the_rest_waits_in_order(
    flusher: Flusher, loop: Loop
) -> None:
    socket = FullSocket()
    outbox = Outbox(socket, flusher)
    frames = [b"%04d" % number + bytes(1_020) for number in range(180)]
    for frame in frames:
        outbox.put(frame)
    outbox.conflate("team", b"newest")
    loop.turn()
    assert [len(written) <= WRITE_BYTES for written in socket.written] == [True]
    assert outbox.waiting_bytes == 180 * 1_024 + len(b"newest") - WRITE_BYTES
    while outbox.waiting_bytes:
        socket.can_write = True
        outbox.flush()
    assert max(map(len, socket.written)) <= WRITE_BYTES
    assert b"".join(socket.written) == b"".join(frames) + b"newest"


def test_a_message_larger_than_a_write_goes_out_whole(
    outbox: Outbox, socket: Socket, loop: Loop
) -> None:
    outbox.put(bytes(2 * WRITE_BYTES))
    outbox.put(b"after")
    loop.turn()
    assert b"".join(socket.written) == bytes(2 * WRITE_BYTES) + b"after"


def test_what_goes_to_thousands_is_written_at_once_when_nothing_waits(
    outbox: Outbox, socket: Socket, loop: Loop
) -> None:
    outbox.send(b"one")
    outbox.send(b"two", "team")
    assert socket.written == [b"one", b"two"]
    assert (outbox.waiting_bytes, loop.soon) == (0, [])


def test_what_goes_to_thousands_stays_behind_what_waits(
    outbox: Outbox, socket: Socket, loop: Loop
) -> None:
    outbox.put(b"answer")
    outbox.send(b"old", "team")
    outbox.send(b"announcement")
    outbox.send(b"new", "team")
    assert socket.written == []
    loop.turn()
    assert socket.written == [b"answerannouncementnew"]


def test_what_goes_to_thousands_waits_for_a_socket_that_takes_nothing(
    outbox: Outbox, socket: Socket, loop: Loop
) -> None:
    socket.can_write = False
    outbox.send(b"one")
    assert (socket.written, outbox.waiting_bytes) == ([], 3)
    socket.can_write = True
    loop.turn()
    assert socket.written == [b"one"]
