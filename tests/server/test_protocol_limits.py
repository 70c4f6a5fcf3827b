import json

import msgpack  # type: ignore[import-untyped]
import pytest

from server.protocol import (
    ARRAY_ITEMS_MAX,
    FRAME_BYTES_MAX,
    MalformedFrame,
    Outline,
    Wire,
)
from server.requests import TEXT_LENGTH_MAX
from tests.server.rig import JSON, MSGPACK


def packed(wire: Wire, message: object) -> bytes:
    data: bytes = msgpack.packb(message) if wire is MSGPACK else json.dumps(message).encode()
    return data


def test_deep_nesting_where_nobody_looks_is_malformed() -> None:
    deep = b"[" * (FRAME_BYTES_MAX // 2) + b"]" * (FRAME_BYTES_MAX // 2)
    data = b'{"t":"say","n":1,"text":"hi","extra":' + deep + b"}"
    with pytest.raises(MalformedFrame):
        JSON.player(data)
    assert JSON.outline(data) == Outline(None, None)
    packed_deep = b"\x84\xa1t\xa3say\xa1n\x01\xa4text\xa2hi\xa5extra" + b"\x91" * 8_000 + b"\x90"
    with pytest.raises(MalformedFrame):
        MSGPACK.player(packed_deep)
    assert MSGPACK.outline(packed_deep) == Outline(None, None)


def test_nested_array_headers_cost_nothing() -> None:
    deep = b"\xdd\x00\x00\xff\xff" * (FRAME_BYTES_MAX // 5)
    for read in (MSGPACK.opening, MSGPACK.player):
        with pytest.raises(MalformedFrame):
            read(deep)
    with pytest.raises(MalformedFrame):
        MSGPACK.player(b"\x91" * FRAME_BYTES_MAX)
    with pytest.raises(MalformedFrame):
        JSON.player(b"[" * FRAME_BYTES_MAX)


@pytest.mark.parametrize(
    "value",
    [
        msgpack.packb(list(range(ARRAY_ITEMS_MAX + 1))),
        msgpack.packb({str(number): number for number in range(ARRAY_ITEMS_MAX + 1)}),
        msgpack.packb("x" * (4 * TEXT_LENGTH_MAX + 1)),
        msgpack.packb(b"bytes"),
        msgpack.packb(msgpack.ExtType(5, b"ext")),
        msgpack.packb(msgpack.Timestamp(1, 2)),
        msgpack.packb({1: "a number as key"}),
        b"\xc1",
        b"\xc6\xff\xff\xff\xff",
    ],
    ids=["list", "map", "text", "bytes", "extension", "timestamp", "key", "reserved", "length"],
)
def test_what_json_could_not_say_or_is_too_long_is_malformed(value: bytes) -> None:
    data = b"\x84\xa1t\xa3say\xa1n\x01\xa4text\xa2hi\xa5extra" + value
    with pytest.raises(MalformedFrame):
        MSGPACK.player(data)
    assert MSGPACK.outline(data) == Outline(None, None)


def test_bytes_behind_a_message_are_malformed() -> None:
    data = packed(MSGPACK, {"t": "say", "n": 1, "text": "hi"})
    assert MSGPACK.player(data)
    with pytest.raises(MalformedFrame):
        MSGPACK.player(data + b"\x01")
