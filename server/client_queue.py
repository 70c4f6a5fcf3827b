"""A client's half of exactly-once, without I/O: which numbered requests to send, and when.

The rules are those of the player's page. Requests are numbered 1, 2, 3 … and each is kept until
it is saved. After a welcome, everything above `applied` is sent again, in order; what the server
dealt with before is kept, but not sent. `busy` for one number means: wait, then go back to that
number and send it and everything after it again, in order (go-back-N).
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from server.requests import NUMBER_MAX

Message = dict[str, Any]

UNANSWERED_MAX = 64
"""Requests on their way at the same time: half of what the server takes of one connection, so
that catching up after a long time offline is never answered `busy`."""

RETRY_AFTER_DEFAULT_S = 0.5
"""Seconds to wait after a `busy` that does not say how long."""


class _Action(Struct):
    """One numbered request that is not saved yet."""

    message: Message
    is_answered: bool = False
    """Answered on this connection, or known to be dealt with before it."""


class ActionQueue:
    """The requests of one session. Times are seconds of any clock that never goes back."""

    def __init__(self, unanswered_max: int = UNANSWERED_MAX) -> None:
        self._actions: dict[int, _Action] = {}
        self._unanswered_max = unanswered_max
        self._last = 0
        self._cursor = 1
        self._hold_until: float | None = None
        self._busy_from: int | None = None
        self._is_connected = False
        self.saved = 0
        """The highest number whose outcome is final, and that of every one below it."""

    def __len__(self) -> int:
        """How many requests are kept because they are not saved."""
        return len(self._actions)

    @property
    def last(self) -> int:
        """The highest number given to a request; 0 before the first."""
        return self._last

    @property
    def wake_at(self) -> float | None:
        """When to call `take` again although nothing came in; None: not before something does."""
        return self._hold_until

    def add(self, request: Mapping[str, Any]) -> int:
        """Number a request and keep it; `take` hands it out. A given `n` is replaced."""
        if self._last >= NUMBER_MAX:
            raise OverflowError("this session has used every number; join anew")
        self._last += 1
        self._actions[self._last] = _Action({**request, "n": self._last})
        return self._last

    def take(self, now: float) -> list[Message]:
        """The messages to send at `now`, in order. They count as sent."""
        if not self._is_connected:
            return []
        if self._hold_until is not None:
            if now < self._hold_until:
                return []
            self._hold_until = None
        unanswered = sum(
            not action.is_answered for n, action in self._actions.items() if n < self._cursor
        )
        taken: list[Message] = []
        while self._cursor <= self._last and unanswered < self._unanswered_max:
            action = self._actions.get(self._cursor)
            self._cursor += 1
            if action is not None and not action.is_answered:
                taken.append(action.message)
                unanswered += 1
        return taken

    # What the server says -------------------------------------------------------------------

    def on_welcome(self, applied: int) -> list[Message]:
        """A connection is open, and the server has dealt with every number up to `applied`.

        Returns:
            An answer for each request whose own was lost with the last connection: what the
            server would answer if it were sent again. What it did is in the welcome.
        """
        lost = [n for n, action in self._actions.items() if n <= applied and not action.is_answered]
        for n, action in self._actions.items():
            # A server that lost what it had not saved decides those above `applied` anew.
            action.is_answered = n <= applied
        # A session from elsewhere is continued after the numbers that it has used.
        self._last = max(self._last, applied)
        self._cursor = applied + 1
        self._hold_until = self._busy_from = None
        self._is_connected = True
        return [_dealt_with(n) for n in lost]

    def on_disconnected(self) -> None:
        """The connection is gone; nothing is handed out until the next welcome."""
        self._is_connected = False

    def on_message(self, message: Message, now: float) -> Message | None:
        """Take in any message that came at `now`.

        Returns:
            The message, if it is the first answer to a kept request on this connection.
        """
        kind = message.get("t")
        answer: Message | None = None
        if kind in ("accepted", "refused"):
            answer = self._on_answer(message, now)
        saved = message.get("n") if kind == "saved" else message.get("saved")
        if type(saved) is int:
            self._on_saved(saved)
        return answer

    def _on_answer(self, message: Message, now: float) -> Message | None:
        n = message.get("n")
        action = self._actions.get(n) if type(n) is int else None
        if n is None or action is None or action.is_answered:
            return None  # The second answer to something that was sent twice.
        if message.get("reason") == "busy":
            self._on_busy(n, message, now)
            return None
        action.is_answered = True
        if n == self._busy_from:
            self._hold_until = self._busy_from = None
        return message

    def _on_busy(self, n: int, message: Message, now: float) -> None:
        """Go back to `n`. What follows it is answered busy too, which is no news."""
        if self._busy_from is not None and n > self._busy_from:
            return
        wait_s = message.get("retry_after")
        if not isinstance(wait_s, int | float) or wait_s < 0:
            wait_s = RETRY_AFTER_DEFAULT_S
        self._busy_from = self._cursor = n
        self._hold_until = now + wait_s

    def _on_saved(self, n: int) -> None:
        if n <= self.saved:
            return
        self.saved = n
        for number in [number for number in self._actions if number <= n]:
            del self._actions[number]


def _dealt_with(n: int) -> Message:
    return {
        "t": "refused",
        "n": n,
        "reason": "already_applied",
        "message": f"Request {n} was dealt with; its answer was lost with the connection.",
    }
