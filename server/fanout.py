"""Showing one push to very many connections without holding up the claims in between."""

from collections import deque
from collections.abc import Callable, Iterable

from msgspec import Struct

from server.framing import frame
from server.protocol import Wire

FANOUT_SLICE = 128
"""Connections that one turn of the loop delivers a push to: about 1 ms of work."""

SPREAD_SLICE = 64
"""Connections that are shown a leaderboard in one go."""

SPREAD_PAUSE_S = 0.02
"""Seconds between two such goes: 3,200 connections a second, 2,000 players in 0.6 s."""


class EncodedPush:
    """A push, encoded and framed at most once per subprotocol."""

    __slots__ = ("_frames", "key", "message")

    def __init__(self, message: Struct, key: str | None = None) -> None:
        self.message = message
        self.key = key
        """Pushes with the same key replace each other in an outbox; None: never replaced."""
        self._frames: dict[str, bytes] = {}

    def frame_for(self, wire: Wire) -> bytes:
        """The frame for one subprotocol."""
        ready = self._frames.get(wire.name)
        if ready is None:
            ready = self._frames[wire.name] = frame(wire.encode(self.message), wire.is_text)
        return ready


class Listener:
    """What fan-out needs of a connection's session."""

    sees_server: bool = True
    """Of a game master: whether the state of the whole server is shown here."""

    def show(self, push: EncodedPush) -> None:
        """Put the push into the outbox."""
        raise NotImplementedError

    def show_now(self, push: EncodedPush) -> None:
        """The same outside of the dispatcher's turns, when it may also be written at once."""
        self.show(push)


_Jobs = deque[tuple[EncodedPush, deque[Listener]]]


class Fanout:
    """Delivers pushes to listeners in slices, in order.

    What everybody must know at once (a start, a warning) goes out as fast as the loop turns.
    What may take a moment (a leaderboard) is spread over time: ten thousand phones that all get
    something in the same moment would hold up the claims of that moment.
    """

    def __init__(
        self,
        call_soon: Callable[[Callable[[], None]], object],
        call_later: Callable[[float, Callable[[], None]], object],
    ) -> None:
        self._call_soon = call_soon
        self._call_later = call_later
        self._urgent = _Jobs()
        self._spread = _Jobs()

    def deliver(self, push: EncodedPush, listeners: Iterable[Listener]) -> None:
        """Show `push` to all, at once if they are few and nothing is under way."""
        audience = deque(listeners)
        if not self._urgent and len(audience) <= FANOUT_SLICE:
            for listener in audience:
                listener.show(push)
            return
        if not self._urgent:
            self._call_soon(self._run_urgent)
        self._urgent.append((push, audience))

    def spread(self, push: EncodedPush, listeners: Iterable[Listener]) -> None:
        """Show `push` to all, `SPREAD_SLICE` of them every `SPREAD_PAUSE_S`."""
        if not self._spread:
            self._call_soon(self._run_spread)
        self._spread.append((push, deque(listeners)))

    def _run_urgent(self) -> None:
        _run_slice(self._urgent, FANOUT_SLICE)
        if self._urgent:
            self._call_soon(self._run_urgent)

    def _run_spread(self) -> None:
        _run_slice(self._spread, SPREAD_SLICE)
        if self._spread:
            self._call_later(SPREAD_PAUSE_S, self._run_spread)


def _run_slice(jobs: _Jobs, budget: int) -> None:
    """Show up to `budget` listeners their push; finished jobs are dropped."""
    while jobs and budget:
        push, audience = jobs[0]
        while audience and budget:
            audience.popleft().show_now(push)
            budget -= 1
        if not audience:
            jobs.popleft()
