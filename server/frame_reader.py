"""The short way for the frames that nearly all frames are: whole, masked, small messages.

The websockets library reads frames with a chain of generators: 2.3 us each, against 0.5 us here,
where a whole claim takes about 20 us. A claim is one short unfragmented frame, so those are taken
apart here (RFC 6455, section 5.2), and everything else, from control frames to violations of the
protocol, goes to the library byte for byte. The library only ever sees whole frames (or the start
of one that is too long, which it refuses), so it is always between two frames when the short way
is taken.
"""

from websockets.frames import Opcode

try:
    from websockets.speedups import apply_mask
except ImportError:  # pragma: no cover - the wheels for common platforms have it.
    from websockets.utils import apply_mask

_MASKED = 0x80
_FINAL = 0x80
_LENGTH = 0x7F
_OPCODE = 0x0F
_WHOLE_TEXT = 0x81
_WHOLE_BINARY = 0x82
_SIMPLE = (_WHOLE_TEXT, _WHOLE_BINARY)
_EMPTY_BYTES = 6
"""Of a masked frame that carries nothing."""
_SHORT_MAX = 125


FRAMES_PER_TURN = 64
"""Frames of one client that are handled before all others get their chance, about 1 ms: as many as
a client that minds the rules has on their way. One read may bring thousands."""


class FrameReader:
    """Splits one client's byte stream into frames.

    Who derives from it says what becomes of them: callbacks, or an object of its own, would take
    memory for each client.
    """

    __slots__ = ("_data", "_is_fragmented", "_is_left_to_library", "_start", "size_max")

    def __init__(self, size_max: int) -> None:
        """Read frames of up to `size_max` bytes."""
        self._data = b""
        self._start = 0
        self._is_fragmented = False
        self._is_left_to_library = False
        self.size_max = size_max

    def on_message(self, payload: bytes, is_text: bool) -> None:
        """A whole data message came in one simple frame."""
        raise NotImplementedError

    def pass_on(self, data: bytes) -> None:
        """Any other frame came, or the start of one that is too long."""
        raise NotImplementedError

    def leave_to_library(self) -> None:
        """Pass on whatever comes from now on, as it comes: the library has ended the stream."""
        self._is_left_to_library = True

    def feed(self, data: bytes) -> bool:
        """Take the next bytes of the stream, and handle up to `FRAMES_PER_TURN` frames.

        Returns:
            Whether there may be more to handle: feed on, with nothing if nothing came, but only
            after others had their chance.
        """
        if len(data) > _EMPTY_BYTES and not self._data and not self._is_left_to_library:
            # Nearly always: one whole short message, and nothing else.
            head, second = data[0], data[1]
            if (
                len(data) - _EMPTY_BYTES == second - _MASKED <= _SHORT_MAX
                and head in _SIMPLE
                and not self._is_fragmented
            ):
                self.on_message(apply_mask(data[6:], data[2:6]), head == _WHOLE_TEXT)
                return False
        if self._data:
            data = self._data[self._start :] + data if data else self._data
        start = self._start if data is self._data else 0
        end, left = len(data), FRAMES_PER_TURN
        while start < end and left and not self._is_left_to_library:
            step = self._take(data, start, end)
            if not step:
                break
            start += step
            left -= 1
        if start == end:
            self._data, self._start = b"", 0
            return False
        if not left:  # Where it goes on is noted; what is done is cut off with the last frame.
            self._data, self._start = data, start
            return True
        self._data, self._start = data[start:], 0
        if self._is_left_to_library:
            rest, self._data = self._data, b""
            self.pass_on(rest)
        return False

    def _take(self, data: bytes, start: int, end: int) -> int:
        """Handle the frame at `start`; returns its length, or 0 when it is not whole yet."""
        if end - start < 2:
            return 0
        head, second = data[start], data[start + 1]
        length, at = second & _LENGTH, start + 2
        if length == 126:
            at += 2
            if at > end:
                return 0
            length = int.from_bytes(data[start + 2 : at], "big")
        elif length == 127:
            at += 8
            if at > end:
                return 0
            length = int.from_bytes(data[start + 2 : at], "big")
        if length > self.size_max:
            self._is_left_to_library = True
            return 0
        if second & _MASKED:
            at += 4
        stop = at + length
        if stop > end:
            return 0
        is_simple = head in _SIMPLE and second & _MASKED
        if is_simple and not self._is_fragmented:
            payload = apply_mask(data[at:stop], data[at - 4 : at]) if length else b""
            self.on_message(payload, head == _WHOLE_TEXT)
        else:
            self._note_fragment(head)
            self.pass_on(data[start:stop])
        return stop - start

    def _note_fragment(self, head: int) -> None:
        """Inside a fragmented message even a whole data frame is the library's to judge."""
        if head & _OPCODE in (Opcode.CONT, Opcode.TEXT, Opcode.BINARY):
            self._is_fragmented = not head & _FINAL
