"""The short way for small frames gives the same messages as the library, however bytes arrive."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from server.frame_protocol import FrameProtocol
from server.frame_reader import FRAMES_PER_TURN, FrameReader

SIZE_MAX = 70_000


class Reading(FrameReader):
    """A frame reader whose messages, short way or not, end in one list."""

    def __init__(self, size_max: int = SIZE_MAX) -> None:
        super().__init__(size_max)
        self.messages: list[tuple[bytes, bool]] = []
        self.passed_on: list[bytes] = []
        self.library = FrameProtocol(size_max)

    def on_message(self, payload: bytes, is_text: bool) -> None:
        self.messages.append((bytes(payload), is_text))

    def pass_on(self, data: bytes) -> None:
        self.passed_on.append(data)
        self.messages += self.library.read(data)


def masked(frame: Frame) -> bytes:
    return frame.serialize(mask=True)


def chunks(data: bytes, cuts: Sequence[int]) -> list[bytes]:
    ends = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})
    return [data[start:end] for start, end in pairwise(ends)]


def text(payload: bytes, *, fin: bool = True) -> bytes:
    return masked(Frame(Opcode.TEXT, payload, fin))


MESSAGES = st.lists(st.tuples(st.binary(max_size=300), st.booleans()), max_size=8)


@given(MESSAGES, st.lists(st.integers(0, 3_000), max_size=12))
def test_messages_come_out_whole_however_the_bytes_are_cut(
    messages: list[tuple[bytes, bool]], cuts: list[int]
) -> None:
    stream = b"".join(
        masked(Frame(Opcode.TEXT if is_text else Opcode.BINARY, payload))
        for payload, is_text in messages
    )
    reading = Reading()
    for chunk in chunks(stream, cuts):
        reading.feed(chunk)
    assert reading.messages == messages
    assert reading.passed_on == []


@given(st.lists(st.integers(0, 500), max_size=12))
def test_fragments_and_control_frames_between_messages_go_the_long_way(cuts: list[int]) -> None:
    stream = (
        text(b"one")
        + masked(Frame(Opcode.PING, b"?"))
        + text(b"tw", fin=False)
        + masked(Frame(Opcode.PONG, b"!"))
        + masked(Frame(Opcode.CONT, b"o"))
        + text(b"three")
    )
    reading = Reading()
    for chunk in chunks(stream, cuts):
        reading.feed(chunk)
    assert reading.messages == [(b"one", True), (b"two", True), (b"three", True)]
    assert len(reading.passed_on) == 4


def test_every_length_of_header_is_read() -> None:
    for size in (0, 1, 125, 126, 65_535, 65_536):
        reading = Reading()
        reading.feed(text(b"x" * size))
        assert reading.messages == [(b"x" * size, True)]


def test_a_frame_that_is_too_long_is_the_librarys_to_refuse() -> None:
    reading = Reading(size_max=1_000)
    reading.feed(text(b"fine"))
    reading.feed(text(b"x" * 1_001)[:20])
    assert reading.messages == [(b"fine", True)]
    assert reading.library.close_sent is not None
    assert reading.library.close_sent.code == 1009


def test_a_data_frame_inside_a_fragmented_message_is_a_violation() -> None:
    reading = Reading()
    reading.feed(text(b"begin", fin=False) + text(b"intruder"))
    assert reading.messages == []
    assert reading.library.close_sent is not None
    assert reading.library.close_sent.code == 1002


def test_an_unmasked_frame_is_a_violation() -> None:
    reading = Reading()
    reading.feed(Frame(Opcode.TEXT, b"bare").serialize(mask=False))
    assert reading.messages == []
    assert reading.library.close_sent is not None
    assert reading.library.close_sent.code == 1002


def test_a_flood_is_handled_in_turns_and_in_order() -> None:
    reader = Reading(size_max=100)
    frames = [bytes((0x81, 0x84)) + bytes(4) + b"%04d" % n for n in range(3 * FRAMES_PER_TURN)]
    whole = b"".join(frames)
    assert reader.feed(whole[:-3])
    assert len(reader.messages) == FRAMES_PER_TURN
    assert reader.feed(whole[-3:])
    assert len(reader.messages) == 2 * FRAMES_PER_TURN
    while reader.feed(b""):
        pass
    assert [data for data, _ in reader.messages] == [
        b"%04d" % n for n in range(3 * FRAMES_PER_TURN)
    ]
