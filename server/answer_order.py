"""Which answers of a connection may be called final, when they come out of order.

A player's requests are all decided by one team, in order. A game master's go to the actors that
own what they change, and one of them may be slow (a team that is being rebuilt). `saved` is
cumulative, so it must not pass a request that has no answer yet.
"""

from typing import NamedTuple


class Final(NamedTuple):
    """Every request up to `n` is answered, and rests on nothing after `position`."""

    n: int
    position: int


class AnswerOrder:
    """The requests of one connection, as far as they are not all answered."""

    def __init__(self) -> None:
        self._open: dict[int, None] = {}
        self._done: dict[int, int] = {}

    def sent(self, n: int) -> None:
        """Request `n` is on its way."""
        self._open[n] = None

    def answered(self, n: int, position: int | None) -> None:
        """It was answered; None when the answer is no outcome (`busy`, `already_applied`)."""
        self._open.pop(n, None)
        if position is not None:
            self._done[n] = position

    def take(self) -> Final | None:
        """The highest request with none unanswered before it, if there is a new one."""
        first_open = min(self._open, default=None)
        ready = [n for n in self._done if first_open is None or n < first_open]
        if not ready:
            return None
        return Final(max(ready), max(self._done.pop(n) for n in ready))
