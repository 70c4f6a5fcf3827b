"""Whole websocket frames as the server sends them: unmasked, unfragmented, encoded once for all.

Source: RFC 6455, section 5.2. The websockets library frames messages per connection; a push to
10,000 clients is framed here once, and its bytes are shared.
"""

import struct

_TEXT_HEAD = 0x81
_BINARY_HEAD = 0x82


def frame(payload: bytes, is_text: bool) -> bytes:
    """The frame that carries `payload` (UTF-8 when `is_text`)."""
    head = _TEXT_HEAD if is_text else _BINARY_HEAD
    length = len(payload)
    if length < 126:
        return bytes((head, length)) + payload
    if length < 65_536:
        return struct.pack("!BBH", head, 126, length) + payload
    return struct.pack("!BBQ", head, 127, length) + payload
