"""The outgoing half of a session: answers, `saved`, pushes."""

from enum import StrEnum
from typing import Any

from actors.domain.ids import HuntId
from actors.messages import Accepted, Answer, Seeded
from server import answers
from server.desk import Desk
from server.fanout import EncodedPush, Listener
from server.framing import frame
from server.outbox import Outbox
from server.protocol import Wire
from server.replies import PongPush, Saved


class Stage(StrEnum):
    """Where in its life a session is."""

    OPENING = "opening"
    JOINING = "joining"
    PLAYER = "player"
    GAME_MASTER = "gm"
    WATCHER = "watch"
    CLOSED = "closed"


# A member of an enumeration costs ten times as much to look up as a name of the module.
_CLOSED = Stage.CLOSED


class SessionOutput(Listener):
    """What one client is sent, in which order, and what of it is final."""

    def __init__(self, desk: Desk, wire: Wire, outbox: Outbox) -> None:
        self._desk = desk
        self._wire = wire
        self._outbox = outbox
        self._in_flight = 0
        self._outcome_n = 0
        """The highest number whose outcome this connection was given, or knows from its welcome."""
        self._repeated_n = 0
        """The highest number that was answered as dealt with before."""
        self._saved = 0
        self._saved_sent = 0
        self._is_saved_due = False
        self._watch = desk.stopwatch
        self._timed_n = 0
        """The request that is being timed; 0 when none is."""
        self._timed_at = 0.0
        self.stage = Stage.OPENING

    @property
    def waiting_bytes(self) -> int:
        """Bytes that wait for this client beside what its socket holds."""
        return self._outbox.waiting_bytes

    def answer(self, answer: Answer) -> None:
        """An actor's answer to one of this connection's requests."""
        n, desk = answer.n, self._desk
        if type(answer) is Accepted:
            position: int | None = answer.record.position
        else:
            position = answers.position_of(answer)
        if position is not None and n > self._outcome_n:
            self._outcome_n = n
        if self.stage is _CLOSED:
            return
        self._in_flight -= 1
        if type(answer) is Seeded:
            self._on_seeded(answer.hunt)
        saved = None
        if self._saved > self._saved_sent:
            saved = self._saved_sent = self._saved
        self._send(answers.encode(desk, answer, saved))
        if n == self._timed_n:
            self._watch.end(self._timed_at)
            self._timed_n = 0
        if position is None and n > self._repeated_n:
            # Once is enough: `saved` is cumulative, and a client may repeat itself without end.
            position = answers.position_of_repeat(answer)
            self._repeated_n = n if position is not None else self._repeated_n
        if position is not None:
            desk.acks.add(position, self, n)

    def has_outcome(self, n: int) -> bool:
        """Whether this connection knows that request `n` was dealt with."""
        return n <= self._outcome_n

    def _on_seeded(self, hunt: HuntId) -> None:
        """A game master who came before there was a hunt sees this one from now on."""

    def note_saved(self, n: int) -> bool:
        """Everything up to `n` is final; see `server.acks`."""
        if n <= self._saved or self.stage is _CLOSED:
            return False
        self._saved = n
        is_new, self._is_saved_due = not self._is_saved_due, True
        return is_new

    def send_saved(self) -> None:
        """Send the `saved` that found no answer to ride on."""
        self._is_saved_due = False
        if self._saved > self._saved_sent and self.stage is not _CLOSED:
            self._saved_sent = self._saved
            self._send(Saved(self._saved))

    def show(self, push: EncodedPush) -> None:
        """Put a push into the outbox."""
        if self.stage is _CLOSED:
            return
        if push.key is None:
            self._outbox.put(push.frame_for(self._wire))
        else:
            self._outbox.conflate(push.key, push.frame_for(self._wire))

    def show_now(self, push: EncodedPush) -> None:
        """Write a push, or put it into the outbox behind what waits there."""
        if self.stage is not _CLOSED:
            self._outbox.send(push.frame_for(self._wire), push.key)

    def _pong(self) -> None:
        """Say that the server is there; one such answer is as good as many."""
        pong = PongPush(self._desk.now())
        self._outbox.conflate("pong", frame(self._wire.encode(pong), self._wire.is_text))

    def _send(self, message: Any) -> None:
        wire = self._wire
        self._outbox.put(frame(wire.encode(message), wire.is_text))

    def on_writable(self) -> None:
        """The socket takes bytes again."""
        self._outbox.flush()

    def flush(self) -> None:
        """Write what waits, without waiting for the end of the turn."""
        self._outbox.flush()
