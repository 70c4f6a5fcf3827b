import json
import math
import struct
from collections.abc import Callable
from typing import Any

import msgpack  # type: ignore[import-untyped]
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.protocol import (
    JSON_SUBPROTOCOL,
    MSGPACK_SUBPROTOCOL,
    MalformedFrame,
    Outline,
    Wire,
    decode_map,
    encode_map,
)
from server.replies import Accepted, Refused, Saved
from server.requests import NUMBER_MAX, TEXT_LENGTH_MAX, Say
from tests.server.messages import (
    ALL,
    GAME_MASTER_REQUESTS,
    OPENINGS,
    PLAYER_REQUESTS,
    Message,
    spoiled,
    values,
)
from tests.server.rig import JSON, MSGPACK

Reader = Callable[[bytes], Any]

WIRES = pytest.mark.parametrize("wire", [JSON, MSGPACK], ids=["json", "msgpack"])


def packed(wire: Wire, message: object) -> bytes:
    data: bytes = msgpack.packb(message) if wire is MSGPACK else json.dumps(message).encode()
    return data


PING: Message = {"t": "ping"}
"""Whoever was welcomed may send it."""


def readers(wire: Wire) -> list[Reader]:
    return [wire.opening, wire.player, wire.game_master]


# Every message ------------------------------------------------------------------------------


@WIRES
@pytest.mark.parametrize("message", ALL, ids=lambda message: message["t"])
def test_every_message_is_read_as_it_was_written(wire: Wire, message: Message) -> None:
    index = next(
        index
        for index, group in enumerate((OPENINGS, PLAYER_REQUESTS, GAME_MASTER_REQUESTS))
        if message in group
    )
    read = msgspec.to_builtins(readers(wire)[index](packed(wire, message)))
    assert _holds(read, message)


def _holds(read: Message, message: Message) -> bool:
    """Whether everything that was written is there; nested maps may have gained defaults."""
    return all(
        _holds(read[key], value) if isinstance(value, dict) else read[key] == value
        for key, value in message.items()
    )


@WIRES
@pytest.mark.parametrize("message", ALL, ids=lambda message: message["t"])
def test_a_message_is_read_by_whom_it_is_for_and_by_nobody_else(
    wire: Wire, message: Message
) -> None:
    groups = (OPENINGS, PLAYER_REQUESTS, GAME_MASTER_REQUESTS)
    for read, group in zip(readers(wire), groups, strict=True):
        if message in group or (message == PING and read != wire.opening):
            assert read(packed(wire, message)) is not None
        else:
            with pytest.raises(MalformedFrame):
                read(packed(wire, message))


@WIRES
def test_both_encodings_read_the_same_message(wire: Wire) -> None:
    for message in PLAYER_REQUESTS:
        assert wire.player(packed(wire, message)) == JSON.player(packed(JSON, message))


@WIRES
@pytest.mark.parametrize("message", PLAYER_REQUESTS[:7] + GAME_MASTER_REQUESTS)
def test_each_required_field_is_required(wire: Wire, message: Message) -> None:
    read = wire.player if message in PLAYER_REQUESTS else wire.game_master
    needed = {"t", "n", "location", "team", "text", "points", "plan", "announcement", "hint"}
    needed |= {"seconds", "message", "state", "name", "role", "staff", "step", "mode"}
    if message["t"] == "invite":
        needed -= {"location"}
    for key in needed & set(message):
        rest = {other: value for other, value in message.items() if other != key}
        with pytest.raises(MalformedFrame):
            read(packed(wire, rest))


@WIRES
def test_unknown_fields_are_left_to_later_versions(wire: Wire) -> None:
    message = {"t": "say", "n": 1, "text": "hello", "mood": "merry"}
    assert wire.player(packed(wire, message)) == Say(1, "hello")


# Malformed ----------------------------------------------------------------------------------


@WIRES
@given(data=st.binary(max_size=200))
def test_arbitrary_bytes_are_malformed_and_never_anything_worse(wire: Wire, data: bytes) -> None:
    for read in readers(wire):
        with pytest.raises(MalformedFrame):
            read(data)
    assert wire.outline(data).n is None


@WIRES
@given(message=spoiled() | values)
def test_any_map_is_read_or_malformed_and_never_anything_worse(wire: Wire, message: object) -> None:
    data = packed(wire, message)
    for read in readers(wire):
        try:
            read(data)
        except MalformedFrame as error:
            assert str(error)
    outline = wire.outline(data)
    assert outline.n is None or 1 <= outline.n <= NUMBER_MAX


@WIRES
@given(message=st.sampled_from(ALL), at=st.integers(0, 300), byte=st.integers(0, 255))
def test_one_wrong_byte_is_never_worse_than_malformed(
    wire: Wire, message: Message, at: int, byte: int
) -> None:
    data = bytearray(packed(wire, message))
    data[at % len(data)] = byte
    for read in readers(wire):
        try:
            read(bytes(data))
        except MalformedFrame as error:
            assert str(error)


@WIRES
@pytest.mark.parametrize("message", ALL, ids=lambda message: message["t"])
def test_half_a_message_is_malformed(wire: Wire, message: Message) -> None:
    data = packed(wire, message)
    for read in readers(wire):
        for end in range(len(data)):
            with pytest.raises(MalformedFrame):
                read(data[:end])


@WIRES
@pytest.mark.parametrize("n", [0, -1, 2**53, 2**64 - 1, True, "1", None, [1], 1.5])
def test_a_number_out_of_range_is_malformed_and_not_an_outline(wire: Wire, n: object) -> None:
    data = packed(wire, {"t": "say", "n": n, "text": "hello"})
    with pytest.raises(MalformedFrame):
        wire.player(data)
    assert wire.outline(data) == Outline(None, "say")


@WIRES
def test_the_outline_of_a_bad_request_tells_whose_turn_it_is(wire: Wire) -> None:
    said = wire.outline(packed(wire, {"t": "claim", "n": 5}))
    assert (said.n, said.is_for_players, said.is_for_game_masters) == (5, True, False)
    steered = wire.outline(packed(wire, {"t": "adjust", "n": 6}))
    assert (steered.n, steered.is_for_players, steered.is_for_game_masters) == (6, False, True)
    assert wire.outline(packed(wire, ["claim", 5])) == Outline(None, None)


@WIRES
@pytest.mark.parametrize("key", ["code", "answer"])
def test_texts_have_a_limit(wire: Wire, key: str) -> None:
    fits = {"t": "claim", "n": 1, "location": "pier", key: "x" * TEXT_LENGTH_MAX}
    assert wire.player(packed(wire, fits))
    with pytest.raises(MalformedFrame):
        wire.player(packed(wire, fits | {key: "x" * (TEXT_LENGTH_MAX + 1)}))


@WIRES
@pytest.mark.parametrize("field", ["lat", "lon", "accuracy"])
@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_positions_are_finite(wire: Wire, field: str, value: str) -> None:
    report: Message = {"t": "position", "lat": 1.0, "lon": 1.0, "accuracy": 1.0}
    report[field] = float(value)
    with pytest.raises(MalformedFrame):
        wire.player(packed(wire, report))
    claim = {"t": "claim", "n": 1, "location": "pier", "position": report}
    with pytest.raises(MalformedFrame):
        wire.player(packed(wire, claim))
    with pytest.raises(MalformedFrame):
        wire.player(packed(wire, {"t": "claim", "n": 1, "location": "p", "at": report[field]}))


def test_json_numbers_beyond_what_a_float_holds_are_malformed() -> None:
    for at in (b"1e999", b"-1e999", b"9" * 5_000):
        with pytest.raises(MalformedFrame):
            JSON.player(b'{"t":"claim","n":1,"location":"p","at":' + at + b"}")


def test_half_a_character_is_malformed() -> None:
    with pytest.raises(MalformedFrame):
        JSON.player(b'{"t":"say","n":1,"text":"\\ud83c"}')
    with pytest.raises(MalformedFrame):
        MSGPACK.player(b"\x83\xa1t\xa3say\xa1n\x01\xa4text\xa3\xed\xa0\xbc")


# Answers ------------------------------------------------------------------------------------


@WIRES
@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (Saved(12), {"t": "saved", "n": 12}),
        (Accepted(3), {"t": "accepted", "n": 3}),
        (Accepted(3, points=0, rank=1), {"t": "accepted", "n": 3, "points": 0, "rank": 1}),
        (
            Refused(4, "busy", "Wait.", 0.5),
            {"t": "refused", "n": 4, "reason": "busy", "message": "Wait.", "retry_after": 0.5},
        ),
    ],
)
def test_answers_leave_out_what_has_nothing_to_say(
    wire: Wire, message: msgspec.Struct, expected: Message
) -> None:
    data = wire.encode(message)
    assert (msgpack.unpackb(data) if wire is MSGPACK else json.loads(data)) == expected


@pytest.mark.parametrize("subprotocol", [JSON_SUBPROTOCOL, MSGPACK_SUBPROTOCOL])
def test_the_clients_side_reads_and_writes_the_same(subprotocol: str) -> None:
    message = {"t": "claim", "n": 1, "location": "pier", "at": math.pi, "code": "ä"}
    data = encode_map(subprotocol, message)
    assert isinstance(data, bytes) is (subprotocol == MSGPACK_SUBPROTOCOL)
    assert decode_map(subprotocol, data) == message
    for wrong in (b"\xc1", struct.pack("!d", 1.0), b"[1]", b"\x93\x01\x02\x03"):
        with pytest.raises(MalformedFrame):
            decode_map(subprotocol, wrong)
