"""Whole websocket frames as the server sends them: unmasked, unfragmented, encoded once for all.

Source: RFC 6455, section 5.2. The websockets library frames messages per connection; a push to
10,000 clients is framed here once, and its bytes are shared.
"""

import struct

_TEXT_HEAD = 0x81
_BINARY_HEAD = 0x82
_SHORT_MAX = 125
_SHORT_TEXT = tuple(bytes((_TEXT_HEAD, length)) for length in range(_SHORT_MAX + 1))
_SHORT_BINARY = tuple(bytes((_BINARY_HEAD, length)) for length in range(_SHORT_MAX + 1))


def frame(payload: bytes, is_text: bool) -> bytes:
    """The frame that carries `payload` (UTF-8 when `is_text`)."""
    length = len(payload)
    if length <= _SHORT_MAX:
        return (_SHORT_TEXT if is_text else _SHORT_BINARY)[length] + payload
    head = _TEXT_HEAD if is_text else _BINARY_HEAD
    if length < 65_536:
        return struct.pack("!BBH", head, 126, length) + payload
    return struct.pack("!BBQ", head, 127, length) + payload
