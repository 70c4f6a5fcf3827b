"""Why Cairn closes a connection. 4000-4499: reconnect (with back-off); 4500-4999: do not.

Each is sent after a push `{"t": "error", "code": NAME, "message": …}`; NAME is the lower-case
name below. Codes under 4000 are the websocket protocol's own.
"""

from enum import IntEnum


class CloseCode(IntEnum):
    """Cairn's own close codes."""

    SLOW_CONSUMER = 4008
    """The client did not read what was sent to it, and its outbox is full."""
    TOO_MANY_TRIES = 4029
    """Too many wrong codes or tokens from this address; wait before the next try."""
    HUNT_REPLACED = 4010
    """The hunt was seeded anew; connect and join again with the code."""
    SERVER_FULL = 4013
    """All connections are taken; try again."""
    INTERNAL_ERROR = 4011
    """Cairn failed on this connection; reconnect and resend."""
    MALFORMED = 4500
    """A frame that is not a message of this protocol."""
    UNKNOWN_CODE = 4501
    """No team has that join code."""
    UNKNOWN_SESSION = 4502
    """That session is not known here any more; join with the code."""
    NOT_AUTHORISED = 4503
    """The game master's token is wrong, or the invitation was taken back."""
    UNKNOWN_HUNT = 4504
    """There is no such hunt."""
    TAKEN_OVER = 4505
    """The same session was opened on another connection."""
    AUTH_TIMEOUT = 4506
    """No first message came in time."""
    REFUSED = 4507
    """The join was refused; the message says why (team full, name not usable, hunt over)."""
    UNSUPPORTED = 4508
    """A text frame on the msgpack subprotocol, or a binary frame on the JSON one."""
