"""Showing one push to very many connections without holding up the claims in between."""

from collections import deque
from collections.abc import Callable, Iterable

from msgspec import Struct

from server.framing import frame
from server.protocol import Wire

FANOUT_SLICE = 128
"""Connections that one turn of the loop delivers a push to: about 1 ms of work."""


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

    def show(self, push: EncodedPush) -> None:
        """Put the push into the outbox."""
        raise NotImplementedError


class Fanout:
    """Delivers pushes to listeners in slices, in order."""

    def __init__(self, call_soon: Callable[[Callable[[], None]], object]) -> None:
        self._call_soon = call_soon
        self._jobs: deque[tuple[EncodedPush, deque[Listener]]] = deque()

    def deliver(self, push: EncodedPush, listeners: Iterable[Listener]) -> None:
        """Show `push` to all, at once if they are few and nothing is under way."""
        audience = deque(listeners)
        if not self._jobs and len(audience) <= FANOUT_SLICE:
            for listener in audience:
                listener.show(push)
            return
        if not self._jobs:
            self._call_soon(self._run_slice)
        self._jobs.append((push, audience))

    def _run_slice(self) -> None:
        budget = FANOUT_SLICE
        while self._jobs and budget:
            push, audience = self._jobs[0]
            while audience and budget:
                audience.popleft().show(push)
                budget -= 1
            if not audience:
                self._jobs.popleft()
        if self._jobs:
            self._call_soon(self._run_slice)
