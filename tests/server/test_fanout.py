import pytest
from msgspec import Struct

from actors.simulation.timeline import EPOCH_S
from actors.simulation.virtual import VirtualDispatcher
from server.fanout import (
    FANOUT_SLICE,
    SPREAD_PAUSE_S,
    SPREAD_SLICE,
    EncodedPush,
    Fanout,
    Listener,
)
from server.protocol import JsonWire, Wire
from server.replies import Saved
from tests.server.rig import JSON, MSGPACK, unframed

Book = list[tuple[int, EncodedPush]]
"""Who was shown which push, in order."""


class Audience(Listener):
    """A listener that writes down what it is shown, and when."""

    def __init__(self, book: Book, number: int) -> None:
        self._book = book
        self._number = number

    def show(self, push: EncodedPush) -> None:
        self._book.append((self._number, push))


class CountingWire(JsonWire):
    """JSON that counts how often it encodes."""

    name = "counting"

    def __init__(self) -> None:
        super().__init__()
        self.encoded = 0

    def encode(self, message: Struct) -> bytes:
        self.encoded += 1
        return super().encode(message)


@pytest.fixture
def loop() -> VirtualDispatcher:
    return VirtualDispatcher(0)


@pytest.fixture
def fanout(loop: VirtualDispatcher) -> Fanout:
    return Fanout(loop.call_soon, loop.call_later)


@pytest.fixture
def book() -> Book:
    return []


def audience(book: Book, size: int) -> list[Audience]:
    return [Audience(book, number) for number in range(size)]


def push() -> EncodedPush:
    return EncodedPush(Saved(1))


def test_a_push_is_encoded_once_for_everybody_of_a_subprotocol() -> None:
    wire, one = CountingWire(), push()
    frames = {one.frame_for(wire) for _ in range(1_000)}
    assert wire.encoded == 1
    assert len(frames) == 1


@pytest.mark.parametrize("wire", [JSON, MSGPACK], ids=["json", "msgpack"])
def test_a_push_is_a_whole_frame_of_its_subprotocol(wire: Wire) -> None:
    ((opcode, payload),) = unframed(push().frame_for(wire))
    assert opcode == (1 if wire.is_text else 2)
    assert payload == wire.encode(Saved(1))


def test_a_few_are_shown_a_push_at_once(fanout: Fanout, book: Book) -> None:
    fanout.deliver(push(), audience(book, FANOUT_SLICE))
    assert len(book) == FANOUT_SLICE


def test_many_are_shown_a_push_in_slices_that_let_others_work_in_between(
    fanout: Fanout, loop: VirtualDispatcher, book: Book
) -> None:
    seen: list[int] = []
    fanout.deliver(push(), audience(book, 3 * FANOUT_SLICE + 1))
    assert book == []

    def look() -> None:
        seen.append(len(book))
        if len(seen) < 4:
            loop.call_soon(look)

    loop.call_soon(look)
    loop.run_until_idle()
    assert seen == [FANOUT_SLICE, 2 * FANOUT_SLICE, 3 * FANOUT_SLICE, 3 * FANOUT_SLICE + 1]
    assert [number for number, _ in book] == list(range(3 * FANOUT_SLICE + 1))


def test_an_urgent_push_needs_no_time(fanout: Fanout, loop: VirtualDispatcher, book: Book) -> None:
    fanout.deliver(push(), audience(book, 5_000))
    loop.run_until_idle()
    assert len(book) == 5_000
    assert loop.now() == EPOCH_S


def test_pushes_reach_everybody_in_the_order_in_which_they_were_made(
    fanout: Fanout, loop: VirtualDispatcher, book: Book
) -> None:
    listeners = audience(book, FANOUT_SLICE + 1)
    pushes = [push() for _ in range(4)]
    fanout.deliver(pushes[0], listeners)
    fanout.deliver(pushes[1], listeners[:1])
    fanout.deliver(pushes[2], listeners)
    fanout.deliver(pushes[3], [])
    loop.run_until_idle()
    assert [shown for number, shown in book if number == 0] == pushes[:3]
    assert len(book) == 2 * (FANOUT_SLICE + 1) + 1


def test_what_may_take_a_moment_is_spread_over_time(
    fanout: Fanout, loop: VirtualDispatcher, book: Book
) -> None:
    fanout.spread(push(), audience(book, 3 * SPREAD_SLICE))
    sizes = []
    for _ in range(3):
        loop.run_until_idle()
        sizes.append(len(book))
        loop.advance(SPREAD_PAUSE_S)
    assert sizes == [SPREAD_SLICE, 2 * SPREAD_SLICE, 3 * SPREAD_SLICE]


def test_what_is_spread_does_not_hold_up_what_is_urgent(
    fanout: Fanout, loop: VirtualDispatcher, book: Book
) -> None:
    start, board = push(), push()
    listeners = audience(book, 10 * SPREAD_SLICE)
    fanout.spread(board, listeners)
    fanout.deliver(start, listeners)
    loop.run_until_idle()
    assert sum(shown is start for _, shown in book) == len(listeners)
    assert sum(shown is board for _, shown in book) == SPREAD_SLICE
    loop.advance(1.0)
    assert sum(shown is board for _, shown in book) == len(listeners)


def test_a_spread_push_never_overtakes_an_earlier_one(
    fanout: Fanout, loop: VirtualDispatcher, book: Book
) -> None:
    listeners, boards = audience(book, 2 * SPREAD_SLICE), [push(), push()]
    for board in boards:
        fanout.spread(board, listeners)
    loop.advance(1.0)
    for number in (0, 2 * SPREAD_SLICE - 1):
        assert [shown for who, shown in book if who == number] == boards


class Written(Audience):
    """Writes down only what may be written at once."""

    def show(self, push: EncodedPush) -> None:
        """In a turn nothing may leave."""

    def show_now(self, push: EncodedPush) -> None:
        super().show(push)


def test_only_outside_of_a_turn_pushes_are_written_at_once(
    fanout: Fanout, loop: VirtualDispatcher, book: Book
) -> None:
    few = [Written(book, number) for number in range(FANOUT_SLICE)]
    fanout.deliver(push(), few)
    assert book == []
    fanout.deliver(push(), [*few, Written(book, FANOUT_SLICE)])
    fanout.spread(push(), few)
    assert book == []
    loop.run_until_idle()
    loop.advance(1.0)
    loop.run_until_idle()
    assert len(book) == FANOUT_SLICE + 1 + FANOUT_SLICE
