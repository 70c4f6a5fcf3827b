import pytest
from websockets.frames import Frame, Opcode

from server.framing import frame
from tests.server.rig import unframed

LENGTHS = [0, 1, 125, 126, 127, 65_535, 65_536, 200_000]
"""Both sides of where the length needs more bytes (RFC 6455, section 5.2)."""


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("is_text", [True, False])
def test_a_frame_is_what_the_library_would_have_sent(length: int, is_text: bool) -> None:
    payload = b"x" * length
    opcode = Opcode.TEXT if is_text else Opcode.BINARY
    assert frame(payload, is_text) == Frame(opcode, payload).serialize(mask=False)


@pytest.mark.parametrize("length", LENGTHS)
def test_frames_one_behind_the_other_can_be_told_apart(length: int) -> None:
    data = frame(b"a" * length, True) + frame(b"b" * length, False)
    assert unframed(data) == [(1, b"a" * length), (2, b"b" * length)]
