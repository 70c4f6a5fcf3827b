"""The game masters' feed: what happened, after it is saved, in bounded portions."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from actors.domain.events import HuntSeeded, Record
from actors.domain.ids import HuntId
from server.fanout import EncodedPush, Fanout, Listener
from server.replies import FeedItem, FeedPush

FEED_EVENTS_MAX = 100
"""Events in one push; nobody reads faster, and `left_out` says how many are missing."""

FEED_INTERVAL_S = 0.25
"""Seconds between two pushes."""


class Feed:
    """Collects committed records for the game masters who are looking."""

    def __init__(
        self, fanout: Fanout, call_later: Callable[[float, Callable[[], None]], object]
    ) -> None:
        self._fanout = fanout
        self._call_later = call_later
        self._audience: dict[HuntId, dict[Listener, None]] = {}
        self._waiting: dict[HuntId, deque[Record]] = {}
        self._left_out: dict[HuntId, int] = {}

    def add(self, hunt: HuntId, listener: Listener) -> None:
        """Show this connection the hunt's feed."""
        self._audience.setdefault(hunt, {})[listener] = None

    def remove(self, hunt: HuntId, listener: Listener) -> None:
        """Stop that."""
        audience = self._audience.get(hunt, {})
        audience.pop(listener, None)
        if not audience:
            self._audience.pop(hunt, None)

    def on_committed(self, records: Sequence[Record]) -> None:
        """Note what will be shown; nothing is done for hunts that nobody looks at."""
        for hunt in self._audience:
            shown = [record for record in records if record.hunt == hunt]
            if shown:
                self._note(hunt, shown)

    def _note(self, hunt: HuntId, shown: list[Record]) -> None:
        if not self._waiting:
            self._call_later(FEED_INTERVAL_S, self._send)
        waiting = self._waiting.setdefault(hunt, deque(maxlen=FEED_EVENTS_MAX))
        too_many = max(0, len(waiting) + len(shown) - FEED_EVENTS_MAX)
        self._left_out[hunt] = self._left_out.get(hunt, 0) + too_many
        waiting.extend(shown)

    def _send(self) -> None:
        waiting, self._waiting = self._waiting, {}
        left_out, self._left_out = self._left_out, {}
        for hunt, records in waiting.items():
            items = tuple(feed_item(record) for record in records)
            push = EncodedPush(FeedPush(items, left_out.get(hunt, 0)))
            self._fanout.deliver(push, self._audience.get(hunt, {}))


def feed_item(record: Record) -> FeedItem:
    """What game masters are shown of a record."""
    kind, data = described(record)
    return FeedItem(record.position, record.at, kind, data)


def described(record: Record) -> tuple[str, Any]:
    """A record's kind and fields. A plan is too long and holds the answers."""
    if isinstance(record.event, HuntSeeded):
        data = {"title": record.event.plan.title}
    else:
        data = msgspec.to_builtins(record.event)
        data.pop("kind")
        data.pop("digest", None)  # Of a token: nobody's business, though it opens nothing.
    return str(record.event.__struct_config__.tag), data
