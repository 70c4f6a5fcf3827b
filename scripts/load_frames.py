"""Websocket frames as a load generator needs them: cheap to make, cheap to look through.

Source: RFC 6455, section 5. Frames of clients are masked; a masking key of zero leaves the bytes
as they are, so a frame can be put together from parts that were made before the clock runs.
"""

import struct
from abc import ABC, abstractmethod

from server.protocol import JSON_SUBPROTOCOL, MSGPACK_SUBPROTOCOL, encode_map

TEXT, BINARY, PING, PONG = 0x81, 0x82, 0x89, 0x8A

_MASKED = 0x80
_ZERO_KEY = bytes(4)

CODE = "x"
"""The code of every location of the load generator's plans."""


def masked(opcode: int, data: bytes) -> bytes:
    """A whole frame of a client."""
    return _head(opcode, len(data)) + data


def _head(opcode: int, length: int) -> bytes:
    if length < 126:
        return bytes((opcode, _MASKED | length)) + _ZERO_KEY
    if length < 65_536:
        return struct.pack("!BBH", opcode, _MASKED | 126, length) + _ZERO_KEY
    return struct.pack("!BBQ", opcode, _MASKED | 127, length) + _ZERO_KEY


def location_id(index: int) -> str:
    """The id of a location in the load generator's plans; all have the same length."""
    return f"p{index:05d}"


class Encoding(ABC):
    """What one subprotocol's claims and answers look like."""

    subprotocol: str
    opcode: int
    kind_offset: int
    """Where in a message of the server its type begins."""
    own_saved_offset: int
    """Where in a `saved` its number begins."""
    riding: bytes
    """What stands before the number of a `saved` that rides on an answer."""
    riding_bytes_max: int
    """How far from a message's end that can begin."""

    @abstractmethod
    def number(self, data: bytes) -> int:
        """The number that these last bytes of a message are."""

    @abstractmethod
    def before_location(self, n: int) -> bytes:
        """A claim up to the location's id."""

    @abstractmethod
    def from_location(self, index: int) -> bytes:
        """A claim from the location's id on."""

    def opening(self, code: str) -> bytes:
        """The frame that joins with a code."""
        message = encode_map(self.subprotocol, {"t": "join", "code": code, "name": "Load"})
        return masked(self.opcode, message if isinstance(message, bytes) else message.encode())


class JsonEncoding(Encoding):
    """Text frames."""

    subprotocol = JSON_SUBPROTOCOL
    opcode = TEXT
    kind_offset = len('{"t":"')
    own_saved_offset = len('{"t":"saved","n":')
    riding = b'"saved":'
    riding_bytes_max = len('"saved":') + 17  # Numbers have at most 16 digits.

    def number(self, data: bytes) -> int:
        """See `Encoding.number`."""
        return int(data[:-1])

    def before_location(self, n: int) -> bytes:
        """See `Encoding.before_location`."""
        return b'{"t":"claim","n":%d,"location":"' % n

    def from_location(self, index: int) -> bytes:
        """See `Encoding.from_location`."""
        return f'{location_id(index)}","code":"{CODE}"}}'.encode()


class MsgpackEncoding(Encoding):
    """Binary frames."""

    subprotocol = MSGPACK_SUBPROTOCOL
    opcode = BINARY
    kind_offset = len(b"\x84\xa1t\xa8")
    own_saved_offset = len(b"\x82\xa1t\xa5saved\xa1n")
    riding = b"\xa5saved"
    riding_bytes_max = len(b"\xa5saved") + 9

    def number(self, data: bytes) -> int:
        """See `Encoding.number`."""
        return data[0] if len(data) == 1 else int.from_bytes(data[1:], "big")

    def before_location(self, n: int) -> bytes:
        """See `Encoding.before_location`."""
        whole = encode_map(self.subprotocol, {"t": "claim", "n": n, "location": ""})
        assert isinstance(whole, bytes)
        # It becomes a map of four, and the location's text is still to come.
        return b"\x84" + whole[1:-1]

    def from_location(self, index: int) -> bytes:
        """See `Encoding.from_location`."""
        return b"".join(map(self._text, (location_id(index), "code", CODE)))

    def _text(self, text: str) -> bytes:
        """A text on its own: the key of a map of one."""
        whole = encode_map(self.subprotocol, {text: 0})
        assert isinstance(whole, bytes)
        return whole[1:-1]


ENCODINGS: dict[str, type[Encoding]] = {"json": JsonEncoding, "msgpack": MsgpackEncoding}


class Claims:
    """Claims of all connections, as frames: everything but one addition is done beforehand."""

    def __init__(self, encoding: Encoding, locations: int) -> None:
        self._tails = [encoding.from_location(index) for index in range(locations)]
        self._heads = []
        for n in range(locations + 1):
            start = encoding.before_location(n)
            self._heads.append(_head(encoding.opcode, len(start) + len(self._tails[0])) + start)

    def __len__(self) -> int:
        """How many claims each team can make before it has found everything."""
        return len(self._tails)

    def frame(self, n: int, offset: int) -> bytes:
        """Claim `n` (from 1) of a connection that begins with the location at `offset`."""
        tails = self._tails
        return self._heads[n] + tails[(n + offset) % len(tails)]
