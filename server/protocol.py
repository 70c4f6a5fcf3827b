"""The wire protocol, version 1: bytes <-> typed messages. Nothing else here knows bytes.

One map per frame; `t` is its type. `docs/protocol.md` is the reference for clients; `requests`
and `replies` hold the messages themselves.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple, get_args

import msgpack  # type: ignore[import-untyped]
import msgspec
from msgspec import Struct

from server.requests import (
    NUMBER_MAX,
    TEXT_LENGTH_MAX,
    Claim,
    GameMasterRequest,
    Opening,
    PlayerRequest,
    PositionReport,
    WatcherRequest,
)

JSON_SUBPROTOCOL = "cairn.v1.json"
MSGPACK_SUBPROTOCOL = "cairn.v1.msgpack"

FRAME_BYTES_MAX = 16_384
"""Bytes of one player's frame: the longest honest one is a `say` of 500 characters."""

SEED_FRAME_BYTES_MAX = 8_388_608
"""Bytes of an authenticated game master's frame: a plan of 20,000 locations."""

ARRAY_ITEMS_MAX = 64
"""Items of any list or map in a player's frame; no request has a list or more than a few keys.
msgpack makes room for as many as a header promises: a 16 KiB frame of nested headers costs 69 MB
if it is left to its defaults, 8 MB with 1,024 items, 0.6 MB with these."""

EXPLANATION_CHARS_MAX = 300
"""Characters of what is wrong with a frame; the rest would be the frame itself."""

PLAN_ITEMS_MAX = 65_536
"""Items of any list or map in a game master's frame: a plan's locations or teams."""


class MalformedFrame(Exception):
    """The frame is not a message of this protocol; the text says what was expected."""


# Bytes <-> messages -------------------------------------------------------------------------


class Outline(NamedTuple):
    """What a message that does not fit still says of itself."""

    n: int | None
    """Its number, if it has a usable one."""
    kind: str | None
    """Its `t`."""

    @property
    def is_for_players(self) -> bool:
        """Whether it is a kind of request that players make."""
        return self.kind in _PLAYER_REQUESTS

    @property
    def is_for_game_masters(self) -> bool:
        """Whether it is a kind of request that game masters make."""
        return self.kind in _GAME_MASTER_REQUESTS


class Wire:
    """One subprotocol: how bytes become messages and messages become bytes."""

    name: str
    is_text: bool

    def opening(self, data: bytes) -> Opening:
        """Read a first message.

        Raises:
            MalformedFrame: it is none.
        """
        raise NotImplementedError

    def player(self, data: bytes) -> PlayerRequest:
        """Read a player's request.

        Raises:
            MalformedFrame: it is none.
        """
        raise NotImplementedError

    def game_master(self, data: bytes) -> GameMasterRequest:
        """Read a game master's request.

        Raises:
            MalformedFrame: it is none.
        """
        raise NotImplementedError

    def watcher(self, data: bytes) -> WatcherRequest:
        """Read what somebody who looks on may send.

        Raises:
            MalformedFrame: it is none of that.
        """
        raise NotImplementedError

    def outline(self, data: bytes) -> Outline:
        """What can be said of a frame that could not be read otherwise."""
        raise NotImplementedError

    def encode(self, message: Struct) -> bytes:
        """Write an answer or push."""
        raise NotImplementedError


_READ_ERRORS = (
    ValueError,  # includes msgspec's and json's decoding errors, and bad UTF-8
    TypeError,
    RecursionError,
    OverflowError,
    msgpack.exceptions.UnpackException,
)


def _explain(error: Exception) -> str:
    if isinstance(error, msgspec.ValidationError):
        return f"This message does not fit the protocol: {str(error)[:EXPLANATION_CHARS_MAX]}."
    return "This frame is not one map in the agreed encoding."


def _outline(message: object) -> Outline:
    if not isinstance(message, dict):
        return Outline(None, None)
    n, kind = message.get("n"), message.get("t")
    is_number = type(n) is int and 1 <= n <= NUMBER_MAX
    return Outline(n if is_number else None, kind if isinstance(kind, str) else None)


class JsonWire(Wire):
    """Text frames, one JSON object each."""

    name = JSON_SUBPROTOCOL
    is_text = True

    def __init__(self) -> None:
        self._opening = msgspec.json.Decoder(Opening)
        self._decode_player = msgspec.json.Decoder(PlayerRequest).decode
        self._game_master = msgspec.json.Decoder(GameMasterRequest)
        self._watcher = msgspec.json.Decoder(WatcherRequest)
        self._encode = msgspec.json.Encoder().encode

    def encode(self, message: Struct) -> bytes:
        """See `Wire.encode`."""
        return self._encode(message)

    @staticmethod
    def _read(decode: Callable[[bytes], Any], data: bytes) -> Any:
        try:
            return decode(data)
        except _READ_ERRORS as error:
            raise MalformedFrame(_explain(error)) from None

    def opening(self, data: bytes) -> Opening:
        """See `Wire.opening`."""
        return self._read(self._opening.decode, data)  # type: ignore[no-any-return]

    def player(self, data: bytes) -> PlayerRequest:
        """See `Wire.player`."""
        try:  # As `_read`, without another call for each claim.
            return self._decode_player(data)  # type: ignore[no-any-return]
        except _READ_ERRORS as error:
            raise MalformedFrame(_explain(error)) from None

    def game_master(self, data: bytes) -> GameMasterRequest:
        """See `Wire.game_master`."""
        return self._read(self._game_master.decode, data)  # type: ignore[no-any-return]

    def watcher(self, data: bytes) -> WatcherRequest:
        """See `Wire.watcher`."""
        return self._read(self._watcher.decode, data)  # type: ignore[no-any-return]

    def outline(self, data: bytes) -> Outline:
        """See `Wire.outline`."""
        try:
            return _outline(msgspec.json.decode(data))
        except _READ_ERRORS:
            return Outline(None, None)


def _refuse_extension(code: int, data: bytes) -> object:
    raise ValueError(f"extension type {code} of {len(data)} bytes")


def _unpack(data: bytes, items_max: int, text_max: int) -> Any:
    """One msgpack value; the limits are ours, since msgpack's follow from the frame's size."""
    return msgpack.unpackb(
        data,
        raw=False,
        strict_map_key=True,
        max_array_len=items_max,
        max_map_len=items_max,
        max_str_len=text_max,
        max_bin_len=0,
        max_ext_len=0,
        ext_hook=_refuse_extension,
        timestamp=0,
    )


def _require_finite(value: float | None) -> None:
    if value is not None and not math.isfinite(value):
        raise ValueError("a number that is not finite")


def _by_tag(union: Any) -> dict[str, type[Struct]]:
    kinds: tuple[type[Struct], ...] = get_args(union) or (union,)
    return {str(kind.__struct_config__.tag): kind for kind in kinds}


_OPENINGS = _by_tag(Opening)
_PLAYER_REQUESTS = _by_tag(PlayerRequest)
_GAME_MASTER_REQUESTS = _by_tag(GameMasterRequest)
_WATCHER_REQUESTS = _by_tag(WatcherRequest)


class MsgpackWire(Wire):
    """Binary frames, one msgpack map each."""

    name = MSGPACK_SUBPROTOCOL
    is_text = False

    def __init__(self) -> None:
        self._pack = msgpack.Packer(use_bin_type=True, autoreset=True).pack

    @staticmethod
    def _read(
        data: bytes,
        kinds: dict[str, type[Struct]],
        items_max: int = ARRAY_ITEMS_MAX,
        text_max: int = 4 * TEXT_LENGTH_MAX,
    ) -> Any:
        try:
            message = _unpack(data, items_max, text_max)
            kind = kinds.get(message["t"]) if isinstance(message, dict) else None
            if kind is None:
                raise MalformedFrame(f"Expected one map whose `t` is one of: {', '.join(kinds)}.")
            # Converting to the one type is 20 times faster than to the union of all.
            return msgspec.convert(message, kind)
        except _READ_ERRORS as error:
            raise MalformedFrame(_explain(error)) from None
        except KeyError:
            raise MalformedFrame("Expected a map with the key `t`.") from None

    def opening(self, data: bytes) -> Opening:
        """See `Wire.opening`."""
        return self._read(data, _OPENINGS)  # type: ignore[no-any-return]

    def player(self, data: bytes) -> PlayerRequest:
        """See `Wire.player`."""
        request = self._read(data, _PLAYER_REQUESTS)
        try:
            if isinstance(request, Claim):
                _require_finite(request.at)
                if request.position is not None:
                    for number in (request.position.lat, request.position.lon):
                        _require_finite(number)
                    _require_finite(request.position.accuracy)
            elif isinstance(request, PositionReport):
                for number in (request.lat, request.lon, request.accuracy):
                    _require_finite(number)
        except ValueError as error:
            raise MalformedFrame(f"This message holds {error}.") from None
        return request  # type: ignore[no-any-return]

    def game_master(self, data: bytes) -> GameMasterRequest:
        """See `Wire.game_master`."""
        return self._read(data, _GAME_MASTER_REQUESTS, PLAN_ITEMS_MAX, SEED_FRAME_BYTES_MAX)  # type: ignore[no-any-return]

    def watcher(self, data: bytes) -> WatcherRequest:
        """See `Wire.watcher`."""
        return self._read(data, _WATCHER_REQUESTS)  # type: ignore[no-any-return]

    def outline(self, data: bytes) -> Outline:
        """See `Wire.outline`."""
        try:
            return _outline(_unpack(data, ARRAY_ITEMS_MAX, 4 * TEXT_LENGTH_MAX))
        except _READ_ERRORS:
            return Outline(None, None)

    def encode(self, message: Struct) -> bytes:
        """See `Wire.encode`."""
        packed: bytes = self._pack(msgspec.to_builtins(message))
        return packed


# The client's side --------------------------------------------------------------------------


def encode_map(subprotocol: str, message: dict[str, Any]) -> bytes | str:
    """Write a client's message: text for JSON, bytes for msgpack."""
    if subprotocol == MSGPACK_SUBPROTOCOL:
        packed: bytes = msgpack.packb(message)
        return packed
    return msgspec.json.encode(message).decode()


def decode_map(subprotocol: str, data: bytes | str) -> dict[str, Any]:
    """Read a server's message.

    Raises:
        MalformedFrame: it is not one map in that encoding.
    """
    try:
        if subprotocol == MSGPACK_SUBPROTOCOL:
            message = msgpack.unpackb(data)
        else:
            message = msgspec.json.decode(data)
    except _READ_ERRORS as error:
        raise MalformedFrame(_explain(error)) from None
    if not isinstance(message, dict):
        raise MalformedFrame("This frame is not one map in the agreed encoding.")
    return message
