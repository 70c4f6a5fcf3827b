"""The long way: what the websockets library does for a connection that is open.

Control frames, messages in fragments, violations of the protocol and closing are the library's
(its Sans-I/O layer). Most connections need none of it for most of their time, so an instance is
made when such a frame comes, and let go when nothing is left to remember.
"""

import logging

from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

QUIET = logging.getLogger("cairn.websockets")
"""The library logs a traceback for every client that breaks the rules: noise, not news."""

QUIET.setLevel(logging.CRITICAL)

_DATA = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)

PING_FRAME = bytes((0x80 | Opcode.PING, 0))
"""One without data, so that every pong is an answer to it."""

_FINAL_PONG = 0x80 | Opcode.PONG
_MASKED_CONTROL = range(0x80, 0x80 + 126)
_PONG_BYTES_MIN = 6


def is_pong(frame: bytes) -> bool:
    """Whether these bytes of a client are a pong as it should be."""
    return len(frame) >= _PONG_BYTES_MIN and frame[0] == _FINAL_PONG and frame[1] in _MASKED_CONTROL


class FrameProtocol(ServerProtocol):
    """The library's side of one connection, after the handshake."""

    def __init__(self, size_max: int) -> None:
        """Take messages of up to `size_max` bytes."""
        super().__init__(state=OPEN, max_size=size_max, logger=QUIET)
        self._fragments = bytearray()  # A list of them would take many times their size.
        self._are_text = False

    @property
    def is_at_rest(self) -> bool:
        """Whether a new one would be as good: open, and not in the middle of a message."""
        return self.state is OPEN and self.current_size is None

    def read(self, data: bytes) -> list[tuple[bytes, bool]]:
        """The messages that end with these bytes, and whether each is text."""
        self.receive_data(data)
        messages = []
        for event in self.events_received():
            if isinstance(event, Frame) and event.opcode in _DATA:
                if event.opcode is not Opcode.CONT:
                    self._are_text = event.opcode is Opcode.TEXT
                self._fragments += event.data
                if event.fin:
                    messages.append((bytes(self._fragments), self._are_text))
                    self._fragments.clear()
        return messages

    def let_go(self) -> None:
        """End its parser, which holds it: else only the cycle collector would free its memory."""
        self.parser.close()
