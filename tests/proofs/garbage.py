"""What no honest client sends: broken frames, and messages that are almost right."""

import json
import random
import struct
from collections.abc import Callable, Iterator

import msgpack  # type: ignore[import-untyped]

from scripts.load_frames import BINARY, PING, PONG, TEXT, masked

BLOB = 64
"""Messages in one write: half of what the server takes unanswered of one connection."""

_N_MARK = 7_000_000
"""Stands for the number in a message; all numbers have seven digits, so frames keep their length."""

KINDS = {
    "player": ("claim", "hint", "say", "seen", "start", "void", "dance", ""),
    "gm": ("announce", "adjust", "void", "open", "seed", "claim", "dance", "start"),
}

_VALUES: tuple[Callable[[random.Random], object], ...] = (
    lambda _: None,
    lambda _: True,
    lambda c: c.choice((-1, 0, 2**53, 2**63, -(2**63), 2**64 - 1)),
    lambda c: c.uniform(-1e300, 1e300),
    lambda c: "x" * c.choice((0, 1, 129, 257, 5_000)),
    lambda c: c.choice(("\x00", "\u202e", "<script>", "é" * 40, "\U0001f9ed", "pier")),
    lambda _: [],
    lambda c: [[[]]] * c.randrange(40),
    lambda c: {"lat": c.choice((91, "x", None, 1e308)), "lon": 0},
    lambda c: {str(n): n for n in range(c.randrange(30))},
)

_FIELDS = [
    "location",
    "code",
    "answer",
    "position",
    "at",
    "hint",
    "text",
    "announcement",
    "points",
    "team",
    "reason",
    "plan",
    "to",
    "level",
    "hunt",
]


def almost(chance: random.Random, role: str) -> dict[str, object]:
    """A request with a usable number that does not fit the protocol, or asks the impossible."""
    fields = chance.sample(_FIELDS, chance.randrange(5))
    values = {field: chance.choice(_VALUES)(chance) for field in fields}
    # A type that no request has, or fields of the wrong type: nothing of it can be carried out.
    return {"t": chance.choice(KINDS[role]), "n": _N_MARK, **values, "location": ["no", 1]}


def _json_bytes(chance: random.Random, message: dict[str, object]) -> bytes:
    data = json.dumps(message).encode()
    match chance.randrange(8):
        case 0:  # The number twice, and a key of the message, too.
            return data[:-1] + b',"n":%d,"t":"claim"}' % _N_MARK
        case 1:
            return data[:-1] + b',"deep":' + b"[" * 40 + b"]" * 40 + b"}"
        case 2:
            return data[:-1] + b',"huge":1' + b"0" * 400 + b"}"
        case _:
            return data


def json_blobs(role: str, seed: int, count: int) -> list[tuple[bytes, int]]:
    """Writes of `BLOB` messages each; `numbered` puts the numbers in."""
    chance, blobs = random.Random(seed), []
    for _ in range(count):
        frames = (masked(TEXT, _json_bytes(chance, almost(chance, role))) for _ in range(BLOB))
        template = b"".join(frames).replace(b"%", b"%%").replace(b"%d" % _N_MARK, b"%d")
        blobs.append((template, template.count(b"%d")))
    return blobs


def numbered(blob: tuple[bytes, int], first: int) -> bytes:
    """The blob with rising numbers."""
    template, places = blob
    return template % tuple(range(first, first + places))


def msgpack_blobs(role: str, seed: int, count: int) -> list[bytes]:
    """Writes of `BLOB` almost valid messages each, extension types and NaN among them."""
    chance, blobs = random.Random(seed), []
    for number in range(count):
        frames = []
        for index in range(BLOB):
            message = almost(chance, role) | {"n": 1 + number * BLOB + index}
            if message["t"] == "position":
                message["lat"] = float("nan")
            frames.append(masked(BINARY, msgpack.packb(message)))
        blobs.append(b"".join(frames))
    return blobs


def odd_frames(chance: random.Random) -> list[bytes]:
    """Frames that the websocket protocol allows and nobody sends; the last message is refused."""
    text = b'{"t":"dance","n":1}'
    cut = chance.randrange(len(text))
    return [
        masked(PING, bytes(chance.randrange(126))),
        masked(PONG, b"unasked"),
        masked(0x01, text[:cut]),
        masked(PING, b"between"),
        masked(0x00, b""),
        masked(0x80, text[cut:]),
    ]


def _raw(first: int, second: int, body: bytes = b"") -> bytes:
    return bytes((first, second)) + bytes(4) + body


def fatal(chance: random.Random) -> Iterator[bytes]:
    """Bytes each of which ends its connection."""
    yield from (_raw(0x80 | opcode, 0x80) for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15))
    yield from (_raw(0x81 | bit, 0x82, b"{}") for bit in (0x10, 0x20, 0x40, 0x70))
    yield b"\x81\x02{}"  # unmasked
    yield b"\x81\xff" + struct.pack("!Q", 2**63 - 1) + bytes(4)
    yield b"\x81\xff" + struct.pack("!Q", 2**64 - 1) + bytes(4)
    yield b"\x81\xfe" + struct.pack("!H", 65_535) + bytes(4)
    yield b"\x89\xfe" + struct.pack("!H", 126) + bytes(4 + 126)
    yield _raw(0x09, 0x80)  # a ping in fragments
    yield masked(0x80, b"continues nothing")
    yield masked(0x01, b"{") + masked(TEXT, b"{}")
    yield masked(0x88, b"\x03")
    yield masked(0x88, struct.pack("!H", 999) + b"why")
    yield masked(0x88, struct.pack("!H", 1000) + b"\xff\xfe")
    yield masked(0x88, struct.pack("!H", chance.randrange(5_000, 65_535)))
    yield masked(TEXT, b"\xff\xfe\xfd")
    yield masked(TEXT, b'{"t":"join","session":"\\ud800"}')
    yield masked(TEXT, b"[" * 8_000)
    yield masked(TEXT, b'{"n":NaN,"t":"say"}')
    yield masked(TEXT, b"")
    yield masked(BINARY, b"\x81\xa1t\xa4join")
    yield masked(BINARY, b"\xdd\xff\xff\xff\xff")
    yield masked(BINARY, b"\x91" * 8_000)
    for n in (b"0", b"-1", b"1e400", b"1" + b"0" * 5_000, b"null", b'"1"', b"[1]"):
        yield masked(TEXT, b'{"t":"say","text":"x","n":' + n + b"}")
    # Last byte: no length in it, so that the frame is whole.
    yield bytes(chance.randrange(256) for _ in range(200)) + bytes(
        chance.randrange(126, 256, 1) for _ in range(200)
    )
