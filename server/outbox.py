"""Bounded, conflating send queues: one per connection, flushed together once a turn.

Answers are kept in order and never dropped; of pushes with the same key only the newest is kept.
A client that does not read ends with a full outbox and is cut off with a reconnect code: its
welcome on the next connection is a whole fresh snapshot.
"""

from collections.abc import Callable
from typing import Protocol

OUTBOX_BYTES_MAX = 196_608
"""Bytes that may wait for one client beside what its socket's write buffer holds (`WRITE_BYTES`):
together at most 256 KiB of a client that stopped reading. One message beside that may be larger
(the welcome of a big hunt, the codes of thousands of teams). It is not counted, or what stands
beside it in the same turn would end a client that had no chance to read."""

WRITE_BYTES = 65_536
"""Bytes in one write. What is more waits here until the socket has taken them, so that a slow
client's share is not doubled by what was written and not taken."""

FRAMES_COMPACTED = 256
"""Frames from which on the places of dropped pushes are cleared away."""


class Port(Protocol):
    """Where an outbox puts its bytes: one client's socket."""

    @property
    def can_write(self) -> bool:
        """Whether the socket takes more without piling up."""

    def write(self, data: bytes, /) -> None:
        """Send bytes of whole frames. Must not raise."""


class Outbox:
    """Frames on their way to one client."""

    __slots__ = (
        "_bytes",
        "_bytes_max",
        "_conflated",
        "_flusher",
        "_frames",
        "_is_marked",
        "_large_bytes",
        "_port",
        "on_full",
    )

    def __init__(self, port: Port, flusher: "Flusher", bytes_max: int = OUTBOX_BYTES_MAX) -> None:
        self._port = port
        self._bytes_max = bytes_max
        self._flusher = flusher
        self._frames: list[bytes] = []
        self._conflated: dict[str, int] = {}
        """Key -> where among the frames its newest push stands."""
        self._bytes = 0
        self._large_bytes = 0
        """Of the message that waits and is larger than the limit by itself."""
        self._is_marked = False
        self.on_full: Callable[[], None] | None = None
        """Called when something did not fit; the connection should be closed."""

    @property
    def waiting_bytes(self) -> int:
        """Bytes that wait here."""
        return self._bytes

    @property
    def counted_bytes(self) -> int:
        """Those of them that the limit is for."""
        return self._bytes - self._large_bytes

    @property
    def waiting_sizes(self) -> list[int]:
        """Bytes of each message that waits; looks at each."""
        return [len(frame) for frame in self._frames if frame]

    def put(self, frame: bytes) -> None:
        """Queue a frame behind all others."""
        size_bytes = self._bytes + len(frame)
        if size_bytes > self._bytes_max and not self._has_room(len(frame)):
            return
        self._frames.append(frame)
        self._bytes = size_bytes
        if not self._is_marked:
            self._is_marked = True
            self._flusher.mark(self)

    def send(self, frame: bytes, key: str | None = None) -> None:
        """Write a frame at once when nothing waits before it, else queue it: see `put`, `conflate`.

        For what goes to thousands of clients, outside of the dispatcher's turns only: what an actor
        tells in a turn must not leave before its record was handed to the journal's writer.
        """
        if not self._frames and self._port.can_write:
            self._port.write(frame)
        elif key is None:
            self.put(frame)
        else:
            self.conflate(key, frame)

    def conflate(self, key: str, frame: bytes) -> None:
        """Queue a frame behind all others; one with the same key that still waits is dropped.

        So what is newest comes last: a push must not undo what a later answer said.
        """
        old = self._conflated.pop(key, None)
        if old is not None:
            self._flusher.conflated += 1
            self._bytes -= len(self._frames[old])
            if len(self._frames[old]) == self._large_bytes:
                self._large_bytes = 0
            self._frames[old] = b""
            if len(self._frames) >= FRAMES_COMPACTED:
                self._compact()
        if self._has_room(len(frame)):
            self._conflated[key] = len(self._frames)
            self._frames.append(frame)
            self._bytes += len(frame)
            self._mark()

    def _compact(self) -> None:
        """Forget the places of dropped pushes: of a client that does not read there are ever more."""
        keys = {index: key for key, index in self._conflated.items()}
        kept = [index for index, frame in enumerate(self._frames) if frame]
        self._conflated = {keys[old]: new for new, old in enumerate(kept) if old in keys}
        self._frames = [self._frames[index] for index in kept]

    def _has_room(self, more_bytes: int) -> bool:
        if more_bytes > self._bytes_max and not self._large_bytes:
            self._large_bytes = more_bytes
        elif self.counted_bytes + more_bytes > self._bytes_max:
            self._flusher.overflows += 1
            if self.on_full is not None:
                self.on_full()
            return False
        return True

    def _mark(self) -> None:
        if not self._is_marked:
            self._is_marked = True
            self._flusher.mark(self)

    def flush(self) -> None:
        """Write everything that waits, in one piece, if the socket takes it."""
        self._is_marked = False
        if not self._bytes or not self._port.can_write:
            return
        frames = self._frames
        if self._bytes > WRITE_BYTES and len(frames) > 1:
            self._flush_pieces()
            return
        self._conflated.clear()
        data = frames[0] if len(frames) == 1 else b"".join(frames)
        frames.clear()
        self._bytes = self._large_bytes = 0
        self._port.write(data)

    def _flush_pieces(self) -> None:
        """Write so much at a time, as long as the socket takes it; the rest waits."""
        frames, start = self._frames, 0
        while start < len(frames) and self._port.can_write:
            end, size_bytes = start + 1, len(frames[start])
            while end < len(frames) and size_bytes + len(frames[end]) <= WRITE_BYTES:
                size_bytes += len(frames[end])
                end += 1
            self._bytes -= size_bytes
            self._port.write(b"".join(frames[start:end]))
            if size_bytes >= self._large_bytes:
                self._large_bytes = 0
            start = end
        del frames[:start]
        self._conflated = {k: at - start for k, at in self._conflated.items() if at >= start}

    def clear(self) -> None:
        """Forget everything: nobody will read it."""
        self._frames.clear()
        self._conflated.clear()
        self._bytes = self._large_bytes = 0
        self.on_full = None


class Flusher:
    """Flushes all outboxes that were written to, once per turn of the loop."""

    def __init__(self, call_soon: Callable[[Callable[[], None]], object]) -> None:
        self._call_soon = call_soon
        self._marked: list[Outbox] = []
        self.conflated = 0
        """Pushes that a newer one with the same key replaced before they were written."""
        self.overflows = 0
        """Messages that did not fit into an outbox, whose client is cut off then."""

    def mark(self, outbox: Outbox) -> None:
        """Remember to flush this outbox soon."""
        if not self._marked:
            self._call_soon(self.flush)
        self._marked.append(outbox)

    def flush(self) -> None:
        """Flush what was marked."""
        marked, self._marked = self._marked, []
        for outbox in marked:
            outbox.flush()
