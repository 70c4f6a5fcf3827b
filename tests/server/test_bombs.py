"""Small frames that would take much memory or time to read: they take little of both."""

import time
import tracemalloc
from collections.abc import Callable

import pytest

from server.protocol import FRAME_BYTES_MAX, MalformedFrame
from tests.server.rig import JSON, MSGPACK

SIZE = FRAME_BYTES_MAX

BOMBS: dict[str, bytes] = {
    "msgpack, nested array headers": (b"\xdc\x00\x40" * SIZE)[:SIZE],
    "msgpack, nested longer headers": (b"\xdc\x04\x00" * SIZE)[:SIZE],
    "msgpack, nested longest headers": (b"\xdc\xff\xff" * SIZE)[:SIZE],
    "msgpack, nested maps": (b"\xde\x04\x00\xa1a" * SIZE)[:SIZE],
    "msgpack, nested arrays of one": b"\x91" * SIZE,
    "msgpack, an array of four billion": b"\xdd\xff\xff\xff\xff" + b"\xc0" * 100,
    "msgpack, a map of four billion": b"\xdf\xff\xff\xff\xff",
    "msgpack, a text of four billion": b"\xdb\xff\xff\xff\xff",
    "msgpack, many texts": b"\xdc\x04\x00" + b"\xa1a" * 1_024,
    "msgpack, an extension": b"\xc9\xff\xff\xff\xff\x05",
    "json, nested arrays": b"[" * SIZE,
    "json, nested maps": (b'{"a":' * SIZE)[:SIZE],
    "json, a number of digits": b"1" * SIZE,
    "json, a big exponent": b'{"t":"position","lat":1e999999999,"lon":1}',
    "json, many keys": b"{" + b",".join(b'"%d":1' % n for n in range(1_800)) + b"}",
    "json, escapes": b'{"t":"' + b"\\u0041" * 2_700 + b'"}',
    "json, a closed nest": b"[" * 8_000 + b"]" * 8_000,
}

PEAK_BYTES_MAX = 2_000_000
"""Bytes that reading one may take for a moment: each is gone before the next is read."""

READ_S_MAX = 0.25
"""Seconds, ten times what the slowest takes."""


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
@pytest.mark.parametrize("role", ["opening", "player", "outline"])
def test_a_bomb_is_refused_quickly_and_in_little_memory(bomb: bytes, role: str) -> None:
    for wire in (JSON, MSGPACK):
        read: Callable[[bytes], object] = getattr(wire, role)
        tracemalloc.start()
        began = time.perf_counter()
        try:
            read(bomb)
        except MalformedFrame as error:
            assert len(str(error)) < 1_000, "the refusal is no echo"
        took_s = time.perf_counter() - began
        kept, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < PEAK_BYTES_MAX
        assert kept < 200_000
        assert took_s < READ_S_MAX
